/** Where a function that Express is given has its response and its `next`. */

import { ts } from 'ts-morph';
import type { FunctionNode } from './functions.ts';
import type { FunctionRole } from './roles.ts';

export interface HandlerPositions {
  readonly response: number;
  readonly next: number;
}

/**
 * `(req, res, next)`; `(err, req, res, next)` for an error handler, which Express knows by its four parameters; and
 * `(req, res, next, value, name)` for `param`: https://expressjs.com/en/4x/api.html#app.param
 * @param place the role of the function where it is handed over; its own place when it is written there
 */
export function handlerPositions(fn: FunctionNode, place?: FunctionRole): HandlerPositions {
  const first = fn.parameters.length === 4 && !isGivenToParam(fn, place) ? 1 : 0;
  return { response: first + 1, next: first + 2 };
}

export function isGivenToParam(fn: FunctionNode, place: FunctionRole | undefined): boolean {
  const call = place?.kind === 'root' ? place.call : fn.parent;
  return ts.isCallExpression(call) && ts.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'param';
}
