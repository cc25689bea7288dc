/** The request that a message answers, in the function that is given the answer: who hears of the request's failures. */

import { ts } from 'ts-morph';
import { answerSources } from '../../catalog/streams.ts';
import type { Program } from '../../engine/program/program.ts';
import { eventOf, isChainCall, outermostCall, readChain, type Link } from './chain.ts';
import { readHandler, type Handler } from './handler.ts';
import { streamKind } from './stream-kind.ts';

/** The function that is given the answer, once, and the call that it is given to: `http.get(url, (res) => …)`, `req.on('response', (res) => …)`. */
export function answeredBy(
  program: Program,
  source: ts.Expression,
): { readonly fn: ts.Node; readonly call: ts.CallExpression } | undefined {
  const declaration = program.symbolOf(source)?.valueDeclaration;
  if (declaration === undefined || !ts.isParameter(declaration) || declaration.parent.parameters[0] !== declaration) return undefined;
  const fn = declaration.parent;
  const call = fn.parent;
  if (!ts.isCallExpression(call) || !call.arguments.some((argument) => argument === fn)) return undefined;
  if (isAnswerTaker(program, call)) return { fn, call };
  if (!isChainCall(call)) return undefined;
  const [event] = call.arguments;
  const isAnswer = event !== undefined && ts.isStringLiteralLike(event) && event.text === 'response';
  const base = readChain(call).segments[0]?.base;
  return isAnswer && base !== undefined && streamKind(program, base)?.role === 'outgoing-request' ? { fn, call } : undefined;
}

/** `http.get(…)` and the like, which call what they are given at most once. */
export function isAnswerTaker(program: Program, call: ts.CallExpression): boolean {
  const key = program.originOf(call.expression)?.key;
  return key !== undefined && answerSources.has(key);
}

/** Calls on a request that do not end it before its time. */
const untroubled = new Set([
  'on',
  'once',
  'addListener',
  'write',
  'end',
  'setHeader',
  'getHeader',
  'setNoDelay',
  'setSocketKeepAlive',
  'flushHeaders',
]);
const troubling = new Set(['timeout', 'close', 'abort', 'socket']);

export interface RequestFailure {
  readonly handler: Extract<Handler, { kind: 'named' }>;
  /** Nobody can abort the request: it is not handed on, and no time is set for it. */
  readonly runsOut: boolean;
}

/**
 * The one handler that hears of a failure of the request, where the function that is given the answer can call it as well.
 * @param source the answer
 */
export function requestFailure(program: Program, source: ts.Expression): RequestFailure | undefined {
  const answered = answeredBy(program, source);
  if (answered === undefined) return undefined;
  const { links, runsOut } = requestOf(program, answered.call);
  const [only, ...others] = links.filter((link) => eventOf(link) === 'error');
  const given = only?.call.arguments[1];
  if (given === undefined || others.length > 0) return undefined;
  const handler = readHandler(program, given, 1);
  if (handler?.kind !== 'named' || !ts.isIdentifier(handler.callee)) return undefined;
  const { callee } = handler;
  const seenFrom = (place: ts.Node): ts.Symbol | undefined =>
    program.checker.resolveName(callee.text, place, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false);
  return seenFrom(source) !== undefined && seenFrom(source) === seenFrom(callee) ? { handler, runsOut } : undefined;
}

/** Does anything listen for failures of the request that `source` answers? */
export function requestHears(program: Program, source: ts.Expression): boolean {
  const answered = answeredBy(program, source);
  return answered !== undefined && requestOf(program, answered.call).links.some((link) => eventOf(link) === 'error');
}

/** What is called on the request, in the chain that makes it or through its variable. */
function requestOf(program: Program, call: ts.CallExpression): { readonly links: readonly Link[]; readonly runsOut: boolean } {
  const outer = outermostCall(call);
  const [segment] = readChain(outer).segments;
  if (segment === undefined) return { links: [], runsOut: false };
  const { parent } = outer;
  const name = ts.isIdentifier(segment.base) ? segment.base : variableOf(outer);
  const symbol = name && program.symbolOf(name);
  if (symbol === undefined) return { links: segment.links, runsOut: ts.isExpressionStatement(parent) && segment.links.every(isUntroubled) };
  const links = [...segment.links];
  let runsOut = links.every(isUntroubled);
  for (const use of program.references.to(symbol)) {
    const { parent: access } = use;
    if (use === name && !ts.isPropertyAccessExpression(access)) continue;
    if (ts.isVariableDeclaration(access) && access.name === use) continue;
    if (!ts.isPropertyAccessExpression(access) || access.expression !== use || !ts.isCallExpression(access.parent)) {
      runsOut = false;
    } else if (isChainCall(access.parent)) {
      const made = readChain(outermostCall(access.parent)).segments[0]?.links ?? [];
      links.push(...made.filter((link) => !links.some((one) => one.call === link.call)));
      runsOut &&= made.every(isUntroubled);
    } else {
      runsOut &&= untroubled.has(access.name.text);
    }
  }
  return { links, runsOut };
}

/** `var req = http.get(…)`, `req = http.get(…)` */
function variableOf({ parent }: ts.Node): ts.Identifier | undefined {
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name;
  return ts.isBinaryExpression(parent) && ts.isIdentifier(parent.left) ? parent.left : undefined;
}

function isUntroubled(link: Link): boolean {
  const event = eventOf(link);
  return untroubled.has(link.method) && event !== undefined && !troubling.has(event);
}
