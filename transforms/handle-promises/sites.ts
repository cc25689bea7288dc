/** The places of a file where a promise's rejection may go unseen. */

import { ts } from 'ts-morph';
import type { FunctionNode } from '../../engine/async/functions.ts';
import { isAsync, isFunctionNode, unwrapped } from '../../engine/async/functions.ts';
import { isInTry } from '../../engine/async/await-context.ts';
import { roleOf, roleOfArgument, type ArgumentRole, type FunctionRole } from '../../engine/async/roles.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { chainLink } from './chain.ts';
import { capturesRejections, isEmitter } from './emitters.ts';
import { isLetGo } from './intent.ts';
import type { Knowledge } from './knowledge.ts';
import { returnedFrom } from './returned.ts';
import { serialCall } from './serial-loop.ts';

export type Site =
  /** A promise whose value is dropped: a statement, or what an arrow function gives to a caller that ignores it. */
  | {
      readonly kind: 'floating';
      readonly expression: ts.Expression;
      readonly statement: ts.ExpressionStatement | undefined;
      /** It may be `null` or `undefined`, or another value, instead of a promise. */
      readonly certainty: 'promise' | 'perhaps' | 'mixed';
      readonly openEnded: boolean;
    }
  /** An array of promises that nobody waits for. */
  | { readonly kind: 'dropped-array'; readonly expression: ts.Expression; readonly statement: ts.ExpressionStatement }
  /** A query that is built and never started. */
  | { readonly kind: 'lazy'; readonly expression: ts.Expression; readonly what: string }
  /** `.then(a, b)` whose `a` may reject: `b` does not see it. */
  | { readonly kind: 'two-handlers'; readonly expression: ts.CallExpression; readonly statement: ts.ExpressionStatement }
  /** Calls in a loop that wait for each other. */
  | { readonly kind: 'serial'; readonly call: ts.Expression }
  /** `return promise` inside `try`. */
  | { readonly kind: 'return-in-try'; readonly expression: ts.Expression; readonly fn: FunctionNode }
  /** `new Promise(async …)` */
  | { readonly kind: 'executor'; readonly fn: FunctionNode }
  /** `rows.forEach(async …)`, `rows.forEach(save)`. */
  | {
      readonly kind: 'iteration';
      readonly call: ts.CallExpression;
      readonly callback: ts.Expression;
      readonly fn: FunctionNode;
    }
  /** An async function where nobody looks at the promise that it returns. */
  | { readonly kind: 'ignored'; readonly fn: FunctionNode; readonly role: FunctionRole }
  /** The same, by name. */
  | { readonly kind: 'ignored-name'; readonly argument: ts.Expression; readonly fn: FunctionNode; readonly role: ArgumentRole };

export function* sitesIn(file: ts.SourceFile, known: Knowledge): Iterable<Site> {
  for (const node of nodesOf(file)) yield* sitesAt(node, known);
}

function* sitesAt(node: ts.Node, known: Knowledge): Iterable<Site> {
  if (ts.isExpressionStatement(node) && !isLetGo(node)) yield* dropped(node.expression, node, known);
  if (ts.isReturnStatement(node) && node.expression !== undefined) yield* returned(node.expression, known);
  if (isFunctionNode(node)) yield* functionSite(node, known);
  if (ts.isIdentifier(node)) yield* namedSite(node, known);
  if (ts.isForOfStatement(node)) {
    const call = serialCall(known.program, node);
    if (call !== undefined) yield { kind: 'serial', call };
  }
}

