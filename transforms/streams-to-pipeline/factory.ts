/** Streams that a function of the program makes anew whenever it is called: as good as made in place. */

import { ts } from 'ts-morph';
import { functionOfSymbol } from '../../engine/async/call-graph.ts';
import { isAsync, isGenerator, unwrapped } from '../../engine/async/functions.ts';
import { returnedBy } from '../../engine/async/promise-returning.ts';
import type { Program } from '../../engine/program/program.ts';

/**
 * What the function that is called returns, each of it made on the spot: nobody else holds it, or listens to it.
 * @returns undefined where it returns anything else
 */
export function madeByFactory(program: Program, call: ts.CallExpression, depth = 0): readonly ts.Expression[] | undefined {
  const callee = unwrapped(call.expression);
  const symbol = program.symbolOf(ts.isPropertyAccessExpression(callee) ? callee.name : callee);
  const fn = symbol && functionOfSymbol(program, symbol);
  if (fn === undefined || isAsync(fn) || isGenerator(fn) || depth > 4) return undefined;
  const made = returnedBy(fn).flatMap(alternatives);
  return made.length > 0 && made.every((one) => isMaking(program, one, depth)) ? made : undefined;
}

/** `gzip ? zlib.createGzip() : new PassThrough()` */
function alternatives(expression: ts.Expression): ts.Expression[] {
  const one = unwrapped(expression);
  return ts.isConditionalExpression(one) ? [...alternatives(one.whenTrue), ...alternatives(one.whenFalse)] : [one];
}

/** `new Lines()`, `through(write)`, `zlib.createGzip()`; not `streams.get(name)`, which may give what it keeps, nor `source.on(…)`. */
function isMaking(program: Program, made: ts.Expression, depth: number): boolean {
  if (ts.isNewExpression(made)) return true;
  if (!ts.isCallExpression(made)) return false;
  const key = program.originOf(made.expression)?.key;
  return key === undefined ? madeByFactory(program, made, depth + 1) !== undefined : !/\(|\.new\b/.test(key);
}
