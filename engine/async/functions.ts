/** The functions of a program, and the names by which people know them. */

import { ts } from 'ts-morph';

export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration
  | ts.SetAccessorDeclaration;

export function isFunctionNode(node: ts.Node): node is FunctionNode {
  switch (node.kind) {
    case ts.SyntaxKind.FunctionDeclaration:
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.MethodDeclaration:
    case ts.SyntaxKind.Constructor:
    case ts.SyntaxKind.GetAccessor:
    case ts.SyntaxKind.SetAccessor:
      return true;
    default:
      return false;
  }
}

export function isAsync(fn: FunctionNode): boolean {
  return ts.canHaveModifiers(fn) && ts.getModifiers(fn)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true;
}

export function isGenerator(fn: FunctionNode): boolean {
  return 'asteriskToken' in fn && fn.asteriskToken !== undefined;
}

/** The expression without the parentheses and type assertions around it. */
export function unwrapped(expression: ts.Expression): ts.Expression {
  let current = expression;
  while (
    ts.isParenthesizedExpression(current) ||
    ts.isAsExpression(current) ||
    ts.isSatisfiesExpression(current) ||
    ts.isTypeAssertionExpression(current) ||
    ts.isNonNullExpression(current)
  ) {
    current = current.expression;
  }
  return current;
}

/** The outermost expression that is the same value: parentheses, type assertions and `!` around `node`. */
export function outermost(node: ts.Node): ts.Node {
  let current = node;
  while (
    ts.isParenthesizedExpression(current.parent) ||
    ts.isAsExpression(current.parent) ||
    ts.isSatisfiesExpression(current.parent) ||
    ts.isTypeAssertionExpression(current.parent) ||
    ts.isNonNullExpression(current.parent)
  ) {
    current = current.parent;
  }
  return current;
}

/** The call that takes `node` as an argument, and the argument's index. */
export function argumentOf(node: ts.Node): { readonly call: ts.CallExpression | ts.NewExpression; readonly index: number } | undefined {
  const argument = outermost(node);
  const call = argument.parent;
  if (!ts.isCallExpression(call) && !ts.isNewExpression(call)) return undefined;
  const index = (call.arguments ?? []).findIndex((one) => one === argument);
  return index === -1 ? undefined : { call, index };
}

/** What a person calls the function: `load`, `Store.load`, `the handler of app.get('/x')`. */
export function functionName(fn: FunctionNode): string {
  if (ts.isConstructorDeclaration(fn)) return `constructor of ${className(fn)}`;
  if (ts.isGetAccessorDeclaration(fn)) return `getter ${memberName(fn)}`;
  if (ts.isSetAccessorDeclaration(fn)) return `setter ${memberName(fn)}`;
  if (ts.isMethodDeclaration(fn)) return memberName(fn);
  if (fn.name !== undefined) return fn.name.text;
  const value = outermost(fn);
  const { parent } = value;
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name.text;
  if ((ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) && parent.initializer === value) return parent.name.getText();
  if (ts.isBinaryExpression(parent) && parent.right === value) return parent.left.getText();
  const argument = argumentOf(fn);
  if (argument !== undefined) return `callback of ${describedCall(argument.call)}`;
  return 'anonymous function';
}

/** `app.get('/orders')`: with the text that tells such calls apart. */
function describedCall(call: ts.CallExpression | ts.NewExpression): string {
  const first = call.arguments?.[0];
  const told = first !== undefined && ts.isStringLiteralLike(first) && first.text.length <= 30 ? `('${first.text}')` : '';
  return calleeText(call) + told;
}

function memberName(member: ts.MethodDeclaration | ts.AccessorDeclaration): string {
  const name = member.name.getText();
  return ts.isClassLike(member.parent) ? `${className(member)}.${name}` : name;
}

function className(member: ts.Node): string {
  const { parent } = member;
  if (!ts.isClassLike(parent)) return 'object';
  if (parent.name !== undefined) return parent.name.text;
  return ts.isVariableDeclaration(parent.parent) ? parent.parent.name.getText() : 'class';
}

/** The callee as a person names it, on one line. */
export function calleeText(call: ts.CallExpression | ts.NewExpression): string {
  const text = call.expression.getText().replace(/\s+/g, ' ');
  return text.length <= 40 ? text : `${text.slice(0, 37)}…`;
}

/** The text of a node, cut to what fits into a message. */
export function shortText(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length <= 50 ? text : `${text.slice(0, 47)}…`;
}
