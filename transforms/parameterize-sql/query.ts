/** One query: its text read, its holes placed, and what can be said of it. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import type { Range } from '../../engine/text.ts';
import { isBuilt } from './built.ts';
import { escapeTakenAway } from './escaped-variables.ts';
import { withoutHandEscape } from './escaping.ts';
import { isEscapedName, isOutOfSight, isRequestText, suspectSql, typeOf, withoutEscape, withoutNameEscape } from './evidence.ts';
import { helperOf } from './helpers.ts';
import { withNames } from './names.ts';
import { findPlaces, type FixedHole, type Places, type Slot, type Template } from './places.ts';
import { withSetObjects } from './set-objects.ts';
import { countedBy, listOf, wholeArray, wholeTest, type List } from './lists.ts';
import type { SourceEdit } from './rewrite.ts';
import { short, type Sink } from './sinks.ts';
import type { Hole, Segment } from './text.ts';
import { bindBare, bindQuoted, type Bound } from './typing.ts';
import { unwrap } from './unwrap.ts';
import { isRead } from './values.ts';
import type { GivenUp } from './given-up.ts';
import { readWays, type HelperCalls } from './ways.ts';

export interface Query {
  readonly segments: readonly Segment[];
  /** By the index that `places` knows them by. */
  readonly holes: readonly Hole[];
  readonly places: Places;
}

export type Read =
  | {
      readonly kind: 'queries';
      /** One for each way in which the text may be put together, those without holes left out. */
      readonly queries: readonly Query[];
      /** How many ways there are. */
      readonly ways: number;
      readonly seen: ReadonlySet<ts.Identifier>;
      readonly calls: HelperCalls;
      readonly givenUp: GivenUp;
      /** Parts of the text that are built in a way that is not followed, and why. */
      readonly unfollowed: ReadonlyMap<ts.Expression, string>;
    }
  | { readonly kind: 'constant' | 'no-text' }
  | { readonly kind: 'unparsed'; readonly ways: number; readonly unfollowed: ReadonlyMap<ts.Expression, string> }
  | { readonly kind: 'unfollowed'; readonly why: string };

/** Follows the holes that are no values until all that is built from pieces is read. */
export function readQuery(program: Program, sink: Sink): Read {
  const { heads = [''] } = sink.row;
  const { dialect } = sink.driver;
  // Where the client writes the values into the text, it can write names too.
  const names = dialect === 'mysql' && sink.binding.arrays === 'list' && sink.driver.databases === undefined;
  const [first, ...others] = heads.map((head) => () => readBehind(program, sink.text, dialect, head, names));
  if (first === undefined) throw new Error('A text is a statement, or the rest of one.');
  return others.reduce((read, next) => (read.kind === 'unparsed' ? next() : read), first());
}

