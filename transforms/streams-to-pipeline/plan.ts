/** What becomes of a line of stages: the pipeline's stages, where its failures go, and what follows its success. */

import { ts } from 'ts-morph';
import type { Reason, Safety } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { eventOf, listens, type Link } from './chain.ts';
import { isSameHandler, mentions, ownNodes, readHandler, type Handler } from './handler.ts';
import { answersThrough } from './answers.ts';
import { refusals, Refused } from './refusals.ts';
import { nameOf, rootName } from './stream-name.ts';
import { checkUses, functionAround, isUnchangedEvent } from './uses.ts';
import type { Listener, Stage, Wiring } from './wiring.ts';

export type Failure =
  /** Nobody listened: the process ended, and still does. `passes`: codes of what was no failure before. */
  { readonly kind: 'thrown'; readonly passes: readonly string[] } | { readonly kind: 'handled'; readonly handler: Handler };

/** Code that runs when everything has been passed on. */
export interface Success {
  readonly handler: Handler;
  readonly event: string;
  /** `out.end()` of the handler, which the pipeline does by itself. */
  readonly without: readonly ts.Node[];
}

export interface Plan {
  readonly wiring: Wiring;
  readonly stages: readonly Stage[];
  readonly failure: Failure;
  readonly success: readonly Success[];
  /** Calls on the stages that go: listeners that the pipeline's end replaces. */
  readonly consumed: ReadonlySet<Link>;
  /** The destination stays open. */
  readonly keepsOpen: boolean;
  /** The destination may have closed before, for which the callback form of newer Nodes throws at once. */
  readonly mayBeGone: boolean;
  readonly safety: Safety;
  readonly reason: Reason | undefined;
  readonly notes: readonly string[];
}

/** @throws Refused */
export function plan(program: Program, wiring: Wiring): Plan {
  const { stages, loop } = wiring;
  const [first, last] = [stages[0], stages.at(-1)];
  if (first === undefined || last === undefined) throw new Error('A wiring has two stages at least.');
  checkKinds(stages);
  if (loop?.refused !== undefined) throw new Refused(loop.refused);
  checkLinks(stages, wiring);
  checkOrder(wiring);
  const notes: string[] = [];
  const failure = failureOf(program, stages);
  const success = successOf(program, wiring, failure);
  const consumed = new Set(
    stages.flatMap((stage) => stage.listeners.filter((listener) => isConsumed(wiring, stage, listener)).map((listener) => listener.link)),
  );
  if (loop !== undefined) consumed.add(loop.link);
  const unsafe = unsafety(program, stages, failure);
  const bodies = {
    success: success.flatMap(({ handler }) => (handler.kind === 'inline' ? [handler.fn] : [])),
    failure: failure.kind === 'handled' && failure.handler.kind === 'inline' ? [failure.handler.fn] : [],
  };
  if (
    failure.kind === 'handled' &&
    (last.kind?.role === 'response' || last.kind?.role === 'socket') &&
    answersThrough(program, failure.handler, last)
  ) {
    throw new Refused(refusals.answersThrough(nameOf(last.base)));
  }
  const removed = new Set<ts.Node>(success.flatMap(({ without }) => without));
  const flowStart = Math.max(...wiring.flows.map((flow) => flow.getStart()));
  // The parts of the wiring itself: what connects, and the streams that listeners are added to.
  const own = [...wiring.flows.flatMap(connectingNames), ...wiring.listening.map(({ chain }) => chain.segments[0]?.base)];
  checkUses(program, stages, {
    list: wiring.list,
    flowStart,
    isConsumed: (node) =>
      own.some((one) => one === node) ||
      loop?.writes.some((write) => within(write, node) && isTarget(write, node)) === true ||
      [...removed].some((statement) => within(statement, node)),
    successBodies: bodies.success,
    failureBodies: bodies.failure,
  });
  checkBodies(success, failure);
  const leftOpen = checkEnd(program, wiring, success);
  if (leftOpen) notes.push(`${nameOf(last.base)} is closed at the end, which the loop left to the end of the process.`);
  notes.push(...remarks(stages, failure, success, wiring));
  const stdio = last.kind?.role === 'stdio';
  if (stdio && failure.kind === 'thrown') throw new Refused(refusals.standardStream(nameOf(last.base)));
  return {
    wiring,
    stages,
    failure,
    success,
    consumed,
    keepsOpen: stdio,
    mayBeGone: last.kind?.leaves === true,
    safety: unsafe === undefined ? 'safe' : 'unsafe',
    reason: unsafe,
    notes,
  };
}

function within(outer: ts.Node, inner: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end;
}

function isTarget(write: ts.CallExpression, node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(write.expression) && write.expression.expression === node;
}