/** Every node of the tree, an outer one before those in it. */
function nodesOf(file: ts.SourceFile): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The value of a statement, which nobody takes. */
function* dropped(expression: ts.Expression, statement: ts.ExpressionStatement, known: Knowledge): Iterable<Site> {
  const bare = unwrapped(expression);
  if (ts.isBinaryExpression(bare)) {
    if (takesRight.has(bare.operatorToken.kind)) yield* dropped(bare.right, statement, known);
    return;
  }
  if (ts.isConditionalExpression(bare)) {
    yield* dropped(bare.whenTrue, statement, known);
    yield* dropped(bare.whenFalse, statement, known);
    return;
  }
  if (!ts.isCallExpression(bare) && !ts.isNewExpression(bare) && !ts.isIdentifier(bare) && !ts.isPropertyAccessExpression(bare)) return;
  const iteration = ts.isCallExpression(bare) ? droppedIteration(bare, known) : undefined;
  if (iteration !== undefined) {
    yield iteration;
    return;
  }
  const value = known.values.of(bare);
  if (value.kind === 'none' || answersByCallback(bare, known) || isRejectedOnPurpose(bare, known)) return;
  if (value.kind === 'lazy') yield { kind: 'lazy', expression: bare, what: value.what };
  else if (value.kind === 'array') yield { kind: 'dropped-array', expression: bare, statement };
  else if (hasTwoHandlers(bare, known)) yield { kind: 'two-handlers', expression: bare, statement };
  else if (!known.rejections.isSafe(bare)) {
    yield {
      kind: 'floating',
      expression: bare,
      statement,
      certainty: value.kind === 'promise' && !known.certainty.isThere(bare) ? 'perhaps' : value.kind,
      openEnded: (value.kind === 'promise' && value.openEnded) || known.endless.isEndless(bare),
    };
  }
}

/** `Promise.reject(error);` does nothing else than to go unhandled. */
function isRejectedOnPurpose(expression: ts.Expression, { program }: Knowledge): boolean {
  return ts.isCallExpression(expression) && program.originOf(expression.expression)?.key === 'global.Promise.reject';
}

/** `app.ready((err) => …)`, of a function that gives a promise to those who give it no callback. */
function answersByCallback(expression: ts.Expression, known: Knowledge): boolean {
  if (!ts.isCallExpression(expression) || known.certainty.isThere(expression)) return false;
  const last = expression.arguments.at(-1);
  const callee = known.context.asynchrony.graph.calleeOf(expression);
  if (last === undefined || callee?.body === undefined || !isFunctionNode(unwrapped(last))) return false;
  const name = callee.parameters[expression.arguments.length - 1]?.name;
  if (name === undefined || !ts.isIdentifier(name)) return false;
  const asks = (node: ts.Node): boolean => {
    if (isFunctionNode(node)) return false;
    const condition = ts.isIfStatement(node) ? node.expression : ts.isConditionalExpression(node) ? node.condition : undefined;
    if (condition !== undefined && identifiersIn(condition, name.text).length > 0) return true;
    return ts.forEachChild(node, (child) => asks(child) || undefined) ?? false;
  };
  return asks(callee.body);
}

const takesRight = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.CommaToken,
]);

function hasTwoHandlers(expression: ts.Expression, known: Knowledge): expression is ts.CallExpression {
  const link = chainLink(expression);
  if (link?.method !== 'then' || link.handlers[0] === undefined || link.handlers[1] === undefined) return false;
  const handler = unwrapped(link.handlers[0]);
  return isFunctionNode(handler) && isRejectingHandler(handler, known);
}

/** Only a handler that is asynchronous itself: what a plain one might throw is a fault in the program, and not in its promises. */
function isRejectingHandler(handler: FunctionNode, known: Knowledge): boolean {
  if (isAsync(handler)) return !known.rejections.cannotReject(handler);
  return returnedFrom(handler).some(
    (value) => value !== undefined && known.values.of(value).kind === 'promise' && !known.rejections.isSafe(value),
  );
}

