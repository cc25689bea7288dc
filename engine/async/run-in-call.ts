/**
 * Functions that a framework runs while it is called itself: `program.parse()` of commander. What they threw came out of that call, and what
 * stands behind it came after them.
 */

import { ts } from 'ts-morph';
import type { RootRow } from '../../catalog/roots.ts';
import type { Program } from '../program/program.ts';
import { identifiersByName } from '../program/tree-index.ts';
import { awaitContextOf, isInTry } from './await-context.ts';
import { behind } from './behind.ts';
import type { CallGraph } from './call-graph.ts';
import type { FunctionNode } from './functions.ts';

/** Something that relies on the functions being done, or on their exceptions, when the framework's call has returned. */
export interface Reliance {
  readonly node: ts.Node;
  readonly kind: 'follows' | 'catches';
}

/** @param user the file that hands the functions over */
export function relianceOn(program: Program, graph: CallGraph, row: RootRow, user: ts.SourceFile): Reliance | undefined {
  const names = new Set(row.runsIn ?? []);
  for (const file of program.files) {
    for (const name of names) {
      for (const identifier of identifiersByName(file).get(name) ?? []) {
        const access = identifier.parent;
        if (!ts.isPropertyAccessExpression(access) || access.name !== identifier || !isOf(program, access.expression, row)) continue;
        const found = graph.loading.areLoadedTogether(user, file) ? relianceAt(graph, access, new Set()) : undefined;
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

/** `JSON.parse` and `process.argv` are of others. */
function isOf(program: Program, receiver: ts.Expression, { package: name = '' }: RootRow): boolean {
  const key = program.originOf(receiver)?.key;
  return key?.startsWith(name) === true && /^(?:$|[.(])/.test(key.slice(name.length));
}

function relianceAt(graph: CallGraph, place: ts.Node, visited: Set<FunctionNode>): Reliance | undefined {
  if (isInTry(place)) return { node: place, kind: 'catches' };
  const after = behind(place);
  if (after !== undefined) return { node: after, kind: 'follows' };
  const context = awaitContextOf(place);
  if (context.kind !== 'function' || visited.has(context.fn)) return undefined;
  visited.add(context.fn);
  for (const use of graph.usesOf(context.fn)) {
    const found = use.kind === 'call' ? relianceAt(graph, use.call, visited) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
