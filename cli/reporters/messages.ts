/** What is said of single files and sites on stderr: failures and warnings, and with `--verbose` every site that was left alone. */

import { join, relative } from 'node:path';
import type { LeftOut, ReportedFinding, RunResult } from '../../engine/result.ts';
import type { Failure } from '../report.ts';
import { sourceTexts, type SourceTexts } from '../source-texts.ts';
import { escapedLine, wrapped, type Colors } from '../terminal.ts';

export interface MessageStyle {
  readonly width: number;
  readonly colors: Colors;
  /** Paths are shown relative to it, so that a terminal can open them. */
  readonly cwd: string;
}

export function failureLines(failures: readonly Failure[], root: string, verbose: boolean, { colors, cwd }: MessageStyle): string {
  return failures
    .map(({ path, error, stack }) => {
      const place = path === undefined ? '' : `${shownPath(root, path, cwd)}: `;
      const fault = stack === undefined || verbose ? '' : ' (--verbose shows where)';
      const trace = verbose && stack !== undefined ? stack.split('\n').map((line) => `    ${escapedLine(line.trim())}\n`) : [];
      return `${colors.red('error:')} ${escapedLine(`${place}${error}${fault}`)}\n${trace.join('')}`;
    })
    .join('');
}

export function warningLines({ warnings, root }: RunResult, { colors, cwd }: MessageStyle): string {
  return warnings
    .filter(({ failed }) => !failed)
    .map(({ message, path, start }) => {
      const place = path === undefined ? '' : `${shownPath(root, path, cwd)}${start ? `:${start.line}:${start.column}` : ''}: `;
      return `${colors.yellow('warning:')} ${escapedLine(place + message)}\n`;
    })
    .join('');
}

export function leftOutLines(leftOut: readonly LeftOut[], root: string, { colors, cwd }: MessageStyle): string {
  return leftOut
    .map(({ path, rule, detail }) => `${colors.dim('left out:')} ${escapedLine(`${shownPath(root, path, cwd)} (${rule}: ${detail})`)}\n`)
    .join('');
}

/** Sites that were refused, and fixes that were held back as unsafe, each with its reason and what to do. */
export function sitesLeftAlone(result: RunResult, style: MessageStyle): string {
  const texts = sourceTexts(result);
  return result.findings
    .filter(({ status }) => status !== 'fixed')
    .map((finding) => siteLines(finding, result.root, texts, style))
    .join('\n');
}

function siteLines(finding: ReportedFinding, root: string, texts: SourceTexts, { width, colors, cwd }: MessageStyle): string {
  const { path, start, transform, status, title, reason } = finding;
  const place = `${shownPath(root, path, cwd)}:${start.line}:${start.column}`;
  const label = status === 'refused' ? `refused: ${reason?.code ?? ''}` : `unsafe: ${reason?.code ?? 'may change behaviour'}`;
  const lines = [`${colors.bold(escapedLine(place))} ${transform} ${colors.yellow(label)}`, ...indented(title, width)];
  if (reason) {
    lines.push(...indented(reason.message, width));
    for (const [index, link] of (reason.chain ?? []).entries()) {
      const line = texts.positionOf(link.span.path, link.span.start)?.line;
      const at = `${shownPath(root, link.span.path, cwd)}${line === undefined ? '' : `:${line}`}`;
      lines.push(`  ${'  '.repeat(index + 1)}← ${escapedLine(`${link.name} (${at})`)}`);
    }
    lines.push(...indented(`help: ${reason.help}`, width));
  }
  return lines.map((line) => `${line}\n`).join('');
}

function indented(text: string, width: number): string[] {
  return wrapped(escapedLine(text), width - 2).map((line) => `  ${line}`);
}

export function shownPath(root: string, path: string, cwd: string): string {
  const shown = relative(cwd, join(root, path)) || '.';
  return path.endsWith('/') ? `${shown}/` : shown;
}
