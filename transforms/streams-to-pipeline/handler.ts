/** What is handed to `on`: the function written there, or the name of one, and what its body needs from where it stands. */

import { ts } from 'ts-morph';
import { isAsync, isGenerator, unwrapped } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { isScopeName } from '../../engine/imports/bindings.ts';

export type InlineFunction = ts.ArrowFunction | ts.FunctionExpression;

/** The function that is written where it is handed over. */
export function inlineFunction(given: ts.Expression | undefined): InlineFunction | undefined {
  const fn = given && unwrapped(given);
  return fn !== undefined && (ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) ? fn : undefined;
}

export type Handler =
  | { readonly kind: 'inline'; readonly fn: InlineFunction }
  /** Called by this expression: `cb`, `next`, `console.error`. */
  | { readonly kind: 'named'; readonly callee: ts.Expression };

/**
 * @param passes how many arguments the event gives: a function that does nothing but hand them on is the same as the function it calls
 * @returns undefined for what is neither a function nor the name of one
 */
export function readHandler(program: Program, given: ts.Expression, passes: 0 | 1): Handler | undefined {
  const expression = unwrapped(given);
  if (ts.isArrowFunction(expression) || ts.isFunctionExpression(expression)) {
    if (isGenerator(expression) || (expression.name !== undefined && mentions(expression.body, expression.name.text))) return undefined;
    if (usesOwnThis(expression)) return undefined;
    const callee = passes === 1 ? handsOnTo(program, expression) : callsOnly(expression);
    return callee === undefined ? { kind: 'inline', fn: expression } : { kind: 'named', callee };
  }
  if (!isName(expression) || !keepsThis(program, expression)) return undefined;
  return { kind: 'named', callee: expression };
}

/** `cb`, `console.error`; not `this.fail`, which as a listener has another `this` than as a call. */
function isName(expression: ts.Expression): boolean {
  if (ts.isIdentifier(expression)) return true;
  return ts.isPropertyAccessExpression(expression) && isName(expression.expression);
}

/** A function of the program that uses `this` means the stream by it when it listens. */
function keepsThis(program: Program, callee: ts.Expression): boolean {
  const declaration = namedFunction(program, callee);
  return declaration === undefined || ts.isArrowFunction(declaration) || !usesOwnThis(declaration);
}

/** The function of the program that a name stands for, where that can be seen. */
export function namedFunction(program: Program, callee: ts.Expression): ts.FunctionLikeDeclaration | undefined {
  const symbol = program.symbolOf(ts.isPropertyAccessExpression(callee) ? callee.name : callee);
  const declared = symbol?.valueDeclaration;
  if (declared !== undefined && (ts.isFunctionDeclaration(declared) || ts.isMethodDeclaration(declared))) return declared;
  const value = symbol && program.definitionOf(symbol);
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) ? value : undefined;
}

/** `(err) => cb(err)`: the `cb`. */
function handsOnTo(program: Program, fn: InlineFunction): ts.Expression | undefined {
  return handedOnBy(program, fn, onlyCall(fn));
}

/** The same, of the one statement that counts. */
export function handsOnIn(program: Program, fn: InlineFunction, statement: ts.Statement): ts.Expression | undefined {
  const expression = ts.isReturnStatement(statement) || ts.isExpressionStatement(statement) ? statement.expression : undefined;
  return expression !== undefined && ts.isCallExpression(expression) && !isAsync(fn) ? handedOnBy(program, fn, expression) : undefined;
}

function handedOnBy(program: Program, fn: InlineFunction, call: ts.CallExpression | undefined): ts.Expression | undefined {
  const [parameter, ...more] = fn.parameters;
  if (parameter === undefined || more.length > 0 || call === undefined || !ts.isIdentifier(parameter.name)) return undefined;
  const [argument, ...others] = call.arguments;
  if (argument === undefined || others.length > 0 || !ts.isIdentifier(argument) || argument.text !== parameter.name.text) return undefined;
  return isName(call.expression) && keepsThis(program, call.expression) ? call.expression : undefined;
}

