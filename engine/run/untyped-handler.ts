/**
 * In JavaScript a callback is said to be a `{Function}` by many, which TypeScript takes for no handler of a promise: `.catch(done)` is not
 * accepted. It may be called with anything all the same.
 */

import type { ts } from 'ts-morph';

const notAssignable = 2345;

/** @param message the first line of the diagnostic's */
export function isOfUntypedHandler({ code, file }: ts.Diagnostic, message: string): boolean {
  if (code !== notAssignable || file === undefined || !/\.[cm]?jsx?$/.test(file.fileName)) return false;
  return message.startsWith("Argument of type 'Function' is not assignable to parameter of type '(");
}
