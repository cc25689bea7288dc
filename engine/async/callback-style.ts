/**
 * Functions that tell by a callback when they have finished, and return nothing: `function deploy(request, next) { …; next(); }`. Whoever is
 * handed one learns no more from it than that, so that it may wait where nobody can be seen to await it.
 */

import { ts } from 'ts-morph';
import { finishingCallbacks } from '../../catalog/callback-roles.ts';
import type { Program } from '../program/program.ts';
import { identifiersIn } from '../source/names.ts';
import { isWithin } from './ancestors.ts';
import type { Use } from './call-graph.ts';
import { callbackPlan, type CallbackRootPlan } from './callback-root.ts';
import { outermost, unwrapped, type FunctionNode } from './functions.ts';
import { returnedBy } from './promise-returning.ts';
import { roleOfArgument } from './roles.ts';

export interface CallbackStyle {
  readonly callback: string;
  readonly plan: CallbackRootPlan;
}

/** @returns how the function goes on without those who call it, `undefined` where they may look at more than the callback */
export function callbackStyle(program: Program, fn: FunctionNode, uses: readonly Use[]): CallbackStyle | undefined {
  const index = fn.parameters.findLastIndex(({ name }) => ts.isIdentifier(name) && finishingCallbacks.has(name.text));
  const callback = fn.parameters[index]?.name.getText();
  if (callback === undefined || fn.body === undefined || !uses.every((use) => isTold(program, use))) return undefined;
  const mentions = identifiersIn(fn.body, callback);
  const calls = mentions.map(({ parent }) => parent).filter((parent) => ts.isCallExpression(parent));
  const called = calls.filter(({ expression }) => ts.isIdentifier(expression) && expression.text === callback);
  const handedOn = calls.filter((call) => isLast(call, callback));
  if (called.length + handedOn.length === 0 || !returnedBy(fn).every((value) => isOfCallbacks(program, fn, callback, value)))
    return undefined;
  // What is called with a writer is not told of errors, nor of the end.
  if (called.some(({ arguments: [first] }) => first !== undefined && isNoError(program, first))) return undefined;
  const takesError =
    finishingCallbacks.get(callback) === 'error' ||
    called.some((call) => call.arguments.length > 0) ||
    handedOn.some((call) => takesArguments(program, call));
  const plan = callbackPlan(program, fn, index, takesError);
  return typeof plan === 'string' ? undefined : { callback, plan };
}

/** `embed(files, root, next);`: whoever is handed the callback tells when it has finished. */
function isLast({ arguments: given }: ts.CallExpression, callback: string): boolean {
  const last = given.at(-1);
  return last !== undefined && ts.isIdentifier(last) && last.text === callback;
}

/** A function that calls what it is handed last with an error, or with nothing and a result, or hands it on to one that does. */
function takesArguments(program: Program, call: ts.CallExpression, depth = 0): boolean {
  const role = roleOfArgument(program, call, call.arguments.length - 1);
  if (role.kind === 'async-callback') return true;
  if (role.kind !== 'parameter' || !ts.isIdentifier(role.parameter.name) || depth > 4) return false;
  const { text } = role.parameter.name;
  if (finishingCallbacks.get(text) === 'error') return true;
  return identifiersIn(role.parameter.parent, text).some(({ parent }) => {
    if (!ts.isCallExpression(parent)) return false;
    const isCalled = ts.isIdentifier(parent.expression) && parent.expression.text === text;
    return isCalled ? parent.arguments.length > 0 : isLast(parent, text) && takesArguments(program, parent, depth + 1);
  });
}

/** `return next();`, `return save(file, next);`, `return abort(error);`: what a callback gives, which says nothing. */
function isOfCallbacks(program: Program, fn: FunctionNode, callback: string, value: ts.Expression): boolean {
  const bare = unwrapped(value);
  if (ts.isVoidExpression(bare) || (ts.isIdentifier(bare) && bare.text === 'undefined')) return true;
  if (!ts.isCallExpression(bare)) return false;
  const { expression: callee } = bare;
  if (bare.arguments.some((argument) => ts.isIdentifier(argument) && argument.text === callback)) return true;
  return ts.isIdentifier(callee) && isOwnName(program, fn, callee);
}

/** An object or a function that is made there, a number, `true`: nothing that an error could be. */
function isNoError(program: Program, argument: ts.Expression): boolean {
  const bare = unwrapped(argument);
  if (ts.isNewExpression(bare)) return !/(?:Error|Exception|Failure)$/.test(bare.expression.getText());
  if (ts.isObjectLiteralExpression(bare) || ts.isArrayLiteralExpression(bare) || ts.isFunctionLike(bare)) return true;
  if (ts.isNumericLiteral(bare)) return true;
  const symbol = ts.isIdentifier(bare) ? program.symbolOf(bare) : undefined;
  const value = symbol && program.definitionOf(symbol);
  return (
    value !== undefined && value !== bare && (ts.isNewExpression(value) || ts.isArrayLiteralExpression(value)) && isNoError(program, value)
  );
}

/** A parameter, or something that the function makes. */
function isOwnName(program: Program, fn: FunctionNode, name: ts.Identifier): boolean {
  const declaration = program.symbolOf(name)?.valueDeclaration;
  return declaration !== undefined && isWithin(declaration, fn);
}

/** Does nobody there look at what the function returns? */
function isTold(program: Program, use: Use): boolean {
  switch (use.kind) {
    case 'binding':
    case 'bound':
    case 'public':
      return true;
    case 'call':
    case 'applied':
      return isIgnored(use.call);
    case 'escape':
      return use.call === undefined || isIgnored(use.call);
    case 'argument': {
      const { kind } = roleOfArgument(program, use.call, use.index);
      return kind === 'unknown-callback' || kind === 'parameter' || kind === 'async-callback';
    }
    case 'construct':
    case 'family':
    case 'override':
      return false;
  }
}

/** A statement of its own, or `return next(…)`, which ends a function that is called in this way itself. */
function isIgnored(call: ts.CallExpression): boolean {
  const { parent } = outermost(call);
  return ts.isExpressionStatement(parent) || ts.isReturnStatement(parent);
}
