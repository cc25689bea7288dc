/** Which files have changed: on this branch, or for the next commit. */

import { join, relative, sep } from 'node:path';
import { findUpward } from '../discover/index.ts';
import { UsageError } from '../errors.ts';
import { ask, askAboutFiles } from './git.ts';

export type Changes =
  /** Since the branch left `ref`, committed or not, untracked files included. */
  | { readonly kind: 'since'; readonly ref: string }
  /** In the index. */
  | { readonly kind: 'staged' };

/**
 * @returns paths relative to the root, with forward slashes; deleted files are not among them
 * @throws UsageError when there is no repository, git is not installed, or it does not know the reference
 */
export async function listChangedFiles(root: string, changes: Changes): Promise<string[]> {
  const option = changes.kind === 'since' ? '--since' : '--staged';
  const repository = findUpward(root, '.git');
  if (repository === undefined) throw new UsageError(`${option} asks git what has changed, and ${root} is in no repository.`);
  const found = changes.kind === 'since' ? await changedSince(repository, changes.ref) : await staged(repository);
  return found.map((path) => relative(root, join(repository, path)).split(sep).join('/')).filter((path) => !path.startsWith('../'));
}

const diff = ['diff', '--name-only', '-z', '--no-renames', '--no-relative', '--no-ext-diff', '--no-textconv', '--ignore-submodules=all'];

function staged(repository: string): Promise<string[]> {
  return names(repository, [...diff, '--cached', '--diff-filter=d', '--'], '--staged');
}

/** What others did on `ref` meanwhile is theirs: the comparison is with the commit where the branch left it. */
async function changedSince(repository: string, ref: string): Promise<string[]> {
  const commit = await ask(repository, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  if (commit.kind !== 'output') {
    if (commit.kind === 'no-git') throw gitMissing('--since');
    throw new UsageError(`--since: git knows no commit "${ref}" in ${repository}; name a branch, a tag or a commit.`);
  }
  const name = commit.output.trim();
  const base = await ask(repository, ['merge-base', name, 'HEAD']);
  const from = base.kind === 'output' ? base.output.trim() : name;
  const tracked = await names(repository, [...diff, '--diff-filter=d', from, '--'], '--since');
  const untracked = await names(repository, ['ls-files', '--others', '--exclude-standard', '-z'], '--since');
  return [...new Set([...tracked, ...untracked])];
}

async function names(repository: string, args: readonly string[], option: string): Promise<string[]> {
  const answer = await askAboutFiles(repository, args);
  if (answer.kind === 'no-git') throw gitMissing(option);
  if (answer.kind === 'failed') throw new UsageError(`${option}: git cannot say what has changed (${answer.message}).`);
  return answer.output.split('\0').filter((path) => path !== '');
}

function gitMissing(option: string): UsageError {
  return new UsageError(`${option} asks git what has changed, and git is not installed.`);
}
