/** `UPDATE users SET ?`: with `mysql` and `mysql2` an object takes the place of all assignments, which is no SQL to a parser. */

import type { Hole, Segment } from './text.ts';

const beforeMarks = /\bSET\s+(?=\?)/gi;
const beforeObjects = /\bSET\s+(?=\?|$)/gi;
/** Stands for the columns of the object, and nowhere in the source. */
const column = 'columns_of_object=';

/**
 * The segments as a parser reads them.
 * @param isEscaped of a hole that `mysql.escape(object)` stands in
 */
export function withSetObjects(segments: readonly Segment[], isEscaped: (hole: Hole) => boolean): readonly Segment[] {
  return segments.map((segment, index) => {
    const next = segments[index + 1];
    const place = next?.kind === 'hole' && isEscaped(next) ? beforeObjects : beforeMarks;
    if (segment.kind === 'hole' || segment.value.search(place) === -1) return segment;
    const value = segment.value.replace(place, (found) => found + column);
    if (segment.kind === 'kept') return { ...segment, value };
    const offsets = [...segment.offsets];
    for (const { 0: found, index } of segment.value.matchAll(place)) {
      const at = index + found.length;
      const inserted = offsets.length - segment.offsets.length;
      const offset = segment.offsets[at] ?? 0;
      offsets.splice(at + inserted, 0, ...Array.from(column, () => offset));
    }
    return { ...segment, value, offsets };
  });
}
