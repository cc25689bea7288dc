/**
 * One page for a team to review a migration by: charts, the findings with their diffs, and the way to each barrier. Everything is in it;
 * nothing is fetched. What comes from the analysed code is data in the page, and is only ever put into text nodes: the policy of the
 * page allows no script and no style but its own two.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { reasons } from '../../../catalog/reasons.ts';
import type { ReportedFinding } from '../../../engine/result.ts';
import { summaries } from '../../../transforms/summaries.ts';
import { highlighted } from '../../highlight.ts';
import { packageFile, packageVersion } from '../../package.ts';
import type { Report } from '../../report.ts';
import { sourceTexts, type SourceTexts } from '../../source-texts.ts';
import { escapedLine } from '../../terminal.ts';
import { excerpt, hunksOf, linesOf, type Hunk, type Line } from './rows.ts';

interface PageFile {
  readonly path: string;
  readonly hunks: readonly Hunk[];
}

interface PageFinding {
  readonly id: string;
  readonly transform: string;
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly status: ReportedFinding['status'];
  readonly safety: ReportedFinding['safety'];
  readonly title: string;
  readonly notes: readonly string[];
  readonly requires: readonly string[];
  readonly weakness?: string;
  readonly reason?: { readonly code: string; readonly message: string; readonly help: string; readonly chain: readonly PageLink[] };
  /** Indexes of the files that the fix changes. */
  readonly files?: readonly number[];
  /** The lines around a site that stays as it is. */
  readonly source?: readonly Line[];
}

interface PageLink {
  readonly name: string;
  readonly place: string;
}

interface PageData {
  readonly name: string;
  readonly version: string;
  readonly written: boolean;
  readonly scanned: number;
  readonly transforms: readonly { readonly name: string; readonly summary: string }[];
  readonly reasons: Readonly<Record<string, string>>;
  readonly files: readonly PageFile[];
  readonly findings: readonly PageFinding[];
  readonly problems: readonly string[];
}

export function htmlReport(report: Report): string {
  const style = asset('report.css');
  const script = asset('report.js');
  const data = dataOf(report);
  const policy = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>nodelift: ${escapedHtml(data.name)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This report needs JavaScript; nodelift --format markdown does not.</noscript>
<script type="application/json" id="data">${escapedScript(JSON.stringify(data))}</script>
<script>${script}</script>
</body>
</html>
`;
}

function dataOf(report: Report): PageData {
  const { result, changes, failures, outcome } = report;
  const texts = sourceTexts(result);
  const fixesIn = changes.map(({ file }) => new Set(file.fixes));
  const excerpts = excerptFinder(texts);
  return {
    name: escapedLine(basename(result.root)),
    version: packageVersion(),
    written: outcome !== undefined,
    scanned: result.scanned,
    transforms: result.transforms.map((name) => ({ name, summary: summaries.find((one) => one.name === name)?.summary ?? '' })),
    reasons,
    files: changes.map(({ file: { path, before, after } }) => ({ path: escapedLine(path), hunks: hunksOf(before, after) })),
    findings: result.findings.map((finding) => findingOf(finding, texts, fixesIn, excerpts)),
    problems: [
      ...failures.map(({ path, error }) => escapedLine(path === undefined ? error : `${path}: ${error}`)),
      ...result.warnings
        .filter(({ failed }) => !failed)
        .map(({ path, message }) => escapedLine(path === undefined ? message : `${path}: ${message}`)),
    ],
  };
}

function findingOf(
  finding: ReportedFinding,
  texts: SourceTexts,
  fixesIn: readonly ReadonlySet<string>[],
  excerpts: (finding: ReportedFinding) => readonly Line[],
): PageFinding {
  const { id, transform, path, start, end, status, safety, title, notes, requires, weakness, reason, fix } = finding;
  const files = fixesIn.flatMap((fixes, index) => (fix !== undefined && fixes.has(fix) ? [index] : []));
  return {
    id: escapedLine(id),
    transform,
    path: escapedLine(path),
    line: start.line,
    endLine: end.line,
    column: start.column,
    status,
    safety,
    title: escapedLine(title),
    notes: notes.map(escapedLine),
    requires: (requires ?? []).map(escapedLine),
    ...(weakness && { weakness: `${weakness.cwe}, ${weakness.severity}` }),
    ...(reason && {
      reason: {
        code: reason.code,
        message: escapedLine(reason.message),
        help: escapedLine(reason.help),
        chain: (reason.chain ?? []).map(({ name, span }) => {
          const line = texts.positionOf(span.path, span.start)?.line;
          return { name: escapedLine(name), place: escapedLine(line === undefined ? span.path : `${span.path}:${line}`) };
        }),
      },
    }),
    ...(status === 'fixed' ? { files } : { source: excerpts(finding) }),
  };
}

function excerptFinder(texts: SourceTexts): (finding: ReportedFinding) => readonly Line[] {
  const known = new Map<string, { readonly lines: readonly string[]; readonly tokens: ReturnType<typeof highlighted> }>();
  return ({ path, start, end }) => {
    const lines = linesOf(texts.textOf(path) ?? '');
    const file = known.get(path) ?? { lines, tokens: highlighted(lines) };
    known.set(path, file);
    return excerpt(file.lines, file.tokens, start.line, Math.min(end.line, start.line + 20));
  };
}

function asset(name: string): string {
  return readFileSync(packageFile(`assets/${name}`), 'utf8');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** No `<` is left, so nothing in the data can end the element that it stands in. */
function escapedScript(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function escapedHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
