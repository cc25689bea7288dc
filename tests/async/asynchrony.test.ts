import { describe, expect, test } from '@jest/globals';
import { ts } from 'ts-morph';
import { Asynchrony, type AwaitVerdict } from '../../engine/async/asynchrony.ts';
import { readProjectConfig } from '../../engine/program/compiler-options.ts';
import { Program } from '../../engine/program/program.ts';
import type { TransformOptions } from '../../engine/transform.ts';

const root = '/nowhere/project';
const standard: TransformOptions = { publicApi: 'keep', includeStartup: false };

function asynchronyOf(files: Readonly<Record<string, string>>, options: TransformOptions = standard): Asynchrony {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, bom: false }));
  const program = new Program({ root, compilerOptions: readProjectConfig(root).options }, sources);
  return new Asynchrony(program, options, 'test');
}

/** The call of `blocks()` in the files. */
function blockingCall({ program }: Asynchrony): ts.CallExpression {
  let found: ts.CallExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'blocks') found ??= node;
    ts.forEachChild(node, visit);
  };
  for (const file of program.files) visit(file);
  if (found === undefined) throw new Error('no call of blocks()');
  return found;
}

function verdictOf(files: Readonly<Record<string, string>>, options?: TransformOptions): AwaitVerdict {
  const asynchrony = asynchronyOf(files, options);
  return asynchrony.awaitAt(blockingCall(asynchrony));
}

/** `ready`, `possible`, or the reason's code with the names in its chain. */
function brief(verdict: AwaitVerdict): string {
  if (verdict.kind !== 'refused') return verdict.kind;
  const chain = verdict.reason.chain?.map((link) => link.name).join(' → ');
  return `${verdict.reason.code}: ${chain ?? ''}`;
}

const timer = 'setInterval(function () { load(); }, 1000);';

describe('an await is possible in a function', () => {
  test.each([
    ['that a timer calls', `function load() { return blocks(); } ${timer}`],
    ['held by a variable', `const load = () => blocks(); ${timer}`],
    ['held by a variable that is set later', `var load; load = function () { return blocks(); }; ${timer}`],
    ['that calls itself', `function load(n) { if (n) load(n - 1); return blocks(); } ${timer}`],
    ['that calls another, which calls it', `function load() { other(); return blocks(); } function other() { load(); } ${timer}`],
    ['called in place', `setInterval(function () { (function () { blocks(); })(); }, 1000);`],
    ['called through call', `function load() { return blocks(); } setInterval(function () { load.call(this, 1); }, 1000);`],
    ['bound for a timer', `function load() { return blocks(); } setInterval(load.bind(null), 1000);`],
    ['of an object', `const store = { load() { return blocks(); } }; setInterval(() => store.load(), 1000);`],
    ['of an object, called by a literal key', `const store = { load() { return blocks(); } }; setInterval(() => store['load'](), 1000);`],
    ['that a then handler runs', `fetch('x').then(function () { return blocks(); });`],
    [
      'handed to a function that calls it',
      `function twice(work) { work(); work(); } setInterval(() => twice(function () { blocks(); }), 1000);`,
    ],
    [
      'of a prototype',
      `function Store() {} Store.prototype.load = function () { blocks(); }; setInterval(() => new Store().load(), 1000);`,
    ],
    ['that nobody calls', `function load() { blocks(); }`],
  ])('%s', (_name, text) => {
    expect(brief(verdictOf({ 'a.js': text }))).toBe('possible');
  });

  test.each([
    ['exported by name', `exports.load = function () { return blocks(); };`, `const a = require('./a'); setInterval(() => a.load(), 1);`],
    [
      'exported in an object',
      `function load() { return blocks(); } module.exports = { load };`,
      `const { load } = require('./a'); ${timer}`,
    ],
    [
      'exported under another name',
      `function x() { return blocks(); } module.exports = { load: x };`,
      `const { load } = require('./a'); ${timer}`,
    ],
    ['exported as the module', `module.exports = function () { return blocks(); };`, `const load = require('./a'); ${timer}`],
    ['required in place', `module.exports = () => blocks();`, `setInterval(() => require('./a')(), 1);`],
    ['required inside a function', `exports.load = () => blocks();`, `setInterval(() => { const { load } = require('./a'); load(); }, 1);`],
    [
      'exported by an ES module',
      `export function load() { return blocks(); }`,
      `import { load as l } from './a'; setInterval(() => l(), 1);`,
    ],
    ['exported by default', `export default function () { return blocks(); }`, `import load from './a'; ${timer}`],
    ['reached through a namespace', `export const load = () => blocks();`, `import * as a from './a'; setInterval(() => a.load(), 1);`],
  ])('across modules: %s', (_name, a, b) => {
    expect(brief(verdictOf({ 'a.js': a, 'b.js': b }))).toBe('possible');
  });
});

