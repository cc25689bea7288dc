/** Many generated programs of asynchronous steps, a file each, in one run of nodelift, played before and after. */

import fc from 'fast-check';
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../engine/run.ts';
import { callbacksToAsync } from '../../transforms/callbacks-to-async/index.ts';
import { Choices } from './choices.ts';

export interface StepProgram {
  readonly text: string;
  /** Each of them can fail. */
  readonly steps: number;
}

/** What happened, without a failure first, and then with a failure at each step. */
export type Traces = readonly (readonly string[])[];

export interface PlayedSteps {
  readonly before: string;
  readonly after: string;
  readonly traces: { readonly before: Traces; readonly after: Traces };
}

const decisions = fc.noBias(fc.array(fc.nat(65_535), { minLength: 20, maxLength: 160, size: 'max' }));

/** The programs of a batch, the same for the same seed. */
export function stepPrograms(generate: (choices: Choices) => StepProgram, seed: number, count: number): StepProgram[] {
  return fc.sample(decisions, { seed, numRuns: count }).map((numbers) => generate(new Choices(numbers)));
}

/** The texts of the programs after one run of nodelift. */
export async function rewritten(programs: readonly StepProgram[]): Promise<string[]> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-steps-')));
  try {
    mkdirSync(path.join(folder, '.git'));
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "main": "none.js", "dependencies": { "express": "^4.18.0" } }\n');
    writeFileSync(path.join(folder, 'world.js'), 'exports.note = (id, ...values) => globalThis.note(id, ...values);\n');
    for (const [index, program] of programs.entries()) writeFileSync(path.join(folder, `p${index}.js`), program.text);
    const result = await run({ cwd: folder, transforms: [callbacksToAsync] });
    const changed = new Map(result.files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.after] as const] : [])));
    return programs.map((program, index) => changed.get(`p${index}.js`) ?? program.text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plays the programs as they were, and with the texts that they have now. */
export async function played(programs: readonly StepProgram[], texts: readonly string[]): Promise<PlayedSteps[]> {
  // What was not changed does what it did.
  const isChanged = (index: number): boolean => texts[index] !== programs[index]?.text;
  const changed = programs.map(({ steps }, index) => (isChanged(index) ? { text: texts[index] ?? '', steps } : { text: '', steps: -1 }));
  const [before, after] = await Promise.all([play(programs), play(changed)]);
  return programs.map(({ text }, index) => {
    const own = before[index] ?? [];
    return { before: text, after: texts[index] ?? text, traces: { before: own, after: isChanged(index) ? (after[index] ?? []) : own } };
  });
}

const player = fileURLToPath(new URL('./step-player.mjs', import.meta.url));

function play(programs: readonly StepProgram[]): Promise<readonly Traces[]> {
  return new Promise((resolve, reject) => {
    const child = fork(player, [], { execArgv: ['--no-warnings'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let output = '';
    let traces: readonly Traces[] | undefined;
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('message', (message) => (traces = message as readonly Traces[]));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (traces === undefined) reject(new Error(`The player ended with code ${code}:\n${output}`));
      else resolve(traces);
    });
    child.send({ programs });
  });
}

/** Programs that were rewritten and do something else now, in words. */
export function differences(programs: readonly PlayedSteps[]): string[] {
  return programs.flatMap(({ before, after, traces }) => {
    const at = traces.before.findIndex((trace, index) => !isSame(trace, traces.after[index] ?? []));
    if (at === -1) return [];
    const lines = (trace: readonly string[] | undefined): string => (trace ?? []).map((line) => `  ${line}`).join('\n');
    return [
      `failing step ${at - 1}\nbefore:\n${lines(traces.before[at])}\nafter:\n${lines(traces.after[at])}\n--- before\n${before}\n--- after\n${after}`,
    ];
  });
}

/** An exception in a callback ended the process, and may reach a handler now, as the fix says; up to there nothing may differ. */
function isSame(before: readonly string[], after: readonly string[]): boolean {
  const crash = before.findIndex((line) => line.startsWith('"crash"'));
  if (crash === -1) return JSON.stringify(before) === JSON.stringify(after);
  return JSON.stringify(before.slice(0, crash)) === JSON.stringify(after.slice(0, crash)) && after.length > crash;
}
