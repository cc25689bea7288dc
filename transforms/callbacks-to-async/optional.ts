/** Callbacks that may be left out: `if (cb) cb(err)`, `cb = cb || noop`, `cb = () => {}` as a default. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';

const functionTests: ReadonlySet<string> = new Set(['lodash.isFunction', 'underscore.isFunction', 'util.isFunction']);
const onces: ReadonlySet<string> = new Set(['lodash.once', 'once', 'onetime', 'underscore.once']);
const noops: ReadonlySet<string> = new Set([
  'lodash.noop',
  'underscore.noop',
  'jquery.noop',
  'noop',
  'noop2',
  'node-noop',
  'node-noop.noop',
]);

/** The value of a condition once there is a callback; `undefined` when it asks for something else too. */
export function whenGiven(program: Program, callback: ts.Symbol, condition: ts.Expression): boolean | undefined {
  const again = (one: ts.Expression): boolean | undefined => whenGiven(program, callback, one);
  if (ts.isParenthesizedExpression(condition)) return again(condition.expression);
  if (isCallback(program, callback, condition)) return true;
  if (ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken)
    return negated(again(condition.operand));
  if (ts.isCallExpression(condition)) {
    const [only, ...others] = condition.arguments;
    const isTest = functionTests.has(program.originOf(condition.expression)?.key ?? '');
    return isTest && only !== undefined && others.length === 0 && isCallback(program, callback, only) ? true : undefined;
  }
  if (!ts.isBinaryExpression(condition)) return undefined;
  const { operatorToken } = condition;
  const [left, right] = ts.isTypeOfExpression(condition.right) ? [condition.right, condition.left] : [condition.left, condition.right];
  if (operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) return isCallback(program, callback, left) ? true : undefined;
  const isTypeof = ts.isTypeOfExpression(left) && isCallback(program, callback, left.expression) && ts.isStringLiteralLike(right);
  const isNothing = isCallback(program, callback, left) && (right.kind === ts.SyntaxKind.NullKeyword || right.getText() === 'undefined');
  if (!isTypeof && !isNothing) return undefined;
  const same = isTypeof ? right.text === 'function' : false;
  switch (operatorToken.kind) {
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
      return same;
    case ts.SyntaxKind.ExclamationEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
      return !same;
    default:
      return undefined;
  }
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function isCallback(program: Program, callback: ts.Symbol, expression: ts.Expression): boolean {
  return ts.isIdentifier(expression) && expression.text === callback.name && program.symbolOf(expression) === callback;
}

/**
 * `cb = cb || noop;`, `if (!cb) cb = noop;`, `cb = once(cb);`: a statement that only gives a callback where there is none, or one that does
 * nothing when it is called again.
 */
export function isDefaulting(program: Program, callback: ts.Symbol, node: ts.Node): boolean {
  if (ts.isIfStatement(node)) {
    if (node.elseStatement !== undefined || whenGiven(program, callback, node.expression) !== false) return false;
    const then = ts.isBlock(node.thenStatement) ? node.thenStatement.statements : [node.thenStatement];
    const [only, ...others] = then;
    if (only === undefined || others.length > 0) return false;
    return ts.isThrowStatement(only) || isAssigned(program, callback, only, (value) => isNoop(program, value));
  }
  if (isAssertion(program, callback, node)) return true;
  return isAssigned(program, callback, node, (value) => {
    if (ts.isCallExpression(value) && isOnce(program, value)) {
      const [only, ...others] = value.arguments;
      return (
        only !== undefined && others.length === 0 && (isCallback(program, callback, only) || isCallbackOrNoop(program, callback, only))
      );
    }
    return isCallbackOrNoop(program, callback, value);
  });
}

/** `once(cb)`: who calls back once on every way through it has no need of that. */
function isOnce(program: Program, { expression }: ts.CallExpression): boolean {
  return onces.has(program.originOf(expression)?.key ?? '');
}

/** `cb || noop` */
function isCallbackOrNoop(program: Program, callback: ts.Symbol, value: ts.Expression): boolean {
  if (ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.BarBarToken) {
    return isCallback(program, callback, value.left) && isNoop(program, value.right);
  }
  return (
    ts.isConditionalExpression(value) &&
    whenGiven(program, callback, value.condition) === true &&
    isCallback(program, callback, value.whenTrue) &&
    isNoop(program, value.whenFalse)
  );
}

/** `assert(typeof cb === 'function')`. */
function isAssertion(program: Program, callback: ts.Symbol, node: ts.Node): boolean {
  if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return false;
  const { expression: callee, arguments: given } = node.expression;
  const [condition] = given;
  if (condition === undefined || !/^assert(?:\.ok)?$/.test(program.originOf(callee)?.key ?? '')) return false;
  return whenGiven(program, callback, condition) === true;
}

function isAssigned(program: Program, callback: ts.Symbol, node: ts.Node, test: (value: ts.Expression) => boolean): boolean {
  if (!ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return false;
  const { left, right, operatorToken } = node.expression;
  if (!isCallback(program, callback, left)) return false;
  if (operatorToken.kind === ts.SyntaxKind.BarBarEqualsToken || operatorToken.kind === ts.SyntaxKind.QuestionQuestionEqualsToken) {
    return isNoop(program, right);
  }
  return operatorToken.kind === ts.SyntaxKind.EqualsToken && test(right);
}

/** A function that does nothing. */
export function isNoop(program: Program, value: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(value)) return isNoop(program, value.expression);
  if (ts.isFunctionExpression(value) || ts.isArrowFunction(value)) return isEmpty(value.body);
  const key = program.originOf(value)?.key;
  if (key !== undefined && noops.has(key)) return true;
  if (!ts.isIdentifier(value)) return false;
  const symbol = program.symbolOf(value);
  const declared = symbol?.declarations?.[0];
  if (declared !== undefined && ts.isFunctionDeclaration(declared)) return declared.body !== undefined && isEmpty(declared.body);
  const definition = symbol && program.definitionOf(symbol);
  return definition !== undefined && definition !== value && isNoop(program, definition);
}

function isEmpty(body: ts.ConciseBody): boolean {
  return ts.isBlock(body) ? body.statements.length === 0 : body.kind === ts.SyntaxKind.NullKeyword || body.getText() === 'undefined';
}

/** May the callback be left out: does the function ask for it, or put something in its place? */
export function isOptional(parameter: ts.ParameterDeclaration, uses: readonly ts.Identifier[]): boolean {
  if (parameter.initializer !== undefined || parameter.questionToken !== undefined) return true;
  return uses.some((use) => {
    const { parent } = use;
    if (ts.isIfStatement(parent) || ts.isPrefixUnaryExpression(parent) || ts.isTypeOfExpression(parent)) return true;
    if (ts.isConditionalExpression(parent)) return parent.condition === use;
    return (
      ts.isBinaryExpression(parent) &&
      parent.left === use &&
      (parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken || parent.operatorToken.kind === ts.SyntaxKind.BarBarToken)
    );
  });
}