/** The expressions of a connecting statement that stand for streams: `a`, `b` in `a.on(…).pipe(b)`. */
function connectingNames(statement: ts.Statement): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { text } = node.expression.name;
      if (text === 'pipe' || listens.has(text) || text === 'setEncoding') {
        found.push(node.expression.expression);
        if (text === 'pipe' && node.arguments[0] !== undefined) found.push(node.arguments[0]);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return found;
}

function checkKinds(stages: readonly Stage[]): void {
  stages.forEach((stage, index) => {
    const name = nameOf(stage.base);
    if (stage.kind === undefined) throw new Refused(refusals.unknownStream(name));
    const { side, role } = stage.kind;
    const needs = index === 0 ? 'readable' : index === stages.length - 1 ? 'writable' : 'duplex';
    if (side !== 'duplex' && side !== needs) throw new Refused(refusals.unknownStream(name));
    if (role === 'outgoing-request') throw new Refused(refusals.outgoingRequest(name));
    const isLast = index === stages.length - 1;
    if (isLast && side === 'duplex' && role !== 'socket' && role !== 'digest' && role !== 'stdio')
      throw new Refused(refusals.sideRead(name));
  });
}

function checkLinks(stages: readonly Stage[], { flows, listening }: Wiring): void {
  for (const flow of flows) {
    for (const call of ownNodes(flow, ts.isCallExpression)) {
      if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'pipe') continue;
      const options = call.arguments[1];
      if (options !== undefined && options.getText().replace(/\s/g, '') !== '{end:true}') throw new Refused(refusals.endOption());
    }
  }
  stages.forEach((stage, index) => {
    const name = nameOf(stage.base);
    const apart = listening.flatMap(({ chain }) =>
      chain.segments[0]?.base.getText() === stage.base.getText() ? chain.segments[0].links : [],
    );
    for (const link of [...(stage.definition?.links ?? []), ...stage.links, ...apart]) {
      if (listens.has(link.method)) {
        const event = eventOf(link);
        if (event === undefined) throw new Refused(refusals.listener(name, link.call.arguments[0]?.getText() ?? ''));
        const isLast = index === stages.length - 1;
        if (event === 'error' || isUnchangedEvent(event) || (event === 'finish' && index > 0)) continue;
        if (event === 'close' && isLast && stage.kind?.role === 'file') continue;
        throw new Refused(refusals.listener(name, event));
      }
      if (link.method !== 'setEncoding' && link.method !== 'setMaxListeners') throw new Refused(refusals.adjusted(name, link.method));
    }
  });
}

/** Nothing may come between the statements that connect and those that listen. */
function checkOrder({ list, flows, listening, stages }: Wiring): void {
  const defining = stages.flatMap(({ definition }) => definition?.statement ?? []);
  const own = new Set<ts.Statement>([...flows, ...defining, ...listening.map(({ statement }) => statement)]);
  const indices = list.statements.flatMap((statement, index) => (own.has(statement) ? [index] : []));
  const between = list.statements.slice(Math.min(...indices), Math.max(...indices)).filter((statement) => !own.has(statement));
  for (const statement of between) {
    const leaves = ownNodes(
      statement,
      (node): node is ts.Node =>
        ts.isAwaitExpression(node) ||
        ts.isYieldExpression(node) ||
        ts.isReturnStatement(node) ||
        ts.isThrowStatement(node) ||
        ts.isBreakOrContinueStatement(node),
    );
    if (leaves.length > 0) throw new Refused(refusals.between());
  }
  const position = Math.max(...flows.map((flow) => flow.pos));
  for (const { symbol, declaration } of stages) {
    const declared = symbol?.valueDeclaration;
    if (declaration !== undefined || declared === undefined) continue;
    if (declared.getSourceFile() === list.getSourceFile() && functionAround(declared) === functionAround(list) && declared.pos > position) {
      throw new Refused(refusals.between());
    }
  }
}

/** Is the listener replaced by the end of the pipeline, rather than kept? */
function isConsumed({ stages, loop }: Wiring, stage: Stage, { event }: Listener): boolean {
  const isLast = stage === stages.at(-1);
  if (event === 'error') return true;
  if (event === 'finish' || event === 'close') return isLast;
  return event === 'end' && stage === stages[0] && (loop !== undefined || stages.at(-1)?.kind?.role === 'stdio');
}

