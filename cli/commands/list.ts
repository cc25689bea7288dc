/** `nodelift list [paths…]`: the transforms, a line each; for paths, with the number of sites that each finds in them. */

import { summaries } from '../../transforms/summaries.ts';
import { loadConfig } from '../config.ts';
import type { Console } from '../console.ts';
import { isEmpty, nothingMatched, runEngine, runOptions } from '../engine-run.ts';
import type { EngineLoader } from '../engine.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CommonArguments, ListArguments } from '../options.ts';
import { reportOf } from '../report.ts';
import { failureLines, warningLines } from '../reporters/messages.ts';
import { settingsOf } from '../settings.ts';
import { tallyOf, type Tally } from '../tally.ts';
import { counted, wrapped, type World } from '../terminal.ts';

export async function listCommand(
  { json, counting }: ListArguments,
  common: CommonArguments,
  world: World,
  terminal: Console,
  loadEngine: EngineLoader,
): Promise<ExitCode> {
  const shown = (tallies?: ReadonlyMap<string, Tally>): string => (json ? listJson(tallies) : table(terminal, tallies));
  if (counting === undefined) {
    await terminal.result(shown());
    return exitCodes.done;
  }

  const config = await loadConfig(counting.config, world.cwd);
  const names = summaries.map(({ name }) => name);
  // Unsafe fixes have a column of their own, whatever the configuration says.
  const settings = { ...settingsOf(counting, config, names), unsafe: false };
  const engine = await loadEngine();
  const result = await runEngine(engine, runOptions(engine, settings, counting, world), common, world);
  if (isEmpty(result)) throw nothingMatched(counting.paths, result);

  await terminal.result(shown(new Map(tallyOf(result).map((tally) => [tally.transform, tally]))));
  const { failures } = reportOf(result);
  const style = { ...terminal.messages, cwd: world.cwd };
  const read = `${counted(result.scanned, 'file')} read, ${result.candidates} with a likely site.\n`;
  await terminal.messages.write(
    (common.quiet ? '' : warningLines(result, style)) +
      failureLines(failures, result.root, common.verbose, style) +
      (common.quiet ? '' : `${notSelected(settings.transforms, config.file)}${read}`),
  );
  return failures.length > 0 ? exitCodes.failed : exitCodes.done;
}

function listJson(tallies: ReadonlyMap<string, Tally> | undefined): string {
  const rows = summaries.map((row) => {
    const tally = tallies?.get(row.name);
    return tally ? { ...row, counts: { sites: tally.sites, fixable: tally.fixed, unsafe: tally.unsafe, refused: tally.refused } } : row;
  });
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

const COUNT_COLUMNS = [
  ['sites', 5, ({ sites }: Tally) => sites],
  ['to fix', 6, ({ fixed }: Tally) => fixed],
  ['unsafe', 6, ({ unsafe }: Tally) => unsafe],
  ['refused', 7, ({ refused }: Tally) => refused],
] as const;

function table({ colors, width }: Console, tallies: ReadonlyMap<string, Tally> | undefined): string {
  const names = Math.max(...summaries.map(({ name }) => name.length));
  const columns = tallies ? COUNT_COLUMNS : [];
  const indent = names + columns.reduce((sum, [, columnWidth]) => sum + 1 + columnWidth, 0) + 2;
  const counts = (cell: (column: (typeof COUNT_COLUMNS)[number]) => string): string =>
    columns.map((column) => ` ${cell(column).padStart(column[1])}`).join('');

  const head = tallies ? `${colors.bold(`${'transform'.padEnd(names)}${counts(([title]) => title)}`)}\n` : '';
  const rows = summaries.map(({ name, summary }) => {
    const tally = tallies?.get(name);
    // A transform that the configuration leaves out was not asked.
    const cells = counts(([, , count]) => (tally ? String(count(tally)) : '-'));
    const lines = wrapped(summary, width - indent);
    return `${colors.bold(name)}${' '.repeat(names - name.length)}${cells}  ${lines.join(`\n${' '.repeat(indent)}`)}\n`;
  });
  return head + rows.join('');
}

function notSelected(selected: readonly string[], file: string | undefined): string {
  const left = summaries.length - selected.length;
  return left === 0 ? '' : `${counted(left, 'transform is', 'transforms are')} left out by ${file ?? 'the configuration'}.\n`;
}
