/** What code does behind a place in it, whichever way it goes on. */

import { ts } from 'ts-morph';
import { ancestors } from './ancestors.ts';

/** The first thing that the function, or the module, around the place does behind it, and that somebody could notice. */
export function behind(place: ts.Node): ts.Node | undefined {
  for (const { parent, child } of ancestors(place)) {
    if (ts.isFunctionLike(parent)) return undefined;
    if (ts.isIterationStatement(parent, false) && child === parent.statement) return parent;
    if (ts.isTryStatement(parent) && child !== parent.finallyBlock && parent.finallyBlock !== undefined && acts(parent.finallyBlock)) {
      return parent.finallyBlock;
    }
    // The rest of a `return` is done in the callee; a `finally` around it was looked at just now.
    if (ts.isReturnStatement(child) || ts.isThrowStatement(child)) {
      if (!isInFinally(child)) return undefined;
      continue;
    }
    if (!ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent) && !ts.isSourceFile(parent)) continue;
    for (const statement of parent.statements.slice(parent.statements.findIndex((one) => one === child) + 1)) {
      if (ts.isReturnStatement(statement)) return statement.expression !== undefined && acts(statement) ? statement : undefined;
      if (ts.isBreakStatement(statement)) break;
      if (acts(statement)) return statement;
    }
  }
  return undefined;
}

/** Is there a `finally` that the way out of the function leads through? */
function isInFinally(node: ts.Node): boolean {
  for (const { parent } of ancestors(node)) {
    if (ts.isFunctionLike(parent)) return false;
    if (ts.isTryStatement(parent) && parent.finallyBlock !== undefined) return true;
  }
  return false;
}

/** Does it do anything that somebody else could notice? */
function acts(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isAwaitExpression(node) || ts.isThrowStatement(node)) return true;
  if (ts.isDeleteExpression(node) || ts.isPostfixUnaryExpression(node)) return true;
  if (ts.isBinaryExpression(node) && isAssignment(node)) return true;
  return ts.forEachChild(node, acts) === true;
}

export function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}