function failureOf(program: Program, stages: readonly Stage[]): Failure {
  let shared: Handler | undefined;
  for (const stage of stages) {
    const errors = stage.listeners.filter(({ event }) => event === 'error');
    if (errors.length > 1) throw new Refused(refusals.differentHandlers());
    for (const { handler: given } of errors) {
      const handler = readHandler(program, given, 1);
      if (handler === undefined) throw new Refused(refusals.handlerShape('error'));
      if (shared !== undefined && !isSameHandler(program, shared, handler)) throw new Refused(refusals.differentHandlers());
      shared ??= handler;
    }
  }
  if (shared !== undefined) return { kind: 'handled', handler: shared };
  return { kind: 'thrown', passes: passedCodes(stages) };
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

function successOf(program: Program, wiring: Wiring, failure: Failure): Success[] {
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
      if (listener.event === 'close' && !closesOnlyAfterSuccess(program, failure, handler)) throw new Refused(refusals.closeHandler());
      found.push({ handler, event: listener.event, without: [] });
    }
  }
  found.sort((a, b) => order.indexOf(a.event) - order.indexOf(b.event));
  return loop === undefined
    ? found
    : found.map((success) => (success.event === 'end' ? withoutEnd(program, success, loop.target) : success));
}

/** A file that failed to be written is closed too; only a promise that was rejected does not mind. */
function closesOnlyAfterSuccess(program: Program, failure: Failure, handler: Handler): boolean {
  if (failure.kind === 'thrown') return true;
  return isSettler(program, failure.handler, 1) && isSettler(program, handler, 0);
}

/** Is the handler `resolve` or `reject` of the `new Promise` around it? */
export function isSettler(program: Program, handler: Handler, index: 0 | 1): boolean {
  if (handler.kind !== 'named') return false;
  const parameter = program.symbolOf(handler.callee)?.valueDeclaration;
  if (parameter === undefined || !ts.isParameter(parameter) || parameter.parent.parameters[index] !== parameter) return false;
  const { parent } = parameter.parent;
  if (!ts.isNewExpression(parent)) return false;
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

/** Does the loop leave the destination open, with nobody to notice that a pipeline ends it? */
function checkEnd(program: Program, { loop, stages, listening }: Wiring, success: readonly Success[]): boolean {
  if (loop === undefined) return false;
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

function checkBodies(success: readonly Success[], failure: Failure): void {
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

function unsafety(program: Program, stages: readonly Stage[], failure: Failure): Reason | undefined {
  if (failure.kind === 'handled') {
    const bare = stages.filter((stage) => stage.kind?.failure === 'emitted' && !stage.listeners.some(({ event }) => event === 'error'));
    if (bare.length > 0) return refusals.unhandled(bare.map((stage) => nameOf(stage.base)).join(' and '));
  }
  const handed = stages.find((stage) => isHandedIn(program, stage));
  if (handed !== undefined) return refusals.handedIn(nameOf(handed.base));
  return undefined;
}

/** A parameter that a caller gives; not what an API gives to its callback, which is made for it, nor a server's messages. */
function isHandedIn(program: Program, { symbol, kind }: Stage): boolean {
  const declaration = symbol?.valueDeclaration;
  if (declaration === undefined || !ts.isParameter(declaration) || kind?.role === 'request' || kind?.role === 'response') return false;
  const origin = ts.isIdentifier(declaration.name) ? program.originOf(declaration.name) : undefined;
  const { parent } = declaration.parent;
  return origin?.steps.some((step) => step.startsWith('(cb')) !== true && !(ts.isCallExpression(parent) || ts.isNewExpression(parent));
}

function remarks(stages: readonly Stage[], failure: Failure, success: readonly Success[], { loop }: Wiring): string[] {
  const notes: string[] = [];
  const leaving = stages.filter((stage) => stage.kind?.leaves === true);
  if (failure.kind === 'handled' && leaving.length > 0) {
    notes.push(
      `When the other end of ${leaving.map((stage) => nameOf(stage.base)).join(' or ')} goes away early, the handler is told now; nobody was told before.`,
    );
  }
  if (failure.kind === 'handled' && stages.at(-1)?.kind?.role === 'response')
    notes.push('A failure now cuts the response off; it was left open before, and the client waited.');
  if (loop !== undefined && success.some(({ event, handler, without }) => event === 'end' && !isEmptyWithout(handler, without))) {
    notes.push('What followed the last read now follows the last write, and is not done after a failure to write.');
  }
  if (failure.kind === 'handled' && stages[0]?.kind?.role === 'request') {
    notes.push(`After a failure ${nameOf(stages[0].base)} is destroyed, and counts as aborted; the response can still be sent.`);
  }
  if (loop?.work === 'stage') notes.push('A throw while working on a chunk ended the process; it now fails the pipeline.');
  return notes;
}

/** Is nothing left of the handler without those nodes? */
export function isEmptyWithout(handler: Handler, without: readonly ts.Node[]): boolean {
  if (handler.kind === 'named') return false;
  const { body } = handler.fn;
  return ts.isBlock(body) ? body.statements.length === without.length : without.some((node) => node === body);
}
