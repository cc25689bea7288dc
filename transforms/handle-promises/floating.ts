/** A promise that is dropped: awaited where the order allows, else given to the handler of its surroundings. */

import { ts } from 'ts-morph';
import { awaitContextOf, type AwaitContext } from '../../engine/async/await-context.ts';
import { functionName, isAsync, type FunctionNode } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Finding } from '../../engine/finding.ts';
import { placeOf as placeInProgram } from '../../engine/program/place.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { awaitBefore, callBehind, chainBreak } from './await-text.ts';
import { callbackFix } from './callback-in-scope.ts';
import { fixOf, refusalOf, shortText, titled } from './draft.ts';
import { isAnsweredBefore, usesAnswer } from './express.ts';
import { callTo, handlerArgument, loggingHandler, scriptHandler, surroundingHandler, type Handler } from './handlers.ts';
import { keptAt } from './kept.ts';
import type { Knowledge } from './knowledge.ts';
import { firstThatWouldWait } from './order.ts';
import { placeOf } from './place.ts';
import type { Site } from './sites.ts';
import { returnedToChain } from './return-to-chain.ts';
import { assertion, testAround, type TestAround } from './tests.ts';
import { waits } from './wait-reason.ts';

export type Floating = Extract<Site, { kind: 'floating' }>;

export function floating(site: Floating, known: Knowledge): Finding {
  const kept = keptAt(site.expression, known);
  if (kept !== undefined) return keptForOthers(site, kept, known);
  const context = awaitContextOf(site.expression);
  const inTest = testAround(site.expression, known);
  const asserted = inTest?.asserting === undefined ? undefined : caughtBy(site, assertion(inTest.asserting), known);
  if (site.statement !== undefined && context.kind === 'function' && isAsync(context.fn) && !isLeftRunning(site, context.fn, known)) {
    return safeElse(awaited(site, site.statement, context.fn, known), asserted);
  }
  if (inTest?.done !== undefined) return toldToTest(site, inTest.done, known);
  const awaiting =
    context.kind === 'function' ? (awaitedByItsCaller(site, context.fn, known) ?? returnedToChain(site, context.fn, known)) : undefined;
  if (awaiting !== undefined) return safeElse(awaiting, asserted);
  if (asserted !== undefined) return asserted;
  if (inTest !== undefined) return hiddenFromTest(site, known);
  const callback = site.certainty === 'promise' ? callbackFix(site.expression, known) : undefined;
  return callback ?? awaitedInNewAsync(site, context, known) ?? caught(site, context, known);
}

function keptForOthers({ expression }: Floating, kept: ts.Node, known: Knowledge): Finding {
  return refusalOf(
    expression,
    titled(expression, (text) => `nobody sees a rejection of \`${text}\``),
    {
      code: 'escapes',
      message: `The promise is kept for others too (${placeInProgram(known.program, kept)}), and those may handle its failure.`,
      help: 'Give it a `catch` here if none of them does.',
    },
    known,
  );
}

/** A test that is told of the failure needs not wait for the promise where that would change the order of things. */
function safeElse(finding: Finding, other: Finding | undefined): Finding {
  return other === undefined || (finding.kind === 'fix' && finding.safety === 'safe') ? finding : other;
}

/** Nobody is meant to wait: it does not end, the answer has been given, or the code runs on its own. */
function isLeftRunning(site: Floating, fn: FunctionNode, known: Knowledge): boolean {
  if (site.openEnded) return true;
  const role = placeOf(fn, known);
  if (role.kind === 'listener') return true;
  if (role.kind !== 'root') return false;
  if (role.row.isMiddleware === true) return isAnsweredBefore(known.program, fn, site.expression);
  return role.row.rejection === 'process';
}

function awaited(site: Floating, statement: ts.Statement, fn: FunctionNode, known: Knowledge): Finding {
  const { program } = known;
  const follower = firstThatWouldWait(program, statement);
  return fixOf(
    {
      at: site.expression,
      title: titled(site.expression, (text) => `await \`${text}\``),
      edits: awaitBefore(program.pathOf(site.expression), site.expression),
      notes: [rejectionNote(statement, fn)],
      unsafe: follower && waits(known.program, site.expression, follower),
    },
    known,
  );
}

/** The function is given to a framework that waits for its promise, such as a test runner: to log a failure there would hide it. */
function awaitedByItsCaller(site: Floating, fn: FunctionNode, known: Knowledge): Finding | undefined {
  const { statement, expression } = site;
  const role = placeOf(fn, known);
  if (statement === undefined || isAsync(fn) || role.kind !== 'root' || role.row.rejection !== 'forwarded') return undefined;
  if (site.openEnded || role.row.isMiddleware === true) return undefined;
  const verdict = known.context.asynchrony.awaitAt(expression);
  if (verdict.kind === 'refused') {
    return refusalOf(expression, `nobody sees a rejection of \`${shortText(expression)}\``, verdict.reason, known);
  }
  const follower = firstThatWouldWait(known.program, statement);
  return fixOf(
    {
      at: expression,
      title: titled(expression, (text) => `await \`${text}\``),
      edits: awaitBefore(known.program.pathOf(expression), expression),
      notes: [
        `A rejection now reaches ${role.row.framework === 'test runner' ? 'the test runner' : role.row.framework}; before, nobody saw it and the process ended.`,
        ...(verdict.kind === 'possible' ? verdict.notes : []),
      ],
      unsafe: (follower && waits(known.program, expression, follower)) ?? (verdict.kind === 'possible' ? verdict.reason : undefined),
      dependsOn: verdict.kind === 'possible' ? verdict.dependsOn : [],
    },
    known,
  );
}

