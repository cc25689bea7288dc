/**
 * Does the work on the chunks mind where one ends and the next begins? A generator is given what has been buffered as one chunk,
 * a `data` handler was given the chunks as they came.
 */

import { ts } from 'ts-morph';
import { unwrapped } from '../../engine/async/functions.ts';
import type { CopyLoop } from './copy-loop.ts';

/** Methods that give for two texts together what they give for each. */
const mapping = new Set(['toString', 'toUpperCase', 'toLowerCase']);

export function isNeutral({ fn, writes }: CopyLoop): boolean {
  const [parameter] = fn.parameters;
  const [write, ...others] = writes;
  if (parameter === undefined || !ts.isIdentifier(parameter.name) || write === undefined || others.length > 0) return false;
  const chunk = parameter.name.text;
  const value = write.arguments[0];
  if (value === undefined || !isMapped(value, chunk)) return false;
  if (!ts.isBlock(fn.body)) return true;
  return fn.body.statements.every((statement) => {
    const expression = ts.isExpressionStatement(statement) || ts.isReturnStatement(statement) ? statement.expression : undefined;
    return expression !== undefined && (expression === write || isSum(expression, chunk) || isUpdate(expression, chunk));
  });
}

/** `chunk`, `chunk.toString().toUpperCase()`, `cipher.update(chunk)`. */
function isMapped(value: ts.Expression, chunk: string): boolean {
  const bare = unwrapped(value);
  if (ts.isIdentifier(bare)) return bare.text === chunk;
  if (isUpdate(bare, chunk)) return true;
  if (!ts.isCallExpression(bare) || !ts.isPropertyAccessExpression(bare.expression)) return false;
  return mapping.has(bare.expression.name.text) && bare.arguments.every(isBytewise) && isMapped(bare.expression.expression, chunk);
}

/** An encoding that takes each byte by itself, and UTF-8, whose characters are broken less often then; not base64. */
function isBytewise(encoding: ts.Expression): boolean {
  return ts.isStringLiteralLike(encoding) && /^(?:utf-?8|hex|latin1|binary|ascii)$/i.test(encoding.text);
}

/** `size += chunk.length` */
function isSum(expression: ts.Expression, chunk: string): boolean {
  return (
    ts.isBinaryExpression(expression) &&
    expression.operatorToken.kind === ts.SyntaxKind.PlusEqualsToken &&
    /^(?:length|byteLength)$/.test(expression.right.getText().replace(`${chunk}.`, '')) &&
    expression.right.getText().startsWith(`${chunk}.`)
  );
}

/** `hash.update(chunk)` */
function isUpdate(expression: ts.Expression, chunk: string): boolean {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
  const [value, ...more] = expression.arguments;
  return expression.expression.name.text === 'update' && more.length === 0 && value?.getText() === chunk;
}
