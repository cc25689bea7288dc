/** A statement whose value is an array of promises: they are gathered by `Promise.all`, and that is handled. */

import { awaitContextOf } from '../../engine/async/await-context.ts';
import { isAsync } from '../../engine/async/functions.ts';
import type { Finding } from '../../engine/finding.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { isNameVisible } from '../../engine/source/names.ts';
import { fixOf, refusalOf, shortText, titled } from './draft.ts';
import { handlerFor, rejectionNote } from './floating.ts';
import { handlerArgument } from './handlers.ts';
import type { Knowledge } from './knowledge.ts';
import { firstThatWouldWait } from './order.ts';
import type { Site } from './sites.ts';
import { waits } from './wait-reason.ts';

export function droppedArray(site: Extract<Site, { kind: 'dropped-array' }>, known: Knowledge): Finding {
  const { expression, statement } = site;
  const { program } = known;
  const text = shortText(expression);
  if (isNameVisible(program, 'Promise', expression)) {
    return refusalOf(
      expression,
      `the promises of \`${text}\` are dropped`,
      {
        code: 'control-flow',
        message: 'What `Promise` is here is decided by the program, and its `all` may be another.',
        help: 'Gather the promises with `Promise.all` by hand, and await that.',
      },
      known,
    );
  }
  const path = program.pathOf(expression);
  const start = expression.getStart();
  const { end } = expression;
  const context = awaitContextOf(expression);
  if (context.kind === 'function' && isAsync(context.fn)) {
    const follower = firstThatWouldWait(program, statement);
    return fixOf(
      {
        at: expression,
        title: `await the promises of \`${text}\``,
        edits: [
          { kind: 'replace', path, start, end: start, text: 'await Promise.all(' },
          { kind: 'replace', path, start: end, end, text: ')' },
        ],
        notes: [rejectionNote(statement, context.fn)],
        unsafe: follower && waits(known.program, expression, follower),
      },
      known,
    );
  }
  const handler = handlerFor(expression, context, known);
  const file = expression.getSourceFile();
  return fixOf(
    {
      at: expression,
      title: titled(expression, (text) => `give the rejections of \`${text}\` to \`${handler.name}\``),
      edits: [
        { kind: 'replace', path, start, end: start, text: 'Promise.all(' },
        {
          kind: 'replace',
          path,
          start: end,
          end,
          text: `).catch(${handlerArgument(file, handler, indentationAt(file, end - 1))})`,
        },
        ...handler.edits,
      ],
      handler,
      notes: [`The first rejection now reaches \`${handler.name}\`; before, nobody saw it and the process ended.`],
    },
    known,
  );
}
