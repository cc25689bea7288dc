/**
 * What becomes of the promise that a function returns. Where all who get it only wait for it, one promise is as good as another: that of
 * an async function has no methods of a library, and is a promise even where the function returned a plain value.
 */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { assertionOf } from './assertions.ts';
import { awaitContextOf, isInTry, isReturned } from './await-context.ts';
import type { CallGraph, Use } from './call-graph.ts';
import { isAsync, outermost, type FunctionNode } from './functions.ts';
import { ProgressListeners } from './progress.ts';
import { adopterOf, namesOfPromise } from './promise-flow.ts';
import { roleOfArgument } from './roles.ts';

export class PromiseUses {
  readonly #program: Program;
  readonly #graph: CallGraph;
  /** `undefined` while it is looked at: a function that calls itself has the promise from who else calls it. */
  readonly #foreign = new Map<FunctionNode, ts.Node | undefined>();
  readonly #progress: ProgressListeners;

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
    this.#progress = new ProgressListeners(program, graph);
  }

  /** The place that does something else with what the function returns than wait for it; `undefined` when there is none. */
  otherThanWaiting(fn: FunctionNode): ts.Node | undefined {
    if (isAsync(fn)) return undefined;
    if (this.#foreign.has(fn)) return this.#foreign.get(fn);
    this.#foreign.set(fn, undefined);
    const place = this.#progress.placeOf(fn) ?? this.#firstOf(this.#graph.usesOf(fn), (use) => this.#placeIn(use));
    this.#foreign.set(fn, place);
    return place;
  }

  /**
   * Is the promise of the call handed on by the last thing that the code around it does, so that a failure, at once or later, comes out
   * the same? Not where a handler in between would see what was thrown before there was a promise.
   */
  isHandedOn(call: ts.CallExpression): boolean {
    const value = outermost(call);
    const { parent } = value;
    if (ts.isAwaitExpression(parent)) return true;
    if (isReturned(call)) {
      const context = awaitContextOf(call);
      return context.kind === 'function' && !isInTry(call) && this.#rejects(context.fn);
    }
    const next = chainedCall(value);
    return next?.method === 'then' && next.call.arguments.length === 1 && isPlain(next.call.arguments[0]) && this.isHandedOn(next.call);
  }

  /**
   * Does nobody go on while the promise is made, but wait for it, as far as it is handed on from where it stands?
   * @param outside do those wait who call the functions of the package from outside?
   */
  isWaitedFor(promise: ts.Expression, outside: boolean, passed: ReadonlySet<FunctionNode> = new Set()): boolean {
    const value = outermost(promise);
    if (ts.isAwaitExpression(value.parent)) return true;
    const next = chainedCall(value);
    if (next !== undefined) return next.call.arguments.every((handler) => isPlain(handler)) && this.isWaitedFor(next.call, outside, passed);
    if (!isReturned(promise) && !this.#isNamedAndReturned(value)) return false;
    const context = awaitContextOf(promise);
    if (context.kind !== 'function') return false;
    const { fn } = context;
    if (isAsync(fn) || passed.has(fn)) return true;
    const further = new Set([...passed, fn]);
    return this.#graph.usesOf(fn).every((use) => {
      if (use.kind === 'call' || use.kind === 'applied') return this.isWaitedFor(use.call, outside, further);
      if (use.kind === 'public') return outside;
      return use.kind === 'binding' || (use.kind === 'argument' && this.#isAdopted(use));
    });
  }

  /** `const made = new Promise(…); return made;` */
  #isNamedAndReturned(value: ts.Node): boolean {
    const { parent } = value;
    if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name) || !ts.isVariableDeclarationList(parent.parent)) return false;
    const statement = parent.parent.parent;
    if (parent.parent.declarations.at(-1) !== parent || !ts.isVariableStatement(statement) || !ts.isBlock(statement.parent)) return false;
    const { statements } = statement.parent;
    const next = statements[statements.indexOf(statement) + 1];
    return (
      next !== undefined &&
      ts.isReturnStatement(next) &&
      next.expression !== undefined &&
      ts.isIdentifier(next.expression) &&
      next.expression.text === parent.name.text
    );
  }

  /** Does whoever called the function meet what it throws as a rejection, and do nothing but wait? */
  #rejects(fn: FunctionNode): boolean {
    if (isAsync(fn)) return true;
    const uses = this.#graph.usesOf(fn).filter(({ kind }) => kind !== 'binding');
    return uses.length > 0 && uses.every((use) => use.kind === 'argument' && this.#isAdopted(use));
  }

  #firstOf<T>(list: readonly T[], placeIn: (one: T) => ts.Node | undefined): ts.Node | undefined {
    for (const one of list) {
      const place = placeIn(one);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** The place, there or where the promise goes from there, that does something else than wait. */
  #placeIn(use: Use): ts.Node | undefined {
    switch (use.kind) {
      case 'binding':
      case 'bound':
      case 'family':
      case 'public':
        return undefined;
      case 'call':
      case 'applied':
        return this.#placeBehind(use.call);
      case 'argument':
        return this.#isAdopted(use) || this.#isIgnored(use) || assertionOf(this.#program, use.call) === 'looks' ? undefined : use.node;
      case 'escape':
        return this.#placeOfEscape(use);
      case 'construct':
      case 'override':
        return use.node;
    }
  }

  /** Of what may be called, loaded or held by others, the calls that there may be decide. */
  #placeOfEscape(use: Use & { kind: 'escape' }): ts.Node | undefined {
    switch (use.among) {
      case 'several':
      case 'perhaps':
      case 'loader':
      case 'loaded':
        return undefined;
      case 'table':
      case 'name':
        return use.call === undefined ? use.node : this.#placeBehind(use.call);
      default:
        return use.node;
    }
  }

  /** Its calls are uses of their own, or whoever calls it looks at nothing that it returns. */
  #isIgnored(use: Use & { kind: 'argument' }): boolean {
    const { kind } = roleOfArgument(this.#program, use.call, use.index);
    return kind === 'parameter' || kind === 'async-callback' || kind === 'listener';
  }

  /** A `then` takes over what its handler returns, and so do the frameworks that treat a rejection as a throw. */
  #isAdopted(use: Use & { kind: 'argument' }): boolean {
    const role = roleOfArgument(this.#program, use.call, use.index);
    return role.kind === 'then' || (role.kind === 'root' && role.row.rejection === 'forwarded');
  }

  #placeBehind(expression: ts.Expression): ts.Node | undefined {
    const value = outermost(expression);
    if (ts.isAwaitExpression(value.parent)) return undefined;
    if (isReturned(expression)) {
      const context = awaitContextOf(expression);
      return context.kind === 'function' ? this.otherThanWaiting(context.fn) : expression;
    }
    // Nobody has the promise; that a failure is seen later, or otherwise, is said of the call.
    if (ts.isExpressionStatement(value.parent)) return undefined;
    const next = chainedCall(value);
    if (next !== undefined) return this.#placeBehind(next.call);
    const { parent } = value;
    if (ts.isConditionalExpression(parent) && parent.condition !== value) return this.#placeBehind(parent);
    const names = namesOfPromise(this.#program, value);
    if (names !== undefined) return this.#firstOf(names, (name) => this.#placeBehind(name));
    return adopterOf(this.#program, value) === undefined ? expression : undefined;
  }
}

/** A handler that is made at no cost: what makes one may look at what the call has done by then. */
function isPlain(handler: ts.Expression | undefined): boolean {
  return handler !== undefined && (isCallback(handler) || ts.isPropertyAccessExpression(handler));
}

function isCallback(argument: ts.Expression): boolean {
  return ts.isFunctionExpression(argument) || ts.isArrowFunction(argument) || ts.isIdentifier(argument);
}

/** `promise.then(a, b)`, `.catch(handler)`, `.finally(handler)`: what every kind of promise has. */
function chainedCall(value: ts.Node): { readonly call: ts.CallExpression; readonly method: string } | undefined {
  const access = value.parent;
  if (!ts.isPropertyAccessExpression(access) || access.expression !== value || !ts.isCallExpression(access.parent)) return undefined;
  const call = access.parent;
  const method = access.name.text;
  const most = method === 'then' ? 2 : method === 'catch' || method === 'finally' ? 1 : 0;
  return call.expression === access && call.arguments.length > 0 && call.arguments.length <= most ? { call, method } : undefined;
}
