/** `nodelift [paths…]`: preview, or with `--write` apply. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { WriteOutcome } from '../../engine/journal/index.ts';
import { UsageError } from '../../engine/errors.ts';
import type { CheckOutcome } from '../../engine/check/index.ts';
import type { RunOptions, RunResult } from '../../engine/result.ts';
import type { Transform } from '../../engine/transform.ts';
import { summaries } from '../../transforms/summaries.ts';
import { loadConfig } from '../config.ts';
import type { Console } from '../console.ts';
import { isEmpty, nothingMatched, runEngine, runOptions } from '../engine-run.ts';
import type { Engine, EngineLoader } from '../engine.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import { nearest } from '../nearest.ts';
import { commandTable, type Format } from '../option-table.ts';
import type { CommonArguments, RunArguments } from '../options.ts';
import { checkedOutput, writeOutput } from '../output-file.ts';
import { reportOf, type Report } from '../report.ts';
import { checkedExitCode, checkEventLine, checkReport } from '../reporters/check.ts';
import { diffReport } from '../reporters/diff.ts';
import { githubReport } from '../reporters/github.ts';
import { jsonReport } from '../reporters/json.ts';
import { markdownReport } from '../reporters/markdown.ts';
import { failureLines, leftOutLines, sitesLeftAlone, warningLines } from '../reporters/messages.ts';
import { sarifReport } from '../reporters/sarif.ts';
import { statReport } from '../reporters/stat.ts';
import { summary, timingReport } from '../reporters/summary.ts';
import { settingsOf } from '../settings.ts';
import { colorsFor, counted, DEFAULT_WIDTH, type World } from '../terminal.ts';

export async function runCommand(
  args: RunArguments,
  common: CommonArguments,
  world: World,
  terminal: Console,
  loadEngine: EngineLoader,
): Promise<ExitCode> {
  refuseMistypedCommand(args.paths, world.cwd);
  const config = await loadConfig(args.config, world.cwd);
  const settings = settingsOf(
    args,
    config,
    summaries.map(({ name }) => name),
  );
  const file = settings.outputs.file && { ...settings.outputs.file, path: checkedOutput(settings.outputs.file.path, world.cwd) };

  const engine = await loadEngine();
  const codemods = args.codemods.length === 0 ? [] : await codemodTransforms(args, world.cwd);
  const options = runOptions(engine, settings, args, world, codemods);
  const found = await runEngine(engine, args.interactive ? { ...options, separately: true } : options, common, world);
  const preview = args.interactive && found.scanned > 0 ? await chosenBy(engine, options, found, world, terminal) : found;
  if (isEmpty(preview)) {
    if (common.verbose) await terminal.messages.write(leftOutLines(preview.leftOut, preview.root, messageStyle(terminal, world)));
    if (args.since === undefined && !args.staged) throw nothingMatched(args.paths, preview);
  }

  const { result, outcome, check } = args.write
    ? await apply(engine, preview, args, world, { options, common, terminal })
    : { result: preview, outcome: undefined, check: undefined };
  world.interruption.over();
  const report = reportOf(result, outcome);

  if (file) await writeOutput(file.path, await formatted(report, file.format, common, undefined));
  const texts = await Promise.all(settings.outputs.stdout.map((format) => formatted(report, format, common, terminal)));
  await terminal.paged(texts.join(''));
  await terminal.messages.write(messages(report, args, common, terminal, world));
  const isNews = check !== undefined && (!common.quiet || check.verdict !== 'passed' || check.rolledBack.length > 0);
  if (isNews)
    await terminal.messages.write(checkReport(check, { ...messageStyle(terminal, world), root: result.root, verbose: common.verbose }));
  return check ? checkedExitCode(check, exitCodeOf(report, args)) : exitCodeOf(report, args);
}

async function chosenBy(engine: Engine, options: RunOptions, found: RunResult, world: World, terminal: Console): Promise<RunResult> {
  if (!process.stdin.isTTY)
    throw new UsageError('--interactive needs a terminal to ask on; without one, choose by --transform and --ignore.');
  const { choose } = await import('../interactive/choose.ts');
  const { write, colors, width } = terminal.messages;
  return choose({ engine, options, input: process.stdin, write, colors, width, env: world.env }, found);
}

/** `nodelift lst` names no path. */
function refuseMistypedCommand([word, ...more]: readonly string[], cwd: string): void {
  if (word === undefined || more.length > 1 || existsSync(resolve(cwd, word))) return;
  const command = nearest(
    word,
    commandTable.map(({ name }) => name),
  );
  if (command !== undefined) {
    throw new UsageError(`There is no command and no path "${word}". Did you mean "nodelift ${[command, ...more].join(' ')}"?`);
  }
}

