/** Where a thing is named. */

import type { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';

/** Does the node mention the symbol, in whatever role? */
export function mentions(program: Program, node: ts.Node, symbol: ts.Symbol): boolean {
  return identifiersIn(node, symbol.name).some((identifier) => program.symbolOf(identifier) === symbol);
}
