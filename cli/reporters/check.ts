/** What `--check` says: each run of the command in a line, and in the end which fixes it rolled back, and why. */

import type { CheckEvent, CheckOutcome, CommandResult, RolledBack } from '../../engine/check/index.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import { counted, escapedLine, escapedSource, type Colors } from '../terminal.ts';
import { shownPath, type MessageStyle } from './messages.ts';
import { seconds } from './summary.ts';

export interface CheckStyle extends MessageStyle {
  readonly root: string;
  readonly verbose: boolean;
}

/** Nothing when a run begins. */
export function checkEventLine(event: CheckEvent, colors: Colors): string {
  if (event.kind === 'begins') return '';
  const { stage, run, fixes, result } = event;
  const what =
    stage === 'before' ? 'before the write' : stage === 'after' ? `with all ${fixes} fixes` : `with ${counted(fixes, 'fix', 'fixes')}`;
  const ending = result.kind === 'passed' ? colors.green('passed') : colors.red(escapedLine(result.ending));
  return `${colors.dim(`check ${run}:`)} ${ending} ${what} (${seconds(result.milliseconds)})\n`;
}

export function checkReport(check: CheckOutcome, style: CheckStyle): string {
  return [...verdictLines(check, style), ...check.rolledBack.flatMap((one) => rolledBackLines(one, style))]
    .map((line) => `${line}\n`)
    .join('');
}

function verdictLines({ verdict, command, before, rolledBack, runs }: CheckOutcome, { colors, verbose }: CheckStyle): string[] {
  const name = escapedLine(`“${command}”`);
  switch (verdict) {
    case 'passed':
      if (rolledBack.length === 0) return [`${colors.green('check:')} ${name} passes with all fixes.`];
      return [
        `${colors.yellow('check:')} ${name} passes without ${counted(rolledBack.length, 'fix', 'fixes')}, found in ${counted(runs, 'run')} and rolled back; the others stay.`,
      ];
    case 'nothing kept':
      return [`${colors.red('check:')} ${name} fails with every fix, and all were rolled back.`];
    case 'failed before':
      return [
        `${colors.red('error:')} Nothing was written: ${name} has to pass before, and ${escapedLine(before.ending)}. It said:`,
        ...outputLines(before, verbose),
      ];
    case 'interrupted':
      return ['Interrupted: what did not pass the check was taken back.'];
  }
}

const shownAtMost = 40;

function outputLines({ output }: Pick<CommandResult, 'output'>, verbose: boolean): string[] {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  const shown = verbose ? lines : lines.slice(-shownAtMost);
  const more = lines.length > shown.length ? [`    … ${lines.length - shown.length} lines before (--verbose shows them)`] : [];
  return [...more, ...shown.map((line) => `    ${escapedSource(line)}`)];
}

function rolledBackLines({ finding, ending, excerpt, output, buildsOn }: RolledBack, style: CheckStyle): string[] {
  const { colors, cwd, root, verbose } = style;
  const { path, start, title, transform } = finding;
  const place = `${shownPath(root, path, cwd)}:${start.line}:${start.column}`;
  const head = `${colors.yellow('rolled back:')} ${escapedLine(`${place} ${title} (${transform})`)}`;
  if (buildsOn !== undefined) return [head, `  It builds on ${escapedLine(`“${buildsOn}”`)}.`];
  const said = verbose ? outputLines({ output }, true) : excerpt.map((line) => `    ${escapedSource(line)}`);
  return [head, `  With it the check ${escapedLine(ending)}${said.length > 0 ? ' and said:' : '.'}`, ...said];
}

export function checkedExitCode({ verdict }: CheckOutcome, otherwise: ExitCode): ExitCode {
  if (verdict === 'interrupted') return exitCodes.interrupted;
  return verdict === 'passed' ? otherwise : exitCodes.findings;
}