async function codemodTransforms({ codemods, codemodOptions }: RunArguments, cwd: string): Promise<Transform[]> {
  const { codemodTransform, loadCodemod } = await import('../../doors/codemod/index.ts');
  const transforms: Transform[] = [];
  for (const named of codemods) {
    const codemod = await loadCodemod(named, cwd);
    // Two packages may have a transform of the same name.
    const same = transforms.filter(({ name }) => name.replace(/-\d+$/, '') === codemod.name).length;
    transforms.push(codemodTransform(codemod, codemodOptions, same === 0 ? codemod.name : `${codemod.name}-${same + 1}`));
  }
  return transforms;
}

const NAMED_AT_MOST = 5;

interface Applied {
  readonly result: RunResult;
  readonly outcome: WriteOutcome;
  readonly check?: CheckOutcome;
}

interface Applying {
  readonly options: RunOptions;
  readonly common: CommonArguments;
  readonly terminal: Console;
}

async function apply(engine: Engine, result: RunResult, args: RunArguments, world: World, applying: Applying): Promise<Applied> {
  const { signal } = world.interruption;
  const paths = result.files.flatMap(({ status, path }) => (status === 'changed' ? [path] : []));
  if (paths.length === 0) return { result, outcome: { journal: undefined, written: [], failed: [], skipped: [] } };
  const dirty = args.allowDirty ? [] : await engine.listDirty(result.root, paths, { staged: args.staged });
  if (dirty.length > 0) {
    const more = dirty.length > NAMED_AT_MOST ? ` and ${dirty.length - NAMED_AT_MOST} more` : '';
    throw new UsageError(
      `Nothing was written: git has uncommitted changes in ${dirty.slice(0, NAMED_AT_MOST).join(', ')}${more}; commit them, or give --allow-dirty.`,
    );
  }
  if (args.check === undefined) return { result, outcome: await engine.write(result, { signal }) };
  const { options, common, terminal } = applying;
  const { command, timeout } = args.check;
  return engine.writeChecked(result, {
    command,
    cwd: world.cwd,
    signal,
    ...(timeout !== undefined && { timeout }),
    rerun: (chosen) => engine.run({ ...options, chosen, separately: false }),
    onEvent: (event) => {
      if (!common.quiet) void terminal.messages.write(checkEventLine(event, terminal.messages.colors));
    },
  });
}

async function formatted(report: Report, format: Format, { verbose }: CommonArguments, terminal: Console | undefined): Promise<string> {
  switch (format) {
    case 'diff': {
      // A pipe gets the patch byte for byte; colours only when somebody forces them.
      if (!terminal || !(terminal.isScreen || terminal.colors.isColorSupported)) return diffReport(report, verbose);
      if (report.changes.length === 0) return '';
      const { screenDiffReport } = await import('../reporters/screen-diff.ts');
      return screenDiffReport(report, verbose, terminal.colors);
    }
    case 'stat':
      return statReport(report, terminal?.width ?? DEFAULT_WIDTH, terminal?.colors ?? plain);
    case 'json':
      return jsonReport(report);
    case 'sarif':
      return sarifReport(report);
    case 'github':
      return githubReport(report);
    case 'markdown':
      return markdownReport(report);
    case 'html': {
      const { htmlReport } = await import('../reporters/html/index.ts');
      return htmlReport(report);
    }
  }
}

const plain = colorsFor(process.stdout, {}, false);

function messages(report: Report, args: RunArguments, common: CommonArguments, terminal: Console, world: World): string {
  const { result } = report;
  const style = messageStyle(terminal, world);
  const failures = failureLines(report.failures, result.root, common.verbose, style);
  if (common.quiet) return failures + interruption(report);
  const parts = [
    ...(common.verbose ? [leftOutLines(result.leftOut, result.root, style), sitesLeftAlone(result, style)] : []),
    warningLines(result, style) + failures,
    summary(report, { ...style, verbose: common.verbose }),
    ...(args.timing ? [timingReport(result.timing)] : []),
    interruption(report),
  ];
  const text = parts.filter((part) => part !== '').join('\n');
  return world.stderr.isTTY ? `\n${text}` : text;
}

function interruption({ outcome }: Report): string {
  if (!outcome || outcome.skipped.length === 0) return '';
  const written =
    outcome.written.length === 0 ? 'nothing was written' : `${counted(outcome.written.length, 'file was', 'files were')} written`;
  return `Interrupted: ${written}, ${counted(outcome.skipped.length, 'file was', 'files were')} left as before.\n`;
}

function messageStyle({ messages: { width, colors } }: Console, { cwd }: World) {
  return { width, colors, cwd };
}

function exitCodeOf({ outcome, failures, result }: Report, { failOnFindings, write }: RunArguments): ExitCode {
  if (outcome && outcome.skipped.length > 0) return exitCodes.interrupted;
  if (failures.length > 0) return exitCodes.failed;
  return failOnFindings && findingsRemain(result, write) ? exitCodes.findings : exitCodes.done;
}

/** Start-up code is refused because it is no problem where it stands; every other site that is still there is one to fix, by nodelift or by hand. */
function findingsRemain({ findings }: RunResult, written: boolean): boolean {
  return findings.some(({ status, reason }) => (status === 'fixed' ? !written : reason?.code !== 'startup-code'));
}
