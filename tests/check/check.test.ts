/** A command judges what was written: what it fails with is rolled back, and the rest stays. */

import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeChecked, type CheckedWrite, type CheckEvent, type CheckOptions } from '../../engine/check/index.ts';
import { undo } from '../../engine/journal/index.ts';
import type { RunOptions } from '../../engine/result.ts';
import { run } from '../../engine/run.ts';
import { makeTree } from '../discover/temporary-tree.ts';
import { journals, snapshot, textOf } from '../journal/project.ts';
import { planting, type Planted } from '../run/planted.ts';

interface Checked extends CheckedWrite {
  readonly events: readonly CheckEvent[];
}

/** Runs the fixes over the project and writes them under the check, which is a program for Node in the folder of the project. */
async function checked(root: string, fixes: readonly Planted[], program: string, more: Partial<CheckOptions> = {}): Promise<Checked> {
  const options: RunOptions = { cwd: root, transforms: [planting(...fixes)], verify: false };
  const events: CheckEvent[] = [];
  const result = await run(options);
  const written = await writeChecked(result, {
    command: `"${process.execPath}" -e ${JSON.stringify(program)}`,
    cwd: root,
    rerun: (chosen) => run({ ...options, chosen }),
    ...more,
    onEvent: (event) => {
      events.push(event);
      more.onEvent?.(event);
    },
  });
  return { ...written, events };
}

/** Fails when one of the files holds the word. */
const failsOn = (word: string, ...files: readonly string[]): string =>
  `for (const f of ${JSON.stringify(files).replaceAll('"', "'")}) if (require('fs').readFileSync(f, 'utf8').includes('${word}')) { console.error('bad:', f); process.exit(1); }`;

const fileNames = Array.from({ length: 16 }, (_, index) => `f${String(index).padStart(2, '0')}.js`);
const sources = Object.fromEntries(fileNames.map((name) => [name, 'one();\ntwo();\n']));
const project = (): string => makeTree({ '.git/': '', 'package.json': '{}', ...sources });

const rename = (path: string, from: string, to: string, more: Partial<Planted> = {}): Planted => ({
  id: `${path} ${from}`,
  edits: [[path, `${from}()`, `${to}()`]],
  ...more,
});

const allGood = fileNames.flatMap((path) => [rename(path, 'one', 'eins'), rename(path, 'two', 'zwei')]);
const withBad = (...bad: readonly string[]): Planted[] =>
  allGood.map((fix) =>
    bad.includes(fix.id) ? { ...fix, edits: fix.edits.map(([path, from]) => [path, from, 'broken()'] as const) } : fix,
  );

