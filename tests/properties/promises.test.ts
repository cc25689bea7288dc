/**
 * Random programs that drop promises do the same after `handle-promises`, and nothing that fails goes unseen.
 * `NODELIFT_PROGRAMS=60` makes fewer, `NODELIFT_SEED=…` others.
 */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileURLToPath } from 'node:url';
import { handlePromises } from '../../transforms/handle-promises/index.ts';
import { runFileBatch, type PlayedFile } from './streams-batch.ts';
import { parts, promiseProgram } from './promises-program.ts';

const count = Number(process.env.NODELIFT_PROGRAMS ?? 300);
const seed = Number(process.env.NODELIFT_SEED ?? 91_003);
const player = fileURLToPath(new URL('./promises-play.mjs', import.meta.url));
const decisions = fc.noBias(fc.array(fc.nat(65_535), { minLength: 60, maxLength: 60 }));
const programs = fc.sample(decisions, { seed, numRuns: Math.min(count, 1000) }).map((numbers) => promiseProgram(numbers));
const batch = { transform: handlePromises, shared: { 'parts.js': parts }, programs, player };

/** What the program did, whoever heard of failures. */
const effects = (trace: readonly string[]): readonly string[] => trace.filter((entry) => /^(?:begin|end|t\d|work|s\d+!)/.test(entry));
const unseen = (trace: readonly string[]): readonly string[] => trace.filter((entry) => /^(?:unhandled|crashed)/.test(entry));

const caught = (trace: readonly string[]): number => trace.filter((entry) => entry.startsWith('caught')).length;

/** Does each effect occur at most as often as in `all`? */
function isWithin(some: readonly string[], all: readonly string[]): boolean {
  const left = [...all];
  return some.every((entry) => {
    const index = left.indexOf(entry);
    if (index !== -1) left.splice(index, 1);
    return index !== -1;
  });
}

function shown({ before, after }: PlayedFile, what: string): string {
  return [
    `NODELIFT_SEED=${seed}: ${what}`,
    JSON.stringify(before.trace),
    JSON.stringify(after.trace),
    before.text,
    '--- after',
    after.text,
  ].join('\n');
}

test.each([false, true])(
  'the same effects, and no failure unseen (unsafe: %s)',
  async (unsafe) => {
    const { result, again, played } = await runFileBatch({ ...batch, unsafe });
    expect(result.files.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(result.findings.filter(({ reason }) => reason?.code === 'verification-failed')).toEqual([]);
    expect(again).toEqual([]);
    const left = new Set(result.findings.filter(({ status }) => status !== 'fixed').map(({ path }) => path));
    const faults = played.flatMap((one, index) => {
      const [before, after] = [effects(one.before.trace), effects(one.after.trace)];
      const fails = [one.before.trace, one.after.trace].some((trace) =>
        trace.some((entry) => /^(?:unhandled|told|rejected|caught|crashed|pending)/.test(entry)),
      );
      // A failure that nobody saw ends the process; once it is waited for, whoever waits hears of it, and what stands behind is not done.
      const wasUnseen = unseen(one.before.trace).length > 0;
      // A `try` that catches now what it returned goes on.
      const goesOn = caught(one.after.trace) > caught(one.before.trace);
      if (!isWithin(after, before) && !(goesOn && isWithin(before, after))) return [shown(one, 'more effects')];
      const isSame = wasUnseen || goesOn || [...before].sort().join() === [...after].sort().join();
      if (!(unsafe && fails) && !isSame) return [shown(one, 'other effects')];
      const steps = (effectsOf: readonly string[]): number => effectsOf.filter((entry) => /^[tw]/.test(entry)).length;
      if (!unsafe && !wasUnseen && !goesOn && steps(before) !== steps(after)) return [shown(one, 'other steps')];
      if (!left.has(`p${index}.js`) && unseen(one.after.trace).length > 0) return [shown(one, 'unseen after')];
      return [];
    });
    expect(faults[0] ?? '').toBe('');
    // The programs would show it: many failures were unseen before.
    expect(played.filter(({ before }) => unseen(before.trace).length > 0).length).toBeGreaterThan(programs.length / 8);
    expect(played.filter((_one, index) => !left.has(`p${index}.js`)).length).toBeGreaterThan(programs.length / 5);
  },
  300_000,
);
