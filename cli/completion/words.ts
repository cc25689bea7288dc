/** What a shell can complete after `nodelift`, from the option table: the scripts for all shells are made of this. */

import { reasons } from '../../catalog/reasons.ts';
import { summaries } from '../../transforms/summaries.ts';
import { commandTable, optionTable, shells, type CommandName, type OptionRow } from '../option-table.ts';

export interface OptionWords {
  readonly name: string;
  readonly alias: string | undefined;
  readonly help: string;
  readonly commands: readonly CommandName[];
  /** What follows it; a flag has none. */
  readonly value: ValueWords | undefined;
}

/** `list` is several of the words with a comma between them; `text` is what nobody can foresee. */
export type ValueWords = { readonly kind: 'words' | 'list'; readonly words: readonly string[] } | { readonly kind: 'files' | 'text' };

const rows: readonly OptionRow[] = optionTable;

export const options: readonly OptionWords[] = rows.map((row) => ({ ...row, alias: row.alias, value: valueOf(row) }));

/** Every command but the run itself, which has no name. */
export const commands: readonly { readonly name: string; readonly help: string }[] = commandTable;

export const everyCommand: readonly CommandName[] = ['run', ...commandTable.map(({ name }) => name)];

export function flagsOf({ name, alias }: OptionWords): string[] {
  return alias === undefined ? [`--${name}`] : [`--${name}`, `-${alias}`];
}

export function optionsOf(command: CommandName): OptionWords[] {
  return options.filter((option) => option.commands.includes(command));
}

/** What stands behind a command, where it is neither a file nor nothing. */
export const subjects: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  explain: [...summaries.map(({ name }) => name), ...Object.keys(reasons)],
  completion: shells,
};

/** The commands that take files and folders. */
export const takesPaths: readonly CommandName[] = ['run', 'list'];

function valueOf({ value, choices }: OptionRow): ValueWords | undefined {
  if (choices) return { kind: 'words', words: choices };
  switch (value) {
    case undefined:
      return undefined;
    case 'names':
      return { kind: 'list', words: summaries.map(({ name }) => name) };
    case 'file':
    case 'glob':
      return { kind: 'files' };
    default:
      return { kind: 'text' };
  }
}
