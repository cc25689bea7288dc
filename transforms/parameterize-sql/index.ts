import { defineTransform } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';

export const parameterizeSql = defineTransform({
  name: 'parameterize-sql',
  summary: summaryOf('parameterize-sql'),
  mention: /(?!)/,
  *find() {
    // The first sites come with the transform's analysis.
  },
});
