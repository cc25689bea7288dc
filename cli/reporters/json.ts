/** The whole result for programs. The shape is versioned: a field may be added, but none changes its meaning within a version. */

import type { Reason } from '../../engine/finding.ts';
import type { FileResult, LeftOut, ReportedFinding, Warning } from '../../engine/result.ts';
import type { Position } from '../../engine/text.ts';
import { patchText } from '../patch.ts';
import type { Report } from '../report.ts';
import { sourceTexts, type SourceTexts } from '../source-texts.ts';
import { escapedJson } from '../terminal.ts';
import { tallyOf } from '../tally.ts';

export interface JsonReport {
  readonly version: 1;
  readonly root: string;
  readonly transforms: readonly string[];
  readonly summary: {
    readonly files: { readonly scanned: number; readonly candidates: number; readonly changed: number; readonly failed: number };
    readonly byTransform: Readonly<Record<string, { sites: number; fixed: number; unsafe: number; refused: number }>>;
  };
  readonly files: readonly JsonFile[];
  readonly findings: readonly JsonFinding[];
  readonly warnings: readonly Warning[];
  readonly leftOut: readonly LeftOut[];
}

export interface JsonFile {
  readonly path: string;
  readonly status: FileResult['status'];
  /** Empty when nothing changes. */
  readonly diff: string;
  readonly error?: string;
}

export interface JsonFinding {
  readonly id: string;
  readonly transform: string;
  readonly path: string;
  readonly start: Position;
  readonly end: Position;
  readonly status: ReportedFinding['status'];
  readonly safety: ReportedFinding['safety'];
  readonly title: string;
  readonly fix?: string;
  readonly reason?: { readonly code: string; readonly message: string; readonly help: string; readonly chain?: readonly JsonLink[] };
  /** The weakness that the site is, such as `CWE-89`, and how severe. */
  readonly cwe?: string;
  readonly severity?: 'low' | 'medium' | 'high';
  readonly notes: readonly string[];
  readonly requires: readonly string[];
}

/** One of the calls that lead to a barrier. */
export interface JsonLink {
  readonly name: string;
  readonly path: string;
  readonly line?: number;
}

export function jsonReport(report: Report): string {
  return `${escapedJson(JSON.stringify(jsonOf(report), undefined, 2))}\n`;
}

function jsonOf(report: Report): JsonReport {
  const { result } = report;
  const files = filesOf(report);
  const texts = sourceTexts(result);
  return {
    version: 1,
    root: result.root,
    transforms: result.transforms,
    summary: {
      files: {
        scanned: result.scanned,
        candidates: result.candidates,
        changed: files.filter(({ status }) => status === 'changed').length,
        failed: files.filter(({ status }) => status === 'failed').length,
      },
      byTransform: Object.fromEntries(
        tallyOf(result).map(({ transform, sites, fixed, unsafe, refused }) => [transform, { sites, fixed, unsafe, refused }]),
      ),
    },
    files,
    findings: result.findings.map((finding) => findingOf(finding, texts)),
    warnings: result.warnings,
    leftOut: result.leftOut,
  };
}

/** A changed file that could not be written has failed. */
function filesOf({ result, outcome, changes }: Report): JsonFile[] {
  const diffs = new Map(changes.map(({ file, patch }) => [file.path, patchText(patch)]));
  const errors = new Map(outcome?.failed.map(({ path, error }) => [path, error]));
  return result.files.map((file) => {
    const error = file.status === 'failed' ? file.error : errors.get(file.path);
    const diff = diffs.get(file.path) ?? '';
    if (error !== undefined) return { path: file.path, status: 'failed', diff, error };
    return { path: file.path, status: diff === '' ? 'unchanged' : file.status, diff };
  });
}

function findingOf(finding: ReportedFinding, texts: SourceTexts): JsonFinding {
  const { id, transform, path, start, end, status, safety, title, fix, reason, weakness, notes, requires } = finding;
  return {
    id,
    transform,
    path,
    start,
    end,
    status,
    safety,
    title,
    ...(fix !== undefined && { fix }),
    ...(reason && { reason: reasonOf(reason, texts) }),
    ...(weakness && { cwe: weakness.cwe, severity: weakness.severity }),
    notes,
    requires: requires ?? [],
  };
}

function reasonOf({ code, message, help, chain }: Reason, texts: SourceTexts): NonNullable<JsonFinding['reason']> {
  const links = chain?.map(({ name, span }) => {
    const line = texts.positionOf(span.path, span.start)?.line;
    return { name, path: span.path, ...(line !== undefined && { line }) };
  });
  return { code, message, help, ...(links && links.length > 0 && { chain: links }) };
}
