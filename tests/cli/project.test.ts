/** The command line on real files with the real engine, and a transform that is easy to foresee. */

import { describe, expect, test } from '@jest/globals';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngine } from '../../cli/engine.ts';
import { say, type Said } from './fake-world.ts';
import { renameCall } from './rename-call.ts';
import { inProject, type TemporaryProject } from './temporary-project.ts';

async function nodelift(folder: string, ...args: readonly string[]): Promise<Said> {
  const engine = { ...(await loadEngine()), transforms: [renameCall] };
  return say({ args, cwd: folder, engine });
}

const many = Array.from({ length: 40 }, (_, index) => (index % 9 === 0 ? `oldCall(${index});` : `// ${index}`));

const awkwardFiles = {
  'server.js': 'oldCall(1);\n',
  'with space.js': 'oldCall(1)',
  'lib/ünïcode 漢.ts': 'const ü = oldCall("é");\n',
  'lib/crlf.js': many.join('\r\n'),
  'lib/mixed.js': 'oldCall(1);\r\nb();\noldCall(2);\r\n',
  'bom.js': '\uFEFFoldCall(1);\r\nc();\r\n',
  'quo"te.js': '#!/usr/bin/env node\noldCall(1);\n',
  'untouched.js': 'String(1);\n',
};

const bytesOf = (project: TemporaryProject): Record<string, string> =>
  Object.fromEntries(Object.keys(awkwardFiles).map((path) => [path, project.bytes(path)]));

describe('a preview', () => {
  test('applied by git gives byte for byte what --write gives, and undo takes it back', async () => {
    await inProject(awkwardFiles, async (project) => {
      const before = bytesOf(project);
      const { code, stdout } = await nodelift(project.folder);
      expect([code, bytesOf(project)]).toEqual([0, before]);

      project.git(['apply', '--whitespace=nowarn', '-'], stdout);
      const applied = bytesOf(project);
      project.git(['checkout', '-q', '.']);
      expect(bytesOf(project)).toEqual(before);

      chmodSync(join(project.folder, 'server.js'), 0o755);
      project.git(['commit', '-qam', 'Executable']);
      expect((await nodelift(project.folder, '--write')).code).toBe(0);
      expect(bytesOf(project)).toEqual(applied);
      expect(Object.values(applied).join('')).not.toContain('oldCall');

      const again = await nodelift(project.folder, '--write', '--allow-dirty');
      expect([again.code, again.stdout]).toEqual([0, '']);

      const undone = await nodelift(project.folder, 'undo');
      expect([undone.code, bytesOf(project), project.git(['status', '--porcelain'])]).toEqual([0, before, '']);
      expect(undone.stdout.match(/^restored .+$/gm)).toHaveLength(7);
    });
  });

  test('of a folder inside the repository is a patch for the whole of it', async () => {
    await inProject({ 'packages/a/index.js': 'oldCall();\n' }, async (project) => {
      const { stdout, stderr } = await nodelift(join(project.folder, 'packages/a'));
      expect(stdout).toContain('--- a/packages/a/index.js\n');
      expect(stderr).toContain(`Apply the patch in ${project.folder}\n`);
      project.git(['apply', '-'], stdout);
      expect(project.bytes('packages/a/index.js')).toBe('String();\n');
    });
  });

  test('counts what is unsafe and what is refused', async () => {
    await inProject({ 'a.js': 'oldCall(unsafe); oldCall(refuse);\n' }, async ({ folder }) => {
      const { stdout, stderr } = await nodelift(folder);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^sync-to-promises +2 +0 +1 +0 +\S+ s +1: escapes 1$/m);
      expect(stderr).toContain('1 more with --unsafe.\n');
      const unsafe = await nodelift(folder, '--unsafe', '--fail-on-findings', '--write');
      expect([unsafe.code, readFileSync(join(folder, 'a.js'), 'utf8')]).toEqual([1, 'String(unsafe); oldCall(refuse);\n']);
    });
  });
});

