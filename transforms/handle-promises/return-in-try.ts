/** `return promise` inside `try`: `catch` does not see its rejection, and `finally` runs before it settles. */

import { ts } from 'ts-morph';
import { isAsync, isGenerator } from '../../engine/async/functions.ts';
import type { Finding } from '../../engine/finding.ts';
import { awaitBefore } from './await-text.ts';
import { fixOf, refusalOf, shortText, titled } from './draft.ts';
import type { Knowledge } from './knowledge.ts';
import type { Site } from './sites.ts';

export function returnInTry(site: Extract<Site, { kind: 'return-in-try' }>, known: Knowledge): readonly Finding[] {
  const { expression, fn } = site;
  const what = missed(expression.parent);
  const text = shortText(expression);
  // `return` in an async generator awaits by itself.
  if (isGenerator(fn) || (what === 'catch' && known.rejections.isSafe(expression))) return [];
  if (!isAsync(fn)) {
    return [
      refusalOf(
        expression,
        titled(expression, (text) => `\`${what}\` does not see the promise of \`${text}\``),
        {
          code: 'control-flow',
          message: 'The function is not async, so it leaves the `try` before the promise settles.',
          help: 'Make the function async and `return await` the promise.',
        },
        known,
      ),
    ];
  }
  if (known.endless.isEndless(expression)) {
    return [
      refusalOf(
        expression,
        titled(expression, (text) => `\`${what}\` does not see the promise of \`${text}\``),
        {
          code: 'open-ended',
          ...(known.endless.isOwnTurn(expression)
            ? {
                message: `\`${text}\` is another turn of the function itself: behind an await each turn would stay open until all that follow have ended, and a failure would pass through the \`${what}\` of each.`,
                help: 'Write the turns as a loop, or await the call if each turn is to wait for the next.',
              }
            : {
                message: `\`${text}\` does not end, so behind an await \`${what}\` might never be reached.`,
                help: 'Handle errors where they arise in the loop, and clean up where it is told to stop.',
              }),
        },
        known,
      ),
    ];
  }
  const note =
    what === 'catch'
      ? 'A rejection now reaches the `catch` around it; before, it went past it to the caller.'
      : 'The `finally` around it now runs when the promise has settled; before, it ran at once.';
  return [
    fixOf(
      {
        at: expression,
        title: `return await \`${text}\``,
        edits: awaitBefore(known.program.pathOf(expression), expression),
        notes: [note],
      },
      known,
    ),
  ];
}

/** The clause that takes no notice of the promise. */
function missed(statement: ts.Node): 'catch' | 'finally' {
  for (let child = statement; !ts.isSourceFile(child.parent); child = child.parent) {
    const { parent } = child;
    if (!ts.isTryStatement(parent)) continue;
    if (parent.tryBlock === child) return parent.catchClause === undefined ? 'finally' : 'catch';
    if (parent.catchClause === child && parent.finallyBlock !== undefined) return 'finally';
  }
  return 'catch';
}
