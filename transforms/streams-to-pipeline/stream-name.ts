/** How a stream is referred to: whether two expressions mean the same one, and what messages call it. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';

const symbolIds = new WeakMap<ts.Symbol, number>();
let nextId = 0;

/** Equal for two expressions that name the same variable, or the same property of it. */
export function identityOf(program: Program, expression: ts.Expression): string {
  if (!isReference(expression)) return `@${expression.getSourceFile().fileName}:${expression.pos}-${expression.end}`;
  const root = rootName(expression);
  const symbol = program.symbolOf(root);
  if (symbol === undefined) return expression.getText();
  let id = symbolIds.get(symbol);
  if (id === undefined) symbolIds.set(symbol, (id = nextId += 1));
  return `${id}${expression.getText().slice(root.getText().length)}`;
}

/** `rs`, `child.stdout`, `this.out`. */
export function isReference(expression: ts.Expression): boolean {
  if (ts.isIdentifier(expression) || expression.kind === ts.SyntaxKind.ThisKeyword) return true;
  return ts.isPropertyAccessExpression(expression) && isReference(expression.expression);
}

export function rootName(expression: ts.Expression): ts.Expression {
  return ts.isPropertyAccessExpression(expression) ? rootName(expression.expression) : expression;
}

/**
 * As messages name a stream: by its variable, or by what makes it.
 * @param longest in titles, which name two of them
 */
export function nameOf(base: ts.Expression | undefined, longest = 40): string {
  if (base === undefined) return 'the stream';
  const isMade = ts.isCallExpression(base) || ts.isNewExpression(base);
  const given = isMade ? `(${(base.arguments ?? []).length > 0 ? '…' : ''})` : '';
  const text = (ts.isNewExpression(base) ? 'new ' : '') + (isMade ? base.expression : base).getText();
  const line = text.replace(/\s+(?=[.?])/g, '').replace(/\s+/g, ' ');
  const room = longest - given.length;
  return `\`${line.length > room ? `${line.slice(0, room - 1)}…` : line + given}\``;
}
