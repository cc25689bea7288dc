/**
 * Long synchronous work in slices. Reading a warm tree synchronously takes half the processor time of reading it through
 * promises or callbacks, whose hand-over to other threads costs more than the reading; so files are read one after the
 * other, and the event loop gets its turn in between, for the signal and for progress.
 */

import { setImmediate } from 'node:timers/promises';

const sliceMilliseconds = 12;

export interface SliceOptions {
  readonly signal: AbortSignal | undefined;
  readonly onPause: () => void;
}

/**
 * @returns a function to be awaited between two steps of the work; it returns to the event loop when the slice is used up,
 * and throws the signal's reason once that is aborted
 */
export function startSlices({ signal, onPause }: SliceOptions): () => Promise<void> | undefined {
  let sliceEnd = performance.now() + sliceMilliseconds;
  return () => {
    signal?.throwIfAborted();
    if (performance.now() < sliceEnd) return undefined;
    onPause();
    return setImmediate().then(() => {
      sliceEnd = performance.now() + sliceMilliseconds;
      signal?.throwIfAborted();
    });
  };
}
