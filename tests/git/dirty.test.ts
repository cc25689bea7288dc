import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../engine/errors.ts';
import { listDirty } from '../../engine/git/index.ts';
import { makeTree } from '../discover/temporary-tree.ts';

const git = (cwd: string, ...args: readonly string[]): void => {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'commit.gpgsign=false'];
  const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

/** A repository in which these files are committed. */
const committed = (...paths: readonly string[]): string => {
  const root = makeTree(Object.fromEntries(paths.map((path) => [path, 'old'])));
  git(root, 'init', '-q');
  git(root, 'add', '-A');
  git(root, 'commit', '-qm', 'Start');
  return root;
};

const edit = (root: string, path: string): void => writeFileSync(join(root, path), 'edited');

describe('a file is dirty', () => {
  test('when it differs from its commit, staged or not, and only if it is asked for', async () => {
    const root = committed('a.js', 'b.js', 'c.js', 'd.js');
    for (const path of ['a.js', 'b.js', 'd.js']) edit(root, path);
    git(root, 'add', 'b.js');
    expect(await listDirty(root, ['c.js', 'b.js', 'a.js'])).toEqual(['b.js', 'a.js']);
  });

  test('when git does not track it, also in a folder that it does not track', async () => {
    const root = committed('a.js');
    mkdirSync(join(root, 'fresh'));
    for (const path of ['b.js', 'fresh/c.js']) edit(root, path);
    expect(await listDirty(root, ['a.js', 'b.js', 'fresh/c.js'])).toEqual(['b.js', 'fresh/c.js']);
  });

  test('when a merge left it in conflict', async () => {
    const root = committed('a.js');
    git(root, 'checkout', '-qb', 'other');
    edit(root, 'a.js');
    git(root, 'commit', '-qam', 'Other');
    git(root, 'checkout', '-q', '-');
    writeFileSync(join(root, 'a.js'), 'third');
    git(root, 'commit', '-qam', 'Third');
    expect(() => git(root, 'merge', '-q', 'other')).toThrow();
    expect(await listDirty(root, ['a.js'])).toEqual(['a.js']);
  });

  test('whatever characters its name is made of', async () => {
    const paths = [
      'über uns/a b.js',
      ' lead.js',
      '*.js',
      '[a].js',
      '日本/🚀.js',
      '-x.js',
      ':(glob)x.js',
      '"q".js',
      'new\nline.js',
      'old -> new.js',
    ];
    const root = committed(...paths, 'a.js', 'ab.js');
    for (const path of paths) edit(root, path);
    expect(await listDirty(root, [...paths, 'a.js', 'ab.js'])).toEqual(paths);
    expect(await listDirty(root, [':(glob)x.js'])).toEqual([':(glob)x.js']);
  });

  test('also among more files than fit on a command line', async () => {
    const paths = Array.from({ length: 600 }, (_, index) => `${'folder'.repeat(8)}/${index}.js`);
    const root = committed(...paths);
    edit(root, paths[423] ?? '');
    edit(root, paths[17] ?? '');
    mkdirSync(join(root, 'fresh'));
    edit(root, 'fresh/a.js');
    expect(await listDirty(root, [...paths, 'fresh/a.js'])).toEqual([paths[17], paths[423], 'fresh/a.js']);
  });

  test('seen from a root inside the repository', async () => {
    const repository = committed('packages/shop/a.js', 'packages/shop/b.js');
    edit(repository, 'packages/shop/a.js');
    expect(await listDirty(join(repository, 'packages/shop'), ['a.js', 'b.js'])).toEqual(['a.js']);
  });

  test('by the repository that is nearest to it', async () => {
    const root = committed('a.js');
    mkdirSync(join(root, 'plugin'));
    edit(root, 'plugin/b.js');
    edit(root, 'plugin/c.js');
    git(join(root, 'plugin'), 'init', '-q');
    git(join(root, 'plugin'), 'add', '-A');
    git(join(root, 'plugin'), 'commit', '-qm', 'Plugin');
    writeFileSync(join(root, 'plugin/b.js'), 'edited again');
    expect(await listDirty(root, ['a.js', 'plugin/b.js', 'plugin/c.js'])).toEqual(['plugin/b.js']);
  });

  test('also when a hook has set the variables of another repository', async () => {
    const root = committed('a.js');
    edit(root, 'a.js');
    const other = committed('a.js');
    process.env.GIT_DIR = join(other, '.git');
    try {
      expect(await listDirty(root, ['a.js'])).toEqual(['a.js']);
    } finally {
      delete process.env.GIT_DIR;
    }
  });
});

describe('no file is dirty', () => {
  test('that git ignores', async () => {
    const root = committed('a.js', '.gitignore');
    writeFileSync(join(root, '.gitignore'), 'b.js');
    edit(root, 'b.js');
    expect(await listDirty(root, ['b.js'])).toEqual([]);
  });

  test('in a repository without any commit', async () => {
    const root = makeTree({ 'a.js': 'old' });
    git(root, 'init', '-q');
    expect(await listDirty(root, ['a.js'])).toEqual([]);
  });

  test('outside of a repository, or in a folder that only looks like one', async () => {
    expect(await listDirty(makeTree({ 'a.js': '' }), ['a.js'])).toEqual([]);
    expect(await listDirty(makeTree({ 'a.js': '', '.git/': '' }), ['a.js'])).toEqual([]);
  });

  test('without git on the machine', async () => {
    const root = committed('a.js');
    edit(root, 'a.js');
    const path = process.env.PATH;
    process.env.PATH = join(root, 'nowhere');
    try {
      expect(await listDirty(root, ['a.js'])).toEqual([]);
    } finally {
      process.env.PATH = path;
    }
  });

  test('when none is asked for', async () => {
    const root = committed('a.js');
    edit(root, 'a.js');
    expect(await listDirty(root, [])).toEqual([]);
  });
});

test('a repository that git cannot read is a clear line, not a clean one', async () => {
  const root = committed('a.js');
  edit(root, 'a.js');
  rmSync(join(root, '.git/index'));
  writeFileSync(join(root, '.git/index'), 'damaged');
  const attempt = listDirty(root, ['a.js']);
  await expect(attempt).rejects.toThrow(UsageError);
  await expect(attempt).rejects.toThrow(
    /^Git cannot say which files have uncommitted changes \(.+\); put that right, or give --allow-dirty to write even so\.$/,
  );
});
