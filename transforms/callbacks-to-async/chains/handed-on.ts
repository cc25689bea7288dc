/** `.then((text) => { const order = …; return order; }).then((order) => …)`: one variable is enough for both handlers. */

import { ts } from 'ts-morph';
import type { Program } from '../../../engine/program/program.ts';
import { identifiersIn } from '../../../engine/source/names.ts';
import { isWritten } from '../written.ts';
import { returnsOf, type Handler, type Link } from './chain.ts';
import { isReassigned, type Settled } from './settled.ts';

/** Parameters of handlers that are given, under the same name, a variable of the handler before them. */
export function handedOn(program: Program, links: readonly Link[], settled: Settled): ReadonlyMap<ts.Symbol, ts.Symbol> {
  const found = new Map<ts.Symbol, ts.Symbol>();
  for (const [index, link] of links.entries()) {
    const before = links[index - 1];
    if (link.kind !== 'then' || link.failure !== undefined || link.handler.kind !== 'inline') continue;
    if (before?.kind !== 'then' || before.failure !== undefined) continue;
    const [parameter] = link.handler.fn.parameters;
    if (parameter === undefined || !ts.isIdentifier(parameter.name) || parameter.type !== undefined) continue;
    if (parameter.initializer !== undefined || isReassigned(program, parameter.name, link.handler.fn)) continue;
    const given = resultOf(program, before.handler, settled);
    const symbol = program.symbolOf(parameter.name);
    if (given !== undefined && symbol !== undefined && given.name === parameter.name.text) found.set(symbol, given);
  }
  return found;
}

/** The variable of the handler that it ends with, and that nothing changes later. */
function resultOf(program: Program, handler: Handler, settled: Settled): ts.Symbol | undefined {
  if (handler.kind === 'named' || !ts.isBlock(handler.fn.body)) return undefined;
  const { body } = handler.fn;
  const last = body.statements.at(-1);
  if (last === undefined || !ts.isReturnStatement(last) || returnsOf(handler.fn).length !== 1) return undefined;
  const value = last.expression;
  if (value === undefined || !ts.isIdentifier(value) || settled.mayBePromise(value)) return undefined;
  const symbol = program.symbolOf(value);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const statement = declaration.parent.parent;
  if (!ts.isVariableStatement(statement) || statement.parent !== body) return undefined;
  const writes = identifiersIn(body, value.text).filter((one) => program.symbolOf(one) === symbol && isWritten(one));
  return writes.every((one) => functionAround(one) === handler.fn) ? symbol : undefined;
}

function functionAround(node: ts.Node): ts.Node {
  let around = node.parent;
  while (!ts.isFunctionLike(around)) around = around.parent;
  return around;
}
