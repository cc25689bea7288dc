/** The place where a function expression stands, and what the code there does with what the function returns or throws. */

import type { ts } from 'ts-morph';
import type { RootRow } from '../../catalog/roots.ts';
import type { Program } from '../program/program.ts';
import type { FunctionNode } from './functions.ts';

export type Call = ts.CallExpression | ts.NewExpression;

export type FunctionRole =
  /** Known by a name: declared, a method, held in a variable or property. Its uses decide. */
  | { readonly kind: 'named' }
  /** `(function () { … })()`. */
  | { readonly kind: 'invoked'; readonly call: ts.CallExpression }
  /** A place of a framework that copes with a promise. */
  | { readonly kind: 'root'; readonly row: RootRow; readonly call: Call; readonly index: number }
  /** A callback of an array method: `forEach`, `map`, `sort`… */
  | { readonly kind: 'iteration'; readonly method: string; readonly call: ts.CallExpression; readonly index: number }
  /** `new Promise(executor)`. */
  | { readonly kind: 'executor'; readonly call: ts.NewExpression }
  /** A handler given to a promise. */
  | { readonly kind: 'then'; readonly method: 'then' | 'catch' | 'finally'; readonly call: ts.CallExpression; readonly index: number }
  /** `emitter.on('event', listener)`. */
  | { readonly kind: 'listener'; readonly call: ts.CallExpression; readonly event: string | undefined }
  /** `setTimeout`, `setInterval`, `setImmediate`, `process.nextTick`, `queueMicrotask`. */
  | { readonly kind: 'timer'; readonly name: string; readonly call: ts.CallExpression }
  /** The last argument of a function of Node or a library that calls it once, later, with `(error, result)`, and ignores what it returns. */
  | { readonly kind: 'async-callback'; readonly call: Call; readonly index: number }
  /** Called at once by code that uses what it returns: comparators, replacers, `util.callbackify`… */
  | { readonly kind: 'sync-callback'; readonly call: Call; readonly index: number; readonly what: string }
  /** Handed to a function of the program, which has it as a parameter. */
  | { readonly kind: 'parameter'; readonly call: Call; readonly index: number; readonly callee: FunctionNode }
  /** Handed to code that is not in the program or not known. */
  | { readonly kind: 'unknown-callback'; readonly call: Call; readonly index: number };

/** The role of the function where it is written. For a function by name see the uses, and {@link roleOfArgument} for each of kind `argument`. */
export function roleOf(_program: Program, _fn: FunctionNode): FunctionRole {
  throw new Error('not there yet');
}

/** The role that the function value at `index` of the call has. */
export function roleOfArgument(_program: Program, _call: Call, _index: number): FunctionRole {
  throw new Error('not there yet');
}
