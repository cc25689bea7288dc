/** Functions whose result a promise takes over: what they return, promise or not, and what they throw goes one way. */

import { ts } from 'ts-morph';
import { promiseGatherers, promiseLibraries, waitingMethods } from '../../../catalog/promise-libraries.ts';
import { argumentOf, outermost, type FunctionNode } from '../../../engine/async/functions.ts';
import { roleOfArgument } from '../../../engine/async/roles.ts';
import type { Program } from '../../../engine/program/program.ts';
import type { ChainKnowledge } from './chain.ts';
import { methodsOf } from './flavour.ts';

const waiters: ReadonlySet<string> = new Set(promiseLibraries.flatMap((row) => row.waiters.map((one) => `${row.module}.${one}`)));

/** Handlers of a chain, what Bluebird's `map` is given, and the like: `load.then(fn)`, `load.then(fn.bind(this))`. */
export function isWaitedHandler(known: ChainKnowledge, fn: FunctionNode): boolean {
  if (!ts.isFunctionExpression(fn) && !ts.isArrowFunction(fn)) return false;
  const argument = argumentOf(boundOrOwn(fn));
  return argument !== undefined && isWaitedArgument(known, argument.call, argument.index);
}

export function isWaitedArgument(known: ChainKnowledge, call: ts.CallExpression | ts.NewExpression, index: number): boolean {
  const { program, flavours } = known;
  if (!ts.isCallExpression(call)) return false;
  if (roleOfArgument(program, call, index).kind === 'then') return true;
  if (waiters.has(program.originOf(call.expression)?.key ?? '')) return true;
  if (!ts.isPropertyAccessExpression(call.expression)) return false;
  const flavour = flavours.of(call.expression.expression);
  if (flavour === undefined) return false;
  const method = call.expression.name.text;
  const meaning = methodsOf(flavour).get(method);
  return meaning !== undefined && (meaning !== 'other' || waitingMethods.has(method));
}

/** `fn.bind(this)` around the function, or the function. */
function boundOrOwn(fn: ts.Expression): ts.Expression {
  const { parent } = outermost(fn);
  return ts.isPropertyAccessExpression(parent) && parent.name.text === 'bind' && ts.isCallExpression(parent.parent) ? parent.parent : fn;
}

/** An argument of `Promise.all` or what is like it, in an array or as one, there or by way of a variable that is for nothing else. */
export function isGathered(program: Program, node: ts.Node): boolean {
  const value = outermost(node);
  const { parent } = value;
  if (ts.isArrayLiteralExpression(parent)) return isGathered(program, parent);
  if (ts.isCallExpression(parent)) return parent.arguments.some((one) => one === value) && isGatherer(program, parent);
  const uses = variableUses(program, value);
  return uses !== undefined && uses.length > 0 && uses.every((use) => isDirectlyGathered(program, use));
}

/** The uses of the variable that gets the value, and is read nowhere else; nothing where it goes elsewhere. */
export function variableUses(program: Program, value: ts.Node): readonly ts.Identifier[] | undefined {
  const variable = variableOf(value);
  const symbol = variable && program.symbolOf(variable);
  if (variable === undefined || symbol === undefined) return undefined;
  return program.references.to(symbol).filter((one) => one !== variable && one !== nameOf(symbol.valueDeclaration));
}

/** `Promise.all(…)`, `Q.all(…)`. */
export function isGatherer(program: Program, call: ts.CallExpression): boolean {
  const key = program.originOf(call.expression)?.key;
  return key !== undefined && promiseGatherers.has(key);
}

function isDirectlyGathered(program: Program, use: ts.Node): boolean {
  const { parent } = outermost(use);
  return ts.isCallExpression(parent) && isGathered(program, use);
}

/** `x` of `var x = value`, or of `x = value`. */
function variableOf(value: ts.Node): ts.Identifier | undefined {
  const { parent } = value;
  if (ts.isVariableDeclaration(parent)) return ts.isIdentifier(parent.name) ? parent.name : undefined;
  const isAssignment = ts.isBinaryExpression(parent) && parent.right === value && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isAssignment && ts.isIdentifier(parent.left) && ts.isExpressionStatement(parent.parent) ? parent.left : undefined;
}

function nameOf(declaration: ts.Declaration | undefined): ts.Node | undefined {
  return declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.name : undefined;
}
