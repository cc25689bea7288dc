/** The placeholders of a query after the rewrite: their numbers, and where each new value goes among those given already. */

import type { Dialect, SqlDriver } from '../../catalog/sql-drivers.ts';
import type { Range } from '../../engine/text.ts';
import { parseSql } from './parser.ts';
import { sameStatement, type Places } from './places.ts';
import type { Parameter } from './query.ts';
import type { Sink } from './sinks.ts';

export interface Numbered {
  /** For each parameter, in the order of the text, what is written in its place. */
  readonly written: readonly string[];
  /** For each parameter, how many of the values given already come before it. */
  readonly before: readonly number[];
}

/** Undefined when the placeholders that are there are of a kind that cannot be continued. */
export function number(places: Places, parameters: readonly Parameter[], driver: SqlDriver): Numbered | undefined {
  const { placeholders } = places;
  if (driver.placeholder === 'dollar') {
    const numbers = placeholders.map(({ text }) => Number(/^\$(\d+)$/.exec(text)?.[1] ?? Number.NaN));
    if (numbers.some((one) => Number.isNaN(one))) return undefined;
    const highest = Math.max(0, ...numbers);
    return {
      written: parameters.map(({ bound }, index) => bound.placeholder.replace('?', () => `$${highest + index + 1}`)),
      before: parameters.map(() => highest),
    };
  }
  if (placeholders.some(({ text }) => text !== '?')) return undefined;
  return {
    written: parameters.map(({ bound }) => bound.placeholder),
    before: parameters.map(({ slot }) => placeholders.filter(({ start }) => start < slot.start).length),
  };
}

/** How many values the query takes as it is. */
export function valuesTaken(places: Places, driver: SqlDriver): number {
  if (driver.placeholder === 'named') return 0;
  if (driver.placeholder === 'question') return places.placeholders.length;
  return Math.max(0, ...places.placeholders.map(({ text }) => Number(/^\$(\d+)$/.exec(text)?.[1] ?? 0)));
}

/** The filled text with the new placeholders, and where they are. */
function rewritten(filled: string, ranges: readonly Range[], written: readonly string[]): { text: string; starts: number[] } {
  let text = '';
  let at = 0;
  const starts: number[] = [];
  ranges.forEach((range, index) => {
    text += filled.slice(at, range.start);
    starts.push(text.length);
    text += written[index] ?? '';
    at = range.end;
  });
  return { text: text + filled.slice(at), starts };
}

export type Verdict = 'same' | 'differs' | 'question-mark';

/** Is the query with its placeholders the statement that it was, to the parser and to the driver? */
export function verify(places: Places, parameters: readonly Parameter[], written: readonly string[], sink: Sink): Verdict {
  const { driver, binding } = sink;
  const toParser = written.map((one, index) => asParsed(one, index, parameters, places, driver.dialect));
  // Conversions around a placeholder are ours; the tree is compared without them.
  const placeholders = toParser.map((one) => /\$\d+|\?|@\w+/.exec(one)?.[0] ?? one);
  const plain = withPlainLiterals(places, driver.dialect);
  const bare = rewritten(plain.filled, plain.slots, placeholders);
  if (!sameStatement(plain, bare.text, bare.starts, driver.dialect)) return 'differs';
  const ranges = parameters.map(({ range }) => range);
  if (parseSql(rewritten(places.filled, ranges, toParser).text, driver.dialect) === undefined) return 'differs';
  if (binding.everyDollar === true && !everyDollarIsOurs(rewritten(places.filled, ranges, written).text, places, written))
    return 'question-mark';
  // Two question marks together stand for a name.
  const marks = rewritten(places.filled, ranges, written).text.match(/\?\??/g)?.length ?? 0;
  return binding.everyQuestionMark && marks !== places.placeholders.length + written.length ? 'question-mark' : 'same';
}

/** `$1` in a literal would be replaced, and `$1#` or `$1:name` be read as a way to write the value. */
function everyDollarIsOurs(text: string, { placeholders }: Places, written: readonly string[]): boolean {
  const found = text.match(/\$[1-9]\d*(?:[\^~#]|:(?:raw|alias|name|json|csv|list|value))?/g) ?? [];
  const own = new Set([...placeholders.map((one) => one.text), ...written.flatMap((one) => /\$\d+(?::csv)?/.exec(one)?.[0] ?? [])]);
  return found.length === placeholders.length + written.length && found.every((one) => own.has(one));
}

/** What the parser is shown: of the dialect, where what sends the query has placeholders of its own. */
function asParsed(written: string, index: number, parameters: readonly Parameter[], places: Places, dialect: Dialect): string {
  const slot = parameters[index]?.slot;
  if (slot?.role === 'name') return places.filled.slice(slot.start, slot.end);
  const plain = written.replace(/:csv$/, '');
  return dialect === 'postgresql' ? plain.replace('?', () => `$${index + 1}`) : plain;
}

/** `DATE '…'` as `'…'`, which a placeholder can take the place of. */
function withPlainLiterals(places: Places, dialect: Dialect): Places {
  if (!places.slots.some(({ typed }) => typed !== undefined)) return places;
  let filled = '';
  let at = 0;
  const slots = places.slots.map((slot) => {
    filled += places.filled.slice(at, slot.typed?.start ?? slot.start);
    const start = filled.length;
    filled += places.filled.slice(slot.start, slot.end);
    at = slot.end;
    return { ...slot, start, end: filled.length };
  });
  filled += places.filled.slice(at);
  return { ...places, filled, slots, statements: parseSql(filled, dialect) ?? [] };
}
