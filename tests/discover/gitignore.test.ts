import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decidingPattern, parsePatterns } from '../../engine/discover/gitignore.ts';
import { find, noGitSettings } from './run-discovery.ts';
import { makeTree } from './temporary-tree.ts';

const ignores = (text: string, path: string, { isFolder = false, ignoreCase = false } = {}): boolean => {
  const pattern = decidingPattern(parsePatterns(text, ignoreCase), { path, isFolder });
  return pattern !== undefined && !pattern.negated;
};

describe('a pattern of .gitignore', () => {
  test.each([
    ['a name matches at any depth', 'config.js', 'api/config.js', true],
    ['a name is the whole name', 'config.js', 'api/myconfig.js', false],
    ['a leading slash anchors', '/config.js', 'api/config.js', false],
    ['a slash in the middle anchors', 'api/config.js', 'v1/api/config.js', false],
    ['an anchored pattern matches at its place', 'api/config.js', 'api/config.js', true],
    ['a star stops at a slash', 'api/*.js', 'api/v1/app.js', false],
    ['a star matches a part of a name', 'test-*.js', 'deep/test-mail.js', true],
    ['an anchored star with a suffix stays in its folder', '/*.js', 'api/app.js', false],
    ['two stars lead anywhere', '**/legacy/*.js', 'a/b/legacy/app.js', true],
    ['two leading stars may stand for nothing', '**/legacy', 'legacy', true],
    ['two stars in the middle may stand for nothing', 'api/**/app.js', 'api/app.js', true],
    ['two stars in the middle stand for folders', 'api/**/app.js', 'api/v1/x/app.js', true],
    ['two stars at the end mean all that is inside', 'api/**', 'api/v1/app.js', true],
    ['two stars at the end do not mean the folder', 'api/**', 'api', false],
    ['a question mark is one character', 'v?.js', 'v1.js', true],
    ['a question mark is not a slash', '/v?x.js', 'v/x.js', false],
    ['brackets hold a range', 'v[0-9].js', 'v7.js', true],
    ['brackets with ! hold anything else', 'v[!0-9].js', 'v7.js', false],
    ['brackets with ! do not hold a slash', '/v[!0-9]x.js', 'v/x.js', false],
    ['a closing bracket may come first', 'v[]x].js', 'v].js', true],
    ['brackets hold classes', 'v[[:digit:]x].js', 'v3.js', true],
    ['a dash at the end of brackets is a dash', 'v[a-].js', 'v-.js', true],
    ['a backslash takes the meaning away', 'v\\*.js', 'v1.js', false],
    ['a backslash leaves the character', 'v\\*.js', 'v*.js', true],
    ['a comment matches nothing', '#app.js', '#app.js', false],
    ['an escaped hash is a hash', '\\#app.js', '#app.js', true],
    ['an escaped exclamation mark is one', '\\!app.js', '!app.js', true],
    ['spaces at the end fall away', 'app.js   ', 'app.js', true],
    ['an escaped space at the end stays', 'app.js\\ ', 'app.js ', true],
    ['a carriage return falls away', 'app.js\r', 'app.js', true],
    ['a slash at the end means no file', 'app.js/', 'app.js', false],
    ['a bracket that is not closed matches nothing', 'v[0-9.js', 'v[0-9.js', false],
    ['a backslash at the end matches nothing', 'app.js\\', 'app.js', false],
    ['a dot is a dot', 'a.js', 'axjs', false],
    ['a dollar sign is one', 'a$.js', 'a$.js', true],
    ['upper case is not lower case', 'App.js', 'app.js', false],
    ['the last pattern decides', '*.js\n!app.js', 'app.js', false],
    ['and may take away again what an earlier one took in', '!app.js\n*.js', 'app.js', true],
    ['characters beyond the first plane are one', 'v?.js', 'v🚀.js', true],
  ])('%s: %j on %j is %j', (_, pattern, path, expected) => {
    expect(ignores(pattern, path)).toBe(expected);
  });

  test('a slash at the end means folders', () => {
    expect(ignores('cache/', 'api/cache', { isFolder: true })).toBe(true);
  });

  test('case makes no difference where git was told so', () => {
    expect(ignores('App.js', 'app.js', { ignoreCase: true })).toBe(true);
  });

  test('a byte order mark is no part of the first pattern', () => {
    expect(ignores('\uFEFFapp.js', 'app.js')).toBe(true);
  });
});

