/** Where a node stands, as people read it. */

import type { ts } from 'ts-morph';
import { lineStarts, positionAt } from '../text.ts';
import type { Program } from './program.ts';

const startsByFile = new WeakMap<ts.SourceFile, readonly number[]>();

/** The line, from 1, of an offset in the present text of a file. */
export type LineOf = (path: string, offset: number) => number;

const onDisk = new WeakMap<Program, LineOf>();

/** From now on places in the program are told as `lineOf` has them: those of files as they are on disk, whatever was rewritten since. */
export function tellPlacesBy(program: Program, lineOf: LineOf): void {
  onDisk.set(program, lineOf);
}

/** `lib/store.js:14` */
export function placeOf(program: Program, node: ts.Node): string {
  return `${program.pathOf(node)}:${lineOnDisk(program, node)}`;
}

export function lineOnDisk(program: Program, node: ts.Node): number {
  const lineOf = onDisk.get(program);
  return lineOf === undefined ? presentLine(node) : lineOf(program.pathOf(node), node.getStart());
}

function presentLine(node: ts.Node): number {
  const file = node.getSourceFile();
  let starts = startsByFile.get(file);
  if (starts === undefined) startsByFile.set(file, (starts = lineStarts(file.text)));
  return positionAt(starts, node.getStart()).line;
}
