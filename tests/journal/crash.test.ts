import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, linkSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { undo } from '../../engine/journal/index.ts';
import { compileEngine, removeEngine, runElsewhere } from '../discover/other-process.ts';
import type { OtherProcessResult } from '../discover/other-process.ts';
import { makeTree } from '../discover/temporary-tree.ts';
import { snapshot, textOf, write } from './project.ts';

let engine = '';
beforeAll(() => {
  engine = compileEngine();
});
afterAll(() => {
  removeEngine(engine);
});

const oldText = (index: number): string => `old ${index}\n`.repeat(20 + index * 40);
const newText = (index: number): string => `new ${index}\n`.repeat(30 + index * 30);

const count = 30;
const names = Array.from({ length: count }, (_, index) => `api/${String(index).padStart(2, '0')}.js`);

const makeProject = (): string => {
  const root = makeTree(Object.fromEntries(names.map((name, index) => [name, oldText(index)])));
  chmodSync(join(root, 'api/05.js'), 0o755);
  return root;
};

const writes = names.map((path, index) => ({ path, before: oldText(index), after: newText(index), bom: false }));

/** How many files are new; fails if any is neither old nor new. */
const countNew = (root: string): number => {
  let found = 0;
  for (const [index, name] of names.entries()) {
    const text = textOf(root, name);
    if (text === newText(index)) found += 1;
    else if (text !== oldText(index)) throw new Error(`${name} is neither old nor new, but ${JSON.stringify(text.slice(0, 80))}…`);
  }
  return found;
};

const leftovers = (root: string): string[] => readdirSync(join(root, 'api')).filter((name) => !/^\d\d\.js$/.test(name));

describe('a process that is killed', () => {
  /** Kills itself when it reports the given step for the given time. */
  const writeAndDie = (root: string, kind: string, nth: number): Promise<OtherProcessResult> =>
    runElsewhere(engine, {
      script: `
        let seen = 0;
        const onStep = (step) => step.kind === input.kind && ++seen === input.nth && process.kill(process.pid, 'SIGKILL');
        await journal.applyWrites(input.root, input.writes, { onStep });
      `,
      input: { root, writes, kind, nth },
    });

  test.each([
    ['journaled', 1, 0],
    ['prepared', 1, 0],
    ['written', 1, 1],
    ['prepared', 12, 11],
    ['written', count, count],
  ])('when it has %s for the %d. time leaves %d files new, and undo brings all back', async (kind, nth, expected) => {
    const root = makeProject();
    const before = snapshot(root);
    expect((await writeAndDie(root, kind, nth)).signal).toBe('SIGKILL');
    expect(countNew(root)).toBe(expected);
    expect(leftovers(root).length).toBe(kind === 'prepared' ? 1 : 0);
    expect(await undo(root)).toMatchObject({
      restored: names.slice(0, expected),
      untouched: names.slice(expected),
      edited: [],
      failed: [],
      complete: true,
    });
    expect(snapshot(root)).toEqual(before);
  });

  test('leaves nothing that the next write does not clear away, and can still be undone after it', async () => {
    const root = makeProject();
    const before = snapshot(root);
    await writeAndDie(root, 'prepared', 12);
    expect(leftovers(root)).toEqual(['.nodelift-000001-11.tmp']);
    await write(root, { 'api/00.js': 'newer' });
    expect(leftovers(root)).toEqual([]);
    await undo(root);
    expect(countNew(root)).toBe(11);
    await undo(root);
    expect(snapshot(root)).toEqual(before);
  });

  test('and files that people edit afterwards are left to them', async () => {
    const root = makeProject();
    await writeAndDie(root, 'written', 12);
    writeFileSync(join(root, 'api/03.js'), 'edited, was new');
    writeFileSync(join(root, 'api/20.js'), 'edited, was old');
    expect((await undo(root)).edited.map(({ path }) => path)).toEqual(['api/03.js', 'api/20.js']);
    expect(textOf(root, 'api/03.js')).toBe('edited, was new');
    expect(textOf(root, 'api/03.js.nodelift-orig')).toBe(oldText(3));
    expect(countNewExcept(root)).toBe(0);
  });

  const countNewExcept = (root: string): number => {
    writeFileSync(join(root, 'api/03.js'), oldText(3));
    writeFileSync(join(root, 'api/20.js'), oldText(20));
    return countNew(root);
  };

  /** Kills the process when it says something for the given time, and a little later: what it does meanwhile is left to chance. */
  const killAt = async (nth: number, milliseconds: number, script: string, input: unknown): Promise<void> => {
    let said = 0;
    await runElsewhere(engine, {
      script: `output('begins'); ${script}`,
      input,
      onOutput: (_, child) => {
        said += 1;
        if (said === nth) setTimeout(() => child.kill('SIGKILL'), milliseconds);
      },
    });
  };

  test('at any moment, while it writes or undoes, leaves each file old or new, and undo brings all back', async () => {
    const writing = `await journal.applyWrites(input.root, input.writes, { onStep: ({ kind }) => kind === 'written' && output(kind) });`;
    const undoing = 'await journal.undo(input.root).catch(() => undefined);';
    let cutShort = 0;
    for (let run = 0; run < 30; run += 1) {
      const root = makeProject();
      const before = snapshot(root);
      await killAt(Math.max(1, run - 8), run % 9, writing, { root, writes });
      const written = countNew(root);
      if (written > 0 && written < count) cutShort += 1;
      if (run % 3 === 0) await killAt(1, run % 13, undoing, { root });
      expect(countNew(root)).toBeLessThanOrEqual(written);
      await undo(root).catch((error: unknown) => {
        expect(String(error)).toMatch(/^UsageError: Nothing to undo/);
      });
      expect(snapshot(root)).toEqual(before);
    }
    expect(cutShort).toBeGreaterThan(3);
  }, 180_000);
});

