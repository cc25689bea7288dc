/** The way up a tree. */

import type { ts } from 'ts-morph';

/** An ancestor, and the child of it through which the way leads. */
export interface Step {
  readonly parent: ts.Node;
  readonly child: ts.Node;
}

/** From the parent of `node` up to its source file. */
export function* ancestors(node: ts.Node): Iterable<Step> {
  let child = node;
  for (let parent = parentOf(child); parent !== undefined; parent = parentOf(child)) {
    yield { parent, child };
    child = parent;
  }
}

/** The types say that every node has a parent; a source file has none. */
export function parentOf(node: ts.Node): ts.Node | undefined {
  return node.parent;
}

export function isWithin(node: ts.Node, ancestor: ts.Node): boolean {
  for (let current: ts.Node | undefined = node; current !== undefined; current = parentOf(current)) if (current === ancestor) return true;
  return false;
}
