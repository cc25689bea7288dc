/**
 * Which of many fixes make a trial fail that passes without any of them: found in few trials, and all others kept.
 *
 * Delta debugging by growing prefixes: the shortest prefix that fails ends with a guilty unit, since without it the trial passed. It is
 * put aside, and the rest is tried again with what passed. One guilty unit among n costs log2(n) + 1 trials. Unlike ddmin, which finds
 * a smallest failing set, this loses one unit of a pair that only fails together, and what it keeps has always been tried as it is.
 */

/** A unit that was put aside, and the failed trial in which it was the last one added. */
export interface Blamed<Unit, Failure> {
  readonly unit: Unit;
  readonly failure: Failure;
}

export interface Verdict<Unit, Failure> {
  readonly kept: readonly Unit[];
  readonly blamed: readonly Blamed<Unit, Failure>[];
}

export interface BlameOptions<Unit> {
  /** How many units at the start are above suspicion: they are tried first, by themselves. */
  readonly trusted?: number;
  /** Units that fall with a guilty one, without a trial of their own. */
  readonly dependents?: (guilty: Unit) => ReadonlySet<Unit>;
}

/**
 * Yields the sets to try, each in the order of `units`, and is sent what failed, or `undefined` when the trial passed.
 *
 * @param units a unit after those that it depends on
 * @param failure of the trial of all units
 */
export function* findGuilty<Unit, Failure>(
  units: readonly Unit[],
  failure: Failure,
  { trusted = 0, dependents = () => new Set() }: BlameOptions<Unit> = {},
): Generator<readonly Unit[], Verdict<Unit, Failure>, Failure | undefined> {
  const blamed: Blamed<Unit, Failure>[] = [];
  let kept: readonly Unit[] = [];
  let rest = units;
  let failed = failure;
  let hint = trusted;
  while (rest.length > 0) {
    // `rest.slice(0, passes)` passes together with what is kept, and `rest.slice(0, fails)` fails with `failed`.
    let passes = 0;
    let fails = rest.length;
    while (fails - passes > 1) {
      const middle = hint > passes && hint < fails ? hint : (passes + fails) >> 1;
      hint = 0;
      const result: Failure | undefined = yield [...kept, ...rest.slice(0, middle)];
      if (result === undefined) {
        passes = middle;
      } else {
        fails = middle;
        failed = result;
      }
    }
    const guilty = rest[fails - 1];
    if (guilty === undefined) break;
    const fallen = new Set(dependents(guilty)).add(guilty);
    for (const unit of rest) if (fallen.has(unit)) blamed.push({ unit, failure: failed });
    kept = [...kept, ...rest.slice(0, passes)].filter((unit) => !fallen.has(unit));
    rest = rest.slice(fails).filter((unit) => !fallen.has(unit));
    if (rest.length === 0) break;
    const whole: Failure | undefined = yield [...kept, ...rest];
    if (whole === undefined) {
      kept = [...kept, ...rest];
      break;
    }
    failed = whole;
    // Faults of one kind often stand together: look near the last one first.
    hint = 1;
  }
  return { kept, blamed };
}
