/** Functions that return a promise without being `async`: whoever calls them has a promise in hand already. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { outermost, unwrapped, type FunctionNode } from './functions.ts';
import { isPromiseLike, isThenChain } from './roles.ts';

export type Returns =
  | 'value'
  | 'promise'
  /** A promise of a library, or one that cannot be told from it: its own methods would be lost. */
  | 'other-promise'
  /** Now a promise, now a value. */
  | 'mixed';

export function whatReturns(program: Program, fn: FunctionNode): Returns {
  const returned = returnedBy(fn);
  const kinds = new Set(returned.map((expression) => kindOf(program, expression)));
  if (kinds.has('other-promise')) return 'other-promise';
  if (!kinds.has('promise')) return 'value';
  return kinds.size === 1 ? 'promise' : 'mixed';
}

function kindOf(program: Program, expression: ts.Expression): Returns {
  if (isPromiseLike(program, expression)) {
    const type = program.checker.getTypeAtLocation(expression);
    const name = type.getSymbol()?.name;
    return name === 'Promise' || name === 'PromiseLike' ? 'promise' : 'other-promise';
  }
  return isThenChain(unwrapped(expression)) ? 'other-promise' : 'value';
}

/** The expressions that a function returns. */
export function returnedBy({ body }: FunctionNode): ts.Expression[] {
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

/**
 * May the result of the call be awaited, whatever function it runs? Not when it is used as a promise, or as an object with
 * methods to be chained: some of those, such as the queries of an ODM, begin to work when they are awaited.
 */
export function mayBeAwaited(program: Program, call: ts.CallExpression): boolean {
  const value = outermost(call);
  const { parent } = value;
  if (ts.isAwaitExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === value) return !isCallee(parent);
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return !hasCalledMembers(program, parent.name);
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.right === value) {
    return !ts.isIdentifier(parent.left) || !hasCalledMembers(program, parent.left);
  }
  return true;
}

/** `found.then(…)`, `query.limit(3)`: a thenable, or what may be one. */
function hasCalledMembers(program: Program, name: ts.Identifier): boolean {
  const symbol = program.symbolOf(name);
  if (symbol === undefined) return true;
  return program.references.to(symbol).some(({ parent }) => {
    return ts.isPropertyAccessExpression(parent) && isCallee(parent) && isChaining(parent.name.text);
  });
}

function isCallee(access: ts.PropertyAccessExpression): boolean {
  const value = outermost(access);
  return ts.isCallExpression(value.parent) && value.parent.expression === value && isChaining(access.name.text);
}

/** Not the methods of strings, arrays and plain objects. */
function isChaining(method: string): boolean {
  return !(method in String.prototype || method in Array.prototype) && !/^(toString|hasOwnProperty|test|exec)$/.test(method);
}
