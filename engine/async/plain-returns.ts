/** `Promise.resolve(value)` and `Promise.reject(error)`, which are `value` and a `throw` where an async function returns them. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import type { TextEdit } from '../source/slice.ts';
import { isInTry } from './await-context.ts';
import { isFunctionNode, unwrapped, type FunctionNode } from './functions.ts';

const resolvers = /^(?:global\.Promise\.resolve|bluebird\.(?:resolve|cast)|q(?:\.resolve)?)$/;
const rejecters = /^(?:global\.Promise|bluebird|q)\.reject$/;

/** `value` of `Promise.resolve(value)`. */
export function resolvedValue(program: Program, expression: ts.Expression): ts.Expression | undefined {
  return soleArgument(program, expression, resolvers);
}

/** `error` of `Promise.reject(error)`; nothing of it, as of `Promise.reject()`, is `undefined`. */
export function rejectionOf(program: Program, expression: ts.Expression): { readonly error: ts.Expression | undefined } | undefined {
  const error = soleArgument(program, expression, rejecters);
  return error !== undefined || isBareCall(program, expression, rejecters) ? { error } : undefined;
}

/** The returns of a function that becomes async, written as those of one. */
export function plainReturns(program: Program, fn: FunctionNode): TextEdit[] {
  if (fn.body === undefined || !ts.isBlock(fn.body)) return [];
  const last = fn.body.statements.at(-1);
  return returnsIn(fn.body).flatMap((statement) => {
    // A `throw` would come to the handler of the `try`, or to its `finally` in another way.
    if (isInTry(statement) && statement.expression !== undefined && rejectionOf(program, statement.expression) !== undefined) return [];
    return (statement === last ? withoutLast(program, statement) : undefined) ?? plainReturn(program, statement);
  });
}

function returnsIn(body: ts.Node): ts.ReturnStatement[] {
  const found: ts.ReturnStatement[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

/** A function that ends gives nothing as well as one that returns it. */
function withoutLast(program: Program, statement: ts.ReturnStatement): TextEdit[] | undefined {
  const { expression } = statement;
  if (expression === undefined || !isResolvedWithNothing(program, expression)) return undefined;
  const gap = statement.getSourceFile().text.slice(statement.pos, statement.getStart());
  return gap.trim() === '' ? [{ start: statement.pos, end: statement.end, text: '' }] : undefined;
}

export function plainReturn(program: Program, { expression }: ts.ReturnStatement): TextEdit[] {
  if (expression === undefined) return [];
  const value = resolvedValue(program, expression);
  const rejection = value === undefined ? rejectionOf(program, expression) : undefined;
  const start = rejection === undefined ? expression.getStart() : expression.parent.getStart();
  const kept = value ?? rejection?.error;
  if (kept !== undefined) {
    return [
      { start, end: kept.getStart(), text: rejection === undefined ? '' : 'throw ' },
      { start: kept.end, end: expression.end, text: '' },
    ];
  }
  if (rejection !== undefined) return [{ start, end: expression.end, text: 'throw undefined' }];
  return isResolvedWithNothing(program, expression) ? [bareReturn(expression)] : [];
}

/** `return Promise.resolve();` */
export function isResolvedWithNothing(program: Program, expression: ts.Expression): boolean {
  return isBareCall(program, expression, resolvers);
}

function isBareCall(program: Program, expression: ts.Expression, callees: RegExp): boolean {
  const bare = unwrapped(expression);
  return ts.isCallExpression(bare) && bare.arguments.length === 0 && callees.test(program.originOf(bare.expression)?.key ?? '');
}

function bareReturn(expression: ts.Expression): TextEdit {
  return { start: expression.parent.getStart() + 'return'.length, end: expression.end, text: '' };
}

function soleArgument(program: Program, expression: ts.Expression, callees: RegExp): ts.Expression | undefined {
  const bare = unwrapped(expression);
  if (!ts.isCallExpression(bare)) return undefined;
  const [only, ...others] = bare.arguments;
  if (only === undefined || others.length > 0 || ts.isSpreadElement(only)) return undefined;
  return callees.test(program.originOf(bare.expression)?.key ?? '') ? only : undefined;
}
