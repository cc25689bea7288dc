/** The counts of a run, a row a transform. */

import type { ReasonCode } from '../catalog/reasons.ts';
import type { ReportedFinding, RunResult } from '../engine/result.ts';

export interface Tally {
  readonly transform: string;
  readonly sites: number;
  readonly fixed: number;
  /** Fixes held back because they are unsafe. */
  readonly unsafe: number;
  readonly refused: number;
  /** How often each reason was given for a refusal, the most frequent first. */
  readonly reasons: readonly (readonly [code: ReasonCode, count: number])[];
  /** In which sites were fixed. */
  readonly files: number;
  readonly milliseconds: number;
}

export function tallyOf({ transforms, findings, timing }: RunResult): Tally[] {
  return transforms.map((transform) => {
    const own = findings.filter((finding) => finding.transform === transform);
    const fixed = own.filter(({ status }) => status === 'fixed');
    const refused = own.filter(({ status }) => status === 'refused');
    return {
      transform,
      sites: own.length,
      fixed: fixed.length,
      unsafe: own.filter(({ status }) => status === 'available').length,
      refused: refused.length,
      reasons: reasonCounts(refused),
      files: new Set(fixed.map(({ path }) => path)).size,
      milliseconds: timing.get(transform) ?? 0,
    };
  });
}

function reasonCounts(findings: readonly ReportedFinding[]): (readonly [ReasonCode, number])[] {
  const counts = new Map<ReasonCode, number>();
  for (const { reason } of findings) if (reason) counts.set(reason.code, (counts.get(reason.code) ?? 0) + 1);
  return [...counts].sort(([codeA, a], [codeB, b]) => b - a || (codeA < codeB ? -1 : 1));
}
