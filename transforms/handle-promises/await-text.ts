/** Edits that put `await` before an expression of any precedence, and a call behind it. */

import { ts } from 'ts-morph';
import { needsParentheses } from '../../engine/async/await-edits.ts';
import type { ReplaceEdit } from '../../engine/finding.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { sourceHabits } from '../../engine/source/habits.ts';

/** `await x`; `await (a ? b : c)`; `(await x)` where it is an operand. */
export function awaitBefore(path: string, expression: ts.Expression): ReplaceEdit[] {
  const open = (needsParentheses(expression) ? '(' : '') + 'await ' + (isUnary(expression) ? '' : '(');
  const close = (isUnary(expression) ? '' : ')') + (needsParentheses(expression) ? ')' : '');
  return [insertion(path, expression.getStart(), open), ...(close === '' ? [] : [insertion(path, expression.end, close)])];
}

/** Inserts a call of a method: `.catch(console.error)`, on a line of its own where the chain has them. */
export function callBehind(path: string, expression: ts.Expression, text: string): ReplaceEdit[] {
  const file = expression.getSourceFile();
  const { eol } = sourceHabits(file);
  const before = chainBreak(expression);
  const link = before === undefined ? text : `${eol}${before}${text}`;
  if (isPostfixable(expression)) return [insertion(path, expression.end, link)];
  return [insertion(path, expression.getStart(), '('), insertion(path, expression.end, `)${text}`)];
}

/** The indentation of the last link of a chain, when that stands on a line of its own. */
export function chainBreak(expression: ts.Expression): string | undefined {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return undefined;
  const { expression: base, name } = expression.expression;
  const file = expression.getSourceFile();
  const between = file.text.slice(base.end, name.getStart());
  return /[\r\n]/.test(between) ? indentationAt(file, name.getStart()) : undefined;
}

function insertion(path: string, at: number, text: string): ReplaceEdit {
  return { kind: 'replace', path, start: at, end: at, text };
}

/** Binds at least as strongly as an operand of `await`. */
function isUnary(expression: ts.Expression): boolean {
  return isPostfixable(expression) || ts.isAwaitExpression(expression) || ts.isPrefixUnaryExpression(expression);
}

function isPostfixable(expression: ts.Expression): boolean {
  return (
    ts.isCallExpression(expression) ||
    ts.isIdentifier(expression) ||
    ts.isPropertyAccessExpression(expression) ||
    ts.isElementAccessExpression(expression) ||
    ts.isParenthesizedExpression(expression) ||
    ts.isNonNullExpression(expression) ||
    ts.isTaggedTemplateExpression(expression) ||
    ts.isArrayLiteralExpression(expression) ||
    expression.kind === ts.SyntaxKind.ThisKeyword ||
    (ts.isNewExpression(expression) && expression.arguments !== undefined)
  );
}
