/** The program as it is shipped, built from the sources when it is older than they are. */

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Inside the package, so that the program finds its documentation and its dependencies as it does in `dist`.
const folder = join(root, '.tmp/cli-e2e');
const binary = join(folder, 'dist/cli/main.js');
const sources = ['catalog', 'cli', 'doors', 'engine', 'transforms'];

/** @returns the path of `main.js`. Test files that run at once wait for one build. */
export async function builtBinary(): Promise<string> {
  const lock = join(folder, 'lock');
  mkdirSync(folder, { recursive: true });
  while (!tryMakeFolder(lock)) {
    // Whoever held it may let it go at any moment.
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > 120_000) rmdirSync(lock);
    await delay(100);
  }
  try {
    const newest = Math.max(...sources.map((name) => newestIn(join(root, name))));
    if (!existsSync(binary) || statSync(binary).mtimeMs < newest) {
      // Types are checked elsewhere; here the program only has to be there.
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const options = ['-p', 'tsconfig.build.json', '--noCheck', '--declaration', 'false', '--outDir', join(folder, 'dist')];
      execFileSync(process.execPath, [tsc, ...options], { cwd: root, stdio: 'pipe' });
      utimesSync(binary, new Date(), new Date());
    }
  } finally {
    rmdirSync(lock);
  }
  return binary;
}

function tryMakeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch {
    return false;
  }
}

function newestIn(path: string): number {
  return Math.max(...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(path, name)).mtimeMs));
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param closeAfter close stdout after so many bytes, as `head` does */
export function launch(binaryPath: string, args: readonly string[], cwd: string, closeAfter = Infinity): Promise<Ended> {
  const env = { PATH: process.env.PATH, HOME: cwd };
  const child = spawn(process.execPath, [binaryPath, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('latin1');
    if (stdout.length >= closeAfter) child.stdout.destroy();
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
