/**
 * Workflow commands of GitHub Actions: each finding shows up at its line in the pull request. GitHub shows ten of each level a step,
 * so what matters most comes first.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */

import type { ReportedFinding } from '../../engine/result.ts';
import type { Report } from '../report.ts';
import { escapedLine } from '../terminal.ts';

type Level = 'error' | 'warning' | 'notice';

export function githubReport({ result, failures, outcome }: Report): string {
  const commands = [
    ...failures.map(({ path, error }) => command('error', path === undefined ? {} : { file: path }, 'nodelift', error)),
    ...result.warnings
      .filter(({ failed }) => !failed)
      .map(({ path, start, message }) => command('warning', placeOf(path, start), 'nodelift', message)),
    ...result.findings
      // What was written needs nobody's attention any more.
      .filter(({ status }) => !(outcome && status === 'fixed'))
      .map((finding) => ({ finding, level: levelOf(finding) }))
      .sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
      .map(({ finding, level }) => annotation(finding, level)),
  ];
  return commands.map((line) => `${line}\n`).join('');
}

const order: readonly Level[] = ['error', 'warning', 'notice'];

const levelBySeverity = { high: 'error', medium: 'warning', low: 'notice' } as const;

function levelOf({ status, weakness }: ReportedFinding): Level {
  if (weakness) return levelBySeverity[weakness.severity];
  return status === 'refused' ? 'notice' : 'warning';
}

function annotation({ path, start, end, transform, title, status, reason, weakness }: ReportedFinding, level: Level): string {
  const advice =
    status === 'fixed'
      ? `nodelift can fix this: nodelift ${path} -t ${transform} --write`
      : status === 'available'
        ? `nodelift can fix this, but behaviour may change: nodelift ${path} -t ${transform} --unsafe`
        : undefined;
  const lines = [title, ...(reason ? [`${reason.code}: ${reason.message}`, reason.help] : []), ...(advice === undefined ? [] : [advice])];
  const place = {
    file: path,
    line: start.line,
    endLine: end.line,
    // GitHub takes columns for a range within one line only.
    ...(end.line === start.line && { col: start.column, endColumn: end.column }),
  };
  return command(level, place, weakness ? `${transform} (${weakness.cwe})` : transform, lines.join('\n'));
}

function placeOf(file: string | undefined, start: ReportedFinding['start'] | undefined): Readonly<Record<string, string | number>> {
  return { ...(file !== undefined && { file }), ...(start && { line: start.line, col: start.column }) };
}

function command(level: Level, place: Readonly<Record<string, string | number>>, title: string, message: string): string {
  const shown: Readonly<Record<string, string | number>> = { ...place, title };
  const properties = Object.entries(shown).map(([key, value]) => `${key}=${escapedProperty(String(value))}`);
  return `::${level} ${properties.join(',')}::${escapedMessage(message)}`;
}

function escapedMessage(text: string): string {
  const lines = text.split('\n').map((line) => escapedLine(line).replaceAll('%', '%25'));
  return lines.join('%0A');
}

function escapedProperty(text: string): string {
  return escapedMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
