/**
 * Functions that call themselves until the work is done: `function next() { if (!list.length) return cb(); step(list.shift(), (err) => …next()…); }`
 * with `next();` behind it. They are read as loops of the function around them.
 */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isAsync, isFunctionNode, isGenerator } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import type { InlineCallback } from './sites.ts';
import { usesOwnThis } from './this.ts';

export interface Rounds {
  readonly fn: InlineCallback;
  /** The call that begins the first round. */
  readonly start: ts.CallExpression;
  /** Those that begin another. */
  readonly again: ReadonlySet<ts.CallExpression>;
  /** `setTimeout(next, 50)`: those that begin another after a while. */
  readonly later: ReadonlySet<ts.CallExpression>;
}

export interface RoundsContext {
  readonly program: Program;
  /** Does the function become a part of the one around it? */
  readonly isMerged: (fn: ts.Node) => boolean;
  /** Is the call one that will be awaited? */
  readonly isSite: (call: ts.CallExpression) => boolean;
}

export function findRounds(context: RoundsContext, fn: ts.Node): Rounds | undefined {
  const { program } = context;
  if (!isPlainFunction(fn)) return undefined;
  const name = nameOf(fn);
  const symbol = name && program.symbolOf(name);
  if (name === undefined || symbol === undefined || symbol.declarations?.length !== 1) return undefined;
  const again = new Set<ts.CallExpression>();
  const later = new Set<ts.CallExpression>();
  let start = invoked(fn);
  for (const use of program.references.to(symbol)) {
    if (use === name) continue;
    const call = use.parent;
    if (!ts.isCallExpression(call) || !isOnItsOwn(call)) return undefined;
    const isCalled = call.expression === use;
    if (isWithin(use, fn)) {
      if (isCalled) again.add(call);
      else if (isTimer(program, call, use)) later.add(call);
      else return undefined;
    } else {
      if (start !== undefined || !isCalled) return undefined;
      start = call;
    }
  }
  if (start === undefined || !isOnItsOwn(start) || again.size + later.size === 0) return undefined;
  // `setTimeout(function () { next(); }, 50)`: what calls it there goes on by itself.
  if (![...again, ...later].every((call) => isPartOf(context, call, fn))) return undefined;
  const count = fn.parameters.length;
  if ([start, ...again].some((call) => call.arguments.length !== count || call.arguments.some(ts.isSpreadElement))) return undefined;
  if (count > 0 && later.size > 0) return undefined;
  return isReached(context, fn, start) && waits(context, fn.body) ? { fn, start, again, later } : undefined;
}

function isPlainFunction(fn: ts.Node): fn is InlineCallback {
  if (!ts.isFunctionDeclaration(fn) && !ts.isFunctionExpression(fn) && !ts.isArrowFunction(fn)) return false;
  if (fn.body === undefined || isAsync(fn) || isGenerator(fn) || fn.parameters.length > 1) return false;
  const isPlain = fn.parameters.every(
    (one) => ts.isIdentifier(one.name) && one.initializer === undefined && one.dotDotDotToken === undefined,
  );
  return isPlain && (ts.isArrowFunction(fn) || !usesOwnThis(fn.body));
}

/** The name by which it calls itself; a function expression has its own, or that of its variable. */
function nameOf(fn: InlineCallback): ts.Identifier | undefined {
  if (ts.isFunctionDeclaration(fn)) return ts.isBlock(fn.parent) ? fn.name : undefined;
  const variable = fn.parent;
  if (!ts.isVariableDeclaration(variable)) return ts.isFunctionExpression(fn) && invoked(fn) !== undefined ? fn.name : undefined;
  const list = variable.parent;
  if (fn.name !== undefined || !ts.isVariableDeclarationList(list) || list.declarations.length > 1) return undefined;
  const isLocal = ts.isVariableStatement(list.parent) && ts.isBlock(list.parent.parent);
  return isLocal && ts.isIdentifier(variable.name) ? variable.name : undefined;
}

/** `(function next() { … })()` */
function invoked(fn: ts.Node): ts.CallExpression | undefined {
  let value = fn;
  while (ts.isParenthesizedExpression(value.parent)) value = value.parent;
  return ts.isCallExpression(value.parent) && value.parent.expression === value ? value.parent : undefined;
}

function isOnItsOwn({ parent }: ts.CallExpression): boolean {
  return ts.isExpressionStatement(parent) || ts.isReturnStatement(parent);
}

function isTimer(program: Program, call: ts.CallExpression, use: ts.Identifier): boolean {
  const key = program.originOf(call.expression)?.key ?? '';
  if (call.arguments[0] !== use) return false;
  if (/^(?:timers|global)\.setTimeout$/.test(key)) return call.arguments.length <= 2;
  return /^(?:timers|global)\.setImmediate$/.test(key) && call.arguments.length === 1;
}

/** Does the call stand in the function, or in what becomes a part of it? */
function isPartOf({ isMerged }: RoundsContext, call: ts.Node, fn: ts.Node): boolean {
  for (let node = functionAround(call); node !== fn; node = functionAround(node)) {
    if (node === undefined || !isMerged(node)) return false;
  }
  return true;
}

/** Does the first call stand in the function that has it, or in what becomes a part of that? */
function isReached(context: RoundsContext, fn: ts.Node, start: ts.Node): boolean {
  const around = functionAround(fn);
  return around !== undefined && isPartOf(context, start, around);
}

function functionAround(node: ts.Node): ts.Node | undefined {
  let one = node.parent;
  while (!isFunctionNode(one)) {
    if (ts.isSourceFile(one)) return undefined;
    one = one.parent;
  }
  return one;
}

/** Is something in it waited for? Else it is a loop already, of another kind. */
function waits({ isSite, isMerged }: RoundsContext, body: ts.Node): boolean {
  const visit = (node: ts.Node): true | undefined => {
    if (isFunctionNode(node) && !isMerged(node)) return undefined;
    return ts.isCallExpression(node) && isSite(node) ? true : ts.forEachChild(node, visit);
  };
  return visit(body) === true;
}
