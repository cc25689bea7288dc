/** Which words differ between a line that went and the one that came for it. */

import { diffWordsWithSpace } from 'diff';

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export interface WordDiff {
  /** In the old line. */
  readonly removed: readonly Stretch[];
  /** In the new line. */
  readonly added: readonly Stretch[];
}

/** Comparing words is quadratic, and says nothing about lines of data. */
const LONGEST = 600;

/** @returns `undefined` when the lines have too little in common for the words to tell anything */
export function changedWords(before: string, after: string): WordDiff | undefined {
  if (before.length > LONGEST || after.length > LONGEST) return undefined;
  const removed: Stretch[] = [];
  const added: Stretch[] = [];
  let oldAt = 0;
  let newAt = 0;
  let common = 0;
  for (const part of diffWordsWithSpace(before, after)) {
    const { length } = part.value;
    if (part.removed) removed.push({ start: oldAt, end: oldAt + length });
    else if (part.added) added.push({ start: newAt, end: newAt + length });
    else common += part.value.trim().length;
    if (!part.added) oldAt += length;
    if (!part.removed) newAt += length;
  }
  return common * 3 < Math.max(before.trim().length, after.trim().length) ? undefined : { removed, added };
}

/** Lines that went and lines that came, in pairs: the first with the first. What has no partner stands alone. */
export function pairs(removed: number, added: number): (readonly [removed: number | undefined, added: number | undefined])[] {
  return Array.from({ length: Math.max(removed, added) }, (_, index) => [
    index < removed ? index : undefined,
    index < added ? index : undefined,
  ]);
}
