/** Names for which `mysql` and `mysql2` have a placeholder of their own, `??`. */

import type { Places, Slot } from './places.ts';

/**
 * The places with a slot for each name that a hole is the whole of: what is in backticks is one name, whatever it is.
 * A name that `escapeId` writes is another beside values: a question mark in it would be taken for one of theirs.
 */
export function withNames(places: Places, isEscaped: (hole: number) => boolean): Places {
  const slots = places.fixed.flatMap(({ hole, kind }): Slot[] => {
    const range = places.ranges[hole];
    if (kind !== 'identifier' || range === undefined) return [];
    const { start, end } = range;
    if (places.slots.length > 0 && isEscaped(hole)) return [{ start, end, quoted: false, role: 'name', parts: [hole] }];
    const quoted = places.filled[start - 1] === '`' && places.filled[end] === '`';
    return quoted ? [{ start: start - 1, end: end + 1, quoted: false, role: 'name', parts: [hole] }] : [];
  });
  const named = new Set(slots.flatMap(({ parts }) => parts));
  return {
    ...places,
    slots: [...places.slots, ...slots].sort((a, b) => a.start - b.start),
    fixed: places.fixed.filter(({ hole }) => !named.has(hole)),
  };
}
