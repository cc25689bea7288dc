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

  // New texts wait beside their files in batches of 16.
  test.each([
    ['journaled', 1, 0, 0],
    ['prepared', 1, 0, 16],
    ['written', 1, 1, 15],
    ['prepared', 12, 11, 5],
    ['written', 16, 16, 0],
    ['prepared', 17, 16, 14],
    ['written', count, count, 0],
  ])('when it has %s for the %d. time leaves %d files new, and undo brings all back', async (kind, nth, expected, waiting) => {
    const root = makeProject();
    const before = snapshot(root);
    expect((await writeAndDie(root, kind, nth)).signal).toBe('SIGKILL');
    expect(countNew(root)).toBe(expected);
    expect(leftovers(root).length).toBe(waiting);
    expect(await undo(root)).toMatchObject({
      restored: names.slice(0, expected),
      untouched: names.slice(expected),
      edited: [],
      failed: [],
      complete: true,
    });
    expect(snapshot(root)).toEqual(before);
    expect(leftovers(root)).toEqual([]);
  });

  test('leaves nothing that the next write does not clear away, and can still be undone after it', async () => {
    const root = makeProject();
    const before = snapshot(root);
    await writeAndDie(root, 'prepared', 12);
    expect(leftovers(root)).toEqual([11, 12, 13, 14, 15].map((index) => `.nodelift-000001-${index}.tmp`));
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

  /**
   * Writes, revises, undoes and writes again, and is killed when it has said something for a random time, and a little later:
   * what it does at that moment is left to chance.
   */
  const kills = Number(process.env.NODELIFT_KILLS ?? 500);
  const seed = Number(process.env.NODELIFT_SEED ?? 7);

  test(`at ${kills} random moments, while it writes, revises or undoes, leaves each file whole, and undo brings all back`, async () => {
    const script = `
      const onStep = ({ kind }) => output(kind);
      const revise = async (revisions) => {
        for (const texts of input.revised) {
          output('revises');
          await revisions.set(new Map(Object.entries(texts)));
        }
      };
      for (;;) {
        output('begins');
        await journal.applyWrites(input.root, input.writes, { onStep, revise });
        output('undoes');
        await journal.undo(input.root).catch((error) => { if (error.name !== 'UsageError') throw error; });
      }
    `;
    const between = (index: number): string => `between ${index}\n`.repeat(10);
    const revised = [
      Object.fromEntries(names.slice(0, 9).map((name, index) => [name, between(index)])),
      Object.fromEntries(names.map((name, index) => [name, newText(index)])),
    ];
    const random = randomNumbers(seed);
    const seen = new Set<string>();
    const killOnce = async (root: string, before: unknown): Promise<void> => {
      const nth = Math.ceil(random() * 70);
      const milliseconds = random() * 4;
      let said = 0;
      await runElsewhere(engine, {
        script,
        input: { root, writes, revised },
        onOutput: (_, child) => {
          said += 1;
          if (said === nth) setTimeout(() => child.kill('SIGKILL'), milliseconds);
        },
      });
      const kinds = names.map((name, index) => {
        const text = textOf(root, name);
        if (text === oldText(index)) return 'old';
        if (text === newText(index)) return 'new';
        if (text === between(index)) return 'between';
        throw new Error(`${name} is neither old nor new, but ${JSON.stringify(text.slice(0, 80))}… (seed ${seed})`);
      });
      seen.add([...new Set(kinds)].sort().join(' and '));
      await undo(root).catch((error: unknown) => {
        expect(String(error)).toMatch(/^UsageError: Nothing to undo/);
      });
      expect(snapshot(root)).toEqual(before);
    };
    const worker = async (share: number): Promise<void> => {
      const root = makeProject();
      const before = snapshot(root);
      for (let done = 0; done < share; done += 1) await killOnce(root, before);
    };
    await Promise.all([worker(Math.ceil(kills / 2)), worker(Math.floor(kills / 2))]);
    // The moments were not all before it began, or after it had ended.
    const states = ['new', 'new and old', 'old', 'between and old'];
    if (kills >= 200) expect([...seen]).toEqual(expect.arrayContaining(states));
  }, 900_000);
});

/** Mulberry32: the same numbers for the same seed. */
function randomNumbers(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

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

  test('in the midst of undo leaves the file new, and undo goes on when there is room', async () => {
    const root = makeTree({ 'a.js': 'old\n'.repeat(10_000), 'b.js': 'old b' });
    const before = snapshot(root);
    await write(root, { 'a.js': 'new a', 'b.js': 'new b' });
    const undoing = { script: `output(await journal.undo(input.root));`, input: { root }, wrapper: limited };
    const { outputs } = await runElsewhere(engine, undoing);
    const tooLarge = expect.stringMatching(/the file would be too large$/);
    expect(outputs).toMatchObject([{ restored: ['b.js'], failed: [{ path: 'a.js', error: tooLarge }], complete: false }]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 new a', 'b.js': '644 old b' });
    expect(await undo(root)).toMatchObject({ restored: ['a.js'], complete: true });
    expect(snapshot(root)).toEqual(before);
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

  test('who loses the right to a folder midway keeps whole files there, and undo goes on once the right is back', async () => {
    const root = makeTree({ 'a.js': 'old a', 'locked/b.js': 'old b', 'locked/c.js': 'old c', 'z.js': 'old z' });
    const paths = ['a.js', 'locked/b.js', 'locked/c.js', 'z.js'];
    const all = paths.map((path) => ({ path, before: textOf(root, path), after: textOf(root, path).replace('old', 'new'), bom: false }));
    // The first of the folder is written, and the second is not.
    const midway = `const { chmodSync } = await import('node:fs');
      const lock = (mode) => chmodSync(input.root + '/locked', mode);
      const onStep = (step) => step.kind === 'written' && step.path === 'locked/b.js' && lock(0o555);
      output(await journal.applyWrites(input.root, input.writes, { onStep }));
      output(await journal.undo(input.root));
      lock(0o755);
      output(await journal.undo(input.root));`;
    const { outputs } = await runElsewhere(engine, { script: midway, input: { root, writes: all }, ordinaryUser: { owning: root } });
    const denied = 'cannot be written: permission denied';
    expect(outputs).toMatchObject([
      { written: ['a.js', 'locked/b.js', 'z.js'], failed: [{ path: 'locked/c.js', error: denied }] },
      { restored: ['a.js', 'z.js'], failed: [{ path: 'locked/b.js' }], complete: false },
      { restored: ['locked/b.js'], failed: [], complete: true },
    ]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old a', 'locked/b.js': '644 old b', 'locked/c.js': '644 old c', 'z.js': '644 old z' });
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
