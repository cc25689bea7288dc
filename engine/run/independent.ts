/**
 * Packages in one folder that have nothing to do with each other, such as services side by side. Each is a program of its own: a
 * checker then knows less at a time, and a change in one package makes nobody look at the others again.
 */

import path from 'node:path';
import { Packages } from '../program/packages.ts';
import type { SourceText } from '../text.ts';
import { computedLoad } from './closure.ts';
import { Groups } from './groups.ts';

const relativePath = /(['"`])(\.{1,2}(?:\/[^'"`\n]*)?)\1/g;
const packageName = /\b(?:from|import|require|resolve|mock)\s*\(?\s*(['"`])(@[\w.-]+\/[\w.-]+|[\w-][\w.-]*)(?:\/[^'"`\n]*)?\1/g;
/** Between the parts of `path.join(__dirname, '..', 'lib')`. */
const nextPart = /(['"`])\s*,\s*\1/g;

/**
 * The sources by the package that they are of; packages of which one may load the other stay together.
 * It reads text: what only looks like the path of a module makes a program larger than it must be.
 * @param root absolute
 */
export function independent(sources: readonly SourceText[], root: string): readonly (readonly SourceText[])[] {
  const packages = new Packages(root);
  const folderOf = new Map(
    sources.map((source) => [source, relativeTo(root, packages.of(path.join(root, source.path))?.folder ?? root)] as const),
  );
  const folders = new Set(folderOf.values());
  if (folders.size < 2) return [sources];

  const groups = new Groups();
  const named = foldersByName(packages, root, folders);
  for (const folder of folders) {
    const dependencies = packages.of(path.join(root, folder, 'package.json'))?.dependencies.keys() ?? [];
    for (const name of dependencies) for (const other of named.get(name) ?? []) groups.join(folder, other);
  }
  for (const [source, folder] of folderOf) {
    for (const [, , name = ''] of source.text.matchAll(packageName)) for (const other of named.get(name) ?? []) groups.join(folder, other);
    const isLoader = computedLoad.test(source.text);
    for (const target of pathsIn(source, isLoader)) groups.join(folder, nearest(target, folders) ?? folder);
    // What it loads by a name that it is told lies below it.
    if (isLoader) for (const other of folders) if (isIn(folder, other)) groups.join(folder, other);
  }
  return grouped(sources, (source) => groups.of(folderOf.get(source) ?? ''));
}

function relativeTo(root: string, folder: string): string {
  return path.relative(root, folder).split(path.sep).join('/');
}

/** Several folders may hold a package of the same name. */
function foldersByName(packages: Packages, root: string, folders: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const folder of folders) {
    const name = packages.of(path.join(root, folder, 'package.json'))?.name;
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), folder]);
  }
  return found;
}

/** Every relative path that stands in the text, from the root: not only loaders are told of modules by them. */
function pathsIn({ path: name, text }: SourceText, isLoader: boolean): Set<string> {
  const folder = path.posix.dirname(name);
  const whole = isLoader ? text.replace(nextPart, '/') : text;
  return new Set(Array.from(whole.matchAll(relativePath), ([, , relative = '']) => path.posix.join(folder, relative)));
}

/** The innermost of the folders in which the path lies. */
function nearest(target: string, folders: ReadonlySet<string>): string | undefined {
  for (let folder = target.replace(/\/$/, ''); folder !== '.' && !folder.startsWith('..'); folder = path.posix.dirname(folder)) {
    if (folders.has(folder)) return folder;
  }
  return folders.has('') && !target.startsWith('..') ? '' : undefined;
}

function isIn(folder: string, other: string): boolean {
  return folder === '' ? other !== '' : other.startsWith(`${folder}/`);
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly (readonly Item[])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
