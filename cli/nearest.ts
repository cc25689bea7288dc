/** What a person may have meant by a word that is not known. */

/** @returns the most similar candidate, if one is similar enough to be worth a suggestion. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = distanceTo(typed, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>, shown = (candidate: string): string => `"${candidate}"`): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? '' : ` Did you mean ${shown(candidate)}?`;
}

/** Infinity when the two have too little in common. A whole word or beginning of the candidate, such as `sql`, counts as near. */
function distanceTo(typed: string, candidate: string): number {
  const edits = editDistance(typed, candidate);
  if (edits <= Math.max(1, Math.floor(Math.max(typed.length, candidate.length) / 3))) return edits;
  const isPart = typed.length >= 2 && (candidate.startsWith(typed) || candidate.split('-').includes(typed));
  return isPart ? candidate.length : Infinity;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const deletion = (previous[j] ?? Infinity) + 1;
      const insertion = (row[j - 1] ?? Infinity) + 1;
      const replacement = (previous[j - 1] ?? Infinity) + cost;
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforePrevious[j - 2] ?? Infinity) + 1 : Infinity;
      row.push(Math.min(deletion, insertion, replacement, swap));
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length] ?? Infinity;
}