describe('an await is refused', () => {
  test.each([
    ['behind a constructor', `function load() { blocks(); } class S { constructor() { load(); } }`, 'barrier: load → constructor of S'],
    [
      'behind a getter, two calls away',
      `function load() { blocks(); } function all() { load(); } class S { get x() { return all(); } }`,
      'barrier: load → all → getter S.x',
    ],
    ['in a generator', `function* load() { blocks(); }`, 'barrier: load'],
    ['in toJSON', `const o = { toJSON() { return blocks(); } };`, 'barrier: toJSON'],
    ['in the executor of a promise', `new Promise((resolve) => resolve(blocks()));`, 'barrier: callback of Promise → `Promise`'],
    ['where it is kept in an array', `function load() { blocks(); } const all = [load]; elsewhere(all);`, 'escapes: load → `load`'],
    ['where it is kept in an exported array', `function load() { blocks(); } export const all = [load];`, 'escapes: load → `load`'],
    ['where it is returned in a promise', `async function make() { return function () { blocks(); }; }`, 'escapes: anonymous function'],
    ['where it is replaced', `let load = () => blocks(); load = traced(load);`, 'escapes: load → \`traced\`'],
    [
      'where somebody unknown may call it',
      `class Store { load() { blocks(); } } function start(store) { store.load(); } module.exports = { Store, start };`,
      'public-api: Store.load → start → the exports of the module',
    ],
    ['named to be synchronous', `function loadSync() { blocks(); } setInterval(() => loadSync(), 1);`, 'barrier: loadSync'],
    [
      'in the middle of an optional chain',
      `const s = { load() { return blocks(); } }; setInterval(() => s?.load().x, 1);`,
      'control-flow: load → `s?.load()`',
    ],
    ['while a module loads', `function load() { blocks(); } const all = load();`, 'startup-code: load → the top level of a.js'],
  ])('%s', (_name, text, expected) => {
    expect(brief(verdictOf({ 'a.js': text }))).toBe(expected);
  });

  test('where a module may load it by a computed name', () => {
    const files = {
      'routes/a.js': 'exports.load = () => blocks();',
      'app.js': `require('./routes/' + name).load(); require('./routes/a');`,
    };
    expect(brief(verdictOf(files))).toContain('startup-code: exports.load');
  });

  test('for safe fixes where a receiver of unknown type may be the object', () => {
    const files = {
      'store.js': `class Store { load() { blocks(); } } module.exports = Store;`,
      'main.js': `const Store = require('./store'); const found = lookUp(new Store()); setInterval(() => found.load(), 1);`,
    };
    const verdict = verdictOf(files);
    expect(verdict).toMatchObject({ kind: 'possible', safety: 'unsafe', reason: { code: 'escapes' } });
  });
});

