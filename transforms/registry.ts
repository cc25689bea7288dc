/**
 * All transforms, in the order in which a run applies them. Any order comes to the same end; queries come first, while they are
 * still called the way people know them.
 */

import type { Transform } from '../engine/transform.ts';
import { callbacksToAsync } from './callbacks-to-async/index.ts';
import { handlePromises } from './handle-promises/index.ts';
import { parameterizeSql } from './parameterize-sql/index.ts';
import { streamsToPipeline } from './streams-to-pipeline/index.ts';
import { syncToPromises } from './sync-to-promises/index.ts';
import { sanitizeNosql } from './sanitize-nosql/index.ts';

export const transforms: readonly Transform[] = [
  parameterizeSql,
  sanitizeNosql,
  callbacksToAsync,
  syncToPromises,
  streamsToPipeline,
  handlePromises,
];
