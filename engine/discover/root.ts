/** Decides which folder is the project: what lies in it is one program, and all paths are relative to it. */

import { existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { errorCode, UsageError } from '../errors.ts';

export interface Root {
  /** Absolute, and free of symbolic links. */
  readonly root: string;
  /** The given paths, likewise, without repetitions. */
  readonly selected: readonly string[];
}

/**
 * The root is the git top level that contains the paths, else the nearest folder upward with a `package.json`,
 * else the folder that the paths have in common. Git is looked for on disk; no process is started.
 *
 * @param paths files and folders, absolute or relative to `cwd`; none means `cwd` itself
 * @throws UsageError when a path does not exist or cannot be reached, or lies outside the project of the others
 */
export function findRoot(paths: readonly string[], cwd: string): Root {
  const given = paths.length > 0 ? paths : ['.'];
  const selected = given.map((path) => locate(path, cwd));
  const projects = new Set(selected.map((path) => findProject(path.folder)).filter((project) => project !== undefined));
  if (projects.size === 0) return { root: commonFolder(selected), selected: distinct(selected) };

  // A submodule and the repository around it may be named together: the outer one contains both.
  for (const root of projects) {
    if (selected.every((path) => isInside(root, path.real))) return { root, selected: distinct(selected) };
  }
  const [root = ''] = projects;
  const outside = selected.find((path) => !isInside(root, path.real));
  throw new UsageError(`"${outside?.given}" lies outside the project ${root} of the other paths; run nodelift once for each project.`);
}

interface Located {
  readonly given: string;
  readonly real: string;
  /** The path itself, or the folder of a file. */
  readonly folder: string;
}

function locate(given: string, cwd: string): Located {
  try {
    const real = realpathSync.native(resolve(cwd, given));
    const stats = statSync(real);
    if (stats.isDirectory()) return { given, real, folder: real };
    if (stats.isFile()) return { given, real, folder: dirname(real) };
  } catch (error) {
    throw new UsageError(`"${given}" ${explain(errorCode(error))}`);
  }
  throw new UsageError(`"${given}" is neither a file nor a folder; name source files, or folders that hold them.`);
}

function explain(code: string): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist; check the spelling, and the folder that you are in.';
    case 'ELOOP':
      return 'is a symbolic link that leads back to itself; name the file or folder that you mean.';
    case 'EACCES':
    case 'EPERM':
      return 'cannot be reached: permission denied; run nodelift as a user who may read it.';
    default:
      return `cannot be reached (${code}); name another path.`;
  }
}

function findProject(folder: string): string | undefined {
  return findUpward(folder, '.git') ?? findUpward(folder, 'package.json');
}

/** The nearest folder, from `folder` upward, that holds something called `name`. */
export function findUpward(folder: string, name: string): string | undefined {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, name))) return current;
    if (current === dirname(current)) return undefined;
  }
}

function commonFolder(selected: readonly Located[]): string {
  const [first, ...others] = selected.map((path) => path.folder);
  let common = first ?? '';
  for (const folder of others) {
    while (!isInside(common, folder)) common = dirname(common);
  }
  const tooWide = common === parse(common).root || common === homedir();
  if (tooWide && !selected.some((path) => path.real === common)) {
    throw new UsageError(
      `No folder above "${selected[0]?.given}" has a .git or a package.json, and all of ${common} would have to be read; ` +
        `put a package.json into the project's folder, or name that folder.`,
    );
  }
  return common;
}

/** Is `path` the folder, or in it? Both absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function distinct(selected: readonly Located[]): string[] {
  return [...new Set(selected.map((path) => path.real))];
}
