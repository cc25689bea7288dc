/** The packages of a repository that holds several: where npm, Yarn, pnpm or Lerna is told of them, and else those in the folders of a root that is none. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns the folders of the packages, relative to the root, sorted; the root itself is not among them */
export function workspacesOf(root: string): string[] {
  const patterns = declared(root) ?? (existsSync(join(root, 'package.json')) ? [] : ['*']);
  const [wanted, unwanted] = [
    patterns.filter((pattern) => !pattern.startsWith('!')),
    patterns.filter((pattern) => pattern.startsWith('!')),
  ];
  const leftOut = new Set(unwanted.flatMap((pattern) => matching(root, '', segmentsOf(pattern.slice(1)))));
  const folders = new Set(wanted.flatMap((pattern) => matching(root, '', segmentsOf(pattern))));
  return [...folders].filter((folder) => folder !== '' && !leftOut.has(folder)).sort();
}

function declared(root: string): readonly string[] | undefined {
  const manifest = readJson(join(root, 'package.json'));
  const workspaces = manifest?.workspaces;
  return (
    textsIn(workspaces) ??
    textsIn(propertyOf(workspaces, 'packages')) ??
    ofPnpm(root) ??
    textsIn(readJson(join(root, 'lerna.json'))?.packages)
  );
}

/** The list `packages` of a file that is YAML, of which this list is all that is read. */
function ofPnpm(root: string): readonly string[] | undefined {
  const text = readText(join(root, 'pnpm-workspace.yaml'));
  const list = text && /^packages:[ \t]*(?:#.*)?\r?\n((?:[ \t]*(?:-.*|#.*)?(?:\r?\n|$))*)/m.exec(text)?.[1];
  if (list === undefined) return undefined;
  return [...list.matchAll(/^[ \t]*-[ \t]+(?:'([^']*)'|"([^"]*)"|([^\s#]+))/gm)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

function segmentsOf(pattern: string): string[] {
  return pattern.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** The folders with a package.json that the segments of a pattern lead to. */
function matching(root: string, folder: string, [segment, ...rest]: readonly string[]): string[] {
  if (segment === undefined) return existsSync(join(root, folder, 'package.json')) ? [folder] : [];
  if (segment === '**')
    return [...matching(root, folder, rest), ...foldersIn(root, folder).flatMap((name) => matching(root, name, [segment, ...rest]))];
  const pattern = new RegExp(`^${segment.replace(/[\\^$+?.()|[\]{}]/g, '\\$&').replaceAll('*', '[^/]*')}$`);
  return foldersIn(root, folder).flatMap((name) => (pattern.test(name.slice(name.lastIndexOf('/') + 1)) ? matching(root, name, rest) : []));
}

/** By their paths from the root. Links are not followed, so that none leads back. */
function foldersIn(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      .map(({ name }) => (folder === '' ? name : `${folder}/${name}`));
  } catch {
    return [];
  }
}

function readJson(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse((readText(file) ?? '').replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textsIn(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}
