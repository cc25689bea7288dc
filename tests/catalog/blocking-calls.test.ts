import { describe, expect, test } from '@jest/globals';
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { blockingCalls, handleMethods } from '../../catalog/blocking-calls.ts';

const modules: Readonly<Record<string, object>> = { fs, child_process: childProcess, crypto, zlib, 'fs/promises': fs.promises };

describe('the catalog of blocking calls', () => {
  test.each(['fs', 'child_process', 'crypto', 'zlib'])('has a row for each blocking export of this Node’s %s', (name) => {
    const blocking = Object.keys(modules[name] ?? {}).filter((key) => key.endsWith('Sync'));
    expect(blocking.length).toBeGreaterThan(2);
    expect(blocking.filter((key) => !blockingCalls.has(`${name}.${key}`))).toEqual([]);
  });

  test('names twins of Node that are there, wherever the blocking call is', () => {
    const missing = [...blockingCalls].filter(([key, { twin }]) => {
      const [module = '', name = ''] = key.split('.');
      if (!Object.hasOwn(modules, module) || !Object.hasOwn(modules[module] ?? {}, name)) return false;
      if (twin.kind !== 'promise' && twin.kind !== 'promisify' && twin.kind !== 'output') return false;
      const exported = (modules[twin.module] as Readonly<Record<string, unknown>>)[twin.name];
      // `fs.lchmod` is there on macOS alone, and so is its blocking form.
      return typeof exported !== 'function';
    });
    expect(missing.map(([key]) => key)).toEqual([]);
  });

  test('names methods that the file handles of this Node have, for blocking functions that are there', async () => {
    const handle = await fs.promises.open(import.meta.filename, 'r');
    const missing = [...handleMethods].filter(([name, method]) => !(name in fs) || !(method.name in handle));
    await handle.close();
    expect(missing).toEqual([]);
  });

  test('gives a reason and a way out where there is no twin', () => {
    for (const { twin } of blockingCalls.values()) {
      if (twin.kind === 'none') expect([twin.why, twin.help]).not.toContain('');
    }
  });

  test('never lists what is synchronous by design', () => {
    expect([...blockingCalls.keys()].filter((key) => key.startsWith('better-sqlite3'))).toEqual([]);
  });
});
