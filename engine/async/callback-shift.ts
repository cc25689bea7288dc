/** `if (typeof options === 'function') { callback = options; options = {}; }`: optional parameters in front of a callback. */

import { ts } from 'ts-morph';
import { originPattern } from '../../catalog/origin-pattern.ts';
import type { Program } from '../program/program.ts';
import { ancestors } from './ancestors.ts';
import { unwrapped } from './functions.ts';

const asksForFunction = originPattern(['lodash.isFunction', 'underscore.isFunction', 'util.isFunction', 'lodash.isfunction']);

/** Does the parameter hold something else than a function where it is named, because a statement in front of it has put a function in its right place? */
export function isBehindShift(program: Program, name: ts.Identifier, parameter: ts.ParameterDeclaration): boolean {
  /** Functions around the name that are declared, and so could be called in front of the statement. */
  const declared = new Set<string>();
  for (const { parent, child } of ancestors(name)) {
    if (parent === parameter.parent) return false;
    if (ts.isFunctionDeclaration(parent)) declared.add(parent.name?.text ?? '');
    if (!ts.isBlock(parent)) continue;
    const before = ts.isFunctionDeclaration(child)
      ? parent.statements
      : parent.statements.slice(
          0,
          parent.statements.findIndex((one) => one === child),
        );
    const at = before.findIndex((statement) => isShift(program, statement, name.text));
    if (at !== -1) return !before.slice(0, at + 1).some((statement) => names(statement, declared));
  }
  return false;
}

function names(statement: ts.Node, texts: ReadonlySet<string>): boolean {
  if (ts.isFunctionDeclaration(statement)) return false;
  const visit = (node: ts.Node): boolean => (ts.isIdentifier(node) && texts.has(node.text)) || ts.forEachChild(node, visit) === true;
  return visit(statement);
}

function isShift(program: Program, statement: ts.Statement, name: string): boolean {
  return ts.isIfStatement(statement) && asks(program, statement.expression, name) && empties(statement.thenStatement, name);
}

/** Is the test true whenever `name` is a function? */
function asks(program: Program, test: ts.Expression, name: string): boolean {
  const bare = unwrapped(test);
  if (ts.isCallExpression(bare)) {
    const [argument] = bare.arguments;
    return isNamed(argument, name) && asksForFunction.test(program.originOf(bare.expression)?.key ?? '');
  }
  if (!ts.isBinaryExpression(bare)) return false;
  const { left, right } = bare;
  switch (bare.operatorToken.kind) {
    case ts.SyntaxKind.BarBarToken:
      return asks(program, left, name) || asks(program, right, name);
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
      return isTypeTest(left, right, name) || isTypeTest(right, left, name);
    case ts.SyntaxKind.InstanceOfKeyword:
      return isNamed(left, name) && isNamed(right, 'Function');
    default:
      return false;
  }
}

function isTypeTest(asked: ts.Expression, type: ts.Expression, name: string): boolean {
  const bare = unwrapped(asked);
  return ts.isTypeOfExpression(bare) && isNamed(bare.expression, name) && ts.isStringLiteralLike(type) && type.text === 'function';
}

/** `name = {}` among the statements of a branch. */
function empties(branch: ts.Statement, name: string): boolean {
  const statements = ts.isBlock(branch) ? branch.statements : [branch];
  return statements.some((one) => {
    if (!ts.isExpressionStatement(one)) return false;
    const { expression } = one;
    return (
      ts.isBinaryExpression(expression) &&
      expression.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      isNamed(expression.left, name) &&
      isNoFunction(expression.right)
    );
  });
}

function isNoFunction(value: ts.Expression): boolean {
  const bare = unwrapped(value);
  return (
    ts.isObjectLiteralExpression(bare) ||
    ts.isArrayLiteralExpression(bare) ||
    ts.isLiteralExpression(bare) ||
    ts.isVoidExpression(bare) ||
    bare.kind === ts.SyntaxKind.NullKeyword ||
    bare.kind === ts.SyntaxKind.TrueKeyword ||
    bare.kind === ts.SyntaxKind.FalseKeyword ||
    isNamed(bare, 'undefined')
  );
}

function isNamed(node: ts.Node | undefined, name: string): boolean {
  return node !== undefined && ts.isIdentifier(node) && node.text === name;
}
