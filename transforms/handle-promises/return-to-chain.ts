/** A promise that floats at the end of a `.then` handler: returned, its rejection reaches the `catch` at the end of that chain. */

import { ts } from 'ts-morph';
import { awaitContextOf } from '../../engine/async/await-context.ts';
import { isAsync, outermost, type FunctionNode } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Finding } from '../../engine/finding.ts';
import { chainLink } from './chain.ts';
import { fixOf, titled } from './draft.ts';
import type { Floating } from './floating.ts';
import { isLetGo } from './intent.ts';
import type { Knowledge } from './knowledge.ts';
import { returnedFrom } from './returned.ts';

/**
 * Exact where nothing follows in the chain, or nothing but `catch`, and the chain's own value is dropped: nobody waits longer, or is given another value.
 * @returns undefined where that is not so
 */
export function returnedToChain(site: Floating, fn: FunctionNode, known: Knowledge): Finding | undefined {
  const { statement, expression } = site;
  if (statement === undefined || site.openEnded || isAsync(fn) || statement.expression !== expression) return undefined;
  const role = roleOf(known.program, fn);
  if (role.kind !== 'then' || role.method !== 'then' || role.index !== 0) return undefined;
  if (fn.body === undefined || !ts.isBlock(fn.body) || fn.body.statements.at(-1) !== statement) return undefined;
  if (returnedFrom(fn).some((value) => value !== undefined)) return undefined;
  const end = endOf(role.call);
  if (end === undefined || (!end.isCaught && !isGivenHandler(end.chain, known))) return undefined;
  const start = expression.getStart();
  return fixOf(
    {
      at: expression,
      title: titled(expression, (text) => `return \`${text}\` to the chain`),
      edits: [{ kind: 'replace', path: known.program.pathOf(expression), start, end: start, text: 'return ' }],
      notes: [
        end.isCaught
          ? 'A rejection now reaches the `catch` at the end of the chain; before, nobody saw it and the process ended.'
          : 'A rejection now rejects the chain, and reaches whoever that is given to; before, nobody saw it and the process ended.',
      ],
    },
    known,
  );
}

interface ChainEnd {
  readonly chain: ts.CallExpression;
  readonly isCaught: boolean;
}

/** `.then(…);` or `.then(…).catch(…);`, and nothing more. */
function endOf(call: ts.CallExpression): ChainEnd | undefined {
  let chain = call;
  for (;;) {
    const access = outermost(chain).parent;
    if (!ts.isPropertyAccessExpression(access) || access.expression !== outermost(chain)) break;
    const next = access.parent;
    const link = ts.isCallExpression(next) ? chainLink(next) : undefined;
    if (link?.method !== 'catch' || link.handlers.length !== 1 || link.handlers[0] === undefined || !ts.isCallExpression(next))
      return undefined;
    chain = next;
  }
  return ts.isExpressionStatement(outermost(chain).parent) ? { chain, isCaught: chain !== call } : undefined;
}

/** Is the chain a site of its own, that will be caught, so that one handler serves both? In an async function it is awaited, and who follows would wait longer. */
function isGivenHandler(chain: ts.CallExpression, known: Knowledge): boolean {
  const { parent } = outermost(chain);
  if (!ts.isExpressionStatement(parent) || isLetGo(parent) || chainLink(chain)?.handlers.length !== 1) return false;
  if (known.values.of(chain).kind !== 'promise' || !known.certainty.isThere(chain) || known.rejections.isSafe(chain)) return false;
  const context = awaitContextOf(chain);
  return context.kind === 'module' || (context.kind === 'function' && !isAsync(context.fn));
}