function readBehind(program: Program, text: ts.Expression, dialect: Sink['driver']['dialect'], head: string, names: boolean): Read {
  const followed = new Set<ts.Expression>();
  const isNameOf = (holes: readonly Hole[], hole: number): boolean => {
    const expression = holes[hole]?.expression;
    return expression !== undefined && isEscapedName(program, expression);
  };
  const isEscaped = ({ expression }: Hole): boolean => withoutEscape(program, expression) !== undefined;
  const unfollowed = new Map<ts.Expression, string>();
  let tried: readonly ts.Expression[] = [];
  for (;;) {
    const read = readWays(program, text, followed);
    if (read.kind === 'no-text') return read;
    if (read.kind === 'unfollowed') {
      if (tried.length === 0) return read;
      for (const part of tried) {
        followed.delete(part);
        unfollowed.set(part, read.why);
      }
      tried = [];
      continue;
    }
    const placed = read.ways.map((way) => {
      const own = dialect === 'postgresql' ? withNumbers(program, way) : names ? withSetObjects(way, isEscaped) : way;
      const segments = head === '' ? own : [headOf(text, head), ...own];
      const holes = segments.filter((segment) => segment.kind === 'hole');
      return { way, segments, holes, places: holes.length === 0 ? undefined : findPlaces(templateOf(segments), dialect) };
    });
    const next = new Set<ts.Expression>();
    for (const { holes, places } of placed) {
      holes.forEach((hole, index) => {
        if (followed.has(hole.expression) || unfollowed.has(hole.expression) || !mayBeSql(program, hole, index, places)) return;
        if (isBuilt(program, hole.expression)) next.add(hole.expression);
      });
    }
    if (next.size > 0) {
      for (const part of next) followed.add(part);
      tried = [...next];
      continue;
    }
    const queries: Query[] = [];
    const unparsed: (readonly Segment[])[] = [];
    for (const { way, segments, holes, places } of placed) {
      if (holes.length === 0) continue;
      // `WHERE  AND x = 1` is read with something left out.
      const isBroken = read.idle.has(way) && places?.fixed.some(({ kind }) => kind === 'fragment') === true;
      if (places === undefined || isBroken || !readsAlike(segments, places, dialect)) unparsed.push(way);
      else queries.push({ segments, holes, places: names ? withNames(places, (hole) => isNameOf(holes, hole)) : places });
    }
    // `SET ` and `VALUES ` with nothing behind them were no SQL before, and are none afterwards.
    if (unparsed.some((way) => queries.length === 0 || !read.idle.has(way))) return { kind: 'unparsed', ways: placed.length, unfollowed };
    if (queries.length === 0) return { kind: 'constant' };
    const { seen, calls, givenUp } = read;
    return { kind: 'queries', queries: withElements(queries), ways: placed.length, seen, calls, givenUp, unfollowed };
  }
}

/** A value that a loop puts into a list is one of its values, also on the way on which the list has only this one. */
function withElements(queries: readonly Query[]): readonly Query[] {
  const inList = queries.map(({ places, holes }) =>
    places.slots.flatMap(({ role, parts }) =>
      role === 'list' ? parts.flatMap((part) => (typeof part === 'number' ? (holes[part]?.expression ?? []) : [])) : [],
    ),
  );
  const elements = new Set(inList.flatMap((all) => all.filter((one, index) => all.indexOf(one) !== index)));
  if (elements.size === 0) return queries;
  const isElement = (part: string | number, { holes }: Query): boolean => {
    const expression = typeof part === 'number' ? holes[part]?.expression : undefined;
    return expression !== undefined && elements.has(expression);
  };
  return queries.map((query) => {
    const slots = query.places.slots.map((slot): Slot =>
      slot.role === 'whole-list' && slot.parts.some((part) => isElement(part, query)) ? { ...slot, role: 'list' } : slot,
    );
    return { ...query, places: { ...query.places, slots } };
  });
}

/** What a text is the rest of, which stands nowhere in the source. */
function headOf(text: ts.Expression, value: string): Segment {
  const carrier = { expression: text, leaves: [], whole: false, run: 0 };
  return { kind: 'kept', value, others: [], leaf: { kind: 'other', expression: text, carrier } };
}

/** `$${params.length}`, `$${index + 1}`: a placeholder that is there already. */
function withNumbers(program: Program, segments: readonly Segment[]): readonly Segment[] {
  return segments.map((segment, index) => {
    const before = segments[index - 1];
    if (segment.kind !== 'hole' || before === undefined || before.kind === 'hole' || !/(^|[^\w$])\$$/.test(before.value)) return segment;
    const type = typeOf(program, segment.expression);
    if (type !== 'integer' && type !== 'number' && !isPush(segment.expression)) return segment;
    return { kind: 'kept', value: '1', others: [], leaf: segment.leaf, numbers: true };
  });
}

/** `$${params.push(town)}`: `push` returns how many there are. */
function isPush(expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  return ts.isCallExpression(inner) && ts.isPropertyAccessExpression(inner.expression) && inner.expression.name.text === 'push';
}

/** With every text that a choice in the query may have, the holes stand where they stand with the first. */
function readsAlike(segments: readonly Segment[], places: Places, dialect: Sink['driver']['dialect']): boolean {
  return segments.every(
    (segment, index) =>
      segment.kind !== 'kept' ||
      segment.others.every((other) => {
        const found = findPlaces(templateOf(segments.with(index, { ...segment, value: other })), dialect);
        return found !== undefined && outline(found) === outline(places);
      }),
  );
}

