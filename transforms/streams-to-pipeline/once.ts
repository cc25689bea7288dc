/** Handlers that may be called twice, because only the first call counts: `reject`, `once(cb)`, a function that remembers that it was called. */

import { ts } from 'ts-morph';
import { onceSources } from '../../catalog/streams.ts';
import type { Program } from '../../engine/program/program.ts';
import { isSettler } from './endings.ts';
import { namedFunction, type Handler } from './handler.ts';

export function countsOnce(program: Program, handler: Handler): boolean {
  if (handler.kind !== 'named') return false;
  if (isSettler(program, handler, 0) || isSettler(program, handler, 1)) return true;
  const fn = namedFunction(program, handler.callee);
  if (fn !== undefined) return remembersItsCall(program, fn);
  const symbol = program.symbolOf(handler.callee);
  const made = symbol && (program.definitionOf(symbol) ?? wrapping(program, symbol));
  if (made === undefined || !ts.isCallExpression(made)) return false;
  return onceSources.has(program.originOf(made.expression)?.key ?? '');
}

/** `cb = once(cb);` at the top of the function whose parameter it is, and set nowhere else: the call. */
function wrapping(program: Program, symbol: ts.Symbol): ts.Expression | undefined {
  const declaration = symbol.valueDeclaration;
  if (declaration === undefined || !ts.isParameter(declaration)) return undefined;
  const settings = program.references.to(symbol).filter(({ parent }) => ts.isBinaryExpression(parent) && isAssigning(parent, symbol.name));
  const [only, ...others] = settings;
  const assignment = only?.parent;
  if (assignment === undefined || others.length > 0 || !ts.isBinaryExpression(assignment)) return undefined;
  const statement = assignment.parent;
  const { body } = declaration.parent as ts.FunctionLikeDeclaration;
  const isFirst = ts.isExpressionStatement(statement) && statement.parent === body;
  return isFirst && assignment.operatorToken.kind === ts.SyntaxKind.EqualsToken ? assignment.right : undefined;
}

function isAssigning({ left, operatorToken: { kind } }: ts.BinaryExpression, name: string): boolean {
  return left.getText() === name && kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** `if (called) return; called = true; …`, or `if (!called) { called = true; … }` and nothing else. */
function remembersItsCall(program: Program, { body }: ts.FunctionLikeDeclaration): boolean {
  if (body === undefined || !ts.isBlock(body)) return false;
  const [test, ...rest] = body.statements;
  if (test === undefined || !ts.isIfStatement(test) || test.elseStatement !== undefined) return false;
  const { expression, thenStatement } = test;
  if (ts.isIdentifier(expression)) return isBareReturn(thenStatement) && setsFirst(program, rest[0], expression);
  if (!ts.isPrefixUnaryExpression(expression) || expression.operator !== ts.SyntaxKind.ExclamationToken) return false;
  const { operand } = expression;
  if (!ts.isIdentifier(operand) || rest.length > 0 || !ts.isBlock(thenStatement)) return false;
  return thenStatement.statements.some((statement) => setsFirst(program, statement, operand));
}

function isBareReturn(statement: ts.Statement): boolean {
  const only = ts.isBlock(statement) && statement.statements.length === 1 ? statement.statements[0] : statement;
  return only !== undefined && ts.isReturnStatement(only) && only.expression === undefined;
}

/** `called = true;`, which nothing else takes back. */
function setsFirst(program: Program, statement: ts.Statement | undefined, flag: ts.Identifier): boolean {
  if (statement === undefined || !ts.isExpressionStatement(statement) || !isSetting(statement.expression, flag.text)) return false;
  const symbol = program.symbolOf(flag);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
  return program.references.to(symbol).every((use) => {
    const { parent } = use;
    if (!ts.isBinaryExpression(parent) || parent.left !== use) return true;
    return (
      parent.operatorToken.kind < ts.SyntaxKind.FirstAssignment ||
      parent.operatorToken.kind > ts.SyntaxKind.LastAssignment ||
      isSetting(parent, flag.text)
    );
  });
}

function isSetting(expression: ts.Expression, name: string): boolean {
  return (
    ts.isBinaryExpression(expression) &&
    expression.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    expression.left.getText() === name &&
    expression.right.kind === ts.SyntaxKind.TrueKeyword
  );
}
