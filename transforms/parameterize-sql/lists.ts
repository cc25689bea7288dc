/** `IN (${ids.join(', ')})`: a hole that is a list of values, and the ways to pass a list. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { suspectSql } from './evidence.ts';
import type { Places, Slot } from './places.ts';
import { unwrap } from './unwrap.ts';

export interface List {
  /** What is listed, an array. */
  readonly array: ts.Expression;
  /** Each value stood in quotes. */
  readonly quoted: boolean;
  readonly elements: 'string' | 'number' | 'unknown';
}

/** The array whose values the hole lists; undefined when it is no list, or one whose values may be SQL. */
export function listOf(program: Program, hole: ts.Expression, slot: Slot): List | undefined {
  const inner = unwrap(hole);
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

/** `names.map((name) => "'" + name + "'")`, with a template too. */
function quotingMap(call: ts.CallExpression): ts.Expression | undefined {
  const [arrow] = call.arguments;
  if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'map' || arrow === undefined) return undefined;
  if (!ts.isArrowFunction(arrow) || ts.isBlock(arrow.body) || arrow.parameters.length !== 1) return undefined;
  const name = arrow.parameters[0]?.name.getText() ?? '';
  const body = unwrap(arrow.body).getText().replace(/\s+/g, '');
  const forms = [`"'"+${name}+"'"`, `'\\''+${name}+'\\''`, `\`'\${${name}}'\``];
  return forms.includes(body) ? call.expression.expression : undefined;
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
