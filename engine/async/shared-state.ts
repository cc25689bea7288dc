/**
 * State that another task could change while this one waits: what is read before an `await` and written after it, where both
 * outlive the function.
 */

import { ts } from 'ts-morph';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { ancestors, isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import type { CallGraph } from './call-graph.ts';
import type { FunctionNode } from './functions.ts';
import { Tasks } from './tasks.ts';

/** A name that outlives the function, and the function around it that it does not outlive; none for what a module or object has. */
interface SharedName {
  readonly text: string;
  readonly owner: FunctionNode | undefined;
}

interface Access {
  readonly owner: FunctionNode | undefined;
  readonly node: ts.Node;
  readonly writes: boolean;
  readonly reads: boolean;
}

const changing = new Set(['set', 'add', 'delete', 'clear', 'push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill']);

export class SharedState {
  readonly #program: Program;
  readonly #tasks: Tasks;
  readonly #accesses = new Map<ts.Node, ReadonlyMap<string, readonly Access[]>>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#tasks = new Tasks(program, graph);
  }

  /** Is there a read before, and a write after, the place where the function would wait? */
  hazardAt(waiting: ts.Node): Reason | undefined {
    const context = awaitContextOf(waiting);
    if (context.kind !== 'function') return undefined;
    for (const [name, accesses] of this.#of(context.fn)) {
      const write = accesses.find((access) => access.writes && isAfter(access.node, waiting));
      if (write === undefined) continue;
      const read = accesses.find((access) => access.reads && isBefore(access.node, waiting) && canPrecede(access.node, waiting));
      if (read === undefined) continue;
      if (write.owner !== undefined && !this.#tasks.mayRunAtOnce(context.fn, write.owner)) continue;
      return {
        code: 'shared-state',
        message: `\`${name}\` is read at ${placeOf(this.#program, read.node)} and written at ${placeOf(this.#program, write.node)}, and another task could change it in between.`,
        help: 'Keep the promise instead of its value (`cache ??= load()`), or take a lock, or check again after the await.',
      };
    }
    return undefined;
  }

  #of(fn: FunctionNode): ReadonlyMap<string, readonly Access[]> {
    let accesses = this.#accesses.get(fn);
    if (accesses === undefined) {
      accesses = this.#collect(fn);
      this.#accesses.set(fn, accesses);
    }
    return accesses;
  }

  #collect(fn: FunctionNode): ReadonlyMap<string, readonly Access[]> {
    const byName = new Map<string, Access[]>();
    const visit = (node: ts.Node): void => {
      const name = this.#sharedName(node, fn);
      if (name !== undefined) {
        const access = { ...accessOf(node), owner: name.owner };
        const list = byName.get(name.text);
        if (list === undefined) byName.set(name.text, [access]);
        else list.push(access);
      }
      if (node !== fn && ts.isFunctionLike(node)) return;
      ts.forEachChild(node, visit);
    };
    if (fn.body !== undefined) visit(fn.body);
    return byName;
  }

  /** The name of a variable of a module or of a function around this one, or of a property of `this`, at its place of use. */
  #sharedName(node: ts.Node, fn: FunctionNode): SharedName | undefined {
    if (ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword) {
      const { parent } = node;
      const isCalled = ts.isCallExpression(parent) && parent.expression === node;
      return isCalled ? undefined : { text: `this.${node.name.text}`, owner: undefined };
    }
    if (!ts.isIdentifier(node) || !isVariableUse(node)) return undefined;
    const declaration = this.#program.checker.getSymbolAtLocation(node)?.valueDeclaration;
    if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
    if (isWithin(declaration, fn)) return undefined;
    const owner = awaitContextOf(declaration);
    if (owner.kind === 'barrier') return undefined;
    return { text: node.text, owner: owner.kind === 'function' ? owner.fn : undefined };
  }
}

function isVariableUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !ts.isVariableDeclaration(parent) || parent.name !== node;
}

/** What is done with the variable, or with the member at the end of the path that begins with it. */
function accessOf(node: ts.Node): Omit<Access, 'owner'> {
  let target: ts.Node = node;
  while (
    (ts.isPropertyAccessExpression(target.parent) || ts.isElementAccessExpression(target.parent)) &&
    target.parent.expression === target
  ) {
    const access = target.parent;
    if (ts.isPropertyAccessExpression(access) && ts.isCallExpression(access.parent) && access.parent.expression === access) {
      const writes = changing.has(access.name.text);
      return { node: access.parent, writes, reads: !writes };
    }
    target = access;
  }
  const { parent } = target;
  if (ts.isBinaryExpression(parent) && parent.left === target) {
    const { kind } = parent.operatorToken;
    if (kind === ts.SyntaxKind.EqualsToken) return { node: parent, writes: true, reads: false };
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return { node: parent, writes: true, reads: true };
  }
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    const steps = parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
    // A step reads and writes with nothing in between.
    if (steps) return { node: parent, writes: true, reads: false };
  }
  if (ts.isDeleteExpression(parent)) return { node: parent, writes: true, reads: false };
  return { node: target, writes: false, reads: true };
}

/** An assignment is done when its right side is: `cache = await load()` writes after the wait, `total += await …` reads before it. */
function isAfter(write: ts.Node, waiting: ts.Node): boolean {
  return write.end >= waiting.end && (write.getStart() > waiting.getStart() || isWithin(waiting, write));
}

function isBefore(read: ts.Node, waiting: ts.Node): boolean {
  return read.getStart() < waiting.getStart();
}

/** Not when the read stands in a branch that returns without waiting, such as the other arm of an `if`. */
function canPrecede(read: ts.Node, waiting: ts.Node): boolean {
  for (const { parent, child } of ancestors(read)) {
    if (ts.isFunctionLike(parent)) return true;
    if (!isWithin(waiting, parent)) continue;
    if (ts.isIfStatement(parent)) return parent.thenStatement !== child;
    if (ts.isConditionalExpression(parent)) return parent.whenTrue !== child;
    return true;
  }
  return true;
}
