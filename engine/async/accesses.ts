/** Uses of names that may outlive a function: what they read and write, and in which order around a wait. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { ancestors, isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import type { FunctionNode } from './functions.ts';

export interface Access {
  /** The identifier, or `this.x`, of the variable or property. */
  readonly name: ts.Node;
  readonly node: ts.Node;
  readonly writes: boolean;
  readonly reads: boolean;
}

const changing = new Set(['set', 'add', 'delete', 'clear', 'push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill']);

/** What a name that may outlive a function is called: a variable, or a property of `this` that is not called. */
export function nameOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword) {
    const { parent } = node;
    return ts.isCallExpression(parent) && parent.expression === node ? undefined : `this.${node.name.text}`;
  }
  return ts.isIdentifier(node) && isVariableUse(node) ? node.text : undefined;
}

export function isVariableUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !ts.isVariableDeclaration(parent) || parent.name !== node;
}

/** What is done with the variable, or with the member at the end of the path that begins with it. */
export function accessOf(node: ts.Node): Omit<Access, 'name'> {
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

export function targetOf(write: ts.Node): ts.Node {
  if (ts.isBinaryExpression(write)) return write.left;
  return ts.isPrefixUnaryExpression(write) || ts.isPostfixUnaryExpression(write) ? write.operand : write;
}

/** An assignment is done when its right side is: `cache = await load()` writes after the wait, `total += await …` reads before it. */
export function isAfter(write: ts.Node, waiting: ts.Node): boolean {
  return write.end >= waiting.end && (write.getStart() > waiting.getStart() || isWithin(waiting, write));
}

export function isBefore(read: ts.Node, waiting: ts.Node): boolean {
  return read.getStart() < waiting.getStart();
}

/** Not when the read stands in a branch that returns without waiting, such as the other arm of an `if`. */
export function canPrecede(read: ts.Node, waiting: ts.Node): boolean {
  for (const { parent, child } of ancestors(read)) {
    if (ts.isFunctionLike(parent)) return true;
    if (!isWithin(waiting, parent)) continue;
    if (ts.isIfStatement(parent)) return parent.thenStatement !== child;
    if (ts.isConditionalExpression(parent)) return parent.whenTrue !== child;
    return true;
  }
  return true;
}

/** The function around `fn` that has the variable, or `outside` when a module has it; `undefined` when `fn` itself does, or it is no variable. */
export function ownerOf(program: Program, name: ts.Identifier, fn: FunctionNode): FunctionNode | 'outside' | undefined {
  const declaration = program.symbolAt(name)?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration) || isWithin(declaration, fn)) return undefined;
  const context = awaitContextOf(declaration);
  if (context.kind === 'barrier') return undefined;
  return context.kind === 'function' ? context.fn : 'outside';
}