describe('a check', () => {
  test('that passes after, too, leaves all written, and undo takes all back', async () => {
    const root = project();
    const before = snapshot(root);
    const { outcome, check, result } = await checked(root, allGood, failsOn('broken', ...fileNames));
    expect(check).toMatchObject({ verdict: 'passed', runs: 2, rolledBack: [] });
    expect(outcome.written).toEqual(fileNames);
    expect(result.findings.filter(({ status }) => status === 'fixed')).toHaveLength(32);
    expect(textOf(root, 'f07.js')).toBe('eins();\nzwei();\n');
    await undo(root);
    expect(snapshot(root)).toEqual(before);
  });

  test('that fails before means that nothing is written', async () => {
    const root = project();
    const before = snapshot(root);
    const { outcome, check } = await checked(root, allGood, `console.log('always'); process.exit(3);`);
    expect(check).toMatchObject({ verdict: 'failed before', runs: 1, before: { ending: 'exited with 3', output: 'always\n' } });
    expect(outcome).toEqual({ journal: undefined, written: [], failed: [], skipped: [] });
    expect(snapshot(root)).toEqual(before);
  });

  test('that one fix breaks finds it among many in few runs, rolls it back alone, and says what blamed it', async () => {
    const root = project();
    const before = snapshot(root);
    const { outcome, check, result } = await checked(root, withBad('f05.js two'), failsOn('broken', ...fileNames));
    expect(check.verdict).toBe('passed');
    expect(check.rolledBack).toMatchObject([
      { finding: { path: 'f05.js', title: 'f05.js two' }, ending: 'exited with 1', excerpt: ['bad: f05.js'] },
    ]);
    // Before, after, five bits of 32 fixes, and once more with the rest.
    expect(check.runs).toBeLessThanOrEqual(8);
    expect(outcome.written).toEqual(fileNames);
    expect(textOf(root, 'f05.js')).toBe('eins();\ntwo();\n');
    expect(textOf(root, 'f06.js')).toBe('eins();\nzwei();\n');
    expect(result.files.find(({ path }) => path === 'f05.js')).toMatchObject({ after: 'eins();\ntwo();\n' });
    const refused = result.findings.filter(({ status }) => status === 'refused');
    expect(refused).toMatchObject([{ title: 'f05.js two', reason: { code: 'check-failed' } }]);
    expect(refused[0]?.reason?.message).toMatch(/exited with 1: bad: f05\.js; so it was rolled back\.$/);
    expect(result.findings.filter(({ status }) => status === 'fixed')).toHaveLength(31);
    await undo(root);
    expect(snapshot(root)).toEqual(before);
  });

  test('that several break finds each of them', async () => {
    const root = project();
    const bad = ['f00.js one', 'f05.js two', 'f15.js one', 'f15.js two'];
    const { check } = await checked(root, withBad(...bad), failsOn('broken', ...fileNames));
    expect(check.rolledBack.map(({ finding }) => finding.title)).toEqual(bad);
    expect([textOf(root, 'f00.js'), textOf(root, 'f15.js')]).toEqual(['one();\nzwei();\n', 'one();\ntwo();\n']);
  });

  test('that every fix breaks leaves everything as it was, and nothing to undo', async () => {
    const root = project();
    const before = snapshot(root);
    const { check, outcome, result } = await checked(root, [rename('f00.js', 'one', 'broken')], failsOn('broken', 'f00.js'));
    expect([check.verdict, check.runs, outcome.written, outcome.journal]).toEqual(['nothing kept', 2, [], undefined]);
    expect(result.files.every(({ status }) => status === 'unchanged')).toBe(true);
    expect(snapshot(root)).toEqual(before);
    expect(journals(root)).toEqual([]);
  });

  test('takes back what builds on the guilty fix, in other files too', async () => {
    const root = project();
    const fixes = [
      rename('f00.js', 'one', 'eins'),
      { ...rename('f01.js', 'one', 'broken'), id: 'guilty' },
      { ...rename('f02.js', 'one', 'eins'), id: 'builds on it', dependsOn: ['guilty'] },
      { ...rename('f03.js', 'one', 'eins'), id: 'builds on that', dependsOn: ['builds on it'] },
      rename('f04.js', 'one', 'eins'),
    ];
    const { check, result } = await checked(root, fixes, failsOn('broken', ...fileNames));
    expect(check.rolledBack.map(({ finding, buildsOn }) => [finding.title, buildsOn])).toEqual([
      ['guilty', undefined],
      ['builds on it', 'guilty'],
      ['builds on that', 'guilty'],
    ]);
    expect(result.findings.filter(({ status }) => status === 'refused').map(({ reason }) => reason?.code)).toEqual([
      'check-failed',
      'check-failed',
      'check-failed',
    ]);
    expect(fileNames.slice(0, 5).map((name) => textOf(root, name).slice(0, 5))).toEqual(['eins(', 'one()', 'one()', 'one()', 'eins(']);
  });

  test('that does not end in time has failed', async () => {
    const root = project();
    const hangs = `if (require('fs').readFileSync('f01.js', 'utf8').includes('broken')) setInterval(() => {}, 1000);`;
    const { check } = await checked(root, withBad('f01.js one').slice(0, 6), hangs, { timeout: 1500 });
    expect(check.rolledBack).toMatchObject([{ finding: { title: 'f01.js one' }, ending: 'did not end within 1.5 s' }]);
  });

  test('that changes a file itself does not have it overwritten', async () => {
    const root = project();
    const edits = `const fs = require('fs'); ${failsOn('broken', ...fileNames).replace('process.exit(1)', `fs.writeFileSync('f00.js', 'theirs'); process.exit(1)`)}`;
    const { outcome, check } = await checked(root, withBad('f05.js two'), edits);
    expect(textOf(root, 'f00.js')).toBe('theirs');
    expect(outcome.failed).toMatchObject([{ path: 'f00.js', error: expect.stringMatching(/^changed on disk/) as unknown }]);
    expect(check.rolledBack.map(({ finding }) => finding.title)).toEqual(['f05.js two']);
  });
});

describe('an interrupt', () => {
  const interrupted = async (root: string, at: (event: CheckEvent) => boolean, program: string): Promise<Checked> => {
    const controller = new AbortController();
    const fixes = withBad('f05.js two', 'f11.js one');
    return checked(root, fixes, program, {
      signal: controller.signal,
      onEvent: (event) => {
        if (at(event)) setTimeout(() => controller.abort(), event.kind === 'begins' ? 150 : 0);
      },
    });
  };
  const slow = `setTimeout(() => { ${failsOn('broken', ...fileNames)} }, 100);`;

  test.each(['before', 'after'])('while the command runs %s leaves every file as it was', async (stage) => {
    const root = project();
    const before = snapshot(root);
    const { check, outcome } = await interrupted(
      root,
      (event) => event.stage === stage && event.kind === 'begins',
      `setTimeout(() => {}, 600);`,
    );
    expect([check.verdict, outcome.written]).toEqual(['interrupted', []]);
    expect(snapshot(root)).toEqual(before);
  });

  test.each([3, 4, 5, 6, 7, 8, 9])(
    'at the %d. run, during the search, leaves what has passed last, and undo takes it back',
    async (nth) => {
      const root = project();
      const before = snapshot(root);
      const { check, outcome, events } = await interrupted(root, (event) => event.run === nth && event.kind === 'ends', slow);
      expect(check.verdict).toBe('interrupted');
      const passed = events.findLast((event) => event.kind === 'ends' && event.stage === 'search' && event.result.kind === 'passed');
      expect(outcome.written.length > 0).toBe(passed !== undefined);
      expect(Object.values(snapshot(root)).join()).not.toContain('broken');
      if (outcome.written.length > 0) await undo(root);
      expect(snapshot(root)).toEqual(before);
    },
  );

  test('ends what the command has started, too', async () => {
    const root = project();
    const child = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => require(\\'fs\\').writeFileSync(\\'late\\', \\'\\'), 1500)'], { stdio: 'inherit' }); setInterval(() => {}, 1000)`;
    writeFileSync(join(root, 'check.cjs'), child);
    const { check } = await interrupted(root, (event) => event.stage === 'before', `require('./check.cjs')`);
    expect(check.verdict).toBe('interrupted');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(() => readFileSync(join(root, 'late'))).toThrow('ENOENT');
  });
});
