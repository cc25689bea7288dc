/** A description for a pull request: what was done, what to look at, and what is left and why. GitHub and GitLab render it. */

import type { FileResult, ReportedFinding } from '../../engine/result.ts';
import type { Report } from '../report.ts';
import { tallyOf } from '../tally.ts';
import { counted, escapedLine } from '../terminal.ts';

/** GitHub refuses a description of more than 65,536 characters; what does not fit is counted. */
const LONGEST = 60_000;

export function markdownReport(report: Report): string {
  const { result, outcome, changes, failures } = report;
  const fixed = result.findings.filter(({ status }) => status === 'fixed');
  const sections = [
    [heading(report, fixed.length)],
    tallyTable(report),
    ...(failures.length > 0
      ? [['### Failed', ...failures.map(({ path, error }) => `- ${path === undefined ? '' : `${code(path)}: `}${prose(error)}`)]]
      : []),
    ...reviewSection(fixed),
    ...fixSection(
      fixed,
      changes.map(({ file }) => file),
    ),
    ...leftSection(result.findings, 'available', 'Held back: these may change behaviour (`--unsafe` applies them)'),
    ...leftSection(result.findings, 'refused', 'Left alone, each with what you could do'),
    [outcome?.journal === undefined ? '_Made by nodelift._' : '_Made by nodelift; `nodelift undo` takes it back._'],
  ];
  return cut(sections.map((lines) => `${lines.join('\n')}\n`));
}

function heading({ changes, outcome }: Report, fixes: number): string {
  if (fixes === 0) return '## nodelift: nothing to fix';
  const verb = outcome ? 'Lifts' : 'Would lift';
  return `## ${verb} ${counted(fixes, 'site')} of legacy Node.js code in ${counted(changes.length, 'file')}`;
}

function tallyTable({ result, outcome }: Report): string[] {
  const rows = tallyOf(result).filter(({ sites }) => sites > 0);
  if (rows.length === 0) return [];
  return [
    `| transform | sites | ${outcome ? 'fixed' : 'to fix'} | unsafe, held back | left alone |`,
    '| --- | ---: | ---: | ---: | --- |',
    ...rows.map(({ transform, sites, fixed, unsafe, refused, reasons }) => {
      const why = reasons.map(([reason, count]) => `\`${reason}\` ${count}`).join(', ');
      return `| \`${transform}\` | ${sites} | ${fixed} | ${unsafe} | ${refused === 0 ? '0' : `${refused}: ${why}`} |`;
    }),
  ];
}

/** What a reviewer should not read past: fixes that may change behaviour, and remarks. */
function reviewSection(fixed: readonly ReportedFinding[]): string[][] {
  const remarkable = fixed.filter(({ safety, notes }) => safety === 'unsafe' || notes.length > 0);
  if (remarkable.length === 0) return [];
  return [
    [
      '### Please look at',
      ...remarkable.flatMap(({ path, start, title, safety, notes, reason }) => [
        `- [ ] ${code(`${path}:${start.line}`)} ${prose(title)}${safety === 'unsafe' ? ' — **may change behaviour**' : ''}`,
        ...(safety === 'unsafe' && reason ? [`  - ${prose(reason.message)}`] : []),
        ...notes.map((note) => `  - ${prose(note)}`),
      ]),
    ],
  ];
}

function fixSection(fixed: readonly ReportedFinding[], files: readonly FileResult[]): string[][] {
  if (fixed.length === 0) return [];
  const silent = files.filter(({ path }) => fixed.every((finding) => finding.path !== path));
  return [
    folded(`All ${fixed.length === 1 ? 'fixes' : `${fixed.length} fixes`}`, [
      ...byFile(fixed).flatMap(([path, findings]) => [
        `- ${code(path)}`,
        ...findings.map(({ start, title, transform, requires }) => {
          const others = (requires ?? []).map((required) => `; ${prose(required)}`).join('');
          return `  - line ${start.line}: ${prose(title)}${others} (\`${transform}\`)`;
        }),
      ]),
      ...silent.map(({ path }) => `- ${code(path)}: changed along with the others`),
    ]),
  ];
}

function leftSection(findings: readonly ReportedFinding[], status: ReportedFinding['status'], title: string): string[][] {
  const left = findings.filter((finding) => finding.status === status);
  if (left.length === 0) return [];
  return [
    folded(
      `${title}: ${counted(left.length, 'site')}`,
      byFile(left).flatMap(([path, sites]) => [
        `- ${code(path)}`,
        ...sites.flatMap(({ start, title: what, reason }) => [
          `  - line ${start.line}: ${prose(what)}`,
          ...(reason ? [`    \`${reason.code}\`: ${prose(reason.message)}`, `    What you could do: ${prose(reason.help)}`] : []),
        ]),
      ]),
    ),
  ];
}

function byFile(findings: readonly ReportedFinding[]): [string, ReportedFinding[]][] {
  const files = new Map<string, ReportedFinding[]>();
  for (const finding of findings) files.set(finding.path, [...(files.get(finding.path) ?? []), finding]);
  return [...files];
}

function folded(summary: string, lines: readonly string[]): string[] {
  // The blank line makes what follows Markdown again.
  return ['<details>', `<summary>${prose(summary).replace(/`([^`]*)`/g, '<code>$1</code>')}</summary>`, '', ...lines, '', '</details>'];
}

/** A code span for any text: its fence is longer than the longest run of backquotes in it. */
function code(text: string): string {
  const shown = escapedLine(text);
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 ? ' ' : '';
  return fence + space + shown + space + fence;
}

/** A sentence of ours, in which backquotes mark code; everything else that Markdown or HTML would take for its own is escaped. */
function prose(text: string): string {
  return escapedLine(text.replace(/\s+/g, ' '))
    .split(/(`[^`]+`)/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(/[\\<>&*_[\]|#@~]/g, (character) => (character === '&' ? '&amp;' : `&#${character.charCodeAt(0)};`)),
    )
    .join('');
}

/** Whole lines only; an open fold is closed. */
function cut(sections: readonly string[]): string {
  const text = sections.join('\n');
  if (text.length <= LONGEST) return text;
  const kept = text.slice(0, text.lastIndexOf('\n', LONGEST));
  const rest = text.slice(kept.length).split('\n').length;
  const open = kept.split('<details>').length > kept.split('</details>').length;
  return `${kept}\n${open ? '\n</details>\n' : ''}\n_… and ${counted(rest, 'more line')}, which a pull request has no room for._\n`;
}
