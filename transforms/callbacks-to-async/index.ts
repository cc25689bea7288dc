import { defineTransform } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';

export const callbacksToAsync = defineTransform({
  name: 'callbacks-to-async',
  summary: summaryOf('callbacks-to-async'),
  mention: /(?!)/,
  *find() {
    // The first sites come with the transform's analysis.
  },
});
