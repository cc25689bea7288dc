/** What becomes of a line of stages: the pipeline's stages, where its failures go, and what follows its success. */

import { ts } from 'ts-morph';
import type { Reason, Safety } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { answersThrough } from './answers.ts';
import { listens, type Link } from './chain.ts';
import { checkKinds, checkLinks, checkOrder } from './checks.ts';
import { earlierListeners } from './earlier.ts';
import {
  checkBodies,
  failureOf,
  calledTwiceAfterFailure,
  isConsumed,
  isEmptyWithout,
  isSettler,
  leavesOpen,
  successOf,
  type Failure,
  type Success,
} from './endings.ts';
import { readHandler } from './handler.ts';
import { isNeutral } from './neutral-work.ts';
import { countsOnce } from './once.ts';
import { refusals, Refused } from './refusals.ts';
import { requestHears } from './request-failure.ts';
import { nameOf } from './stream-name.ts';
import { checkUses, functionAround } from './uses.ts';
import { isReadAside, isRound, type Stage, type Wiring } from './wiring.ts';

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
  const earlier = earlierListeners(program, last, wiring.list);
  const earlierErrors = earlier.filter(({ event }) => event === 'error');
  if (earlierErrors.length > 1) throw new Refused(refusals.differentHandlers());
  const failure = failureOf(program, wiring, earlierErrors[0]?.handler);
  if (wiring.siblings.length > 0 && failure.kind !== 'thrown') throw new Refused(refusals.severalDestinations(nameOf(first.base)));
  // A handler would not hear of what fails later; where there is none, that ends the process before and after.
  if (failure.kind !== 'thrown' && isUnknownReader(last)) throw new Refused(refusals.sideRead(nameOf(last.base)));
  const success = successOf(program, wiring, failure);
  const keeps = failure.kind === 'handled' && failure.keeps === true;
  const consumed = new Set(
    stages.flatMap((stage) =>
      stage.listeners
        .filter((listener) => isConsumed(wiring, stage, listener) && !(keeps && listener.event === 'error'))
        .map(({ link }) => link),
    ),
  );
  if (loop !== undefined) consumed.add(loop.link);
  const unsafe =
    unsafety(program, stages, failure) ??
    (calledTwiceAfterFailure(program, success, failure) ? refusals.closedTwice(nameOf(last.base)) : undefined);
  const bodies = {
    success: success.flatMap(({ handler }) => (handler.kind === 'inline' ? [handler.fn] : [])),
    failure: failure.kind === 'handled' && failure.handler.kind === 'inline' ? [failure.handler.fn] : [],
  };
  if (
    failure.kind === 'handled' &&
    (last.kind?.role === 'response' || last.kind?.role === 'socket' || (last.kind?.role === 'unknown' && !isMadeHere(last))) &&
    answersThrough(program, failure.handler, last)
  ) {
    throw new Refused(refusals.answersThrough(nameOf(last.base)));
  }
  if (failure.kind === 'handled' && last.kind?.role === 'process' && !isSettler(program, failure.handler, 1)) {
    throw new Refused(refusals.childInput(nameOf(last.base)));
  }
  const removed = new Set<ts.Node>([...success.flatMap(({ without }) => without), ...(failure.kind === 'handled' ? failure.without : [])]);
  const flowStart = Math.max(...wiring.flows.map((flow) => flow.getStart()));
  // The parts of the wiring itself: what connects, and the streams that listeners are added to.
  const own = [
    ...[...wiring.flows, ...wiring.siblings].flatMap(connectingNames),
    ...wiring.listening.map(({ chain }) => chain.segments[0]?.base),
    wiring.conditional?.source.base,
  ];
  checkUses(program, stages, {
    list: wiring.list,
    flowStart,
    readAside: isReadAside(stages, last) ? last : undefined,
    isConsumed: (node) =>
      own.some((one) => one === node) ||
      earlier.some(({ link, event }) => (event === 'error' || event === 'finish') && within(link.call, node)) ||
      loop?.writes.some((write) => within(write, node) && isTarget(write, node)) === true ||
      [...removed].some((statement) => within(statement, node)),
    successBodies: bodies.success,
    failureBodies: bodies.failure,
  });
  checkBodies(success, failure);
  const leftOpen = leavesOpen(program, wiring, success);
  if (leftOpen) notes.push(`${nameOf(last.base)} is closed at the end, which the loop left to the end of the process.`);
  notes.push(...remarks(stages, failure, success, wiring));
  const leaver = stages.slice(1).find(({ kind }) => kind?.leaves === true);
  if (first.kind?.role === 'stdio' && leaver !== undefined && !ts.isSourceFile(functionAround(wiring.list)))
    throw new Refused(refusals.standardInput(nameOf(leaver.base)));
  const stdio = last.kind?.role === 'stdio';
  if (stdio && failure.kind === 'thrown') throw new Refused(refusals.standardStream(nameOf(last.base)));
  return {
    wiring,
    stages,
    failure,
    success,
    consumed,
    keepsOpen: stdio,
    mayBeGone: last.kind?.leaves === true || failure.kind === 'told',
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
function connectingNames(statement: ts.Node): ts.Node[] {
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

function unsafety(program: Program, stages: readonly Stage[], failure: Failure): Reason | undefined {
  const unknown = stages.find((stage) => stage.kind?.role === 'unknown');
  if (unknown !== undefined) return refusals.takenForStream(nameOf(unknown.base));
  if (failure.kind !== 'thrown') {
    const bare = stages.filter(
      (stage) => stage.kind?.failure === 'emitted' && !hearsErrors(stage, failure.kind === 'told' && stage === stages.at(-1)),
    );
    if (bare.length > 0) return refusals.unhandled(bare.map((stage) => nameOf(stage.base)).join(' and '));
  }
  if (isRound(stages) && failure.kind === 'handled' && !doesNothing(failure)) return refusals.leavesEitherWay(nameOf(stages[0]?.base));
  const answer = stages.find((stage) => isToldByRequestToo(program, stage, failure));
  if (answer !== undefined) return refusals.requestTellsToo(nameOf(answer.base));
  const handed = stages.find((stage) => isHandedIn(program, stage));
  if (handed !== undefined) return refusals.handedIn(nameOf(handed.base));
  return undefined;
}

/** The answer of another server, of whose reset connection the request tells as well: a callback would hear of it twice. */
function isToldByRequestToo(program: Program, { base, kind, listeners }: Stage, failure: Failure): boolean {
  if (kind?.role !== 'request' || failure.kind === 'thrown' || listeners.some(({ event }) => event === 'error')) return false;
  const handler = failure.kind === 'handled' ? failure.handler : readHandler(program, failure.handler, 1);
  if (handler !== undefined && (countsOnce(program, handler) || doesNothing(failure))) return false;
  return requestHears(program, base);
}

/** Of unknown kind, and listened to for what it gives: it can be read too. */
function isUnknownReader({ kind, listeners }: Stage): boolean {
  return kind?.role === 'unknown' && listeners.some(({ event }) => event === 'data' || event === 'readable');
}

/** A stream that is made here, and that nobody else holds (which the check of its uses sees to): no handler can answer through it. */
function isMadeHere({ base, symbol }: Stage): boolean {
  if (symbol === undefined) return ts.isCallExpression(base) || ts.isNewExpression(base);
  const { valueDeclaration: declaration } = symbol;
  return (
    declaration !== undefined && ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined && ts.isIdentifier(base)
  );
}

function hearsErrors({ listeners }: Stage, fromBefore: boolean): boolean {
  return fromBefore || listeners.some(({ event }) => event === 'error');
}

/** Is nothing left of the handler but what the pipeline does by itself? */
function doesNothing(failure: Failure): boolean {
  return failure.kind === 'handled' && isEmptyWithout(failure.handler, failure.without);
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
  const last = stages.at(-1);
  const names = (some: readonly Stage[]): string => [...new Set(some.map((stage) => nameOf(stage.base)))].join(' or ');
  // A request that is cut off tells whoever listens for its errors, and nobody else.
  const leaving = stages.filter(
    ({ kind, listeners }) => kind?.leaves === true && !(kind.role === 'request' && listeners.some(({ event }) => event === 'error')),
  );
  if (failure.kind === 'told') {
    notes.push(`Every failure destroys ${nameOf(last?.base)}, whose listener is told of it.`);
  }
  if (failure.kind !== 'thrown' && leaving.length > 0 && !doesNothing(failure)) {
    notes.push(`When the other end of ${names(leaving)} goes away early, the handler is told now; nobody was told before.`);
  }
  if (failure.kind === 'handled' && last !== undefined && isReadAside(stages, last)) {
    notes.push(
      `When a stream fails, ${nameOf(last.base)} is destroyed too: what it still held is not given out, and it does not stay open.`,
    );
  }
  if (failure.kind === 'handled' && stages.at(-1)?.kind?.role === 'response')
    notes.push('A failure now cuts the response off; it was left open before, and the client waited.');
  if (
    loop !== undefined &&
    !loop.digests &&
    success.some(({ event, handler, without }) => event === 'end' && !isEmptyWithout(handler, without))
  ) {
    notes.push('What followed the last read now follows the last write, and is not done after a failure to write.');
  }
  if (failure.kind === 'handled' && stages[0]?.kind?.role === 'request') {
    notes.push(`After a failure ${nameOf(stages[0].base)} is destroyed, and counts as aborted; the response can still be sent.`);
  }
  if (loop?.work === 'stage' && isNeutral(loop))
    notes.push('A throw while working on a chunk ended the process; it now fails the pipeline.');
  return notes;
}
