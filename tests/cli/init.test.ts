import { describe, expect, test } from '@jest/globals';
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../cli/config.ts';
import { summaries } from '../../transforms/summaries.ts';
import { say, type Said } from './fake-world.ts';
import { inProject } from './temporary-project.ts';

const FILE = 'nodelift.config.mjs';
const init = (cwd: string): Promise<Said> => say({ args: ['init'], cwd });

const backend = JSON.stringify({
  name: 'shop',
  main: 'lib',
  scripts: { test: 'mocha test' },
  dependencies: { express: '^4.16.2', mysql: '~2.15.0', 'left-pad': '1.0.0', mongoose: '5.x', bluebird: '*' },
  devDependencies: { mocha: '^3.5.0' },
});

describe('nodelift init', () => {
  test('says what it found in the project', async () => {
    const installed = JSON.stringify({ name: 'mysql', version: '2.18.1' });
    const files = { 'package.json': backend, 'lib/index.js': '', 'node_modules/mysql/package.json': installed };
    await inProject(files, async ({ folder }) => {
      const { code, stdout, stderr, loaded } = await init(folder);
      expect([code, loaded]).toEqual([0, false]);
      expect(stdout).toBe(
        [
          `wrote ${FILE}`,
          '  SQL drivers                  mysql 2.18',
          '  MongoDB clients              mongoose 5.0',
          '  frameworks and test runners  express 4.16, mocha 3.5',
          '  promise libraries            bluebird',
          '  public API                   1 entry file: lib/index.js',
          '  tests                        npm test (mocha test)',
          '',
        ].join('\n'),
      );
      expect(stderr).toBe('Next: nodelift list . counts the sites, nodelift previews, nodelift --write --check "npm test" applies.\n');
    });
  });

  test('writes a configuration that changes nothing yet, with what it found in the comments', async () => {
    await inProject({ 'package.json': backend, 'lib/index.js': '' }, async (project) => {
      await init(project.folder);
      const text = project.bytes(FILE);
      expect(text).toContain("'parameterize-sql', // SQL built from strings becomes parameterized queries; here: mysql 2.15\n");
      expect(text).toContain('what lib/index.js gives.');
      expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
      expect(await loadConfig(undefined, project.folder)).toEqual({
        config: { transforms: summaries.map(({ name }) => name), publicApi: 'keep' },
        file: FILE,
      });
    });
  });

  test('what is commented out is right once the slashes are gone', async () => {
    await inProject({ 'package.json': backend }, async (project) => {
      await init(project.folder);
      const all = project.bytes(FILE).replace(/^ {2}\/\/ (?=\w+: .*,$)/gm, '  ');
      writeFileSync(join(project.folder, 'all.mjs'), all);
      const { config } = await loadConfig('all.mjs', project.folder);
      expect(Object.keys(config).sort()).toEqual([
        'gitignore',
        'ignore',
        'includeStartup',
        'onRejection',
        'publicApi',
        'sqlClients',
        'sqlFunctions',
        'transforms',
        'tsconfig',
        'unsafe',
      ]);
    });
  });

  test('in a folder of the project writes beside package.json', async () => {
    await inProject({ 'package.json': backend, 'src/deep/a.js': '' }, async ({ folder }) => {
      const { stdout } = await init(join(folder, 'src/deep'));
      expect(stdout.startsWith(`wrote ../../${FILE}\n`)).toBe(true);
      expect(existsSync(join(folder, FILE))).toBe(true);
    });
  });

  test('a private package, and the test that npm init writes', async () => {
    const manifest = { private: true, main: 'index.js', scripts: { test: 'echo "Error: no test specified" && exit 1' } };
    await inProject({ 'package.json': JSON.stringify(manifest), 'index.js': '' }, async (project) => {
      const { stdout, stderr } = await init(project.folder);
      expect(stdout).toBe(`wrote ${FILE}\n  public API  none\n  tests       none that npm test would run\n`);
      expect(stderr).not.toContain('--check');
      expect(project.bytes(FILE)).toContain('; no MongoDB client in package.json\n');
    });
  });

  const workspaces = {
    'packages/api/package.json': JSON.stringify({ name: 'api', private: true, dependencies: { express: '^4.16.2', pg: '^7.4.0' } }),
    'packages/jobs/package.json': JSON.stringify({ name: 'jobs', dependencies: { pg: '^8.11.0', express: '4.16.0' } }),
    'packages/jobs/index.js': '',
    'packages/old/package.json': JSON.stringify({ dependencies: { mysql: '2.15.0' } }),
    'packages/empty/index.js': '',
    'elsewhere/package.json': JSON.stringify({ dependencies: { mysql2: '1.0.0' } }),
  };
  const seen = [
    '  packages                     packages/api, packages/jobs',
    '  SQL drivers                  pg 7.4 (packages/api), pg 8.11 (packages/jobs)',
    '  frameworks and test runners  express 4.16 (packages/api, packages/jobs)',
    '  public API                   1 entry file: packages/jobs/index.js',
  ];
  test.each([
    ['npm and Yarn', { 'package.json': '{ "private": true, "workspaces": ["packages/*", "!packages/old"] }' }],
    ['Yarn 1', { 'package.json': '{ "private": true, "workspaces": { "packages": ["packages/api", "./packages/jobs/"] } }' }],
    ['Lerna', { 'package.json': '{ "private": true }', 'lerna.json': '{ "packages": ["packages/a*", "packages/j*"] }' }],
    [
      'pnpm',
      {
        'package.json': '{ "private": true }',
        'pnpm-workspace.yaml':
          '# ours\npackages:\n  # all\n  - \'packages/**\'\n  - "!packages/old"\nonlyBuiltDependencies:\n  - elsewhere\n',
      },
    ],
  ])('looks at each package that %s is told of', async (_tool, files) => {
    await inProject({ ...workspaces, ...files }, async ({ folder }) => {
      const { stdout } = await init(folder);
      expect(stdout).toBe([`wrote ${FILE}`, ...seen, '  tests                        none that npm test would run', ''].join('\n'));
    });
  });

  test('and at those in the folders of a repository that is no package itself', async () => {
    const files = { 'backend/package.json': JSON.stringify({ private: true, dependencies: { mysql: '2.15.0' } }), 'docs/a.md': '' };
    await inProject(files, async (project) => {
      const { stdout } = await init(project.folder);
      expect(stdout).toContain('  packages     backend\n  SQL drivers  mysql 2.15 (backend)\n');
      expect(project.bytes(FILE)).toContain('here: mysql 2.15 (backend)\n');
    });
  });

  test.each([
    [{}, 'found no package.json; run nodelift in the folder of the project'],
    [{ 'package.json': '{ "name": ' }, 'package.json cannot be read as JSON, so nothing is known of the project'],
  ])('%j: %s', async (files, message) => {
    await inProject(files, async ({ folder }) => {
      const { code, stdout } = await init(folder);
      expect([code, stdout]).toEqual([0, `wrote ${FILE}\n${message}\n`]);
      expect(existsSync(join(folder, FILE))).toBe(true);
    });
  });

  // Else a repository could have code of its own executed by whoever prepares it for nodelift.
  test('names from the project stay in their comments', async () => {
    const entry = 'a\nprocess.exit(1)\u2028throw 1;\r.js';
    await inProject(
      { 'package.json': JSON.stringify({ main: entry, scripts: { test: 'x\u001b[2J\ny' } }), [entry]: '' },
      async ({ folder }) => {
        const { stdout } = await init(folder);
        expect(stdout).toContain('npm test (x\\e[2J\\ny)\n');
        expect(stdout).toContain('a\\nprocess.exit(1)');
        expect((await loadConfig(undefined, folder)).config.publicApi).toBe('keep');
      },
    );
  });
});

