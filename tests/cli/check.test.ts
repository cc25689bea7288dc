/** `--write --check`, from the words of the command line to its exit code. */

import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadEngine } from '../../cli/engine.ts';
import { builtBinary, launch, type Ended } from './built-binary.ts';
import { say, type Said } from './fake-world.ts';
import { renameCall } from './rename-call.ts';
import { inProject, type TemporaryProject } from './temporary-project.ts';

jest.setTimeout(180_000);

async function nodelift(folder: string, ...args: readonly string[]): Promise<Said> {
  const engine = { ...(await loadEngine()), transforms: [renameCall] };
  return say({ args, cwd: folder, engine });
}

/** Node with a program; the quotes are for the shell. */
const node = (program: string): string => `"${process.execPath}" -e "${program}"`;

const texts = (project: TemporaryProject): string[] => ['a.js', 'b.js', 'c.js'].map((path) => project.bytes(path));

const files = { 'a.js': 'oldCall(1);\n', 'b.js': 'oldCall(2);\noldCall(3);\n', 'c.js': 'oldCall(4);\n' };
const failsWith3 = node(
  `if (require('fs').readFileSync('b.js', 'utf8').includes('String(3)')) { console.log('\\u001b]0;title\\u0007three is old'); process.exit(1); }`,
);

describe('--check', () => {
  test('says of each run how it went, which fix it rolled back, and what blamed it; no control character gets out', async () => {
    await inProject(files, async (project) => {
      const { code, stdout, stderr } = await nodelift(project.folder, '--write', '--check', failsWith3);
      expect(code).toBe(0);
      expect(texts(project)).toEqual(['String(1);\n', 'String(2);\noldCall(3);\n', 'String(4);\n']);
      expect(stderr).toMatch(/^check 1: passed before the write \(.*\)\ncheck 2: exited with 1 with all 4 fixes/);
      expect(stderr).toContain('rolled back: b.js:2:1 Call String (sync-to-promises)\n  With it the check exited with 1 and said:\n');
      expect(stderr).toContain('three is old\n');
      expect(stderr + stdout).not.toContain('\u001b');
      expect(stderr).toMatch(/^sync-to-promises +4 +3 +0 +3 +\S+ s +1: check-failed 1$/m);
      const left = await nodelift(project.folder, '--write', '--allow-dirty', '--fail-on-findings', '--check', failsWith3);
      expect([left.code, texts(project)[1]]).toEqual([1, 'String(2);\noldCall(3);\n']);
      expect((await nodelift(project.folder, 'undo')).code).toBe(0);
      expect(texts(project)).toEqual(Object.values(files));
    });
  });

  test('that fails before stops, shows what it said, and exits 1', async () => {
    await inProject(files, async (project) => {
      const { code, stderr } = await nodelift(project.folder, '--write', '--check', node(`console.log('no database'); process.exit(4)`));
      expect(code).toBe(1);
      expect(stderr).toContain('has to pass before, and exited with 4. It said:\n    no database\n');
      expect(texts(project)).toEqual(Object.values(files));
    });
  });

  test('is not run when there is nothing to write', async () => {
    await inProject({ 'a.js': 'String(1);\n' }, async (project) => {
      const { code } = await nodelift(project.folder, '--write', '--check', node(`require('fs').writeFileSync('ran', '')`));
      expect([code, existsSync(join(project.folder, 'ran'))]).toEqual([0, false]);
    });
  });
});

describe('the program', () => {
  let binary = '';
  beforeAll(async () => {
    binary = await builtBinary();
  });

  const source = `const fs = require('fs');\nmodule.exports = async function (p) {\n  return fs.readFileSync(p, 'utf8');\n};\n`;
  const sources = { 'package.json': '{ "private": true }', 'a.js': source, 'b.js': source };
  /** Waits as long as the fixes are there, and says where it is. */
  const waits = node(
    `const fs = require('fs'); const fixed = !fs.readFileSync('a.js', 'utf8').includes('Sync'); fs.writeFileSync('stage', fixed ? 'after' : 'before'); if (fixed) setTimeout(() => {}, 60000);`,
  );

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'ended by %s while the check runs leaves files that are whole, and undo works',
    async (signal) => {
      await inProject(sources, async (project) => {
        const { folder } = project;
        const ended = await endWith(signal, folder);
        if (signal === 'SIGKILL') {
          expect(ended.signal).toBe('SIGKILL');
          expect(project.bytes('a.js')).toContain('promises');
          const undone = await launch(binary, ['undo'], folder);
          expect([undone.code, undone.stdout]).toEqual([0, 'restored a.js\nrestored b.js\n']);
        } else {
          expect(ended.code).toBe(130);
          expect(ended.stderr).toContain('Interrupted: what did not pass the check was taken back.\n');
          expect((await launch(binary, ['undo'], folder)).code).toBe(2);
        }
        expect([project.bytes('a.js'), project.bytes('b.js')]).toEqual([source, source]);
      });
    },
  );

  async function endWith(signal: NodeJS.Signals, folder: string): Promise<Pick<Ended, 'code' | 'signal' | 'stderr'>> {
    const child = spawn(process.execPath, [binary, '--write', '--check', waits], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const closed = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve) => child.on('exit', (code, by) => resolve({ code, signal: by })));
    const stage = join(folder, 'stage');
    while (child.exitCode === null && !(existsSync(stage) && readFileSync(stage, 'utf8') === 'after')) await delay(20);
    child.kill(signal);
    const ended = await closed;
    return { ...ended, stderr };
  }
});
