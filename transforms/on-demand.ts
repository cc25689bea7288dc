/**
 * All transforms, as far as a run must know them that finds nothing for them to do: the same as `registry.ts`, in the same order,
 * and none of them loaded before it is needed.
 */

import type { TransformOnDemand } from '../engine/transform.ts';
import { mention as callbacks } from './callbacks-to-async/mention.ts';
import { mention as promises } from './handle-promises/mention.ts';
import { mention as sql } from './parameterize-sql/mention.ts';
import { mention as streams } from './streams-to-pipeline/mention.ts';
import { mention as sanitizeNosql } from './sanitize-nosql/mention.ts';
import { summaryOf, type TransformName } from './summaries.ts';
import { mention as sync } from './sync-to-promises/mention.ts';

export const transformsOnDemand: readonly TransformOnDemand[] = [
  row('parameterize-sql', sql, async () => (await import('./parameterize-sql/index.ts')).parameterizeSql),
  row('sanitize-nosql', sanitizeNosql, async () => (await import('./sanitize-nosql/index.ts')).sanitizeNosql),
  row('callbacks-to-async', callbacks, async () => (await import('./callbacks-to-async/index.ts')).callbacksToAsync),
  row('sync-to-promises', sync, async () => (await import('./sync-to-promises/index.ts')).syncToPromises),
  row('streams-to-pipeline', streams, async () => (await import('./streams-to-pipeline/index.ts')).streamsToPipeline),
  row('handle-promises', promises, async () => (await import('./handle-promises/index.ts')).handlePromises),
];

function row(name: TransformName, mention: RegExp, load: TransformOnDemand['load']): TransformOnDemand {
  return { name, summary: summaryOf(name), mention, load };
}
