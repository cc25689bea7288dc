/** `rows.forEach(async …)`: all are started at once, and nobody waits for any of them. */

import { ts } from 'ts-morph';
import { awaitContextOf } from '../../engine/async/await-context.ts';
import { isAsync, isFunctionNode } from '../../engine/async/functions.ts';
import type { Finding } from '../../engine/finding.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { isNameVisible } from '../../engine/source/names.ts';
import { isArray } from './arrays.ts';
import { callBehind } from './await-text.ts';
import { fixOf, refusalOf, shortText, titled } from './draft.ts';
import { rejectionNote } from './floating.ts';
import { ignoredName } from './ignored-name.ts';
import { handlerArgument, surroundingHandler } from './handlers.ts';
import type { Knowledge } from './knowledge.ts';
import { firstThatWouldWait } from './order.ts';
import type { Site } from './sites.ts';
import { waits } from './wait-reason.ts';
import { wrapBody } from './wrap-body.ts';

type Iteration = Extract<Site, { kind: 'iteration' }>;

export function iteration(site: Iteration, known: Knowledge): Finding {
  return gathered(site, known) ?? (isPlainIteration(site, known) ? caughtEach(site, known) : unknown(site, known));
}

/** An array, or what has a `forEach` by its type: it calls the function, and looks at nothing. */
function isPlainIteration({ call }: Iteration, known: Knowledge): boolean {
  const { expression: callee } = call;
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const type = known.program.checker.getTypeAtLocation(callee.expression);
  return (type.flags & ts.TypeFlags.Any) === 0 || isArray(known.program, callee.expression);
}

function unknown({ call }: Iteration, known: Knowledge): Finding {
  const callee = shortText(call.expression);
  return refusalOf(
    call,
    `the promises of \`${callee}\` are dropped`,
    {
      code: 'unknown-callback',
      message: `What \`${callee}\` is cannot be proven, so it may look after the promises itself.`,
      help: 'For an array, await `Promise.all` of its `map`, or catch inside the function.',
    },
    known,
  );
}

/** `await Promise.all(rows.map(async …))` */
function gathered(site: Iteration, known: Knowledge): Finding | undefined {
  const { call } = site;
  const { program } = known;
  const context = awaitContextOf(call);
  const callee = call.expression;
  if (context.kind !== 'function' || !isAsync(context.fn) || !ts.isPropertyAccessExpression(callee)) return undefined;
  if (callee.questionDotToken !== undefined || !isArray(program, callee.expression) || isNameVisible(program, 'Promise', call))
    return undefined;
  const path = program.pathOf(call);
  const start = call.getStart();
  const statement = statementOf(call);
  const follower = firstThatWouldWait(program, statement);
  return fixOf(
    {
      at: call,
      title: titled(callee, (text) => `await the promises of \`${text}\``),
      edits: [
        { kind: 'replace', path, start, end: start, text: 'await Promise.all(' },
        { kind: 'replace', path, start: callee.name.getStart(), end: callee.name.end, text: 'map' },
        { kind: 'replace', path, start: call.end, end: call.end, text: ')' },
      ],
      notes: [rejectionNote(statement, context.fn), 'All are still started at once.'],
      unsafe: follower && waits(known.program, call, follower),
    },
    known,
  );
}

/** Each callback handles its own rejection. */
function caughtEach(site: Iteration, known: Knowledge): Finding {
  const { call, callback } = site;
  const { program } = known;
  const handler = surroundingHandler(known, callback, () => false);
  const title = titled(call.expression, (text) => `give the rejections of \`${text}\` to \`${handler.name}\``);
  const note = `Each rejection now reaches \`${handler.name}\`; before, nobody saw it and the process ended.`;
  if (isFunctionNode(callback)) {
    const { body } = callback;
    const file = call.getSourceFile();
    const edits =
      !ts.isBlock(body) && known.values.of(body).kind === 'promise' && known.certainty.isThere(body)
        ? callBehind(program.pathOf(call), body, `.catch(${handlerArgument(file, handler, indentationAt(file, body.end - 1))})`)
        : wrapBody(program, callback, handler);
    return fixOf({ at: call, title, edits: [...edits, ...handler.edits], handler, notes: [note] }, known);
  }
  return ignoredName({ argument: callback, fn: site.fn, role: { kind: 'iteration', method: 'forEach', call, index: 0 } }, known);
}

function statementOf(node: ts.Node): ts.Node {
  let current = node;
  while (!ts.isStatement(current)) current = current.parent;
  return current;
}
