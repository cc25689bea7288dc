/** Expressions whose text is known when the program is read: literals, and variables that never hold anything else. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { unwrap } from './unwrap.ts';

export function constantText(program: Program, expression: ts.Expression): string | undefined {
  return evaluate(program, expression, new Set());
}

function evaluate(program: Program, expression: ts.Expression, active: Set<ts.Symbol>): string | undefined {
  const inner = unwrap(expression);
  if (ts.isStringLiteralLike(inner)) return inner.text;
  if (ts.isNumericLiteral(inner)) return inner.text;
  if (ts.isTemplateExpression(inner)) {
    return inner.templateSpans.reduce<string | undefined>((text, span) => {
      const value = text === undefined ? undefined : evaluate(program, span.expression, active);
      return value === undefined ? undefined : `${text ?? ''}${value}${span.literal.text}`;
    }, inner.head.text);
  }
  if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    if (isNumber(inner.left) && isNumber(inner.right)) return undefined;
    const left = evaluate(program, inner.left, active);
    const right = left === undefined ? undefined : evaluate(program, inner.right, active);
    return right === undefined ? undefined : `${left ?? ''}${right}`;
  }
  if (ts.isIdentifier(inner)) return ofSymbol(program, program.symbolOf(inner), active);
  if (ts.isPropertyAccessExpression(inner)) return ofSymbol(program, program.symbolOf(inner.name), active);
  return undefined;
}

/** A sum of numbers is not the joining of their texts. */
function isNumber(expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  return !ts.isStringLiteralLike(inner) && !ts.isTemplateExpression(inner);
}

function ofSymbol(program: Program, symbol: ts.Symbol | undefined, active: Set<ts.Symbol>): string | undefined {
  if (symbol === undefined || active.has(symbol)) return undefined;
  const definition = program.definitionOf(symbol);
  if (definition === undefined) return undefined;
  active.add(symbol);
  const value = evaluate(program, definition, active);
  active.delete(symbol);
  return value;
}
