/**
 * Where each hole of a query stands. The holes are filled with stand-ins, the text is parsed, and the stand-ins are looked up in the tree.
 */

import type { Dialect } from '../../catalog/sql-drivers.ts';
import { isBranch, parseSql, spanIn, type Branch, type Tree } from './parser.ts';

/** What a value is used for, which decides how it is typed. */
export type Role =
  | 'column-comparison'
  | 'comparison'
  | 'pattern'
  | 'list'
  | 'whole-list'
  | 'stored'
  | 'limit'
  | 'arithmetic'
  | 'concatenation'
  | 'argument'
  | 'any-argument'
  | 'projection'
  | 'sorting'
  | 'condition'
  | 'tested'
  | 'interval'
  | 'typed'
  | 'cast'
  | 'aggregate'
  | 'array'
  /** An identifier, for drivers that have placeholders for these. */
  | 'name'
  | 'other';

/** The part of a query that one placeholder takes the place of, in offsets of the filled text. */
export interface Slot {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** The quotes are double: to SQLite a name, and a text only where there is no such name. */
  readonly likeName?: true;
  readonly role: Role;
  /** The type that is written before the literal, `DATE '…'`, where a conversion can take its place. */
  readonly typed?: { readonly start: number; readonly type: string };
  /** What the value is made of: the texts inside the quotes, unescaped, and the holes by index. */
  readonly parts: readonly (string | number)[];
}

/** A hole that no placeholder can stand for. */
export interface FixedHole {
  readonly hole: number;
  readonly kind: 'identifier' | 'keyword' | 'fragment' | 'comment';
}

export interface Places {
  /** The text with stand-ins for the holes. */
  readonly filled: string;
  /** For each hole its range in `filled`. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  readonly statements: readonly Tree[];
  /** In the order of the text. */
  readonly slots: readonly Slot[];
  readonly fixed: readonly FixedHole[];
  /** Placeholders that are in the text already, in its order. */
  readonly placeholders: readonly { readonly start: number; readonly end: number; readonly text: string }[];
}

/** A query's text: literal pieces, and holes by index. */
export type Template = readonly (string | number)[];

const maximumTries = 200;

export function findPlaces(template: Template, dialect: Dialect): Places | undefined {
  const holes = template.filter((part) => typeof part === 'number').length;
  const mark = freeMark(template.filter((part) => typeof part === 'string').join(' '));
  // `ASC` takes a direction's place, nothing at all that of a whole clause, but that of all assignments; a word that of all else.
  for (const kinds of fillings(holes)) {
    const fillers = kinds.map((kind, hole) => {
      const word = `${mark}${hole}${mark}`;
      return kind === 'word' ? word : kind === 'keyword' ? 'ASC' : isAllAssignments(template, hole) ? `${word} = 1` : '';
    });
    const { filled, ranges } = fill(template, fillers);
    const statements = parseSql(filled, dialect);
    if (statements !== undefined && statements.length > 0)
      return new PlaceFinder(dialect, filled, ranges, statements, fillers, kinds).find();
  }
  return undefined;
}

/** `UPDATE users SET ${assignments} WHERE …` */
function isAllAssignments(template: Template, hole: number): boolean {
  const before = template[template.indexOf(hole) - 1];
  return typeof before === 'string' && /\bset\s+$/i.test(before);
}

type Filling = 'word' | 'keyword' | 'nothing';

/** All ways to fill the holes, those with most words first. */
function fillings(holes: number): Filling[][] {
  let ways: Filling[][] = [[]];
  for (let hole = 0; hole < holes; hole += 1) {
    if (ways.length * 3 > maximumTries) ways = ways.map((way) => [...way, 'word']);
    else
      ways = ways.flatMap((way): Filling[][] => [
        [...way, 'word'],
        [...way, 'keyword'],
        [...way, 'nothing'],
      ]);
  }
  const cost = (way: readonly Filling[]): number =>
    way.reduce((sum, kind) => sum + (kind === 'word' ? 0 : kind === 'keyword' ? 10 : 11), 0);
  return ways.sort((a, b) => cost(a) - cost(b));
}

function freeMark(text: string): string {
  const lower = text.toLowerCase();
  for (let letter = 0; ; letter += 1) {
    const mark = `zq${'x'.repeat(letter)}`;
    if (!lower.includes(mark)) return mark;
  }
}

function fill(template: Template, fillers: readonly string[]): { filled: string; ranges: { start: number; end: number }[] } {
  let filled = '';
  const ranges: { start: number; end: number }[] = [];
  for (const part of template) {
    const text = typeof part === 'string' ? part : (fillers[part] ?? '');
    if (typeof part === 'number') ranges[part] = { start: filled.length, end: filled.length + text.length };
    filled += text;
  }
  return { filled, ranges };
}

