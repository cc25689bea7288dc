/** `IN (${ids.join(', ')})`: a hole that is a list of values, and the ways to pass a list. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { escapeFunctions } from '../../catalog/sql-drivers.ts';
import { suspectSql, withoutEscape } from './evidence.ts';
import { mappedTexts, type Mapped } from './frames.ts';
import { returnedBy } from './functions.ts';
import type { Places, Slot } from './places.ts';
import { unwrap } from './unwrap.ts';

export interface List {
  /** What is listed, an array. */
  readonly array: ts.Expression;
  /** Each value stood in quotes. */
  readonly quoted: boolean;
  readonly elements: 'string' | 'number' | 'unknown';
  /** Each value was escaped by the driver, which writes the same for a placeholder. */
  readonly escaped?: true;
}

/** The array whose values the hole lists; undefined when it is no list, or one whose values may be SQL. */
export function listOf(program: Program, hole: ts.Expression, slot: Slot): List | undefined {
  const inner = unwrap(hole);
  const escaped = slot.quoted || slot.parts.length !== 1 ? undefined : escapedList(program, inner);
  if (escaped !== undefined) return { array: escaped, quoted: false, elements: 'unknown', escaped: true };
  const made = ts.isCallExpression(inner)
    ? joined(inner, slot.quoted)
    : !slot.quoted && isArray(program, inner)
      ? { array: inner, quoted: false }
      : undefined;
  if (made === undefined || slot.parts.length !== 1) return undefined;
  const array = unwrap(made.array);
  if (
    !made.quoted &&
    (suspectSql(program, withoutMap(array)) !== undefined ||
      pushed(program, array).some((value) => suspectSql(program, value) !== undefined))
  ) {
    return undefined;
  }
  return { array, quoted: slot.quoted || made.quoted, elements: elementsOf(program, array) };
}

function joined(call: ts.CallExpression, quoted: boolean): { array: ts.Expression; quoted: boolean } | undefined {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'join') return undefined;
  const [separator] = call.arguments;
  if (separator !== undefined && !ts.isStringLiteralLike(separator)) return undefined;
  const between = separator?.text ?? ',';
  if (quoted) return /^'\s*,\s*'$/.test(between) ? { array: expression.expression, quoted: true } : undefined;
  if (!/^\s*,\s*$/.test(between)) return undefined;
  const source = unwrap(expression.expression);
  const mapped = ts.isCallExpression(source) ? quotingMap(source) : undefined;
  return mapped === undefined ? { array: source, quoted: false } : { array: mapped, quoted: true };
}

/** `names.map((name) => "'" + name + "'")`, with a template or a `function` too. */
function quotingMap(call: ts.CallExpression): ts.Expression | undefined {
  const mapped = mappedTexts(call);
  const [parameter, ...others] = mapped?.callback.parameters ?? [];
  if (mapped === undefined || parameter === undefined || others.length > 0 || !isOnlyReturned(mapped)) return undefined;
  const name = parameter.name.getText();
  const body = unwrap(mapped.body).getText().replace(/\s+/g, '');
  const forms = [`"'"+${name}+"'"`, `'\\''+${name}+'\\''`, `\`'\${${name}}'\``];
  return forms.includes(body) && ts.isPropertyAccessExpression(call.expression) ? call.expression.expression : undefined;
}

/** The array of `ids.map(mysql.escape).join()`, or of a function in its place that escapes what it is given. */
function escapedList(program: Program, join: ts.Expression): ts.Expression | undefined {
  const map = calledMethod(join, 'join');
  const array = map && calledMethod(map, 'map');
  if (map === undefined || array === undefined) return undefined;
  const [separator] = (join as ts.CallExpression).arguments;
  if (separator !== undefined && !(ts.isStringLiteralLike(separator) && /^\s*,\s*$/.test(separator.text))) return undefined;
  const [callback] = (map as ts.CallExpression).arguments;
  return callback !== undefined && escapesEach(program, unwrap(callback)) ? array : undefined;
}

/** What the method is called on, in a call of it. */
function calledMethod(call: ts.Expression, name: string): ts.Expression | undefined {
  const inner = unwrap(call);
  if (!ts.isCallExpression(inner) || !ts.isPropertyAccessExpression(inner.expression)) return undefined;
  return inner.expression.name.text === name ? unwrap(inner.expression.expression) : undefined;
}

