/**
 * Streams that are made in a function around the one that connects them: `var file = fs.createWriteStream(path); http.get(url, (res) => { res.pipe(file); })`.
 * They are as good as made in place where the inner function is called once, and what listens to them already still hears the same.
 */

import { ts } from 'ts-morph';
import { connectSources, singleEvents } from '../../catalog/streams.ts';
import { isFunctionNode } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Program } from '../../engine/program/program.ts';
import { eventOf, isChainCall, listens, outermostCall, readChain, type Link } from './chain.ts';
import { isAnswerTaker } from './request-failure.ts';
import { streamKind } from './stream-kind.ts';
import { functionAround } from './uses.ts';
import type { StatementList } from './statement-list.ts';
import type { Stage } from './wiring.ts';

/** Is the function called no more than once each time that the function around it runs? */
export function isCalledOnce(program: Program, fn: ts.Node): boolean {
  if (!isFunctionNode(fn)) return false;
  const { kind } = roleOf(program, fn);
  if (kind === 'executor' || kind === 'async-callback') return true;
  const call = fn.parent;
  if (!ts.isCallExpression(call)) return false;
  if (isAnswerTaker(program, call) || connectSources.has(program.originOf(call.expression)?.key ?? '')) return true;
  if (!isChainCall(call) || !listens.has(call.expression.name.text)) return false;
  const [event] = call.arguments;
  if (event === undefined || !ts.isStringLiteralLike(event) || !singleEvents.has(event.text)) return false;
  const base = readChain(call).segments[0]?.base;
  return base !== undefined && streamKind(program, base) !== undefined;
}

/** Does every function between the list and the declaration run once? */
export function runsOnceFrom(program: Program, list: StatementList, declaration: ts.Node): boolean {
  const outer = functionAround(declaration);
  for (let fn = functionAround(list); fn !== outer; fn = functionAround(fn)) {
    if (ts.isSourceFile(fn) || !isCalledOnce(program, fn)) return false;
  }
  return true;
}

export interface EarlierListener {
  readonly link: Link;
  readonly event: string;
  readonly handler: ts.Expression;
}

/** Listeners that a stream made earlier has got before the function ran: they stay. */
export function earlierListeners(program: Program, { symbol }: Stage, list: StatementList): EarlierListener[] {
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return [];
  const { parent: around } = declaration.parent.parent;
  if (functionAround(declaration) === functionAround(list)) return [];
  const made = declaration.initializer;
  const links = made !== undefined && isChainCall(made) ? (readChain(made).segments.at(-1)?.links ?? []) : [];
  const apart = program.references.to(symbol).flatMap((use) => {
    const { parent: access } = use;
    if (!ts.isPropertyAccessExpression(access) || access.expression !== use || !isChainCall(access.parent)) return [];
    const outer = outermostCall(access.parent);
    const { segments, pipes } = readChain(outer);
    // Only what is added in any case, beside the declaration.
    const isBeside = ts.isExpressionStatement(outer.parent) && outer.parent.parent === around;
    return isBeside && pipes.length === 0 ? (segments[0]?.links ?? []) : [];
  });
  return [...links, ...apart].flatMap((link) => {
    const event = eventOf(link);
    const handler = link.call.arguments[1];
    return event === undefined || handler === undefined ? [] : [{ link, event, handler }];
  });
}
