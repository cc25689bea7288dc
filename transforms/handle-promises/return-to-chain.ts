/** A promise that floats at the end of a `.then` handler: returned, its rejection reaches the `catch` at the end of that chain. */

import { ts } from 'ts-morph';
import { isAsync, outermost, type FunctionNode } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Finding } from '../../engine/finding.ts';
import { chainLink } from './chain.ts';
import { fixOf, shortText } from './draft.ts';
import type { Floating } from './floating.ts';
import type { Knowledge } from './knowledge.ts';
import { returnedFrom } from './returned.ts';

/**
 * Exact where nothing but `catch` follows in the chain, and the chain's own value is dropped: nobody waits longer, or is given another value.
 * @returns undefined where that is not so
 */
export function returnedToChain(site: Floating, fn: FunctionNode, known: Knowledge): Finding | undefined {
  const { statement, expression } = site;
  if (statement === undefined || site.openEnded || isAsync(fn) || statement.expression !== expression) return undefined;
  const role = roleOf(known.program, fn);
  if (role.kind !== 'then' || role.method !== 'then' || role.index !== 0) return undefined;
  if (fn.body === undefined || !ts.isBlock(fn.body) || fn.body.statements.at(-1) !== statement) return undefined;
  if (returnedFrom(fn).some((value) => value !== undefined)) return undefined;
  if (!endsInCatch(role.call)) return undefined;
  const start = expression.getStart();
  return fixOf(
    {
      at: expression,
      title: `return \`${shortText(expression)}\` to the chain`,
      edits: [{ kind: 'replace', path: known.program.pathOf(expression), start, end: start, text: 'return ' }],
      notes: ['A rejection now reaches the `catch` at the end of the chain; before, nobody saw it and the process ended.'],
    },
    known,
  );
}

/** `.then(…).catch(…);`, and nothing more. */
function endsInCatch(call: ts.CallExpression): boolean {
  let current: ts.Node = call;
  let isCaught = false;
  for (;;) {
    const access = outermost(current).parent;
    if (!ts.isPropertyAccessExpression(access) || access.expression !== outermost(current)) break;
    const next = access.parent;
    const link = ts.isCallExpression(next) ? chainLink(next) : undefined;
    if (link?.method !== 'catch' || link.handlers.length !== 1 || link.handlers[0] === undefined) return false;
    isCaught = true;
    current = next;
  }
  return isCaught && ts.isExpressionStatement(outermost(current).parent);
}
