import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import crypto from 'node:crypto';
import dns from 'node:dns';
import fs from 'node:fs';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { callbackApis, fsWithout } from '../../catalog/callback-apis.ts';

type AsyncLibrary = Readonly<Record<string, (...given: unknown[]) => unknown>>;

const require = createRequire(import.meta.url);
const library = (version: number): AsyncLibrary => require(`async${version}`) as AsyncLibrary;

function namesOf(module: string): string[] {
  return callbackApis.filter((row) => row.module === module && row.on === 'module').flatMap((row) => row.names);
}

/** Functions that exist in a synchronous form too take a callback. */
function callbackFunctions(module: object): string[] {
  const names = Object.keys(module);
  return names.filter((name) => names.includes(`${name}Sync`));
}

describe('the catalog of callback functions, against the running Node', () => {
  test('fs: every function with a synchronous form, or a twin in fs/promises, has a row or a reason', () => {
    const twins = Object.keys(fs.promises).filter((name) => typeof fs[name as keyof typeof fs] === 'function');
    const expected = new Set([...callbackFunctions(fs), ...twins]);
    const known = new Set([...namesOf('fs'), ...Object.keys(fsWithout)]);
    expect([...expected].filter((name) => !known.has(name))).toEqual([]);
  });

  test('fs: what the rows call a twin is in fs/promises', () => {
    const rows = callbackApis.filter((row) => row.module === 'fs' && row.form.kind === 'twin').flatMap((row) => row.names);
    expect(rows.filter((name) => typeof fs.promises[name as keyof typeof fs.promises] !== 'function')).toEqual([]);
  });

  test('dns: what the rows call a twin is in dns/promises', () => {
    expect(namesOf('dns').filter((name) => typeof dns.promises[name as keyof typeof dns.promises] !== 'function')).toEqual([]);
  });

  test.each([
    ['crypto', crypto],
    ['zlib', zlib],
  ])('%s: every row names a function', (name, module) => {
    const missing = namesOf(name).filter((one) => typeof module[one as keyof typeof module] !== 'function');
    expect(missing.filter((one) => !one.startsWith('zstd'))).toEqual([]);
  });

  test('child_process: promisified, the values are named as the row names them, on failure too', async () => {
    const row = callbackApis.find((one) => one.names.includes('execFile'));
    const result = await promisify(execFile)(process.execPath, ['-e', '0']);
    expect(Object.keys(result)).toEqual(row?.values);
    const failure: unknown = await promisify(execFile)(process.execPath, ['-e', 'process.exit(3)']).catch((error: unknown) => error);
    expect(failure).toMatchObject({ stdout: '', stderr: '' });
  });
});

/** What a function of the library is called with, without its callback, to be done at once. */
function given(name: string, takes: number): unknown[] {
  const work = (...values: unknown[]): unknown => values;
  const task = (done: (error: null, value: boolean) => void): void => done(null, name.toLowerCase().endsWith('until'));
  if (/^(?:whilst|until)$/.test(name)) return [task, work];
  if (/^do(?:Whilst|Until)$/.test(name)) return [(done: (error: null) => void): void => done(null), task];
  if (name === 'retry') return takes === 2 ? [task] : [1, task];
  const collection = name.startsWith('times') ? 0 : [];
  const between = takes === 4 || name === 'parallelLimit' ? [1] : [];
  return takes === 2 ? [{ one: task }] : [collection, ...between, ...(name === 'parallelLimit' ? [] : [work])];
}

describe('the catalog of the library async, against its versions', () => {
  const rows = callbackApis.filter((row) => row.module === 'async');
  const promised = rows.filter((row) => row.form.kind === 'same');

  test('every row names functions of version 3', () => {
    expect(rows.flatMap((row) => row.names).filter((name) => typeof library(3)[name] !== 'function')).toEqual([]);
  });

  test.each(promised.flatMap((row) => row.names.map((name) => [name, row.takes ?? 0] as const)))(
    'version 3: %s without its callback gives a promise',
    async (name, takes) => {
      const call = library(3)[name]?.(...given(name, takes));
      expect(call).toBeInstanceOf(Promise);
      await call;
    },
  );

  test.each([1, 2, 3])('version %i: promisified, waterfall gives the first of its results, and an error as it is', async (version) => {
    const { waterfall } = library(version);
    if (waterfall === undefined) throw new Error('no waterfall');
    const run: (tasks: unknown) => Promise<unknown> = promisify(
      waterfall as (tasks: unknown, done: (error: unknown, value: unknown) => void) => void,
    );
    const failure = new Error('no');
    await expect(run([(done: (...given: unknown[]) => void) => done(null, 'one', 'two')])).resolves.toBe('one');
    await expect(run([(done: (...given: unknown[]) => void) => done(failure, 'some')])).rejects.toBe(failure);
  });
});
