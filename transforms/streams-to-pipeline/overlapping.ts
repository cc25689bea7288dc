/** `data` handlers that are async: the stream does not wait for them, so that all chunks may be worked on at once, and `end` comes before they are done. */

import { ts } from 'ts-morph';
import { isAsync, unwrapped } from '../../engine/async/functions.ts';
import type { Finding } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { eventOf, isChainCall, readChain } from './chain.ts';
import { refusals } from './refusals.ts';
import { streamKind } from './stream-kind.ts';
import { nameOf } from './stream-name.ts';

const transform = 'streams-to-pipeline';

/** What talks with somebody gives a chunk when the other one pleases: there is no end to come to. */
const conversations: ReadonlySet<string> = new Set(['socket', 'stdio']);

/** @param reported starts of the sites that were found otherwise */
export function* overlapping(program: Program, file: ts.SourceFile, reported: ReadonlySet<number>): Iterable<Finding> {
  if (!/\basync\b/.test(file.text) || !/['"`]data['"`]/.test(file.text)) return;
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (isChainCall(node)) calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const call of calls) {
    const [segment] = readChain(call).segments.slice(-1);
    const link = segment?.links.find((one) => one.call === call);
    const given = link === undefined || eventOf(link) !== 'data' ? undefined : call.arguments[1];
    const fn = given && unwrapped(given);
    if (segment === undefined || fn === undefined || !(ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) || !isAsync(fn)) continue;
    const kind = streamKind(program, segment.base);
    if (kind === undefined || kind.side === 'writable' || conversations.has(kind.role)) continue;
    const site = program.spanOf(call);
    if (reported.has(site.start)) continue;
    const title = `${nameOf(segment.base)} does not wait for what is done with its chunks`;
    yield { kind: 'refusal', transform, site, title, reason: refusals.asyncWork() };
  }
}
