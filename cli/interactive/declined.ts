/** What a person said no to, so that the next time goes on where this one ended. Kept beside the journal, out of the repository. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportedFinding } from '../../engine/result.ts';

/** Known again when lines have moved: the transform, the file, what stands on the line, and the how-many-th such site it is. */
export function identitiesOf(
  findings: readonly ReportedFinding[],
  lineOf: (path: string, line: number) => string,
): Map<ReportedFinding, string> {
  const times = new Map<string, number>();
  return new Map(
    findings.map((finding) => {
      const plain = [finding.transform, finding.path, finding.title, lineOf(finding.path, finding.start.line).trim()].join('\t');
      const time = (times.get(plain) ?? 0) + 1;
      times.set(plain, time);
      return [finding, `${plain}\t${time}`] as const;
    }),
  );
}

export function readDeclined(root: string): Set<string> {
  try {
    const kept: unknown = JSON.parse(readFileSync(declinedFile(root), 'utf8'));
    return new Set(Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : []);
  } catch {
    // Nothing was declined yet, or the file is damaged: then everything is asked again.
    return new Set();
  }
}

export function keepDeclined(root: string, declined: ReadonlySet<string>): void {
  if (declined.size === 0) return;
  mkdirSync(join(root, '.nodelift'), { recursive: true });
  writeFileSync(join(root, '.nodelift', '.gitignore'), '*\n');
  writeFileSync(declinedFile(root), `${JSON.stringify([...declined], undefined, 1)}\n`);
}

export function declinedFile(root: string): string {
  return join(root, '.nodelift', 'declined.json');
}
