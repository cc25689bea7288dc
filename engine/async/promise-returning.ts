/** Functions that return a promise without being `async`: whoever calls them has a promise in hand already. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { unwrapped, type FunctionNode } from './functions.ts';
import { isPromiseLike, isThenChain } from './roles.ts';

export type Returns =
  | 'value'
  | 'promise'
  /** A promise of a library, or one that cannot be told from it: its own methods would be lost. */
  | 'other-promise'
  /** Now a promise, now a value. */
  | 'mixed';

export function whatReturns(program: Program, fn: FunctionNode): Returns {
  const returned = returnedBy(fn);
  const kinds = new Set(returned.map((expression) => kindOf(program, expression)));
  if (kinds.has('other-promise')) return 'other-promise';
  if (!kinds.has('promise')) return 'value';
  return kinds.size === 1 ? 'promise' : 'mixed';
}

function kindOf(program: Program, expression: ts.Expression): Returns {
  if (isPromiseLike(program, expression)) {
    const type = program.checker.getTypeAtLocation(expression);
    const name = type.getSymbol()?.name;
    return name === 'Promise' || name === 'PromiseLike' ? 'promise' : 'other-promise';
  }
  return isThenChain(unwrapped(expression)) ? 'other-promise' : 'value';
}

function returnedBy({ body }: FunctionNode): ts.Expression[] {
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}
