/** Methods that a framework calls because their class implements an interface of it: `class KeyGuard implements CanActivate`. */

import { ts } from 'ts-morph';
import { implementedMembers, type ImplementedMember } from '../../catalog/implemented-members.ts';
import type { Program } from '../program/program.ts';
import type { FunctionNode } from './functions.ts';

const byBase = new Map(implementedMembers.map((row) => [row.base, row]));

/** The one member that an interface of a framework demands, whether or not its types are installed. */
export function demandedBy(program: Program, base: ts.ExpressionWithTypeArguments): ImplementedMember | undefined {
  return byBase.get(program.originOf(base.expression)?.key ?? '');
}

/** Is it a method that a framework calls for its interface, and waits for? */
export function isAwaitedMember(program: Program, fn: FunctionNode): boolean {
  if (!ts.isMethodDeclaration(fn) || !ts.isClassLike(fn.parent) || !ts.isIdentifier(fn.name)) return false;
  const { text } = fn.name;
  return (fn.parent.heritageClauses ?? [])
    .flatMap((clause) => clause.types)
    .some((base) => {
      const row = demandedBy(program, base);
      return row?.member === text && row.isAwaited;
    });
}
