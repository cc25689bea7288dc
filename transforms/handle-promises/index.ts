import { defineTransform } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';

export const handlePromises = defineTransform({
  name: 'handle-promises',
  summary: summaryOf('handle-promises'),
  mention: /(?!)/,
  *find() {
    // The first sites come with the transform's analysis.
  },
});
