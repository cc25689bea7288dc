/** Handlers that are given to the methods of a library's promise: `loading.done(show)` of Q, `removed.tap(log)` of Bluebird. */

import { ts } from 'ts-morph';
import { handlerRows } from '../../catalog/promise-handlers.ts';
import type { RootRow } from '../../catalog/roots.ts';
import type { Program } from '../program/program.ts';
import { unwrapped } from './functions.ts';

/** What the method does with its handlers, where what it is called on is known to be a promise of such a library. */
export function handlersOf(program: Program, callee: ts.PropertyAccessExpression): RootRow | undefined {
  const rows = handlerRows.filter(({ names }) => names.has(callee.name.text));
  if (rows.length === 0 || isAwaited(program, callee.expression)) return undefined;
  const key = program.originOf(callee.expression)?.key;
  return key === undefined ? undefined : rows.find(({ promise }) => promise.test(key))?.row;
}

/** Origins do not tell a promise from what it resolves to. */
function isAwaited(program: Program, expression: ts.Expression): boolean {
  const bare = unwrapped(expression);
  if (ts.isAwaitExpression(bare)) return true;
  const symbol = ts.isIdentifier(bare) ? program.symbolOf(bare) : undefined;
  const value = symbol && program.definitionOf(symbol);
  return value !== undefined && ts.isAwaitExpression(unwrapped(value));
}