function outline({ slots, fixed, placeholders }: Places): string {
  const roles = slots.map(({ quoted, role, parts }) => [quoted, role, parts]);
  // Placeholders that some of the texts have and others have not are of interest to new values alone.
  return JSON.stringify([roles, fixed, slots.length === 0 ? [] : placeholders.map(({ text }) => text)]);
}

/** Outside of quotes, and holding quotes or in a place that takes no value. */
function mayBeSql(program: Program, hole: Hole, index: number, places: Places | undefined): boolean {
  const slot = places?.slots.find(({ parts }) => parts.includes(index));
  if (slot === undefined) return true;
  // What a function writes as a text is one, were it only a placeholder.
  if (!slot.quoted && helperOf(program, hole.expression) !== undefined) return true;
  if (slot.role === 'whole-list' && listOf(program, hole.expression, slot) !== undefined) return false;
  // A list may be put together by commas alone.
  return !slot.quoted && (slot.role === 'whole-list' || suspectSql(program, hole.expression) !== undefined);
}

function templateOf(segments: readonly Segment[]): Template {
  let holes = 0;
  return segments.map((segment) => (segment.kind === 'hole' ? holes++ : segment.value));
}

/** A value that becomes a parameter. */
export interface Parameter {
  readonly slot: Slot;
  /** What the placeholder takes the place of: the slot, or more around it. */
  readonly range: Range;
  readonly parts: readonly (string | ts.Expression)[];
  readonly bound: Bound;
  /** For a list whose values each get a placeholder: the expression that writes these. */
  readonly expanded?: string;
  /** The values are a list: one array, or spread among the others. */
  readonly list?: 'array' | 'spread';
  /** What takes an escape away where the value was made. */
  readonly unescaping?: readonly SourceEdit[];
}

/** Why a slot cannot be a parameter. */
export interface Obstacle {
  readonly code: 'parameter-type' | 'dynamic-text' | 'identifier-position';
  readonly expression: ts.Expression;
  readonly message: string;
  readonly help: string;
}

