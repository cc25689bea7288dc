import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findGuilty, type BlameOptions, type Verdict } from '../../engine/run/blame.ts';

interface Search extends Verdict<number, string> {
  readonly trials: number;
}

/** Units are numbers; `fails` says what goes wrong when they are there together. */
function search(size: number, fails: (units: readonly number[]) => boolean, options?: BlameOptions<number>): Search {
  const steps = findGuilty(
    Array.from({ length: size }, (_, index) => index),
    'all of them',
    options,
  );
  let trials = 0;
  for (let step = steps.next(); ;) {
    if (step.done) return { ...step.value, trials };
    trials += 1;
    step = steps.next(fails(step.value) ? step.value.join() : undefined);
  }
}

const includesSome = (guilty: readonly number[]) => (units: readonly number[]) => guilty.some((unit) => units.includes(unit));

describe('the guilty among many fixes', () => {
  test('is found in as many trials as its place has bits, and all others are kept', () => {
    for (const guilty of [0, 1, 500, 998, 999]) {
      const { kept, blamed, trials } = search(1000, includesSome([guilty]));
      expect([blamed.map(({ unit }) => unit), kept.length]).toEqual([[guilty], 999]);
      expect(trials).toBeLessThanOrEqual(11);
    }
  });

  test('is blamed with the failure of the trial in which it came in', () => {
    expect(search(4, includesSome([2])).blamed).toEqual([{ unit: 2, failure: '0,1,2' }]);
    expect(search(1, includesSome([0]))).toEqual({ kept: [], blamed: [{ unit: 0, failure: 'all of them' }], trials: 0 });
  });

  test('of two that fail only together, one is kept', () => {
    const { kept, blamed } = search(10, (units) => units.includes(3) && units.includes(7));
    expect(blamed.map(({ unit }) => unit)).toEqual([7]);
    expect(kept).toHaveLength(9);
  });

  test('takes its dependents along, without a trial of theirs', () => {
    const { kept, blamed } = search(8, includesSome([2]), { dependents: (unit) => new Set(unit === 2 ? [5, 6] : []) });
    expect(blamed.map(({ unit }) => unit)).toEqual([2, 5, 6]);
    expect(kept).toEqual([0, 1, 3, 4, 7]);
  });

  test('is not looked for among the trusted when those pass by themselves', () => {
    const tried: number[] = [];
    search(1000, (units) => (tried.push(units.length), units.includes(998)), { trusted: 996 });
    expect(Math.min(...tried)).toBe(996);
    expect(search(1000, includesSome([3]), { trusted: 996 }).blamed.map(({ unit }) => unit)).toEqual([3]);
  });

  test('whatever it is, what is kept has passed, and each that was put aside failed with it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.uniqueArray(fc.integer({ min: 0, max: 59 })), (size, some) => {
        const guilty = some.filter((unit) => unit < size);
        if (guilty.length === 0) return;
        const { kept, blamed, trials } = search(size, includesSome(guilty));
        expect(blamed.map(({ unit }) => unit).sort((a, b) => a - b)).toEqual([...guilty].sort((a, b) => a - b));
        expect(kept).toHaveLength(size - guilty.length);
        expect(trials).toBeLessThanOrEqual(guilty.length * (Math.ceil(Math.log2(size)) + 2));
      }),
    );
  });
});
