/**
 * Members of objects that a function of the program makes, where nothing but its code tells what they are: of `create` with the comment
 * `@returns {Object}` TypeScript takes the word, and `create().load` for anything.
 */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { isAsync, isGenerator, unwrapped, type FunctionNode } from './functions.ts';
import { returnedBy } from './promise-returning.ts';

/** How far an object is followed from name to name and from call to call. */
const maximumDepth = 6;

type CalleeOf = (call: ts.CallExpression) => FunctionNode | undefined;

/** The member `key` of the one object literal that the expression can be; undefined where it may be another object, or is none. */
export function madeMember(program: Program, calleeOf: CalleeOf, expression: ts.Expression, key: string): ts.Symbol | undefined {
  const literal = literalOf(program, calleeOf, expression, 0);
  if (!literal?.properties.every((property) => isNamed(property))) return undefined;
  const property = literal.properties.find(({ name }) => name !== undefined && 'text' in name && name.text === key);
  return property?.name && program.checker.getSymbolAtLocation(property.name);
}

function isNamed({ name }: ts.ObjectLiteralElementLike): boolean {
  return name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteralLike(name));
}

function literalOf(program: Program, calleeOf: CalleeOf, expression: ts.Expression, depth: number): ts.ObjectLiteralExpression | undefined {
  const bare = unwrapped(expression);
  if (ts.isObjectLiteralExpression(bare) || depth > maximumDepth) return ts.isObjectLiteralExpression(bare) ? bare : undefined;
  if (ts.isIdentifier(bare)) {
    const symbol = program.symbolOf(bare);
    const value = symbol && program.definitionOf(symbol);
    return value && literalOf(program, calleeOf, value, depth + 1);
  }
  if (!ts.isCallExpression(bare)) return undefined;
  const callee = calleeOf(bare);
  if (callee === undefined || isAsync(callee) || isGenerator(callee)) return undefined;
  const [returned, ...others] = returnedBy(callee);
  return returned === undefined || others.length > 0 ? undefined : literalOf(program, calleeOf, returned, depth + 1);
}
