import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import crypto from 'node:crypto';
import dns from 'node:dns';
import fs from 'node:fs';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { callbackApis, fsWithout } from '../../catalog/callback-apis.ts';

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
