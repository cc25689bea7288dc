import { defineTransform } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';

export const streamsToPipeline = defineTransform({
  name: 'streams-to-pipeline',
  summary: summaryOf('streams-to-pipeline'),
  mention: /(?!)/,
  *find() {
    // The first sites come with the transform's analysis.
  },
});
