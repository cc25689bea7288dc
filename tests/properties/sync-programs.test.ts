/**
 * Whole generated programs leave the same trace before and after `sync-to-promises`: effects in their order, results, errors with code and message.
 * 10,000 programs; `NODELIFT_PROGRAMS=200` makes fewer, `NODELIFT_SEED=… NODELIFT_BATCH=…` repeats one batch, as a failure tells.
 */

import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decisions, firstDifference, programsOf, rewrite, type BatchOptions, type BatchResult } from './batch.ts';
import { programFrom } from './sync-program.ts';

const batchSize = 500;
const total = Number(process.env.NODELIFT_PROGRAMS ?? 10_000);
const seed = Number(process.env.NODELIFT_SEED ?? 20_260);
const only = process.env.NODELIFT_BATCH;
const batches = only === undefined ? Array.from({ length: Math.ceil(total / batchSize) }, (_, index) => index) : [Number(only)];
const minutes = 60_000;

/** One batch in twenty is of large programs. */
function sizeOf(batch: number): number {
  return batch % 20 === 19 ? 400 : 80;
}

function optionsOf(batch: number): BatchOptions {
  return { verify: batch % 10 === 3, unsafe: batch % 2 === 0, includeStartup: batch % 4 === 1 };
}

function textsOf(batch: number, count: number): ReturnType<typeof programsOf> {
  return programsOf(seed + batch, count, sizeOf(batch));
}

describe('generated programs behave the same', () => {
  test.each(batches)(
    'batch %i',
    async (batch) => {
      const options = optionsOf(batch);
      const made = textsOf(batch, Math.min(batchSize, total));
      const result = await rewrite(
        made.map(({ program }) => program),
        options,
      );
      const found = await firstDifference(result.rewritten);
      if (found !== undefined) {
        const smallest = await shrunk(made[found.index]?.numbers ?? [], options);
        throw new Error(`NODELIFT_SEED=${seed} NODELIFT_BATCH=${batch}, program ${found.index}:\n${smallest ?? found.report}`);
      }
      // A fault of nodelift's own, or edits that overlap, would fail the file; so would a text that does not parse.
      expect(result.result.files.filter((file) => file.status === 'failed')).toEqual([]);
      expect(result.result.findings.filter(({ reason }) => reason?.code === 'verification-failed')).toEqual([]);
      expect(result.changedAgain).toEqual([]);
      expect(rewrittenShare(result)).toBeGreaterThan(0.6);
    },
    5 * minutes,
  );
});

/** Of the blocking calls in the programs. */
function rewrittenShare({ result: { findings } }: BatchResult): number {
  return findings.filter(({ status }) => status === 'fixed').length / findings.length;
}

/** A smaller program that still differs. */
async function shrunk(numbers: readonly number[], options: BatchOptions): Promise<string | undefined> {
  let report: string | undefined;
  const property = fc.asyncProperty(decisions(600), async (smaller) => {
    const found = await firstDifference((await rewrite([programFrom(smaller, '0')], options)).rewritten);
    if (found !== undefined) report = found.report;
    return found === undefined;
  });
  await fc.check(property, { examples: [[[...numbers]]], numRuns: 1, interruptAfterTimeLimit: 2 * minutes });
  return report;
}

/** What a transform might get wrong, put into what it has written. Every occurrence is spoilt, in every program of a batch. */
const faults: Readonly<Record<string, (text: string) => string>> = {
  'a promise is returned out of a try without await': (text) =>
    text.replace(/(try \{\n(?:(?!\n\s*\} (?:catch|finally))[\s\S])*?return )await /g, '$1'),
  'the await of a call of the program is missing': (text) => text.replace(/\bawait (?=[\w.]*(?:load|find|get|fetch|peek|inner)\d)/g, ''),
  'a statement is not awaited': (text) => text.replace(/^(\s+)await /gm, '$1'),
  'a condition is not awaited': (text) => text.replace(/if \(await /g, 'if ('),
  'precedence is not minded': (text) => text.replace(/\(await ((?:[^()]|\([^()]*\))*)\)\./g, 'await $1.'),
  'a loop is left to forEach': (text) =>
    text.replace(
      /^( *)for \(const (\w+) of (.+)\) \{\n((?:(?!\b(?:return|break|continue|throw)\b)[\s\S])*?)\n\1\}$/gm,
      '$1$3.forEach(async ($2) => {\n$4\n$1});',
    ),
  'the twin is another function': (text) => text.replace(/fs\.promises\.unlink\(/g, 'fs.promises.readFile('),
};

describe('the programs show', () => {
  let rewritten: BatchResult['rewritten'] = [];
  beforeAll(async () => {
    const made = programsOf(seed, 80, 400).map(({ program }) => program);
    rewritten = (await rewrite(made, { verify: false, unsafe: true, includeStartup: false })).rewritten;
  }, 2 * minutes);

  test('nothing, when nothing is spoilt', async () => {
    expect(rewritten.length).toBeGreaterThan(40);
    expect(await firstDifference(rewritten)).toBeUndefined();
  });

  test.each(Object.entries(faults))('that %s', async (_name, spoil) => {
    const spoilt = rewritten.map((one) => ({
      ...one,
      after: Object.fromEntries(Object.entries(one.after).map(([file, text]) => [file, spoil(text)])),
    }));
    const touched = spoilt.filter(({ index, after }) => {
      const sound = rewritten.find((one) => one.index === index)?.after ?? {};
      return Object.keys(after).some((file) => after[file] !== sound[file]);
    });
    expect(touched.length).toBeGreaterThan(0);
    const found = await firstDifference(touched);
    expect(found).toBeDefined();
    expect(found?.report).not.toContain('did not load');
  });
});
