/** The last link of a promise chain: `base.then(a, b)`, `base.catch(h)`, `base.finally(f)`. */

import { ts } from 'ts-morph';

export interface ChainLink {
  readonly call: ts.CallExpression;
  readonly method: 'then' | 'catch' | 'finally';
  readonly base: ts.Expression;
  /** The arguments; a missing handler, or one that is `null` or `undefined`, is undefined. */
  readonly handlers: readonly (ts.Expression | undefined)[];
}

/** By shape only: whether `base` is a promise is another question. */
export function chainLink(expression: ts.Expression): ChainLink | undefined {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return undefined;
  const { expression: base, name } = expression.expression;
  const method = name.text;
  if (method !== 'then' && method !== 'catch' && method !== 'finally') return undefined;
  return { call: expression, method, base, handlers: expression.arguments.map((one) => (isNothing(one) ? undefined : one)) };
}

function isNothing(node: ts.Expression): boolean {
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === 'undefined');
}
