/**
 * What TypeScript says of a file, in JavaScript too, reduced to what a wrong rewrite causes: a name that is gone or declared twice,
 * a module that does not resolve, and a promise where its value was meant. Compared before and after, so that what a project always
 * had does not count.
 */

import { ts } from 'ts-morph';
import { isOfLaterFunction } from './later-function.ts';
import { isOfUntypedHandler } from './untyped-handler.ts';

/** Faults of a file: the text of each, with how often it occurs. */
export type Faults = ReadonlyMap<string, number>;

/** `always`, or only where the message speaks of a promise: untyped code has too many others that mean nothing. */
const telling: ReadonlyMap<number, 'always' | 'of a promise'> = new Map([
  [1308, 'always'], // 'await' is only allowed in async functions
  [2300, 'always'], // duplicate identifier
  [2304, 'always'], // cannot find name
  [2307, 'always'], // cannot find module
  [2451, 'always'], // cannot redeclare a block-scoped variable
  [2448, 'always'], // used before its declaration
  [2588, 'always'], // a constant is assigned
  [2552, 'always'], // cannot find name, with a suggestion
  [18004, 'always'], // no value in scope for a shorthand property
  [2801, 'always'], // a promise as a condition is always true
  [2339, 'of a promise'], // property does not exist
  [2322, 'of a promise'], // not assignable
  [2345, 'of a promise'], // argument not assignable
  [2349, 'of a promise'], // not callable
  [2365, 'of a promise'], // operator cannot be applied
  [2362, 'of a promise'], // left side of an arithmetic operation
  [2363, 'of a promise'], // right side of an arithmetic operation
  [2488, 'of a promise'], // not iterable
  [2551, 'of a promise'], // property does not exist, with a suggestion
  [7053, 'of a promise'], // index of a type that has none
]);

export function faultsIn(diagnostics: readonly ts.Diagnostic[]): Faults {
  const faults = new Map<string, number>();
  for (const diagnostic of diagnostics) {
    const when = telling.get(diagnostic.code);
    if (when === undefined) continue;
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ').split('\n', 1)[0] ?? '';
    if (when === 'of a promise' && !/\bPromise(?:Like)?</.test(message)) continue;
    if (isOfLaterFunction(diagnostic, message) || isOfUntypedHandler(diagnostic, message)) continue;
    // The suggestion depends on how many others were made before, and on what other names there are.
    const fault = inOneOrder(message.replace(/ Did you mean .*$/, ''));
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  }
  return faults;
}

/** `'A | B'` and `'B | A'` are the same: which comes first depends on what was looked at before. */
function inOneOrder(message: string): string {
  return message.replace(/'([^']* \| [^']*)'/g, (_whole, union: string) => `'${union.split(' | ').sort().join(' | ')}'`);
}

/** The first fault that `after` has more often than `before`, and that is not meant. */
export function gained(before: Faults, after: Faults, isMeant = (_fault: string): boolean => false): string | undefined {
  for (const [message, count] of after) if (count > (before.get(message) ?? 0) && !isMeant(message)) return message;
  return undefined;
}
