/**
 * Methods of objects that are made with `new`, where types do not tell of the prototype: after
 * `var Store = module.exports = function () { … };` the checker does not see that `Store.prototype.load = …` belongs to what `new Store()` makes.
 */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { isFunctionNode, unwrapped, type FunctionNode } from './functions.ts';

/** How far an object is followed from name to name. */
const maximumDepth = 4;

/** The name in `Store.prototype.load = …` that `store.load` is, where it is set once and `store` is made with `new Store()`. */
export function prototypeMember(program: Program, access: ts.PropertyAccessExpression): ts.Identifier | undefined {
  if (!ts.isIdentifier(access.name)) return undefined;
  const key = access.name.text;
  const places = program.references.named(key).filter((name) => prototypeOf(name) !== undefined);
  const maker = places.length === 0 ? undefined : makerOf(program, access.expression, 0);
  if (maker === undefined) return undefined;
  const [only, ...others] = places.filter((name) => {
    const owner = prototypeOf(name);
    return owner !== undefined && constructorOf(program, owner) === maker;
  });
  return others.length === 0 ? only : undefined;
}

/** The function that {@link prototypeMember} is. */
export function prototypeMethod(program: Program, access: ts.Expression): FunctionNode | undefined {
  const name = ts.isPropertyAccessExpression(access) ? prototypeMember(program, access) : undefined;
  const assignment = name?.parent.parent;
  const value = assignment !== undefined && ts.isBinaryExpression(assignment) ? unwrapped(assignment.right) : undefined;
  return value !== undefined && isFunctionNode(value) ? value : undefined;
}

/** `Store` of `Store.prototype.load = …`, where `name` is `load`. */
function prototypeOf(name: ts.Node): ts.Expression | undefined {
  const target = name.parent;
  if (!ts.isPropertyAccessExpression(target) || target.name !== name) return undefined;
  const assignment = target.parent;
  const isSet =
    ts.isBinaryExpression(assignment) && assignment.left === target && assignment.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  const holder = target.expression;
  return isSet && ts.isPropertyAccessExpression(holder) && holder.name.text === 'prototype' ? holder.expression : undefined;
}

/** The function that makes the object, in place or where the variable or member gets its one value. */
function makerOf(program: Program, expression: ts.Expression, depth: number): FunctionNode | undefined {
  const bare = unwrapped(expression);
  if (ts.isNewExpression(bare)) return constructorOf(program, bare.expression);
  if (depth > maximumDepth || (!ts.isIdentifier(bare) && !ts.isPropertyAccessExpression(bare))) return undefined;
  const symbol = program.symbolOf(ts.isIdentifier(bare) ? bare : bare.name);
  const value = symbol && program.definitionOf(symbol);
  return value === undefined ? undefined : makerOf(program, value, depth + 1);
}

/** The function that `Store` is, as its own module and those that load it name it. */
export function constructorOf(program: Program, name: ts.Expression): FunctionNode | undefined {
  const symbol = ts.isIdentifier(name)
    ? program.symbolOf(name)
    : ts.isPropertyAccessExpression(name)
      ? program.symbolOf(name.name)
      : undefined;
  if (symbol === undefined) return undefined;
  const declaration = symbol.valueDeclaration;
  if (declaration !== undefined && isFunctionNode(declaration)) return declaration;
  const defined = program.definitionOf(symbol);
  const value = defined ?? (declaration !== undefined && ts.isBinaryExpression(declaration) ? declaration : declaration?.parent);
  return value === undefined ? undefined : lastOf(value);
}

/** The function of `module.exports = Store = function () { … }`. */
function lastOf(value: ts.Node): FunctionNode | undefined {
  const bare = ts.isParenthesizedExpression(value) ? unwrapped(value) : value;
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.EqualsToken) return lastOf(bare.right);
  return isFunctionNode(bare) ? bare : undefined;
}
