/** What those who call a function do with the promise that it returns. */

import { ts } from 'ts-morph';
import type { CallGraph } from '../../../engine/async/call-graph.ts';
import { argumentOf, isAsync, isFunctionNode, outermost, type FunctionNode } from '../../../engine/async/functions.ts';
import { roleOf, roleOfArgument, type FunctionRole } from '../../../engine/async/roles.ts';
import type { Program } from '../../../engine/program/program.ts';
import { usesOwnThis } from '../this.ts';
import type { ChainKnowledge } from './chain.ts';
import { isGathered, isWaitedArgument, isWaitedHandler, variableUses } from './waited.ts';

export type PromiseUse =
  /** Waited for, or handed on by a way that any promise has. */
  | 'standard'
  /** Nobody looks at it. */
  | 'dropped'
  /** Methods of its library may be called on it, or it cannot be seen. */
  | 'unknown';

export class PromiseUses {
  readonly #known: ChainKnowledge;
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #isOpen: boolean;
  readonly #active = new Set<FunctionNode>();

  /** @param isOpen what other packages do with the promise of a function may change */
  constructor(known: ChainKnowledge, isOpen: boolean) {
    this.#known = known;
    this.#isOpen = isOpen;
    this.#program = known.program;
    this.#graph = known.graph;
  }

  /** How the result of the function is used, at worst. */
  of(fn: FunctionNode): PromiseUse {
    if (this.#active.has(fn)) return 'standard';
    this.#active.add(fn);
    const use = worst(this.#usesOf(fn));
    this.#active.delete(fn);
    return use;
  }

  /** Is every call of it waited for by code that gets what it throws and what it rejects with in the same place? */
  isAwaited(fn: FunctionNode): boolean {
    if (this.#active.has(fn)) return true;
    this.#active.add(fn);
    const isAwaited = this.#areCallsAwaited(fn);
    this.#active.delete(fn);
    return isAwaited;
  }

  #areCallsAwaited(fn: FunctionNode): boolean {
    if (isWaitedHandler(this.#known, fn)) return true;
    const role = roleOf(this.#program, fn);
    if (role.kind !== 'named') return role.kind === 'then' || (role.kind === 'root' && role.row.rejection === 'forwarded');
    return this.#graph.usesOf(fn).every((use) => {
      if (use.kind === 'binding') return true;
      return (use.kind === 'call' || use.kind === 'applied') && this.#isTakenAsync(use.call);
    });
  }

  /** `await load()`, or `return load()` where what is thrown is a rejection too. */
  #isTakenAsync(call: ts.CallExpression): boolean {
    const value = outermost(call);
    if (ts.isAwaitExpression(value.parent)) return true;
    const fn = functionAround(value);
    const isReturn = ts.isReturnStatement(value.parent) || (ts.isArrowFunction(value.parent) && value.parent.body === value);
    return isReturn && fn !== undefined && (isAsync(fn) || this.isAwaited(fn));
  }

  /** Does nobody look at what the function returns? */
  isResultIgnored(fn: FunctionNode): boolean {
    const role = roleOf(this.#program, fn);
    if (role.kind !== 'named') return ignores(role);
    const uses = this.#graph.usesOf(fn).filter((use) => use.kind !== 'binding');
    return (
      uses.length > 0 &&
      uses.every((use) => {
        if (use.kind === 'call' || use.kind === 'applied') return ts.isExpressionStatement(outermost(use.call).parent);
        return use.kind === 'argument' && ignores(roleOfArgument(this.#program, use.call, use.index));
      })
    );
  }

  #usesOf(fn: FunctionNode): PromiseUse[] {
    if (isWaitedHandler(this.#known, fn)) return ['standard'];
    const role = roleOf(this.#program, fn);
    if (role.kind !== 'named') return [this.#ofRole(role)];
    return this.#graph.usesOf(fn).map((use): PromiseUse => {
      switch (use.kind) {
        case 'binding':
          return 'standard';
        case 'public':
          return this.#isOpen ? 'standard' : 'unknown';
        case 'call':
        case 'applied':
          return this.#ofPromise(use.call);
        case 'argument':
          return this.#ofArgument(use.call, use.index);
        case 'bound': {
          const argument = argumentOf(use.call);
          return argument === undefined ? 'unknown' : this.#ofArgument(argument.call, argument.index);
        }
        default:
          return 'unknown';
      }
    });
  }

  #ofArgument(call: ts.CallExpression | ts.NewExpression, index: number): PromiseUse {
    return isWaitedArgument(this.#known, call, index) ? 'standard' : this.#ofRole(roleOfArgument(this.#program, call, index));
  }

  #ofRole(role: FunctionRole): PromiseUse {
    switch (role.kind) {
      case 'then':
      case 'root':
        return 'standard';
      case 'listener':
      case 'async-callback':
        return 'dropped';
      case 'iteration':
        return role.method === 'map' && isGathered(this.#program, role.call) ? 'standard' : 'unknown';
      default:
        return 'unknown';
    }
  }

  #ofPromise(expression: ts.Expression): PromiseUse {
    const value = outermost(expression);
    const { parent } = value;
    if (ts.isAwaitExpression(parent)) return 'standard';
    if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return 'dropped';
    if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === value)) {
      const fn = functionAround(value);
      if (fn === undefined) return 'unknown';
      return isAsync(fn) ? 'standard' : this.of(fn);
    }
    if (ts.isPropertyAccessExpression(parent) && /^(?:then|catch|finally)$/.test(parent.name.text)) {
      if (!ts.isCallExpression(parent.parent) || parent.parent.expression !== parent || parent.parent.arguments.length > 2)
        return 'unknown';
      if (parent.name.text !== 'then' && parent.parent.arguments.length !== 1) return 'unknown';
      // Bluebird may call them on what the promise is bound to.
      if (parent.parent.arguments.some((one) => ts.isFunctionExpression(one) && usesOwnThis(one.body))) return 'unknown';
      const behind = this.#ofPromise(parent.parent);
      const isHandled = parent.name.text === 'catch' || parent.parent.arguments.length === 2;
      return behind === 'dropped' && isHandled ? 'standard' : behind;
    }
    if (isGathered(this.#program, value)) return 'standard';
    const uses = variableUses(this.#program, value);
    if (uses === undefined) return 'unknown';
    return uses.length === 0 ? 'dropped' : worst(uses.map((use) => this.#ofPromise(use)));
  }
}

function worst(uses: readonly PromiseUse[]): PromiseUse {
  if (uses.includes('unknown')) return 'unknown';
  return uses.includes('dropped') ? 'dropped' : 'standard';
}

function ignores(role: FunctionRole): boolean {
  if (role.kind === 'listener' || role.kind === 'async-callback') return true;
  return role.kind === 'root' && (role.row.rejection !== 'forwarded' || role.row.isMiddleware === true);
}

export function functionAround(node: ts.Node): FunctionNode | undefined {
  for (let current = node.parent; !ts.isSourceFile(current); current = current.parent) if (isFunctionNode(current)) return current;
  return undefined;
}
