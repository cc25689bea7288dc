/** Shows long output page by page, as git does: `$PAGER`, else `less` where there is one. */

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isCi, type Environment, type OutputStream } from './terminal.ts';

const DEFAULT_ROWS = 24;

/** @returns the command to page `text` with, or `undefined` when it should simply be written */
export function pagerFor(text: string, stdout: OutputStream, env: Environment): string | undefined {
  if (stdout.isTTY !== true || isCi(env) || env.TERM === 'dumb') return undefined;
  const lines = text.split('\n').length;
  if (lines <= (stdout.rows ?? DEFAULT_ROWS)) return undefined;
  const wanted = env.PAGER;
  if (wanted !== undefined) return wanted.trim() === '' || wanted.trim() === 'cat' ? undefined : wanted;
  return isOnPath('less', env) ? 'less -FRX' : undefined;
}

/** Resolves when the reader quits. @returns false when the pager could not be started, and the text was not shown */
export async function page(text: string, command: string, env: Environment): Promise<boolean> {
  // A pager is a command line, such as `less -R`; it is git's habit, too, to make `less` pass colours on.
  const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: { LESS: 'FRX', ...env } });
  // Ctrl-C belongs to the pager while it runs.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    return await new Promise<boolean>((resolve) => {
      child.on('error', () => resolve(false));
      // 126 and 127 are the shell's own: the command is not there or cannot be run.
      child.on('close', (code) => resolve(code !== 126 && code !== 127));
      // The reader may quit before the end.
      child.stdin.on('error', ignore);
      child.stdin.end(text);
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}

function isOnPath(command: string, env: Environment): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
