/** Writes to a stream of the process: waits until all is out, and copes with a reader that went away. */

import type { OutputStream } from './terminal.ts';

/** What a pipe says when its reader has gone, as `head` does. That is the reader's right, not an error. */
const readerGone = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET']);

export interface Channel {
  /** Resolves when the text is out; does nothing once the reader has gone. */
  readonly write: (text: string) => Promise<void>;
}

/** @param onFailure told of a full disk and the like; it may throw */
export function openChannel(stream: OutputStream, onFailure: (error: Error) => void): Channel {
  let open = true;
  // Without a listener, a failure after the last write would be thrown from the stream and end the process with a stack.
  stream.on('error', () => (open = false));
  return {
    async write(text) {
      if (!open || text === '') return;
      const error = await new Promise<Error | null | undefined>((resolve) => stream.write(text, resolve));
      if (!error) return;
      open = false;
      if (!('code' in error && readerGone.has(String(error.code)))) onFailure(error);
    },
  };
}
