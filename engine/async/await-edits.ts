/** The edits that put `await` before an expression, with parentheses where the surroundings need them. */

import { ts } from 'ts-morph';
import type { ReplaceEdit } from '../finding.ts';

/**
 * @param expression what is awaited; its own text is not touched
 * @returns insertions before and after it
 */
export function awaitEdits(path: string, expression: ts.Expression): ReplaceEdit[] {
  const start = expression.getStart();
  const { end } = expression;
  if (!needsParentheses(expression)) return [{ kind: 'replace', path, start, end: start, text: 'await ' }];
  return [
    { kind: 'replace', path, start, end: start, text: '(await ' },
    { kind: 'replace', path, start: end, end, text: ')' },
  ];
}

/** `await` binds like a unary operator: weaker than member access, call and `**`, stronger than every other operator. */
export function needsParentheses(expression: ts.Expression): boolean {
  const { parent } = expression;
  if (
    ts.isPropertyAccessExpression(parent) ||
    ts.isElementAccessExpression(parent) ||
    ts.isCallExpression(parent) ||
    ts.isNewExpression(parent)
  ) {
    return parent.expression === expression;
  }
  if (ts.isTaggedTemplateExpression(parent)) return parent.tag === expression;
  if (ts.isNonNullExpression(parent) || ts.isExpressionWithTypeArguments(parent)) return true;
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken && parent.left === expression;
}
