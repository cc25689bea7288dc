/** Names and sources that would move the cursor, retitle the window or show another text than there is: none gets to the terminal. */

import { describe, expect, test } from '@jest/globals';
import { loadEngine } from '../../cli/engine.ts';
import { formats } from '../../cli/option-table.ts';
import { say, type FakeRun } from './fake-world.ts';
import { renameCall } from './rename-call.ts';
import { inProject } from './temporary-project.ts';

const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u2066\r';
const files = {
  [`a${evil}.js`]: `oldCall(1); // ${evil}\noldCall(refuse); oldCall(unsafe);\n`,
  [`bad${evil}.js`]: 'oldCall(;\n',
  [`crash${evil}.js`]: 'oldCall(crash);\n',
  [`dist${evil}/x.min.js`]: 'oldCall(1);\n',
  'c.js': `oldCall(2); /* ${evil} */\n`,
};

// A line feed, and the escapes by which colours are set.
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const withoutColors = (text: string): string => text.replace(/\u001b\[\d+m/g, '');

const screen = { stdout: { isTTY: true, columns: 80 }, stderr: { isTTY: false, columns: 80 } };

async function saidBy(args: readonly string[], more: Partial<FakeRun> = {}): Promise<string> {
  return inProject(files, async ({ folder }) => {
    const engine = { ...(await loadEngine()), transforms: [renameCall] };
    const { stdout, stderr } = await say({ args, cwd: folder, engine, ...more });
    expect(stdout + stderr).not.toBe('');
    return stdout + stderr;
  });
}

describe('no control character of a project reaches the terminal', () => {
  test.each(formats.filter((format) => format !== 'html'))('in --format %s, with everything said', async (format) => {
    expect(withoutColors(await saidBy(['--verbose', '--format', format], screen))).not.toMatch(unseen);
  });

  test.each([
    [['--write']],
    [['--write', '--verbose', '--check', `echo '${evil}'; exit 1`]],
    [['--write', '--check', `grep -q String c.js && { echo '${evil}'; exit 1; }; true`]],
  ])('after %j', async (args) => {
    expect(withoutColors(await saidBy(args, screen))).not.toMatch(unseen);
  });

  test.each([[['list', '--verbose']], [['--unsafe', '--timing', '--verbose', '--format', 'stat']]])('of %j', async (args) => {
    expect(withoutColors(await saidBy(args, screen))).not.toMatch(unseen);
  });

  test('in mistakes, and in what undo says', async () => {
    expect(await saidBy([`no${evil}thing`])).not.toMatch(unseen);
    expect(await saidBy([`--since=${evil}`])).not.toMatch(unseen);
    await inProject(files, async ({ folder }) => {
      const engine = { ...(await loadEngine()), transforms: [renameCall] };
      await say({ args: ['--write'], cwd: folder, engine });
      const { stdout, stderr } = await say({ args: ['undo'], cwd: folder, engine });
      expect(stdout).toContain('restored c.js');
      expect(stdout + stderr).not.toMatch(unseen);
    });
  });
});
