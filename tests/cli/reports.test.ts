import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findingOf, oneFix, resultOf, say } from './fake-world.ts';

const patch = `diff --git a/server.js b/server.js
--- a/server.js
+++ b/server.js
@@ -1 +1 @@
-const a = readFileSync(p);
+const a = await readFile(p);
`;

const refusal = findingOf({
  id: 'r',
  status: 'refused',
  path: 'lib/config.js',
  start: { line: 10, column: 12 },
  title: '`readFileSync` blocks the event loop',
  reason: {
    code: 'barrier',
    message: '`loadConfig` cannot become async: it is called by the constructor of `Server`.',
    help: 'Move the call into an async `Server.create()`.',
    chain: [
      { name: 'loadConfig', span: { path: 'lib/config.js', start: 0, end: 1 } },
      { name: 'Server', span: { path: 'server.js', start: 0, end: 1 } },
    ],
  },
});

describe('the preview', () => {
  test('is the patch on stdout, and the summary on stderr', async () => {
    const { code, stdout, stderr } = await say({ args: [], result: oneFix() });
    expect([code, stdout]).toEqual([0, patch]);
    expect(stderr).toContain('1 file would change; 1 file read, 1 with a likely site.');
    expect(stderr).toContain('Nothing was changed; apply with --write.');
  });

  test('of a folder that one is not in says where its patch is applied', async () => {
    const { stderr } = await say({ args: [], result: oneFix(), cwd: '/project/src' });
    expect(stderr).toContain('Apply the patch in /project\n');
  });

  test('with --verbose announces each fix, and is still a patch for git', async () => {
    const result = oneFix({
      findings: [findingOf({ fix: 'f1', title: 'diff --git a/x b/x', notes: ['@@ -1 +1 @@\n--- a/x'], requires: ['make `load` async'] })],
    });
    const { stdout } = await say({ args: ['--verbose'], result });
    expect(stdout).toBe(
      `# server.js:3:18 diff --git a/x b/x (sync-to-promises)\n#   note: @@ -1 +1 @@\\n--- a/x\n#   with: make \`load\` async\n${patch}`,
    );
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nodelift-verbose-')));
    try {
      writeFileSync(join(folder, 'server.js'), 'const a = readFileSync(p);\n');
      execFileSync('git', ['apply', '-'], { cwd: folder, input: stdout });
      expect(readFileSync(join(folder, 'server.js'), 'utf8')).toBe('const a = await readFile(p);\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('is coloured on a terminal, where control characters are escaped', async () => {
    const hostile = resultOf({
      files: [
        {
          status: 'changed',
          path: 'a\u001b]0;x.js',
          before: 'x("\u001b[2J\u202e");\r\n',
          after: 'y("\u001b[2J\u202e");\r\n',
          bom: true,
          fixes: [],
        },
      ],
    });
    const { stdout } = await say({ args: [], result: hostile, stdout: { isTTY: true } });
    const unmarked = stdout.replace(/\u001b\[2?7m/g, '');
    expect(unmarked).toContain('\u001b[31m-\\ufeffx("\\e[2J\\u202e");\u001b[39m\n');
    expect(stdout).toContain('\u001b[36m@@ -1 +1 @@\u001b[39m\n');
    expect(stdout.replace(/\u001b\[\d+m/g, '')).not.toMatch(/[\u001b\r]/);
    const piped = await say({ args: [], result: hostile });
    expect(piped.stdout).toContain('-\uFEFFx("\u001b[2J\u202e");\r\n');
  });

  test('on a terminal tells keywords, strings and comments apart, in a comment that began above the hunk too', async () => {
    const before = ['/*', ' one', ' two', ' return', ' four', '*/', 'return old; // return', "if (x) log('return');", ''].join('\n');
    const files = [{ status: 'changed', path: 'a.js', before, after: before.replace('old', 'fresh'), bom: false, fixes: [] }] as const;
    const { stdout } = await say({ args: [], result: resultOf({ files }), stdout: { isTTY: true } });
    expect(stdout).toContain('\n \u001b[2m return\u001b[22m\n');
    expect(stdout).toContain('\u001b[31m-\u001b[1mreturn\u001b[22m \u001b[7mold\u001b[27m; \u001b[2m// return\u001b[22m\u001b[39m\n');
    expect(stdout).toContain("\n \u001b[35mif\u001b[39m (x) log(\u001b[33m'return'\u001b[39m);\n");
  });

  test('on a terminal announces each fix, and marks the words that change', async () => {
    const { stdout } = await say({ args: [], result: oneFix(), stdout: { isTTY: true } });
    expect(stdout).toContain('# server.js:3:18 Await `readFile` instead of `readFileSync` (sync-to-promises)');
    const plain = stdout.replace(/\u001b\[(1|2?2)m/g, '').replaceAll('\u001b[27m\u001b[7m', '');
    expect(plain).toContain('\u001b[31m-const a = \u001b[7mreadFileSync\u001b[27m(p);\u001b[39m\n');
    expect(plain).toContain('\u001b[32m+const a = \u001b[7mawait readFile\u001b[27m(p);\u001b[39m\n');
  });

  test.each([
    [{}, { isTTY: false }, false],
    [{}, { isTTY: true }, true],
    [{ NO_COLOR: '1' }, { isTTY: true }, false],
    [{ FORCE_COLOR: '1' }, { isTTY: false }, true],
    [{ FORCE_COLOR: '0' }, { isTTY: true }, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, { isTTY: true }, false],
    [{ TERM: 'dumb' }, { isTTY: true }, false],
    [{ CI: 'true' }, { isTTY: false }, false],
  ])('with %j on %j is coloured: %s', async (env, stdout, coloured) => {
    expect((await say({ args: [], result: oneFix(), env, stdout })).stdout.includes('\u001b[')).toBe(coloured);
    expect((await say({ args: ['--no-color'], result: oneFix(), env, stdout })).stdout.includes('\u001b[')).toBe(false);
  });
});

describe('the summary', () => {
  const busy = oneFix({
    findings: [
      findingOf({ fix: 'f1' }),
      findingOf({ id: 'b', status: 'available', safety: 'unsafe' }),
      refusal,
      ...['c', 'd'].map((id) => ({ ...refusal, id, reason: { code: 'identifier-position', message: 'm', help: 'h' } as const })),
    ],
    timing: new Map([
      ['load', 1200],
      ['sync-to-promises', 340],
    ]),
    leftOut: [{ path: 'dist/', rule: 'gitignore', detail: 'dist' }],
  });

  test('has a line a transform, and fits 80 columns', async () => {
    const { stderr } = await say({ args: [], result: busy });
    expect(stderr).toBe(
      [
        'transform           sites to fix unsafe files    time  refused',
        'callbacks-to-async      0      0      0     0  0.00 s  0',
        'sync-to-promises        5      1      1     1  0.34 s  3: identifier-position 2,',
        '                                                       barrier 1',
        'parameterize-sql        0      0      0     0  0.00 s  0',
        'streams-to-pipeline     0      0      0     0  0.00 s  0',
        'handle-promises         0      0      0     0  0.00 s  0',
        '',
        '1 file would change; 1 file read, 1 with a likely site.',
        'Left out: 1 ignored by git.',
        '1 more with --unsafe.',
        'Refused sites are listed, each with its reason, by --verbose.',
        'What a reason means: nodelift explain identifier-position',
        'Nothing was changed; apply with --write.',
        '',
      ].join('\n'),
    );
  });

  test('with --quiet is not there', async () => {
    expect((await say({ args: ['--quiet'], result: busy })).stderr).toBe('');
  });

  test('with --timing tells the phases, longest first', async () => {
    expect((await say({ args: ['--timing'], result: busy })).stderr).toContain(
      '  load               1.20 s\n  sync-to-promises   0.34 s\n',
    );
  });

  test('with --verbose lists what was refused, with the chain to its barrier, and what was left out', async () => {
    const { stderr } = await say({ args: ['--verbose'], result: { ...busy, findings: [refusal] } });
    expect(stderr).toContain('left out: dist/ (gitignore: dist)\n');
    expect(stderr).toContain(
      [
        'lib/config.js:10:12 sync-to-promises refused: barrier',
        '  `readFileSync` blocks the event loop',
        '  `loadConfig` cannot become async: it is called by the constructor of `Server`.',
        '    ← loadConfig (lib/config.js)',
        '      ← Server (server.js:1)',
        '  help: Move the call into an async `Server.create()`.',
        '',
      ].join('\n'),
    );
  });
});

describe('--format and --output', () => {
  async function withOutput(args: readonly string[]): Promise<{ stdout: string; file: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'nodelift-output-'));
    try {
      const file = join(folder, 'out');
      const { stdout } = await say({ args: [...args, '-o', file], result: oneFix(), env: { FORCE_COLOR: '1' } });
      return { stdout: stdout.replace(/\u001b\[\d+m/g, ''), file: readFileSync(file, 'utf8') };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('stat is what git diff --stat shows', async () => {
    const { stdout } = await say({ args: ['--format', 'stat'], result: oneFix() });
    expect(stdout).toBe(' server.js | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n');
  });

  test('json has the documented shape', async () => {
    const { stdout } = await say({ args: ['--format', 'json'], result: oneFix({ findings: [findingOf({ fix: 'f1' }), refusal] }) });
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      root: '/project',
      summary: {
        files: { scanned: 1, candidates: 1, changed: 1, failed: 0 },
        byTransform: { 'sync-to-promises': { sites: 2, fixed: 1, unsafe: 0, refused: 1 } },
      },
      files: [{ path: 'server.js', status: 'changed', diff: patch }],
      findings: [
        {
          id: 'a',
          transform: 'sync-to-promises',
          path: 'server.js',
          start: { line: 3, column: 18 },
          status: 'fixed',
          safety: 'safe',
          fix: 'f1',
        },
        { id: 'r', status: 'refused', reason: { code: 'barrier', help: 'Move the call into an async `Server.create()`.' } },
      ],
    });
  });

  test('json to a file leaves the diff on stdout', async () => {
    const { stdout, file } = await withOutput(['--format', 'json']);
    expect(stdout).toBe(`# server.js:3:18 Await \`readFile\` instead of \`readFileSync\` (sync-to-promises)\n${patch}`);
    expect(JSON.parse(file)).toHaveProperty('version', 1);
  });

  test('the diff to a file is never coloured, and leaves stdout empty', async () => {
    expect(await withOutput([])).toEqual({ stdout: '', file: patch });
  });

  test('the last format goes to the file, the one before to stdout', async () => {
    const { stdout, file } = await withOutput(['--format', 'stat', '--format', 'diff']);
    expect([stdout.includes('1 file changed'), file]).toEqual([true, patch]);
  });
});

describe('exit codes', () => {
  test('1: findings remain, and --fail-on-findings', async () => {
    const args = ['--fail-on-findings'];
    expect((await say({ args })).code).toBe(0);
    expect((await say({ args, result: oneFix() })).code).toBe(1);
    expect((await say({ args: [...args, '--write'], result: oneFix() })).code).toBe(0);
    expect((await say({ args: [...args, '--write'], result: resultOf({ findings: [refusal] }) })).code).toBe(1);
    const startup = findingOf({ status: 'refused', reason: { code: 'startup-code', message: '', help: '' } });
    expect((await say({ args, result: resultOf({ findings: [startup] }) })).code).toBe(0);
    expect((await say({ args: [], result: oneFix() })).code).toBe(0);
  });

  test('2: nothing matched, in one line', async () => {
    const { code, stdout, stderr } = await say({ args: ['docs'], result: resultOf({ files: [], scanned: 0 }) });
    expect([code, stdout, stderr]).toEqual([2, '', 'error: Nothing matched: no JavaScript or TypeScript file to read in "docs".\n']);
  });

  test('2: uncommitted changes in what would be written, unless they are allowed', async () => {
    const engine = { listDirty: () => Promise.resolve(['a.js', 'b.js', 'c.js', 'd.js', 'e.js', 'f.js']) };
    const { code, stdout, stderr } = await say({ args: ['--write'], result: oneFix(), engine });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'error: Nothing was written: git has uncommitted changes in a.js, b.js, c.js, d.js, e.js and 1 more; commit them, or give --allow-dirty.\n',
    );
    expect((await say({ args: ['--write', '--allow-dirty'], result: oneFix(), engine })).code).toBe(0);
  });

  test('3: a file failed, and the others were done', async () => {
    const result = oneFix({
      files: [
        ...oneFix().files,
        { status: 'failed', path: 'broken.js', error: 'cannot be parsed: line 1, column 2: …', stack: 'Error: x\n    at find' },
      ],
    });
    const { code, stdout, stderr } = await say({ args: ['--quiet'], result });
    expect([code, stdout]).toEqual([3, patch]);
    expect(stderr).toBe('error: broken.js: cannot be parsed: line 1, column 2: … (--verbose shows where)\n');
    expect((await say({ args: ['--verbose'], result })).stderr).toContain('    at find\n');
  });

  test('3: a file could not be written; it is not shown as changed', async () => {
    const engine = {
      write: () =>
        Promise.resolve({ journal: undefined, written: [], failed: [{ path: 'server.js', error: 'permission denied' }], skipped: [] }),
    };
    const { code, stdout, stderr } = await say({ args: ['--write', '--format', 'json'], result: oneFix(), engine });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ path: 'server.js', status: 'failed', error: 'permission denied' }] });
    expect(stderr).toContain('error: server.js: permission denied\n');
    expect(stderr).not.toContain('nodelift undo');
  });

  test('3: a fault of its own says so, and shows its stack only with --verbose', async () => {
    const engine = { run: () => Promise.reject(new TypeError('x is undefined')) };
    const { code, stderr } = await say({ args: [], engine });
    expect([code, stderr]).toEqual([3, 'error: nodelift failed, by a fault of its own: x is undefined (--verbose shows where)\n']);
    expect((await say({ args: ['--verbose'], engine })).stderr).toContain('    at ');
  });

  test('130: interrupted before anything was written', async () => {
    const controller = new AbortController();
    const engine = {
      run: () => {
        controller.abort();
        return Promise.resolve(oneFix());
      },
      write: () => Promise.reject(new Error('not reached')),
    };
    const { code, stdout, stderr } = await say({ args: ['--write'], engine, controller });
    expect([code, stdout, stderr]).toEqual([130, '', 'Interrupted.\n']);
  });

  test('130: interrupted while writing; what was written can be taken back', async () => {
    const engine = { write: () => Promise.resolve({ journal: '1', written: ['server.js'], failed: [], skipped: ['b.js', 'c.js'] }) };
    const { code, stderr } = await say({ args: ['--write'], result: oneFix(), engine });
    expect(code).toBe(130);
    expect(stderr).toContain('Undo with: nodelift undo\n');
    expect(stderr).toContain('Interrupted: 1 file was written, 2 files were left as before.\n');
  });
});

