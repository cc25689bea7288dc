/**
 * Is the value there on every path? Outside of strict TypeScript a type says nothing of `undefined`: a function that returns a promise
 * on one path and nothing on the other has the type of the promise.
 */

import { ts } from 'ts-morph';
import type { CallGraph } from '../../engine/async/call-graph.ts';
import { isAsync, isGenerator, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { chainLink } from './chain.ts';
import { mayFallThrough, returnedFrom } from './returned.ts';

export class Certainty {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #active = new Set<FunctionNode>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /** @param expression whose type is that of a promise */
  isThere(expression: ts.Expression): boolean {
    const bare = unwrapped(expression);
    if (ts.isNewExpression(bare)) return true;
    if (ts.isConditionalExpression(bare)) return this.isThere(bare.whenTrue) && this.isThere(bare.whenFalse);
    if (ts.isIdentifier(bare)) return this.#isVariableThere(bare);
    if (!ts.isCallExpression(bare) || ts.isOptionalChain(bare)) return false;
    if (chainLink(bare) !== undefined) return true;
    const callee = this.#graph.calleeOf(bare);
    if (callee !== undefined) return this.#returnsAlways(callee);
    return this.#isDeclared(bare);
  }

  #isVariableThere(name: ts.Identifier): boolean {
    const symbol = this.#program.symbolOf(name);
    const declaration = symbol?.valueDeclaration;
    if (declaration === undefined || !ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
    return (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0 && this.isThere(declaration.initializer);
  }

  #returnsAlways(fn: FunctionNode): boolean {
    if (isAsync(fn) && !isGenerator(fn)) return true;
    if (fn.body === undefined || this.#active.has(fn) || isGenerator(fn)) return false;
    this.#active.add(fn);
    const there = !mayFallThrough(fn) && returnedFrom(fn).every((one) => one !== undefined && this.isThere(one));
    this.#active.delete(fn);
    return there;
  }

  /** A function of Node's or a library's types, or of a signature of the program: what it is declared to return. */
  #isDeclared(call: ts.CallExpression): boolean {
    const declaration = this.#program.checker.getResolvedSignature(call)?.declaration;
    if (declaration === undefined || ts.isJSDocSignature(declaration)) return this.#program.originOf(call.expression) !== undefined;
    const { type } = declaration;
    if (type === undefined) return false;
    return !ts.isUnionTypeNode(type);
  }
}
