/** Functions whose text is taken, to run somewhere else: `page.evaluate(function () { … })`. Nothing of the file around them is there. */

import { ts } from 'ts-morph';
import { runsTextOf } from '../../catalog/text-runners.ts';
import { ancestors } from './ancestors.ts';
import type { CallGraph } from './call-graph.ts';
import { isFunctionNode, type FunctionNode } from './functions.ts';

/** `String(fn)`, `page.evaluate(fn)` */
export function isTextTaken({ expression: callee }: ts.CallExpression | ts.NewExpression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'String';
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const receiver = ts.isPropertyAccessExpression(callee.expression) ? callee.expression.name : callee.expression;
  return runsTextOf(ts.isIdentifier(receiver) ? receiver.text : '', callee.name.text);
}

export interface TakenText {
  readonly fn: FunctionNode;
  /** Where its text is taken. */
  readonly at: ts.Node;
}

/** @returns the function around `node` whose text is taken, the outermost one first */
export function takenTextAround(graph: CallGraph, node: ts.Node): TakenText | undefined {
  let taken: TakenText | undefined;
  for (const { parent } of ancestors(node)) {
    const at = isFunctionNode(parent) ? graph.textOf(parent) : undefined;
    if (isFunctionNode(parent) && at !== undefined) taken = { fn: parent, at };
  }
  return taken;
}
