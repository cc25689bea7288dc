/** Where a line of stages ends: the handler of its failures, and the code that follows its success. */

import { ts } from 'ts-morph';
import { replacedPromise } from '../../engine/async/replaced-promise.ts';
import type { Program } from '../../engine/program/program.ts';
import { countsOnce } from './once.ts';
import { handsOnIn, isSameHandler, mentions, onlyCall, ownNodes, readHandler, type Handler, type InlineFunction } from './handler.ts';
import { sharedFirst } from './first-counts.ts';
import { refusals, Refused } from './refusals.ts';
import { identityOf, isReference, nameOf, rootName } from './stream-name.ts';
import { isReadAside, type Listener, type Stage, type Wiring } from './wiring.ts';

export type Failure =
  /** Nobody listened: the process ended, and still does. `passes`: codes of what was no failure before. */
  | { readonly kind: 'thrown'; readonly passes: readonly string[] }
  /** `without`: parts of the handlers that destroy stages, which the pipeline does by itself. */
  /** The last stream has had a listener from before: it hears of every failure, since a pipeline destroys the stream with it. */
  | { readonly kind: 'told'; readonly handler: ts.Expression }
  /** `keeps`: the stages' own handlers stay, and tell `handler` before the pipeline does. */
  | { readonly kind: 'handled'; readonly handler: Handler; readonly without: readonly ts.Node[]; readonly keeps?: true };

/** Code that runs when everything has been passed on. */
export interface Success {
  readonly handler: Handler;
  readonly event: string;
  /** `out.end()` of the handler, which the pipeline does by itself. */
  readonly without: readonly ts.Node[];
}

/** Is the listener replaced by the end of the pipeline, rather than kept? */
export function isConsumed({ stages, loop }: Wiring, stage: Stage, { event }: Listener): boolean {
  const isLast = stage === stages.at(-1);
  if (event === 'error') return true;
  if (isReadAside(stages, stage)) return false;
  if (event === 'finish' || event === 'close') return isLast;
  return event === 'end' && stage === stages[0] && (loop !== undefined || stages.at(-1)?.kind?.role === 'stdio');
}

/**
 * @param earlier the handler of errors that the last stage has had from before
 * @throws Refused when the stages have different handlers, or one that cannot be moved
 */
export function failureOf(program: Program, wiring: Wiring, earlier: ts.Expression | undefined): Failure {
  const { stages } = wiring;
  const first = earlier === undefined ? sharedFirst(program, wiring) : undefined;
  let shared: Handler | undefined;
  const without: ts.Node[] = [];
  for (const stage of stages) {
    const errors = stage.listeners.filter(({ event }) => event === 'error');
    if (errors.length > 1) throw new Refused(refusals.differentHandlers());
    for (const { handler: given } of errors) {
      const handler = readHandler(program, given, 1);
      if (handler === undefined) throw new Refused(refusals.handlerShape('error'));
      if (first !== undefined && shared !== undefined && !isSameHandler(program, shared, handler))
        return { kind: 'handled', handler: first, without: [], keeps: true };
      const destroying = handler.kind === 'inline' ? destroyingParts(program, handler.fn, stages) : [];
      without.push(...destroying);
      const rest = destroying.length === 0 ? handler : withoutDestroying(program, handler, destroying);
      if (shared !== undefined && !isSameHandler(program, shared, rest, without)) throw new Refused(refusals.differentHandlers());
      shared ??= rest;
    }
  }
  if (earlier !== undefined) {
    const known = readHandler(program, earlier, 1);
    if (without.length > 0 || (shared !== undefined && (known === undefined || !isSameHandler(program, shared, known))))
      throw new Refused(refusals.differentHandlers());
    return { kind: 'told', handler: earlier };
  }
  if (shared !== undefined) return { kind: 'handled', handler: shared, without };
  return { kind: 'thrown', passes: passedCodes(stages) };
}

/** `output.destroy();` of the handler itself. */
function destroyingParts(program: Program, { body }: InlineFunction, stages: readonly Stage[]): ts.Node[] {
  const ids = stages.map((stage) => identityOf(program, (stage.declaration?.name as ts.Identifier | undefined) ?? stage.base));
  const destroys = (node: ts.Expression): boolean => {
    if (!ts.isCallExpression(node) || node.arguments.length > 0 || !ts.isPropertyAccessExpression(node.expression)) return false;
    const { name, expression } = node.expression;
    return name.text === 'destroy' && isReference(expression) && ids.includes(identityOf(program, expression));
  };
  if (!ts.isBlock(body)) return destroys(body) ? [body] : [];
  return body.statements.filter((statement) => ts.isExpressionStatement(statement) && destroys(statement.expression));
}

