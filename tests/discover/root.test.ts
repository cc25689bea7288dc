import { describe, expect, test } from '@jest/globals';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findRoot } from '../../engine/discover/index.ts';
import { UsageError } from '../../engine/errors.ts';
import { makeTree } from './temporary-tree.ts';

describe('the root', () => {
  test('is the git top level, even when a package.json is nearer', () => {
    const tree = makeTree({ 'shop/.git/HEAD': '', 'shop/api/package.json': '{}', 'shop/api/src/app.js': '' });
    expect(findRoot(['src/app.js'], join(tree, 'shop/api'))).toEqual({
      root: join(tree, 'shop'),
      selected: [join(tree, 'shop/api/src/app.js')],
    });
  });

  test('is a linked work tree or submodule, whose .git is a file', () => {
    const tree = makeTree({ '.git/HEAD': '', 'plugins/mail/.git': 'gitdir: ../../.git/modules/mail', 'plugins/mail/index.js': '' });
    expect(findRoot([join(tree, 'plugins/mail/index.js')], tree).root).toBe(join(tree, 'plugins/mail'));
  });

  test('is the nearest folder with a package.json without git', () => {
    const tree = makeTree({ 'package.json': '{}', 'worker/package.json': '{}', 'worker/jobs/mail.js': '' });
    expect(findRoot(['jobs'], join(tree, 'worker')).root).toBe(join(tree, 'worker'));
  });

  test('is the folder of a file that belongs to no project', () => {
    const tree = makeTree({ 'scripts/backup.js': '' });
    expect(findRoot(['scripts/backup.js'], tree).root).toBe(join(tree, 'scripts'));
  });

  test('is the common folder of several such paths', () => {
    const tree = makeTree({ 'ops/scripts/backup.js': '', 'ops/cron/clean.js': '' });
    expect(findRoot(['ops/scripts/backup.js', 'ops/cron'], tree).root).toBe(join(tree, 'ops'));
  });

  test('is that of the current folder when no path is given', () => {
    const tree = makeTree({ '.git/HEAD': '', 'src/': '' });
    expect(findRoot([], join(tree, 'src'))).toEqual({ root: tree, selected: [join(tree, 'src')] });
  });

  test('of a repository and of a submodule in it is the outer one, whichever is named first', () => {
    const tree = makeTree({ '.git/HEAD': '', 'app.js': '', 'plugins/mail/.git': 'gitdir: elsewhere', 'plugins/mail/index.js': '' });
    for (const paths of [
      ['app.js', 'plugins/mail'],
      ['plugins/mail', 'app.js'],
    ]) {
      expect(findRoot(paths, tree).root).toBe(tree);
    }
  });

  test('and the paths are free of symbolic links', () => {
    const tree = makeTree({ 'real/.git/HEAD': '', 'real/app.js': '' });
    symlinkSync('real', join(tree, 'link'));
    expect(findRoot(['link/app.js', 'real/app.js'], tree)).toEqual({ root: join(tree, 'real'), selected: [join(tree, 'real/app.js')] });
  });
});

describe('a mistake is one line that says what to do', () => {
  const messageFor = (paths: readonly string[], cwd: string): string => {
    try {
      findRoot(paths, cwd);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      return (error as Error).message;
    }
    throw new Error('no error was thrown');
  };

  test('a path that does not exist', () => {
    expect(messageFor(['srv'], makeTree({ 'src/app.js': '' }))).toBe(
      '"srv" does not exist; check the spelling, and the folder that you are in.',
    );
  });

  test('a path below a file', () => {
    expect(messageFor(['app.js/x'], makeTree({ 'app.js': '' }))).toMatch(/^"app.js\/x" does not exist;/);
  });

  test('a path outside the root of the others', () => {
    const tree = makeTree({ 'shop/.git/HEAD': '', 'shop/app.js': '', 'blog/.git/HEAD': '', 'blog/app.js': '' });
    const message = messageFor(['shop', 'blog/app.js'], tree);
    expect(message).toBe(
      `"blog/app.js" lies outside the project ${join(tree, 'shop')} of the other paths; run nodelift once for each project.`,
    );
  });

  test('a folder whose name begins like the root is outside of it', () => {
    const tree = makeTree({ 'shop/.git/HEAD': '', 'shop-old/app.js': '' });
    expect(messageFor(['shop', 'shop-old'], tree)).toMatch(/^"shop-old" lies outside the project/);
  });

  test('a link that leads to itself', () => {
    const tree = makeTree({});
    symlinkSync('circle', join(tree, 'circle'));
    expect(messageFor(['circle'], tree)).toMatch(/^"circle" is a symbolic link that leads back to itself/);
  });

  test('what is neither a file nor a folder', () => {
    expect(messageFor(['/dev/null'], makeTree({}))).toBe(
      '"/dev/null" is neither a file nor a folder; name source files, or folders that hold them.',
    );
  });

  test('paths that have nothing but the whole disk in common', () => {
    const tree = makeTree({ 'a/': '' });
    mkdirSync(join(tree, 'b'));
    expect(messageFor([join(tree, 'a'), '/usr'], tree)).toMatch(/all of \/ would have to be read; put a package\.json/);
  });
});
