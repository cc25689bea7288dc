/** `return file.pipe(res);` in a function of which somebody may use the result: that is the response, which the caller has anyway. */

import { ts } from 'ts-morph';
import { unwrapped } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { isChainCall, readChain } from './chain.ts';
import { isResultIgnored } from './ignored-result.ts';
import { isUntyped, streamKind } from './stream-kind.ts';
import { functionAround } from './uses.ts';

/** What only the answer of a server can be asked for. */
const answering = new Set(['setHeader', 'writeHead', 'sendStatus', 'removeHeader', 'headersSent', 'statusCode', 'flushHeaders']);

/** @returns the response, when the statement gives it back and not only leaves */
export function returnedAnswer(program: Program, statement: ts.Node): ts.Identifier | undefined {
  if (!ts.isReturnStatement(statement) || statement.expression === undefined) return undefined;
  const expression = unwrapped(statement.expression);
  if (!isChainCall(expression) || isResultIgnored(program, functionAround(statement))) return undefined;
  const { segments, pipes } = readChain(expression);
  const last = segments.at(-1)?.base;
  if (pipes.length === 0 || last === undefined || !ts.isIdentifier(last)) return undefined;
  const symbol = program.symbolOf(last);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isParameter(declaration)) return undefined;
  const kind = streamKind(program, last);
  return kind?.role === 'response' || (kind === undefined && isUntyped(program, last) && isAskedToAnswer(program, symbol))
    ? last
    : undefined;
}

function isAskedToAnswer(program: Program, symbol: ts.Symbol): boolean {
  return program.references.to(symbol).some(({ parent }) => ts.isPropertyAccessExpression(parent) && answering.has(parent.name.text));
}
