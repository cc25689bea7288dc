import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../engine/errors.ts';
import { applyWrites, undo } from '../../engine/journal/index.ts';
import type { FileWrite, WriteOptions } from '../../engine/journal/index.ts';
import { makeTree } from '../discover/temporary-tree.ts';
import { change, journals, snapshot, textOf, write } from './project.ts';

const changed = 'changed on disk since it was read, and was left as it is; run nodelift again';

describe('a write', () => {
  test('gives each file its new text, and says so', async () => {
    const root = makeTree({ 'a.js': 'old a', 'api/b.js': 'old b', 'c.js': 'old c' });
    expect(await write(root, { 'a.js': 'new a', 'api/b.js': 'new b' })).toEqual({
      journal: '000001',
      written: ['a.js', 'api/b.js'],
      failed: [],
      skipped: [],
    });
    expect(snapshot(root)).toEqual({ 'a.js': '644 new a', 'api/b.js': '644 new b', 'c.js': '644 old c' });
  });

  test('keeps a byte order mark, and what is no ASCII', async () => {
    const root = makeTree({ 'a.js': '\uFEFFalt — é' });
    await write(root, { 'a.js': 'neu — 🚀\r\n' });
    expect(textOf(root, 'a.js')).toBe('\uFEFFneu — 🚀\r\n');
  });

  test('keeps the mode', async () => {
    const root = makeTree({ 'cli.js': 'old', 'own.js': 'old', 'set.js': 'old' });
    chmodSync(join(root, 'cli.js'), 0o755);
    chmodSync(join(root, 'own.js'), 0o600);
    chmodSync(join(root, 'set.js'), 0o2775);
    await write(root, { 'cli.js': 'new', 'own.js': 'new', 'set.js': 'new' });
    expect(snapshot(root)).toEqual({ 'cli.js': '755 new', 'own.js': '600 new', 'set.js': '2775 new' });
  });

  test('keeps the owner, if the user may give files away', async () => {
    const root = makeTree({ 'a.js': 'old' });
    const owner = process.getuid?.() === 0 ? 65534 : (process.getuid?.() ?? 0);
    chownSync(join(root, 'a.js'), owner, -1);
    await write(root, { 'a.js': 'new' });
    expect(statSync(join(root, 'a.js')).uid).toBe(owner);
  });

  test('puts a new file in the place of the old one, so that nobody reads half of it', async () => {
    const root = makeTree({ 'a.js': 'old' });
    const { ino } = statSync(join(root, 'a.js'));
    const during: string[] = [];
    await write(root, { 'a.js': 'new' }, { onStep: ({ kind }) => during.push(`${kind}: ${textOf(root, 'a.js')}`) });
    expect(during).toEqual(['journaled: old', 'prepared: old', 'written: new']);
    expect(statSync(join(root, 'a.js')).ino).not.toBe(ino);
  });

  test('keeps a symbolic link, and writes what it leads to', async () => {
    const root = makeTree({ 'lib/a.js': 'old', 'b/': '' });
    symlinkSync('../lib/a.js', join(root, 'b/a.js'));
    expect((await write(root, { 'b/a.js': 'new' })).written).toEqual(['b/a.js']);
    expect(snapshot(root)).toEqual({ 'b/a.js': '-> ../lib/a.js', 'lib/a.js': '644 new' });
    await undo(root);
    expect(snapshot(root)).toEqual({ 'b/a.js': '-> ../lib/a.js', 'lib/a.js': '644 old' });
  });

  test('keeps hard links: all names have the new text', async () => {
    const root = makeTree({ 'a.js': 'old and long' });
    linkSync(join(root, 'a.js'), join(root, 'b.js'));
    await write(root, { 'a.js': 'new' });
    expect(snapshot(root)).toEqual({ 'a.js': '644 new', 'b.js': '644 new' });
    expect(statSync(join(root, 'a.js')).nlink).toBe(2);
    await undo(root);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old and long', 'b.js': '644 old and long' });
  });

  test('writes a file once that is asked for by two of its names', async () => {
    const root = makeTree({ 'a.js': 'old' });
    linkSync(join(root, 'a.js'), join(root, 'b.js'));
    expect(await write(root, { 'a.js': 'new', 'b.js': 'new' })).toMatchObject({ written: ['a.js', 'b.js'], failed: [] });
    await undo(root);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old', 'b.js': '644 old' });
  });

  test('leaves the shared store of a package manager alone', async () => {
    const root = makeTree({ 'store/a.js': 'old', 'node_modules/shop/': '' });
    linkSync(join(root, 'store/a.js'), join(root, 'node_modules/shop/a.js'));
    await write(root, { 'node_modules/shop/a.js': 'new' });
    expect(snapshot(root)).toEqual({ 'node_modules/shop/a.js': '644 new', 'store/a.js': '644 old' });
  });

  test('of nothing leaves no trace', async () => {
    const root = makeTree({});
    expect(await applyWrites(root, [])).toEqual({ journal: undefined, written: [], failed: [], skipped: [] });
    expect(readdirSync(root)).toEqual([]);
  });

  test('leaves nothing behind but the journal, of which git sees nothing', async () => {
    const root = makeTree({ 'a.js': 'old' });
    spawnSync('git', ['init', '-q'], { cwd: root });
    spawnSync('git', ['add', '-A'], { cwd: root });
    await write(root, { 'a.js': 'new' });
    expect(readdirSync(root).sort()).toEqual(['.git', '.nodelift', 'a.js']);
    expect(readdirSync(join(root, '.nodelift')).sort()).toEqual(['.gitignore', 'journal', 'lock']);
    expect(readdirSync(join(root, '.nodelift/lock'))).toEqual([]);
    const status = spawnSync('git', ['status', '--porcelain', '-uall'], { cwd: root, encoding: 'utf8' });
    expect(status.stdout).toBe('AM a.js\n');
  });
});

