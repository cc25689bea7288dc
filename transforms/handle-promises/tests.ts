/** The test around a place: a failure that is only logged there would let the test pass. */

import { ts } from 'ts-morph';
import { failing } from '../../engine/async/callback-root.ts';
import { isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import type { Knowledge } from './knowledge.ts';
import { placeOf } from './place.ts';

export interface TestAround {
  readonly fn: FunctionNode;
  /** The callback that the test is given, and what is called with an error: `done`, or `done.fail`. */
  readonly done: { readonly name: string; readonly failing: string } | undefined;
}

export function testAround(at: ts.Node, known: Knowledge): TestAround | undefined {
  for (let node: ts.Node = at.parent; !ts.isSourceFile(node); node = node.parent) {
    if (!isFunctionNode(node)) continue;
    const role = placeOf(node, known);
    if (role.kind === 'root' && role.row.isTest === true) {
      const last = node.parameters.length > (role.row.maximumParameters ?? 0) ? node.parameters.at(-1)?.name : undefined;
      if (last === undefined || !ts.isIdentifier(last) || !isSeenFrom(at, last, known)) return { fn: node, done: undefined };
      return { fn: node, done: { name: last.text, failing: failing(known.program, role.row, last) } };
    }
    if (role.kind === 'named' || ts.isFunctionDeclaration(node)) return undefined;
  }
  return undefined;
}

function isSeenFrom(at: ts.Node, name: ts.Identifier, { program }: Knowledge): boolean {
  return program.checker.resolveName(name.text, at, ts.SymbolFlags.Value, false) === program.checker.getSymbolAtLocation(name);
}
