/** What a function does to things that outlive the statement: variables that it writes, and what it does to what they hold. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import type { CallGraph } from './call-graph.ts';
import { isAsync, type FunctionNode } from './functions.ts';
import { accessOf, canPrecede, isVariableUse } from './accesses.ts';

/** Something is done to what a variable holds, for its effect. */
export interface Effect {
  /** The variable, or `this.x`. */
  readonly name: ts.Identifier | ts.PropertyAccessExpression;
  readonly node: ts.Node;
}

export class Effects {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #known = new Map<FunctionNode, readonly Effect[]>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /** The effects of what the function itself does, in its order; those of the functions that it calls are at the variables it hands them. */
  of(fn: FunctionNode): readonly Effect[] {
    let effects = this.#known.get(fn);
    if (effects === undefined) {
      const found: Effect[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node)) return;
        if (ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword) {
          const access = accessOf(node);
          if (access.writes) found.push({ name: node, node: access.node });
        }
        if (ts.isIdentifier(node) && isVariableUse(node)) {
          const access = accessOf(node);
          const isCalled = ts.isCallExpression(access.node) && ts.isExpressionStatement(access.node.parent);
          if (access.writes || isCalled) found.push({ name: node, node: access.node });
          else if (this.#isHandedToEffect(node)) found.push({ name: node, node: node.parent });
        }
        ts.forEachChild(node, visit);
      };
      // A function that calls itself does what the rest of it does.
      this.#known.set(fn, []);
      if (fn.body !== undefined) visit(fn.body);
      this.#known.set(fn, (effects = found));
    }
    return effects;
  }

  /** Does a function of the program that is given the variable do something to what it holds, before it waits? */
  #isHandedToEffect(argument: ts.Identifier): boolean {
    const { parent } = argument;
    if (!ts.isCallExpression(parent)) return false;
    const index = parent.arguments.indexOf(argument);
    const fn = index === -1 ? undefined : this.#graph.calleeOf(parent);
    const parameter = fn?.parameters[index];
    if (fn === undefined || parameter === undefined || !ts.isIdentifier(parameter.name)) return false;
    const symbol = this.#program.symbolOf(parameter.name);
    return this.of(fn).some(
      ({ name, node }) =>
        ts.isIdentifier(name) && name.text === symbol?.name && this.#program.symbolOf(name) === symbol && !hasWaited(fn, node),
    );
  }
}

/**
 * Has a call of the function waited when it comes to the place? What comes behind a wait was left to chance before, and is no worse after
 * one more.
 */
export function hasWaited(fn: FunctionNode, place: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => {
    if (node.pos >= place.getStart() || ts.isFunctionLike(node)) return false;
    const isOver = ts.isAwaitExpression(node) && node.end <= place.getStart() && canPrecede(node, place);
    const waitsEachRound = ts.isForOfStatement(node) && node.awaitModifier !== undefined;
    return isOver || waitsEachRound || ts.forEachChild(node, visit) === true;
  };
  return isAsync(fn) && fn.body !== undefined && visit(fn.body);
}