describe('--write', () => {
  test('shows what was changed in each file, and how to take it back', async () => {
    const { code, stdout, stderr } = await say({ args: ['--write'], result: oneFix() });
    expect([code, stdout]).toEqual([0, ' server.js | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n']);
    expect(stderr).toContain('1 file changed; 1 file read, 1 with a likely site.\n');
    expect(stderr).toContain('Undo with: nodelift undo\n');
  });

  test('with nothing to fix writes nothing', async () => {
    const { code, stderr } = await say({ args: ['--write'], engine: { write: () => Promise.reject(new Error('not reached')) } });
    expect(code).toBe(0);
    expect(stderr).not.toContain('nodelift undo');
  });
});

describe('undo', () => {
  const outcome = {
    journal: '1',
    time: '2024-05-01T10:00:00.000Z',
    restored: ['a.js', 'b.js'],
    untouched: [],
    edited: [],
    failed: [],
    complete: true,
  };

  test('names every file that was restored', async () => {
    const { code, stdout, stderr } = await say({ args: ['undo'], engine: { undo: () => Promise.resolve(outcome) } });
    expect([code, stdout]).toEqual([0, 'restored a.js\nrestored b.js\n']);
    expect(stderr).toMatch(/^The write of 2024-0\S+ \S+ was taken back: 2 files restored\.\n$/);
  });

  test('says what was not restored and why, and fails', async () => {
    const undo = () =>
      Promise.resolve({
        ...outcome,
        edited: [{ path: 'c.js', change: 'edited', original: 'c.js.nodelift-orig' } as const],
        failed: [{ path: 'd.js', error: 'cannot be restored: permission denied' }],
        complete: false,
      });
    const { code, stderr } = await say({ args: ['undo'], engine: { undo } });
    expect(code).toBe(3);
    expect(stderr).toContain('left alone: c.js was edited since the write; its original is in c.js.nodelift-orig\n');
    expect(stderr).toContain('error: d.js: cannot be restored: permission denied\n');
    expect(stderr).toContain('"nodelift undo" goes on with it.');
  });
});
