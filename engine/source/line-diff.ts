/**
 * Which lines differ between two texts. Lines that occur once in both are matched first (patience diff), which keeps hunks at
 * the boundaries a reader expects and large files fast; jsdiff's Myers compares what lies between.
 */

import { diffArrays } from 'diff';

/** Lines `[oldStart, oldEnd)` were replaced by lines `[newStart, newEnd)`; 0-based. */
export interface LineChange {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** Myers is quadratic in the number of edits: 5,000 changed lines took it half a minute. A stretch that differs by more is shown as replaced. */
const MAX_EDITS = 500;

/** @returns the changes in order; they neither touch nor overlap. */
export function changedLines(before: readonly string[], after: readonly string[]): LineChange[] {
  const changes: LineChange[] = [];
  const pending: LineChange[] = [{ oldStart: 0, oldEnd: before.length, newStart: 0, newEnd: after.length }];
  for (let range = pending.pop(); range; range = pending.pop()) {
    const gap = trimmed(before, after, range);
    if (gap.oldStart === gap.oldEnd || gap.newStart === gap.newEnd) {
      append(changes, gap);
      continue;
    }
    const anchors = uniqueCommonLines(before, after, gap);
    if (anchors.length === 0) for (const change of smallestChanges(before, after, gap)) append(changes, change);
    else pending.push(...rangesBetween(gap, anchors).reverse());
  }
  return changes;
}

function append(changes: LineChange[], change: LineChange): void {
  if (change.oldStart === change.oldEnd && change.newStart === change.newEnd) return;
  const last = changes.at(-1);
  if (last?.oldEnd === change.oldStart && last.newEnd === change.newStart) {
    changes[changes.length - 1] = { ...last, oldEnd: change.oldEnd, newEnd: change.newEnd };
  } else {
    changes.push(change);
  }
}

/** The range without the equal lines at its beginning and end. */
function trimmed(before: readonly string[], after: readonly string[], range: LineChange): LineChange {
  let { oldStart, oldEnd, newStart, newEnd } = range;
  while (oldStart < oldEnd && newStart < newEnd && before[oldStart] === after[newStart]) {
    oldStart += 1;
    newStart += 1;
  }
  while (oldStart < oldEnd && newStart < newEnd && before[oldEnd - 1] === after[newEnd - 1]) {
    oldEnd -= 1;
    newEnd -= 1;
  }
  return { oldStart, oldEnd, newStart, newEnd };
}

interface Anchor {
  readonly oldLine: number;
  readonly newLine: number;
}

/** Lines that occur exactly once in either side of the range, the longest series of them that is in the same order in both. */
function uniqueCommonLines(before: readonly string[], after: readonly string[], range: LineChange): Anchor[] {
  const inOld = uniqueLines(before, range.oldStart, range.oldEnd);
  const inNew = uniqueLines(after, range.newStart, range.newEnd);
  const common: Anchor[] = [];
  for (const [line, oldLine] of inOld) {
    const newLine = inNew.get(line);
    if (oldLine !== undefined && newLine !== undefined) common.push({ oldLine, newLine });
  }
  return longestIncreasing(common.sort((a, b) => a.oldLine - b.oldLine));
}

/** Each line's number, or `undefined` when it occurs more than once. */
function uniqueLines(lines: readonly string[], start: number, end: number): Map<string, number | undefined> {
  const numbers = new Map<string, number | undefined>();
  for (const [offset, line] of lines.slice(start, end).entries()) {
    numbers.set(line, numbers.has(line) ? undefined : start + offset);
  }
  return numbers;
}

/** Patience sorting: the longest subsequence whose `newLine`s increase. */
function longestIncreasing(anchors: readonly Anchor[]): Anchor[] {
  interface Link {
    readonly anchor: Anchor;
    readonly previous: Link | undefined;
  }
  const piles: Link[] = [];
  for (const anchor of anchors) {
    let low = 0;
    let high = piles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((piles[middle]?.anchor.newLine ?? Infinity) < anchor.newLine) low = middle + 1;
      else high = middle;
    }
    piles[low] = { anchor, previous: piles[low - 1] };
  }
  const series: Anchor[] = [];
  for (let link = piles.at(-1); link; link = link.previous) series.push(link.anchor);
  return series.reverse();
}

function rangesBetween(range: LineChange, anchors: readonly Anchor[]): LineChange[] {
  const ranges: LineChange[] = [];
  let { oldStart, newStart } = range;
  for (const { oldLine, newLine } of anchors) {
    ranges.push({ oldStart, oldEnd: oldLine, newStart, newEnd: newLine });
    oldStart = oldLine + 1;
    newStart = newLine + 1;
  }
  ranges.push({ oldStart, oldEnd: range.oldEnd, newStart, newEnd: range.newEnd });
  return ranges;
}

function smallestChanges(before: readonly string[], after: readonly string[], range: LineChange): LineChange[] {
  const parts = diffArrays(before.slice(range.oldStart, range.oldEnd), after.slice(range.newStart, range.newEnd), {
    maxEditLength: MAX_EDITS,
  });
  if (!parts) return [range];
  const changes: LineChange[] = [];
  let { oldStart, newStart } = range;
  for (const { added, removed, value } of parts) {
    const oldEnd = oldStart + (added ? 0 : value.length);
    const newEnd = newStart + (removed ? 0 : value.length);
    if (added || removed) changes.push({ oldStart, oldEnd, newStart, newEnd });
    oldStart = oldEnd;
    newStart = newEnd;
  }
  return changes;
}
