/** Can a promise reject where nobody sees it? Chains with a handler, and functions that catch everything, cannot. */

import { ts } from 'ts-morph';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { neverRejecting } from '../../catalog/promise-sources.ts';
import type { CallGraph } from '../../engine/async/call-graph.ts';
import { isAsync, isFunctionNode, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Program } from '../../engine/program/program.ts';
import { chainLink } from './chain.ts';
import type { PromiseValues } from './promise-values.ts';
import { returnedFrom } from './returned.ts';

/** What throws nothing that a person would want to hear of. Origin keys. */
const harmlessCallees =
  /^global\.(?:console\.\w+|Number|String|Boolean|Date(?:\.now)?|parseInt|parseFloat|process\.(?:exit|uptime|hrtime|cwd|memoryUsage)|Math\.\w+|Array\.isArray|Object\.(?:keys|values|entries|assign)|clearTimeout|clearInterval|setTimeout|setInterval|setImmediate|queueMicrotask|process\.nextTick)$|^process\.(?:exit|uptime|hrtime|cwd)$|^timers\.(?:setTimeout|setInterval|setImmediate|clearTimeout|clearInterval)$|^path\.(?:join|resolve|basename|dirname|extname)$/;

const neverRejects = originPattern(neverRejecting);

const harmlessConstructors = new Set(['global.Date', 'global.Map', 'global.Set', 'global.WeakMap', 'global.Error', 'global.TypeError']);

export class Rejections {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #values: PromiseValues;
  readonly #active = new Set<ts.Node>();

  constructor(program: Program, graph: CallGraph, values: PromiseValues) {
    this.#program = program;
    this.#graph = graph;
    this.#values = values;
  }

  /** Is it certain that the promise does not reject unseen? */
  isSafe(expression: ts.Expression): boolean {
    const bare = unwrapped(expression);
    const link = chainLink(bare);
    if (link !== undefined && this.#values.of(link.base).kind !== 'none') {
      if (link.method === 'catch') return link.handlers[0] !== undefined;
      if (link.method === 'finally') return this.isSafe(link.base);
      if (link.handlers[1] !== undefined) return true;
      const [onFulfilled] = link.handlers;
      return onFulfilled !== undefined && this.isSafe(link.base) && this.isHarmlessHandler(onFulfilled);
    }
    if (ts.isCallExpression(bare)) return this.#isSafeCall(bare);
    if (ts.isIdentifier(bare)) return this.#isSafeVariable(bare);
    return ts.isNewExpression(bare) && this.#isSafePromise(bare);
  }

