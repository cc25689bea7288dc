import { describe, expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../engine/errors.ts';
import { findJournalRoot, undo } from '../../engine/journal/index.ts';
import { makeTree } from '../discover/temporary-tree.ts';
import { journals, snapshot, textOf, write } from './project.ts';

describe('undo', () => {
  test('restores every byte and mode', async () => {
    const root = makeTree({ 'a.js': '\uFEFFold\r\n\u2028 é', 'cli.js': '#!/usr/bin/env node\nold', 'empty.js': '' });
    chmodSync(join(root, 'cli.js'), 0o750);
    const before = snapshot(root);
    await write(root, { 'a.js': 'new a', 'cli.js': 'new', 'empty.js': 'new' });
    expect(snapshot(root)).not.toEqual(before);
    expect(await undo(root)).toEqual({
      journal: '000001',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      restored: ['a.js', 'cli.js', 'empty.js'],
      untouched: [],
      edited: [],
      failed: [],
      complete: true,
    });
    expect(snapshot(root)).toEqual(before);
  });

  test('restores a mode that was changed since', async () => {
    const root = makeTree({ 'a.js': 'old' });
    await write(root, { 'a.js': 'new' });
    chmodSync(join(root, 'a.js'), 0o777);
    await undo(root);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old' });
  });

  test('done again takes back the write before, until there is none', async () => {
    const root = makeTree({ 'a.js': 'one', 'b.js': 'one' });
    await write(root, { 'a.js': 'two', 'b.js': 'two' });
    await write(root, { 'a.js': 'three' });
    await undo(root);
    expect(snapshot(root)).toEqual({ 'a.js': '644 two', 'b.js': '644 two' });
    await undo(root);
    expect(snapshot(root)).toEqual({ 'a.js': '644 one', 'b.js': '644 one' });
    await expect(undo(root)).rejects.toThrow(
      `Nothing to undo in ${root}: no write of nodelift is recorded there; run it in the project that was written.`,
    );
  });

  test('where nothing was ever written is a mistake that leaves no trace', async () => {
    const root = makeTree({ 'a.js': 'old' });
    await expect(undo(root)).rejects.toThrow(UsageError);
    expect(snapshot(root)).toEqual({ 'a.js': '644 old' });
    expect(statSync(join(root, '.nodelift'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('leaves what somebody edited, and puts the original beside it', async () => {
    const root = makeTree({ 'api/a.js': 'old a', 'b.js': 'old b' });
    chmodSync(join(root, 'api/a.js'), 0o755);
    await write(root, { 'api/a.js': 'new a', 'b.js': 'new b' });
    writeFileSync(join(root, 'api/a.js'), 'new a, edited');
    expect(await undo(root)).toMatchObject({
      restored: ['b.js'],
      edited: [{ path: 'api/a.js', change: 'edited', original: 'api/a.js.nodelift-orig' }],
      complete: true,
    });
    expect(snapshot(root)).toEqual({ 'api/a.js': '755 new a, edited', 'api/a.js.nodelift-orig': '755 old a', 'b.js': '644 old b' });
  });

  test('does not bring back what somebody deleted, but puts the original where it was', async () => {
    const root = makeTree({ 'api/a.js': 'old a' });
    await write(root, { 'api/a.js': 'new a' });
    rmSync(join(root, 'api'), { recursive: true });
    expect((await undo(root)).edited).toEqual([{ path: 'api/a.js', change: 'deleted', original: 'api/a.js.nodelift-orig' }]);
    expect(snapshot(root)).toEqual({ 'api/a.js.nodelift-orig': '644 old a' });
  });

  test('overwrites no original that was put beside before', async () => {
    const root = makeTree({ 'a.js': 'old', 'a.js.nodelift-orig': 'older' });
    await write(root, { 'a.js': 'new' });
    writeFileSync(join(root, 'a.js'), 'edited');
    expect((await undo(root)).edited).toMatchObject([{ original: 'a.js.nodelift-orig-2' }]);
    expect(snapshot(root)).toEqual({ 'a.js': '644 edited', 'a.js.nodelift-orig': '644 older', 'a.js.nodelift-orig-2': '644 old' });
  });

  test('of a file that is back already has nothing to do with it', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b' });
    await write(root, { 'a.js': 'new a', 'b.js': 'new b' });
    writeFileSync(join(root, 'a.js'), 'old a');
    expect(await undo(root)).toMatchObject({ restored: ['b.js'], untouched: ['a.js'], edited: [] });
  });

  test('that cannot restore a file keeps the journal, and goes on with it when asked again', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b', 'c.js': 'old c' });
    await write(root, { 'a.js': 'new a', 'b.js': 'new b', 'c.js': 'new c' });
    chmodSync(join(root, 'b.js'), 0o444);
    writeFileSync(join(root, 'c.js'), 'edited');
    const first = await undo(root);
    expect(first).toMatchObject({
      restored: ['a.js'],
      failed: [{ path: 'b.js', error: expect.stringMatching(/^is read-only/) }],
      complete: false,
    });
    chmodSync(join(root, 'b.js'), 0o644);
    expect(await undo(root)).toMatchObject({ restored: ['b.js'], untouched: ['a.js'], failed: [], complete: true });
    expect(snapshot(root)).toEqual({ 'a.js': '644 old a', 'b.js': '644 old b', 'c.js': '644 edited', 'c.js.nodelift-orig': '644 old c' });
  });

  test('that is interrupted goes on when asked again', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b' });
    await write(root, { 'a.js': 'new a', 'b.js': 'new b' });
    expect(await undo(root, { signal: AbortSignal.abort() })).toMatchObject({ restored: [], complete: false });
    expect(await undo(root)).toMatchObject({ restored: ['a.js', 'b.js'], complete: true });
  });

  test('does not follow a link that has come in between out of the project', async () => {
    const outside = makeTree({ 'a.js': 'new a' });
    const root = makeTree({ 'a.js': 'old a' });
    await write(root, { 'a.js': 'new a' });
    rmSync(join(root, 'a.js'));
    symlinkSync(join(outside, 'a.js'), join(root, 'a.js'));
    expect((await undo(root)).failed).toMatchObject([
      { path: 'a.js', error: expect.stringMatching(/^is a link that leads out of the project/) },
    ]);
    expect(textOf(outside, 'a.js')).toBe('new a');
  });
});

describe('the journal', () => {
  test('keeps the last twenty writes', async () => {
    const root = makeTree({ 'a.js': '0' });
    for (let number = 1; number <= 23; number += 1) await write(root, { 'a.js': String(number) });
    expect(journals(root)).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 4).padStart(6, '0')));
    for (let count = 0; count < 20; count += 1) await undo(root);
    expect(textOf(root, 'a.js')).toBe('3');
    await expect(undo(root)).rejects.toThrow(/^Nothing to undo/);
  });

  test('is found from any folder of the project', async () => {
    const root = makeTree({ 'api/v1/a.js': 'old' });
    expect(findJournalRoot(join(root, 'api/v1'))).toBeUndefined();
    await write(root, { 'api/v1/a.js': 'new' });
    expect(findJournalRoot(join(root, 'api/v1'))).toBe(root);
  });

  test.each([
    ['not JSON', '{'],
    ['of another version', '{ "version": 2, "time": "", "state": "closed", "files": [] }'],
    ['with a path out of the project', (text: string) => text.replace('"a.js"', '"../a.js"')],
    ['with an absolute path', (text: string) => text.replace('"a.js"', '"/a.js"')],
    ['with an impossible length', (text: string) => text.replace(/"length": \d+/, '"length": -1')],
  ])('that is damaged is a clear line, and nothing is touched: %s', async (_, damage) => {
    const root = makeTree({ 'a.js': 'old' });
    await write(root, { 'a.js': 'new' });
    const manifest = join(root, '.nodelift/journal/000001/manifest.json');
    writeFileSync(manifest, typeof damage === 'string' ? damage : damage(readFileSync(manifest, 'utf8')));
    const attempt = undo(root);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(/manifest\.json is damaged or of another version/);
    expect(textOf(root, 'a.js')).toBe('new');
  });

  test('whose originals are damaged restores none of them wrongly', async () => {
    const root = makeTree({ 'a.js': 'old a', 'b.js': 'old b' });
    await write(root, { 'a.js': 'new a', 'b.js': 'new b' });
    writeFileSync(join(root, '.nodelift/journal/000001/originals'), 'old aold c');
    expect(await undo(root)).toMatchObject({
      restored: ['a.js'],
      failed: [{ path: 'b.js', error: 'cannot be restored: its original in the journal is damaged' }],
    });
    expect(textOf(root, 'b.js')).toBe('new b');
  });

  test('that a crash left half made is not taken for one, and goes with the next write', async () => {
    const root = makeTree({ 'a.js': 'old' });
    mkdirSync(join(root, '.nodelift/journal/000001.new'), { recursive: true });
    mkdirSync(join(root, '.nodelift/journal/000007.old'));
    await expect(undo(root)).rejects.toThrow(/^Nothing to undo/);
    await write(root, { 'a.js': 'new' });
    expect(journals(root)).toEqual(['000001']);
  });
});
