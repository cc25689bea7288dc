/** What a variable is given, all over the program. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';

/** @returns its initial value and all that is assigned to it; undefined when it is written in any other way, or starts without a value */
export function assignmentsTo(program: Program, symbol: ts.Symbol): readonly ts.Expression[] | undefined {
  const declaration = symbol.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  const values = [declaration.initializer];
  for (const identifier of program.references.to(symbol)) {
    if (!isWritten(identifier)) continue;
    const { parent } = identifier;
    if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
    values.push(parent.right);
  }
  return values;
}

export function isWritten(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isBinaryExpression(parent) && parent.left === identifier) {
    const { kind } = parent.operatorToken;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  }
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
  }
  if ((ts.isForInStatement(parent) || ts.isForOfStatement(parent)) && parent.initializer === identifier) return true;
  // A target in a pattern, `[sql] = parts`, `({ sql } = parts)`.
  return ts.isArrayLiteralExpression(parent) || ts.isShorthandPropertyAssignment(parent)
    ? isAssignmentTarget(parent)
    : ts.isPropertyAssignment(parent) && parent.initializer === identifier && isAssignmentTarget(parent);
}

function isAssignmentTarget(node: ts.Node): boolean {
  let current = node;
  while (
    ts.isArrayLiteralExpression(current.parent) ||
    ts.isObjectLiteralExpression(current.parent) ||
    ts.isPropertyAssignment(current.parent) ||
    ts.isSpreadElement(current.parent)
  ) {
    current = current.parent;
  }
  const { parent } = current;
  return ts.isBinaryExpression(parent) && parent.left === current && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}
