/** A copy of this repository in a temporary folder, for tests that add to it or build from it. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What is made by tools, or belongs to this copy alone. */
const leftOut = new Set(['node_modules', 'dist', 'coverage', '.git', '.tmp', '.nodelift']);

/** @returns its absolute path; the dependencies in it are those of the original */
export function repositoryCopy(): string {
  const copy = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-house-')));
  cpSync(root, copy, { recursive: true, filter: (source) => !leftOut.has(path.basename(source)) });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  return copy;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  /** What it said on both streams. */
  readonly output: string;
}

/** Runs a program as if it were alone: without what jest and npm hand on to theirs. */
export function execute(cwd: string, program: string, ...args: readonly string[]): Outcome {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|JEST_|NODE_)/.test(name));
  const env = { ...Object.fromEntries(inherited), NO_COLOR: '1', CI: '1' };
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (error !== undefined) throw error;
  return { code: status, stdout, output: stdout + stderr };
}

/** jest, over the test files named, for the tests whose full name matches `pattern`. */
export function jestIn(copy: string, files: readonly string[], pattern: string): Outcome {
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--ci', '--maxWorkers=1', '--testNamePattern', pattern];
  return execute(copy, process.execPath, ...jest, ...files);
}

/** The type errors of some folders; the rest of the copy is checked only as far as they import it. */
export function typeErrorsIn(copy: string, folders: readonly string[]): readonly string[] {
  const config = path.join(copy, 'tsconfig.some-folders.json');
  writeFileSync(config, JSON.stringify({ extends: './tsconfig.json', include: folders }));
  const { output } = execute(copy, process.execPath, 'node_modules/typescript/bin/tsc', '-p', config, '--pretty', 'false');
  return output.split('\n').filter((line) => folders.some((folder) => line.startsWith(folder)));
}
