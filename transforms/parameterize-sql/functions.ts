/** The function of the program that a name stands for. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';

export type FunctionWithBody = ts.FunctionDeclaration | ts.MethodDeclaration | ts.ArrowFunction | ts.FunctionExpression;

export function functionOf(program: Program, symbol: ts.Symbol): FunctionWithBody | undefined {
  const declaration = symbol.valueDeclaration;
  if (declaration !== undefined && (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration))) return declaration;
  const value = program.definitionOf(symbol);
  if (value === undefined) return undefined;
  if (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) return value;
  // `module.exports = { hash: hash }`
  const named = ts.isIdentifier(value) ? program.symbolOf(value) : undefined;
  return named === undefined || named === symbol ? undefined : functionOf(program, named);
}

/** What the function itself returns, not what functions in it do. */
export function returnedBy({ body }: FunctionWithBody): readonly ts.Expression[] {
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}
