/** Who uses a function, and how: the call graph of the program, answered a function at a time and remembered. */

import type { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import type { FunctionNode } from './functions.ts';

export type Use =
  /** `load(x)`, `store.load(x)`, `load?.(x)`. */
  | { readonly kind: 'call'; readonly node: ts.Expression; readonly call: ts.CallExpression }
  /** `load.call(that, x)`, `load.apply(that, xs)`: a call too; `call` is the whole. */
  | { readonly kind: 'applied'; readonly node: ts.Expression; readonly call: ts.CallExpression; readonly method: 'call' | 'apply' }
  /** `new Load()`. */
  | { readonly kind: 'construct'; readonly node: ts.Expression; readonly call: ts.NewExpression }
  /** `load.bind(that)`; what is done with the bound function is not followed. */
  | { readonly kind: 'bound'; readonly node: ts.Expression; readonly call: ts.CallExpression }
  /** Handed to a call by name, or written as its argument. */
  | {
      readonly kind: 'argument';
      readonly node: ts.Expression;
      readonly call: ts.CallExpression | ts.NewExpression;
      readonly index: number;
    }
  /** An import, export, or further name of the function inside the program; its own uses are in the list too. */
  | { readonly kind: 'binding'; readonly node: ts.Node }
  /** Other packages can reach it. */
  | { readonly kind: 'public'; readonly node: ts.Node }
  /** The method overrides, or is overridden or demanded by, a method that is not in the program. */
  | { readonly kind: 'override'; readonly node: ts.Node; readonly of: string }
  /** Anything else: stored, returned, compared, reached by a computed key. */
  | { readonly kind: 'escape'; readonly node: ts.Node; readonly how: string };

export class CallGraph {
  readonly program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  /** Every use of the function in the program. Complete: where the uses cannot be seen, there is an `escape` that says where. */
  usesOf(_fn: FunctionNode): readonly Use[] {
    throw new Error('not there yet');
  }

  /** The function of the program that a call runs, when it is one and certain. */
  calleeOf(_call: ts.CallExpression): FunctionNode | undefined {
    throw new Error('not there yet');
  }
}
