/**
 * Promises that the function which gives them keeps for others too: `return queue = queue.then(task)`. Who takes it up again handles its
 * failure; a handler here would tell of it a second time.
 */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { argumentOf, isAsync, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import { chainLink } from './chain.ts';
import type { Knowledge } from './knowledge.ts';
import { returnedFrom } from './returned.ts';

/** @returns where the function that is called puts the promise that it gives, or hands it to somebody */
export function keptAt(expression: ts.Expression, known: Knowledge, depth = 0): ts.Node | undefined {
  const { program, context } = known;
  const bare = unwrapped(expression);
  if (!ts.isCallExpression(bare) || depth > maximumDepth) return undefined;
  const callee = context.asynchrony.graph.calleeOf(bare);
  if (callee?.body === undefined || isAsync(callee)) return undefined;
  for (const returned of returnedFrom(callee)) {
    const value = returned && unwrapped(returned);
    if (value === undefined) continue;
    const passedOn = keptAt(value, known, depth + 1);
    if (passedOn !== undefined) return passedOn;
    if (isAssignment(value)) return value;
    if (ts.isPropertyAccessExpression(value)) return value;
    if (!ts.isIdentifier(value)) continue;
    const symbol = program.symbolOf(value);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || ts.isParameter(declaration)) continue;
    if (!isWithin(declaration, callee)) return value;
    const kept = program.references.to(symbol).find((use) => isWithin(use, callee) && isPutAside(use, callee));
    if (kept !== undefined) return kept;
  }
  return undefined;
}

/** How far functions are followed that return what another one gives. */
const maximumDepth = 4;

function isAssignment(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** `loading[id] = promise`, `pending.push(promise)`, `promise.catch(report)`. */
function isPutAside(use: ts.Identifier, fn: FunctionNode): boolean {
  const { parent } = use;
  if (isAssignment(parent)) return parent.right === use && parent.parent !== fn;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === use;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === use && ts.isCallExpression(parent.parent)) {
    const link = chainLink(parent.parent);
    return link !== undefined && (link.method === 'catch' || link.handlers[1] !== undefined);
  }
  return argumentOf(use) !== undefined;
}
