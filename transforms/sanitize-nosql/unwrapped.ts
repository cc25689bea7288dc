import { ts } from 'ts-morph';

/** The expression without the parentheses and type assertions around it. */
export function unwrapped(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression) || ts.isNonNullExpression(expression)
    ? unwrapped(expression.expression)
    : expression;
}
