import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UsageError } from '../../engine/errors.ts';
import { undo } from '../../engine/journal/index.ts';
import { withLock } from '../../engine/journal/lock.ts';
import { makeTree } from '../discover/temporary-tree.ts';
import { snapshot, textOf, write } from './project.ts';

/** A project in which a process has, or had, the lock. */
const lockedBy = (name: string): string => makeTree({ 'a.js': 'old', [`.nodelift/lock/${name}`]: '' });

const locksOf = (root: string): string[] => readdirSync(join(root, '.nodelift/lock'));

const deadProcess = (): number => spawnSync('true').pid;

test('a second write is refused while the first goes on, and undo too', async () => {
  const root = makeTree({ 'a.js': 'old', 'b.js': 'old' });
  await write(root, { 'a.js': 'older' });
  await withLock(root, async () => {
    const attempt = write(root, { 'b.js': 'new' });
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(
      /^Another run of nodelift \(process \d+ on .+\) is writing here; wait until it is done, or delete \S+lock if it is not running\.$/,
    );
    await expect(undo(root)).rejects.toThrow(/^Another run of nodelift/);
  });
  expect(snapshot(root)).toEqual({ 'a.js': '644 older', 'b.js': '644 old' });
  expect((await write(root, { 'b.js': 'new' })).written).toEqual(['b.js']);
});

test('the lock is gone afterwards, also after a failure', async () => {
  const root = makeTree({ 'a.js': 'old' });
  await write(root, { 'a.js': 'new' });
  writeFileSync(join(root, '.nodelift/journal/000001/manifest.json'), 'damaged');
  await expect(undo(root)).rejects.toThrow(/is damaged/);
  expect(locksOf(root)).toEqual([]);
});

test.each([
  ['of a dead process', `${deadProcess()},1,${hostname()},a1`],
  ['of a process whose number another one has now', `${process.pid},1,${hostname()},a1`],
  ['that is none', 'unknown'],
])('the lock %s is no obstacle, and goes', async (_, name) => {
  const root = lockedBy(name);
  expect((await write(root, { 'a.js': 'new' })).written).toEqual(['a.js']);
  expect(locksOf(root)).toEqual([]);
});

test('the lock of another machine is respected', async () => {
  const name = `${deadProcess()},1,build%20server,a1`;
  const root = lockedBy(name);
  await expect(write(root, { 'a.js': 'new' })).rejects.toThrow(/process \d+ on build server/);
  expect(locksOf(root)).toEqual([name]);
  expect(textOf(root, 'a.js')).toBe('old');
});

test('of many that come at once, never do two hold it', async () => {
  const root = lockedBy(`${deadProcess()},1,${hostname()},a1`);
  let holders = 0;
  let most = 0;
  const hold = async (): Promise<void> => {
    holders += 1;
    most = Math.max(most, holders);
    await setTimeout(3);
    holders -= 1;
  };
  await Promise.allSettled(Array.from({ length: 12 }, () => withLock(root, hold)));
  await withLock(root, hold);
  expect(most).toBe(1);
  expect(locksOf(root)).toEqual([]);
});
