/** `.then(a, b)` whose `a` may reject: `b` sees what comes before, and nobody what comes from `a`. */

import { awaitContextOf } from '../../engine/async/await-context.ts';
import { isAsync } from '../../engine/async/functions.ts';
import type { Finding } from '../../engine/finding.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { awaitBefore, callBehind, chainBreak } from './await-text.ts';
import { fixOf, titled } from './draft.ts';
import { handlerFor, rejectionNote } from './floating.ts';
import { handlerArgument } from './handlers.ts';
import type { Knowledge } from './knowledge.ts';
import { firstThatWouldWait } from './order.ts';
import type { Site } from './sites.ts';
import { waits } from './wait-reason.ts';

export function twoHandlers(site: Extract<Site, { kind: 'two-handlers' }>, known: Knowledge): Finding {
  const { expression, statement } = site;
  const { program } = known;
  const path = program.pathOf(expression);
  const file = expression.getSourceFile();
  const context = awaitContextOf(expression);
  if (context.kind === 'function' && isAsync(context.fn)) {
    const follower = firstThatWouldWait(program, statement);
    return fixOf(
      {
        at: expression,
        title: titled(expression, (text) => `await \`${text}\`, whose first handler may reject`),
        edits: awaitBefore(path, expression),
        notes: [rejectionNote(statement, context.fn)],
        unsafe: follower && waits(known.program, expression, follower),
      },
      known,
    );
  }
  const handler = handlerFor(expression, context, known);
  const indentation = chainBreak(expression) ?? indentationAt(file, expression.end - 1);
  return fixOf(
    {
      at: expression,
      title: titled(expression, (text) => `give a rejection of the first handler of \`${text}\` to \`${handler.name}\``),
      edits: [...callBehind(path, expression, `.catch(${handlerArgument(file, handler, indentation)})`), ...handler.edits],
      handler,
      notes: ['The second handler of `then` does not see what its first one rejects with.'],
    },
    known,
  );
}
