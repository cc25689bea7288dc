import { describe, expect, test } from '@jest/globals';
import { loadEngine } from '../../cli/engine.ts';
import { summaries } from '../../transforms/summaries.ts';
import { say, type Said } from './fake-world.ts';
import { renameCall } from './rename-call.ts';
import { inProject } from './temporary-project.ts';

interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly counts?: unknown;
}

const names = summaries.map(({ name }) => name);
const listed = ({ stdout }: Said): Listed[] => JSON.parse(stdout) as Listed[];

async function nodelift(folder: string, ...args: readonly string[]): Promise<Said> {
  const engine = { ...(await loadEngine()), transforms: [renameCall] };
  return say({ args, cwd: folder, engine });
}

describe('nodelift list', () => {
  test('names the transforms in their order, without looking at anything', async () => {
    const { code, stdout, stderr, loaded } = await say({ args: ['list'] });
    expect([code, stderr, loaded]).toEqual([0, '', false]);
    expect(stdout.match(/^\S+/gm)).toEqual(names);
  });

  test('as JSON has names and summaries', async () => {
    expect(listed(await say({ args: ['list', '--json'] }))).toEqual(summaries);
  });

  test.each(['--ignore=old', '--include-startup'])('%s needs a place to count in', async (option) => {
    const { code, stderr, loaded } = await say({ args: ['list', option] });
    const name = option.replace(/=.*/, '');
    expect([code, stderr, loaded]).toEqual([2, `error: ${name} says how to count; say where too: nodelift list . ${name}\n`, false]);
  });
});

describe('nodelift list <paths>', () => {
  const files = {
    'src/a.js': 'oldCall(1); oldCall(2);\noldCall(3);\n',
    'src/b.js': 'oldCall(unsafe); oldCall(refuse); oldCall(unsafe); oldCall(refuse); oldCall(refuse); oldCall(refuse);\n',
    'src/old/c.js': 'oldCall(9);\n',
    'test/d.js': 'oldCall(9);\n',
  };

  test('counts in them what a run would fix, hold back and refuse, and changes nothing', async () => {
    await inProject(files, async (project) => {
      const { code, stdout, stderr } = await nodelift(project.folder, 'list', 'src');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^transform +sites +to fix +unsafe +refused$/m);
      expect(stdout).toMatch(/^sync-to-promises +10 +4 +2 +4 {2}\S/m);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(stderr).toBe('3 files read, 3 with a likely site.\n');
      expect(project.git(['status', '--porcelain'])).toBe('');
    });
  });

  test('as JSON', async () => {
    await inProject(files, async ({ folder }) => {
      const rows = listed(await nodelift(folder, 'list', 'src', 'test', '--json'));
      expect(rows.map(({ name }) => name)).toEqual(names);
      expect(rows.find(({ name }) => name === 'sync-to-promises')?.counts).toEqual({ sites: 11, fixable: 5, unsafe: 2, refused: 4 });
    });
  });

  test('heeds the configuration and the options of the scope; what is unsafe keeps its column', async () => {
    const config = { transforms: ['sync-to-promises'], ignore: ['old'], unsafe: true };
    await inProject({ ...files, 'nodelift.config.json': JSON.stringify(config) }, async ({ folder }) => {
      const { stdout, stderr } = await nodelift(folder, 'list', '.', '--ignore', 'test');
      expect(stdout).toMatch(/^sync-to-promises +9 +3 +2 +4 /m);
      expect(stdout).toMatch(/^handle-promises +- +- +- +- /m);
      expect(stderr).toBe(`${names.length - 1} transforms are left out by nodelift.config.json.\n2 files read, 2 with a likely site.\n`);
    });
  });

  test('says what could not be read, and counts the rest', async () => {
    await inProject({ 'a.js': 'oldCall(1);\n', 'broken.js': 'oldCall(;\n' }, async ({ folder }) => {
      const { code, stdout, stderr } = await nodelift(folder, 'list', '.', '--quiet');
      expect([code, stderr.startsWith('error: broken.js: '), stderr.split('\n')]).toEqual([3, true, [expect.anything(), '']]);
      expect(stdout).toMatch(/^sync-to-promises +1 +1 +0 +0 /m);
    });
  });

  test('is an error where there is nothing to read', async () => {
    await inProject({ 'a.txt': '' }, async ({ folder }) => {
      const { code, stdout, stderr } = await nodelift(folder, 'list', '.');
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^error: Nothing matched: no JavaScript or TypeScript file to read in "\."/);
    });
  });
});
