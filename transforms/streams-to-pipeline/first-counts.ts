/**
 * Handlers that differ by stage, and do nothing but reject one promise or call one function of which only the first call counts:
 * `reject(new Error('cannot read it'))` and `reject(new Error('cannot write it'))`. The stage that fails is the first to tell; that a pipeline
 * destroys the others with the same error, and their handlers hear of it, changes nothing.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isSameHandler, onlyCall, readHandler, type Handler } from './handler.ts';
import { countsOnce } from './once.ts';
import type { Listener, Wiring } from './wiring.ts';

/** @returns what all the handlers call; undefined when there is no such thing */
export function sharedFirst(program: Program, { stages, loop, conditional }: Wiring): Handler | undefined {
  // A throw of the work on a chunk belongs to none of the stages.
  if (loop?.work === 'stage' || conditional !== undefined) return undefined;
  const listeners = stages.flatMap((stage) => stage.listeners.filter(({ event }) => event === 'error'));
  const called = listeners.map((listener) => calledBy(program, listener));
  const [first, ...others] = called;
  if (first === undefined || !countsOnce(program, first)) return undefined;
  return others.every((other) => other !== undefined && isSameHandler(program, first, other)) ? first : undefined;
}

function calledBy(program: Program, { handler: given }: Listener): Handler | undefined {
  const handler = readHandler(program, given, 1);
  if (handler?.kind !== 'inline') return handler;
  const call = onlyCall(handler.fn);
  if (call === undefined || !ts.isIdentifier(call.expression) || !call.arguments.every(isOnlyMade)) return undefined;
  return { kind: 'named', callee: call.expression };
}

/** Is the value made without doing anything else? */
function isOnlyMade(node: ts.Node): boolean {
  if (ts.isCallExpression(node) || ts.isAwaitExpression(node) || ts.isTaggedTemplateExpression(node)) return false;
  if (ts.isPostfixUnaryExpression(node) || ts.isDeleteExpression(node)) return false;
  if (ts.isPrefixUnaryExpression(node) && node.operator !== ts.SyntaxKind.ExclamationToken) return false;
  if (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
  )
    return false;
  if (ts.isNewExpression(node) && !/^\w*Error$/.test(node.expression.getText())) return false;
  return ts.forEachChild(node, (child) => !isOnlyMade(child) || undefined) !== true;
}
