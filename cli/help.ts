/** The text of `--help`, made from the option table. */

import { commandTable, examples, optionTable, sections, type CommandName, type OptionRow } from './option-table.ts';
import { DEFAULT_WIDTH, wrapped, type Colors } from './terminal.ts';

const HELP_COLUMN = 30;

export function helpFor(command: CommandName, colors: Colors): string {
  return command === 'run' ? mainHelp(colors) : commandHelp(command, colors);
}

function mainHelp(colors: Colors): string {
  return [
    'Lifts legacy Node.js code to the way it is written today.',
    '',
    `${colors.bold('Usage:')} nodelift [paths…] [options]   preview; --write applies it`,
    ...commandTable.flatMap(({ usage, help }) => columns(`       nodelift ${usage}`, help, 39)),
    '',
    'Paths are files and folders; without any, the folder you are in. A folder that',
    'is named like a command is written ./list.',
    ...optionSections('run', colors),
    '',
    colors.bold('Examples'),
    ...examples.flatMap(([example, meaning]) => columns(`  ${example}`, meaning, 46)),
    '',
    colors.bold('Exit codes'),
    '  0 done   1 findings remain, with --fail-on-findings   2 wrong use, bad',
    '  configuration, nothing matched, uncommitted changes   3 a file could not be',
    '  read, parsed or written (the others were done)   130 interrupted',
    '',
  ].join('\n');
}

function commandHelp(name: Exclude<CommandName, 'run'>, colors: Colors): string {
  const rows = commandTable.filter((row) => row.name === name);
  return [
    ...rows.map(({ usage, help }) => `${colors.bold('Usage:')} nodelift ${usage}\n\n${help}`),
    ...optionSections(name, colors),
    '',
    colors.bold('Examples'),
    ...rows.flatMap((row) => row.examples.map((example) => `  ${example}`)),
    '',
  ].join('\n');
}

function optionSections(command: CommandName, colors: Colors): string[] {
  const table: readonly OptionRow[] = optionTable;
  return Object.entries(sections).flatMap(([key, title]) => {
    const rows = table.filter(({ section, commands }) => section === key && commands.includes(command));
    return rows.length === 0
      ? []
      : [
          '',
          colors.bold(title),
          ...rows.flatMap((row) => columns(optionHead(row), command === 'run' ? row.help : (row.commandHelp ?? row.help), HELP_COLUMN)),
        ];
  });
}

function optionHead({ name, alias, value }: OptionRow): string {
  return `  ${alias ? `-${alias}, ` : '    '}--${name}${value ? ` <${value}>` : ''}`;
}

/** Two columns; the second wraps, and begins a line lower when the first is too long. */
function columns(left: string, right: string, column: number): string[] {
  const lines = wrapped(right, DEFAULT_WIDTH - column);
  const first = left.length > column - 2 ? [left] : [left.padEnd(column) + (lines.shift() ?? '')];
  return [...first, ...lines.map((line) => ' '.repeat(column) + line)];
}
