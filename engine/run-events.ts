/** A run that tells how far it is, for whoever reads it with `for await`. */

import type { RunEvent, RunOptions, RunResult } from './result.ts';
import { run } from './run.ts';

export type RunStep = RunEvent | { readonly kind: 'result'; readonly result: RunResult };

/**
 * The events of a run as they happen, and its result as the last one. Leaving the loop early aborts the run; so does the signal.
 *
 * @throws what `run` throws
 */
export async function* runEvents(options: RunOptions): AsyncGenerator<RunStep, void, undefined> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const events: RunStep[] = [];
  let wake: () => void = () => undefined;
  const onEvent = (event: RunEvent): void => {
    options.onEvent?.(event);
    events.push(event);
    wake();
  };
  const state: { isOver: boolean } = { isOver: false };
  const finished = run({ ...options, signal, onEvent }).finally(() => {
    state.isOver = true;
    wake();
  });
  // Thrown to the reader below; without this, a reader that has left would make it an unhandled rejection.
  finished.catch(() => undefined);
  try {
    for (;;) {
      const event = events.shift();
      if (event) yield event;
      else if (state.isOver) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    yield { kind: 'result', result: await finished };
  } finally {
    stop.abort();
  }
}
