/** Whether a function may be entered again while an earlier call of it waits, as seen from a function around it that runs once. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { ancestors, isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import type { CallGraph, Use } from './call-graph.ts';
import { isAsync, isFunctionNode, outermost, type FunctionNode } from './functions.ts';
import { roleOf, roleOfArgument, type ArgumentRole, type FunctionRole } from './roles.ts';

type Owner = FunctionNode | ts.SourceFile;

export class Tasks {
  readonly #program: Program;
  readonly #graph: CallGraph;

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /**
   * May two calls of `fn`, which stands in `owner`, be under way for one call of `owner`? Not when it is only called, one call after
   * the other, by what `owner` itself does, nor when it is the callback of one call there that calls back once.
   * A module is run once.
   */
  mayRunAtOnce(fn: FunctionNode, owner: Owner): boolean {
    return this.#mayRunAtOnce(fn, owner, new Set());
  }

  #mayRunAtOnce(fn: FunctionNode, owner: Owner, visiting: Set<FunctionNode>): boolean {
    if (fn === owner || visiting.has(fn)) return false;
    visiting.add(fn);
    const role = roleOf(this.#program, fn);
    if (role.kind !== 'named') return this.#isRoleAtOnce(role, fn, owner, visiting);
    return this.#graph.usesOf(fn).some((use) => this.#isUseAtOnce(use, fn, owner, visiting));
  }

  #isUseAtOnce(use: Use, fn: FunctionNode, owner: Owner, visiting: Set<FunctionNode>): boolean {
    switch (use.kind) {
      case 'binding':
      case 'bound':
        return false;
      case 'call':
      case 'applied':
        return (
          (isAsync(fn) && !ts.isAwaitExpression(outermost(use.call).parent) && isRepeated(use.call, owner)) ||
          this.#isPlaceAtOnce(use.call, owner, visiting)
        );
      case 'argument': {
        const role = roleOfArgument(this.#program, use.call, use.index);
        const isForEach = role.kind === 'iteration' || role.kind === 'collection';
        return (isForEach && isAsync(fn)) || this.#isRoleAtOnce(role, use.call, owner, visiting);
      }
      case 'escape':
        return use.among === 'several' ? false : use.call === undefined || this.#isPlaceAtOnce(use.call, owner, visiting);
      case 'public':
      case 'construct':
      case 'family':
      case 'override':
        return true;
    }
  }

  #isRoleAtOnce(
    role: Exclude<FunctionRole, { kind: 'named' }> | ArgumentRole,
    at: ts.Node,
    owner: Owner,
    visiting: Set<FunctionNode>,
  ): boolean {
    switch (role.kind) {
      case 'iteration':
      case 'collection':
        // What gives a promise for every element is begun for all of them.
        return (isFunctionNode(at) && isAsync(at)) || this.#isPlaceAtOnce(role.call, owner, visiting);
      case 'invoked':
      case 'executor':
      case 'sync-callback':
        return this.#isPlaceAtOnce(role.call, owner, visiting);
      case 'then':
      case 'async-callback':
        return isRepeated(at, owner) || this.#isPlaceAtOnce(role.call, owner, visiting);
      case 'parameter':
        return this.#isCalledAtOnce(at, role.parameter.parent) || this.#isPlaceAtOnce(role.call, owner, visiting);
      case 'root':
        // Tests are run one after the other.
        return role.row.isTest !== true;
      case 'asking-task':
      case 'listener':
      case 'unknown-callback':
        return true;
    }
  }

  /** Does the function that is given `callback` call it in a task of its own? */
  #isCalledAtOnce(callback: ts.Node, taker: ts.Node): boolean {
    if (!isFunctionNode(callback) || !isFunctionNode(taker)) return true;
    return this.#graph.usesOf(callback).some((use) => {
      if (use.kind === 'binding' || use.kind === 'argument' || (use.kind === 'escape' && use.among === 'several')) return false;
      const isCall = use.kind === 'call' || use.kind === 'applied' || use.kind === 'escape';
      return !isCall || use.call === undefined || this.#isPlaceAtOnce(use.call, taker, new Set());
    });
  }

  /** What waits there, waits in the function around the place. */
  #isPlaceAtOnce(place: ts.Node, owner: Owner, visiting: Set<FunctionNode>): boolean {
    if (!isWithin(place, owner)) return true;
    const context = awaitContextOf(place);
    return context.kind === 'function' && this.#mayRunAtOnce(context.fn, owner, visiting);
  }
}

/** May a loop of the owner start it several times? By the name of a method, for more doubt is no harm here. */
export function isRepeated(node: ts.Node, owner: Owner): boolean {
  for (const { parent } of ancestors(node)) {
    if (parent === owner) return false;
    if (ts.isIterationStatement(parent, false)) return true;
    if (
      ts.isCallExpression(parent) &&
      ts.isPropertyAccessExpression(parent.expression) &&
      /^(?:forEach|map|flatMap|each)$/.test(parent.expression.name.text)
    )
      return true;
  }
  return false;
}
