/** Reads the command line. Everything that is not known is an error, with what may have been meant; nothing is silently ignored. */

import yargs from 'yargs';
import { UsageError } from '../engine/errors.ts';
import type { Shard } from '../engine/result.ts';
import { didYouMean } from './nearest.ts';
import {
  commandTable,
  formats,
  optionTable,
  shells,
  type CommandName,
  type Format,
  type OptionName,
  type OptionRow,
  type Shell,
} from './option-table.ts';

/** What was asked for. */
export type Invocation =
  | { readonly command: 'help'; readonly of: CommandName; readonly common: CommonArguments }
  | { readonly command: 'version'; readonly common: CommonArguments }
  | { readonly command: 'run'; readonly run: RunArguments; readonly common: CommonArguments }
  | { readonly command: 'list'; readonly list: ListArguments; readonly common: CommonArguments }
  | { readonly command: 'explain'; readonly subject: string; readonly common: CommonArguments }
  | { readonly command: 'undo' | 'init'; readonly common: CommonArguments }
  /** Without a shell: the one that is in use. */
  | { readonly command: 'completion'; readonly shell: Shell | undefined; readonly common: CommonArguments };

export interface CommonArguments {
  readonly color: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** Options that a configuration file can also hold are `undefined` when they were not given. */
export interface RunArguments {
  readonly paths: readonly string[];
  readonly transforms: readonly string[] | undefined;
  readonly skip: readonly string[];
  readonly ignore: readonly string[];
  readonly unsafe: boolean | undefined;
  readonly gitignore: boolean | undefined;
  readonly tsconfig: string | undefined;
  readonly publicApi: 'keep' | 'change' | undefined;
  readonly includeStartup: boolean | undefined;
  readonly config: string | undefined;
  readonly since: string | undefined;
  readonly staged: boolean;
  readonly shard: Shard | undefined;
  readonly verify: boolean;
  /** In milliseconds. */
  readonly fileTimeout: number | undefined;
  readonly jobs: number;
  /** A command that judges what was written. */
  readonly check: { readonly command: string; readonly timeout: number | undefined } | undefined;
  readonly write: boolean;
  readonly dryRun: boolean;
  readonly interactive: boolean;
  readonly codemods: readonly string[];
  readonly codemodOptions: Readonly<Record<string, unknown>>;
  readonly allowDirty: boolean;
  readonly failOnFindings: boolean;
  /** As they were named; empty when none was. */
  readonly formats: readonly Format[];
  readonly output: string | undefined;
  readonly timing: boolean;
}

export interface ListArguments {
  readonly json: boolean;
  /** What to count in; `undefined` when no path was given. */
  readonly counting: RunArguments | undefined;
}

/** @throws UsageError */
export function parseArguments(args: readonly string[]): Invocation {
  const { positionals, given } = parse(args);
  const command = commandTable.find(({ name }) => name === positionals[0])?.name ?? 'run';
  const common: CommonArguments = { color: !given.has('no-color'), verbose: given.has('verbose'), quiet: given.has('quiet') };
  if (given.has('help')) return { command: 'help', of: command, common };
  if (given.has('version')) return { command: 'version', common };
  refuseForeignOptions(command, given);
  if (common.quiet && common.verbose) throw new UsageError('--quiet and --verbose contradict each other; give one of them.');

  const words = positionals.slice(1);
  switch (command) {
    case 'run':
      return { command, run: runArguments(positionals, given), common };
    case 'list':
      return { command, list: listArguments(words, given), common };
    case 'completion':
      refuseWords(command, words.slice(1));
      return { command, shell: words[0] === undefined ? undefined : shellNamed(words[0]), common };
    case 'undo':
    case 'init':
      refuseWords(command, words);
      return { command, common };
    case 'explain': {
      const [subject, ...rest] = words;
      if (subject === undefined) {
        throw new UsageError('Explain what? Give a transform ("nodelift list" names them) or a reason code: nodelift explain barrier');
      }
      if (rest.length > 0) throw new UsageError(`"nodelift explain" takes one name; ${quoted(rest[0] ?? '')} is one too many.`);
      return { command, subject, common };
    }
  }
}

type Given = ReadonlyMap<OptionName, readonly string[]>;

function runArguments(paths: readonly string[], given: Given): RunArguments {
  if (given.has('write') && given.has('dry-run')) {
    throw new UsageError('--write applies and --dry-run previews; give one of them.');
  }
  if (given.has('interactive') && given.has('check')) {
    throw new UsageError('--interactive and --check decide in two ways which fixes stay; give one of them.');
  }
  if (given.has('since') && given.has('staged')) {
    throw new UsageError('--since and --staged select files in two ways; give one of them.');
  }
  return {
    paths,
    transforms: given.has('transform') ? namesIn(given, 'transform') : undefined,
    skip: namesIn(given, 'skip'),
    ignore: given.get('ignore') ?? [],
    unsafe: given.has('unsafe') || undefined,
    gitignore: given.has('no-gitignore') ? false : undefined,
    tsconfig: given.get('tsconfig')?.[0],
    publicApi: choice(given, 'public-api', ['keep', 'change'])[0],
    includeStartup: given.has('include-startup') || undefined,
    config: given.get('config')?.[0],
    since: given.get('since')?.[0],
    staged: given.has('staged'),
    shard: shardIn(given),
    verify: !given.has('no-verify'),
    check: checkIn(given),
    fileTimeout: millisecondsIn(given, 'file-timeout'),
    jobs: jobsIn(given),
    write: given.has('write') || (given.has('interactive') && !given.has('dry-run')),
    dryRun: given.has('dry-run'),
    interactive: given.has('interactive'),
    codemods: given.get('codemod') ?? [],
    codemodOptions: codemodOptions(given),
    allowDirty: given.has('allow-dirty'),
    failOnFindings: given.has('fail-on-findings'),
    formats: choice(given, 'format', formats),
    output: given.get('output')?.[0],
    timing: given.has('timing'),
  };
}

function listArguments(paths: readonly string[], given: Given): ListArguments {
  const json = given.has('json');
  if (paths.length > 0) return { json, counting: runArguments(paths, given) };
  const scope = rows.find(({ name, section }) => section === 'scope' && given.has(name));
  if (scope) throw new UsageError(`--${scope.name} says how to count; say where too: nodelift list . --${scope.name}`);
  return { json, counting: undefined };
}

function shellNamed(word: string): Shell {
  const shell = shells.find((name) => name === word);
  if (shell !== undefined) return shell;
  throw new UsageError(`There is no completion for ${quoted(word)}; there is for ${shells.join(', ')}.${didYouMean(word, shells)}`);
}

function shardIn(given: Given): Shard | undefined {
  const value = given.get('shard')?.[0];
  if (value === undefined) return undefined;
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(value)?.map(Number) ?? [];
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new UsageError(`--shard is the share and the number of shares, such as 1/4 to 4/4, not ${quoted(value)}.`);
  }
  return { index, count };
}

