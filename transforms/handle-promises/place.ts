/** The role of a function: where it is written, or where all of its uses put it. */

import type { FunctionNode } from '../../engine/async/functions.ts';
import { roleOf, roleOfArgument, type FunctionRole } from '../../engine/async/roles.ts';
import type { Knowledge } from './knowledge.ts';

export function placeOf(fn: FunctionNode, known: Knowledge): FunctionRole {
  const role = roleOf(known.program, fn);
  if (role.kind !== 'named') return role;
  const uses = known.context.asynchrony.graph.usesOf(fn).filter((use) => use.kind !== 'binding');
  const roles = uses.map((use) => (use.kind === 'argument' ? roleOfArgument(known.program, use.call, use.index) : role));
  const [first] = roles;
  if (first?.kind !== 'root') return role;
  return roles.every((one) => one.kind === 'root' && one.row === first.row) ? first : role;
}
