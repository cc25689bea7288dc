/**
 * Middleware that passes a request on by `next()`, and what it does then: the functions that come after it ran before `next` returned, as far
 * as they did not wait. One that waits from now on is overtaken by what stands behind the call; and where `next` gives a promise that nobody
 * waits for, the framework answers without it.
 */

import { ts } from 'ts-morph';
import type { RootRow } from '../../catalog/roots.ts';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { callsIn } from '../program/tree-index.ts';
import { identifiersIn } from '../source/names.ts';
import { isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import { behind, isAssignment } from './behind.ts';
import type { CallGraph } from './call-graph.ts';
import { hasWaited } from './effects.ts';
import { handlerPositions, isGivenToParam } from './express-handler.ts';
import { isFunctionNode, outermost, unwrapped, type FunctionNode } from './functions.ts';
import { namesOfMiddleware, roleOfArgument, type ArgumentRole } from './roles.ts';

/** A call of `next` that is overtaken when what it runs waits. */
interface Passing {
  readonly row: RootRow;
  /** The registration of the function that calls it, and the function's place among its arguments. */
  readonly place: ts.CallExpression;
  readonly index: number;
  readonly call: ts.CallExpression;
  /** What stands behind it; none where it is its promise that nobody waits for. */
  readonly after: ts.Node | undefined;
  /** It runs the functions for errors alone. What it runs else may fail, and lead to those too. */
  readonly fails: boolean;
}

type RootRole = ArgumentRole & { readonly kind: 'root' };

/** Where a framework gets a function: handed to it by a call, as the argument at `index`, or exported for it. */
export type RootPlace = RootRole | { readonly kind: 'exported'; readonly row: RootRow };

export class PassingOn {
  readonly #program: Program;
  readonly #graph: CallGraph;
  #passings: readonly Passing[] | undefined;

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /** A call in a function before this one whose promise would end without it: the framework would answer too early. */
  unawaitedBefore(fn: FunctionNode, role: RootPlace): { readonly call: ts.CallExpression; readonly framework: string } | undefined {
    const passing = role.kind === 'root' && role.row.goesOn === 'promised' ? this.#overtaken(fn, role) : undefined;
    return passing && { call: passing.call, framework: passing.row.framework };
  }

  hazardAt(waiting: ts.Node): Reason | undefined {
    const context = awaitContextOf(waiting);
    if (context.kind !== 'function' || hasWaited(context.fn, waiting)) return undefined;
    const { fn } = context;
    for (const use of this.#graph.usesOf(fn)) {
      const role = use.kind === 'argument' ? roleOfArgument(this.#program, use.call, use.index, use.option) : undefined;
      const passing = role?.kind === 'root' ? this.#overtaken(fn, role) : undefined;
      if (passing === undefined) continue;
      const at = placeOf(this.#program, passing.after ?? passing.call);
      return {
        code: 'control-flow',
        message:
          passing.after === undefined
            ? `Nobody waits for what comes after the \`${passing.call.getText()}\` at ${at}, so that ${passing.row.framework} would answer before this function has finished.`
            : `What stands at ${at}, behind a call of \`next\`, was done when this function had finished, and would not wait for it.`,
        help:
          passing.after === undefined
            ? 'Return or await the promise there.'
            : 'Check that it relies on nothing that the functions after it do, or listen for the end of the response there.',
      };
    }
    return undefined;
  }

  #overtaken(fn: FunctionNode, role: RootRole): Passing | undefined {
    const { row, call } = role;
    if (row.goesOn === undefined || !ts.isCallExpression(call)) return undefined;
    return this.#allPassings().find(
      (one) =>
        one.row.package === row.package &&
        (!one.fails || takesErrors(fn, role)) &&
        !isWithin(one.call, fn) &&
        !isBefore(call, role.index, one) &&
        this.#graph.loading.areLoadedTogether(call.getSourceFile(), one.place.getSourceFile()),
    );
  }

  #allPassings(): readonly Passing[] {
    if (this.#passings !== undefined) return this.#passings;
    const found: Passing[] = [];
    for (const file of this.#program.files) {
      for (const call of callsIn(file)) {
        if (!ts.isPropertyAccessExpression(call.expression) || !namesOfMiddleware.has(call.expression.name.text)) continue;
        for (const [index, argument] of call.arguments.entries()) {
          const functions = this.#functionsOf(argument);
          const role = functions.length === 0 ? undefined : roleOfArgument(this.#program, call, index);
          if (role?.kind !== 'root' || role.row.goesOn === undefined) continue;
          for (const fn of functions) found.push(...this.#passingsOf(fn, role, call));
        }
      }
    }
    return (this.#passings = found);
  }

  #functionsOf(argument: ts.Expression): readonly FunctionNode[] {
    const value = unwrapped(argument);
    if (isFunctionNode(value)) return [value];
    if (ts.isArrayLiteralExpression(value)) return value.elements.flatMap((element) => this.#functionsOf(element));
    const name = ts.isPropertyAccessExpression(value) ? value.name : value;
    const symbol = ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
    const fn = symbol && this.#graph.functionOf(symbol);
    return fn === undefined ? [] : [fn];
  }

  #passingsOf(fn: FunctionNode, role: RootRole, place: ts.CallExpression): Passing[] {
    const isPromised = role.row.goesOn === 'promised';
    const position = isPromised ? (isGivenToParam(fn, role) ? 2 : 1) : handlerPositions(fn, role).next;
    const name = fn.parameters[position]?.name;
    if (name === undefined || !ts.isIdentifier(name)) return [];
    const symbol = this.#program.symbolOf(name);
    return identifiersIn(fn, name.text).flatMap((one): Passing[] => {
      const call = one.parent;
      if (!ts.isCallExpression(call) || call.expression !== one || this.#program.symbolOf(one) !== symbol) return [];
      const after = isPromised ? undefined : behind(call);
      if (isPromised ? isWaitedFor(call) : after === undefined) return [];
      return [{ row: role.row, place, index: role.index, call, after, fails: !isPromised && isFailure(call) }];
    });
  }
}

/** `(err, req, res, next)`: the framework calls it for an error alone. */
function takesErrors(fn: FunctionNode, role: RootRole): boolean {
  return role.row.isMiddleware === true && fn.parameters.length === 4 && !isGivenToParam(fn, role);
}

/** `next(new Error('…'))` */
function isFailure({ arguments: [first] }: ts.CallExpression): boolean {
  return first !== undefined && ts.isNewExpression(unwrapped(first));
}

/** The function was registered before the other one, in the same list of statements and with the same receiver. */
function isBefore(call: ts.CallExpression, index: number, { place, index: itsIndex }: Passing): boolean {
  if (call === place) return index < itsIndex;
  const [statement, other] = [call.parent, place.parent];
  if (!ts.isExpressionStatement(statement) || !ts.isExpressionStatement(other) || statement.parent !== other.parent) return false;
  if (!ts.isPropertyAccessExpression(call.expression) || !ts.isPropertyAccessExpression(place.expression)) return false;
  const receiver = call.expression.expression;
  return ts.isIdentifier(receiver) && receiver.getText() === place.expression.expression.getText() && call.pos < place.pos;
}

/** The promise is awaited where it is made, returned, or handed to somebody. */
function isWaitedFor(promise: ts.Node): boolean {
  const value = outermost(promise);
  const { parent } = value;
  if (ts.isAwaitExpression(parent) || ts.isReturnStatement(parent) || ts.isYieldExpression(parent)) return true;
  if (ts.isArrowFunction(parent)) return parent.body === value;
  if (ts.isConditionalExpression(parent)) return parent.condition !== value && isWaitedFor(parent);
  if (ts.isBinaryExpression(parent)) return parent.right === value && !isAssignment(parent) && isWaitedFor(parent);
  if (ts.isPropertyAccessExpression(parent)) return ts.isCallExpression(parent.parent) && isWaitedFor(parent.parent);
  if (ts.isArrayLiteralExpression(parent) || ts.isSpreadElement(parent)) return isWaitedFor(parent);
  // Whoever is given it may wait: `Promise.all([next(), count()])`, `resolve(next())`.
  return ts.isCallExpression(parent) && parent.expression !== value;
}
