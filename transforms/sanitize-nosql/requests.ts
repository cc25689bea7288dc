/** Values that come from a request, in which whoever sends it may put objects. */

import { ts } from 'ts-morph';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { requestParts } from '../../catalog/nosql.ts';
import type { Program } from '../../engine/program/program.ts';
import { unwrapped } from './unwrapped.ts';

const sources = originPattern(
  requestParts.flatMap(({ request, parts }) => request.flatMap((one) => parts.flatMap((part) => [`${one}.${part}`, `${one}.${part}.**`]))),
);

/** Is the value, as it is, a part of a request? What `String(…)` or a template makes of one is not. */
export function isFromRequest(program: Program, expression: ts.Expression): boolean {
  const inner = unwrapped(expression);
  if (ts.isBinaryExpression(inner)) {
    const { kind } = inner.operatorToken;
    if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken) {
      return isFromRequest(program, inner.left) || isFromRequest(program, inner.right);
    }
    return kind === ts.SyntaxKind.AmpersandAmpersandToken && isFromRequest(program, inner.right);
  }
  if (ts.isConditionalExpression(inner)) return isFromRequest(program, inner.whenTrue) || isFromRequest(program, inner.whenFalse);
  if (ts.isCallExpression(inner) && !inner.expression.getText().endsWith('.param')) return false;
  if (ts.isElementAccessExpression(inner) && !ts.isStringLiteralLike(inner.argumentExpression))
    return isFromRequest(program, inner.expression);
  const { flags } = program.checker.getTypeAtLocation(inner);
  if ((flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike)) !== 0) return false;
  return sources.test(program.originOf(inner)?.key ?? '');
}
