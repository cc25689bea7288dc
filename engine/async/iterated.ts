/** A call that visits the elements of a list: what stands where in `xs.map(callback)` and in `_.map(xs, callback)`. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import type { ArgumentRole } from './roles.ts';

export type Iteration = Extract<ArgumentRole, { kind: 'iteration' | 'collection' }>;

export interface Iterated {
  readonly call: ts.CallExpression;
  /** The method of arrays that does the same. */
  readonly method: string;
  readonly receiver: ts.Expression;
  /** What follows the callback. */
  readonly rest: readonly ts.Expression[];
  /** Set for a function of a library. */
  readonly library?: {
    /** What gives the elements of a list of any kind: `_.values`. */
    readonly values: string | undefined;
    readonly stopsAtFalse: boolean;
  };
}

/** @returns what is where, or a clause that says why there is no loop for it */
export function ofArray(call: ts.CallExpression): Iterated | string {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee) || callee.questionDotToken !== undefined) return 'it is called through `?.`';
  return { call, method: callee.name.text, receiver: callee.expression, rest: call.arguments.slice(1) };
}

/** @returns what is where, or a clause that says why there is no loop for it */
export function ofCollection(program: Program, role: Iteration & { kind: 'collection' }): Iterated | string {
  const { call, method, stopsAtFalse } = role;
  const [receiver, , ...rest] = call.arguments;
  if (receiver === undefined || ts.isSpreadElement(receiver)) return 'nothing says what is visited';
  const callee = call.expression;
  const holder = ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
  const isLibrary = holder !== undefined && program.originOf(holder)?.steps.length === 0;
  return { call, method, receiver, rest, library: { values: isLibrary ? `${holder.getText()}.values` : undefined, stopsAtFalse } };
}
