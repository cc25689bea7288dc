/**
 * Calls that nobody waits for, as in `init(); app.listen(config.port)`: what an async function does before it first waits is done when the
 * call returns, and what follows the call may rely on that.
 */

import { ts } from 'ts-morph';
import { blockingCalls } from '../../catalog/blocking-calls.ts';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { identifiersIn } from '../source/names.ts';
import { ancestors, isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import type { CallGraph } from './call-graph.ts';
import { hasWaited, type Effects } from './effects.ts';
import { isAsync, outermost, unwrapped, type FunctionNode } from './functions.ts';
import { isAfter } from './accesses.ts';

export class UnawaitedCalls {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #effects: Effects;

  constructor(program: Program, graph: CallGraph, effects: Effects) {
    this.#program = program;
    this.#graph = graph;
    this.#effects = effects;
  }

  /** Is there a call that does not wait for the function around the place, and that relies on what is done behind the place? */
  hazardAt(waiting: ts.Node): Reason | undefined {
    const context = awaitContextOf(waiting);
    if (context.kind !== 'function') return undefined;
    const { fn } = context;
    if (!isAsync(fn) || hasWaited(fn, waiting)) return undefined;
    const effects = this.#effects.of(fn).filter(({ node }) => isAfter(node, waiting));
    const changesFiles = this.#changesFiles(waiting);
    if (effects.length === 0 && !changesFiles) return undefined;
    const calls = this.#graph.usesOf(fn).flatMap((use) => (use.kind === 'call' && isLeft(use.call) ? [use.call] : []));
    const followed = changesFiles ? calls.find(isFollowed) : undefined;
    if (followed !== undefined) return this.#doneBefore(followed, waiting);
    for (const { name, node } of effects) {
      const call = calls.find((one) => this.#isReliedOn(name, fn, one));
      if (call !== undefined) return this.#doneBefore(call, node);
    }
    return undefined;
  }

  #doneBefore(call: ts.Node, effect: ts.Node): Reason {
    return {
      code: 'shared-state',
      message: `The call at ${placeOf(this.#program, call)} does not wait for this function, and what it does at ${placeOf(this.#program, effect)} was done when the call returned.`,
      help: 'Await that call, or see that nothing relies on it, then apply the fix with --unsafe.',
    };
  }

  #changesFiles(node: ts.Node): boolean {
    if (!ts.isCallExpression(node)) return false;
    return blockingCalls.get(this.#program.originOf(node.expression)?.key ?? '')?.effect === 'changes';
  }

  #isReliedOn(name: ts.Node, fn: FunctionNode, call: ts.CallExpression): boolean {
    if (!ts.isIdentifier(name)) return isFollowed(call);
    const symbol = this.#program.symbolOf(name);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || !this.#program.owns(declaration)) return false;
    if (!isWithin(declaration, fn)) return isFollowed(call);
    const index = ts.isParameter(declaration) && declaration.parent === fn ? fn.parameters.indexOf(declaration) : -1;
    const given = call.arguments[index];
    const value = given && unwrapped(given);
    if (value === undefined || !ts.isIdentifier(value)) return false;
    const own = this.#program.symbolOf(value);
    const context = awaitContextOf(call);
    const around = context.kind === 'function' ? context.fn : call.getSourceFile();
    return identifiersIn(around, value.text).some((one) => one.pos >= call.end && this.#program.symbolOf(one) === own);
  }
}

/** Nobody waits for it there: its promise is dropped, kept, or given to others. */
function isLeft(call: ts.CallExpression): boolean {
  const { parent } = outermost(call);
  return !ts.isAwaitExpression(parent) && !ts.isReturnStatement(parent) && !ts.isArrowFunction(parent);
}

/** Does the function, or the module, go on behind the statement? */
function isFollowed(call: ts.CallExpression): boolean {
  for (const { parent, child } of ancestors(call)) {
    if (ts.isFunctionLike(parent)) return false;
    if (ts.isIterationStatement(parent, false)) return true;
    if (!ts.isBlock(parent) && !ts.isSourceFile(parent) && !ts.isCaseOrDefaultClause(parent)) continue;
    const index = parent.statements.findIndex((statement) => statement === child);
    if (parent.statements.slice(index + 1).some((statement) => !ts.isDeclarationStatement(statement))) return true;
  }
  return false;
}
