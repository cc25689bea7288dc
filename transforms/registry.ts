/** All transforms, in the order in which a run applies them. */

import type { Transform } from '../engine/transform.ts';
import { callbacksToAsync } from './callbacks-to-async/index.ts';
import { handlePromises } from './handle-promises/index.ts';
import { parameterizeSql } from './parameterize-sql/index.ts';
import { streamsToPipeline } from './streams-to-pipeline/index.ts';
import { syncToPromises } from './sync-to-promises/index.ts';

export const transforms: readonly Transform[] = [callbacksToAsync, syncToPromises, parameterizeSql, streamsToPipeline, handlePromises];
