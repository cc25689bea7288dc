/** What a run does, decided from the command line and the configuration; the command line wins. */

import { UsageError } from '../engine/errors.ts';
import type { Config, LoadedConfig } from './config.ts';
import { didYouMean } from './nearest.ts';
import type { Format } from './option-table.ts';
import type { RunArguments } from './options.ts';

export interface Settings {
  /** Names, in the standard order. */
  readonly transforms: readonly string[];
  readonly unsafe: boolean;
  readonly ignore: readonly string[];
  readonly gitignore: boolean;
  readonly tsconfig: string | undefined;
  readonly publicApi: 'keep' | 'change';
  readonly includeStartup: boolean;
  readonly onRejection: string | undefined;
  readonly sqlClients: Config['sqlClients'];
  readonly sqlFunctions: Config['sqlFunctions'];
  readonly outputs: Outputs;
}

/** Which format goes where. */
export interface Outputs {
  readonly stdout: readonly Format[];
  readonly file: { readonly path: string; readonly format: Format } | undefined;
}

/**
 * @param known names of all transforms, in the standard order
 * @throws UsageError for a name that is not known, and when nothing is left to run
 */
export function settingsOf(args: RunArguments, { config, file }: LoadedConfig, known: readonly string[]): Settings {
  return {
    transforms: selectedTransforms(args, config, file ?? 'the configuration', known),
    unsafe: args.unsafe ?? config.unsafe ?? false,
    ignore: [...(config.ignore ?? []), ...args.ignore],
    gitignore: args.gitignore ?? config.gitignore ?? true,
    tsconfig: args.tsconfig ?? config.tsconfig,
    publicApi: args.publicApi ?? config.publicApi ?? 'keep',
    includeStartup: args.includeStartup ?? config.includeStartup ?? false,
    onRejection: config.onRejection,
    sqlClients: config.sqlClients,
    sqlFunctions: config.sqlFunctions,
    outputs: outputsOf(args),
  };
}

/** `--transform` replaces what the configuration selects and skips; `--skip` takes away from either. */
function selectedTransforms(args: RunArguments, config: Config, file: string, known: readonly string[]): string[] {
  checkNames(args.transforms ?? [], known, '--transform');
  checkNames(args.skip, known, '--skip');
  checkNames(config.transforms ?? [], known, `${file}: "transforms"`);
  checkNames(config.skip ?? [], known, `${file}: "skip"`);

  // A codemod is run alone, unless others are named beside it.
  const wanted = new Set(args.transforms ?? (args.codemods.length > 0 ? [] : (config.transforms ?? known)));
  const skipped = new Set(args.transforms ? args.skip : [...(config.skip ?? []), ...args.skip]);
  const selected = known.filter((name) => wanted.has(name) && !skipped.has(name));
  if (selected.length === 0 && args.codemods.length === 0)
    throw new UsageError('No transform is left to run; select fewer to skip, or see "nodelift list".');
  return selected;
}

function checkNames(names: readonly string[], known: readonly string[], place: string): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`${place}: there is no transform "${unknown}".${didYouMean(unknown, known) || ' "nodelift list" names them.'}`);
}

/** With `-o` the last named format goes to the file; the formats before it, or else the default one, go to stdout. */
function outputsOf({ formats, output, write }: RunArguments): Outputs {
  const usual: Format = write ? 'stat' : 'diff';
  if (output === undefined) return { stdout: checkedTogether(formats.length > 0 ? formats : [usual]), file: undefined };
  const format = formats.at(-1) ?? usual;
  const before = formats.slice(0, -1);
  const stdout = before.length > 0 || format === usual ? before : [usual];
  return { stdout: checkedTogether(stdout), file: { path: output, format } };
}

/** Formats that nothing may stand beside. */
const wholeDocuments: readonly Format[] = ['json', 'sarif', 'markdown', 'html'];
const shownNames: Partial<Record<Format, string>> = { json: 'JSON', sarif: 'SARIF', markdown: 'Markdown', html: 'HTML' };

function checkedTogether(formats: readonly Format[]): readonly Format[] {
  const distinct = [...new Set(formats)];
  const whole = distinct.find((format) => wholeDocuments.includes(format));
  if (whole !== undefined && distinct.length > 1) {
    throw new UsageError(
      `${shownNames[whole] ?? whole} and another format cannot share stdout; send the last one to a file: --format diff --format json -o report.json`,
    );
  }
  return distinct;
}