function checkIn(given: Given): RunArguments['check'] {
  const command = given.get('check')?.[0];
  const seconds = given.get('check-timeout')?.[0];
  if (command === undefined) {
    if (seconds !== undefined) throw new UsageError('--check-timeout says how long --check may take; give --check too.');
    return undefined;
  }
  if (!given.has('write')) throw new UsageError('--check judges what was written; give --write too.');
  return { command, timeout: millisecondsIn(given, 'check-timeout') };
}

function millisecondsIn(given: Given, name: 'check-timeout' | 'file-timeout'): number | undefined {
  const seconds = given.get(name)?.[0];
  if (seconds === undefined) return undefined;
  const timeout = /^\d+(?:\.\d+)?$/.test(seconds) ? Number(seconds) * 1000 : 0;
  // A timer cannot run longer.
  if (timeout <= 0 || timeout >= 2 ** 31) throw new UsageError(`--${name} is a number of seconds, not ${quoted(seconds)}.`);
  return timeout;
}

function jobsIn(given: Given): number {
  const count = given.get('jobs')?.[0];
  if (count === undefined) return 1;
  if (!/^[1-9]\d{0,2}$/.test(count)) throw new UsageError(`--jobs is a number of threads, such as 4, not ${quoted(count)}.`);
  return Number(count);
}

/** As jscodeshift reads its own: a value that is JSON is what it says, any other is text. */
function codemodOptions(given: Given): Readonly<Record<string, unknown>> {
  const pairs = (given.get('codemod-option') ?? []).map((pair) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (key === undefined || value === undefined) throw new UsageError(`--codemod-option is written key=value, not ${quoted(pair)}.`);
    return [key, jsonOr(value)] as const;
  });
  if (pairs.length > 0 && !given.has('codemod')) throw new UsageError('--codemod-option is for codemods; give --codemod too.');
  return Object.fromEntries(pairs);
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `-t a,b -t c` is a, b and c. */
function namesIn(given: Given, option: OptionName): string[] {
  const names = (given.get(option) ?? []).flatMap((value) => value.split(',')).map((name) => name.trim());
  if (names.includes('')) throw new UsageError(`--${option} has an empty name; write names with a comma between them: --${option} a,b`);
  return [...new Set(names)];
}

function choice<T extends string>(given: Given, option: OptionName, choices: readonly T[]): T[] {
  return (given.get(option) ?? []).map((value) => {
    const known = choices.find((candidate) => candidate === value);
    if (known === undefined) {
      throw new UsageError(`--${option} is one of ${choices.join(', ')}, not ${quoted(value)}.${didYouMean(value, choices)}`);
    }
    return known;
  });
}