/** A handler that does nothing else but hand the error on is the function that it calls. */
function withoutDestroying(program: Program, handler: Handler, destroying: readonly ts.Node[]): Handler {
  if (handler.kind === 'named' || !ts.isBlock(handler.fn.body)) return handler;
  const [only, ...more] = handler.fn.body.statements.filter((statement) => !destroying.includes(statement));
  if (only === undefined || more.length > 0) return handler;
  const callee = handsOnIn(program, handler.fn, only);
  return callee === undefined ? handler : { kind: 'named', callee };
}

/** What a pipeline calls an error and `pipe` did not notice: that the other end went away. Measured on Node 20, 22 and 24. */
function passedCodes(stages: readonly Stage[]): string[] {
  const leaving = stages.filter((stage) => stage.kind?.leaves === true);
  if (leaving.length === 0) return [];
  const codes = ['ERR_STREAM_PREMATURE_CLOSE'];
  if (stages.at(-1)?.kind?.leaves === true) codes.push('ERR_STREAM_UNABLE_TO_PIPE');
  if (stages.some((stage) => stage.kind?.role === 'request')) codes.push('ECONNRESET');
  return codes;
}

/** @throws Refused when a handler cannot be moved */
export function successOf(program: Program, wiring: Wiring, failure: Failure): Success[] {
  const { stages, loop } = wiring;
  const last = stages.at(-1);
  const order = ['end', 'finish', 'close'];
  const found: Success[] = [];
  for (const stage of stages) {
    for (const listener of stage.listeners) {
      if (listener.event === 'error' || !isConsumed(wiring, stage, listener)) continue;
      const handler = readHandler(program, listener.handler, 0);
      if (handler === undefined) {
        throw new Refused(
          loop !== undefined && listener.event === 'end' ? refusals.endWork(nameOf(last?.base)) : refusals.handlerShape(listener.event),
        );
      }
      if (listener.event === 'close' && !mayFollowSuccess(program, failure, handler)) throw new Refused(refusals.closeHandler());
      found.push({ handler, event: listener.event, without: [] });
    }
  }
  found.sort((a, b) => order.indexOf(a.event) - order.indexOf(b.event));
  return loop === undefined
    ? found
    : found.map((success) => (success.event === 'end' ? withoutEnd(program, success, loop.target) : success));
}

/** A file that failed to be written is closed too: whoever is told of the failure and then of the close must not mind, or was told twice. */
function mayFollowSuccess(program: Program, failure: Failure, handler: Handler): boolean {
  if (failure.kind === 'thrown') return true;
  if (failure.kind === 'told') return false;
  return mindsOnlyTheFirst(program, failure.handler, handler) || isSameCallee(program, failure.handler, handler);
}

/** The promise is rejected already, or the function has been called. */
function mindsOnlyTheFirst(program: Program, failure: Handler, handler: Handler): boolean {
  if (isSettler(program, failure, 1) && isSettler(program, handler, 0)) return true;
  return countsOnce(program, failure) && isSameCallee(program, failure, handler);
}

/** Is one function told of either, `cb(error)` and then `cb()`? */
function isSameCallee(program: Program, failure: Handler, handler: Handler): boolean {
  if (failure.kind !== 'named') return false;
  const callee = handler.kind === 'named' ? handler.callee : onlyCall(handler.fn)?.expression;
  return callee !== undefined && isSameHandler(program, failure, { kind: 'named', callee });
}

/** Does the handler of `close` run after a failure too, for a callback that was told already? */
export function calledTwiceAfterFailure(program: Program, success: readonly Success[], failure: Failure): boolean {
  return (
    failure.kind === 'handled' &&
    success.some(({ event, handler }) => event === 'close' && !mindsOnlyTheFirst(program, failure.handler, handler))
  );
}

/** Is the handler `resolve` or `reject` of the `new Promise` around it? */
export function isSettler(program: Program, handler: Handler, index: 0 | 1): boolean {
  if (handler.kind !== 'named') return false;
  const parameter = program.symbolOf(handler.callee)?.valueDeclaration;
  if (parameter === undefined || !ts.isParameter(parameter) || parameter.parent.parameters[index] !== parameter) return false;
  const { parent } = parameter.parent;
  if (!ts.isNewExpression(parent) || replacedPromise(program) !== undefined) return false;
  const { key } = program.originOf(parent.expression) ?? {};
  // The second one is how the type of the global is called.
  return key === 'global.Promise' || key === 'global.PromiseConstructor.new';
}

/** The `end` handler of a copy loop without the statement that ends the destination. */
function withoutEnd(program: Program, success: Success, target: ts.Expression): Success {
  const { handler } = success;
  const refuse = (): never => {
    throw new Refused(refusals.endWork(nameOf(target)));
  };
  if (handler.kind === 'named') return mentionsTarget(program, handler, rootText(target)) ? refuse() : success;
  const ends = (node: ts.Node): node is ts.CallExpression => isEndOf(node, target);
  const { body } = handler.fn;
  const calls = allNodes(body, ends);
  if (calls.length > 1 || calls.some((call) => call.arguments.length > 0)) refuse();
  const [call] = calls;
  if (call === undefined) return success;
  if (body === call) return { ...success, without: [call] };
  const statement = ts.isBlock(body) ? body.statements.find((one) => ts.isExpressionStatement(one) && one.expression === call) : undefined;
  return statement === undefined ? refuse() : { ...success, without: [statement] };
}

