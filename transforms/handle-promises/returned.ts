/** What a function returns. */

import { ts } from 'ts-morph';
import type { FunctionNode } from '../../engine/async/functions.ts';

/** The expressions of its `return` statements; undefined for a bare `return`. */
export function returnedFrom(fn: FunctionNode): readonly (ts.Expression | undefined)[] {
  const { body } = fn;
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const found: (ts.Expression | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node)) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

/** The end of the body can be reached. The binder knows, and marks the function. */
export function mayFallThrough(fn: FunctionNode): boolean {
  return (fn.flags & ts.NodeFlags.HasImplicitReturn) !== 0;
}