function refuseForeignOptions(command: CommandName, given: Given): void {
  for (const { name, commands } of rows) {
    if (!given.has(name) || commands.includes(command)) continue;
    const place =
      command === 'run' ? `belongs to "nodelift ${commands.join('", "nodelift ')}"` : `has no meaning for "nodelift ${command}"`;
    throw new UsageError(`--${name} ${place}; see nodelift ${command === 'run' ? '' : `${command} `}--help`);
  }
}

function refuseWords(command: string, words: readonly string[]): void {
  if (words[0] === undefined) return;
  throw new UsageError(
    `"nodelift ${command}" takes no ${quoted(words[0])}; for the folder named ${quoted(command)}, write nodelift ./${command}`,
  );
}

interface ParsedWords {
  readonly positionals: readonly string[];
  readonly given: Given;
}

interface NamedRow extends OptionRow {
  readonly name: OptionName;
}

const rows: readonly NamedRow[] = optionTable;

function parse(args: readonly string[]): ParsedWords {
  refuseValuesOfFlags(args);
  const parsed: Readonly<Record<string, unknown>> = parserFor(args).parseSync();
  const positionals = wordsOf(parsed._);
  const unknown = positionals.find((word) => word.startsWith('-') && word !== '-') ?? unknownKey(parsed);
  if (unknown !== undefined) throw unknownOption(unknown);

  const given = new Map<OptionName, readonly string[]>();
  for (const row of rows) {
    const value = parsed[row.name];
    if (value === undefined || value === false) continue;
    const values = row.value ? wordsOf(value) : [];
    if (row.value) checkValues(row, values);
    given.set(row.name, values);
  }
  return { positionals: [...positionals, ...wordsOf(parsed['--'])], given };
}

function parserFor(args: readonly string[]) {
  const parser = yargs([...args])
    .parserConfiguration({
      // `--no-write` is not an option of ours, and `--no-color` is one of its own.
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      // A folder may be named 123.
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
      'strip-aliased': true,
      // Kept as they were typed, for the message, and so that none swallows the word behind it.
      'unknown-options-as-args': true,
    })
    .help(false)
    .version(false)
    .exitProcess(false)
    .detectLocale(false)
    .fail((message: string, error: Error | undefined) => {
      throw new UsageError(usageMessage(message || (error?.message ?? '')));
    });
  for (const { name, alias, value } of rows) {
    parser.option(name, { ...(alias && { alias }), ...(value ? { type: 'array', string: true, requiresArg: true } : { type: 'boolean' }) });
  }
  return parser;
}

/** yargs says "Not enough arguments following: o". */
function usageMessage(message: string): string {
  const name = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  const row = rows.find((candidate) => candidate.name === name || candidate.alias === name);
  return row ? missingValue(row) : `${message} See nodelift --help`;
}

function missingValue({ name, value }: NamedRow): string {
  return `--${name} needs a value: --${name} <${value ?? ''}>`;
}

function checkValues(row: NamedRow, values: readonly string[]): void {
  const [first, second] = values;
  if (first === undefined || first === '') throw new UsageError(missingValue(row));
  if (second !== undefined && !row.repeatable) {
    throw new UsageError(`--${row.name} is given twice, as ${quoted(first)} and ${quoted(second)}; give one of them.`);
  }
  const option = values.find((value) => value.startsWith('-'));
  if (option !== undefined) throw new UsageError(`${missingValue(row)}, and ${quoted(option)} looks like an option.`);
}

/** `--write=maybe` would be read as `false`. */
function refuseValuesOfFlags(args: readonly string[]): void {
  for (const arg of args) {
    if (arg === '--') return;
    const [, name, value] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    const row = rows.find((candidate) => candidate.name === name);
    if (row && !row.value) throw new UsageError(`--${row.name} takes no value, and ${quoted(value ?? '')} was given; write --${row.name}`);
  }
}

/** Keys that yargs set although no option has the name: it takes `--no-write` for known. */
function unknownKey(parsed: Readonly<Record<string, unknown>>): string | undefined {
  const known = new Set<string>(['_', '--', '$0', ...rows.map(({ name }) => name)]);
  const key = Object.keys(parsed).find((name) => !known.has(name));
  return key === undefined ? undefined : `--${key}`;
}

function unknownOption(typed: string): UsageError {
  const word = typed.replace(/=.*$/s, '');
  const candidates = rows.flatMap(({ name, alias }) => (alias ? [`--${name}`, `-${alias}`] : [`--${name}`]));
  const name = word.replace(/^-+/, '');
  const suggestion =
    name.length > 1
      ? didYouMean(
          `--${name}`,
          candidates.filter((option) => option.startsWith('--')),
          String,
        )
      : '';
  return new UsageError(`Unknown option ${word}.${suggestion || ' See nodelift --help'}`);
}

function wordsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
}

function quoted(word: string): string {
  return `"${word}"`;
}
