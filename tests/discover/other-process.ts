/**
 * Runs discovery and the journal in a process of its own: one that may be killed, or that has no more rights than an ordinary user,
 * since the superuser, as whom tests often run, is refused nothing.
 */

import { transformSync } from '@swc/core';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../..');
const parts = ['engine/errors.ts', ...['engine/discover', 'engine/journal'].flatMap(listModules)];

function listModules(folder: string): string[] {
  return readdirSync(join(repository, folder)).map((name) => `${folder}/${name}`);
}

const compilation = {
  configFile: false,
  swcrc: false,
  jsc: { target: 'es2022', parser: { syntax: 'typescript' }, rewriteRelativeImportExtensions: true },
} as const;

/** The parts of the engine that these tests need, as Node runs them; the caller deletes the folder. */
export function compileEngine(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nodelift-engine-'));
  chmodSync(folder, 0o755);
  for (const part of parts) {
    const { code } = transformSync(readFileSync(join(repository, part), 'utf8'), compilation);
    mkdirSync(dirname(join(folder, part)), { recursive: true });
    writeFileSync(join(folder, part.replace(/\.ts$/, '.js')), code);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

export interface OtherProcess {
  /** The body of an async function with `discover`, `journal` (the modules), `input`, and `output(value)`, which may be called often. */
  readonly script: string;
  readonly input: unknown;
  /** A command that runs the rest of its arguments, such as `['sh', '-c', 'ulimit …; exec "$@"', 'sh']`. */
  readonly wrapper?: readonly string[];
  /** Gives the process the rights of an ordinary user, and this folder to that user. */
  readonly ordinaryUser?: { readonly owning: string };
  readonly onOutput?: (value: unknown, child: ChildProcess) => void;
}

export interface OtherProcessResult {
  readonly outputs: readonly unknown[];
  readonly signal: NodeJS.Signals | null;
}

/** @throws when the process fails other than by a signal */
export function runElsewhere(
  engine: string,
  { script, input, wrapper = [], ordinaryUser, onOutput }: OtherProcess,
): Promise<OtherProcessResult> {
  const used = (['discover', 'journal'] as const).filter((name) => script.includes(`${name}.`));
  const program = `
    ${used.map((name) => `import * as ${name} from ${JSON.stringify(join(engine, `engine/${name}/index.js`))};`).join('\n')}
    import { readFileSync, writeSync } from 'node:fs';
    const input = JSON.parse(readFileSync(0, 'utf8'));
    const output = (value) => writeSync(1, JSON.stringify(value) + '\\n');
    await (async () => { ${script} })();
  `;
  const [command, ...args] = [...wrapper, process.execPath, '--input-type=module', '--eval', program] as const;
  const user = ordinaryUser === undefined || process.getuid?.() !== 0 ? {} : { uid: 65534, gid: 65534 };
  if (ordinaryUser !== undefined && user.uid !== undefined) giveAway(ordinaryUser.owning, user.uid);
  return new Promise((settle, reject) => {
    const child = spawn(command, args, { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], ...user });
    child.stdin.on('error', () => undefined); // it may be killed before it has read all
    child.stdin.end(JSON.stringify(input));
    const outputs: unknown[] = [];
    let pending = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (pending + chunk).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) {
        outputs.push(JSON.parse(line));
        onOutput?.(outputs.at(-1), child);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => (code === 0 || signal !== null ? settle({ outputs, signal }) : reject(new Error(errors))));
  });
}

function giveAway(path: string, uid: number): void {
  chownSync(path, uid, uid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAway(join(path, name), uid);
}

export function removeEngine(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
