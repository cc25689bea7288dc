/**
 * Handlers that hand the failure to a function of the program: `if (err) return tryNext(err)`. What that function does is seen in its
 * body, and in those of the functions that it calls.
 */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isFunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { localBody, rootOf } from './roots.ts';

/**
 * Does the handler, through functions of the program, act on what other code acts on too? For an exception of that code it would
 * contradict what was done, or do it once more.
 * @param apart what is looked after otherwise
 */
export function repeatsWork(
  program: Program,
  handler: readonly ts.Node[],
  others: readonly ts.Node[],
  apart: ReadonlySet<ts.Symbol>,
): boolean {
  const touched = new Set<ts.Symbol>();
  const bodies = new Set<ts.Node>();
  const pending = [...handler];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const { symbol, callee } of callsIn(program, node)) {
      const body = localBody(callee);
      if (body !== undefined && callee !== undefined) touched.add(callee);
      if (body !== undefined && !bodies.has(body)) {
        bodies.add(body);
        pending.push(body);
      }
      if (bodies.has(node) && !isDeclaredIn(symbol, node)) touched.add(symbol);
    }
  }
  if (bodies.size === 0) return false;
  return others.some((node) => callsIn(program, node).some(({ symbol }) => touched.has(symbol) && !apart.has(symbol)));
}

interface Call {
  /** What the call acts on: `res` of `res.status(500).end()`. */
  readonly symbol: ts.Symbol;
  /** The function, where it is called by its name. */
  readonly callee: ts.Symbol | undefined;
}

/** Calls on what the program declares itself; what a package exports is there for all. */
function callsIn(program: Program, around: ts.Node): Call[] {
  const found: Call[] = [];
  const visit = (node: ts.Node): void => {
    if (node !== around && isFunctionNode(node)) return;
    if (ts.isCallExpression(node)) {
      const root = rootOf(node.expression);
      const symbol = root && ownSymbol(program, root);
      if (symbol !== undefined) found.push({ symbol, callee: node.expression === root ? symbol : undefined });
    }
    ts.forEachChild(node, visit);
  };
  visit(around);
  return found;
}

function ownSymbol(program: Program, root: ts.Identifier): ts.Symbol | undefined {
  const symbol = program.symbolOf(root);
  const isOwn = symbol?.declarations?.some((one) => program.owns(one)) === true && program.originOf(root) === undefined;
  return isOwn ? symbol : undefined;
}

function isDeclaredIn({ valueDeclaration }: ts.Symbol, body: ts.Node): boolean {
  return valueDeclaration !== undefined && isWithin(valueDeclaration, body.parent);
}