describe('as git itself', () => {
  const files = ['app.js', 'a/app.js', 'a/b.js', 'a/b/app.js', 'a/b/ab.js', 'b/a/a.js', 'b/app.js', 'ab/a.js', 'a/a/a/a.js'];
  const piece = fc.constantFrom('a', 'b', 'app', '.js', '*', '?', '[ab]', '[!a]', '**');
  const name = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''));
  const line = fc
    .tuple(
      fc.constantFrom('', '', '!'),
      fc.constantFrom('', '/', '**/'),
      fc.array(name, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '/', '/**'),
    )
    .map(([negation, start, names, end]) => `${negation}${start}${names.join('/')}${end}`)
    // Git takes a part of a name like `b**` for `b/**` in some of its versions, against its own documentation.
    .filter((pattern) => !/[^/!*]\*\*|\*\*[^/*]|\*{3}/.test(pattern));
  const text = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'));

  test('any patterns in the root, in folders, in info/exclude and in the global file leave the same files', async () => {
    const tree = makeTree(Object.fromEntries(files.map((file) => [file, 'start();\n'])));
    const home = makeTree({ '.config/git/': '' });
    const env = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
    spawnSync('git', ['init', '-q'], { cwd: tree, env });
    const places = [join(tree, '.gitignore'), join(tree, 'a/.gitignore'), join(tree, 'a/b/.gitignore'), join(tree, '.git/info/exclude')];
    const all = [...places, join(home, '.config/git/ignore')];
    let ignoredSomething = 0;
    await fc.assert(
      fc.asyncProperty(fc.tuple(text, text, text, text, text), async (texts) => {
        all.forEach((place, index) => writeFileSync(place, texts[index] ?? ''));
        const listed = spawnSync('git', ['ls-files', '-z', '--others', '--exclude-standard'], { cwd: tree, env, encoding: 'utf8' });
        const expected = listed.stdout.split('\0').filter((path) => path.endsWith('.js'));
        if (expected.length < files.length) ignoredSomething += 1;
        expect((await find(tree, { env })).paths).toEqual(expected.sort());
      }),
      { numRuns: 150 },
    );
    expect(ignoredSomething).toBeGreaterThan(50);
  });
});

describe('the files that git reads', () => {
  test('a nested .gitignore takes back in what an outer one leaves out', async () => {
    const tree = makeTree({
      '.gitignore': '*.gen.js\nbuild/\n',
      'routes.gen.js': 'run();',
      'build/index.js': 'run();',
      'api/.gitignore': '!routes.gen.js\n!build/\n',
      'api/routes.gen.js': 'run();',
      'api/build/index.js': 'run();',
      'api/build/app.gen.js': 'run();',
    });
    const { paths, rules } = await find(tree);
    expect(paths).toEqual(['api/build/index.js', 'api/routes.gen.js']);
    expect(rules).toEqual(['api/build/app.gen.js: gitignore', 'build/: gitignore', 'routes.gen.js: gitignore']);
  });

  test('the pattern and its file are named', async () => {
    const { leftOut } = await find(makeTree({ 'api/.gitignore': '# temporary\n/tmp-*\n', 'api/tmp-1.js': 'run();' }));
    expect(leftOut).toEqual([{ path: 'api/tmp-1.js', rule: 'gitignore', detail: '/tmp-* (api/.gitignore)' }]);
  });

  test('an ignored folder is not entered, even for a file that its own .gitignore takes back in', async () => {
    const tree = makeTree({ '.gitignore': 'old/', 'old/.gitignore': '!app.js', 'old/app.js': 'run();' });
    expect((await find(tree)).paths).toEqual([]);
  });

  test.each([
    ['of XDG_CONFIG_HOME', { 'xdg/git/ignore': '*.local.js' }, { XDG_CONFIG_HOME: 'xdg' }],
    ['of the home folder', { 'home/.config/git/ignore': '*.local.js' }, {}],
    [
      'that ~/.gitconfig names',
      { 'home/.gitconfig': '[user]\n\tname = x\n[Core] ; mine\n\texcludesFile = "~/own" # here\n', 'home/own': '*.local.js' },
      {},
    ],
    ['that the repository names', { 'project/.git/config': '[core]\n\texcludesfile = ../project/own\n', 'project/own': '*.local.js' }, {}],
  ])('a global excludes file %s', async (_, files, variables: Record<string, string>) => {
    const tree = makeTree({ ...files, 'project/.git/HEAD': '', 'project/app.js': 'run();', 'project/app.local.js': 'run();' });
    const absolute = Object.fromEntries(Object.entries(variables).map(([name, path]) => [name, join(tree, path)]));
    const env = { HOME: join(tree, 'home'), GIT_CONFIG_NOSYSTEM: '1', ...absolute };
    expect((await find(join(tree, 'project'), { env })).paths).toEqual(['app.js']);
  });

  test('info/exclude of a linked work tree is that of its repository', async () => {
    const tree = makeTree({
      'main/.git/info/exclude': 'secret.js',
      'main/.git/worktrees/fix/commondir': '../..\n',
      'fix/secret.js': 'run();',
      'fix/app.js': 'run();',
    });
    writeFileSync(join(tree, 'fix/.git'), `gitdir: ${join(tree, 'main/.git/worktrees/fix')}\n`);
    expect((await find(join(tree, 'fix'))).paths).toEqual(['app.js']);
  });

  test('a nested repository has rules of its own', async () => {
    const tree = makeTree({
      '.git/HEAD': '',
      '.gitignore': '*.gen.js',
      'plugin/.git/info/exclude': 'local.js',
      'plugin/a.gen.js': 'run();',
      'plugin/local.js': 'run();',
    });
    expect((await find(tree)).paths).toEqual(['plugin/a.gen.js']);
  });

  test('case makes no difference when the repository says so', async () => {
    const tree = makeTree({ '.git/config': '[core]\n\tignorecase = true\n', '.gitignore': 'Old.js', 'old.js': 'run();' });
    expect((await find(tree)).paths).toEqual([]);
  });

  test('none of them counts with gitignore off', async () => {
    const tree = makeTree({
      '.git/info/exclude': 'a.js',
      '.gitignore': 'b.js',
      'a.js': 'run();',
      'b.js': 'run();',
      'c/.git/info/exclude': 'd.js',
      'c/d.js': 'run();',
    });
    expect((await find(tree, { gitignore: false })).paths).toEqual(['a.js', 'b.js', 'c/d.js']);
  });

  test('a .gitignore that is a folder does no harm', async () => {
    const tree = makeTree({ '.gitignore/x': '', 'app.js': 'run();' });
    const { paths, failures } = await find(tree, { env: noGitSettings });
    expect({ paths, failures }).toEqual({ paths: ['app.js'], failures: [] });
    rmSync(tree, { recursive: true });
  });
});
