/**
 * `data` handlers whose work on a chunk is done later, in an async function, by a promise or a callback: the stream does not wait for it, so that all
 * chunks may be worked on at once, and `end` comes before they are done.
 */

import { ts } from 'ts-morph';
import { isAsync, isFunctionNode, outermost, unwrapped } from '../../engine/async/functions.ts';
import { isPromiseLike, roleOfArgument } from '../../engine/async/roles.ts';
import type { Finding } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { eventOf, isChainCall, readChain } from './chain.ts';
import { minds } from './copy-loop.ts';
import { ownNodes, type InlineFunction } from './handler.ts';
import { refusals } from './refusals.ts';
import { streamKind } from './stream-kind.ts';
import { nameOf } from './stream-name.ts';

const transform = 'streams-to-pipeline';

/** What talks with somebody gives a chunk when the other one pleases: there is no end to come to. */
const conversations: ReadonlySet<string> = new Set(['socket', 'stdio']);

/** @param reported starts of the sites that were found otherwise */
export function* overlapping(program: Program, file: ts.SourceFile, reported: ReadonlySet<number>): Iterable<Finding> {
  if (!/['"`]data['"`]/.test(file.text)) return;
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
    if (segment === undefined || fn === undefined || !(ts.isArrowFunction(fn) || ts.isFunctionExpression(fn))) continue;
    if (!isAsync(fn) && (minds(fn) || !worksLater(program, fn))) continue;
    const kind = streamKind(program, segment.base);
    if (kind === undefined || kind.side === 'writable' || conversations.has(kind.role)) continue;
    const site = program.spanOf(call);
    if (reported.has(site.start)) continue;
    const title = `${nameOf(segment.base)} does not wait for what is done with its chunks`;
    yield { kind: 'refusal', transform, site, title, reason: refusals.asyncWork() };
  }
}

/** Is something begun in the handler that calls back, or gives a promise, which nothing waits for? */
function worksLater(program: Program, { body }: InlineFunction): boolean {
  if (!ts.isBlock(body)) return ts.isCallExpression(body) && begins(program, body);
  return ownNodes(body, ts.isCallExpression).some((call) => ts.isStatement(outermost(call).parent) && begins(program, call));
}

function begins(program: Program, call: ts.CallExpression): boolean {
  const last = call.arguments.at(-1);
  if (last === undefined) return isPromiseLike(program, call);
  const index = call.arguments.length - 1;
  if (roleOfArgument(program, call, index).kind === 'async-callback') return true;
  const callback = unwrapped(last);
  return (isFunctionNode(callback) && asksForAnError(callback)) || isPromiseLike(program, call);
}

/** `function (err) { if (err) … }`: called when what was begun is over. */
function asksForAnError({ parameters, body }: ts.FunctionLikeDeclaration): boolean {
  const [parameter] = parameters;
  if (parameter === undefined || body === undefined || !ts.isIdentifier(parameter.name)) return false;
  const { text } = parameter.name;
  return ownNodes(body, ts.isIfStatement).some(({ expression }) => expression.getText() === text);
}