/** The test has a callback, which fails it. */
function toldToTest(site: Floating, done: NonNullable<TestAround['done']>, known: Knowledge): Finding {
  const shaped = site.certainty === 'promise' && done.failing === done.name ? callbackFix(site.expression, known) : undefined;
  if (shaped?.kind === 'fix') return shaped;
  return caughtBy(site, callTo(done.failing), known);
}

function hiddenFromTest({ expression }: Floating, known: Knowledge): Finding {
  return refusalOf(
    expression,
    titled(expression, (text) => `nobody sees a rejection of \`${text}\``),
    {
      code: 'control-flow',
      message: 'The test neither waits for the promise nor has a callback to tell; to log the failure would let the test pass.',
      help: 'Return the promise from the test, or await it there.',
    },
    known,
  );
}

/** The function around it is made async, when it and all who call it end with the promise. */
function awaitedInNewAsync(site: Floating, context: AwaitContext, known: Knowledge): Finding | undefined {
  const { statement, expression } = site;
  if (statement === undefined || context.kind !== 'function' || site.openEnded || !endsWith(statement, context.fn, known, new Set())) {
    return undefined;
  }
  const verdict = known.context.asynchrony.awaitAt(expression);
  if (verdict.kind !== 'possible' || verdict.safety === 'unsafe') return undefined;
  return fixOf(
    {
      at: expression,
      title: titled(expression, (text) => `await \`${text}\``),
      edits: awaitBefore(known.program.pathOf(expression), expression),
      notes: [rejectionNote(statement, context.fn), ...verdict.notes],
      dependsOn: verdict.dependsOn,
    },
    known,
  );
}

/** Nothing runs after the statement, in the function or in those that call it, up to functions that are async already. */
function endsWith(statement: ts.Node, fn: FunctionNode, known: Knowledge, seen: Set<FunctionNode>): boolean {
  const { graph } = known.context.asynchrony;
  if (seen.has(fn) || roleOf(known.program, fn).kind !== 'named' || firstThatWouldWait(known.program, statement) !== undefined)
    return false;
  seen.add(fn);
  const uses = graph.usesOf(fn).filter((use) => use.kind !== 'binding');
  return (
    uses.length > 0 &&
    uses.every((use) => {
      if (use.kind !== 'call') return false;
      const whole = ts.isAwaitExpression(use.call.parent) ? use.call.parent : use.call;
      const caller = awaitContextOf(use.call);
      if (caller.kind !== 'function' || !ts.isStatement(whole.parent)) return false;
      if (isAsync(caller.fn)) return firstThatWouldWait(known.program, whole.parent) === undefined;
      return endsWith(whole.parent, caller.fn, known, seen);
    })
  );
}

export function rejectionNote(statement: ts.Node, fn: FunctionNode): string {
  if (isInCatchingTry(statement, fn)) return 'A rejection now reaches the `catch` around it; before, nobody saw it and the process ended.';
  return `A rejection now rejects the promise of \`${functionName(fn)}\`; before, nobody saw it and the process ended.`;
}

function isInCatchingTry(node: ts.Node, fn: FunctionNode): boolean {
  for (let current = node; current !== fn; current = current.parent) {
    const { parent } = current;
    if (ts.isTryStatement(parent) && parent.tryBlock === current && parent.catchClause !== undefined) return true;
  }
  return false;
}

function caught(site: Floating, context: AwaitContext, known: Knowledge): Finding {
  return caughtBy(site, handlerFor(site.expression, context, known), known);
}

function caughtBy(site: Floating, handler: Handler, known: Knowledge): Finding {
  const file = site.expression.getSourceFile();
  const indentation = chainBreak(site.expression) ?? indentationAt(file, lineOfEnd(site.expression));
  const argument = handlerArgument(file, handler, indentation);
  return fixOf(
    {
      at: site.expression,
      title: titled(site.expression, (text) => `give the rejection of \`${text}\` to \`${handler.name}\``),
      edits: [...catchEdits(site, known.program.pathOf(site.expression), `.catch(${argument})`), ...handler.edits],
      handler,
      notes: [
        ...(site.openEnded ? ['The promise stands for something that goes on, so nothing waits for it.'] : []),
        `A rejection now reaches \`${handler.name}\`; before, nobody saw it and the process ended.`,
        ...handler.notes,
      ],
    },
    known,
  );
}

function catchEdits(site: Floating, path: string, text: string): ReturnType<typeof callBehind> {
  switch (site.certainty) {
    case 'promise':
      return callBehind(path, site.expression, text);
    case 'perhaps':
      return callBehind(path, site.expression, `?${text}`);
    case 'mixed': {
      const { expression } = site;
      const start = expression.getStart();
      return [
        { kind: 'replace', path, start, end: start, text: 'Promise.resolve(' },
        { kind: 'replace', path, start: expression.end, end: expression.end, text: `)${text}` },
      ];
    }
  }
}

/** The line on which the expression ends: a handler of several lines is indented from there. */
function lineOfEnd(expression: ts.Expression): number {
  return expression.end - 1;
}

export function handlerFor(expression: ts.Expression, context: AwaitContext, known: Knowledge): Handler {
  const { program } = known;
  if (context.kind === 'module') {
    const isScript = program.references.toModule(context.file).length === 0;
    return isScript ? scriptHandler(known, expression) : loggingHandler(known, expression);
  }
  return surroundingHandler(known, expression, (fn) => usesAnswer(program, expression, fn) && !isAnsweredBefore(program, fn, expression));
}
