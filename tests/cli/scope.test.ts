/** Parts of a run: what git says has changed, and one machine's share. */

import { describe, expect, test } from '@jest/globals';
import { loadEngine } from '../../cli/engine.ts';
import { say, type Said } from './fake-world.ts';
import { renameCall } from './rename-call.ts';
import { inProject, type TemporaryProject } from './temporary-project.ts';

async function nodelift(folder: string, ...args: readonly string[]): Promise<Said> {
  const engine = { ...(await loadEngine()), transforms: [renameCall] };
  return say({ args, cwd: folder, engine });
}

const changed = ({ stdout }: Said): string[] => [...stdout.matchAll(/^\+\+\+ b\/(.+)$/gm)].map((match) => match[1] ?? '');

const call = 'oldCall(1);\n';

function commit(project: TemporaryProject, message: string): void {
  project.git(['add', '-A']);
  project.git(['commit', '-qm', message]);
}

describe('--since', () => {
  test('looks at what the branch and the work tree changed, not at what others did meanwhile', async () => {
    await inProject({ 'old.js': call, 'committed.js': '', 'edited.js': '', 'theirs.js': '', 'gone.js': call }, async (project) => {
      const base = project.git(['branch', '--show-current']).trim();
      project.git(['checkout', '-qb', 'topic']);
      project.write({ 'committed.js': call });
      project.git(['rm', '-q', 'gone.js']);
      commit(project, 'Topic');
      project.git(['checkout', '-q', base]);
      project.write({ 'theirs.js': call });
      commit(project, 'Theirs');
      project.git(['checkout', '-q', 'topic']);
      project.write({ 'edited.js': call, 'untracked.js': call, 'dist/left-out.js': call });
      const said = await nodelift(project.folder, '--since', base);
      expect(said.code).toBe(0);
      expect(changed(said)).toEqual(['committed.js', 'edited.js', 'untracked.js']);
    });
  });

  test('joined with paths looks at what is in both', async () => {
    await inProject({ 'src/a.js': '', 'test/a.js': '' }, async (project) => {
      project.write({ 'src/a.js': call, 'test/a.js': call });
      expect(changed(await nodelift(project.folder, 'src', '--since', 'HEAD'))).toEqual(['src/a.js']);
    });
  });

  test('of a commit since which nothing changed is done, and no mistake', async () => {
    await inProject({ 'a.js': call }, async ({ folder }) => {
      const { code, stdout, stderr } = await nodelift(folder, '--since', 'HEAD');
      expect([code, stdout]).toEqual([0, '']);
      expect(stderr).toContain('Nothing to change; 0 files read');
    });
  });

  test.each(['nowhere', '--output=x', '-p', '$(touch x)'])('of %s is a clear line', async (ref) => {
    await inProject({ 'a.js': call }, async ({ folder }) => {
      const { code, stderr } = await nodelift(folder, `--since=${ref}`);
      expect(code).toBe(2);
      expect(stderr).toMatch(ref.startsWith('-') ? /^error: --since needs a value/ : /^error: --since: git knows no commit/);
    });
  });
});

describe('--staged', () => {
  test('looks at what is staged, and writes it without --allow-dirty where the index has it safe', async () => {
    await inProject({ 'a.js': '', 'b.js': '', 'c.js': call }, async (project) => {
      project.write({ 'a.js': call, 'b.js': call });
      project.git(['add', 'a.js']);
      expect(changed(await nodelift(project.folder, '--staged'))).toEqual(['a.js']);
      expect((await nodelift(project.folder, '--staged', '--write')).code).toBe(0);
      expect([project.bytes('a.js'), project.git(['show', ':a.js'])]).toEqual(['String(1);\n', call]);
    });
  });

  test('does not overwrite what was edited after it was staged', async () => {
    await inProject({ 'a.js': '' }, async (project) => {
      project.write({ 'a.js': call });
      project.git(['add', 'a.js']);
      project.write({ 'a.js': `${call}oldCall(2);\n` });
      const { code, stderr } = await nodelift(project.folder, '--staged', '--write');
      expect(code).toBe(2);
      expect(stderr).toContain('git has uncommitted changes in a.js');
    });
  });
});

describe('--shard', () => {
  test('gives every file to one share, and the shares together are the whole run', async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}.js`, call.repeat(1 + (index % 4))]));
    await inProject({ ...files, 'bad.js': 'oldCall(;' }, async ({ folder }) => {
      const whole = await nodelift(folder);
      const shares = await Promise.all([1, 2, 3].map((index) => nodelift(folder, '--shard', `${index}/3`)));
      expect(shares.flatMap(changed).sort()).toEqual(changed(whole).sort());
      expect(new Set(shares.flatMap(changed)).size).toBe(20);
      for (const share of shares) expect(changed(share).length).toBeGreaterThan(4);
      expect(shares.map(({ code }) => code).sort()).toEqual([0, 0, 3]);
    });
  });
});
