/** Calls of the program's own functions that do not come to an end: loops without a way out, and functions that wait for themselves. */

import { ts } from 'ts-morph';
import type { CallGraph } from '../../engine/async/call-graph.ts';
import { isFunctionNode, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';

export class Endless {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #known = new Map<FunctionNode, boolean>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /** Is it a call of the function that it stands in? */
  isOwnTurn(expression: ts.Expression): boolean {
    const call = innermostCall(unwrapped(expression));
    const callee = call && this.#graph.calleeOf(call);
    return call !== undefined && callee !== undefined && isInside(call, callee);
  }

  /** The promise of the call stands for something that goes on. */
  isEndless(expression: ts.Expression): boolean {
    const call = innermostCall(unwrapped(expression));
    if (call === undefined) return false;
    const callee = this.#graph.calleeOf(call);
    if (callee === undefined) return false;
    // `poll()` at the end of `poll`: each turn would wait for all that follow.
    return isInside(call, callee) || this.#runsOn(callee);
  }

  #runsOn(fn: FunctionNode): boolean {
    const known = this.#known.get(fn);
    if (known !== undefined) return known;
    this.#known.set(fn, false);
    const endless = fn.body !== undefined && this.#reaches(fn.body);
    this.#known.set(fn, endless);
    return endless;
  }

  #reaches(node: ts.Node): boolean {
    if (isFunctionNode(node)) return false;
    if (isEndlessLoop(node)) return true;
    if (ts.isForOfStatement(node) && node.awaitModifier !== undefined && this.#isEndlessSource(node.expression)) return true;
    if (ts.isAwaitExpression(node) && this.isEndless(node.expression)) return true;
    return ts.forEachChild(node, (child) => this.#reaches(child) || undefined) ?? false;
  }

  /** `for await (const _ of setInterval(1000))`, `for await (const [event] of on(emitter, 'event'))`. */
  #isEndlessSource(expression: ts.Expression): boolean {
    const bare = unwrapped(expression);
    const key = ts.isCallExpression(bare) ? this.#program.originOf(bare.expression)?.key : undefined;
    return key === 'timers.promises.setInterval' || key === 'events.on';
  }
}

/** `while (true)` and `for (;;)` that nothing leaves. */
function isEndlessLoop(node: ts.Node): boolean {
  if (ts.isWhileStatement(node) || ts.isDoStatement(node)) {
    return isAlways(node.expression) && !isLeft(node.statement, 0);
  }
  return ts.isForStatement(node) && (node.condition === undefined || isAlways(node.condition)) && !isLeft(node.statement, 0);
}

function isAlways(condition: ts.Expression): boolean {
  return condition.kind === ts.SyntaxKind.TrueKeyword || (ts.isNumericLiteral(condition) && condition.text !== '0');
}

/** Something in the loop's body ends the loop. */
function isLeft(node: ts.Node, depth: number): boolean {
  if (isFunctionNode(node)) return false;
  if (ts.isReturnStatement(node) || ts.isThrowStatement(node)) return true;
  if (ts.isBreakStatement(node)) return depth === 0 || node.label !== undefined;
  const inner = depth + (ts.isIterationStatement(node, false) || ts.isSwitchStatement(node) ? 1 : 0);
  return ts.forEachChild(node, (child) => isLeft(child, inner) || undefined) ?? false;
}

/** The call that a chain of handlers begins with. */
function innermostCall(expression: ts.Expression): ts.CallExpression | undefined {
  let current = expression;
  while (ts.isCallExpression(current) && ts.isPropertyAccessExpression(current.expression)) {
    const { name, expression: base } = current.expression;
    if (!['then', 'catch', 'finally'].includes(name.text)) break;
    current = unwrapped(base);
  }
  return ts.isCallExpression(current) ? current : undefined;
}

function isInside(node: ts.Node, fn: FunctionNode): boolean {
  for (let current: ts.Node = node; !ts.isSourceFile(current); current = current.parent) if (current === fn) return true;
  return false;
}
