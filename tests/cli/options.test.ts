import { describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oneFix, say } from './fake-world.ts';

describe('a mistake in the command line is one line, exit 2, and loads no engine', () => {
  test.each([
    [['--wrte'], 'error: Unknown option --wrte. Did you mean --write?'],
    [['--no-write', 'src'], 'error: Unknown option --no-write.'],
    [['-x'], 'error: Unknown option -x. See nodelift --help'],
    [['-I'], 'error: Unknown option -I. See nodelift --help'],
    [['-i', '--check', 'x'], 'error: --interactive and --check decide in two ways which fixes stay; give one of them.'],
    [['--sinc', 'main'], 'error: Unknown option --sinc. Did you mean --since?'],
    [['--since', 'main', '--staged'], 'error: --since and --staged select files in two ways; give one of them.'],
    [['--shard', '3'], 'error: --shard is the share and the number of shares, such as 1/4 to 4/4, not "3".'],
    [['--shard', '0/4'], 'error: --shard is the share and the number of shares, such as 1/4 to 4/4, not "0/4".'],
    [['--shard', '5/4'], 'error: --shard is the share and the number of shares, such as 1/4 to 4/4, not "5/4".'],
    [['--check', 'npm test'], 'error: --check judges what was written; give --write too.'],
    [['--write', '--check-timeout', '5'], 'error: --check-timeout says how long --check may take; give --check too.'],
    [['--write', '--check', 'x', '--check-timeout', 'soon'], 'error: --check-timeout is a number of seconds, not "soon".'],
    [['--jobs', '0'], 'error: --jobs is a number of threads, such as 4, not "0".'],
    [['--jobs', 'many'], 'error: --jobs is a number of threads, such as 4, not "many".'],
    [['--write', '--check', 'x', '--check-timeout', '0'], 'error: --check-timeout is a number of seconds, not "0".'],
    [['--write', '--dry-run'], 'error: --write applies and --dry-run previews; give one of them.'],
    [['--quiet', '--verbose'], 'error: --quiet and --verbose contradict each other; give one of them.'],
    [['-t', 'parametrize-sql'], 'error: --transform: there is no transform "parametrize-sql". Did you mean "parameterize-sql"?'],
    [['-t', 'sql'], 'error: --transform: there is no transform "sql". Did you mean "parameterize-sql"?'],
    [['-t', 'zzz'], 'error: --transform: there is no transform "zzz". "nodelift list" names them.'],
    [['-t', 'a,,b'], 'error: --transform has an empty name; write names with a comma between them: --transform a,b'],
    [['--skip', 'calbacks-to-async'], 'error: --skip: there is no transform "calbacks-to-async". Did you mean "callbacks-to-async"?'],
    [
      ['-t', 'parameterize-sql', '--skip', 'parameterize-sql'],
      'error: No transform is left to run; select fewer to skip, or see "nodelift list".',
    ],
    [['-o'], 'error: --output needs a value: --output <file>'],
    [['-o', '--write'], 'error: --output needs a value: --output <file>'],
    [['-o', '--wrte'], 'error: --output needs a value: --output <file>, and "--wrte" looks like an option.'],
    [['-o', 'a', '-o', 'b'], 'error: --output is given twice, as "a" and "b"; give one of them.'],
    [['--transform='], 'error: --transform needs a value: --transform <names>'],
    [['--write=maybe'], 'error: --write takes no value, and "maybe" was given; write --write'],
    [['--format', 'jsn'], 'error: --format is one of diff, stat, json, sarif, github, markdown, html, not "jsn". Did you mean "json"?'],
    [['--format', 'xml'], 'error: --format is one of diff, stat, json, sarif, github, markdown, html, not "xml".'],
    [['--format', 'json', '--format', 'diff'], 'error: JSON and another format cannot share stdout; send the last one to a file:'],
    [['--public-api', 'yes'], 'error: --public-api is one of keep, change, not "yes".'],
    [
      ['-o', '/nowhere/at/all/report.json'],
      'error: --output "/nowhere/at/all/report.json" cannot be written: there is no folder /nowhere/at/all;',
    ],
    [['list', '--write'], 'error: --write has no meaning for "nodelift list"; see nodelift list --help'],
    [['src', '--json'], 'error: --json belongs to "nodelift list"; see nodelift --help'],
    [['undo', 'src'], 'error: "nodelift undo" takes no "src"; for the folder named "undo", write nodelift ./undo'],
    [['init', 'src'], 'error: "nodelift init" takes no "src"; for the folder named "init", write nodelift ./init'],
    [['explain'], 'error: Explain what? Give a transform ("nodelift list" names them) or a reason code: nodelift explain barrier'],
    [['explain', 'barier'], 'error: "barier" is neither a transform nor a reason code. Did you mean "barrier"?'],
    [['explain', 'barrier', 'escapes'], 'error: "nodelift explain" takes one name; "escapes" is one too many.'],
  ])('nodelift %j', async (args, message) => {
    const { code, stdout, stderr, loaded } = await say({ args });
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([code, stdout, loaded]).toEqual([2, '', false]);
  });
});

