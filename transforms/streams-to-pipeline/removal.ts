/** Taking statements away, with their lines and the blank lines that set them apart. */

import type { ts } from 'ts-morph';
import { placed } from '../../engine/source/layout.ts';
import type { Range } from '../../engine/text.ts';

/**
 * What to delete so that nothing shows that the statements were there: whole lines where they stand alone on them.
 * @param statements of one list, those that go
 */
export function removals(file: ts.SourceFile, list: readonly ts.Statement[], statements: ReadonlySet<ts.Statement>): Range[] {
  const found: Range[] = [];
  for (let index = 0; index < list.length; index += 1) {
    const first = index;
    while (index < list.length && isIn(statements, list[index])) index += 1;
    if (index > first) found.push(...runRemovals(file, list.slice(first, index), list[index], first === 0));
  }
  return found;
}

/** One variable of a declaration of several, with the comma that parts it from its neighbour. */
export function declaratorRemoval(file: ts.SourceFile, declaration: ts.VariableDeclaration): Range {
  const { declarations } = declaration.parent as ts.VariableDeclarationList;
  const index = declarations.indexOf(declaration);
  const next = declarations[index + 1];
  const previous = declarations[index - 1];
  if (next !== undefined) return { start: declaration.getStart(file), end: next.getStart(file) };
  return { start: previous?.end ?? declaration.getStart(file), end: declaration.end };
}

function isIn(statements: ReadonlySet<ts.Statement>, statement: ts.Statement | undefined): boolean {
  return statement !== undefined && statements.has(statement);
}

function runRemovals(file: ts.SourceFile, run: readonly ts.Statement[], next: ts.Statement | undefined, opensBlock: boolean): Range[] {
  return run.map((statement, index) => {
    const { start, end, whole } = linesOf(file, statement);
    if (!whole) return { start, end };
    const isFirst = index === 0;
    const isLast = index === run.length - 1;
    // One blank line is enough where the run stood between two; none where it stood at an end of the block.
    const gapBehind = next === undefined || placed(file, next).blankBefore;
    const eatsBefore = placed(file, statement).blankBefore && (!isFirst || (gapBehind && !opensBlock));
    const eatsBehind = isLast && opensBlock && next !== undefined && placed(file, next).blankBefore;
    return {
      start: eatsBefore ? withoutBlankBefore(file.text, start) : start,
      end: eatsBehind ? withoutBlankBehind(file.text, end) : end,
    };
  });
}

function linesOf(file: ts.SourceFile, statement: ts.Statement): Range & { readonly whole: boolean } {
  const { text } = file;
  const range = placed(file, statement);
  let { start, end } = range;
  while (start > 0 && isSpace(text.charAt(start - 1))) start -= 1;
  while (end < text.length && isSpace(text.charAt(end))) end += 1;
  const opensLine = start === 0 || isBreak(text.charAt(start - 1));
  const closesLine = end === text.length || isBreak(text.charAt(end));
  if (!opensLine || !closesLine) return { start: range.start, end, whole: false };
  return { start, end: afterBreak(text, end), whole: true };
}

function withoutBlankBefore(text: string, lineStart: number): number {
  let start = lineStart;
  for (;;) {
    const line = /(?:^|\n)([ \t]*)\r?\n$/.exec(text.slice(0, start));
    if (line === null) return start;
    start -= line[0].length - (line[0].startsWith('\n') ? 1 : 0);
  }
}

function withoutBlankBehind(text: string, lineStart: number): number {
  const blank = /^(?:[ \t]*\r?\n)+/.exec(text.slice(lineStart));
  return lineStart + (blank?.[0].length ?? 0);
}

function afterBreak(text: string, end: number): number {
  if (text.startsWith('\r\n', end)) return end + 2;
  return isBreak(text.charAt(end)) ? end + 1 : end;
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t';
}

function isBreak(character: string): boolean {
  return character === '\n' || character === '\r';
}
