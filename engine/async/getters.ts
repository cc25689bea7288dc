/** Functions that give the value of a member whenever it is read, defined by a call. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { argumentOf, outermost, type FunctionNode } from './functions.ts';

/** The object on which `lib.__defineGetter__(name, fn)` or `Object.defineProperty(lib, name, { get: fn })` defines it. */
export function ownerOfGetter(program: Program, fn: FunctionNode): ts.Expression | undefined {
  const argument = argumentOf(fn);
  if (argument !== undefined) {
    const callee = argument.call.expression;
    const isDefinition = argument.index === 1 && ts.isPropertyAccessExpression(callee) && callee.name.text === '__defineGetter__';
    return isDefinition ? callee.expression : undefined;
  }
  const literal = literalOf(fn);
  const definition = literal && argumentOf(literal);
  if (definition?.index !== 2 || program.originOf(definition.call.expression)?.key !== 'global.Object.defineProperty') return undefined;
  return definition.call.arguments?.[0];
}

/** `{ get: fn }`, `{ get() { … } }` */
function literalOf(fn: FunctionNode): ts.ObjectLiteralExpression | undefined {
  const member = ts.isMethodDeclaration(fn) ? fn : outermost(fn).parent;
  if (!ts.isMethodDeclaration(member) && !ts.isPropertyAssignment(member)) return undefined;
  return member.name.getText() === 'get' && ts.isObjectLiteralExpression(member.parent) ? member.parent : undefined;
}