describe('a disk that takes no more', () => {
  /** A limit on the size of files, in blocks of 1024 bytes, whose excess is an error instead of a signal. */
  const limited = ['bash', '-c', 'trap "" XFSZ; ulimit -f 16; exec "$@"', 'bash'];
  const big = 'new\n'.repeat(10_000);
  const script = `output(await journal.applyWrites(input.root, input.writes));`;

  test('leaves the file old, and the others are written', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b' });
    const both = [
      { path: 'a.js', before: 'old a', after: big, bom: false },
      { path: 'b.js', before: 'old b', after: 'new b', bom: false },
    ];
    const { outputs } = await runElsewhere(engine, { script, input: { root, writes: both }, wrapper: limited });
    expect(outputs).toMatchObject([
      { written: ['b.js'], failed: [{ path: 'a.js', error: 'cannot be written: the file would be too large' }] },
    ]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old a', 'b.js': '644 new b' });
  });

  test('leaves a file with several links old too', async () => {
    const root = makeTree({ 'a.js': 'old a' });
    linkSync(join(root, 'a.js'), join(root, 'b.js'));
    const one = [{ path: 'a.js', before: 'old a', after: big, bom: false }];
    const { outputs } = await runElsewhere(engine, { script, input: { root, writes: one }, wrapper: limited });
    expect(outputs).toMatchObject([{ written: [], failed: [{ path: 'a.js', error: 'cannot be written: the file would be too large' }] }]);
    expect(readdirSync(join(root, '.nodelift/journal'))).toEqual([]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old a', 'b.js': '644 old a' });
  });

  test('for the journal means that nothing is written', async () => {
    const old = 'old\n'.repeat(10_000);
    const root = makeTree({ 'a.js': old });
    const one = [{ path: 'a.js', before: old, after: 'new', bom: false }];
    const caught = `try { ${script} } catch (error) { output([error.name, error.message]); }`;
    const { outputs } = await runElsewhere(engine, { script: caught, input: { root, writes: one }, wrapper: limited });
    expect(outputs).toEqual([['UsageError', expect.stringMatching(/cannot be made: the file would be too large\. Nothing was written/)]]);
    expect(textOf(root, 'a.js')).toBe(old);
    expect(readdirSync(join(root, '.nodelift/journal'))).toEqual([]);
  });
});

describe('an ordinary user', () => {
  const script = `output(await journal.applyWrites(input.root, input.writes).catch((error) => [error.name, error.message]));`;

  test('is told of a folder that may not be written, and the other files are', async () => {
    const root = makeTree({ 'locked/a.js': 'old a', 'b.js': 'old b' });
    chmodSync(join(root, 'locked'), 0o555);
    const both = [
      { path: 'locked/a.js', before: 'old a', after: 'new a', bom: false },
      { path: 'b.js', before: 'old b', after: 'new b', bom: false },
    ];
    const { outputs } = await runElsewhere(engine, { script, input: { root, writes: both }, ordinaryUser: { owning: root } });
    expect(outputs).toMatchObject([
      { written: ['b.js'], failed: [{ path: 'locked/a.js', error: 'cannot be written: permission denied' }] },
    ]);
    expect(snapshot(root)).toMatchObject({ 'locked/a.js': '644 old a', 'b.js': '644 new b' });
  });

  test('is told when the journal cannot be kept', async () => {
    const root = makeTree({ 'a.js': 'old a' });
    chmodSync(root, 0o555);
    const one = [{ path: 'a.js', before: 'old a', after: 'new a', bom: false }];
    const { outputs } = await runElsewhere(engine, { script, input: { root, writes: one }, ordinaryUser: { owning: root } });
    expect(outputs).toEqual([
      ['UsageError', `${root}/.nodelift cannot be made: permission denied. Nothing was written, since nothing could be taken back.`],
    ]);
    expect(textOf(root, 'a.js')).toBe('old a');
  });
});
