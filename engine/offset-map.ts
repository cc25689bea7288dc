/** Maps positions in an edited text back to the text before the edits. */

export interface AppliedEdit {
  readonly start: number;
  readonly end: number;
  /** Length of what stands there now. */
  readonly length: number;
}

/** @returns for an offset in the new text the offset in the old one; an offset inside new code is mapped to where that code stands */
export type OffsetMap = (offset: number) => number;

export const sameOffsets: OffsetMap = (offset) => offset;

/** @param edits in the order of the old text, without overlap */
export function offsetMap(edits: readonly AppliedEdit[]): OffsetMap {
  if (edits.length === 0) return sameOffsets;
  // For each edit, where its text begins and ends in the new text.
  let shift = 0;
  const placed = edits.map((edit) => {
    const newStart = edit.start + shift;
    shift += edit.length - (edit.end - edit.start);
    return { ...edit, newStart, newEnd: newStart + edit.length };
  });
  return (offset) => {
    let low = 0;
    let high = placed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((placed[middle]?.newStart ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const last = placed[low - 1];
    if (last === undefined) return offset;
    return offset < last.newEnd ? last.start : last.end + (offset - last.newEnd);
  };
}

export function composed(first: OffsetMap, second: OffsetMap): OffsetMap {
  if (first === sameOffsets) return second;
  if (second === sameOffsets) return first;
  return (offset) => first(second(offset));
}
