/**
 * Modules of the program that are named like those of a package: `require('lib/orders')`, where `NODE_PATH`, a link in `node_modules` or a
 * loader of the program's own leads to a folder of it. What they name is told from the end of the path, as long as one file alone has it.
 */

import { isBuiltin } from 'node:module';

const named = /^[\w-][\w.-]*(?:\/[\w.-]+)+$/;

export class RootedModules {
  /** By the last part of their name. */
  readonly #byEnd = new Map<string, string[]>();

  /** @param paths of the program's files, relative to its root, with forward slashes */
  constructor(paths: Iterable<string>) {
    for (const path of paths) {
      const end = lastPart(moduleName(path));
      const list = this.#byEnd.get(end);
      if (list === undefined) this.#byEnd.set(end, [path]);
      else list.push(path);
    }
  }

  /** The path of the one file that the specifier may name; `lib/orders` needs a folder in it, for `orders` may be of any package. */
  find(specifier: string): string | undefined {
    if (!named.test(specifier) || isBuiltin(specifier)) return undefined;
    const name = moduleName(specifier);
    const found = (this.#byEnd.get(lastPart(name)) ?? []).filter((path) => `/${moduleName(path)}`.endsWith(`/${name}`));
    if (found.length < 2) return found[0];
    const least = Math.min(...found.map(depth));
    const [nearest, ...others] = found.filter((path) => depth(path) === least);
    return others.length === 0 ? nearest : undefined;
  }
}

/** Without its ending, and without `index`. */
function moduleName(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '').replace(/\/index$/, '');
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function depth(path: string): number {
  return path.split('/').length;
}