const literalKinds: ReadonlySet<string> = new Set([
  'SingleQuotedString',
  'DoubleQuotedString',
  'EscapedStringLiteral',
  'DollarQuotedString',
]);
/** `N'…'`, which is what a parameter of SQL Server is. */
const nationalKind = 'NationalStringLiteral';

/** Where a name stands for a value as often as a value does. */
const valueRoles: ReadonlySet<Role> = new Set<Role>(['column-comparison', 'pattern', 'list', 'whole-list', 'stored']);

class PlaceFinder {
  readonly #dialect: Dialect;
  readonly #filled: string;
  readonly #ranges: readonly { start: number; end: number }[];
  readonly #statements: readonly Tree[];
  readonly #fillers: readonly string[];
  readonly #kinds: readonly Filling[];
  readonly #slots: Slot[] = [];
  readonly #placed = new Set<number>();
  readonly #fixed: FixedHole[] = [];
  readonly #placeholders: { start: number; end: number; text: string }[] = [];

  constructor(
    dialect: Dialect,
    filled: string,
    ranges: readonly { start: number; end: number }[],
    statements: readonly Tree[],
    fillers: readonly string[],
    kinds: readonly Filling[],
  ) {
    this.#dialect = dialect;
    this.#filled = filled;
    this.#ranges = ranges;
    this.#statements = statements;
    this.#fillers = fillers;
    this.#kinds = kinds;
  }

  find(): Places {
    this.#statements.forEach((statement, index) => this.#visit(statement, [{ node: this.#statements, key: index }]));
    this.#kinds.forEach((kind, hole) => {
      if (this.#placed.has(hole)) return;
      const { start, end } = this.#ranges[hole] ?? { start: 0, end: 0 };
      const unseen =
        kind === 'word' ? (this.#inIdentifier(start, end) ? 'identifier' : 'comment') : kind === 'keyword' ? 'keyword' : 'fragment';
      this.#fixed.push({ hole, kind: unseen });
    });
    const byStart = (a: { start: number }, b: { start: number }): number => a.start - b.start;
    return {
      filled: this.#filled,
      ranges: this.#ranges,
      statements: this.#statements,
      slots: this.#slots.sort(byStart),
      fixed: this.#fixed,
      placeholders: this.#placeholders.sort(byStart),
    };
  }

