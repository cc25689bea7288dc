/** `nodelift list`: the transforms, a line each. */

import { summaries } from '../../transforms/summaries.ts';
import type { Console } from '../console.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import { wrapped } from '../terminal.ts';

export async function listCommand(json: boolean, { colors, width, result }: Console): Promise<ExitCode> {
  await result(json ? `${JSON.stringify(summaries, undefined, 2)}\n` : table(colors.bold, width));
  return exitCodes.done;
}

function table(bold: (text: string) => string, width: number): string {
  const names = Math.max(...summaries.map(({ name }) => name.length));
  return summaries
    .map(({ name, summary }) => {
      const lines = wrapped(summary, width - names - 2);
      return `${bold(name)}${' '.repeat(names - name.length + 2)}${lines.join(`\n${' '.repeat(names + 2)}`)}\n`;
    })
    .join('');
}
