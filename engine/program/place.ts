/** Where a node stands, as people read it. */

import type { ts } from 'ts-morph';
import { lineStarts, positionAt } from '../text.ts';
import type { Program } from './program.ts';

const startsByFile = new WeakMap<ts.SourceFile, readonly number[]>();

/** `lib/store.js:14` */
export function placeOf(program: Program, node: ts.Node): string {
  const file = node.getSourceFile();
  let starts = startsByFile.get(file);
  if (starts === undefined) startsByFile.set(file, (starts = lineStarts(file.text)));
  return `${program.pathOf(node)}:${positionAt(starts, node.getStart()).line}`;
}
