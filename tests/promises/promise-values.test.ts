/** What counts as a promise, and what does not. The value in question is that of the last statement of `a.js` or `a.ts`. */

import { describe, expect, test } from '@jest/globals';
import { ts } from 'ts-morph';
import { Asynchrony } from '../../engine/async/asynchrony.ts';
import { readProjectConfig } from '../../engine/program/compiler-options.ts';
import { Program } from '../../engine/program/program.ts';
import { Knowledge } from '../../transforms/handle-promises/knowledge.ts';

const root = '/nowhere/project';

function knowledgeOf(files: Readonly<Record<string, string>>): { known: Knowledge; expression: ts.Expression } {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, bom: false }));
  const program = new Program({ root, compilerOptions: readProjectConfig(root).options }, sources);
  const options = { publicApi: 'keep', includeStartup: false } as const;
  const asynchrony = new Asynchrony(program, options, 'handle-promises');
  const [file] = program.files;
  const last = file?.statements.at(-1);
  if (file === undefined || last === undefined || !ts.isExpressionStatement(last))
    throw new Error('the last statement must be an expression');
  return { known: new Knowledge({ program, candidates: [file], options, asynchrony }), expression: last.expression };
}

function kindOf(text: string, name = 'a.js', others: Readonly<Record<string, string>> = {}): string {
  const { known, expression } = knowledgeOf({ [name]: text, ...others });
  const value = known.values.of(expression);
  return value.kind === 'promise' && !known.certainty.isThere(expression) ? 'promise, or nothing' : value.kind;
}

const fs = `const fs = require('fs');`;

describe('in JavaScript, a promise is', () => {
  test.each([
    ['what an async function gives', `async function save() {} save();`],
    ['what an async arrow function gives', `const save = async () => {}; save();`],
    ['what an async method gives', `class Store { async save() {} } new Store().save();`],
    ['what an async member of an object gives', `const store = { async save() {} }; store.save();`],
    ['what Node says', `${fs} fs.promises.readFile('a');`],
    ['made by hand', `new Promise(() => {});`],
    ['a chain', `${fs} fs.promises.readFile('a').then(String).finally(() => 1);`],
    ['returned by a function that always returns one', `${fs} function load() { return fs.promises.readFile('a'); } load();`],
    ['all of them', `${fs} Promise.all([fs.promises.readFile('a')]);`],
  ])('%s', (_name, text) => {
    expect(kindOf(text)).toBe('promise');
  });

  test('what an imported module promises', () => {
    expect(kindOf(`const store = require('./store'); store.save();`, 'a.js', { 'store.js': `exports.save = async () => {};` })).toBe(
      'promise',
    );
  });

  test('perhaps there is none on every path', () => {
    expect(kindOf(`${fs} function load(x) { if (x) return fs.promises.readFile('a'); } load();`)).toBe('promise, or nothing');
  });
});

describe('in JavaScript, no promise is', () => {
  test.each([
    ['what is only called so', `function fetchAsync() {} fetchAsync();`],
    ['what has a `then` of its own', `class Queue { then() {} push() { return this; } } new Queue().push();`],
    ['a class of the program by the name', `${fs} class Promise { static resolve() { return 1; } } Promise.resolve();`],
    ['what a variable with two values gives', `let save = async () => {}; if (process.env.OFF) save = () => 1; save();`],
    ['what a member with two values gives', `const store = { save: async () => {} }; store.save = () => 1; store.save();`],
    ['what a parameter with a default gives', `function run(save = async () => {}) { return save; } run()();`],
    ['what an async generator gives', `async function* rows() { yield 1; } rows();`],
    ['what is awaited', `await (async () => 1)();`],
    ['what a callback API returns', `${fs} fs.readFile('a', () => 1);`],
    ['what an unknown library returns', `const lib = require('lib'); lib.saveAsync();`],
  ])('%s', (_name, text) => {
    expect(kindOf(text)).toBe('none');
  });
});

describe('in TypeScript', () => {
  test('an annotated parameter is believed', () => {
    expect(kindOf(`declare const save: () => Promise<void>; save();`, 'a.ts')).toBe('promise');
  });

  test('a union with undefined is a promise or nothing', () => {
    expect(kindOf(`declare const save: () => Promise<void> | undefined; save();`, 'a.ts')).toBe('promise, or nothing');
  });

  test('a union with a number is mixed', () => {
    expect(kindOf(`declare const save: () => Promise<void> | number; save();`, 'a.ts')).toBe('mixed');
  });

  test('an array of promises is an array', () => {
    expect(kindOf(`declare const all: () => Promise<void>[]; all();`, 'a.ts')).toBe('array');
  });

  test('a subclass of Promise is one', () => {
    expect(kindOf(`class Job extends Promise<void> {} declare const start: () => Job; start();`, 'a.ts')).toBe('promise');
  });
});

describe('a rejection is seen', () => {
  test.each([
    ['by a catch', `${fs} fs.promises.readFile('a').catch(console.error);`, true],
    ['by the second handler of then', `${fs} fs.promises.readFile('a').then(String, console.error);`, true],
    ['by a catch before a finally', `${fs} fs.promises.readFile('a').catch(console.error).finally(() => 1);`, true],
    ['not by a catch without a handler', `${fs} fs.promises.readFile('a').catch(undefined);`, false],
    ['not by finally', `${fs} fs.promises.readFile('a').finally(() => 1);`, false],
    ['inside an async function that catches all', `async function f() { try { await 1; } catch (e) { console.error(e); } } f();`, true],
    ['not where the catch throws on', `async function f() { try { await g(); } catch (e) { throw e; } } f();`, false],
    ['not where something stands before the try', `async function f() { g(); try { await 1; } catch (e) {} } f();`, false],
    ['by allSettled', `${fs} Promise.allSettled([fs.promises.readFile('a')]);`, true],
  ])('%s', (_name, text, expected) => {
    const { known, expression } = knowledgeOf({ 'a.js': text });
    expect(known.rejections.isSafe(expression)).toBe(expected);
  });
});