export function parameterFor(program: Program, sink: Sink, query: Query, slot: Slot): Parameter | Obstacle {
  const { dialect } = sink.driver;
  const parts = slot.parts.map((part) => {
    const expression = typeof part === 'string' ? undefined : query.holes[part]?.expression;
    if (typeof part === 'string' || expression === undefined) return String(part);
    return (slot.quoted ? withoutHandEscape(program, expression, dialect) : undefined) ?? expression;
  });
  const expressions = parts.filter((part): part is ts.Expression => typeof part !== 'string');
  const [first] = expressions;
  if (first === undefined) throw new Error('A slot has at least one hole.');
  if (slot.role === 'name') {
    return { slot, range: slot, parts: [withoutNameEscape(program, first) ?? first], bound: { convert: '', placeholder: '??' } };
  }
  if (slot.role === 'whole-list' || slot.role === 'array') {
    const list = listOf(program, first, slot);
    if (list !== undefined) return listParameter(sink, query, slot, list);
  }
  if (slot.likeName === true && sink.driver.textInDoubleQuotes !== true) {
    return {
      code: 'identifier-position',
      expression: first,
      message: `\`${first.getText()}\` stands in double quotes, which ${sink.driver.name} reads as a name.`,
      help: 'Write a placeholder where a value is meant; for a name, choose from a fixed list.',
    };
  }
  const unescaping = unescapingOf(program, sink, query, slot, first);
  if (unescaping !== undefined) return { slot, range: slot, parts, bound: { convert: '', placeholder: '?' }, unescaping };
  const escaped = expressions.find((expression) => withoutEscape(program, expression) !== undefined);
  if (slot.quoted) {
    const twice = escaped ?? expressions.find((expression) => escapesText(program, expression) && !isUnseenCall(program, expression));
    if (twice !== undefined) {
      return {
        code: 'dynamic-text',
        expression: twice,
        message: `\`${twice.getText()}\` may escape quotes, and a parameter would keep the escapes as part of the value.`,
        help: 'Pass the value itself as a parameter, without the escaping.',
      };
    }
  } else {
    const suspect = escaped === undefined ? suspectSql(program, first) : undefined;
    if (suspect !== undefined || (slot.role === 'pattern' && escaped === undefined)) {
      const what = suspect ?? first;
      return {
        code: 'dynamic-text',
        expression: first,
        message: `\`${what.getText()}\` may be SQL of its own, with quotes around a value, and a parameter would make it a plain value.`,
        help: 'Write a placeholder into the text where the value is, and pass the value by itself.',
      };
    }
  }
  // `name.replace(…)` is called on a string; a function of the program may make one first.
  const byHand = slot.parts.some((part, index) => {
    const escaping = typeof part === 'number' ? query.holes[part]?.expression : undefined;
    return (
      escaping !== undefined &&
      escaping !== parts[index] &&
      ts.isCallExpression(unwrap(escaping)) &&
      escaping.getText().startsWith(first.getText())
    );
  });
  const [hole] = slot.parts.flatMap((part) => (typeof part === 'number' ? (query.holes[part] ?? []) : []));
  const written = hole?.number === true && !slot.quoted;
  const type = parts.length > 1 || byHand ? 'string' : written ? 'number' : typeOf(program, first);
  if (slot.role === 'whole-list' && type !== 'integer' && type !== 'number' && escaped === undefined) {
    return {
      code: 'dynamic-text',
      expression: first,
      message: `\`${first.getText()}\` may be a list of values, for which one placeholder is not enough.`,
      help: 'Write a placeholder for each value, or one for the list where the driver takes that.',
    };
  }
  const inserts = JSON.stringify(query.places.statements[0] ?? null).startsWith('{"Insert"');
  const nullable = !isRequestText(program, first);
  const typed = { dialect, binding: sink.binding, role: slot.role, type, nullable, typed: slot.typed?.type.toLowerCase(), inserts };
  // What `escape` wrote into the text is what the same driver makes of a placeholder.
  const typing = escaped !== undefined ? { convert: '' as const, placeholder: '?' } : slot.quoted ? bindQuoted(typed) : bindBare(typed);
  if (written && !('refused' in typing) && !['integer', 'number'].includes(typeOf(program, first))) {
    return { slot, range: slot, parts, bound: { ...typing, convert: 'Number' } };
  }
  if (!('refused' in typing) && typing.convert === 'number-or-text' && !isRead(first)) {
    const unsafe = 'an integer that comes as a string, with more than 15 digits, would lose some of them';
    return { slot, range: slot, parts, bound: { ...typing, convert: 'Number', unsafe } };
  }
  if ('refused' in typing) {
    return {
      code: 'parameter-type',
      expression: first,
      message: `No parameter can stand for \`${first.getText()}\`: ${typing.refused}.`,
      help: 'Write the conversion into the text, as in `CAST($1 AS date)`, and pass the value as a parameter.',
    };
  }
  const unseen = slot.quoted ? expressions.find((expression) => isUnseenCall(program, expression)) : undefined;
  if (unseen !== undefined && typing.unsafe === undefined) {
    const called = short(suspectSql(program, unseen) ?? unseen);
    return {
      slot,
      range: slot,
      parts,
      bound: { ...typing, unsafe: `what \`${called}\` does cannot be seen: if it escapes quotes, the escapes would be part of the value` },
    };
  }
  const range = slot.typed === undefined ? slot : { start: slot.typed.start, end: slot.end };
  if (slot.quoted && /^e$/i.test(query.places.filled.charAt(slot.start))) {
    return { slot, range, parts, bound: { ...typing, note: 'A backslash in the value was an escape; now it is a character.' } };
  }
  const note = 'In double quotes, a value that is the name of a column was taken for the column; now it is a text.';
  return { slot, range, parts, bound: slot.likeName === true ? { ...typing, note } : typing };
}

/** The edits that take away what escapes the value, in a statement of its own. */
function unescapingOf(program: Program, sink: Sink, query: Query, slot: Slot, value: ts.Expression): readonly SourceEdit[] | undefined {
  const { dialect } = sink.driver;
  if (!slot.quoted) return sink.binding.everyQuestionMark ? escapeTakenAway(program, value, isHoleOf(query, false)) : undefined;
  // `name = name.replace(/'/g, "''");` gives a string, between quotes of its own.
  if (slot.parts.length !== 1 || slot.role === 'typed' || slot.role === 'interval') return undefined;
  return escapeTakenAway(program, value, isHoleOf(query, true), (escaped) => {
    const plain = withoutHandEscape(program, escaped, dialect);
    return plain !== undefined && typeOf(program, plain) === 'string' ? plain : undefined;
  });
}

