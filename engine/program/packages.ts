/** What the package.json files say: declared dependencies and their versions, module system, and public entries. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { foreignLoads } from './foreign-loads.ts';

export interface Package {
  /** Absolute folder of the package.json. */
  readonly folder: string;
  readonly name: string | undefined;
  readonly type: 'module' | 'commonjs';
  readonly private: boolean;
  /** Absolute paths that `exports`, `main`, `module` and `bin` name, without extension guessing. */
  readonly entries: readonly string[];
  /** Absolute paths of what is run and not loaded: the files that `bin` names, and those that its scripts give to `node`. */
  readonly commands: readonly string[];
  /** All kinds of dependency, name to range. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** The package.json could be read and parsed. */
  readonly valid: boolean;
}

/** What may stand behind the path of an entry, in the order in which it is tried. */
export const entryEndings = [
  '',
  '.js',
  '.mjs',
  '.cjs',
  '.ts',
  '.mts',
  '.cts',
  '/index.js',
  '/index.mjs',
  '/index.cjs',
  '/index.ts',
] as const;

/** Finds the package that a file belongs to, up to the root. Each folder is looked at once. */
export class Packages {
  readonly #root: string;
  readonly #byFolder = new Map<string, Package | undefined>();
  readonly #foreign = new Map<string, ReadonlySet<string>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** @param file absolute path */
  of(file: string): Package | undefined {
    return this.#nearest(path.dirname(file));
  }

  /** The major version of dependency `name` for `file`: the installed one, else the lowest that the declared range allows. */
  majorVersion(file: string, name: string): number | undefined {
    return this.version(file, name)?.major;
  }

  /** The same with the minor version, 0 where the range names none. */
  version(file: string, name: string): { readonly major: number; readonly minor: number } | undefined {
    const installed = this.#installedVersion(path.dirname(file), name);
    const declared = this.of(file)?.dependencies.get(name);
    const numbers = /(\d+)(?:\.(\d+))?/.exec(installed ?? declared ?? '');
    return numbers === null ? undefined : { major: Number(numbers[1]), minor: Number(numbers[2] ?? 0) };
  }

  /** What files of a package load that are written in a language which is not read. */
  foreignLoads(own: Package): ReadonlySet<string> {
    let loads = this.#foreign.get(own.folder);
    if (loads === undefined) {
      loads = foreignLoads(own.folder);
      this.#foreign.set(own.folder, loads);
    }
    return loads;
  }

  #nearest(folder: string): Package | undefined {
    if (this.#byFolder.has(folder)) return this.#byFolder.get(folder);
    const own = readPackage(folder);
    const parent = path.dirname(folder);
    const found = own ?? (folder === this.#root || parent === folder ? undefined : this.#nearest(parent));
    this.#byFolder.set(folder, found);
    return found;
  }

  #installedVersion(folder: string, name: string): string | undefined {
    for (let current = folder; ; current = path.dirname(current)) {
      const version = readJson(path.join(current, 'node_modules', name, 'package.json'))?.version;
      if (typeof version === 'string') return version;
      if (current === this.#root || current === path.dirname(current)) return undefined;
    }
  }
}

function readPackage(folder: string): Package | undefined {
  const file = path.join(folder, 'package.json');
  const json = readJson(file);
  if (json === undefined) return undefined;
  const dependencies = new Map<string, string>();
  for (const field of ['peerDependencies', 'optionalDependencies', 'devDependencies', 'dependencies']) {
    for (const [name, range] of Object.entries(asRecord(json[field]))) if (typeof range === 'string') dependencies.set(name, range);
  }
  const named = [...strings(json.main), ...strings(json.module), ...strings(json.bin), ...strings(json.exports)];
  // Node falls back to index.js when nothing is named.
  const entries = named.length === 0 ? ['index.js'] : named;
  return {
    folder,
    name: typeof json.name === 'string' ? json.name : undefined,
    type: json.type === 'module' ? 'module' : 'commonjs',
    private: json.private === true,
    entries: entries.filter((entry) => !entry.includes('*')).map((entry) => path.resolve(folder, entry)),
    commands: [...strings(json.bin), ...runByScripts(json.scripts)].map((command) => path.resolve(folder, command)),
    dependencies,
    valid: true,
  };
}

/** `"test": "node test/index.js && eslint ."` */
function runByScripts(scripts: unknown): string[] {
  return strings(scripts).flatMap((script) =>
    [...script.matchAll(/(?:^|[\s;&|(])node(?:\s+-\S+)*\s+([^\s;&|)-][^\s;&|)]*)/g)].flatMap(([, file]) => file ?? []),
  );
}

function readJson(file: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    return asRecord(value);
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Every string inside a nested value, such as the targets of conditional exports. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}
