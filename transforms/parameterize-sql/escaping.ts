/** Escaping of quotes by hand, which a parameter needs no more. */

import { ts } from 'ts-morph';
import type { Dialect } from '../../catalog/sql-drivers.ts';
import type { Program } from '../../engine/program/program.ts';
import { functionOf } from './functions.ts';
import { unwrap } from './unwrap.ts';

/**
 * The value that is escaped, for a hole in quotes: `name` of `name.replace(/'/g, "''")`.
 * Undefined when the expression does anything else.
 */
export function withoutHandEscape(program: Program, expression: ts.Expression, dialect: Dialect): ts.Expression | undefined {
  const inner = unwrap(expression);
  if (!ts.isCallExpression(inner)) return undefined;
  const escaped = escapedByMethods(inner, dialect);
  if (escaped !== undefined) return escaped;
  const [argument] = inner.arguments;
  if (argument === undefined || inner.arguments.length !== 1 || ts.isSpreadElement(argument)) return undefined;
  return escapesItsParameter(program, inner, dialect) ? argument : undefined;
}

/** Methods that double quotes, one behind the other; those that double backslashes may come with them. */
function escapedByMethods(call: ts.CallExpression, dialect: Dialect): ts.Expression | undefined {
  let value: ts.Expression = call;
  let quotes = false;
  for (;;) {
    const step = ts.isCallExpression(value) ? stepOf(value, dialect) : undefined;
    if (step === undefined) return quotes ? value : undefined;
    quotes ||= step.quotes;
    value = unwrap(step.value);
  }
}

interface EscapeStep {
  readonly value: ts.Expression;
  readonly quotes: boolean;
}

function stepOf(call: ts.CallExpression, dialect: Dialect): EscapeStep | undefined {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const [pattern, replacement] = call.arguments;
  const { text: method } = expression.name;
  if ((method === 'replace' || method === 'replaceAll') && pattern !== undefined && replacement !== undefined) {
    const all = ts.isRegularExpressionLiteral(pattern) || method === 'replaceAll';
    return all ? step(expression.expression, sourceOf(pattern), textOf(replacement), dialect) : undefined;
  }
  // `name.split("'").join("''")`
  const split = unwrap(expression.expression);
  if (method !== 'join' || pattern === undefined || !ts.isCallExpression(split) || !ts.isPropertyAccessExpression(split.expression))
    return undefined;
  const [separator] = split.arguments;
  if (split.expression.name.text !== 'split' || separator === undefined) return undefined;
  return step(split.expression.expression, sourceOf(separator), textOf(pattern), dialect);
}

function step(
  value: ts.Expression,
  pattern: string | undefined,
  replacement: string | undefined,
  dialect: Dialect,
): EscapeStep | undefined {
  if (pattern === "'" && (replacement === "''" || (replacement === "\\'" && dialect === 'mysql'))) return { value, quotes: true };
  if (pattern === '\\' && replacement === '\\\\' && dialect === 'mysql') return { value, quotes: false };
  if (pattern === '"' && replacement === '\\"' && dialect === 'mysql') return { value, quotes: false };
  return undefined;
}

/** What a pattern replaces, when it is one character, all over the text. */
function sourceOf(pattern: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(pattern)) return pattern.text;
  const body = ts.isRegularExpressionLiteral(pattern) ? /^\/(.*)\/g$/s.exec(pattern.text)?.[1] : undefined;
  return body === undefined
    ? undefined
    : /^\[?\\?(['"])\]?$/.test(body)
      ? body.replace(/[[\]\\]/g, '')
      : /^\\\\$/.test(body)
        ? '\\'
        : undefined;
}

/** In a replacement `$'` and `$&` are no text; `$$` is a dollar. */
function textOf(replacement: ts.Expression): string | undefined {
  return ts.isStringLiteralLike(replacement) && !replacement.text.includes('$') ? replacement.text : undefined;
}

/** A function of the program that does nothing but escape the one value that it is given. */
function escapesItsParameter(program: Program, call: ts.CallExpression, dialect: Dialect): boolean {
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const symbol = program.symbolOf(callee);
  const owner = symbol && functionOf(program, symbol);
  const [parameter] = owner?.parameters ?? [];
  if (owner?.body === undefined || parameter === undefined || owner.parameters.length !== 1) return false;
  const returned = ts.isBlock(owner.body) ? onlyReturn(owner.body) : owner.body;
  const inner = returned && unwrap(returned);
  const value = inner !== undefined && ts.isCallExpression(inner) ? escapedByMethods(inner, dialect) : undefined;
  return value !== undefined && program.symbolOf(withoutString(program, value)) === program.symbolOf(parameter.name);
}

/** `String(value)`, `value.toString()` */
function withoutString(program: Program, value: ts.Expression): ts.Expression {
  const inner = unwrap(value);
  if (!ts.isCallExpression(inner)) return inner;
  const [argument] = inner.arguments;
  if (argument !== undefined && program.originOf(inner.expression)?.key === 'global.String') return unwrap(argument);
  const method = ts.isPropertyAccessExpression(inner.expression) ? inner.expression : undefined;
  return method?.name.text === 'toString' && argument === undefined ? unwrap(method.expression) : inner;
}

function onlyReturn({ statements }: ts.Block): ts.Expression | undefined {
  const [only] = statements;
  return only !== undefined && statements.length === 1 && ts.isReturnStatement(only) ? only.expression : undefined;
}
