/** What a statement or an expression of a function is, before it is read as a step. */

import { ts } from 'ts-morph';
import { isNothing } from './sites.ts';

export type Code = ts.Statement | ts.Expression;

export function bareExpression(node: Code): ts.Expression | undefined {
  if (ts.isExpressionStatement(node)) return unvoided(node.expression);
  if (ts.isReturnStatement(node)) return node.expression && unvoided(node.expression);
  return ts.isStatement(node) ? undefined : unvoided(node);
}

function unvoided(expression: ts.Expression): ts.Expression {
  if (ts.isVoidExpression(expression)) return unvoided(expression.expression);
  return ts.isParenthesizedExpression(expression) ? unvoided(expression.expression) : expression;
}

/** Its names would be seen outside of the block. */
export function declaresInBlock(statement: ts.Statement): boolean {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return true;
  return ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0;
}

/** A statement in a block, in whose place there may be two. */
export function standsInList(node: Code): boolean {
  return !ts.isStatement(node) || ts.isBlock(node.parent) || ts.isSourceFile(node.parent) || ts.isCaseOrDefaultClause(node.parent);
}

export function isUndefined(expression: ts.Expression): boolean {
  return isNothing(expression) && expression.kind !== ts.SyntaxKind.NullKeyword;
}

export function isBareReturn(node: ts.Node): boolean {
  return ts.isReturnStatement(node) && node.expression === undefined;
}

export function closing(block: ts.Block): readonly ts.CommentRange[] {
  const file = block.getSourceFile();
  const from = block.statements.at(-1)?.end ?? block.getStart(file) + 1;
  return (ts.getLeadingCommentRanges(file.text, from) ?? []).filter((range) => range.end < block.end);
}