/** `() => cb()`: the `cb`. */
function callsOnly(fn: InlineFunction): ts.Expression | undefined {
  const call = onlyCall(fn);
  return call?.arguments.length === 0 && ts.isIdentifier(call.expression) ? call.expression : undefined;
}

/** The call that is all that the function does. */
export function onlyCall(fn: InlineFunction): ts.CallExpression | undefined {
  if (isAsync(fn)) return undefined;
  if (!ts.isBlock(fn.body)) {
    const body = unwrapped(fn.body);
    return ts.isCallExpression(body) ? body : undefined;
  }
  const [statement, ...more] = fn.body.statements;
  if (statement === undefined || more.length > 0) return undefined;
  const expression = ts.isReturnStatement(statement) || ts.isExpressionStatement(statement) ? statement.expression : undefined;
  // A comment in the block would be lost with it.
  if (/\/[/*]/.test(fn.body.getText().replace(statement.getText(), ''))) return undefined;
  return expression !== undefined && ts.isCallExpression(expression) ? expression : undefined;
}

/** Do the handlers do the same? */
export function isSameHandler(program: Program, a: Handler, b: Handler, without: readonly ts.Node[] = []): boolean {
  if (a.kind === 'named' && b.kind === 'named') {
    return a.callee.getText() === b.callee.getText() && program.symbolOf(rootOf(a.callee)) === program.symbolOf(rootOf(b.callee));
  }
  if (a.kind === 'inline' && b.kind === 'inline') return normalized(a.fn, without) === normalized(b.fn, without);
  return false;
}

function rootOf(callee: ts.Expression): ts.Expression {
  return ts.isPropertyAccessExpression(callee) ? rootOf(callee.expression) : callee;
}

function normalized(fn: InlineFunction, without: readonly ts.Node[]): string {
  const own = ts.isBlock(fn.body) ? fn.body.statements.filter((statement) => !without.includes(statement)) : [];
  // Two that do nothing are the same, whatever they call what they are given.
  const isEmpty = ts.isBlock(fn.body) ? own.length === 0 : without.includes(fn.body);
  const parameters = isEmpty ? '' : fn.parameters.map((parameter) => parameter.getText()).join();
  const statements = ts.isBlock(fn.body) ? own.map((statement) => statement.getText()) : isEmpty ? [] : [`${fn.body.getText()};`];
  return `${isAsync(fn) ? 'async' : ''}(${parameters})${statements.join('\n')}`.replace(/\s+/g, ' ');
}

/** `this`, `arguments`, `super` or `new.target` of a `function`; an arrow function has those of what is around it. */
function usesOwnThis(fn: ts.FunctionLikeDeclaration): boolean {
  return !ts.isArrowFunction(fn) && fn.body !== undefined && usesThis(fn.body);
}

/** Does the code use the `this` or `arguments` of the function that it stands in? */
export function usesThis(root: ts.Node): boolean {
  if (root.kind === ts.SyntaxKind.ThisKeyword || root.kind === ts.SyntaxKind.SuperKeyword) return true;
  if (ts.isIdentifier(root) && root.text === 'arguments' && isScopeName(root)) return true;
  if (ts.isMetaProperty(root)) return true;
  if (ts.isFunctionDeclaration(root) || ts.isFunctionExpression(root) || ts.isClassLike(root)) return false;
  return ts.forEachChild(root, usesThis) === true;
}

export function mentions(root: ts.Node, name: string): boolean {
  if (ts.isIdentifier(root) && root.text === name && isScopeName(root)) return true;
  return ts.forEachChild(root, (child) => mentions(child, name) || undefined) === true;
}

/** The statements of the function's own, those of functions inside it left out, that `test` is true of. */
export function ownNodes<T extends ts.Node>(root: ts.Node, test: (node: ts.Node) => node is T): T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    if (test(node)) found.push(node);
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}
