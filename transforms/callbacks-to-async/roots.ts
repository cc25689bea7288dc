/** What a call acts on, and what it runs. */

import { ts } from 'ts-morph';

/** The body of a function that is declared, or the value of a variable. */
export function localBody(symbol: ts.Symbol | undefined): ts.ConciseBody | undefined {
  const declaration = symbol?.valueDeclaration;
  const fn = declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
  if (fn === undefined || !(ts.isFunctionDeclaration(fn) || ts.isFunctionExpression(fn) || ts.isArrowFunction(fn))) return undefined;
  return fn.body;
}

/** `res` of `res.status(500).end()`. */
export function rootOf(expression: ts.Expression): ts.Identifier | undefined {
  let node: ts.Expression = expression;
  for (;;) {
    if (ts.isIdentifier(node)) return node;
    if (
      ts.isPropertyAccessExpression(node) ||
      ts.isElementAccessExpression(node) ||
      ts.isCallExpression(node) ||
      ts.isNonNullExpression(node)
    ) {
      node = node.expression;
    } else {
      return undefined;
    }
  }
}
