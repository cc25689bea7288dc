/** Functions that return a promise without being `async`: whoever calls them has a promise in hand already. */

import { ts } from 'ts-morph';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { promiseLibraries } from '../../catalog/promise-libraries.ts';
import { promiseSources } from '../../catalog/promise-sources.ts';
import type { Program } from '../program/program.ts';
import type { CallGraph } from './call-graph.ts';
import { argumentOf, isAsync, isFunctionNode, isGenerator, outermost, unwrapped, type FunctionNode } from './functions.ts';
import { isOfTheLanguage, replacedPromise } from './replaced-promise.ts';
import { isPromiseLike, isThenChain } from './roles.ts';

export type Returns =
  | 'value'
  | 'promise'
  /** A promise of a library, or one that cannot be told from it: its own methods would be lost. */
  | 'other-promise'
  /** Now a promise, now a value. */
  | 'mixed';

const libraryCalls = originPattern(
  promiseLibraries.flatMap(({ module, makers, promisifiers }) => [
    ...makers.map((maker) => (maker === '' ? module : `${module}.${maker}`)),
    ...promisifiers.map((promisifier) => `${module}.${promisifier}()`),
  ]),
);
const libraryPromises = originPattern(
  promiseLibraries.flatMap(({ module, deferreds }) => deferreds.map((deferred) => `${module}.${deferred}().promise`)),
);
/** The names that calls have in those patterns: for a member that nothing declares, the origin of what it is taken from need not be asked. */
const namesOfMakers = new Set([
  ...promiseLibraries.flatMap(({ makers }) => makers.map((maker) => maker.split('.').at(-1))),
  ...promiseSources.flatMap(({ callees }) => callees.map((callee) => callee.split('.').at(-1))),
]);
const libraryClasses = new Set(promiseSources.flatMap(({ constructors = [] }) => constructors));
const sources = promiseSources.map((row) => ({ row, pattern: originPattern(row.callees) }));

/** Methods that nothing has but promises. */
const ofPromises = new Set([
  ...['then', 'catch', 'caught', 'fail', 'finally', 'fin', 'lastly', 'done', 'spread', 'tap', 'tapCatch', 'nodeify', 'asCallback'],
  ...['thenReturn', 'thenResolve', 'thenReject', 'thenThrow'],
]);

/** How far a value is followed from name to name and from call to call. */
const maximumDepth = 6;