describe('a file that may not be written is reported, and the others are written', () => {
  test('changed since it was read', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b' });
    const writes = [change(root, 'a.js', 'new a'), change(root, 'b.js', 'new b')];
    writeFileSync(join(root, 'a.js'), 'edited');
    const journaled: number[] = [];
    const onStep: WriteOptions['onStep'] = (step) => step.kind === 'journaled' && journaled.push(step.total);
    expect(await applyWrites(root, writes, { onStep })).toMatchObject({ written: ['b.js'], failed: [{ path: 'a.js', error: changed }] });
    expect(journaled).toEqual([1]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 edited', 'b.js': '644 new b' });
  });

  test('changed at the last moment', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b' });
    const edit = (): void => writeFileSync(join(root, 'a.js'), 'edited');
    const outcome = await write(
      root,
      { 'a.js': 'new a', 'b.js': 'new b' },
      { onStep: (step) => step.kind === 'prepared' && step.path === 'a.js' && edit() },
    );
    expect(outcome).toMatchObject({ written: ['b.js'], failed: [{ path: 'a.js', error: changed }] });
    expect(await undo(root)).toMatchObject({ restored: ['b.js'], edited: [] });
    expect(snapshot(root)).toEqual({ 'a.js': '644 edited', 'b.js': '644 old b' });
  });

  test('changed at the last moment, with several hard links', async () => {
    const root = makeTree({ 'a.js': 'old a' });
    linkSync(join(root, 'a.js'), join(root, 'b.js'));
    const outcome = await write(
      root,
      { 'a.js': 'new a' },
      { onStep: ({ kind }) => kind === 'journaled' && writeFileSync(join(root, 'b.js'), 'edited') },
    );
    expect(outcome).toMatchObject({ journal: undefined, written: [], failed: [{ path: 'a.js', error: changed }] });
    expect(textOf(root, 'a.js')).toBe('edited');
  });

  test('only the byte order mark was added', async () => {
    const root = makeTree({ 'a.js': 'old' });
    const writes = [change(root, 'a.js', 'new')];
    writeFileSync(join(root, 'a.js'), '\uFEFFold');
    expect((await applyWrites(root, writes)).failed).toEqual([{ path: 'a.js', error: changed }]);
  });

  test('deleted', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b' });
    const writes = [change(root, 'a.js', 'new a'), change(root, 'b.js', 'new b')];
    rmSync(join(root, 'a.js'));
    const { failed, written } = await applyWrites(root, writes);
    expect({ failed, written }).toEqual({
      failed: [{ path: 'a.js', error: 'was deleted since it was read; run nodelift again' }],
      written: ['b.js'],
    });
    expect(snapshot(root)).toEqual({ 'b.js': '644 new b' });
  });

  test('replaced by a folder', async () => {
    const root = makeTree({ 'a.js': 'old a' });
    const writes = [change(root, 'a.js', 'new a')];
    rmSync(join(root, 'a.js'));
    mkdirSync(join(root, 'a.js'));
    expect((await applyWrites(root, writes)).failed).toEqual([{ path: 'a.js', error: 'is not a file any more, and was left as it is' }]);
  });

  test('replaced by a link out of the project', async () => {
    const outside = makeTree({ 'a.js': 'old a' });
    const root = makeTree({ 'a.js': 'old a' });
    const writes = [change(root, 'a.js', 'new a')];
    rmSync(join(root, 'a.js'));
    symlinkSync(join(outside, 'a.js'), join(root, 'a.js'));
    expect((await applyWrites(root, writes)).failed).toEqual([
      { path: 'a.js', error: 'is a link that leads out of the project, and was left as it is' },
    ]);
    expect(textOf(outside, 'a.js')).toBe('old a');
  });

  test('read-only, also for the superuser, and although a rename would get past it', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b' });
    chmodSync(join(root, 'a.js'), 0o444);
    expect(await write(root, { 'a.js': 'new a', 'b.js': 'new b' })).toMatchObject({
      written: ['b.js'],
      failed: [{ path: 'a.js', error: 'is read-only, and was left as it is; make it writable and run nodelift again' }],
    });
    expect(snapshot(root)).toEqual({ 'a.js': '444 old a', 'b.js': '644 new b' });
  });

  test('nothing that could be written means no journal', async () => {
    const root = makeTree({ 'a.js': 'old' });
    chmodSync(join(root, 'a.js'), 0o444);
    expect((await write(root, { 'a.js': 'new' })).journal).toBeUndefined();
    expect(journals(root)).toEqual([]);
  });
});

