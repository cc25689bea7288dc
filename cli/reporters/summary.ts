/** The table at the end: a line a transform, then what a person may want to do next. */

import type { LeftOutRule } from '../../engine/result.ts';
import type { Report } from '../report.ts';
import { tallyOf, type Tally } from '../tally.ts';
import { counted, escapedLine, wrapped, type Colors } from '../terminal.ts';

export interface SummaryStyle {
  readonly width: number;
  readonly colors: Colors;
  readonly verbose: boolean;
  /** The folder that the command was given in: paths in the patch are relative to the root. */
  readonly cwd: string;
}

export function summary(report: Report, style: SummaryStyle): string {
  const tallies = tallyOf(report.result);
  const lines = [...table(tallies, report, style), '', ...totals(report), ...hints(tallies, report, style)];
  return lines.map((line) => `${line}\n`).join('');
}

const NUMBER_COLUMNS = [
  ['sites', 5],
  ['fixed', 6],
  ['unsafe', 6],
  ['files', 5],
  ['time', 7],
] as const;

function table(tallies: readonly Tally[], { outcome }: Report, { width, colors }: SummaryStyle): string[] {
  const names = Math.max('transform'.length, ...tallies.map(({ transform }) => transform.length));
  const indent = names + NUMBER_COLUMNS.reduce((sum, [, columnWidth]) => sum + 1 + columnWidth, 0) + 2;
  const row = (name: string, cells: readonly string[], last: string): string =>
    [name.padEnd(names), ...cells.map((cell, index) => cell.padStart(NUMBER_COLUMNS[index]?.[1] ?? 0)), ` ${last}`].join(' ').trimEnd();

  const titles = NUMBER_COLUMNS.map(([title]) => (title === 'fixed' && !outcome ? 'to fix' : title));
  const lines = [colors.bold(row('transform', titles, 'refused'))];
  for (const { transform, sites, fixed, unsafe, files, milliseconds, refused, reasons } of tallies) {
    const why = reasons.map(([code, count]) => `${code} ${count}`).join(', ');
    const [first = '', ...more] = refusedLines(refused, why, Math.max(width - indent, 24));
    const line = row(transform, [...[sites, fixed, unsafe, files].map(String), seconds(milliseconds)], first);
    lines.push(sites === 0 ? colors.dim(line) : line, ...more.map((text) => ' '.repeat(indent) + text));
  }
  return lines;
}

/** "barrier 2, startup-code 12": a reason and its count stay together. */
function refusedLines(refused: number, why: string, width: number): string[] {
  if (refused === 0) return ['0'];
  const joined = why.replace(/ (?=\d)/g, '\u00a0');
  return wrapped(`${refused}: ${joined}`, width).map((line) => line.replaceAll('\u00a0', ' '));
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

function totals({ result, outcome, changes, failures }: Report): string[] {
  const changed = changes.length === 0 ? 'Nothing to change' : `${counted(changes.length, 'file')} ${outcome ? 'changed' : 'would change'}`;
  const failed = failures.length > 0 ? [`${failures.length} failed`] : [];
  const skipped = outcome && outcome.skipped.length > 0 ? [`${outcome.skipped.length} not begun`] : [];
  const left = leftOutCounts(result.leftOut.map(({ rule }) => rule));
  return [
    `${[changed, ...failed, ...skipped].join(', ')}; ${counted(result.scanned, 'file')} read, ${result.candidates} with a likely site.`,
    ...(left === '' ? [] : [`Left out: ${left}.`]),
  ];
}

const leftOutWords: Readonly<Record<LeftOutRule, string>> = {
  gitignore: 'ignored by git',
  ignore: 'by --ignore',
  vendored: 'vendored',
  minified: 'minified',
  generated: 'generated',
  symlink: 'behind symbolic links',
  extension: 'not JavaScript or TypeScript',
};

export function leftOutCounts(rules: readonly LeftOutRule[]): string {
  const counts = new Map<LeftOutRule, number>();
  for (const rule of rules) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].map(([rule, count]) => `${count} ${leftOutWords[rule]}`).join(', ');
}

function hints(tallies: readonly Tally[], { result, outcome, changes }: Report, { verbose, colors, cwd }: SummaryStyle): string[] {
  const unsafe = tallies.reduce((sum, tally) => sum + tally.unsafe, 0);
  const reason = tallies.flatMap(({ reasons }) => reasons).sort(([, a], [, b]) => b - a)[0]?.[0];
  const lines: string[] = [];
  if (unsafe > 0) lines.push(`${unsafe} more with --unsafe.`);
  if (reason !== undefined && !verbose) lines.push('Refused sites are listed, each with its reason, by --verbose.');
  if (reason !== undefined) lines.push(`What a reason means: ${colors.bold(`nodelift explain ${reason}`)}`);
  if (outcome) {
    if (outcome.journal !== undefined) lines.push(`Undo with: ${colors.bold('nodelift undo')}`);
  } else if (changes.length > 0) {
    if (cwd !== result.root) lines.push(`Apply the patch in ${escapedLine(result.root)}`);
    lines.push('Nothing was changed; apply with --write.');
  }
  return lines;
}

/** `--timing`: every phase and transform, longest first. */
export function timingReport(timing: ReadonlyMap<string, number>): string {
  const rows = [...timing].sort(([, a], [, b]) => b - a);
  const names = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, milliseconds]) => `  ${name.padEnd(names)} ${seconds(milliseconds).padStart(8)}\n`).join('');
}
