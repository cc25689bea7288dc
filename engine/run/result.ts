/** What a run gives back, of its survey and of what the transforms found. */

import type { FileResult, ReportedFinding, RunOptions, RunResult, Warning } from '../result.ts';
import type { SiteFix } from './select.ts';
import { shareOf } from './shard.ts';
import type { Survey } from './survey.ts';

export interface Found {
  readonly files: readonly FileResult[];
  readonly findings: readonly ReportedFinding[];
  readonly warnings: readonly Warning[];
}

/** Which files are this machine's, when the run is shared out. */
export function ownShare({ shard }: RunOptions, { inSelection, failures }: Survey, sites: readonly SiteFix[]): (path: string) => boolean {
  if (shard === undefined) return () => true;
  return shareOf(shard, sites, [...inSelection.map(({ source }) => source.path), ...failures.map(({ path }) => path)]);
}

export function resultOf(options: RunOptions, survey: Survey, own: (path: string) => boolean, found: Found): RunResult {
  const files = [...found.files];
  const warnings = [...found.warnings];
  for (const failure of survey.failures.filter(({ path }) => own(path))) {
    if (failure.kind === 'file' && failure.selected) files.push({ status: 'failed', path: failure.path, error: failure.error });
    else warnings.push({ path: failure.path, message: failure.error, failed: failure.selected });
  }
  return {
    root: survey.root,
    transforms: options.transforms.map((transform) => transform.name),
    files,
    findings: found.findings.filter((finding) => own(finding.path)),
    leftOut: survey.discovery.leftOut,
    warnings: warnings.filter((warning) => warning.path === undefined || own(warning.path)),
    scanned: survey.inSelection.length + survey.failures.filter((failure) => failure.kind === 'file' && failure.selected).length,
    candidates: survey.likely.length,
    timing: survey.timing.phases,
  };
}
