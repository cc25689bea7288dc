/** Which of a project's ignore files decides about an entry: the nearest one that has a say. */

import { join } from 'node:path';
import { findGitFolder, readGitSettings, readText } from './git-settings.ts';
import type { Environment } from './git-settings.ts';
import { decidingPattern, parsePatterns } from './gitignore.ts';
import type { IgnorePattern } from './gitignore.ts';

/** A file of patterns, and the one that is asked when it says nothing about an entry. */
export interface IgnoreLayer {
  /** The folder that the patterns are relative to: `''` for the root, else with a slash at the end. */
  readonly base: string;
  /** How a person would call the file. */
  readonly name: string;
  readonly patterns: readonly IgnorePattern[];
  readonly outer: IgnoreLayer | undefined;
}

/** What is ignored in a folder, as far as its parents say. */
export interface Ignores {
  readonly ignoreCase: boolean;
  readonly nearest: IgnoreLayer | undefined;
}

/** The pattern that ignores the entry at `path` (relative to the root), as `*.gen.js (.gitignore)`; `undefined` when none does. */
export function findIgnoring({ nearest }: Ignores, path: string, isFolder: boolean): string | undefined {
  for (let layer = nearest; layer !== undefined; layer = layer.outer) {
    const pattern = decidingPattern(layer.patterns, { path: path.slice(layer.base.length), isFolder });
    if (pattern !== undefined) return pattern.negated ? undefined : `${pattern.written} (${layer.name})`;
  }
  return undefined;
}

/**
 * What holds before any `.gitignore` is read: the repository's `info/exclude`, and behind it the person's own excludes.
 *
 * @param folder relative to the root, with a slash at the end; `''` for the root
 */
export function startIgnores(root: string, folder: string, env: Environment): Ignores {
  const git = findGitFolder(join(root, folder));
  const { excludesFile, ignoreCase } = readGitSettings(git, env);
  let nearest: IgnoreLayer | undefined;
  const add = (path: string, name: string): void => {
    const text = readText(path);
    if (text !== undefined) nearest = { base: folder, name, patterns: parsePatterns(text, ignoreCase), outer: nearest };
  };
  if (excludesFile !== undefined) add(excludesFile, excludesFile);
  if (git !== undefined) add(join(git, 'info', 'exclude'), `${folder}.git/info/exclude`);
  return { ignoreCase, nearest };
}

/** With the patterns of a folder's own `.gitignore` on top. */
export function withGitignore({ ignoreCase, nearest }: Ignores, folder: string, text: string): Ignores {
  return { ignoreCase, nearest: { base: folder, name: `${folder}.gitignore`, patterns: parsePatterns(text, ignoreCase), outer: nearest } };
}