describe('at the top level of a CommonJS module', () => {
  const init = `exports.folder = 'x'; function init() { blocks(); } init();`;

  test.each([
    ['a function written in place runs at start-up', { 'a.js': `(function run() { blocks(); })();` }],
    ['one that is given its `this` does too', { 'a.js': `(function run() { blocks(); }).call(this);` }],
    ['so does what such a function calls', { 'a.js': `(() => { run(); })(); function run() { blocks(); }` }],
    ['so does the callback of the last loop', { 'a.js': `[1].forEach(function run() { blocks(); });` }],
    ['so does the `init` of an imported module', { 'a.js': init, 'b.js': `require('./a');` }],
    ['so does the `init` of a module loaded by a computed name', { 'lib/a.js': init, 'b.js': `require('./lib/' + name);` }],
  ])('%s', (_name, files) => {
    expect(brief(verdictOf(files))).toContain('startup-code:');
  });

  test.each([
    ['the last call of a file that nobody imports', init],
    ['the call that asks for the main module', `if (require.main === module) run(); function run() { blocks(); }`],
    ['the wrapper of a file with a hashbang', `#!/usr/bin/env node\n(function () { blocks(); })();`],
  ])('%s is the main of a script', (_name, text) => {
    expect(brief(verdictOf({ 'a.js': text }))).toBe('possible');
  });

  test('what a timer calls as well is not only start-up code', () => {
    expect(brief(verdictOf({ 'a.js': `let x = load(); function load() { return blocks(); } ${timer}` }))).toContain('barrier:');
  });

  test('a wrapper is made to wait when start-up code is included', () => {
    const files = { 'a.js': `(function run() { blocks(); })();` };
    expect(brief(verdictOf(files, { ...standard, includeStartup: true }))).toBe('possible');
  });
});

describe('the fixes', () => {
  test('make each function on the way async, once', () => {
    const asynchrony = asynchronyOf({
      'a.js': `function one() { blocks(); } function two() { one(); one(); } function three() { two(); one(); } setInterval(() => { three(); }, 1);`,
    });
    const verdict = asynchrony.awaitAt(blockingCall(asynchrony));
    const fixes = [...asynchrony.fixes()];
    expect(fixes.map((fix) => fix.title)).toEqual([
      'make `one` async',
      'make `three` async',
      'make `callback of setInterval` async',
      'make `two` async',
    ]);
    expect(verdict.kind === 'possible' && verdict.dependsOn).toEqual([fixes[0]?.id]);
    expect(fixes.flatMap((fix) => fix.dependsOn).every((id) => fixes.some((fix) => fix.id === id))).toBe(true);
  });

  test('are given only for what was asked', () => {
    const asynchrony = asynchronyOf({ 'a.js': `function one() {} function two() { blocks(); }` });
    expect([...asynchrony.fixes()]).toEqual([]);
    asynchrony.awaitAt(blockingCall(asynchrony));
    expect([...asynchrony.fixes()].map((fix) => fix.title)).toEqual(['make `two` async']);
  });
});

describe('the work', () => {
  /** Chains 50 deep that all lead through one hub. */
  function chains(count: number): Record<string, string> {
    const functions: string[] = ['function hub() { return blocks(); }'];
    for (let chain = 0; chain < count; chain += 1) {
      functions.push(`function f${chain}_0() { return hub(); }`);
      for (let step = 1; step < 50; step += 1) functions.push(`function f${chain}_${step}() { f${chain}_${step - 1}(); }`);
      functions.push(`setInterval(() => { f${chain}_49(); }, 1);`);
    }
    return { 'a.js': functions.join('\n') };
  }

  function secondsFor(count: number): number {
    const asynchrony = asynchronyOf(chains(count));
    const call = blockingCall(asynchrony);
    asynchrony.program.references.named('hub');
    const begun = performance.now();
    expect(asynchrony.awaitAt(call).kind).toBe('possible');
    expect([...asynchrony.fixes()].length).toBe(count * 51 + 1);
    return (performance.now() - begun) / 1000;
  }

  test('grows as the program does', () => {
    secondsFor(10);
    const small = secondsFor(40);
    const large = secondsFor(160);
    // Four times the program; a quadratic walk would take sixteen times as long.
    expect(large / small).toBeLessThan(9);
  });
});
