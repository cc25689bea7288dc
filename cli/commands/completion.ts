/** `nodelift completion [shell]`: prints the script that lets a shell complete our words. It asks nodelift nothing, so it is as quick as the shell. */

import { basename } from 'node:path';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { Console } from '../console.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import { shells, type Shell } from '../option-table.ts';
import type { World } from '../terminal.ts';

const scripts: Readonly<Record<Shell, () => string>> = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export async function completionCommand(named: Shell | undefined, { env }: World, { result }: Console): Promise<ExitCode> {
  const login = basename(env.SHELL ?? '');
  const shell = named ?? shells.find((name) => name === login) ?? 'bash';
  await result(scripts[shell]());
  return exitCodes.done;
}
