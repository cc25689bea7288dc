/** What a function throws before it gives its promise: whoever calls it gets that at once, and an async function would give a rejection. */

import { ts } from 'ts-morph';
import { functionName, type FunctionNode } from '../../../engine/async/functions.ts';
import type { Reason } from '../../../engine/finding.ts';
import type { Range } from '../../../engine/text.ts';
import { mayThrowExpression } from '../merge.ts';

/** Who calls the function is told of it otherwise. */
export function reasonOfEarly(fn: FunctionNode): Reason {
  return {
    code: 'control-flow',
    message: `What \`${functionName(fn)}\` throws before its promise is made reaches its caller at once, and would be a rejection.`,
    help: 'Make sure that those who call it await it, then apply the fix with --unsafe.',
  };
}

/** What the function may throw at once, in front of the promise that it gives or on a way past it: by a `throw` of its own, or otherwise. */
export function earlyThrow(fn: FunctionNode, chain: Range): 'throw' | 'perhaps' | 'nothing' {
  const { body } = fn;
  if (body === undefined || !ts.isBlock(body)) return 'nothing';
  if (throwsBeside(body, chain)) return 'throw';
  return mayThrowBeside(body, chain) ? 'perhaps' : 'nothing';
}

/** Has the code a `throw` of its own, outside of the functions in it? */
export function throwsAtOnce(node: ts.Node): boolean {
  return throwsBeside(node, { start: 0, end: 0 });
}

function throwsBeside(node: ts.Node, chain: Range): boolean {
  if (ts.isFunctionLike(node) || isInside(node, chain)) return false;
  return ts.isThrowStatement(node) || ts.forEachChild(node, (child) => throwsBeside(child, chain) || undefined) === true;
}

function mayThrowBeside(node: ts.Node, chain: Range): boolean {
  if (ts.isFunctionLike(node) || isInside(node, chain)) return false;
  const isAround = node.getStart() <= chain.start && chain.end <= node.end;
  return isAround ? ts.forEachChild(node, (child) => mayThrowBeside(child, chain) || undefined) === true : mayThrowExpression(node);
}

function isInside(node: ts.Node, { start, end }: Range): boolean {
  return node.getStart() >= start && node.end <= end;
}
