import { describe, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { find } from './run-discovery.ts';
import { makeTree } from './temporary-tree.ts';

const code = 'start();\n';

/** A tree in which every file holds the same code. */
const treeOf = (...paths: readonly string[]): string => makeTree(Object.fromEntries(paths.map((path) => [path, code])));

describe('what counts as a source', () => {
  test('the extensions of JavaScript and TypeScript, without type declarations', async () => {
    const sources = ['a.cjs', 'a.cts', 'a.js', 'a.jsx', 'a.mjs', 'a.mts', 'a.ts', 'a.tsx'];
    const others = ['a.d.ts', 'a.d.cts', 'a.d.mts', 'a.d.css.ts', 'a.json', 'a.js.map', 'a.coffee', 'js', 'README.md'];
    expect((await find(treeOf(...sources, ...others))).paths).toEqual(sources);
  });

  test('a file like d.ts is one, since its whole name is before the dot', async () => {
    expect((await find(treeOf('d.ts'))).paths).toEqual(['d.ts']);
  });

  test('a script without extension whose first line calls node, among scripts', async () => {
    const tree = makeTree({
      'bin/www': '#!/usr/bin/env node\nstart();\n',
      'scripts/seed': '#!/usr/local/bin/nodejs --harmony\nstart();\n',
      'bin/deploy': '#!/bin/sh\nnode app.js\n',
      'bin/README': 'about node',
      'data/node': '#!/usr/bin/env node\n',
    });
    expect((await find(tree)).paths).toEqual(['bin/www', 'scripts/seed']);
  });

  test('a script without extension that package.json declares', async () => {
    const script = '#!/usr/bin/env node\nstart();\n';
    const tree = makeTree({
      'package.json': '{ "bin": { "shop": "./cli/shop", "x": 1 } }',
      'cli/shop': script,
      'cli/other': script,
      'tool/package.json': '{ "bin": "tool" }',
      'tool/tool': script,
      'broken/package.json': '{ "bin": ',
    });
    expect((await find(tree)).paths).toEqual(['cli/shop', 'tool/tool']);
  });

  test('an ignored script is none', async () => {
    const tree = makeTree({
      '.gitignore': 'bin',
      'bin/www': '#!/usr/bin/env node\n',
      'cmd/.gitignore': 'www',
      'cmd/www': '#!/usr/bin/env node\n',
    });
    expect((await find(tree)).paths).toEqual([]);
  });
});

describe('what is left out', () => {
  test('folders of installed, vendored and built code, each named once', async () => {
    const tree = treeOf(
      'node_modules/a/index.js',
      'api/node_modules/b/index.js',
      'bower_components/c.js',
      'third_party/d.js',
      'web/dist/e.js',
      'app.js',
    );
    const { paths, rules } = await find(tree);
    expect(paths).toEqual(['app.js']);
    expect(rules).toEqual([
      'api/node_modules/: vendored',
      'bower_components/: vendored',
      'node_modules/: vendored',
      'third_party/: vendored',
      'web/dist/: generated',
    ]);
  });

  test('never lib, build, out, src or hidden folders of their own', async () => {
    const paths = ['.github/scripts/a.js', 'build/b.js', 'lib/c.js', 'out/d.js', 'src/e.js'];
    expect((await find(treeOf(...paths))).paths).toEqual(paths);
  });

  test('vendor at the top of a package and among browser assets, but not the vendors of a shop', async () => {
    const tree = treeOf('package.json', 'vendor/jquery.js', 'public/js/vendor/underscore.js', 'controllers/vendor/list.js');
    const { paths, rules } = await find(tree);
    expect(paths).toEqual(['controllers/vendor/list.js']);
    expect(rules).toEqual(['public/js/vendor/: vendored', 'vendor/: vendored']);
  });

  test('the folders of version control and our own, without a word', async () => {
    expect(await find(treeOf('.git/hooks/a.js', '.nodelift/journal/b.js', '.svn/c.js', '.hg/d.js'))).toMatchObject({
      paths: [],
      rules: [],
    });
  });

  test('minified files by their name', async () => {
    expect((await find(treeOf('jquery.min.js', 'yui-min.js', 'lib.packed.js', 'admin.js'))).paths).toEqual(['admin.js']);
  });

  test('what --ignore names, in the syntax of .gitignore', async () => {
    const tree = treeOf('.gitignore', 'a.test.js', 'api/b.test.js', 'legacy/c.js', 'api/legacy/d.js', 'keep.test.js');
    const { paths, leftOut } = await find(tree, { ignore: ['*.test.js', '!keep.test.js', '/legacy/'] });
    expect(paths).toEqual(['api/legacy/d.js', 'keep.test.js']);
    expect(leftOut).toContainEqual({ path: 'legacy/', rule: 'ignore', detail: '/legacy/ (--ignore)' });
  });

  test('--ignore holds without .gitignore too', async () => {
    expect((await find(treeOf('a.js', 'b.js'), { ignore: ['a.js'], gitignore: false })).paths).toEqual(['b.js']);
  });
});

describe('a path that a person names', () => {
  test('is marked, and the rest of the program is read too', async () => {
    const { paths, selectedPaths } = await find(treeOf('api/a.js', 'api/b.js', 'apis/c.js', 'd.js'), { selected: ['api'] });
    expect(paths).toEqual(['api/a.js', 'api/b.js', 'apis/c.js', 'd.js']);
    expect(selectedPaths).toEqual(['api/a.js', 'api/b.js']);
  });

  test('is read although a rule leaves it out; below it the rules apply anew', async () => {
    const tree = makeTree({
      '.gitignore': '*.gen.js',
      'node_modules/shop/index.js': code,
      'node_modules/shop/a.gen.js': code,
      'node_modules/shop/.gitignore': 'local.js',
      'node_modules/shop/local.js': code,
      'node_modules/shop/node_modules/x/index.js': code,
      'node_modules/other/index.js': code,
    });
    const { paths, rules } = await find(tree, { selected: ['node_modules/shop'] });
    expect(paths).toEqual(['node_modules/shop/a.gen.js', 'node_modules/shop/index.js']);
    expect(rules).toEqual([
      'node_modules/: vendored',
      'node_modules/shop/local.js: gitignore',
      'node_modules/shop/node_modules/: vendored',
    ]);
  });

  test('is not also listed as left out', async () => {
    const { paths, rules } = await find(treeOf('dist/app.js'), { selected: ['dist'] });
    expect({ paths, rules }).toEqual({ paths: ['dist/app.js'], rules: [] });
  });

  test.each([
    ['ignored', 'secret.js', code],
    ['minified by name', 'jquery.min.js', code],
    ['minified by content', 'bundle.js', `${'function f(a){if(a){return g(a)}var b=new C;'.repeat(100)}\n`],
    ['generated', 'schema.js', `// @generated\n${code}`],
    ['in a folder that is left out', 'dist/app.js', code],
  ])('is read when it is a file that is %s', async (_, path, content) => {
    const tree = makeTree({ '.gitignore': 'secret.js', [path]: content });
    expect((await find(tree)).paths).toEqual([]);
    const { paths, rules } = await find(tree, { selected: [path] });
    expect(paths).toEqual([path]);
    expect(rules.filter((rule) => rule.startsWith(path))).toEqual([]);
  });

  test('may be a script without extension anywhere', async () => {
    const tree = makeTree({ 'ops/backup': '#!/usr/bin/env node\nstart();\n' });
    expect((await find(tree, { selected: ['ops/backup'] })).selectedPaths).toEqual(['ops/backup']);
  });

  test.each(['README.md', 'types.d.ts', 'Makefile'])('%s is no source, and that is said', async (path) => {
    expect(await find(treeOf(path), { selected: [path] })).toMatchObject({ paths: [], rules: [`${path}: extension`] });
  });

  test('is left out when the same person asks to ignore it, or a folder that holds it', async () => {
    const tree = treeOf('api/a.js', 'api/a.test.js', 'dist/b.js');
    const { paths } = await find(tree, { selected: ['api/a.test.js', 'dist/b.js'], ignore: ['*.test.js', 'dist'] });
    expect(paths).toEqual(['api/a.js']);
  });

  test('is read once when it is named twice, or together with its folder', async () => {
    const tree = treeOf('dist/a/b.js');
    expect((await find(tree, { selected: ['dist/a/b.js', 'dist', 'dist/a'] })).paths).toEqual(['dist/a/b.js']);
  });
});

describe('symbolic links', () => {
  test('inside the root are not followed: the file has its own turn', async () => {
    const tree = treeOf('lib/a.js');
    symlinkSync('a.js', join(tree, 'lib/b.js'));
    symlinkSync('lib', join(tree, 'src'));
    const { paths, leftOut } = await find(tree);
    expect(paths).toEqual(['lib/a.js']);
    expect(leftOut).toEqual([
      { path: 'lib/b.js', rule: 'symlink', detail: 'it leads to lib/a.js, which has its own turn' },
      { path: 'src', rule: 'symlink', detail: 'it leads to lib, which has its own turn' },
    ]);
  });

  test('out of the root are never followed', async () => {
    const outside = treeOf('secret.js', 'more/secret.js');
    const tree = treeOf('app.js');
    symlinkSync(join(outside, 'secret.js'), join(tree, 'file.js'));
    symlinkSync(join(outside, 'more'), join(tree, 'folder'));
    const { paths, leftOut } = await find(tree);
    expect(paths).toEqual(['app.js']);
    expect(leftOut).toContainEqual({ path: 'folder', rule: 'symlink', detail: `it leads out of the project, to ${join(outside, 'more')}` });
    expect(leftOut).toContainEqual({
      path: 'file.js',
      rule: 'symlink',
      detail: `it leads out of the project, to ${join(outside, 'secret.js')}`,
    });
  });

  test('in a circle end', async () => {
    const tree = treeOf('a/app.js');
    symlinkSync('..', join(tree, 'a/up'));
    symlinkSync('self.js', join(tree, 'a/self.js'));
    const { paths, rules } = await find(tree);
    expect(paths).toEqual(['a/app.js']);
    expect(rules).toEqual(['a/self.js: symlink', 'a/up: symlink']);
  });

  test('to what is no source are not worth a word', async () => {
    const tree = treeOf('README.md');
    symlinkSync('README.md', join(tree, 'index.md'));
    symlinkSync('gone', join(tree, 'current'));
    expect((await find(tree)).rules).toEqual([]);
  });
});

describe('the order', () => {
  test('is that of the paths, whatever the file system gives', async () => {
    const { paths, rules } = await find(treeOf('b/a.js', 'a.js', 'B.js', 'b.js', 'a/z.js', 'ä.js', 'z/dist/x.js', 'a/dist/x.js'));
    expect(paths).toEqual(['B.js', 'a.js', 'a/z.js', 'b.js', 'b/a.js', 'ä.js']);
    expect(rules).toEqual(['a/dist/: generated', 'z/dist/: generated']);
  });
});

describe('what a file holds', () => {
  test('line endings, and the absence of one at the end, are kept', async () => {
    const text = 'one();\r\ntwo();\rthree();\n\n\tfour()';
    const { sources } = await find(makeTree({ 'a.js': text }));
    expect(sources[0]?.source).toEqual({ path: 'a.js', text, bom: false });
  });

  test('a byte order mark is remembered, and only one is taken off', async () => {
    const { sources } = await find(makeTree({ 'a.js': '\uFEFFstart();', 'b.js': '\uFEFF\uFEFFstart();' }));
    expect(sources.map(({ source }) => source)).toEqual([
      { path: 'a.js', text: 'start();', bom: true },
      { path: 'b.js', text: '\uFEFFstart();', bom: true },
    ]);
  });

  test('an empty file is a source', async () => {
    const { sources } = await find(makeTree({ 'a.js': '', 'b.js': '\uFEFF' }));
    expect(sources.map(({ source }) => source.text)).toEqual(['', '']);
  });

  test('names with spaces and characters of any kind are kept', async () => {
    expect((await find(treeOf('über uns/a b\'"$.js', '日本/🚀.ts'))).paths).toEqual(['über uns/a b\'"$.js', '日本/🚀.ts']);
  });

  test.each([
    ['UTF-16 with a mark', Buffer.from('\uFEFFstart();', 'utf16le'), 'is UTF-16, which Node.js does not run; convert it to UTF-8 first'],
    [
      'UTF-16, big-endian',
      Buffer.from('\uFEFFstart();', 'utf16le').swap16(),
      'is UTF-16, which Node.js does not run; convert it to UTF-8 first',
    ],
    [
      'UTF-16 without a mark',
      Buffer.from('start(1, 2, 3);', 'utf16le'),
      'is UTF-16, which Node.js does not run; convert it to UTF-8 first',
    ],
    ['binary', Buffer.from('\x7fELF\x02\x01\0\0\0start'), 'is binary, not source text; leave it out with --ignore'],
    ['Latin-1', Buffer.from('start();\n// caf\xe9\n', 'latin1'), 'is not valid UTF-8 (line 2); convert it to UTF-8 first'],
    ['UTF-8 that breaks off', Buffer.from('a();\nb();\n// \xe2\x82', 'latin1'), 'is not valid UTF-8 (line 3); convert it to UTF-8 first'],
  ])('%s is one clear line, and the others are read', async (_, bytes, error) => {
    const { paths, failures } = await find(makeTree({ 'odd.js': bytes, 'app.js': code }));
    expect(paths).toEqual(['app.js']);
    expect(failures).toEqual([{ kind: 'file', path: 'odd.js', selected: true, error }]);
  });

  test('a binary file that is too large to be read is one too', async () => {
    const tree = makeTree({ 'odd.js': '' });
    truncateSync(join(tree, 'odd.js'), 3_000_000_000);
    expect((await find(tree)).failures).toMatchObject([
      { path: 'odd.js', error: 'is binary, not source text; leave it out with --ignore' },
    ]);
  });

  test('and so is a text that is too large to be source', async () => {
    const { failures } = await find(makeTree({ 'odd.js': Buffer.alloc(65 * 1024 * 1024, 'text\n') }));
    expect(failures).toMatchObject([{ path: 'odd.js', error: 'is too large to be source text (65 MB); leave it out with --ignore' }]);
  });

  test('a large source is read as a whole', async () => {
    const text = code.repeat(200_000);
    expect((await find(makeTree({ 'a.js': text }))).sources[0]?.source.text).toBe(text);
  });

  test('a minified bundle of 5 MB is left out and counted', async () => {
    const bundle = 'function f(a){if(a){return g(a)}var b=new C;};'.repeat(115_000);
    expect(await find(makeTree({ 'bundle.js': bundle }))).toMatchObject({ paths: [], rules: ['bundle.js: minified'] });
  });

  test('a video and a translation that are called .ts are no TypeScript, and no failure', async () => {
    const video = Buffer.alloc(188 * 20_000);
    for (let packet = 0; packet < video.length; packet += 188) video[packet] = 0x47;
    const tree = makeTree({ 'clip.ts': video, 'app_de.ts': '<?xml version="1.0"?>\n<!DOCTYPE TS>\n<TS/>' });
    expect(await find(tree)).toMatchObject({ paths: [], failures: [], rules: ['app_de.ts: extension', 'clip.ts: extension'] });
  });
});

describe('what happens meanwhile', () => {
  test('a file that vanishes before it is read is a failure of that file', async () => {
    const tree = treeOf('a.js', 'b.js');
    const { paths, failures } = await find(tree, {
      onProgress: ({ phase }) => phase === 'read' && rmSync(join(tree, 'a.js'), { force: true }),
    });
    expect(paths).toEqual(['b.js']);
    expect(failures).toEqual([{ kind: 'file', path: 'a.js', selected: true, error: 'was deleted before it could be read' }]);
  });

  test('a file that becomes a folder is a failure of that file', async () => {
    const tree = treeOf('a.js', 'b.js');
    const replace = (): void => {
      rmSync(join(tree, 'a.js'), { recursive: true });
      mkdirSync(join(tree, 'a.js'));
    };
    const { paths, failures } = await find(tree, { onProgress: ({ phase }) => phase === 'read' && replace() });
    expect(paths).toEqual(['b.js']);
    expect(failures).toMatchObject([{ path: 'a.js', error: 'cannot be read: it is a folder' }]);
  });

  test('a failure outside of the selection is marked so', async () => {
    const tree = makeTree({ 'odd.js': Buffer.from([0]), 'api/odd.js': Buffer.from([0]) });
    const { failures } = await find(tree, { selected: ['api'] });
    expect(failures.map(({ path, selected }) => `${path} ${selected}`)).toEqual(['api/odd.js true', 'odd.js false']);
  });

  test('progress is told, and ends at the total', async () => {
    const steps: string[] = [];
    await find(treeOf('a.js', 'b/c.js'), { onProgress: ({ phase, done, total }) => steps.push(`${phase} ${done}/${total}`) });
    expect(steps).toEqual(expect.arrayContaining(['discover 2/2', 'read 0/2']));
    expect(steps.at(-1)).toBe('read 2/2');
  });

  test('an aborted signal ends it with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const tree = treeOf('a.js');
    const abort = (): void => controller.abort(reason);
    await expect(find(tree, { signal: controller.signal, onProgress: abort })).rejects.toBe(reason);
    writeFileSync(join(tree, 'b.js'), code);
    await expect(find(tree, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
