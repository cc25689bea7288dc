/** Which files belong into the program: the candidates, and whatever imports lead to or from them. */

import path from 'node:path';
import { RootedModules } from '../program/rooted-modules.ts';
import type { SourceText } from '../text.ts';

const specifierPattern = /\b(?:from|import|require)\s*\(?\s*(['"`])(\.{1,2}(?:\/[^'"`\n]*)?)\1/g;

/** `require('lib/orders')`: of a package, or of a folder that Node is told of. */
const packagePath = /\b(?:from|import|require)\s*\(?\s*(['"`])([\w-][\w.-]*\/[\w./-]+)\1/g;

/** A `require` or `import()` of what is not a literal. */
export const computedLoad = /\b(?:require|import)\s*\(\s*(?!(['"`])[^'"`$]*\1\s*\))[^\s)]/;

/**
 * All files that are joined with a candidate by imports of the program's files, in either direction and over any number of steps.
 * It reads text: a specifier in a comment only makes the program larger than it must be.
 * @param named modules that fixes may import, relative to the root
 */
export function connected(sources: readonly SourceText[], candidates: ReadonlySet<string>, named: readonly string[] = []): SourceText[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const neighbours = new Map<string, string[]>();
  const join = (from: string, to: string): void => {
    const list = neighbours.get(from);
    if (list === undefined) neighbours.set(from, [to]);
    else list.push(to);
  };
  const rooted = new RootedModules(byPath.keys());
  for (const source of sources) {
    const targets = [
      ...Array.from(source.text.matchAll(specifierPattern), ([, , name = '']) => resolveRelative(source.path, name, byPath)),
      ...Array.from(source.text.matchAll(packagePath), ([, , name = '']) => {
        // The first part may be the name of the package that the file is of.
        const rest = name.slice(name.indexOf('/') + 1);
        return rooted.find(name) ?? resolveRelative('', `./${rest}`, byPath) ?? rooted.find(rest);
      }),
    ];
    for (const target of targets) {
      if (target === undefined || target === source.path) continue;
      join(source.path, target);
      join(target, source.path);
    }
  }
  const reached = new Set(candidates);
  // What a computed `require` loads cannot be told from its text; the asynchrony engine has to see such calls.
  for (const source of sources) if (computedLoad.test(source.text)) reached.add(source.path);
  for (const module of named) {
    const target = module.startsWith('.') ? resolveRelative('', module, byPath) : undefined;
    if (target !== undefined) reached.add(target);
  }
  const pending = [...candidates];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for (const neighbour of neighbours.get(current) ?? []) {
      if (reached.has(neighbour)) continue;
      reached.add(neighbour);
      pending.push(neighbour);
    }
  }
  return sources.filter((source) => reached.has(source.path));
}

const extensions = ['', '.js', '.cjs', '.mjs', '.jsx', '.ts', '.cts', '.mts', '.tsx'];
const indexes = extensions.slice(1).map((extension) => `/index${extension}`);

function resolveRelative(from: string, specifier: string, files: ReadonlyMap<string, unknown>): string | undefined {
  const base = path.posix.join(path.posix.dirname(from), specifier).replace(/\/$/, '');
  for (const suffix of [...extensions, ...indexes]) if (files.has(base + suffix)) return base + suffix;
  // A folder with a package.json of its own, at the root: `require('..')`.
  if (base === '.') return indexes.map((index) => index.slice(1)).find((index) => files.has(index));
  // TypeScript names the file that will be emitted.
  const typescript = base.replace(/\.([cm]?)jsx?$/, '.$1ts');
  if (files.has(typescript)) return typescript;
  return files.has(`${typescript}x`) ? `${typescript}x` : undefined;
}
