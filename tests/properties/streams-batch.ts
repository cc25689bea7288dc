/** Many generated programs, a file each, in one run of one transform; played before and after by a script of their own. */

import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../engine/run.ts';
import type { RunResult } from '../../engine/result.ts';
import type { Transform } from '../../engine/transform.ts';

export interface FileBatch {
  readonly transform: Transform;
  readonly unsafe: boolean;
  /** Files that every program may load, by name. */
  readonly shared: Readonly<Record<string, string>>;
  readonly programs: readonly string[];
  /** The script that plays `p0.js`, `p1.js`, … of a folder, and sends their traces. */
  readonly player: string;
  /** Spoils the rewritten text, to see that it shows. */
  readonly patched?: (text: string) => string;
}

export interface PlayedFile {
  readonly before: { readonly text: string; readonly trace: readonly string[] };
  readonly after: { readonly text: string; readonly trace: readonly string[] };
}

export async function runFileBatch(
  batch: FileBatch,
): Promise<{ readonly result: RunResult; readonly again: readonly string[]; readonly played: readonly PlayedFile[] }> {
  const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-files-')));
  const patched = batch.patched ?? ((text: string) => text);
  try {
    const [before, after] = [path.join(workplace, 'before', 'work'), path.join(workplace, 'after', 'work')];
    for (const folder of [before, after]) {
      mkdirSync(path.join(folder, '.git'), { recursive: true });
      writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
      for (const [name, text] of Object.entries(batch.shared)) writeFileSync(path.join(folder, name), text);
      batch.programs.forEach((text, index) => writeFileSync(path.join(folder, `p${index}.js`), text));
    }
    const options = { transforms: [batch.transform], unsafe: batch.unsafe };
    const result = await run({ cwd: before, ...options });
    const texts = new Map<string, string>();
    for (const file of result.files) {
      if (file.status !== 'changed') continue;
      texts.set(file.path, patched(file.after));
      writeFileSync(path.join(after, file.path), patched(file.after));
    }
    const again =
      batch.patched === undefined ? (await run({ cwd: after, ...options })).files.filter((file) => file.status !== 'unchanged') : [];
    const [first, second] = await Promise.all([play(batch, before), play(batch, after)]);
    const played = batch.programs.map((text, index) => ({
      before: { text, trace: first[index] ?? ['not played'] },
      after: { text: texts.get(`p${index}.js`) ?? text, trace: second[index] ?? ['not played'] },
    }));
    return { result, again: again.map((file) => file.path), played };
  } finally {
    rmSync(workplace, { recursive: true, force: true });
  }
}

function play({ player, programs }: FileBatch, folder: string): Promise<readonly (readonly string[])[]> {
  return new Promise((resolve, reject) => {
    const child = fork(player, [folder, String(programs.length)], {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    let traces: readonly (readonly string[])[] | undefined;
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('message', (message) => (traces = message as readonly (readonly string[])[]));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (traces === undefined) reject(new Error(`The player ended with code ${code}:\n${output}`));
      else resolve(traces);
    });
  });
}

/** The first program that does not leave the same trace, in words. */
export function firstDifference(played: readonly PlayedFile[]): string | undefined {
  const index = played.findIndex(({ before, after }) => JSON.stringify(before.trace) !== JSON.stringify(after.trace));
  const one = played[index];
  if (one === undefined) return undefined;
  const { before, after } = one;
  return [
    `program ${index}`,
    `before: ${JSON.stringify(before.trace)}`,
    `after:  ${JSON.stringify(after.trace)}`,
    before.text,
    '--- after',
    after.text,
  ].join('\n');
}
