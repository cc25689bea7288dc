/**
 * Finds and loads a jscodeshift transform: a file or a part of an installed package, as CommonJS, as an ES module or in TypeScript.
 * It is code that a person named to be run, and it is run as such.
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import type { Core, Parser } from 'jscodeshift';
import { ts } from 'ts-morph';
import { UsageError } from '../../engine/errors.ts';

/** What jscodeshift calls a transform. */
export type CodemodFunction = (
  file: { readonly path: string; readonly source: string },
  api: CodemodApi,
  options: CodemodOptions,
) => unknown;

export interface CodemodApi {
  readonly j: Core;
  readonly jscodeshift: Core;
  readonly stats: (name: string, quantity?: number) => void;
  readonly report: (message: string) => void;
}

export type CodemodOptions = Readonly<Record<string, unknown>>;

export interface Codemod {
  /** Its word in reports. */
  readonly name: string;
  readonly file: string;
  readonly transform: CodemodFunction;
  /** The parser that the module asks for. */
  readonly parser: string | Parser | undefined;
  readonly jscodeshift: Core;
}

/**
 * @param named a path relative to `cwd`, or what one would write in a `require` there
 * @throws UsageError when it is not there, cannot be loaded, or is no transform
 */
export async function loadCodemod(named: string, cwd: string): Promise<Codemod> {
  const file = resolved(named, cwd);
  if (file === undefined)
    throw new UsageError(`There is no codemod "${named}": neither a file, nor a part of a package that is installed here.`);
  let loaded: unknown;
  try {
    loaded = await loadModule(file);
  } catch (error) {
    throw new UsageError(`The codemod "${named}" cannot be loaded: ${firstLine(error)}`, { cause: error });
  }
  const transform = functionIn(loaded);
  if (transform === undefined)
    throw new UsageError(`The codemod "${named}" does not export a function (file, api, options), as jscodeshift wants it.`);
  return { name: nameOf(file), file, transform, parser: parserIn(loaded), jscodeshift: jscodeshiftFor(file, cwd, named) };
}

const extensions = ['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts', '.tsx', '.json'];

function resolved(named: string, cwd: string): string | undefined {
  const own = onDisk(path.resolve(cwd, named));
  if (own !== undefined) return own;
  try {
    return createRequire(path.join(cwd, 'package.json')).resolve(named);
  } catch {
    // A package may hide the file behind its `exports`; a person who names it means it all the same.
    for (let folder = cwd; ; folder = path.dirname(folder)) {
      const hidden = onDisk(path.join(folder, 'node_modules', named));
      if (hidden !== undefined || folder === path.dirname(folder)) return hidden;
    }
  }
}

function onDisk(base: string): string | undefined {
  const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  const candidates = [
    base,
    ...extensions.map((extension) => base + extension),
    ...extensions.map((extension) => path.join(base, `index${extension}`)),
  ];
  // TypeScript names the file that will be emitted.
  return [...candidates, base.replace(/\.([cm]?)js$/, '.$1ts')].find(isFile);
}

/** The codemod's own jscodeshift is the one that it was written for. */
function jscodeshiftFor(file: string, cwd: string, named: string): Core {
  for (const from of [file, path.join(cwd, 'package.json'), import.meta.filename]) {
    try {
      return createRequire(from)('jscodeshift') as Core;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new UsageError(`The codemod "${named}" needs jscodeshift; install it: npm install --save-dev jscodeshift`);
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'MODULE_NOT_FOUND';
}

async function loadModule(file: string): Promise<unknown> {
  if (/\.[cm]?tsx?$/.test(file)) return transpiled(file, new Map());
  if (file.endsWith('.mjs') || (file.endsWith('.js') && isModulePackage(file))) return import(pathToFileURL(file).href);
  // ES module syntax in a file that Node takes for CommonJS: jscodeshift itself runs such transforms through Babel.
  if (/^\s*(?:import|export)\b/m.test(readFileSync(file, 'utf8'))) return transpiled(file, new Map());
  return createRequire(import.meta.filename)(file) as unknown;
}

function isModulePackage(file: string): boolean {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly type?: unknown }).type === 'module';
    if (folder === path.dirname(folder)) return false;
  }
}

/** Runs TypeScript, and ES modules in CommonJS's clothes, with what they import by relative paths; packages are required as usual. */
function transpiled(file: string, known: Map<string, { exports: unknown }>): unknown {
  const before = known.get(file);
  if (before) return before.exports;
  const module = { exports: {} as unknown };
  known.set(file, module);
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      allowJs: true,
      jsx: ts.JsxEmit.React,
    },
  });
  const native = createRequire(file);
  const require = (specifier: string): unknown => {
    const target = /^\.{0,2}\//.test(specifier) ? onDisk(path.resolve(path.dirname(file), specifier)) : undefined;
    return target === undefined || target.endsWith('.json') ? native(specifier) : transpiled(target, known);
  };
  const run = compileFunction(outputText, ['exports', 'require', 'module', '__filename', '__dirname'], { filename: file }) as (
    ...args: unknown[]
  ) => void;
  run(module.exports, Object.assign(require, native), module, file, path.dirname(file));
  return module.exports;
}

function functionIn(loaded: unknown): CodemodFunction | undefined {
  if (typeof loaded === 'function') return loaded as CodemodFunction;
  // A transpiled module that was imported has its default in its default.
  const inner = propertyOf(loaded, 'default');
  return inner === undefined || inner === loaded ? undefined : functionIn(inner);
}

function parserIn(loaded: unknown): Codemod['parser'] {
  const parser = propertyOf(loaded, 'parser') ?? propertyOf(propertyOf(loaded, 'default'), 'parser');
  if (typeof parser === 'string') return parser;
  return typeof parser === 'object' && parser !== null && 'parse' in parser ? (parser as Parser) : undefined;
}

function propertyOf(value: unknown, name: string): unknown {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** `…/transformers/chai-assert.js` is `codemod-chai-assert`; a file that is called `index` or `transform` is named by its folder. */
function nameOf(file: string): string {
  const words = file
    .replace(/\.[^./\\]+$/, '')
    .split(/[\\/]/)
    .filter((word) => !/^(index|transform|transformer|src|dist|lib)$/.test(word));
  const name = (words.at(-1) ?? 'transform')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `codemod-${name === '' ? 'transform' : name}`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
