/** Functions that make objects: an async function cannot be called with `new`, whatever it returns. */

import { ts } from 'ts-morph';
import type { CallGraph } from './call-graph.ts';
import { isConstructorFunction } from './constructor-function.ts';
import type { FunctionNode } from './functions.ts';

/** Is the function called with `new` in the program, be it for the promise that it returns, or written to be? */
export function isConstructed(graph: CallGraph, fn: FunctionNode): boolean {
  if (ts.isConstructorDeclaration(fn) || isConstructorFunction(fn)) return true;
  if (!ts.isFunctionDeclaration(fn) && !ts.isFunctionExpression(fn)) return false;
  return graph.usesOf(fn).some(({ kind }) => kind === 'construct');
}
