/** Reads of members by a computed key: `table[name]`. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { outermost } from './functions.ts';
import { mayTakeFunction } from './member-accesses.ts';

/** May the read give a function that is held under a name? An element of a list is known by its number. */
export function mayTakeMember(program: Program, access: ts.ElementAccessExpression): boolean {
  const { argumentExpression: key } = access;
  if (ts.isStringLiteralLike(key) || ts.isNumericLiteral(key) || !mayTakeFunction(access)) return false;
  return (program.checker.getTypeAtLocation(key).flags & ts.TypeFlags.NumberLike) === 0;
}

/** `to[name] = from[name]`, `to[name] = name in to ? to[name] : from[name]`: the other object has it under the name that it had. */
export function keepsName(access: ts.ElementAccessExpression): boolean {
  let value = outermost(access);
  while (ts.isConditionalExpression(value.parent) && value.parent.condition !== value) value = outermost(value.parent);
  const { parent } = value;
  if (!ts.isBinaryExpression(parent) || parent.right !== value || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false;
  return ts.isElementAccessExpression(parent.left) && parent.left.argumentExpression.getText() === access.argumentExpression.getText();
}
