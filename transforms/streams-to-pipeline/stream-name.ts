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

/** As messages name a stream: by its variable, or by what makes it. */
export function nameOf(base: ts.Expression | undefined): string {
  if (base === undefined) return 'the stream';
  if (ts.isCallExpression(base) || ts.isNewExpression(base)) {
    const callee = `${ts.isNewExpression(base) ? 'new ' : ''}${base.expression.getText()}(${(base.arguments ?? []).length > 0 ? '…' : ''})`;
    return `\`${callee.replace(/\s+/g, ' ')}\``;
  }
  const text = base.getText().replace(/\s+/g, ' ');
  return text.length > 40 ? `\`${text.slice(0, 39)}…\`` : `\`${text}\``;
}