export class PromiseReturns {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #known = new Map<FunctionNode, Returns>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  of(fn: FunctionNode): Returns {
    return this.#ofFunction(fn, 0);
  }

  #ofFunction(fn: FunctionNode, depth: number): Returns {
    const known = this.#known.get(fn);
    if (known !== undefined) return known;
    // Of one that calls itself, the other things that it returns decide.
    this.#known.set(fn, 'value');
    const returned = returnedBy(fn);
    const found = combined(returned.map((expression) => this.#kindOf(expression, depth)));
    const returns =
      found === 'value' && returned.length > 0 && this.#isChained(fn) && returned.some((one) => this.#isUnknown(one))
        ? 'other-promise'
        : found;
    this.#known.set(fn, returns);
    return returns;
  }

  #kindOf(expression: ts.Expression, depth: number): Returns {
    const bare = unwrapped(expression);
    if (ts.isAwaitExpression(bare) || depth > maximumDepth) return 'value';
    if (ts.isConditionalExpression(bare)) return combined([this.#kindOf(bare.whenTrue, depth), this.#kindOf(bare.whenFalse, depth)]);
    if (isPromiseLike(this.#program, bare)) {
      const name = this.#program.checker.getTypeAtLocation(bare).getSymbol()?.name;
      const isPlain = name === 'Promise' || name === 'PromiseLike';
      return isPlain && !this.#isReplaced(bare) ? 'promise' : 'other-promise';
    }
    if (!this.#isUnknown(bare)) return 'value';
    if (isThenChain(bare)) return 'other-promise';
    if (ts.isIdentifier(bare)) return this.#ofVariable(bare, depth);
    if (ts.isPropertyAccessExpression(bare))
      return libraryPromises.test(this.#program.originOf(bare)?.key ?? '') ? 'other-promise' : 'value';
    if (ts.isNewExpression(bare)) {
      return libraryClasses.has(this.#program.originOf(bare.expression)?.key ?? '') ? 'other-promise' : 'value';
    }
    return ts.isCallExpression(bare) ? this.#ofCall(bare, depth) : 'value';
  }

  #ofVariable(name: ts.Identifier, depth: number): Returns {
    const symbol = this.#program.symbolOf(name);
    const value = symbol && this.#program.definitionOf(symbol);
    return value === undefined ? 'value' : this.#kindOf(value, depth + 1);
  }

  #ofCall(call: ts.CallExpression, depth: number): Returns {
    const callee = this.#graph.calleeOf(call);
    if (callee !== undefined) {
      if (isGenerator(callee)) return 'value';
      return isAsync(callee) ? 'promise' : this.#ofFunction(callee, depth + 1);
    }
    const key = this.#mayMakePromise(call.expression) ? (this.#program.originOf(call.expression)?.key ?? '') : '';
    if (libraryCalls.test(key)) return 'other-promise';
    const source = sources.find(({ pattern }) => pattern.test(key))?.row;
    if (source !== undefined) {
      const last = call.arguments.at(-1);
      if (source.callbackInstead && last !== undefined && isFunctionNode(unwrapped(last))) return 'value';
      return source.unseen === undefined && !this.#isReplaced(call) ? 'promise' : 'other-promise';
    }
    // `Q.all(…).get(0)`: the methods of a promise of a library give promises.
    if (!ts.isPropertyAccessExpression(call.expression)) return 'value';
    return this.#kindOf(call.expression.expression, depth + 1) === 'other-promise' ? 'other-promise' : 'value';
  }

  #mayMakePromise(callee: ts.Expression): boolean {
    if (!ts.isPropertyAccessExpression(callee) || namesOfMakers.has(callee.name.text)) return true;
    return this.#program.symbolOf(callee.name) !== undefined;
  }

  /** `global.Promise = require('bluebird')` */
  #isReplaced(expression: ts.Expression): boolean {
    return replacedPromise(this.#program) !== undefined && !isOfTheLanguage(this.#program, this.#graph, expression);
  }

  #isUnknown(expression: ts.Expression): boolean {
    return (this.#program.checker.getTypeAtLocation(expression).flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
  }

  /** Nothing tells what it returns, and those who call it take it for a promise. */
  #isChained(fn: FunctionNode): boolean {
    return this.#graph
      .usesOf(fn)
      .some((use) => (use.kind === 'call' || use.kind === 'applied') && isTakenForPromise(this.#program, use.call));
  }
}

function combined(kinds: readonly Returns[]): Returns {
  const all = new Set(kinds);
  if (all.has('other-promise')) return 'other-promise';
  if (all.has('mixed')) return 'mixed';
  if (!all.has('promise')) return 'value';
  return all.size === 1 ? 'promise' : 'mixed';
}

/** `load().then(…)`, `const loading = load(); loading.then(…)`, `Promise.all([load()])`. */
function isTakenForPromise(program: Program, call: ts.CallExpression): boolean {
  const value = outermost(call);
  if (isOfPromise(value)) return true;
  const { parent } = value;
  if (ts.isArrayLiteralExpression(parent)) {
    const gathering = argumentOf(parent);
    return gathering?.index === 0 && /(?:^|\.)(?:all|allSettled|race|any)$/.test(gathering.call.expression.getText());
  }
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const symbol = program.symbolOf(parent.name);
  return symbol !== undefined && program.references.to(symbol).some((identifier) => isOfPromise(identifier));
}

function isOfPromise(value: ts.Node): boolean {
  const access = value.parent;
  return (
    ts.isPropertyAccessExpression(access) &&
    access.expression === value &&
    ofPromises.has(access.name.text) &&
    ts.isCallExpression(access.parent) &&
    access.parent.expression === access
  );
}

/** By what the function says alone, without its callers. */
export function maySayPromise(program: Program, fn: FunctionNode): boolean {
  return returnedBy(fn).some((expression) => isPromiseLike(program, expression) || isThenChain(unwrapped(expression)));
}

/** The expressions that a function returns. */
export function returnedBy({ body }: FunctionNode): ts.Expression[] {
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

/**
 * May the result of the call be awaited, whatever function it runs? Not when it is used as a promise, or as an object with
 * methods to be chained: some of those, such as the queries of an ODM, begin to work when they are awaited.
 */
export function mayBeAwaited(program: Program, call: ts.CallExpression): boolean {
  const value = outermost(call);
  const { parent } = value;
  if (ts.isAwaitExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === value) return !isCallee(parent);
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return !hasCalledMembers(program, parent.name);
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.right === value) {
    return !ts.isIdentifier(parent.left) || !hasCalledMembers(program, parent.left);
  }
  return true;
}

/** `found.then(…)`, `query.limit(3)`: a thenable, or what may be one. */
function hasCalledMembers(program: Program, name: ts.Identifier): boolean {
  const symbol = program.symbolOf(name);
  if (symbol === undefined) return true;
  return program.references.to(symbol).some(({ parent }) => {
    return ts.isPropertyAccessExpression(parent) && isCallee(parent) && isChaining(parent.name.text);
  });
}

function isCallee(access: ts.PropertyAccessExpression): boolean {
  const value = outermost(access);
  return ts.isCallExpression(value.parent) && value.parent.expression === value && isChaining(access.name.text);
}

/** Not the methods of strings, arrays and plain objects. */
function isChaining(method: string): boolean {
  return !(method in String.prototype || method in Array.prototype) && !/^(toString|hasOwnProperty|test|exec)$/.test(method);
}
