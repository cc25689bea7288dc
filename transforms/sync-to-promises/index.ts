import { defineTransform } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';

export const syncToPromises = defineTransform({
  name: 'sync-to-promises',
  summary: summaryOf('sync-to-promises'),
  mention: /(?!)/,
  *find() {
    // The first sites come with the transform's analysis.
  },
});