describe('bad input', () => {
  test('one broken file, one fault of ours, and the others are done', async () => {
    const files = { 'good.js': 'oldCall();\n', 'broken.js': 'oldCall(;\n', 'crash.js': 'oldCall(crash);\n', 'empty.js': '' };
    await inProject({ ...files, 'utf16.js': Buffer.from('\uFEFFoldCall();', 'utf16le') }, async ({ folder }) => {
      const { code, stdout, stderr } = await nodelift(folder, '--quiet');
      expect([code, stdout.match(/^\+\+\+.*$/gm)]).toEqual([3, ['+++ b/good.js']]);
      const lines = stderr.trimEnd().split('\n').sort();
      expect(lines).toHaveLength(3);
      expect(lines[0]).toMatch(/^error: broken\.js: cannot be parsed: line 1, column 9/);
      expect(lines[1]).toMatch(
        /^error: crash\.js: sync-to-promises failed here, a fault of nodelift's own: no such row \(--verbose shows where\)$/,
      );
      expect(lines[2]).toMatch(/^error: utf16\.js: .*UTF-16/);
      expect((await nodelift(folder, '--verbose')).stderr).toMatch(/^ {4}at .*rename-call/m);
    });
  });

  test('a folder without JavaScript', async () => {
    await inProject({ 'docs/readme.md': '# x\n', 'cached/a.js': 'oldCall();\n', '.gitignore': 'cached\n' }, async ({ folder }) => {
      const { code, stdout, stderr } = await nodelift(folder);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(
        /^error: Nothing matched: no JavaScript or TypeScript file to read in this folder \(left out: .*1 ignored by git.*\n$/,
      );
    });
  });

  test('a path that does not exist, and one that is nearly a command', async () => {
    await inProject({ 'a.js': '' }, async ({ folder }) => {
      const missing = await nodelift(folder, 'a.js', 'server');
      expect([missing.code, missing.stderr]).toEqual([
        2,
        'error: "server" does not exist; check the spelling, and the folder that you are in.\n',
      ]);
      const mistyped = await nodelift(folder, 'lsit');
      expect([mistyped.code, mistyped.stderr]).toEqual([
        2,
        'error: There is no command and no path "lsit". Did you mean "nodelift list"?\n',
      ]);
    });
  });

  test('a tsconfig that does not exist, and one that is broken', async () => {
    await inProject({ 'a.js': 'oldCall();\n', 'bad.json': '{ "compilerOptions": ' }, async ({ folder }) => {
      const missing = await nodelift(folder, '--tsconfig', 'no.json');
      expect([missing.code, missing.stderr.split('\n')]).toEqual([2, [expect.stringContaining('"no.json" does not exist'), '']]);
      const broken = await nodelift(folder, '--tsconfig', 'bad.json');
      expect([broken.code, broken.stderr.split('\n')]).toEqual([2, [expect.stringContaining('bad.json'), '']]);
    });
  });
});

describe('--write', () => {
  test('refuses files with uncommitted changes, and names them', async () => {
    await inProject({ 'a.js': 'oldCall();\n', 'b.js': 'oldCall();\n' }, async ({ folder }) => {
      writeFileSync(join(folder, 'b.js'), 'oldCall(2);\n');
      const refused = await nodelift(folder, '--write');
      expect([refused.code, refused.stderr]).toEqual([
        2,
        'error: Nothing was written: git has uncommitted changes in b.js; commit them, or give --allow-dirty.\n',
      ]);
      expect(readFileSync(join(folder, 'a.js'), 'utf8')).toBe('oldCall();\n');
      expect((await nodelift(folder, '--write', '--allow-dirty')).code).toBe(0);
      expect(readFileSync(join(folder, 'b.js'), 'utf8')).toBe('String(2);\n');
    });
  });

  test('leaves a file that changed while the run went on, and writes the others', async () => {
    await inProject({ 'a.js': 'oldCall();\n', 'b.js': 'oldCall();\n' }, async ({ folder }) => {
      const engine = await loadEngine();
      const { code, stderr, stdout } = await say({
        args: ['--write', '--allow-dirty'],
        cwd: folder,
        engine: {
          ...engine,
          transforms: [renameCall],
          run: async (options) => {
            const result = await engine.run(options);
            writeFileSync(join(folder, 'b.js'), 'mine();\n');
            return result;
          },
        },
      });
      expect([code, stdout]).toEqual([3, ' a.js | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n']);
      expect(stderr).toContain('error: b.js: changed on disk since it was read');
      expect([readFileSync(join(folder, 'a.js'), 'utf8'), readFileSync(join(folder, 'b.js'), 'utf8')]).toEqual([
        'String();\n',
        'mine();\n',
      ]);
    });
  });

  test('undo with nothing to undo is a line, and exit 2', async () => {
    await inProject({ 'a.js': '' }, async ({ folder }) => {
      const { code, stdout, stderr } = await nodelift(folder, 'undo');
      expect([code, stdout, stderr.split('\n')]).toEqual([2, '', [expect.stringMatching(/^error: Nothing to undo/), '']]);
    });
  });
});
