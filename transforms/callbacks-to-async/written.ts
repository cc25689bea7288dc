/** Is a variable given a value where its name stands? */

import { ts } from 'ts-morph';

export function isWritten(identifier: ts.Identifier): boolean {
  let target: ts.Expression = identifier;
  // `[first, rest] = …`, `({ name: first } = …)`
  while (isPatternPart(target.parent)) target = outermostPattern(target.parent);
  const { parent } = target;
  if (ts.isBinaryExpression(parent) && parent.left === target) {
    const kind = parent.operatorToken.kind;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  }
  if (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return parent.initializer === target;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
  }
  return false;
}

type PatternPart =
  ts.ArrayLiteralExpression | ts.SpreadElement | ts.PropertyAssignment | ts.ShorthandPropertyAssignment | ts.SpreadAssignment;

function isPatternPart(node: ts.Node): node is PatternPart {
  return (
    ts.isArrayLiteralExpression(node) ||
    ts.isSpreadElement(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isSpreadAssignment(node)
  );
}

function outermostPattern(part: PatternPart): ts.Expression {
  return ts.isObjectLiteralElementLike(part) ? part.parent : part;
}
