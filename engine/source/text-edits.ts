/** What to replace in one text to get another: changed lines, without the beginning and the end that they keep. */

import { changedLines } from './line-diff.ts';

export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function textEdits(before: string, after: string): TextEdit[] {
  const oldLines = linesOf(before);
  const newLines = linesOf(after);
  const oldOffsets = offsetsOf(oldLines);
  const newOffsets = offsetsOf(newLines);
  return changedLines(oldLines, newLines).map((change) => {
    let start = oldOffsets[change.oldStart] ?? before.length;
    let end = oldOffsets[change.oldEnd] ?? before.length;
    let newStart = newOffsets[change.newStart] ?? after.length;
    let newEnd = newOffsets[change.newEnd] ?? after.length;
    while (start < end && newStart < newEnd && before[start] === after[newStart]) {
      start += 1;
      newStart += 1;
    }
    while (start < end && newStart < newEnd && before[end - 1] === after[newEnd - 1]) {
      end -= 1;
      newEnd -= 1;
    }
    return { start, end, text: after.slice(newStart, newEnd) };
  });
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Where each line begins, and where the last one ends. */
function offsetsOf(lines: readonly string[]): number[] {
  let offset = 0;
  const offsets = lines.map((line) => (offset += line.length) - line.length);
  return [...offsets, offset];
}
