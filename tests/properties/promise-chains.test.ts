/**
 * Generated programs of promise chains do after the rewrite what they did before, step by step, whichever step fails.
 * `NODELIFT_PROGRAMS` sets how many, 10,000 for a full run; a batch is named by its seed, and `NODELIFT_SEED` runs it alone.
 */

import { beforeAll, describe, expect, test } from '@jest/globals';
import { chainProgram } from './chain-program.ts';
import { differences, played, rewritten, stepPrograms } from './step-batch.ts';

const total = Number(process.env.NODELIFT_PROGRAMS ?? 120);
const only = process.env.NODELIFT_SEED;
const size = Math.min(total, 250);
const seeds = only === undefined ? Array.from({ length: Math.ceil(total / size) }, (_, index) => 7000 + index) : [Number(only)];

describe('programs of promise chains', () => {
  test.each(seeds)(
    'batch %i',
    async (seed) => {
      const programs = stepPrograms(chainProgram, seed, size);
      const texts = await rewritten(programs);
      expect(
        differences(await played(programs, texts))
          .slice(0, 3)
          .join('\n\n'),
      ).toBe('');
      expect(texts.filter((text, index) => text !== programs[index]?.text).length / programs.length).toBeGreaterThan(0.7);
    },
    900_000,
  );
});

describe('planted faults', () => {
  const programs = stepPrograms(chainProgram, 6999, 40);
  let texts: string[] = [];
  beforeAll(async () => {
    texts = await rewritten(programs);
  }, 300_000);

  test.each<[string, (text: string) => string]>([
    ['a promise that is returned inside a `try` and not awaited', (text) => text.replaceAll('return await ', 'return ')],
    ['a `finally` that overrides the result', (text) => text.replaceAll(/finally \{\n(\s+)(?:await )?(?=note)/g, 'finally {\n$1return ')],
    ['an error that is not thrown on', (text) => text.replaceAll(/throw (\w+|new Error\(.*\));/g, 'return $1;')],
  ])('%s is noticed', async (_fault, spoiled) => {
    expect(differences(await played(programs, texts.map(spoiled))).length).toBeGreaterThan(0);
  });
});
