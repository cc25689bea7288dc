/**
 * Every fixture with a `scenario.mjs`: the input and the output, run in the same scenario, leave the same trace.
 * A scenario may export `differs(before, after)` for what is meant to differ, such as an attack that no longer works; it throws otherwise.
 */

import { afterAll, describe, expect, test } from '@jest/globals';
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fixtureCases, readTree, writeTree, type FixtureCase } from './fixtures/cases.ts';

const child = fileURLToPath(new URL('./behaviour/child.mjs', import.meta.url));
const installed = fileURLToPath(new URL('../node_modules', import.meta.url));
const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-behaviour-')));
afterAll(() => rmSync(workplace, { recursive: true }));

interface Trace {
  readonly trace: readonly unknown[];
  readonly exitCode: number;
}

const withScenario = fixtureCases().filter(
  (one) => existsSync(path.join(one.folder, 'scenario.mjs')) && existsSync(path.join(one.folder, 'output')),
);

describe.each([...new Set(withScenario.map((one) => one.transform))])('%s behaves the same', (transform) => {
  test.each(withScenario.filter((one) => one.transform === transform).map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const scenario = (await import(pathToFileURL(path.join(one.folder, 'scenario.mjs')).href)) as {
      differs?: (before: Trace, after: Trace) => void;
    };
    const playBoth = async (): Promise<void> => {
      const [before, after] = await Promise.all([play(one, 'input'), play(one, 'output')]);
      expect(before.trace.length).toBeGreaterThan(0);
      // A scenario without what it needs fails in the same way before and after, and shows nothing.
      expect(JSON.stringify(before.trace[0])).not.toContain('MODULE_NOT_FOUND');
      if (scenario.differs === undefined) expect(after).toEqual(before);
      else scenario.differs(before, after);
    };
    try {
      await playBoth();
    } catch (difference) {
      // What two reads that race have left to chance may come the other way round on a busy machine; a fault shows itself again.
      process.stderr.write(`${one.name} is played again, for:\n${String(difference)}\n`);
      await playBoth();
    }
  });
});

async function play(one: FixtureCase, variant: 'input' | 'output'): Promise<Trace> {
  // The folder has the same name for both, so that paths in messages agree.
  const dir = path.join(mkdtempSync(path.join(workplace, 'run-')), 'project');
  const tree = readTree(path.join(one.folder, variant));
  writeTree(dir, tree);
  linkDependencies(dir, tree['package.json']);
  return new Promise((resolve, reject) => {
    // A database that is WebAssembly answers a few queries: compiling it well costs more than running it as it is.
    const execArgv = ['--liftoff-only'];
    const running = fork(child, [dir, path.join(one.folder, 'scenario.mjs')], { execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let output = '';
    let result: Trace | undefined;
    running.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    running.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    running.on('message', (message) => (result = message as Trace));
    running.on('error', reject);
    running.on('exit', (code) => {
      if (result === undefined) reject(new Error(`${one.name} (${variant}) ended with code ${code} before its trace was sent:\n${output}`));
      else resolve(result);
    });
  });
}

/** Links what the case's package.json declares; `express` by the major version that it asks for. */
function linkDependencies(dir: string, packageJson: string | undefined): void {
  if (packageJson === undefined) return;
  const { dependencies = {} } = JSON.parse(packageJson) as { dependencies?: Record<string, string> };
  for (const [name, range] of Object.entries(dependencies)) {
    const major = /\d+/.exec(range)?.[0] ?? '';
    const target = [path.join(installed, name + major), path.join(installed, name)].find((folder) => nameOfPackage(folder) === name);
    if (target === undefined) continue;
    const link = path.join(dir, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(target, link);
  }
}

/** Undefined where none is installed. `mysql2` is no second version of `mysql`. */
function nameOfPackage(folder: string): string | undefined {
  const file = path.join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { name: string }).name : undefined;
}
