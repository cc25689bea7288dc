/**
 * Values whose part of the text is given up on a way: `q = 'a = ' + x; if (other) q = 'b = ' + y;`. An array that they were put into
 * must be begun anew there, or would hold too many.
 */

import type { ts } from 'ts-morph';
import type { Segment, Value } from './text.ts';

export interface GivenUp {
  /** Assignments at which nothing is left of what was there, and the values that are given up. */
  readonly anew: ReadonlyMap<ts.BinaryExpression, ReadonlySet<ts.Expression>>;
  /** Values that are given up where others stay, or left unused. */
  readonly lost: ReadonlySet<ts.Expression>;
}

/** What is known of all ways together. */
export class GivenUpOnWays implements GivenUp {
  readonly anew = new Map<ts.BinaryExpression, Set<ts.Expression>>();
  readonly lost = new Set<ts.Expression>();
  readonly #keeping = new Set<ts.Node>();

  add(way: GivenUpOnWay): void {
    for (const [assignment, values] of way.anew) {
      const known = this.anew.get(assignment) ?? new Set();
      for (const value of values) known.add(value);
      this.anew.set(assignment, known);
    }
    for (const value of way.lost) this.lost.add(value);
    for (const assignment of way.keeping) this.#keeping.add(assignment);
    for (const [assignment, values] of this.anew) {
      if (!this.#keeping.has(assignment)) continue;
      for (const value of values) this.lost.add(value);
    }
  }

  /** What a function gives up that makes a part of the text: there is no array that could be begun anew. */
  note({ anew, lost }: GivenUp): void {
    for (const value of lost) this.lost.add(value);
    for (const values of anew.values()) for (const value of values) this.lost.add(value);
  }
}

/** One way: which values have been put into texts that a variable still holds. */
export class GivenUpOnWay {
  readonly anew = new Map<ts.BinaryExpression, Set<ts.Expression>>();
  readonly lost = new Set<ts.Expression>();
  /** Assignments that run while values are held that stay. */
  readonly keeping = new Set<ts.Node>();
  readonly #held = new Map<string, ts.Expression>();

  /** Values that the statement with this ordinal puts into a text. */
  made(segments: readonly Segment[], run: number): void {
    for (const segment of segments) {
      if (segment.kind === 'hole' && segment.leaf.carrier.run > run - 1) this.#held.set(keyOf(segment), segment.expression);
    }
  }

  /** @param given what gives a variable its value, and the values that were held before */
  assigned(given: ts.BinaryExpression | undefined, before: ReadonlySet<string>, values: Iterable<Value>): void {
    const still = keysIn(values);
    const dropped = [...before].filter((key) => !still.has(key));
    if (dropped.length === 0) {
      if (given !== undefined && before.size > 0) this.keeping.add(given);
      return;
    }
    const expressions = dropped.flatMap((key) => this.#held.get(key) ?? []);
    for (const key of dropped) this.#held.delete(key);
    if (given === undefined || dropped.length < before.size) {
      for (const expression of expressions) this.lost.add(expression);
      return;
    }
    const known = this.anew.get(given) ?? new Set();
    for (const expression of expressions) known.add(expression);
    this.anew.set(given, known);
  }

  held(): ReadonlySet<string> {
    return new Set(this.#held.keys());
  }

  /** The query is sent. */
  ended(segments: readonly Segment[]): void {
    const sent = keysOf(segments);
    for (const [key, expression] of this.#held) if (!sent.has(key)) this.lost.add(expression);
  }
}

function keysIn(values: Iterable<Value>): Set<string> {
  const keys = new Set<string>();
  for (const value of values) {
    const texts = value.kind === 'text' ? [value.segments] : value.kind === 'list' ? value.items : [];
    for (const segments of texts) for (const key of keysOf(segments)) keys.add(key);
  }
  return keys;
}

function keysOf(segments: readonly Segment[]): Set<string> {
  return new Set(segments.flatMap((segment) => (segment.kind === 'hole' ? [keyOf(segment)] : [])));
}

function keyOf({ expression, leaf }: Extract<Segment, { kind: 'hole' }>): string {
  return `${expression.getSourceFile().fileName}:${expression.pos}:${leaf.carrier.run}`;
}