  #visit(tree: Tree, path: readonly Step[]): void {
    if (Array.isArray(tree)) {
      (tree as readonly Tree[]).forEach((child, index) => this.#visit(child, [...path, { node: tree, key: index }]));
      return;
    }
    if (!isBranch(tree)) return;
    if (isValue(tree)) {
      this.#value(tree, path);
      return;
    }
    const { Identifier: identifier } = tree;
    if (isBranch(identifier) && identifier.quote_style === undefined) {
      const hole = this.#fillers.findIndex((filler) => filler !== '' && filler === identifier.value);
      if (hole !== -1) this.#bare(hole, tree, path);
    }
    if (isBranch(identifier) && identifier.quote_style === '"' && this.#dialect === 'sqlite') this.#likeName(identifier, path);
    for (const [key, child] of Object.entries(tree)) if (key !== 'span') this.#visit(child, [...path, { node: tree, key }]);
  }

  #value(tree: Branch, path: readonly Step[]): void {
    const { value } = tree;
    const span = spanIn(this.#filled, tree);
    if (!isBranch(value) || span === undefined) return;
    const [kind, content] = Object.entries(value)[0] ?? [];
    if (kind === 'Placeholder') {
      this.#placeholders.push({ ...span, text: typeof content === 'string' ? content : '' });
      return;
    }
    const text = isBranch(content) ? content.value : content;
    if (kind === undefined || typeof text !== 'string' || !(literalKinds.has(kind) || (kind === nationalKind && this.#dialect === 'mssql')))
      return;
    const parts = this.#split(text);
    const holes = parts.filter((part) => typeof part === 'number');
    if (holes.length === 0 || !this.#isOneLiteral(span, text)) return;
    for (const hole of holes) this.#placed.add(hole);
    // The step above is the `Value` wrapper, which an expression that is not a literal does not have.
    const wrapped = path.at(-1)?.key === 'Value';
    const bare = wrapped || path.at(-1)?.key === 'match_value';
    const role = roleOf(wrapped ? path.slice(0, -1) : bare ? path : [...path, { node: tree, key: 'typed' }], this.#isStandIn);
    const typed = role === 'typed' || role === 'interval' ? this.#typeBefore(span) : undefined;
    this.#slots.push({ ...span, quoted: true, role, parts, ...(typed !== undefined && { typed }) });
  }

  /** PostgreSQL's `DATE '…'` is `'…'::date`: https://www.postgresql.org/docs/current/sql-expressions.html#SQL-SYNTAX-TYPE-CASTS */
  #typeBefore({ start, end }: { start: number; end: number }): Slot['typed'] {
    if (this.#dialect !== 'postgresql') return undefined;
    const found = /\b(date|time|timetz|timestamp|timestamptz|interval|(?:time|timestamp)\s+with(?:out)?\s+time\s+zone)\s*$/i.exec(
      this.#filled.slice(0, start),
    );
    // `INTERVAL '5' DAY` has a part of the type behind it.
    const units = /^\s*(?:year|month|day|hour|minute|second)s?\b/i.test(this.#filled.slice(end));
    return found === null || units ? undefined : { start: found.index, type: found[1] ?? '' };
  }

  /** `name = "${name}"`: where a value is expected, SQLite takes for a text what is no column's name. */
  #likeName(identifier: Branch, path: readonly Step[]): void {
    const { value } = identifier;
    const span = spanIn(this.#filled, identifier);
    const role = roleOf(path, this.#isStandIn);
    const compared = path.at(-1)?.key === 'right' || role !== 'column-comparison';
    if (span === undefined || typeof value !== 'string' || !valueRoles.has(role) || !compared) return;
    const parts = this.#split(value);
    const holes = parts.filter((part) => typeof part === 'number');
    if (holes.length === 0) return;
    for (const hole of holes) this.#placed.add(hole);
    this.#slots.push({ ...span, quoted: true, likeName: true, role, parts });
  }

  /** The texts and holes of a literal's content. */
  #split(content: string): (string | number)[] {
    const parts: (string | number)[] = [];
    let rest = content;
    this.#inOrder().forEach((hole) => {
      const filler = this.#fillers[hole] ?? '';
      const at = this.#kinds[hole] === 'word' ? rest.indexOf(filler) : -1;
      if (at === -1) return;
      if (at > 0) parts.push(rest.slice(0, at));
      parts.push(hole);
      rest = rest.slice(at + filler.length);
    });
    if (rest !== '') parts.push(rest);
    return parts;
  }

  #inOrder(): number[] {
    return this.#ranges.map((_range, hole) => hole).sort((a, b) => (this.#ranges[a]?.start ?? 0) - (this.#ranges[b]?.start ?? 0));
  }

  /** Adjacent literals (`'a' 'b'`) are one to the parser; a placeholder could not take the place of just one of them. */
  #isOneLiteral(span: { start: number; end: number }, content: string): boolean {
    const [statement] = parseSql(`SELECT ${this.#filled.slice(span.start, span.end)}`, this.#dialect) ?? [];
    return JSON.stringify(statement ?? null).includes(`":${JSON.stringify(content)}}`);
  }

  /** A stand-in that was read as a column's name: a value's place too, if a placeholder can be read there. */
  #bare(hole: number, tree: Branch, path: readonly Step[]): void {
    const range = this.#ranges[hole];
    if (range === undefined || this.#touchesWord(range)) return;
    const placeholder = this.#dialect === 'postgresql' ? '$9999' : '?';
    const replaced = this.#filled.slice(0, range.start) + placeholder + this.#filled.slice(range.end);
    const parsed = parseSql(replaced, this.#dialect);
    if (parsed === undefined) return;
    const expected = JSON.stringify(withoutSpans(this.#statements, (node) => (node === tree ? 'hole' : undefined)));
    const found = JSON.stringify(
      withoutSpans(parsed, (node) => {
        const { Value: value } = node;
        const span = isBranch(value) ? spanIn(replaced, value) : undefined;
        return span?.start === range.start ? 'hole' : undefined;
      }),
    );
    if (expected !== found) return;
    const role = roleOf(path, this.#isStandIn);
    if (role === 'sorting' || role === 'projection' || role === 'condition' || role === 'tested' || role === 'aggregate') {
      this.#placed.add(hole);
      this.#fixed.push({ hole, kind: role === 'condition' ? 'fragment' : 'identifier' });
      return;
    }
    this.#placed.add(hole);
    this.#slots.push({ ...range, quoted: false, role, parts: [hole] });
  }

  readonly #isStandIn = (name: string): boolean => this.#fillers.includes(name);

  #touchesWord({ start, end }: { start: number; end: number }): boolean {
    const before = this.#filled.slice(0, start);
    const isElement = /\barray\s*\[\s*$/i.test(before);
    return (!isElement && /[\w$@:.#"'`[\]\\]$/.test(before)) || /^[\w$@.#"'`[(]/.test(this.#filled.slice(end));
  }

  #inIdentifier(start: number, end: number): boolean {
    const name = this.#filled.slice(start, end);
    return JSON.stringify(this.#statements).includes(name);
  }
}

/** `{ value: { <kind>: … }, span }`: a literal or a placeholder. */
function isValue(tree: Branch): boolean {
  return isBranch(tree.value) && isBranch(tree.span) && Object.keys(tree).length === 2;
}

interface Step {
  readonly node: Tree;
  readonly key: string | number;
}

const comparisons: ReadonlySet<string> = new Set(['Eq', 'NotEq', 'Lt', 'LtEq', 'Gt', 'GtEq', 'Spaceship']);
const arithmetic: ReadonlySet<string> = new Set(['Plus', 'Minus', 'Multiply', 'Divide', 'Modulo', 'MyIntegerDivide', 'DuckIntegerDivide']);
const aggregates: ReadonlySet<string> = new Set(['count', 'sum', 'avg', 'min', 'max', 'total', 'group_concat', 'string_agg', 'array_agg']);

/** PostgreSQL functions of arguments of any type, from which an untyped parameter learns none. */
const anyFunctions: ReadonlySet<string> = new Set([
  'concat',
  'concat_ws',
  'format',
  'json_build_object',
  'jsonb_build_object',
  'json_build_array',
  'jsonb_build_array',
]);

/** @param path from the statement down to the value, the value's own step last */
function roleOf(path: readonly Step[], isStandIn: (name: string) => boolean): Role {
  const steps = path.filter(({ key }) => key !== 'Nested');
  const last = steps.at(-1);
  if (last === undefined) return 'other';
  if (last.key === 'typed') return 'typed';
  const owner = steps.at(-2);
  switch (owner?.key) {
    case 'BinaryOp':
      return binaryRole(last, isStandIn);
    case 'Like':
    case 'ILike':
    case 'SimilarTo':
    case 'RLike':
      return last.key === 'expr' ? 'tested' : 'pattern';
    case 'Between':
      return last.key === 'expr'
        ? 'tested'
        : isColumn(isBranch(last.node) ? last.node.expr : undefined)
          ? 'column-comparison'
          : 'comparison';
    case 'InList':
    case 'InSubquery':
      return 'tested';
    case 'UnaryOp':
      return isBranch(last.node) && last.node.op === 'Not' ? 'condition' : 'arithmetic';
    case 'Cast':
      return 'cast';
    case 'Interval':
      return 'interval';
    default:
      return roleInClause(last, owner, steps, isStandIn);
  }
}

function roleInClause(last: Step, owner: Step | undefined, steps: readonly Step[], isStandIn: (name: string) => boolean): Role {
  const within = (name: string): boolean => steps.some(({ key }) => key === name);
  if (typeof last.key === 'number' && owner?.key === 'list') {
    // In `IN (0, ${ids})` the rest may be a list, in `IN (${from}, ${to})` each is a value.
    const others = (last.node as readonly Tree[]).filter((_element, index) => index !== last.key);
    return others.some((other) => mentionsStandIn(other, isStandIn)) ? 'list' : 'whole-list';
  }
  if (typeof last.key === 'number' && owner?.key === 'elem') return 'array';
  if (owner?.key === 'IsDistinctFrom' || owner?.key === 'IsNotDistinctFrom') {
    const [left] = last.node as readonly Tree[];
    return last.key === 0 ? 'tested' : isColumn(left) ? 'column-comparison' : 'comparison';
  }
  if (
    last.key === 'limit' ||
    (last.key === 'value' && owner?.key === 'offset') ||
    (last.key === 'offset' && owner?.key === 'OffsetCommaLimit')
  ) {
    return 'limit';
  }
  if (String(last.key).startsWith('Is')) return 'tested';
  if (last.key === 'selection' || last.key === 'having') return 'condition';
  if (last.key === 'value' && steps.some(({ key }) => key === 'assignments')) return 'stored';
  const row = steps.findLastIndex(({ key }) => key === 'rows');
  if (row !== -1 && row >= steps.length - 4 && within('Insert')) return 'stored';
  if (last.key === 'Expr' && within('args')) return callRole(steps);
  if (last.key === 'UnnamedExpr' || (last.key === 'expr' && owner?.key === 'ExprWithAlias')) return 'projection';
  if (within('order_by') || within('group_by')) return 'sorting';
  return 'other';
}

function binaryRole({ node, key }: Step, isStandIn: (name: string) => boolean): Role {
  if (!isBranch(node)) return 'other';
  const { op } = node;
  if (op === 'And' || op === 'Or' || op === 'Xor') return 'condition';
  if (op === 'StringConcat') return 'concatenation';
  if (typeof op !== 'string') return 'other';
  if (arithmetic.has(op)) return 'arithmetic';
  if (!comparisons.has(op)) return 'other';
  const other = node[key === 'left' ? 'right' : 'left'];
  // `${column} = ${value}`
  if (key === 'left' && isBareStandIn(other, isStandIn)) return 'tested';
  if (isColumn(other)) return 'column-comparison';
  // `${column} = 'x'`: what is compared with a literal is a column's name.
  return key === 'left' && !isCall(other) ? 'tested' : 'comparison';
}

function isColumn(tree: Tree | undefined): boolean {
  if (!isBranch(tree)) return false;
  if (tree.Nested !== undefined) return isColumn(tree.Nested);
  const { Identifier: identifier } = tree;
  if (isBranch(identifier)) return true;
  return tree.CompoundIdentifier !== undefined;
}

function isBareStandIn(tree: Tree | undefined, isStandIn: (name: string) => boolean): boolean {
  const identifier = isBranch(tree) ? tree.Identifier : undefined;
  return isBranch(identifier) && typeof identifier.value === 'string' && isStandIn(identifier.value);
}

function mentionsStandIn(tree: Tree, isStandIn: (name: string) => boolean): boolean {
  if (typeof tree === 'string') return isStandIn(tree);
  if (Array.isArray(tree)) return (tree as readonly Tree[]).some((child) => mentionsStandIn(child, isStandIn));
  return isBranch(tree) && Object.values(tree).some((child) => mentionsStandIn(child, isStandIn));
}

function isCall(tree: Tree | undefined): boolean {
  return isBranch(tree) && (tree.Function !== undefined || tree.Subquery !== undefined || tree.Cast !== undefined);
}

function callRole(steps: readonly Step[]): Role {
  const call = steps.findLast(({ key }) => key === 'Function');
  const called = isBranch(call?.node) ? call.node.Function : undefined;
  const name = isBranch(called) ? JSON.stringify(withoutSpans(called.name ?? null, () => undefined)) : '';
  const last = /"value":"(\w+)"[^"]*$/.exec(name)?.[1]?.toLowerCase() ?? '';
  if (anyFunctions.has(last)) return 'any-argument';
  return aggregates.has(last) ? 'aggregate' : 'argument';
}

/** The tree without positions, with some nodes replaced by a name. */
export function withoutSpans(tree: Tree, rename: (node: Branch) => string | undefined): Tree {
  if (Array.isArray(tree)) return (tree as readonly Tree[]).map((child) => withoutSpans(child, rename));
  if (!isBranch(tree)) return tree;
  const name = rename(tree);
  if (name !== undefined) return name;
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, child]) =>
      key === 'span' || key.endsWith('_token') ? [] : [[key, withoutSpans(child, rename)] as const],
    ),
  );
}

/**
 * Is the text with placeholders the same statement?
 * @param placed the new placeholders' offsets in `rewritten`, in the order of `places.slots`
 */
export function sameStatement(places: Places, rewritten: string, placed: readonly number[], dialect: Dialect): boolean {
  const after = parseSql(rewritten, dialect);
  if (after === undefined) return false;
  const before = withoutSpans(places.statements, (node) => {
    const at = wrappedStart(node, places.filled);
    const slot = at === undefined ? -1 : places.slots.findIndex(({ start }) => start === at);
    return slot === -1 ? undefined : `slot ${slot}`;
  });
  const now = withoutSpans(after, (node) => {
    const at = wrappedStart(node, rewritten);
    const slot = at === undefined ? -1 : placed.indexOf(at);
    return slot === -1 ? undefined : `slot ${slot}`;
  });
  return JSON.stringify(before) === JSON.stringify(now);
}

/** Where the literal, placeholder or name that `node` wraps begins. */
function wrappedStart(node: Branch, sql: string): number | undefined {
  // `AGAINST ('…')` has its literal without a wrapper.
  const wrapped = node.Value ?? node.Identifier ?? (isValue(node) ? node : undefined);
  return isBranch(wrapped) ? spanIn(sql, wrapped)?.start : undefined;
}
