/**
 * One machine's share of a run. Every machine reads the same program and finds the same fixes; each keeps its own.
 *
 * What is shared out are groups of files: files that one fix changes together, or that fixes change which depend on each other,
 * stay together. So each file belongs to one share, the shares' patches apply in any order, and together they are the whole run.
 */

import type { Fix } from '../finding.ts';
import type { Shard } from '../result.ts';
import { Groups } from './groups.ts';
import type { SiteFix } from './select.ts';

/**
 * @param sites all fixes of the run
 * @param paths all files of the run
 * @returns whether a file belongs to the share
 */
export function shareOf({ index, count }: Shard, sites: readonly SiteFix[], paths: readonly string[]): (path: string) => boolean {
  const groups = new Groups();
  const sitesIn = new Map<string, number>();
  for (const { fix, requires } of sites) {
    const [first, ...others] = [fix, ...requires].flatMap(pathsOf);
    if (first === undefined) continue;
    for (const other of others) groups.join(first, other);
    sitesIn.set(first, (sitesIn.get(first) ?? 0) + 1);
  }
  const weights = new Map<string, number>();
  for (const [path, weight] of sitesIn) weights.set(groups.of(path), (weights.get(groups.of(path)) ?? 0) + weight);

  // The largest group first, each to the share that has least: as even as the groups allow, and the same everywhere.
  const loads = Array.from({ length: count }, () => 0);
  const shares = new Map<string, number>();
  for (const [group, weight] of [...weights].sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1))) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + weight;
    shares.set(group, least);
  }
  for (const [place, path] of [...paths].sort().entries()) {
    if (!shares.has(groups.of(path))) shares.set(path, place % count);
  }
  return (path) => shares.get(groups.of(path)) === index - 1;
}

function pathsOf({ edits, imports, preambles }: Fix): string[] {
  return [...edits, ...imports, ...preambles].map(({ path }) => path);
}
