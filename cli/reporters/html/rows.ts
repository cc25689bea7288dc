/** A change as two columns of lines, with the tokens and the changed words of each; and a stretch of source around a site. */

import { changedLines, type LineChange } from '../../../engine/source/line-diff.ts';
import { highlighted, type Token } from '../../highlight.ts';
import { piecesOf } from '../../pieces.ts';
import { escapedSource } from '../../terminal.ts';
import { changedWords, pairs, type Stretch } from '../../word-diff.ts';

/** Pieces of a line: text, its kind (see `kindLetters`), and whether it changed. Short, because a report holds many. */
export type Piece = readonly [text: string, kind: string, changed: 0 | 1];

/** Number and pieces. */
export type Line = readonly [number: number, pieces: readonly Piece[]];

/** The old line and the new one; `null` where there is none. The same line twice is written once: `[line, 0, newNumber]`. */
export type Row = readonly [old: Line | null, fresh: Line | null] | readonly [line: Line, same: 0, freshNumber: number];

export interface Hunk {
  readonly rows: readonly Row[];
}

const CONTEXT = 3;

const kindLetters = { comment: 'c', keyword: 'k', number: 'n', string: 's' } as const;

export function hunksOf(before: string, after: string): Hunk[] {
  const oldLines = linesOf(before);
  const newLines = linesOf(after);
  const oldTokens = highlighted(oldLines);
  const newTokens = highlighted(newLines);
  const oldLine = (index: number, changed?: readonly Stretch[]): Line => [
    index + 1,
    pieces(oldLines[index] ?? '', oldTokens[index] ?? [], changed),
  ];
  const newLine = (index: number, changed?: readonly Stretch[]): Line => [
    index + 1,
    pieces(newLines[index] ?? '', newTokens[index] ?? [], changed),
  ];
  return grouped(changedLines(oldLines, newLines)).map((changes) => {
    const rows: Row[] = [];
    let done = Math.max(0, (changes[0]?.oldStart ?? 0) - CONTEXT);
    let shift = (changes[0]?.newStart ?? 0) - (changes[0]?.oldStart ?? 0);
    const context = (until: number): void => {
      for (; done < Math.min(until, oldLines.length); done += 1) rows.push([oldLine(done), 0, done + shift + 1]);
    };
    for (const { oldStart, oldEnd, newStart, newEnd } of changes) {
      context(oldStart);
      for (const [went, came] of pairs(oldEnd - oldStart, newEnd - newStart)) {
        const words =
          went === undefined || came === undefined
            ? undefined
            : changedWords(oldLines[oldStart + went] ?? '', newLines[newStart + came] ?? '');
        rows.push([
          went === undefined ? null : oldLine(oldStart + went, words?.removed),
          came === undefined ? null : newLine(newStart + came, words?.added),
        ]);
      }
      done = oldEnd;
      shift = newEnd - oldEnd;
    }
    context(done + CONTEXT);
    return { rows };
  });
}

/** The lines around a site. */
export function excerpt(lines: readonly string[], tokens: readonly (readonly Token[])[], first: number, last: number): Line[] {
  const from = Math.max(0, first - 1 - CONTEXT);
  return lines.slice(from, last + CONTEXT).map((line, index) => [from + index + 1, pieces(line, tokens[from + index] ?? [])]);
}

export function linesOf(text: string): string[] {
  return text.split(/\r?\n/).slice(0, text.endsWith('\n') ? -1 : undefined);
}

function grouped(changes: readonly LineChange[]): LineChange[][] {
  const groups: LineChange[][] = [];
  for (const change of changes) {
    const last = groups.at(-1)?.at(-1);
    if (last && change.oldStart - last.oldEnd <= 2 * CONTEXT) groups.at(-1)?.push(change);
    else groups.push([change]);
  }
  return groups;
}

function pieces(line: string, tokens: readonly Token[], changed: readonly Stretch[] = []): Piece[] {
  return piecesOf(line, tokens, changed).map(({ text, kind, isChanged }) => [
    escapedSource(text),
    kind ? kindLetters[kind] : '',
    isChanged ? 1 : 0,
  ]);
}
