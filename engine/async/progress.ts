/**
 * Who listens to the progress of a promise. One of Q tells those that it is handed on to of its progress, through every handler that returns
 * it; the promise of an async function tells nobody.
 */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { awaitContextOf, isReturned } from './await-context.ts';
import type { CallGraph, Use } from './call-graph.ts';
import { outermost, type FunctionNode } from './functions.ts';
import { adopterOf, namesOfPromise } from './promise-flow.ts';
import { roleOfArgument } from './roles.ts';

export class ProgressListeners {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #known = new Map<FunctionNode, ts.Node | undefined>();
  #isThereAny: boolean | undefined;

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /** The place that listens, or may listen, to the progress of what the function returns. */
  placeOf(fn: FunctionNode): ts.Node | undefined {
    if (!this.#isListened()) return undefined;
    if (!this.#known.has(fn)) {
      // One that calls itself tells those who else call it.
      this.#known.set(fn, undefined);
      this.#known.set(
        fn,
        first(this.#graph.usesOf(fn), (use) => this.#placeIn(use)),
      );
    }
    return this.#known.get(fn);
  }

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
      case 'argument': {
        const role = roleOfArgument(this.#program, use.call, use.index);
        if (role.kind === 'then') return this.#placeBehind(role.call);
        return role.kind === 'unknown-callback' || role.kind === 'sync-callback' ? use.node : undefined;
      }
      case 'escape':
        if (use.call !== undefined) return this.#placeBehind(use.call);
        return use.among === undefined || use.among === 'table' || use.among === 'name' ? use.node : undefined;
      case 'construct':
      case 'override':
        return use.node;
    }
  }

  #placeBehind(expression: ts.Expression): ts.Node | undefined {
    const value = outermost(expression);
    const { parent } = value;
    if (ts.isAwaitExpression(parent) || ts.isExpressionStatement(parent)) return undefined;
    if (isReturned(expression)) {
      const context = awaitContextOf(expression);
      return context.kind === 'function' ? this.placeOf(context.fn) : expression;
    }
    if (ts.isPropertyAccessExpression(parent) && parent.expression === value) return this.#placeOfMethod(parent);
    if (ts.isConditionalExpression(parent) && parent.condition !== value) return this.#placeBehind(parent);
    const names = namesOfPromise(this.#program, value);
    if (names !== undefined) return first(names, (name) => this.#placeBehind(name));
    const adopter = adopterOf(this.#program, value);
    return adopter === undefined ? expression : this.#placeBehind(adopter);
  }

  /** `.progress(report)`, `.then(a, b, report)`; what other methods give tells of the progress too. */
  #placeOfMethod(access: ts.PropertyAccessExpression): ts.Node | undefined {
    const call = access.parent;
    if (!ts.isCallExpression(call) || call.expression !== access) return access;
    const listens = access.name.text === 'progress' || (access.name.text === 'then' && call.arguments.length > 2);
    return listens ? access.name : this.#placeBehind(call);
  }

  #isListened(): boolean {
    this.#isThereAny ??= this.#program.references.named('progress').some((name) => {
      const access = name.parent;
      if (!ts.isPropertyAccessExpression(access) || access.name !== name) return false;
      const call = access.parent;
      const [listener] = ts.isCallExpression(call) && call.expression === access ? call.arguments : [];
      return listener !== undefined && (ts.isFunctionExpression(listener) || ts.isArrowFunction(listener) || ts.isIdentifier(listener));
    });
    return this.#isThereAny;
  }
}

function first<T>(list: readonly T[], placeOf: (one: T) => ts.Node | undefined): ts.Node | undefined {
  for (const one of list) {
    const place = placeOf(one);
    if (place !== undefined) return place;
  }
  return undefined;
}
