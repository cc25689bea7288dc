/** Which files hold work that no commit holds. */

import { dirname, join, relative, sep } from 'node:path';
import { findUpward } from '../discover/index.ts';
import { UsageError } from '../errors.ts';
import { askAboutFiles } from './git.ts';

/** Beyond this, arguments may be too long for the system, and git is asked about everything instead. */
const argumentLimit = 20_000;

/**
 * Which of the files have uncommitted changes, staged or not. A file that git does not track has, since no commit holds it;
 * but not in a repository without any commit, and not when git ignores it. Each file is looked up in the repository nearest to it.
 * Without git, or outside of a repository, there is nothing to compare with, and no file is dirty.
 *
 * @param paths relative to the root, with forward slashes
 * @param staged what is staged just as it is in the work tree is safe in the index, and does not count
 * @returns those of them that are dirty, in their order
 * @throws UsageError when there is a repository, and git refuses to answer
 */
export async function listDirty(root: string, paths: readonly string[], { staged = false } = {}): Promise<string[]> {
  const byRepository = new Map<string, string[]>();
  for (const path of paths) {
    const repository = findUpward(dirname(join(root, path)), '.git');
    if (repository === undefined) continue;
    const files = byRepository.get(repository);
    if (files === undefined) byRepository.set(repository, [path]);
    else files.push(path);
  }
  const dirty = new Set<string>();
  for (const [repository, files] of byRepository) {
    const inRepository = new Map(files.map((path) => [relative(repository, join(root, path)).split(sep).join('/'), path]));
    for (const changed of await listChanged(repository, [...inRepository.keys()], staged)) {
      const path = inRepository.get(changed);
      if (path !== undefined) dirty.add(path);
    }
  }
  return paths.filter((path) => dirty.has(path));
}

/** Paths relative to the repository; of other files too, when there are too many to ask for. */
async function listChanged(repository: string, files: readonly string[], staged: boolean): Promise<string[]> {
  const asked = files.join(' ').length < argumentLimit ? ['--', ...files] : [];
  const status = ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=all', '--no-renames', '--ignore-submodules=all'];
  const answer = await askAboutFiles(repository, [...status, ...asked]);
  if (answer.kind === 'no-git') return [];
  if (answer.kind === 'failed') {
    // A folder that is only called .git is no repository.
    if (/not a git repository/i.test(answer.message)) return [];
    throw new UsageError(
      `Git cannot say which files have uncommitted changes (${answer.message}); put that right, or give --allow-dirty to write even so.`,
    );
  }
  return parseStatus(answer.output, staged);
}

/** The format is that of git-status(1), "Porcelain Format Version 2", whose entries hold their path behind a fixed number of fields. */
function parseStatus(output: string, staged: boolean): string[] {
  const fieldsBefore: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };
  const entries = output.split('\0');
  const hasCommit = !entries.includes('# branch.oid (initial)');
  return (
    entries
      .filter((entry) => hasCommit || !entry.startsWith('?'))
      // "1 XY …": Y is how the work tree differs from the index.
      .filter((entry) => !staged || !/^1 .\. /.test(entry))
      .flatMap((entry) => {
        const fields = fieldsBefore[entry[0] ?? ''];
        return fields === undefined ? [] : [entry.split(' ').slice(fields).join(' ')];
      })
  );
}
