/** What every reporter is given: the result of a run, what became of writing it, and the patch of each changed file. */

import type { WriteOutcome } from '../engine/journal/index.ts';
import type { FileResult, ReportedFinding, RunResult } from '../engine/result.ts';
import { patchOf, type PatchLine } from './patch.ts';

export type ChangedFile = Extract<FileResult, { status: 'changed' }>;

export interface Report {
  readonly result: RunResult;
  /** `undefined` for a preview. */
  readonly outcome: WriteOutcome | undefined;
  readonly changes: readonly FileChange[];
  readonly failures: readonly Failure[];
}

export interface FileChange {
  readonly file: ChangedFile;
  readonly patch: readonly PatchLine[];
  /** The sites whose fixes are in the patch. */
  readonly fixed: readonly ReportedFinding[];
}

/** Something that could not be read, parsed, transformed or written; the rest was done. */
export interface Failure {
  readonly path: string | undefined;
  readonly error: string;
  /** Of a fault of nodelift's own. */
  readonly stack?: string;
}

/** After a write, a change is one that is on disk: what could not be written is among the failures. */
export function reportOf(result: RunResult, outcome?: WriteOutcome): Report {
  const written = outcome && new Set(outcome.written);
  const changes: FileChange[] = [];
  const failures: Failure[] = [];
  for (const file of result.files) {
    if (file.status === 'failed') failures.push(file);
    if (file.status === 'changed' && (!written || written.has(file.path))) {
      changes.push({ file, patch: patchOfFile(file), fixed: fixesIn(file, result.findings) });
    }
  }
  for (const { path, message, failed } of result.warnings) if (failed) failures.push({ path, error: message });
  failures.push(...(outcome?.failed ?? []));
  return { result, outcome, changes, failures };
}

function patchOfFile({ path, before, after, bom }: ChangedFile): PatchLine[] {
  const mark = bom ? '\uFEFF' : '';
  return patchOf(path, mark + before, mark + after);
}

function fixesIn(file: ChangedFile, findings: readonly ReportedFinding[]): ReportedFinding[] {
  const fixes = new Set(file.fixes);
  return findings.filter(({ status, fix, path }) => status === 'fixed' && (path === file.path || (fix !== undefined && fixes.has(fix))));
}
