/**
 * Which of the fixes of one pass are applied together: those that are wanted, with all that they depend on, and without
 * two that change the same text. What has to wait is found again in the next pass.
 */

import type { Edit, Fix, Reason, ReplaceEdit, Safety } from '../finding.ts';

export interface Selection {
  readonly applied: readonly Fix[];
  /** Fixes of sites that are applied, each with the fixes that it needs, in the order of application. */
  readonly sites: readonly SiteFix[];
  /** Unsafe, and unsafe fixes are not wanted. */
  readonly heldBack: readonly SiteFix[];
}

/** The fix of a site, with what it rests on. */
export interface SiteFix {
  readonly fix: Fix;
  readonly requires: readonly Fix[];
  /** The least of its own safety and that of what it requires. */
  readonly safety: Safety;
  readonly reason: Reason | undefined;
}

/** A transform's fix depends on one that it did not give: a fault of the transform. */
export class MissingFixError extends Error {
  override readonly name = 'MissingFixError';
}

/**
 * @param suppressed ids of fixes that a person keeps away: what depends on one of them is kept away with it
 * @throws MissingFixError
 */
export function siteFixes(fixes: readonly Fix[], suppressed: ReadonlySet<string> = new Set()): SiteFix[] {
  const byId = new Map(fixes.map((fix) => [fix.id, fix]));
  return fixes.flatMap((fix) => {
    if (fix.site === undefined) return [];
    const requires = closure(fix, byId, suppressed);
    if (requires === undefined) return [];
    const unsafe = [fix, ...requires].find((one) => one.safety === 'unsafe');
    return [{ fix, requires, safety: unsafe === undefined ? 'safe' : 'unsafe', reason: unsafe?.reason }];
  });
}

function closure(fix: Fix, byId: ReadonlyMap<string, Fix>, suppressed: ReadonlySet<string>): Fix[] | undefined {
  const reached = new Map<string, Fix>();
  const pending = [...fix.dependsOn];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (reached.has(id) || id === fix.id) continue;
    if (suppressed.has(id)) return undefined;
    const needed = byId.get(id);
    if (needed === undefined) throw new MissingFixError(`“${fix.title}” depends on the fix “${id}”, which was not given.`);
    reached.set(id, needed);
    pending.push(...needed.dependsOn);
  }
  return [...reached.values()];
}

export function select(candidates: readonly SiteFix[], unsafe: boolean): Selection {
  const occupied = new Occupied();
  const applied = new Set<Fix>();
  const sites: SiteFix[] = [];
  const heldBack: SiteFix[] = [];
  for (const site of [...candidates].sort(bySite)) {
    if (site.safety === 'unsafe' && !unsafe) {
      heldBack.push(site);
      continue;
    }
    const fresh = [site.fix, ...site.requires].filter((fix) => !applied.has(fix));
    const edits = fresh.flatMap((fix) => fix.edits);
    if (!occupied.hasRoomFor(edits)) continue;
    occupied.take(edits);
    for (const fix of fresh) applied.add(fix);
    sites.push(site);
  }
  return { applied: [...applied], sites, heldBack };
}

function bySite(a: SiteFix, b: SiteFix): number {
  const one = a.fix.site;
  const two = b.fix.site;
  if (one === undefined || two === undefined) return 0;
  return one.path === two.path ? one.start - two.start || two.end - one.end : one.path < two.path ? -1 : 1;
}

/** The ranges that accepted edits replace, and the points at which they insert, by file. */
class Occupied {
  readonly #byPath = new Map<string, { readonly start: number; readonly end: number }[]>();

  hasRoomFor(edits: readonly Edit[]): boolean {
    return edits.every((edit) => edit.kind === 'indent' || this.#isFree(edit));
  }

  take(edits: readonly Edit[]): void {
    for (const edit of edits) {
      if (edit.kind === 'indent') continue;
      const list = this.#byPath.get(edit.path) ?? [];
      this.#byPath.set(edit.path, list);
      list.splice(firstAfter(list, edit.start), 0, { start: edit.start, end: edit.end });
    }
  }

  #isFree(edit: ReplaceEdit): boolean {
    const list = this.#byPath.get(edit.path) ?? [];
    // Accepted ranges are disjoint, so only the neighbours can touch: walk over insertions at the same place.
    for (let index = firstAfter(list, edit.end) - 1; index >= 0; index -= 1) {
      const other = list[index];
      if (other === undefined) break;
      if (other.start < edit.end && edit.start < other.end) return false;
      if (other.end < edit.start) break;
    }
    return true;
  }
}

function firstAfter(list: readonly { readonly start: number }[], offset: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