describe('nodelift init leaves a configuration that is there', () => {
  test.each([
    ['nodelift.config.json', '{}'],
    ['nodelift.config.js', 'module.exports = {};'],
    [FILE, 'export default {};'],
    ['package.json', '{ "nodelift": {} }'],
  ])('%s', async (name, text) => {
    await inProject({ 'package.json': '{}', [name]: text, 'src/a.js': '' }, async (project) => {
      for (const [cwd, shown] of [
        [project.folder, name],
        [join(project.folder, 'src'), `../${name}`],
      ] as const) {
        const { code, stdout, stderr } = await init(cwd);
        expect([code, stdout, stderr]).toEqual([2, '', `error: ${shown} holds a configuration already; nothing was written.\n`]);
      }
      expect([project.bytes(name), project.git(['status', '--porcelain'])]).toEqual([text, '']);
    });
  });

  test('also a link that leads nowhere', async () => {
    await inProject({ 'package.json': '{}' }, async ({ folder }) => {
      symlinkSync(join(folder, 'elsewhere.mjs'), join(folder, FILE));
      const { code, stderr } = await init(folder);
      expect([code, stderr]).toEqual([2, `error: ${FILE} holds a configuration already; nothing was written.\n`]);
      expect(existsSync(join(folder, 'elsewhere.mjs'))).toBe(false);
    });
  });
});
