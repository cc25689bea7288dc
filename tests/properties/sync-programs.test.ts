/**
 * Whole generated programs leave the same trace before and after `sync-to-promises`: effects in their order, results, errors with code and message.
 * 10,000 programs; `NODELIFT_PROGRAMS=200` makes fewer, `NODELIFT_SEED=… NODELIFT_BATCH=…` repeats one batch, as a failure tells.
 */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decisions, difference, programsOf, runBatch, type BatchOptions, type BatchResult } from './batch.ts';
import { programFrom } from './sync-program.ts';

const batchSize = 500;
const total = Number(process.env.NODELIFT_PROGRAMS ?? 10_000);
const seed = Number(process.env.NODELIFT_SEED ?? 20_260);
const only = process.env.NODELIFT_BATCH;
const batches = only === undefined ? Array.from({ length: Math.ceil(total / batchSize) }, (_, index) => index) : [Number(only)];

/** Every fifth batch is of larger programs. */
function sizeOf(batch: number): number {
  return batch % 5 === 4 ? 600 : 120;
}

function optionsOf(batch: number): BatchOptions {
  return { verify: batch % 4 === 3, unsafe: batch % 2 === 0, includeStartup: batch % 4 === 1 };
}

describe('generated programs behave the same', () => {
  test.each(batches)(
    'batch %i',
    async (batch) => {
      const options = optionsOf(batch);
      const made = programsOf(seed + batch, Math.min(batchSize, total), sizeOf(batch));
      const result = await runBatch(
        made.map(({ program }) => program),
        options,
      );
      const failed = result.result.files.filter((file) => file.status === 'failed');
      expect(failed).toEqual([]);
      expect(result.result.findings.filter(({ reason }) => reason?.code === 'verification-failed')).toEqual([]);
      expect(result.changedAgain).toEqual([]);
      expect(rewrittenShare(result)).toBeGreaterThan(0.5);
      const found = difference(result);
      if (found !== undefined) {
        const smallest = await shrunk(made[found.index]?.numbers ?? [], options);
        throw new Error(`NODELIFT_SEED=${seed} NODELIFT_BATCH=${batch}, program ${found.index}:\n${smallest ?? found.report}`);
      }
    },
    300_000,
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
    const found = difference(await runBatch([programFrom(smaller, '0')], options));
    if (found !== undefined) report = found.report;
    return found === undefined;
  });
  await fc.check(property, { examples: [[[...numbers]]], numRuns: 1, interruptAfterTimeLimit: 60_000 });
  return report;
}
