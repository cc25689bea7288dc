/** Many generated programs in one run of nodelift, played before and after. */

import fc from 'fast-check';
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../engine/run.ts';
import type { RunResult } from '../../engine/result.ts';
import { syncToPromises } from '../../transforms/sync-to-promises/index.ts';
import { programFrom, type GeneratedProgram } from './sync-program.ts';

/** What fast-check makes, and shrinks: lists of at most `size` numbers. */
export function decisions(size: number): fc.Arbitrary<number[]> {
  return fc.noBias(fc.array(fc.nat(65_535), { maxLength: size, size: 'max' }));
}

/** The programs of a batch, the same for the same seed. */
export function programsOf(seed: number, count: number, size: number): { numbers: readonly number[]; program: GeneratedProgram }[] {
  return fc
    .sample(decisions(size), { seed, numRuns: count })
    .map((numbers, index) => ({ numbers, program: programFrom(numbers, String(index)) }));
}

export interface BatchOptions {
  /** Without it, what the traces show is the transform's own work, and nothing that verification has taken back. */
  readonly verify: boolean;
  readonly unsafe: boolean;
  readonly includeStartup: boolean;
}

export type Trace = readonly (readonly string[])[];

type Texts = Readonly<Record<string, string>>;

/** A program that the run has changed, in both its states. */
export interface Rewritten {
  /** In the batch. */
  readonly index: number;
  readonly program: GeneratedProgram;
  readonly after: Texts;
  /** Reads are made at once in it: of several that fail, any may be the one that is thrown. */
  readonly atOnce: boolean;
}

export interface BatchResult {
  readonly rewritten: readonly Rewritten[];
  readonly result: RunResult;
  /** The files that a second run would change; looked for with `verify` alone. */
  readonly changedAgain: readonly string[];
}

/** Runs the transform over all programs at once. */
export async function rewrite(programs: readonly GeneratedProgram[], options: BatchOptions): Promise<BatchResult> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-programs-')));
  try {
    mkdirSync(path.join(folder, '.git'));
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    for (const [index, program] of programs.entries()) {
      mkdirSync(path.join(folder, `p${index}`));
      for (const [file, text] of Object.entries(program.files)) writeFileSync(path.join(folder, `p${index}`, file), text);
    }
    const result = await lift(folder, options);
    const texts = new Map(result.files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.after] as const] : [])));
    if (options.verify) for (const [file, text] of texts) writeFileSync(path.join(folder, file), text);
    const again = options.verify ? (await lift(folder, options)).files : [];
    const together = new Set(
      result.findings.flatMap(({ title, status, path: file }) =>
        title === 'These reads could be made at once' && status === 'fixed' ? [file.split('/')[0]] : [],
      ),
    );
    const changed = programs.map((program, index) => ({
      index,
      program,
      after: textsAfter(program, `p${index}`, texts),
      atOnce: together.has(`p${index}`),
    }));
    return {
      result,
      rewritten: changed.filter(({ program, after }) => Object.keys(after).some((file) => after[file] !== program.files[file])),
      changedAgain: again.filter((file) => file.status !== 'unchanged').map((file) => file.path),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function textsAfter({ files }: GeneratedProgram, folder: string, texts: ReadonlyMap<string, string>): Texts {
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [file, texts.get(`${folder}/${file}`) ?? text]));
}

function lift(cwd: string, { verify, unsafe, includeStartup }: BatchOptions): Promise<RunResult> {
  return run({ cwd, transforms: [syncToPromises], verify, unsafe, transformOptions: { includeStartup } });
}

const player = fileURLToPath(new URL('./play.mjs', import.meta.url));

/** What each program does, run one after the other in a process of their own. */
export function play(programs: readonly GeneratedProgram[]): Promise<readonly Trace[]> {
  return new Promise((resolve, reject) => {
    const child = fork(player, [], { execArgv: ['--experimental-vm-modules', '--no-warnings'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let output = '';
    let traces: readonly Trace[] | undefined;
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('message', (message) => (traces = message as readonly Trace[]));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (traces === undefined) reject(new Error(`The player ended with code ${code}:\n${output}`));
      else resolve(traces);
    });
    child.send(programs);
  });
}

export interface Difference {
  readonly index: number;
  readonly report: string;
}

/** The first program that does something else now, in words. */
export async function firstDifference(programs: readonly Rewritten[]): Promise<Difference | undefined> {
  const [before, after] = await Promise.all([
    play(programs.map(({ program }) => program)),
    play(programs.map(({ program, after: files }) => ({ ...program, files }))),
  ]);
  for (const [at, one] of programs.entries()) {
    const shown = (trace: Trace | undefined): string => JSON.stringify(one.atOnce ? trace?.map(withoutTheFailure) : trace);
    if (shown(before[at]) !== shown(after[at])) return { index: one.index, report: report(one, before[at] ?? [], after[at] ?? []) };
  }
  return undefined;
}

/** That something failed, and not what. */
function withoutTheFailure(entry: readonly string[]): readonly string[] {
  return entry.some((part) => /^E[A-Z]+: /.test(part)) ? entry.slice(0, 1) : entry;
}

function report({ program, after: texts }: Rewritten, before: Trace, after: Trace): string {
  const at = before.findIndex((entry, step) => JSON.stringify(entry) !== JSON.stringify(after[step]));
  const step = at === -1 ? before.length : at;
  const files = Object.entries(program.files).flatMap(([name, text]) => [
    `--- ${name}, before`,
    text,
    `--- ${name}, after`,
    texts[name] === text ? '(the same)' : (texts[name] ?? ''),
  ]);
  const steps = [`step ${step} before: ${JSON.stringify(before[step])}`, `step ${step} after:  ${JSON.stringify(after[step])}`];
  return [...steps, ...files].join('\n');
}
