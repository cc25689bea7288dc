/** The file system in which generated programs run gives the answers of the real one, errors included. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fs from 'node:fs';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { World, type Tree } from './world.mjs';

const tree: Tree = { 'a.txt': 'alpha', 'empty.txt': '', sub: null, 'sub/c.txt': 'gamma' };
const names = ['a.txt', 'empty.txt', 'sub', 'sub/c.txt', 'none.txt', 'nowhere/x.txt', 'a.txt/x', '', 'sub/new.txt'];
const one = (name: string): unknown[][] => [[name]];
const calls: Readonly<Record<string, (name: string) => unknown[][]>> = {
  readFile: (name) => [[name, 'utf8'], [name, { encoding: 'utf8' }], [name]],
  writeFile: (name) => [[name, 'new']],
  appendFile: (name) => [[name, 'more']],
  unlink: one,
  mkdir: (name) => [[name], [name, { recursive: true }]],
  access: one,
  readdir: one,
  copyFile: (name) => [[name, 'copy.txt']],
};

let folder = '';
const home = process.cwd();
beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-world-')));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

type Answer = { readonly value: unknown } | { readonly error: Readonly<Record<string, unknown>> };
type Functions = Readonly<Record<string, (...words: unknown[]) => unknown>>;

function failed(error: unknown): Answer {
  const { message, code, errno, syscall, path: file } = error as NodeJS.ErrnoException;
  return { error: { message, code, errno, syscall, path: file } };
}

/** In fresh surroundings: what the call gave, and what the files look like then. */
function real(name: string, words: unknown[]): { readonly answer: Answer; readonly files: unknown } {
  for (const entry of fs.readdirSync('.')) fs.rmSync(entry, { recursive: true });
  for (const [file, text] of Object.entries(tree)) if (text === null) fs.mkdirSync(file);
  for (const [file, text] of Object.entries(tree)) if (text !== null) fs.writeFileSync(file, text);
  let answer: Answer;
  try {
    answer = { value: (fs as unknown as Functions)[`${name}Sync`]?.(...words) };
  } catch (error) {
    answer = failed(error);
  }
  const files = fs.readdirSync('.', { recursive: true, encoding: 'utf8' }).sort();
  return { answer, files: files.map((file) => [file, fs.statSync(file).isDirectory() ? 'folder' : fs.readFileSync(file, 'utf8')]) };
}

async function pretended(name: string, words: unknown[], form: 'sync' | 'promises'): Promise<{ answer: Answer; files: unknown }> {
  const world = new World(tree);
  const module = world.modules.fs;
  let answer: Answer;
  try {
    answer = { value: form === 'sync' ? module[`${name}Sync`]?.(...words) : await module.promises[name]?.(...words) };
  } catch (error) {
    answer = failed(error);
  }
  return { answer, files: world.list() };
}

test.each(Object.keys(calls))('%s', async (name) => {
  for (const words of names.flatMap((file) => calls[name]?.(file) ?? [])) {
    const expected = { words, ...real(name, words) };
    expect({ words, ...(await pretended(name, words, 'sync')) }).toEqual(expected);
    expect({ words, ...(await pretended(name, words, 'promises')) }).toEqual(expected);
  }
});

test('existsSync and statSync', () => {
  real('access', ['a.txt']);
  const { fs: pretend } = new World(tree).modules;
  for (const name of names) {
    expect([name, pretend.existsSync?.(name)]).toEqual([name, fs.existsSync(name)]);
    if (fs.existsSync(name)) expect((pretend.statSync?.(name) as fs.Stats).isFile()).toBe(fs.statSync(name).isFile());
  }
});