function escapesEach(program: Program, callback: ts.Expression): boolean {
  if (!ts.isArrowFunction(callback) && !ts.isFunctionExpression(callback)) {
    return escapeFunctions.has(program.originOf(callback)?.key ?? '');
  }
  const [returned, ...others] = returnedBy(callback);
  const value = returned && withoutEscape(program, returned);
  const [parameter] = callback.parameters;
  if (value === undefined || parameter === undefined || others.length > 0) return false;
  if (ts.isBlock(callback.body) && callback.body.statements.length > 1) return false;
  return program.symbolOf(unwrap(value)) === program.symbolOf(parameter.name);
}

function isOnlyReturned({ callback }: Mapped): boolean {
  return !ts.isBlock(callback.body) || callback.body.statements.length === 1;
}

function isArray(program: Program, expression: ts.Expression): boolean {
  return program.checker.isArrayType(program.checker.getTypeAtLocation(expression));
}

/** `ids.map(Number)` lists numbers, whatever `ids` holds. */
function withoutMap(array: ts.Expression): ts.Expression {
  return mapper(array) === undefined ? array : ((array as ts.CallExpression).expression as ts.PropertyAccessExpression).expression;
}

function mapper(array: ts.Expression): 'string' | 'number' | undefined {
  if (!ts.isCallExpression(array) || !ts.isPropertyAccessExpression(array.expression) || array.expression.name.text !== 'map')
    return undefined;
  const name = array.arguments[0]?.getText();
  return name === 'Number' ? 'number' : name === 'String' ? 'string' : undefined;
}

function elementsOf(program: Program, array: ts.Expression): List['elements'] {
  const mapped = mapper(array);
  if (mapped !== undefined) return mapped;
  const type = program.checker.getTypeAtLocation(array);
  const element = program.checker.isArrayType(type) ? program.checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;
  if (element === undefined) return 'unknown';
  if ((element.flags & ts.TypeFlags.StringLike) !== 0) return 'string';
  return (element.flags & ts.TypeFlags.NumberLike) !== 0 ? 'number' : 'unknown';
}

/** What `push` puts into the array. */
function pushed(program: Program, array: ts.Expression): ts.Expression[] {
  const symbol = ts.isIdentifier(array) ? program.symbolOf(array) : undefined;
  if (symbol === undefined) return [];
  return program.references
    .to(symbol)
    .flatMap(({ parent }) =>
      ts.isPropertyAccessExpression(parent) && parent.name.text === 'push' && ts.isCallExpression(parent.parent)
        ? [...parent.parent.arguments]
        : [],
    );
}

/** What the array has as many elements as, and can be written twice: reading it does nothing. */
export function countedBy(array: ts.Expression): ts.Expression | undefined {
  const source = unwrap(withoutMap(array));
  return isPlainReference(source) ? source : undefined;
}

function isPlainReference(expression: ts.Expression): boolean {
  return (
    ts.isIdentifier(expression) ||
    expression.kind === ts.SyntaxKind.ThisKeyword ||
    (ts.isPropertyAccessExpression(expression) && isPlainReference(expression.expression))
  );
}

/** The whole of `ARRAY[…]` around the slot, where what it is compared with or stored in says what it is an array of. */
export function wholeArray(
  places: Places,
  slot: Slot,
): { readonly start: number; readonly end: number; readonly negated: false } | undefined {
  const before = /(?:\b(?:any|all)\s*\(\s*|\bvalues\s*\([^()]*)(array\s*\[\s*)$/i.exec(places.filled.slice(0, slot.start));
  const after = /^\s*\]/.exec(places.filled.slice(slot.end));
  if (before === null || after === null) return undefined;
  return { start: slot.start - (before[1]?.length ?? 0), end: slot.end + after[0].length, negated: false };
}

/** The whole of `IN (…)` around the slot, for databases that take an array in its place. */
export function wholeTest(
  places: Places,
  slot: Slot,
): { readonly start: number; readonly end: number; readonly negated: boolean } | undefined {
  const before = /\b(not\s+)?in\s*\(\s*$/i.exec(places.filled.slice(0, slot.start));
  const after = /^\s*\)/.exec(places.filled.slice(slot.end));
  if (before === null || after === null) return undefined;
  return { start: before.index, end: slot.end + after[0].length, negated: before[1] !== undefined };
}