/** `rows.forEach(async …)`: nobody gets the promises. `rows.map(async …)` dropped is the same. */
function droppedIteration(call: ts.CallExpression, known: Knowledge): Site | undefined {
  const [callback] = call.arguments;
  if (callback === undefined || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const method = call.expression.name.text;
  if (method !== 'forEach' && method !== 'map') return undefined;
  // `forEach` of a stream is given the promises, and gives one itself.
  const value = known.values.of(call).kind;
  if (value !== 'none' && value !== 'array') return undefined;
  const role = roleOfArgument(known.program, call, 0);
  if (role.kind !== 'iteration') return undefined;
  const bare = unwrapped(callback);
  const fn = isFunctionNode(bare) ? bare : known.functionOf(bare);
  if (fn === undefined || !givesPromise(fn, known)) return undefined;
  return known.rejections.cannotReject(fn) ? undefined : { kind: 'iteration', call, callback: bare, fn };
}

function givesPromise(fn: FunctionNode, known: Knowledge): boolean {
  if (isAsync(fn)) return true;
  return fn.body !== undefined && !ts.isBlock(fn.body) && known.values.of(fn.body).kind === 'promise' && !known.rejections.isSafe(fn.body);
}

function* returned(expression: ts.Expression, known: Knowledge): Iterable<Site> {
  const statement = expression.parent;
  if (!isInTry(statement) || isLetGo(statement)) return;
  const fn = functionAround(statement);
  if (fn === undefined || known.values.of(expression).kind === 'none' || known.values.of(expression).kind === 'array') return;
  // Who rejects by `return` there, and not by `throw`, means to pass by the `catch`.
  if (isRejectedOnPurpose(expression, known)) return;
  // A promise that does not reject, in a `try` without `finally`, has nothing to wait for.
  yield { kind: 'return-in-try', expression, fn };
}

function functionAround(node: ts.Node): FunctionNode | undefined {
  for (let current = node.parent; !ts.isSourceFile(current); current = current.parent) if (isFunctionNode(current)) return current;
  return undefined;
}

function* functionSite(fn: FunctionNode, known: Knowledge): Iterable<Site> {
  const { body } = fn;
  // What is neither async nor gives a value in place is no site, whatever its role is.
  if (!isAsync(fn) && (body === undefined || ts.isBlock(body))) return;
  const role = roleOf(known.program, fn);
  if (role.kind === 'named' || role.kind === 'invoked') return;
  const statement = statementAround(fn);
  if (statement !== undefined && isLetGo(statement)) return;
  if (isAsync(fn)) {
    if (role.kind === 'executor' && !known.rejections.cannotReject(fn)) yield { kind: 'executor', fn };
    else if (isIgnoring(role, known) && !known.rejections.cannotReject(fn)) yield { kind: 'ignored', fn, role };
    return;
  }
  if (body === undefined || ts.isBlock(body) || !isIgnoring(role, known)) return;
  const value = known.values.of(body);
  if ((value.kind !== 'promise' && value.kind !== 'perhaps') || known.rejections.isSafe(body)) return;
  yield {
    kind: 'floating',
    expression: unwrapped(body),
    statement: undefined,
    certainty: known.certainty.isThere(body) ? value.kind : 'perhaps',
    openEnded: false,
  };
}

function* namedSite(name: ts.Identifier, known: Knowledge): Iterable<Site> {
  const { parent } = name;
  const argument = ts.isPropertyAccessExpression(parent) && parent.name === name ? parent : name;
  const call = argument.parent;
  if (!ts.isCallExpression(call) || call.expression === argument) return;
  const index = call.arguments.findIndex((one) => one === argument);
  if (index === -1) return;
  // What the name stands for costs far less to ask than what becomes of an argument.
  const fn = known.functionOf(argument);
  if (fn === undefined || !isAsync(fn)) return;
  const role = roleOfArgument(known.program, call, index);
  if (!isIgnoring(role, known)) return;
  const statement = statementAround(call);
  if (known.rejections.cannotReject(fn) || (statement !== undefined && isLetGo(statement))) return;
  yield { kind: 'ignored-name', argument, fn, role };
}

/** Does the code that calls the function look away from what it returns? */
function isIgnoring(role: FunctionRole, known: Knowledge): boolean {
  switch (role.kind) {
    case 'listener': {
      const callee = role.call.expression;
      if (!ts.isPropertyAccessExpression(callee) || capturesRejections(role.call.getSourceFile())) return false;
      return isEmitter(known.program, callee.expression);
    }
    case 'async-callback':
      return true;
    case 'root':
      if (role.row.isMiddleware === true) return role.row.rejection === 'ignored-next';
      return role.row.framework === 'timer' || role.row.framework === 'http server' || role.row.framework === 'commander';
    case 'parameter':
      return isDropped(role.parameter, known.program);
    default:
      return false;
  }
}

/** Is what the parameter's function returns never looked at, and the function never handed on? */
function isDropped(parameter: ts.ParameterDeclaration, program: Program): boolean {
  const symbol = ts.isIdentifier(parameter.name) ? program.checker.getSymbolAtLocation(parameter.name) : undefined;
  const uses = symbol === undefined ? [] : program.references.to(symbol).filter((use) => use !== parameter.name);
  return (
    uses.length > 0 &&
    uses.every(
      ({ parent }, index) => ts.isCallExpression(parent) && parent.expression === uses[index] && ts.isExpressionStatement(parent.parent),
    )
  );
}

function statementAround(node: ts.Node): ts.Statement | undefined {
  for (let current: ts.Node = node; !ts.isSourceFile(current); current = current.parent) if (ts.isStatement(current)) return current;
  return undefined;
}