  /** `new Promise((resolve) => setTimeout(resolve, ms))`: nobody rejects it, and its executor does not throw. */
  #isSafePromise(made: ts.NewExpression): boolean {
    const [argument] = made.arguments ?? [];
    const executor = argument && unwrapped(argument);
    if (executor === undefined || !isFunctionNode(executor) || roleOf(this.#program, executor).kind !== 'executor') return false;
    const [resolve, ...others] = executor.parameters;
    if (others.length > 0 || isAsync(executor) || (resolve !== undefined && !this.#isResolvedPlainly(resolve))) return false;
    return this.cannotReject(executor);
  }

  /** Nothing is handed to `resolve` that may be a promise, which the new one would follow. */
  #isResolvedPlainly({ name }: ts.ParameterDeclaration): boolean {
    const symbol = ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
    if (symbol === undefined) return false;
    return this.#program.references.to(symbol).every((use) => {
      const { parent } = use;
      if (use === name) return true;
      if (!ts.isCallExpression(parent)) return false;
      if (parent.expression === use) return parent.arguments.every(isPlain);
      // A timer calls it with nothing.
      return parent.arguments.length <= 2 && harmlessCallees.test(this.#program.originOf(parent.expression)?.key ?? '');
    });
  }

  /** Does the function, handed to `then`, neither throw nor give a promise that may reject? */
  isHarmlessHandler(handler: ts.Expression): boolean {
    const bare = unwrapped(handler);
    if (!isFunctionNode(bare)) return false;
    return this.cannotReject(bare);
  }

  /** Nothing in the function's body can throw, or all that can is caught. */
  cannotReject(fn: FunctionNode): boolean {
    const { body } = fn;
    if (body === undefined || this.#active.has(fn)) return false;
    this.#active.add(fn);
    const safe = fn.parameters.every((parameter) => parameter.initializer === undefined) && !this.#mayThrow(body);
    this.#active.delete(fn);
    return safe;
  }

  #isSafeCall(call: ts.CallExpression): boolean {
    const key = this.#program.originOf(call.expression)?.key;
    if (key !== undefined && neverRejects.test(key)) return true;
    if (key === 'global.Promise.resolve') return call.arguments.every((one) => this.#values.of(one).kind === 'none' && isPlain(one));
    if (key === 'global.Promise.all' || key === 'global.Promise.race') return this.#isSafeList(call.arguments[0]);
    const callee = this.#graph.calleeOf(call);
    if (callee === undefined) return false;
    return isAsync(callee) ? this.cannotReject(callee) : this.#returnsSafe(callee);
  }

  /** A plain function: what it throws is no rejection, so all depends on the promises that it returns. */
  #returnsSafe(fn: FunctionNode): boolean {
    if (fn.body === undefined || this.#active.has(fn)) return false;
    this.#active.add(fn);
    const safe = returnedFrom(fn).every((one) => one === undefined || this.isSafe(one));
    this.#active.delete(fn);
    return safe;
  }

  #isSafeList(list: ts.Expression | undefined): boolean {
    if (list === undefined) return false;
    const bare = unwrapped(list);
    if (ts.isArrayLiteralExpression(bare)) return bare.elements.every((one) => !ts.isSpreadElement(one) && this.isSafe(one));
    if (!ts.isCallExpression(bare) || !ts.isPropertyAccessExpression(bare.expression) || bare.expression.name.text !== 'map') return false;
    const [callback] = bare.arguments;
    return callback !== undefined && this.isHarmlessHandler(callback);
  }

  #isSafeVariable(name: ts.Identifier): boolean {
    const symbol = this.#program.symbolOf(name);
    const value = symbol && this.#program.definitionOf(symbol);
    if (value === undefined || this.#active.has(value)) return false;
    this.#active.add(value);
    const safe = this.isSafe(value);
    this.#active.delete(value);
    return safe;
  }

  #mayThrow(node: ts.Node): boolean {
    if (ts.isFunctionLike(node) || ts.isTypeNode(node)) return false;
    if (ts.isThrowStatement(node) || ts.isTaggedTemplateExpression(node) || ts.isYieldExpression(node)) return true;
    if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) return true;
    if (ts.isTryStatement(node)) return this.#tryMayThrow(node);
    if (ts.isAwaitExpression(node)) return this.#values.of(node.expression).kind === 'none' ? true : !this.isSafe(node.expression);
    if (ts.isCallExpression(node)) return this.#callMayThrow(node);
    if (ts.isNewExpression(node) && !harmlessConstructors.has(this.#program.originOf(node.expression)?.key ?? '')) return true;
    return ts.forEachChild(node, (child) => this.#mayThrow(child) || undefined) ?? false;
  }

  #callMayThrow(call: ts.CallExpression): boolean {
    const inArguments = call.arguments.some((argument) => this.#mayThrow(argument));
    if (inArguments) return true;
    const key = this.#program.originOf(call.expression)?.key ?? '';
    if (harmlessCallees.test(key) || this.#settles(call.expression)) return false;
    // A chain that ends in a handler is as good as a `try` around it.
    if (this.#values.of(call).kind === 'promise') return !this.isSafe(call);
    const callee = this.#graph.calleeOf(call);
    return callee === undefined || !this.cannotReject(callee);
  }

  /** `resolve` or `reject` of a promise, which throw nothing. */
  #settles(callee: ts.Expression): boolean {
    const declaration = ts.isIdentifier(callee) ? this.#program.symbolOf(callee)?.valueDeclaration : undefined;
    if (declaration === undefined || !ts.isParameter(declaration) || !isFunctionNode(declaration.parent)) return false;
    return roleOf(this.#program, declaration.parent).kind === 'executor';
  }

  /** What a handler does is taken to succeed, as it is in `.catch(handler)`; it must only not throw on purpose, nor wait for more. */
  #tryMayThrow(node: ts.TryStatement): boolean {
    if (node.finallyBlock !== undefined && passesOn(node.finallyBlock)) return true;
    if (node.catchClause === undefined) return this.#mayThrow(node.tryBlock);
    return passesOn(node.catchClause.block);
  }
}

/** Throws, or awaits outside a further `try`. */
function passesOn(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isThrowStatement(node) || ts.isAwaitExpression(node)) return true;
  if (ts.isTryStatement(node) && node.catchClause !== undefined) return passesOn(node.catchClause.block);
  return ts.forEachChild(node, (child) => passesOn(child) || undefined) ?? false;
}

function isPlain(node: ts.Expression): boolean {
  return ts.isLiteralExpression(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}