describe('files that one fix changes together', () => {
  const together = (root: string, fixes: Readonly<Record<string, readonly string[]>>): FileWrite[] =>
    Object.entries(fixes).map(([path, ids]) => ({ ...change(root, path, `new ${path}`), fixes: ids }));
  const files = { 'a.js': 'old a', 'b.js': 'old b', 'c.js': 'old c', 'd.js': 'old d' };
  const fixes = { 'a.js': ['one'], 'b.js': ['one', 'two'], 'c.js': ['two'], 'd.js': ['three'] };

  test('are all left as they are when one of them cannot be written, and the others are written', async () => {
    const root = makeTree(files);
    const writes = together(root, fixes);
    writeFileSync(join(root, 'a.js'), 'edited');
    const { written, failed } = await applyWrites(root, writes);
    expect(written).toEqual(['d.js']);
    expect(failed).toEqual([
      { path: 'a.js', error: 'changed on disk since it was read, and was left as it is; run nodelift again' },
      { path: 'b.js', error: 'was left as it is, since a fix also changes a.js, which was not written' },
      { path: 'c.js', error: 'was left as it is, since a fix also changes b.js, which was not written' },
    ]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 edited', 'b.js': '644 old b', 'c.js': '644 old c', 'd.js': '644 new d.js' });
  });

  test('get their old texts back when one of them changes at the last moment', async () => {
    const root = makeTree(files);
    const { written, failed } = await applyWrites(root, together(root, fixes), {
      onStep: (step) => step.kind === 'prepared' && step.path === 'c.js' && writeFileSync(join(root, 'c.js'), 'edited'),
    });
    expect([written, failed.map(({ path }) => path).sort()]).toEqual([['d.js'], ['a.js', 'b.js', 'c.js']]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old a', 'b.js': '644 old b', 'c.js': '644 edited', 'd.js': '644 new d.js' });
    await undo(root);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old a', 'b.js': '644 old b', 'c.js': '644 edited', 'd.js': '644 old d' });
  });

  test('are not left half written by an interrupt', async () => {
    const root = makeTree(files);
    const controller = new AbortController();
    const { written, skipped } = await applyWrites(root, together(root, fixes), {
      signal: controller.signal,
      onStep: (step) => step.kind === 'written' && step.path === 'b.js' && controller.abort(),
    });
    expect([written, skipped]).toEqual([[], ['a.js', 'b.js', 'c.js', 'd.js']]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old a', 'b.js': '644 old b', 'c.js': '644 old c', 'd.js': '644 old d' });
    await expect(undo(root)).rejects.toThrow(/^Nothing to undo/);
  });
});

describe('an interrupt', () => {
  test('lets the file in hand be finished, and begins no other', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b', 'c.js': 'old c' });
    const controller = new AbortController();
    const texts = { 'a.js': 'new a', 'b.js': 'new b', 'c.js': 'new c' };
    const interrupt = (): void => controller.abort();
    const outcome = await write(root, texts, {
      signal: controller.signal,
      onStep: (step) => step.kind === 'prepared' && step.path === 'b.js' && interrupt(),
    });
    expect(outcome).toEqual({ journal: '000001', written: ['a.js', 'b.js'], failed: [], skipped: ['c.js'] });
    expect(snapshot(root)).toEqual({ 'a.js': '644 new a', 'b.js': '644 new b', 'c.js': '644 old c' });
    writeFileSync(join(root, 'c.js'), 'edited');
    expect(await undo(root)).toMatchObject({ restored: ['a.js', 'b.js'], untouched: [], edited: [] });
  });

  test('before anything was written leaves nothing to undo', async () => {
    const root = makeTree({ 'a.js': 'old' });
    expect(await write(root, { 'a.js': 'new' }, { signal: AbortSignal.abort() })).toEqual({
      journal: undefined,
      written: [],
      failed: [],
      skipped: ['a.js'],
    });
    expect(textOf(root, 'a.js')).toBe('old');
    await expect(undo(root)).rejects.toThrow(UsageError);
  });
});

describe('without a journal nothing is written', () => {
  test('because its place is taken', async () => {
    const root = makeTree({ 'a.js': 'old', '.nodelift': 'a file' });
    const attempt = write(root, { 'a.js': 'new' });
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(/^\S+\.nodelift cannot be made: .*\. Nothing was written, since nothing could be taken back\.$/);
    expect(textOf(root, 'a.js')).toBe('old');
  });

  test('because its place is a link to elsewhere', async () => {
    const outside = makeTree({});
    const root = makeTree({ 'a.js': 'old' });
    symlinkSync(outside, join(root, '.nodelift'));
    await expect(write(root, { 'a.js': 'new' })).rejects.toThrow(/is a link, and the journal must lie in the project itself/);
    expect(textOf(root, 'a.js')).toBe('old');
    expect(readdirSync(outside)).toEqual([]);
  });
});
