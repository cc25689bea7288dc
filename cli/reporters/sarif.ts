/**
 * The result as SARIF 2.1.0, for GitHub code scanning, the viewers of editors, and whatever else reads the standard.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Log, Location, Notification, ReportingDescriptor, Result, ThreadFlow } from 'sarif';
import type { FileEdit, ReportedFinding } from '../../engine/result.ts';
import type { Position } from '../../engine/text.ts';
import { summaries } from '../../transforms/summaries.ts';
import { packageFile, packageVersion } from '../package.ts';
import type { Failure, Report } from '../report.ts';
import { sourceTexts, type SourceTexts } from '../source-texts.ts';
import { escapedJson } from '../terminal.ts';

const ROOT = 'SRCROOT';

export function sarifReport(report: Report): string {
  return `${escapedJson(JSON.stringify(sarifOf(report), undefined, 2))}\n`;
}

function sarifOf(report: Report): Log {
  const { result, failures, outcome } = report;
  const texts = sourceTexts(result);
  // What was written is not there any more.
  const findings = result.findings.filter(({ status }) => !(outcome && status === 'fixed'));
  const rules = rulesOf(result.transforms, findings);
  const fingerprint = fingerprints(texts);
  const warnings = result.warnings.filter(({ failed }) => !failed);
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'nodelift', semanticVersion: packageVersion(), rules } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { uri: pathToFileURL(`${result.root}/`).href } },
        invocations: [
          {
            executionSuccessful: failures.length === 0,
            toolExecutionNotifications: [
              ...failures.map((failure) => notification('error', failure)),
              ...warnings.map(({ message, path, start }) => notification('warning', { error: message, path, start })),
            ],
          },
        ],
        results: findings.map((finding) => resultOf(finding, rules, texts, fingerprint(finding))),
      },
    ],
  };
}

/** CVSS-like numbers by which GitHub sorts: 7 and above is high, 4 and above medium. */
const severityNumbers = { high: '8.8', medium: '5.5', low: '3.0' } as const;

/** A rule a transform; one that finds weaknesses has another for each of them. */
function rulesOf(transforms: readonly string[], findings: readonly ReportedFinding[]): ReportingDescriptor[] {
  const plain = transforms.map((name) => ruleOf(name));
  const weak = new Map<string, ReportingDescriptor>();
  for (const { transform, weakness } of findings) {
    if (!weakness) continue;
    const id = ruleId(transform, weakness);
    const number = weakness.cwe.replace('CWE-', '').padStart(3, '0');
    weak.set(id, {
      ...ruleOf(transform),
      id,
      properties: {
        tags: ['security', `external/cwe/cwe-${number}`],
        'security-severity': severityNumbers[weakness.severity],
        precision: 'high',
      },
    });
  }
  return [...plain, ...weak.values()];
}

function ruleId(transform: string, weakness: ReportedFinding['weakness']): string {
  return weakness ? `${transform}/${weakness.cwe.toLowerCase()}/${weakness.severity}` : transform;
}

function ruleOf(name: string): ReportingDescriptor {
  const summary = summaries.find((one) => one.name === name)?.summary ?? name;
  const page = packageFile(`transforms/${name}/README.md`);
  return {
    id: name,
    name: name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: summary },
    fullDescription: { text: summary },
    ...(existsSync(page) && { help: { text: `nodelift explain ${name}`, markdown: readFileSync(page, 'utf8') } }),
    defaultConfiguration: { level: 'warning' },
  };
}

function resultOf(finding: ReportedFinding, rules: readonly ReportingDescriptor[], texts: SourceTexts, fingerprint: string): Result {
  const { transform, path, start, end, title, status, safety, reason, weakness, notes, edits } = finding;
  const id = ruleId(transform, weakness);
  const chain = reason?.chain ?? [];
  const flow: ThreadFlow = {
    locations: chain.map(({ name, span }) => ({
      location: { ...locationOf(span.path, texts.positionOf(span.path, span.start)), message: { text: name } },
    })),
  };
  return {
    ruleId: id,
    ruleIndex: rules.findIndex((rule) => rule.id === id),
    ...levelOf(finding),
    message: { text: [title, ...(reason ? [`${reason.code}: ${reason.message}`, reason.help] : []), ...notes].join('\n') },
    locations: [locationOf(path, start, end)],
    ...(chain.length > 0 && { codeFlows: [{ message: { text: 'What calls the function, up to the barrier' }, threadFlows: [flow] }] }),
    partialFingerprints: { 'nodeliftSite/v1': fingerprint },
    ...(edits && edits.length > 0 && { fixes: [{ description: { text: title }, artifactChanges: artifactChanges(edits) }] }),
    properties: {
      status,
      safety,
      ...(reason && { reason: reason.code }),
      ...(weakness && { cwe: weakness.cwe, severity: weakness.severity }),
    },
  };
}

const levels = { high: 'error', medium: 'warning', low: 'note' } as const;

function levelOf({ status, reason, weakness }: ReportedFinding): Pick<Result, 'level' | 'kind'> {
  if (weakness) return { level: levels[weakness.severity] };
  // It is no problem where it stands.
  if (reason?.code === 'startup-code') return { kind: 'informational', level: 'none' };
  return { level: status === 'refused' ? 'note' : 'warning' };
}

function artifactChanges(edits: readonly FileEdit[]) {
  const paths = [...new Set(edits.map(({ path }) => path))];
  return paths.map((path) => ({
    artifactLocation: artifactOf(path),
    replacements: edits
      .filter((edit) => edit.path === path)
      .map(({ start, end, text }) => ({ deletedRegion: regionOf(start, end), insertedContent: { text } })),
  }));
}

function locationOf(path: string, start: Position | undefined, end?: Position): Location {
  return { physicalLocation: { artifactLocation: artifactOf(path), ...(start && { region: regionOf(start, end) }) } };
}

function artifactOf(path: string) {
  return { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: ROOT };
}

function regionOf(start: Position, end: Position | undefined) {
  return {
    startLine: start.line,
    startColumn: start.column,
    ...(end && { endLine: end.line, endColumn: end.column }),
  };
}

function notification(
  level: 'error' | 'warning',
  { path, error, start }: Failure & { readonly start?: Position | undefined },
): Notification {
  return { level, message: { text: error }, ...(path !== undefined && { locations: [locationOf(path, start)] }) };
}

/** The same for a site whose line has only moved, so that code scanning knows it again. */
function fingerprints(texts: SourceTexts): (finding: ReportedFinding) => string {
  const times = new Map<string, number>();
  return ({ transform, path, start }) => {
    const site = [transform, path, texts.lineOf(path, start.line).trim()].join('\0');
    const time = (times.get(site) ?? 0) + 1;
    times.set(site, time);
    return `${createHash('sha256').update(site).digest('hex').slice(0, 32)}:${time}`;
  };
}
