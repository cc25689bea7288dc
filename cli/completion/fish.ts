/** The completion of words for fish, with what each option does. */

import type { CommandName } from '../option-table.ts';
import { commands, options, subjects, takesPaths, type OptionWords } from './words.ts';

const names = commands.map(({ name }) => name).join(' ');

export function fishCompletion(): string {
  const lines = [
    '# Completion of nodelift for fish. In ~/.config/fish/config.fish: nodelift completion fish | source',
    ...commands.map(({ name, help }) => `${complete} -n __fish_use_subcommand -a ${name} -d ${quoted(help)}`),
    ...commands.flatMap(({ name }) => (takesPaths.some((command) => command === name) ? [] : [`${complete} -n ${quoted(seen(name))} -f`])),
    ...Object.entries(subjects).map(([command, words]) => `${complete} -n ${quoted(seen(command))} -a ${quoted(words.join(' '))}`),
    ...options.map(optionLine),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const complete = 'complete -c nodelift';

function seen(command: string): string {
  return `__fish_seen_subcommand_from ${command}`;
}

function optionLine(option: OptionWords): string {
  const alias = option.alias === undefined ? '' : ` -s ${option.alias}`;
  return `${complete}${condition(option.commands)} -l ${option.name}${alias}${value(option)} -d ${quoted(option.help)}`;
}

function condition(of: readonly CommandName[]): string {
  const others = of.filter((command) => command !== 'run');
  if (others.length === commands.length) return '';
  if (!of.includes('run')) return ` -n ${quoted(seen(others.join(' ')))}`;
  const foreign = commands.flatMap(({ name }) => (others.some((command) => command === name) ? [] : [name]));
  return ` -n ${quoted(`not ${seen(foreign.length === commands.length ? names : foreign.join(' '))}`)}`;
}

function value({ value: words }: OptionWords): string {
  switch (words?.kind) {
    case undefined:
      return '';
    case 'words':
      return ` -x -a ${quoted(words.words.join(' '))}`;
    case 'list':
      return ` -x -a ${quoted(`(__fish_complete_list , "string join \\n ${words.words.join(' ')}")`)}`;
    case 'files':
      return ' -r -F';
    case 'text':
      return ' -x';
  }
}

/** Between single quotes fish reads a backslash only before a quote or another backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
