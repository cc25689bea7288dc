/** The script of the threads that `--jobs` asks for. */

import { workInThread } from '../engine/run/thread.ts';
import { transformsOnDemand } from '../transforms/on-demand.ts';

workInThread(transformsOnDemand);
