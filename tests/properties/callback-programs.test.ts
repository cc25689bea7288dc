/**
 * Generated programs of callbacks do after the rewrite what they did before, step by step, whichever step fails.
 * `NODELIFT_PROGRAMS` sets how many, 10,000 for a full run; a batch is named by its seed, and `NODELIFT_SEED` runs it alone.
 */

import { beforeAll, describe, expect, test } from '@jest/globals';
import { callbackProgram } from './callback-program.ts';
import { differences, played, rewritten, stepPrograms } from './step-batch.ts';

const total = Number(process.env.NODELIFT_PROGRAMS ?? 500);
const only = process.env.NODELIFT_SEED;
const size = Math.min(total, 250);
const seeds = only === undefined ? Array.from({ length: Math.ceil(total / size) }, (_, index) => 8000 + index) : [Number(only)];

describe('programs of callbacks', () => {
  test.each(seeds)(
    'batch %i',
    async (seed) => {
      const programs = stepPrograms(callbackProgram, seed, size);
      const texts = await rewritten(programs);
      expect(
        differences(await played(programs, texts))
          .slice(0, 3)
          .join('\n\n'),
      ).toBe('');
      expect(texts.filter((text, index) => text !== programs[index]?.text).length / programs.length).toBeGreaterThan(0.4);
    },
    900_000,
  );
});

describe('planted faults', () => {
  const programs = stepPrograms(callbackProgram, 7999, 40);
  let texts: string[] = [];
  beforeAll(async () => {
    texts = await rewritten(programs);
  }, 300_000);

  test.each<[string, (text: string) => string]>([
    ['a call that is not awaited', (text) => text.replaceAll(/= await (load\d)/g, '= $1')],
    ['a handler that goes on', (text) => text.replaceAll(/return (next|res\.send|res\.json)\(/g, '$1(')],
    ['an error that is not thrown on', (text) => text.replaceAll(/throw (\w+|new Error\(.*\));/g, 'return $1;')],
    ['work for items that is not waited for', (text) => text.replaceAll('await Promise.all(', '(')],
    ['calls that wait for each other in another order', (text) => text.replaceAll("readFile('s1'", "readFile('s2'")],
  ])('%s is noticed', async (_fault, spoiled) => {
    expect(differences(await played(programs, texts.map(spoiled))).length).toBeGreaterThan(0);
  });
});
