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

export interface Played {
  readonly name: string;
  readonly program: GeneratedProgram;
  /** The files of the program after the run. */
  readonly after: Readonly<Record<string, string>>;
  readonly isRewritten: boolean;
  readonly traces: { readonly before: Trace; readonly after: Trace };
}

export interface BatchResult {
  readonly programs: readonly Played[];
  readonly result: RunResult;
  /** The files that a second run would change; nobody looks when the texts were spoilt. */
  readonly changedAgain: readonly string[];
}

/**
 * @param patched spoils the rewritten text of a file, to see that it shows
 */
export async function runBatch(
  programs: readonly GeneratedProgram[],
  options: BatchOptions,
  patched?: (text: string) => string,
): Promise<BatchResult> {
  const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-programs-')));
  try {
    const before = path.join(workplace, 'before');
    const after = path.join(workplace, 'after');
    const named = programs.map((program, index) => ({ name: `p${index}`, program }));
    for (const folder of [before, after]) {
      mkdirSync(path.join(folder, '.git'), { recursive: true });
      writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
      for (const { name, program } of named) writeTexts(path.join(folder, name), program.files);
    }
    const result = await rewritten(before, options);
    const texts = new Map<string, string>();
    for (const file of result.files) {
      if (file.status !== 'changed') continue;
      const text = patched === undefined ? file.after : patched(file.after);
      texts.set(file.path, text);
      writeFileSync(path.join(after, file.path), text);
    }
    const again = patched === undefined && options.verify ? (await rewritten(after, options)).files : [];
    const [tracesBefore, tracesAfter] = await Promise.all([play(before, named), play(after, named)]);
    return {
      result,
      changedAgain: again.filter((file) => file.status !== 'unchanged').map((file) => file.path),
      programs: named.map(({ name, program }, index) => ({
        name,
        program,
        after: Object.fromEntries(Object.entries(program.files).map(([file, text]) => [file, texts.get(`${name}/${file}`) ?? text])),
        isRewritten: Object.keys(program.files).some((file) => texts.has(`${name}/${file}`)),
        traces: { before: tracesBefore[index] ?? [], after: tracesAfter[index] ?? [] },
      })),
    };
  } finally {
    rmSync(workplace, { recursive: true, force: true });
  }
}

function rewritten(cwd: string, { verify, unsafe, includeStartup }: BatchOptions): Promise<RunResult> {
  return run({ cwd, transforms: [syncToPromises], verify, unsafe, transformOptions: { includeStartup } });
}

function writeTexts(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
}

const player = fileURLToPath(new URL('./play.mjs', import.meta.url));

function play(folder: string, named: readonly { name: string; program: GeneratedProgram }[]): Promise<readonly Trace[]> {
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
    child.send({ folder, programs: named.map(({ name, program: { entry, esm } }) => ({ name, entry, esm })) });
  });
}

/** The first program whose traces differ, in words. */
export function difference({ programs }: BatchResult): { readonly index: number; readonly report: string } | undefined {
  const index = programs.findIndex(({ traces }) => JSON.stringify(traces.before) !== JSON.stringify(traces.after));
  const program = programs[index];
  if (program === undefined) return undefined;
  const { before, after } = program.traces;
  const at = before.findIndex((entry, step) => JSON.stringify(entry) !== JSON.stringify(after[step]));
  const step = at === -1 ? before.length : at;
  const files = Object.keys(program.program.files).flatMap((name) => [
    `--- ${name}, before`,
    program.program.files[name] ?? '',
    `--- ${name}, after`,
    program.after[name] === program.program.files[name] ? '(the same)' : (program.after[name] ?? ''),
  ]);
  const steps = [`step ${step} before: ${JSON.stringify(before[step])}`, `step ${step} after:  ${JSON.stringify(after[step])}`];
  return { index, report: [...steps, ...files].join('\n') };
}
