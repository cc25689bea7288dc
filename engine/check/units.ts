/** The fixes of a run as units that are kept or rolled back, in an order in which each stands after what it builds on. */

import { fixKey, type FileResult, type ReportedFinding, type RunResult } from '../result.ts';

/** The fixes of one transform at one place: mostly one. */
export interface Unit {
  readonly key: string;
  readonly findings: readonly ReportedFinding[];
  /** Files that its fixes change. */
  readonly paths: readonly string[];
  /** Units of one group share files, or are joined by others that do; groups have no file in common. */
  readonly group: number;
}

type Changed = Extract<FileResult, { status: 'changed' }>;

export function changedFiles(result: RunResult): Changed[] {
  return result.files.filter((file) => file.status === 'changed');
}

export function unitsOf(result: RunResult): Unit[] {
  const pathsByFix = new Map<string, string[]>();
  for (const file of changedFiles(result)) {
    for (const fix of file.fixes) pathsByFix.set(fix, [...(pathsByFix.get(fix) ?? []), file.path]);
  }
  const byKey = new Map<string, ReportedFinding[]>();
  for (const finding of result.findings) {
    if (finding.status !== 'fixed') continue;
    const key = keyOf(finding);
    byKey.set(key, [...(byKey.get(key) ?? []), finding]);
  }
  const units = [...byKey].map(([key, findings]) => {
    const paths = findings.flatMap(({ fix, path }) => [path, ...(pathsByFix.get(fix ?? '') ?? [])]);
    return { key, findings, paths: [...new Set(paths)] };
  });
  const groups = groupsOf(units.map(({ paths }) => paths));
  return units.map((unit, index) => ({ ...unit, group: groups[index] ?? 0 })).sort((a, b) => a.group - b.group || compare(a, b));
}

/** What a later pass did builds on what an earlier one did; what requires another fix has more requirements than it. */
function compare({ findings: [a] }: Pick<Unit, 'findings'>, { findings: [b] }: Pick<Unit, 'findings'>): number {
  return (a?.pass ?? 0) - (b?.pass ?? 0) || (a?.dependsOn?.length ?? 0) - (b?.dependsOn?.length ?? 0);
}

export function keyOf({ transform, path, start }: ReportedFinding): string {
  return fixKey(transform, path, start);
}

/** The units that build on `guilty`, over any number of steps. */
export function dependentsOf(guilty: Unit, units: readonly Unit[]): ReadonlySet<Unit> {
  const fixes = new Set(guilty.findings.map(({ fix }) => fix));
  const found = new Set<Unit>();
  for (let size = -1; size < found.size;) {
    size = found.size;
    for (const unit of units) {
      if (unit === guilty || found.has(unit)) continue;
      if (!unit.findings.some(({ dependsOn = [] }) => dependsOn.some((fix) => fixes.has(fix)))) continue;
      found.add(unit);
      for (const { fix } of unit.findings) fixes.add(fix);
    }
  }
  return found;
}

/** @returns for each list of paths the number of its group, in the order of their first members */
function groupsOf(lists: readonly (readonly string[])[]): number[] {
  const groupOfPath = new Map<string, number>();
  const merged = new Map<number, number>();
  const rootOf = (group: number): number => {
    let root = group;
    for (let next = merged.get(root); next !== undefined; next = merged.get(root)) root = next;
    return root;
  };
  const own = lists.map((paths, group) => {
    for (const path of paths) {
      const other = groupOfPath.get(path);
      if (other === undefined) groupOfPath.set(path, group);
      else if (rootOf(other) !== rootOf(group)) {
        const [first, second] = [rootOf(other), rootOf(group)].sort((a, b) => a - b);
        if (first !== undefined && second !== undefined) merged.set(second, first);
      }
    }
    return group;
  });
  return own.map(rootOf);
}