function listParameter(sink: Sink, { places }: Query, slot: Slot, { array, quoted, elements, escaped }: List): Parameter | Obstacle {
  const { binding, driver } = sink;
  const one = { slot, range: slot, parts: [array] };
  const counted = countedBy(array);
  // A string may be an integer with more digits than a number can have.
  const isPlain = escaped === true || binding.numbers === 'text' || elements === 'string' || (elements === 'number' && !quoted);
  const convert = isPlain || (!quoted && !binding.objectsBecomeSql) ? '' : 'String';
  if (driver.dialect === 'postgresql' && binding.arrays === 'array') {
    const test = slot.role === 'array' ? wholeArray(places, slot) : wholeTest(places, slot);
    if (test !== undefined && slot.role === 'array') return { ...one, range: test, bound: { convert, placeholder: '?' }, list: 'array' };
    // `id IN (…)` and `id = ANY(array)` are the same test: https://www.postgresql.org/docs/current/functions-comparisons.html
    if (test !== undefined) {
      return { ...one, range: test, bound: { convert, placeholder: test.negated ? '<> ALL(?)' : '= ANY(?)' }, list: 'array' };
    }
  } else if (binding.arrays === 'list') {
    return { ...one, bound: { convert, placeholder: `?${binding.listModifier ?? ''}` }, list: 'array' };
  } else if (counted !== undefined) {
    const spread = quoted ? convert : '';
    return {
      ...one,
      bound: { convert: spread, placeholder: '?' },
      expanded: `${counted.getText()}.map(() => '?').join(', ')`,
      list: 'spread',
    };
  }
  return {
    code: 'dynamic-text',
    expression: array,
    message: `\`${array.getText()}\` is made in the text, and a list with a placeholder for each value needs it twice.`,
    help: 'Put the list into a variable first.',
  };
}

/** A call, in quotes, that is not known to give what it is given: `replace(/'/g, "''")`, or a function out of sight. */
function escapesText(program: Program, expression: ts.Expression): boolean {
  // What an array's values are joined by is no escape of them.
  const suspect = suspectSql(program, joinedArray(expression) ?? expression);
  return suspect !== undefined && ts.isCallExpression(suspect);
}

/** The array of `numbers.join(',')`. */
function joinedArray(expression: ts.Expression): ts.Expression | undefined {
  const call = unwrap(expression);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'join')
    return undefined;
  const [separator] = call.arguments;
  const plain = separator === undefined || (ts.isStringLiteralLike(separator) && /^[\s,;|/-]*$/.test(separator.text));
  return plain ? call.expression.expression : undefined;
}

/** Is a variable used as a value of the query, by itself? */
function isHoleOf({ holes, places }: Query, inQuotes: boolean): (use: ts.Identifier) => boolean {
  const bare = new Set(places.slots.flatMap(({ quoted, parts }) => (quoted === inQuotes && parts.length === 1 ? parts : [])));
  return (use) => holes.some((hole, index) => bare.has(index) && unwrap(hole.expression) === use);
}

/** The value comes from a function out of sight that is not known to escape anything. */
function isUnseenCall(program: Program, expression: ts.Expression): boolean {
  const suspect = suspectSql(program, expression);
  return suspect !== undefined && isOutOfSight(program, suspect);
}

const allowLists: Record<FixedHole['kind'], string> = {
  identifier:
    'Look the name up in a fixed list, such as `const column = columns[name] ?? "id"`, and write only what the list holds into the text.',
  keyword: 'Choose between fixed words, such as `const direction = order === "desc" ? "DESC" : "ASC"`.',
  fragment: 'Build the clause from fixed texts with placeholders, and collect the values beside it in an array.',
  comment: 'Leave the value out of the comment.',
};

export function fixedHoleHelp(kind: FixedHole['kind']): string {
  return allowLists[kind];
}
