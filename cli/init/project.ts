/** What `nodelift init` finds out about a project: the libraries that transforms know, who else can call its functions, and its tests. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { nosqlClients } from '../../catalog/nosql.ts';
import { promiseLibraries } from '../../catalog/promise-libraries.ts';
import { roots } from '../../catalog/roots.ts';
import { sqlDrivers } from '../../catalog/sql-drivers.ts';
import { entryEndings, Packages, type Package } from '../../engine/program/packages.ts';
import { workspacesOf } from './workspaces.ts';

export interface Project {
  /** Absolute: where the `package.json` lies. */
  readonly folder: string;
  readonly manifest: 'read' | 'broken' | 'missing';
  /** Folders of the packages that the repository holds besides its own, relative to the folder. */
  readonly workspaces: readonly string[];
  readonly libraries: Readonly<Record<LibraryGroup, readonly Library[]>>;
  /** Files, relative to the folder, whose exports other packages can call. */
  readonly publicFiles: readonly string[];
  /** The script of `npm test`. */
  readonly testScript: string | undefined;
}

export interface Library {
  readonly name: string;
  /** `4.22`, of what is installed or else declared. */
  readonly version: string | undefined;
  /** The workspaces that depend on it; none for the package at the root. */
  readonly in: readonly string[];
}

/** The packages of each kind that transforms know. */
const groups = {
  'SQL drivers': sqlDrivers.flatMap(({ receivers }) => receivers.map(packageOf)),
  'MongoDB clients': nosqlClients.map(({ equality }) => equality.package),
  'frameworks and test runners': roots.flatMap((row) => [
    ...(row.package === undefined ? [] : [row.package]),
    ...(row.unlessBefore ?? []).map((before) => before.package),
  ]),
  'promise libraries': promiseLibraries.map(({ module }) => packageOf(module)),
} as const satisfies Record<string, readonly string[]>;

export type LibraryGroup = keyof typeof groups;
export const libraryGroups: readonly LibraryGroup[] = [
  'SQL drivers',
  'MongoDB clients',
  'frameworks and test runners',
  'promise libraries',
];

/** @param cwd in the project */
export function lookAt(cwd: string): Project {
  const folder = packageFolder(cwd);
  const file = join(folder ?? cwd, 'package.json');
  const packages = new Packages(folder ?? cwd);
  const own = folder === undefined ? undefined : packages.of(file);
  const workspaces = workspacesOf(folder ?? cwd);
  const members = workspaces.flatMap((workspace) => {
    const its = packages.of(join(folder ?? cwd, workspace, 'package.json'));
    return its === undefined ? [] : [{ workspace, its }];
  });
  const all = [...(own === undefined ? [] : [{ workspace: undefined, its: own }]), ...members];
  const known = (names: readonly string[]): Library[] => [...new Set(names)].flatMap((name) => uses(packages, all, name));
  return {
    folder: folder ?? cwd,
    manifest: own || members.length > 0 ? 'read' : folder === undefined ? 'missing' : 'broken',
    workspaces: members.map(({ workspace }) => workspace),
    libraries: {
      'SQL drivers': known(groups['SQL drivers']),
      'MongoDB clients': known(groups['MongoDB clients']),
      'frameworks and test runners': known(groups['frameworks and test runners']),
      'promise libraries': known(groups['promise libraries']),
    },
    publicFiles: [...new Set(all.flatMap(({ its }) => publicFilesOf(its, folder ?? cwd)))],
    testScript: own && testScriptIn(file),
  };
}

interface Member {
  /** `undefined` for the package at the root. */
  readonly workspace: string | undefined;
  readonly its: Package;
}

/** One row for each version that is in use. */
function uses(packages: Packages, members: readonly Member[], name: string): Library[] {
  const byVersion = new Map<string | undefined, string[]>();
  for (const { workspace, its } of members) {
    if (!its.dependencies.has(name)) continue;
    const version = versionOf(packages, join(its.folder, 'package.json'), name);
    byVersion.set(version, [...(byVersion.get(version) ?? []), ...(workspace === undefined ? [] : [workspace])]);
  }
  return [...byVersion].map(([version, folders]) => ({ name, version, in: folders }));
}

/** Upward, not beyond the top of a git work tree: where a configuration is searched for too. */
function packageFolder(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (existsSync(join(folder, '.git')) || folder === dirname(folder)) return undefined;
  }
}

/** `mysql2` of `mysql2/promise.createPool()`, `@prisma/client` of `@prisma/client.PrismaClient.new`. */
function packageOf(origin: string): string {
  return /^(?:@[^/]+\/)?[^/.()]+/.exec(origin)?.[0] ?? origin;
}

function versionOf(packages: Packages, file: string, name: string): string | undefined {
  const version = packages.version(file, name);
  return version && `${version.major}.${version.minor}`;
}

function publicFilesOf({ private: isPrivate, entries }: Package, root: string): string[] {
  if (isPrivate) return [];
  const files = entries.flatMap((entry) => entryEndings.map((ending) => entry + ending).find(isFile) ?? []);
  return files.map((file) => relative(root, file).replaceAll('\\', '/'));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** What `npm init` writes in its place is no test. */
function testScriptIn(file: string): string | undefined {
  const manifest = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as {
    readonly scripts?: { readonly test?: unknown };
  } | null;
  const script = manifest?.scripts?.test;
  return typeof script === 'string' && script !== '' && !script.includes('no test specified') ? script : undefined;
}
