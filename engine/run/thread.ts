/** What a thread of a run does: one program after the other, as it is sent them. */

import { parentPort, workerData } from 'node:worker_threads';
import type { Transform, TransformOnDemand } from '../transform.ts';
import { ProgramRun, type Part } from './program-run.ts';
import type { ThreadAnswer, ThreadData } from './threads.ts';
import { Timing } from './timing.ts';

/**
 * For the script that {@link outcomesOfThreads} runs in each thread.
 * @param known all transforms that a run may name
 */
export function workInThread(known: readonly (Transform | TransformOnDemand)[]): void {
  const { options, transforms: names } = workerData as ThreadData;
  const chosen = names.flatMap((name) => known.filter((transform) => transform.name === name));
  const loaded = Promise.all(chosen.map(async (transform) => ('load' in transform ? transform.load() : transform)));
  parentPort?.on('message', (part: Part) => {
    void (async () => {
      const timing = new Timing();
      const outcome = await new ProgramRun(options, await loaded, part, timing, {}).outcome();
      return { kind: 'done', outcome, timing: timing.phases } satisfies ThreadAnswer;
    })()
      .catch((error: unknown): ThreadAnswer => {
        const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
        return { kind: 'failed', name, message, stack };
      })
      .then((answer: ThreadAnswer) => parentPort?.postMessage(answer));
  });
}
