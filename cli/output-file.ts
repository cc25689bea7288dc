/** The file that `--output` names. */

import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describeSystemError, UsageError } from '../engine/errors.ts';
import { FileError } from './file-error.ts';

/** Checked before the run, so that a long one is not lost over a misspelt folder. */
export function checkedOutput(output: string, cwd: string): string {
  const file = resolve(cwd, output);
  const folder = dirname(file);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new UsageError(`--output "${output}" cannot be written: there is no folder ${folder}; create it first.`);
  }
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new UsageError(`--output "${output}" is a folder; name a file.`);
  }
  return file;
}

export async function writeOutput(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new FileError(`${file} cannot be written: ${describeSystemError(error)}.`);
  }
}
