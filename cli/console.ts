/** How a command talks: its result to stdout, everything else to stderr. */

import { describeSystemError } from '../engine/errors.ts';
import { openChannel } from './channel.ts';
import { FileError } from './file-error.ts';
import type { CommonArguments } from './options.ts';
import { page, pagerFor } from './pager.ts';
import { colorsFor, textWidth, type Colors, type World } from './terminal.ts';

export interface Console {
  /** For what goes to stdout. */
  readonly colors: Colors;
  readonly width: number;
  /** Whether a person looks at stdout, and not a program. */
  readonly isScreen: boolean;
  /** The result, as it is. */
  readonly result: (text: string) => Promise<void>;
  /** A result to be read from its beginning: paged when it is longer than the screen. */
  readonly paged: (text: string) => Promise<void>;
  /** What a person should know besides. */
  readonly messages: {
    readonly colors: Colors;
    readonly width: number;
    readonly write: (text: string) => Promise<void>;
  };
}

export function openConsole({ stdout, stderr, env }: World, { color }: Pick<CommonArguments, 'color'>): Console {
  const results = openChannel(stdout, (error) => {
    throw new FileError(`The result cannot be written to stdout: ${describeSystemError(error)}.`);
  });
  // Nobody can be told that nothing can be told.
  const messages = openChannel(stderr, () => undefined);
  return {
    colors: colorsFor(stdout, env, color),
    width: textWidth(stdout),
    isScreen: stdout.isTTY === true,
    result: (text) => results.write(text),
    async paged(text) {
      const pager = pagerFor(text, stdout, env);
      if (pager === undefined || !(await page(text, pager, env))) await results.write(text);
    },
    messages: { colors: colorsFor(stderr, env, color), width: textWidth(stderr), write: (text) => messages.write(text) },
  };
}
