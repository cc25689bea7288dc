/** The built program, from its words to its exit code, as a person or a pipe meets it. */

import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { summaries } from '../../transforms/summaries.ts';
import { builtBinary, launch, type Ended } from './built-binary.ts';
import { inProject } from './temporary-project.ts';

// Each test starts the program several times, and may share the machine.
jest.setTimeout(180_000);

let binary = '';
beforeAll(async () => {
  binary = await builtBinary();
});

const inEmptyFolder = (...args: readonly string[]): Promise<Ended> => inProject({}, ({ folder }) => launch(binary, args, folder));

describe('answers that need no project', () => {
  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await inEmptyFolder('--version')).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  test('--help', async () => {
    const { code, stdout } = await inEmptyFolder('--help');
    expect([code, stdout.startsWith('Lifts legacy Node.js code')]).toEqual([0, true]);
  });

  test('list names every transform on lines of 80 columns', async () => {
    const { code, stdout } = await inEmptyFolder('list');
    expect([code, stdout.match(/^[a-z-]+(?= )/gm)]).toEqual([0, summaries.map(({ name }) => name)]);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(JSON.parse((await inEmptyFolder('list', '--json')).stdout)).toEqual(summaries);
  });

  test('explain finds the documentation that is shipped', async () => {
    const { code, stdout, stderr } = await inEmptyFolder('explain', 'barrier');
    expect([code, stderr, stdout.startsWith('barrier\n')]).toEqual([0, '', true]);
  });

  test('a mistake', async () => {
    expect(await inEmptyFolder('-t', 'parametrise-sql')).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: 'error: --transform: there is no transform "parametrise-sql". Did you mean "parameterize-sql"?\n',
    });
  });
});

describe('a project', () => {
  test('is previewed when nothing is said', async () => {
    await inProject({ 'index.js': 'module.exports = 1;\n' }, async ({ folder }) => {
      const { code, stdout, stderr } = await launch(binary, [], folder);
      expect([code, stdout]).toEqual([0, '']);
      expect(stderr).toContain('Nothing to change; 1 file read');
    });
  });

  test('is previewed, patched, written and taken back', async () => {
    const source =
      "const fs = require('fs');\r\n\r\nasync function load(path) {\r\n  return fs.readFileSync(path, 'utf8');\r\n}\r\n\r\nload('a');\r\n";
    await inProject({ 'lib/read file.js': source }, async (project) => {
      const preview = await launch(binary, ['-t', 'sync-to-promises'], project.folder);
      expect([preview.code, project.bytes('lib/read file.js')]).toEqual([0, source]);
      project.git(['apply', '--whitespace=nowarn', '-'], preview.stdout);
      const applied = project.bytes('lib/read file.js');
      expect(applied).not.toContain('readFileSync');
      project.git(['checkout', '-q', '.']);

      const written = await launch(binary, ['-t', 'sync-to-promises', '--write'], project.folder);
      expect([written.code, written.stderr.includes('Undo with: nodelift undo')]).toEqual([0, true]);
      expect(project.bytes('lib/read file.js')).toBe(applied);

      const undone = await launch(binary, ['undo'], join(project.folder, 'lib'));
      expect([undone.code, undone.stdout]).toEqual([0, 'restored lib/read file.js\n']);
      expect(project.bytes('lib/read file.js')).toBe(source);
    });
  });

  test('without JavaScript is exit 2', async () => {
    const { code, stderr } = await inEmptyFolder();
    expect([code, stderr]).toEqual([2, 'error: Nothing matched: no JavaScript or TypeScript file to read in this folder.\n']);
  });

  test('may be configured by a program', async () => {
    const files = { 'index.js': '', 'nodelift.config.mjs': 'export default { transforms: ["parameterize-sql"] };\n' };
    await inProject(files, async ({ folder }) => {
      const { code, stdout } = await launch(binary, ['--format', 'json'], folder);
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { transforms: ['parameterize-sql'] }]);
    });
  });

  test('gives a report that a reader may stop reading', async () => {
    const files = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`lib/some-module-with-a-long-name-${index}.js`, '\n']));
    await inProject(files, async ({ folder }) => {
      const whole = await launch(binary, ['--format', 'json'], folder);
      expect([whole.code, (JSON.parse(whole.stdout) as { files: unknown[] }).files.length]).toEqual([0, 3000]);
      const cut = await launch(binary, ['--format', 'json'], folder, 1);
      expect(cut.code).toBe(0);
      expect(cut.stderr).toContain('3000 files read');
      expect(cut.stderr).not.toMatch(/EPIPE|error/);
    });
  });

  test('is left as it is when interrupted', async () => {
    const files = {
      'index.js': '',
      'nodelift.config.mjs':
        "process.kill(process.pid, 'SIGINT');\nexport default await new Promise((done) => setTimeout(done, 50, {}));\n",
    };
    await inProject(files, async ({ folder }) => {
      expect(await launch(binary, ['--write'], folder)).toEqual({ code: 130, signal: null, stdout: '', stderr: 'Interrupted.\n' });
    });
  });
});

describe('the program', () => {
  test('answers help and mistakes without loading a compiler', async () => {
    await inProject({}, async ({ folder }) => {
      for (const args of [['--help'], ['--version'], ['list'], ['explain', 'barrier'], ['--wrte']]) {
        const traced = await launch('--trace-event-categories=node.fs.sync', [binary, ...args], folder);
        expect(traced.code).toBe(args[0] === '--wrte' ? 2 : 0);
        expect(readFileSync(join(folder, 'node_trace.1.log'), 'utf8')).not.toMatch(/ts-morph|typescript/);
      }
    });
  });
});