function isEndOf(node: ts.Node, target: ts.Expression): node is ts.CallExpression {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'end' &&
    node.expression.expression.getText() === target.getText()
  );
}

function rootText(expression: ts.Expression): string {
  return rootName(expression).getText();
}

function mentionsTarget(program: Program, handler: Handler, name: string): boolean {
  if (handler.kind !== 'named') return false;
  const symbol = program.symbolOf(handler.callee);
  const declaration = symbol?.valueDeclaration;
  return declaration !== undefined && mentions(declaration, name);
}

function allNodes<T extends ts.Node>(root: ts.Node, test: (node: ts.Node) => node is T): T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    if (test(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/**
 * Does the loop leave the destination open, with nobody to notice that a pipeline ends it?
 * @throws Refused when somebody might
 */
export function leavesOpen(program: Program, { loop, stages, listening }: Wiring, success: readonly Success[]): boolean {
  if (loop === undefined || loop.digests) return false;
  const [source, last] = [stages[0], stages.at(-1)];
  const endHandlers = source?.listeners.filter(({ event }) => event === 'end') ?? [];
  if (endHandlers.some(({ handler }) => allNodes(handler, (node) => isEndOf(node, loop.target)).length > 0)) return false;
  const name = nameOf(loop.target);
  const listened = (last?.listeners ?? []).some(({ event }) => event !== 'error');
  const references = last?.symbol === undefined ? [] : program.references.to(last.symbol);
  const listeners = listening.filter(({ chain }) => chain.segments[0]?.base.getText() === loop.target.getText()).length;
  // The declaration, the write, and listeners: nobody else could tell.
  const own = 2 + loop.writes.length - 1 + listeners;
  const declared = last?.symbol?.valueDeclaration;
  const isOwn = declared !== undefined && ts.isVariableDeclaration(declared) && declared.initializer !== undefined;
  if (!isOwn || last?.kind?.role !== 'file' || listened || success.length > 0 || references.length !== own)
    throw new Refused(refusals.leftOpen(name));
  return true;
}

/** @throws Refused when the bodies cannot follow one another in one function */
export function checkBodies(success: readonly Success[], failure: Failure): void {
  const bodies = success.flatMap(({ handler }) => (handler.kind === 'inline' ? [handler.fn] : []));
  const names = new Set<string>();
  bodies.forEach((fn, index) => {
    const isLast = success.at(-1)?.handler.kind === 'inline' && index === bodies.length - 1;
    if (!isLast && ts.isBlock(fn.body) && ownNodes(fn.body, ts.isReturnStatement).length > 0) throw new Refused(refusals.handlerMerge());
    if (fn.parameters.length > 0) throw new Refused(refusals.handlerShape('finish'));
    if (!ts.isBlock(fn.body)) return;
    for (const name of declaredNames(fn.body)) {
      if (names.has(name)) throw new Refused(refusals.handlerMerge());
      names.add(name);
    }
  });
  if (failure.kind !== 'handled' || failure.handler.kind !== 'inline') return;
  const { fn } = failure.handler;
  const [parameter, ...more] = fn.parameters;
  if (more.length > 0 || (parameter !== undefined && (!ts.isIdentifier(parameter.name) || parameter.initializer !== undefined))) {
    throw new Refused(refusals.handlerShape('error'));
  }
  if (ts.isBlock(fn.body) && hoistedNames(fn.body).some((name) => names.has(name) || bodies.some((body) => mentions(body, name)))) {
    throw new Refused(refusals.handlerMerge());
  }
}

/** Names that the body declares in its own scope. */
export function declaredNames(body: ts.Block): string[] {
  const lexical = body.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText());
    if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name !== undefined)
      return [statement.name.text];
    return [];
  });
  return [...new Set([...lexical, ...hoistedNames(body)])];
}

/** `var`s anywhere in the body, and its functions: they belong to the whole function. */
function hoistedNames(body: ts.Block): string[] {
  return ownNodes(
    body,
    (node): node is ts.VariableDeclaration | ts.FunctionDeclaration =>
      ts.isFunctionDeclaration(node) ||
      (ts.isVariableDeclaration(node) && (ts.getCombinedNodeFlags(node) & ts.NodeFlags.BlockScoped) === 0),
  ).flatMap((node) => (node.name === undefined ? [] : [node.name.getText()]));
}

/** Is nothing left of the handler without those nodes? */
export function isEmptyWithout(handler: Handler, without: readonly ts.Node[]): boolean {
  if (handler.kind === 'named') return false;
  const { body } = handler.fn;
  return ts.isBlock(body) ? body.statements.length === without.length : without.some((node) => node === body);
}