describe('what is asked of the engine', () => {
  test('without arguments: every transform, the folder one is in, safe fixes only', async () => {
    const { asked } = await say({ args: [] });
    expect(asked?.transforms.map(({ name }) => name)).toEqual([
      'callbacks-to-async',
      'sync-to-promises',
      'parameterize-sql',
      'streams-to-pipeline',
      'handle-promises',
    ]);
    expect(asked).toMatchObject({
      paths: [],
      cwd: '/project',
      unsafe: false,
      ignore: [],
      gitignore: true,
      transformOptions: { publicApi: 'keep', includeStartup: false },
    });
  });

  test('comma lists and repeats of -t select, in the standard order', async () => {
    const { asked } = await say({ args: ['-t', 'handle-promises,parameterize-sql', 'src', '-t', 'callbacks-to-async'] });
    expect(asked?.transforms.map(({ name }) => name)).toEqual(['callbacks-to-async', 'parameterize-sql', 'handle-promises']);
    expect(asked?.paths).toEqual(['src']);
  });

  test('--skip leaves out', async () => {
    const { asked } = await say({ args: ['--skip', 'callbacks-to-async,sync-to-promises', '--skip', 'parameterize-sql'] });
    expect(asked?.transforms.map(({ name }) => name)).toEqual(['streams-to-pipeline', 'handle-promises']);
  });

  test('the scope', async () => {
    const args = [
      'a',
      '123',
      '--ignore',
      'legacy/**',
      '--ignore',
      '*.old.js',
      '--no-gitignore',
      '--unsafe',
      '--tsconfig',
      'ts.json',
      '--public-api',
      'change',
    ];
    const { asked } = await say({ args: [...args, '--include-startup', '--', '-odd'] });
    expect(asked).toMatchObject({
      paths: ['a', '123', '-odd'],
      ignore: ['legacy/**', '*.old.js'],
      gitignore: false,
      unsafe: true,
      tsconfig: 'ts.json',
      transformOptions: { publicApi: 'change', includeStartup: true },
    });
  });
});

