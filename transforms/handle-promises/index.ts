/** Promises whose rejection nobody sees are awaited, or given to whoever handles errors around them. */

import { defineTransform } from '../../engine/transform.ts';
import type { Finding } from '../../engine/finding.ts';
import { summaryOf } from '../summaries.ts';
import { findingFor } from './findings.ts';
import { Knowledge } from './knowledge.ts';
import { sitesIn } from './sites.ts';
import { mention } from './mention.ts';

export const handlePromises = defineTransform({
  name: 'handle-promises',
  summary: summaryOf('handle-promises'),
  mention,
  *find(context) {
    const known = new Knowledge(context);
    const findings: Finding[] = [];
    for (const file of context.candidates) {
      for (const site of sitesIn(file, known)) findings.push(...findingFor(site, known));
    }
    yield* findings;
    yield* context.asynchrony.fixes();
  },
});
