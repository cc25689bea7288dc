import { describe, expect, test } from '@jest/globals';
import { ts } from 'ts-morph';
import { readProjectConfig } from '../../engine/program/compiler-options.ts';
import { Program } from '../../engine/program/program.ts';

const root = '/nowhere/project';

function programOf(files: Readonly<Record<string, string>>): Program {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, bom: false }));
  return new Program({ root, compilerOptions: readProjectConfig(root).options }, sources);
}

/** Where the first identifier `name` is referred to, as `file:offset`. */
function referencesTo(files: Readonly<Record<string, string>>, name: string): string[] {
  const program = programOf(files);
  const [first] = program.references.named(name);
  const symbol = first && program.checker.getSymbolAtLocation(first);
  if (symbol === undefined) throw new Error(`no ${name}`);
  return program.references.to(symbol).map((identifier) => `${program.pathOf(identifier)}:${identifier.getStart()}`);
}

describe('references to a member', () => {
  test('are found from another module, where the checker makes a copy of its symbol', () => {
    const files = {
      'store.js': 'class Store { static open() { return new Store(); } find() {} } exports.Store = Store;',
      'main.js': `const { Store } = require('./store'); Store.open().find();`,
    };
    expect(referencesTo(files, 'find')).toEqual(['store.js:52', 'main.js:51']);
  });

  test('are found through a union, of which it is one member', () => {
    const files = {
      'a.ts': 'class A { find() {} } class B { find() {} } function f(x: A | B) { x.find(); }',
    };
    expect(referencesTo(files, 'find')).toEqual(['a.ts:10', 'a.ts:69']);
  });

  test('are found in a spread copy', () => {
    const files = { 'a.js': 'const a = { find() {} }; const b = { ...a }; b.find();' };
    expect(referencesTo(files, 'find')).toEqual(['a.js:12', 'a.js:47']);
  });
});

test.each([
  ['an ES module', 'export function load() {}', 'load'],
  ['a CommonJS module', 'exports.load = function () {};', 'load'],
  ['a module that is one value', 'module.exports = function () {};', ts.InternalSymbolName.ExportEquals],
])('the symbol of %s has its exports', (_name, text, name) => {
  const program = programOf({ 'a.js': text });
  const file = program.file('a.js');
  expect([...((file && program.moduleSymbol(file)?.exports?.keys()) ?? [])]).toContain(name);
});

test.each([
  ['Promise', 'Promise.all([]);', 'global.Promise.all'],
  ['Object', 'Object.keys({});', 'global.Object.keys'],
  ['JSON', 'JSON.parse("");', 'global.JSON.parse'],
])('the global %s is known by its name, not by its type', (_name, text, key) => {
  const program = programOf({ 'a.js': text });
  const statement = program.file('a.js')?.statements[0];
  const call = statement !== undefined && ts.isExpressionStatement(statement) ? statement.expression : undefined;
  expect(call !== undefined && ts.isCallExpression(call) && program.originOf(call.expression)?.key).toBe(key);
});