describe('help', () => {
  test('has its sections, ends with examples and exit codes, and fits 80 columns', async () => {
    const { code, stdout, stderr, loaded } = await say({ args: ['--help'] });
    expect([code, stderr, loaded]).toEqual([0, '', false]);
    expect(stdout.match(/^[A-Z][a-z ]+$/gm)).toEqual(['Selection', 'Scope', 'Fix', 'Output', 'Troubleshooting', 'Examples', 'Exit codes']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test.each(['list', 'explain', 'undo', 'init', 'completion'])('nodelift %s --help is about that command alone', async (command) => {
    const { code, stdout } = await say({ args: [command, '--help'] });
    expect(code).toBe(0);
    expect(stdout).toContain(`nodelift ${command}`);
    expect(stdout).not.toContain('--unsafe');
  });
});

describe('the configuration', () => {
  async function inFolder<T>(files: Readonly<Record<string, string>>, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nodelift-config-')));
    try {
      mkdirSync(join(folder, '.git'));
      mkdirSync(join(folder, 'deep/er'), { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      return await work(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  const config = JSON.stringify({
    transforms: ['parameterize-sql', 'handle-promises'],
    skip: ['handle-promises'],
    unsafe: true,
    ignore: ['old'],
    tsconfig: 'ts.json',
  });

  test.each([
    ['nodelift.config.json', config],
    ['nodelift.config.mjs', `export default ${config}`],
    ['package.json', `{ "name": "x", "nodelift": ${config} }`],
  ])('is found upward in %s', async (name, text) => {
    await inFolder({ [name]: text }, async (folder) => {
      const { asked, stderr } = await say({ args: ['--ignore', 'older'], cwd: join(folder, 'deep/er') });
      expect([stderr.includes('error'), asked?.transforms.map((transform) => transform.name)]).toEqual([false, ['parameterize-sql']]);
      expect(asked).toMatchObject({ unsafe: true, ignore: ['old', 'older'], tsconfig: join(folder, 'ts.json') });
    });
  });

  test('gives way to the command line', async () => {
    await inFolder({ 'nodelift.config.json': config }, async (folder) => {
      const { asked } = await say({ args: ['-t', 'handle-promises', '--tsconfig', 'mine.json'], cwd: folder });
      expect(asked?.transforms.map(({ name }) => name)).toEqual(['handle-promises']);
      expect(asked?.tsconfig).toBe('mine.json');
    });
  });

  test.each([
    ['{ "transfroms": [] }', 'nodelift.config.json: unknown key "transfroms". Did you mean "transforms"?'],
    [
      '{ "zzz": [] }',
      'nodelift.config.json: unknown key "zzz". Known are transforms, skip, unsafe, ignore, gitignore, tsconfig, publicApi, includeStartup, onRejection, sqlClients, sqlFunctions.',
    ],
    ['{ "unsafe": "yes" }', 'nodelift.config.json: "unsafe" must be true or false, not "yes".'],
    ['{ "publicApi": true }', 'nodelift.config.json: "publicApi" must be "keep" or "change", not true.'],
    [
      '{ "sqlClients": { "db": "oracle" } }',
      'nodelift.config.json: "sqlClients" must be an object of names and drivers, which are pg, mysql, mysql2, sqlite3, sqlite, better-sqlite3, node:sqlite, @vercel/postgres, postgres, mariadb, pg-promise, mssql, prisma, not {"db":"oracle"}.',
    ],
    ['{ "ignore": "x" }', 'nodelift.config.json: "ignore" must be an array of globs, not "x".'],
    ['{ "skip": ["sql"] }', 'nodelift.config.json: "skip": there is no transform "sql". Did you mean "parameterize-sql"?'],
    ['[]', 'nodelift.config.json does not hold an object of options; write { … }.'],
    ['{\n  "unsafe": tru\n}', 'nodelift.config.json: Unexpected token'],
  ])('%j is refused in one line', async (text, message) => {
    await inFolder({ 'nodelift.config.json': text }, async (folder) => {
      const { code, stderr, loaded } = await say({ args: [], cwd: folder });
      expect(stderr.startsWith(`error: ${message}`)).toBe(true);
      expect([stderr.trimEnd().split('\n').length, code, loaded]).toEqual([1, 2, false]);
    });
  });

  test('two in one folder are refused', async () => {
    await inFolder({ 'nodelift.config.json': '{}', 'package.json': '{ "nodelift": {} }' }, async (folder) => {
      const { code, stderr } = await say({ args: [], cwd: folder });
      expect([code, stderr]).toEqual([
        2,
        'error: nodelift.config.json and package.json are both configurations; keep one, or name one with --config.\n',
      ]);
    });
  });

  test('a program that throws is refused', async () => {
    await inFolder({ 'nodelift.config.mjs': 'throw new Error("no database");' }, async (folder) => {
      const { code, stderr } = await say({ args: [], cwd: folder });
      expect([code, stderr]).toEqual([2, 'error: nodelift.config.mjs cannot be executed: no database\n']);
    });
  });

  test('one that is named and not there is refused', async () => {
    const { code, stderr } = await say({ args: ['-c', 'my.json'], result: oneFix() });
    expect([code, stderr]).toEqual([2, 'error: The configuration "my.json" does not exist; check --config.\n']);
  });
});
