/** Opens a text in the editor that a person has set up, and gives it back as it was saved. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Environment } from '../terminal.ts';

/** @returns `undefined` when the editor could not be started, or ended with an error */
export function edited(path: string, text: string, env: Environment): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'nodelift-edit-'));
  const file = join(folder, basename(path));
  try {
    writeFileSync(file, text);
    // An editor is a command line, such as `code --wait`.
    const command = `${env.VISUAL ?? env.EDITOR ?? 'vi'} "$NODELIFT_FILE"`;
    const { status } = spawnSync(command, { shell: true, stdio: 'inherit', env: { ...env, NODELIFT_FILE: file } });
    return status === 0 ? readFileSync(file, 'utf8') : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
