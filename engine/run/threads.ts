/**
 * The programs of a run in threads of their own, several at a time. A program knows nothing of the others, so that what comes of it is
 * the same wherever it is read; what is sent is plain data.
 */

import { Worker } from 'node:worker_threads';
import type { RunOptions, Threads } from '../result.ts';
import type { Part, ProgramOptions, ProgramOutcome } from './program-run.ts';
import type { Timing } from './timing.ts';

/** What a thread is told when it begins. */
export interface ThreadData {
  readonly options: ProgramOptions;
  /** Names. */
  readonly transforms: readonly string[];
}

export type ThreadAnswer =
  | { readonly kind: 'done'; readonly outcome: ProgramOutcome; readonly timing: ReadonlyMap<string, number> }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string; readonly stack: string | undefined };

/**
 * Megabytes. A thread's stack is four by default, and the main one's about one: a file that is nested too deeply for the one is so for
 * the other. (Node documentation, `resourceLimits`; 192 KB of it are Node's own.)
 */
const stackSizeMb = 1.15;

/**
 * @returns the outcomes in the order of the parts
 * @throws the signal's reason when it is aborted, and what a program throws
 */
export async function outcomesOfThreads(
  parts: readonly Part[],
  options: RunOptions,
  { script, count }: Threads,
  timing: Timing,
): Promise<readonly ProgramOutcome[]> {
  const { signal, onEvent, transforms } = options;
  signal?.throwIfAborted();
  // The longest first, so that none is left alone at the end.
  const waiting = parts.toSorted((one, other) => size(other) - size(one));
  const outcomes = new Map<number, ProgramOutcome>();
  const workerData: ThreadData = { options: plainOptions(options), transforms: transforms.map(({ name }) => name) };
  const workers: Worker[] = [];

  const begin = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(script, { workerData, resourceLimits: { stackSizeMb } });
      workers.push(worker);
      let current: Part | undefined;
      const next = (): void => {
        current = waiting.shift();
        if (current === undefined) resolve();
        else worker.postMessage(current);
      };
      worker.on('message', (answer: ThreadAnswer) => {
        if (answer.kind === 'failed' || current === undefined) {
          reject(answer.kind === 'failed' ? errorOf(answer) : new Error('a thread answered unasked'));
          return;
        }
        outcomes.set(current.place, answer.outcome);
        for (const [phase, milliseconds] of answer.timing) timing.add(phase, milliseconds);
        onEvent?.({ kind: 'progress', phase: 'transform', done: outcomes.size, total: parts.length });
        next();
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('a thread ended before its work was done')));
      next();
    });

  const aborted = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    const threads = Array.from({ length: Math.min(count, parts.length) }, begin);
    await Promise.race([Promise.all(threads), aborted]);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return parts.flatMap(({ place }) => outcomes.get(place) ?? []);
}

function size({ members }: Part): number {
  return members.reduce((sum, { text }) => sum + text.length, 0);
}

function plainOptions({ unsafe, transformOptions, knownTransforms, verify, fileTimeout, chosen, separately }: RunOptions): ProgramOptions {
  return {
    ...(unsafe !== undefined && { unsafe }),
    ...(transformOptions !== undefined && { transformOptions }),
    ...(knownTransforms !== undefined && { knownTransforms }),
    ...(verify !== undefined && { verify }),
    ...(fileTimeout !== undefined && { fileTimeout }),
    ...(chosen !== undefined && { chosen }),
    ...(separately !== undefined && { separately }),
  };
}

/** The error that a thread ran into, as if it had been thrown here. */
function errorOf({ name, message, stack }: ThreadAnswer & { kind: 'failed' }): Error {
  const error = name === 'RangeError' ? new RangeError(message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
