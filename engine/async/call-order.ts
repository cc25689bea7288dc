/**
 * Calls that are begun together, as in `Promise.all(names.map(async (name) => …))`, and what each does to something that they share. As long
 * as a call did its work at once, the calls came to it in turn; behind an `await` they come in the order in which their waits end.
 */

import { ts } from 'ts-morph';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import type { CallGraph } from './call-graph.ts';
import { hasWaited, type Effects } from './effects.ts';
import { isAsync, isFunctionNode, outermost, shortText, unwrapped, type FunctionNode } from './functions.ts';
import { roleOf, roleOfArgument } from './roles.ts';
import { isAfter } from './accesses.ts';
import { isRepeated } from './tasks.ts';

type Owner = FunctionNode | ts.SourceFile;

export class CallOrder {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #effects: Effects;

  constructor(program: Program, graph: CallGraph, effects: Effects) {
    this.#program = program;
    this.#graph = graph;
    this.#effects = effects;
  }

  /** Would calls of the function around the place come in another order to what they share, if it waited there? */
  hazardAt(waiting: ts.Node): Reason | undefined {
    const context = awaitContextOf(waiting);
    if (context.kind !== 'function') return undefined;
    const { fn } = context;
    for (const { name, node } of this.#effects.of(fn)) {
      if (!isAfter(node, waiting) || hasWaited(fn, node)) continue;
      if (!this.#ownersOf(name, fn).some((owner) => this.#areBegunTogether(fn, owner, new Set()))) continue;
      return {
        code: 'shared-state',
        message: `Calls of this function are begun together, and come to \`${shortText(node)}\` (${placeOf(this.#program, node)}) in turn; after a wait they would come in the order in which their waits end.`,
        help: 'See that the order does not matter there, or collect what the calls return, which keeps its order.',
      };
    }
    return undefined;
  }

  /** The functions around `fn`, and those that call it, which have what the name stands for. */
  #ownersOf(name: ts.Node, fn: FunctionNode, depth = 0): Owner[] {
    if (!ts.isIdentifier(name)) return [];
    const declaration = this.#program.symbolOf(name)?.valueDeclaration;
    if (declaration === undefined || !this.#program.owns(declaration)) return [];
    if (ts.isParameter(declaration) && declaration.parent === fn) {
      const index = fn.parameters.indexOf(declaration);
      if (index === -1 || depth > 4 || !ts.isIdentifier(declaration.name)) return [];
      return this.#graph.usesOf(fn).flatMap((use) => {
        const given = use.kind === 'call' ? use.call.arguments[index] : undefined;
        const value = given && unwrapped(given);
        if (value === undefined || !ts.isIdentifier(value)) return [];
        const caller = awaitContextOf(value);
        if (caller.kind === 'barrier') return [];
        return caller.kind === 'module' ? [caller.file] : this.#ownersOf(value, caller.fn, depth + 1);
      });
    }
    if (!ts.isVariableDeclaration(declaration) && !ts.isParameter(declaration)) return [];
    if (isWithin(declaration, fn) && depth === 0) return [];
    const owner = awaitContextOf(ts.isParameter(declaration) ? declaration.parent : declaration);
    if (ts.isParameter(declaration)) return isFunctionNode(declaration.parent) ? [declaration.parent] : [];
    return owner.kind === 'function' ? [owner.fn] : owner.kind === 'module' ? [owner.file] : [];
  }

  /** Does one piece of code in `owner` begin several calls of `fn` before it waits for them? */
  #areBegunTogether(fn: FunctionNode, owner: Owner, visiting: Set<FunctionNode>): boolean {
    if (fn === owner || visiting.has(fn) || !mayHold(owner, fn)) return false;
    visiting.add(fn);
    const role = roleOf(this.#program, fn);
    if (role.kind === 'iteration' || role.kind === 'collection') {
      return isWithin(role.call, owner) && (isAsync(fn) || this.#isPlaceTogether(role.call, owner, visiting));
    }
    if (role.kind !== 'named') return false;
    return this.#graph.usesOf(fn).some((use) => {
      if (use.kind === 'argument') {
        const given = roleOfArgument(this.#program, use.call, use.index);
        return (given.kind === 'iteration' || given.kind === 'collection') && isAsync(fn) && isWithin(use.call, owner);
      }
      if (use.kind !== 'call') return false;
      const isNotAwaited = isAsync(fn) && !ts.isAwaitExpression(outermost(use.call).parent) && isWithin(use.call, owner);
      return (isNotAwaited && isRepeated(use.call, owner)) || this.#isPlaceTogether(use.call, owner, visiting);
    });
  }

  #isPlaceTogether(place: ts.Node, owner: Owner, visiting: Set<FunctionNode>): boolean {
    const context = awaitContextOf(place);
    return context.kind === 'function' && this.#areBegunTogether(context.fn, owner, visiting);
  }
}

/** A function of the same file, or one that others call from theirs. */
function mayHold(owner: Owner, fn: FunctionNode): boolean {
  return owner.getSourceFile() !== fn.getSourceFile() || !isWithin(owner, fn);
}
