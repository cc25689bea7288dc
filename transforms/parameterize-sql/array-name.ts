/** A name for the array of a query's values that neither the code nor the array of another query has where it is visible. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { firstFree, isNameFree } from '../../engine/source/names.ts';

interface Given {
  /** The call that the array is for: asked again, it gets the same name. */
  readonly owner: ts.Node;
  readonly region: ts.Node;
  readonly name: string;
}

const given = new WeakMap<ts.TypeChecker, Given[]>();

export function arrayName(program: Program, owner: ts.Node, regions: readonly ts.Node[]): string {
  const all = given.get(program.checker) ?? [];
  given.set(program.checker, all);
  const taken = (name: string, region: ts.Node): boolean =>
    all.some((one) => one.owner !== owner && one.name === name && overlaps(one.region, region));
  const name = firstFree(['params', 'values', 'sqlParams'], (one) =>
    regions.every((region) => isNameFree(program, one, region, new Set()) && !taken(one, region)),
  );
  for (const region of regions) all.push({ owner, region, name });
  return name;
}

function overlaps(one: ts.Node, other: ts.Node): boolean {
  return one.getSourceFile() === other.getSourceFile() && one.pos < other.end && other.pos < one.end;
}
