/**
 * The configuration of a project: `nodelift.config.js`, `.mjs` or `.json`, or `nodelift` in `package.json`, in the nearest folder
 * upward that has one. A `.js` or `.mjs` file is executed; JSON is only read.
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sqlDrivers } from '../catalog/sql-drivers.ts';
import { describeSystemError, UsageError } from '../engine/errors.ts';
import { didYouMean } from './nearest.ts';

/** Every key is optional; the command line wins over all of them. */
export interface Config {
  readonly transforms?: readonly string[];
  readonly skip?: readonly string[];
  readonly unsafe?: boolean;
  /** Globs in `.gitignore` syntax, relative to the root of the project. */
  readonly ignore?: readonly string[];
  readonly gitignore?: boolean;
  /** Relative to the configuration file; absolute once loaded. */
  readonly tsconfig?: string;
  readonly publicApi?: 'keep' | 'change';
  readonly includeStartup?: boolean;
  /** Told of rejections that nobody else handles: `Sentry.captureException`, or of a module `./lib/log#error`. */
  readonly onRejection?: string;
  /** Drivers by the names of clients: `{ "./lib/db#pool": "pg", "this.client": "mysql" }`. */
  readonly sqlClients?: Readonly<Record<string, string>>;
  /** Drivers by the names of functions that take a text and its values as the driver does. */
  readonly sqlFunctions?: Readonly<Record<string, string>>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** As people should see it; `undefined` when there is none. */
  readonly file: string | undefined;
}

const fileNames = ['nodelift.config.js', 'nodelift.config.mjs', 'nodelift.config.json'] as const;

/**
 * @param named the file that was asked for, relative to `cwd`; without it the nearest one is searched for
 * @throws UsageError naming the file and the key that is wrong
 */
export async function loadConfig(named: string | undefined, cwd: string): Promise<LoadedConfig> {
  const file = named === undefined ? findConfig(cwd) : namedConfig(named, cwd);
  if (file === undefined) return { config: {}, file: undefined };
  const shown = relative(cwd, file) || file;
  const value = await readConfig(file, shown);
  const config = validated(value, shown);
  return { config: config.tsconfig === undefined ? config : { ...config, tsconfig: resolve(dirname(file), config.tsconfig) }, file: shown };
}

function namedConfig(named: string, cwd: string): string {
  const file = resolve(cwd, named);
  if (!existsSync(file)) throw new UsageError(`The configuration "${named}" does not exist; check --config.`);
  if (!statSync(file).isFile()) throw new UsageError(`The configuration "${named}" is not a file; check --config.`);
  return file;
}

/** Upward from `cwd`; not beyond the top of a git work tree, where another project begins. */
export function findConfig(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const [file, second] = configsIn(folder);
    if (file !== undefined && second !== undefined) {
      throw new UsageError(
        `${join(relative(cwd, folder), file)} and ${second} are both configurations; keep one, or name one with --config.`,
      );
    }
    if (file !== undefined) return join(folder, file);
    if (existsSync(join(folder, '.git')) || folder === dirname(folder)) return undefined;
  }
}

function configsIn(folder: string): string[] {
  const found: string[] = fileNames.filter((name) => existsSync(join(folder, name)));
  return hasManifestConfig(join(folder, 'package.json')) ? [...found, 'package.json'] : found;
}

function hasManifestConfig(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(manifest) && manifest.nodelift !== undefined;
  } catch {
    // A broken package.json is not ours to report unless it was meant to hold our configuration, and then this finds its trace.
    return /"nodelift"\s*:\s*\{/.test(readText(file, file));
  }
}

async function readConfig(file: string, shown: string): Promise<unknown> {
  if (extname(file) === '.json') {
    const value = parseJson(readText(file, shown), shown);
    return isManifest(file) && isRecord(value) ? value.nodelift : value;
  }
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    return isRecord(module) ? module.default : undefined;
  } catch (error) {
    throw new UsageError(`${shown} cannot be executed: ${oneLine(error)}`, { cause: error });
  }
}

function isManifest(file: string): boolean {
  return file.endsWith('package.json');
}

function readText(file: string, shown: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UsageError(`${shown} cannot be read: ${describeSystemError(error)}.`);
  }
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = oneLine(error);
    const offset = /at position (\d+)/.exec(message)?.[1];
    const line = offset === undefined ? '' : `:${text.slice(0, Number(offset)).split('\n').length}`;
    throw new UsageError(`${shown}${line}: ${message}`);
  }
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
}

type Expected = 'names' | 'globs' | 'flag' | 'path' | 'publicApi' | 'function' | 'drivers';

const keys: Readonly<Record<keyof Config, Expected>> = {
  transforms: 'names',
  skip: 'names',
  unsafe: 'flag',
  ignore: 'globs',
  gitignore: 'flag',
  tsconfig: 'path',
  publicApi: 'publicApi',
  includeStartup: 'flag',
  onRejection: 'function',
  sqlClients: 'drivers',
  sqlFunctions: 'drivers',
};

/** Those whose queries are rewritten. */
const driverNames = [...new Set(sqlDrivers.filter(({ byHand }) => byHand === undefined).map(({ name }) => name))];

const expectations: Readonly<Record<Expected, readonly [words: string, test: (value: unknown) => boolean]>> = {
  names: ['an array of names of transforms', isTexts],
  globs: ['an array of globs', isTexts],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  path: ['a path', isText],
  function: ['the name of a function, such as "Sentry.captureException" or "./lib/log#error"', isFunctionName],
  drivers: [`an object of names and drivers, which are ${driverNames.join(', ')}`, isDrivers],
  publicApi: ['"keep" or "change"', (value) => value === 'keep' || value === 'change'],
};

function validated(value: unknown, shown: string): Config {
  if (!isRecord(value)) {
    const how = /\.m?js$/.test(shown) ? 'export it as the default' : 'write { … }';
    throw new UsageError(`${shown} does not hold an object of options; ${how}.`);
  }
  for (const [key, entry] of Object.entries(value)) {
    if (!isKey(key)) {
      const names = Object.keys(keys);
      throw new UsageError(`${shown}: unknown key "${key}".${didYouMean(key, names) || ` Known are ${names.join(', ')}.`}`);
    }
    const [words, test] = expectations[keys[key]];
    if (!test(entry)) throw new UsageError(`${shown}: "${key}" must be ${words}, not ${shownValue(entry)}.`);
  }
  // Each key was checked against its row above.
  return value;
}

/** A function, which a JavaScript file can hold, has no JSON. */
function shownValue(value: unknown): string {
  return typeof value === 'function' ? 'a function' : JSON.stringify(value);
}

function isKey(key: string): key is keyof Config {
  return Object.hasOwn(keys, key);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Nothing but names may be written into the program. */
function isFunctionName(value: unknown): boolean {
  return typeof value === 'string' && /^(?:[^#'"`\\\s]+#)?[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/.test(value);
}

function isDrivers(value: unknown): boolean {
  return isRecord(value) && Object.entries(value).every(([name, driver]) => name !== '' && driverNames.some((one) => one === driver));
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}
