/** Sources as nobody writes them by hand: no crash, no hang, what cannot be read is named, and the other files are done. */

import { describe, expect, jest, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../engine/result.ts';
import { run } from '../../engine/run.ts';
import { transforms } from '../../transforms/registry.ts';
import { makeTree } from '../discover/temporary-tree.ts';

jest.setTimeout(300_000);

/** With one site that every run of all transforms fixes. */
const handler = `exports.page = async function (file) {\n  return fs.readFileSync(file, 'utf8').trim();\n};\n`;
const fixedHandler = handler.replace(`fs.readFileSync(file, 'utf8')`, `(await fs.promises.readFile(file, 'utf8'))`);
const withHandler = (text: string): string => `const fs = require('fs');\n${handler}${text}`;
const fixed = (text: string): string => `const fs = require('fs');\n${fixedHandler}${text}`;

const plain = { '.git/': '', 'package.json': '{ "private": true }', 'plain.js': withHandler('') };

async function lift(files: Readonly<Record<string, string>>, paths: readonly string[] = []): Promise<RunResult> {
  const cwd = makeTree({ ...plain, ...files });
  return run({ cwd, transforms, paths: paths.map((path) => join(cwd, path)) });
}

const afterOf = ({ files }: RunResult, path: string): string | undefined =>
  files.flatMap((file) => (file.status === 'changed' && file.path === path ? [file.after] : []))[0];

const errorOf = ({ files }: RunResult, path: string): string | undefined =>
  files.flatMap((file) => (file.status === 'failed' && file.path === path ? [file.error] : []))[0];

describe('ten thousand levels', () => {
  const levels = 10_000;
  const deep: Readonly<Record<string, string>> = {
    'of arrays': `module.exports = ${'['.repeat(levels)}${']'.repeat(levels)};`,
    'of objects': `module.exports = ${'{a:'.repeat(levels)}1${'}'.repeat(levels)};`,
    'of parentheses': `module.exports = ${'('.repeat(levels)}1${')'.repeat(levels)};`,
    'of calls': `module.exports = ${'f('.repeat(levels)}${')'.repeat(levels)};`,
    'of blocks': `${'{'.repeat(levels)}${'}'.repeat(levels)}`,
    'of functions': `${'function f() {'.repeat(levels)}${'}'.repeat(levels)}`,
    'of callbacks': `${'go((e, x) => {'.repeat(levels)}${'});'.repeat(levels)}`,
    'of arrows': `module.exports = ${'x => '.repeat(levels)}1;`,
    'of else': `${'if (x) { y(); } else '.repeat(levels)}{ z(); }`,
    'of conditions': `module.exports = ${'a ? b : '.repeat(levels)}c;`,
    'of sums': `module.exports = ${Array.from({ length: levels }, (_, index) => `'${index}'`).join(' + ')};`,
    'of members': `module.exports = a${'.b'.repeat(levels)};`,
    'of chained calls': `p${'.then(f)'.repeat(levels)};`,
    'of negations': `module.exports = ${'!'.repeat(levels)}a;`,
    'of templates': `module.exports = ${'`${'.repeat(levels)}1${'}`'.repeat(levels)};`,
    'of awaits': `async function f() { return ${'await '.repeat(levels)}a; }`,
  };

  test.each(Object.keys(deep))('%s: the file is read or named, and the other one is done', async (kind) => {
    const text = withHandler(deep[kind] ?? '');
    // Named, since some of these look minified.
    const result = await lift({ 'deep.js': text }, ['deep.js', 'plain.js']);
    expect(afterOf(result, 'plain.js')).toBe(fixed(''));
    const error = errorOf(result, 'deep.js');
    if (error === undefined) expect(afterOf(result, 'deep.js')).toBe(fixed(deep[kind] ?? ''));
    else expect(error).toMatch(/^is nested too deeply to be read \(more than \d+ levels\); leave it out with --ignore$/);
    expect(result.warnings).toEqual([]);
  });

  test('in a file that is only called by another do not stop that one', async () => {
    const result = await lift({ 'deep.js': deep['of arrays'] ?? '', 'caller.js': withHandler(`require('./deep');\n`) });
    expect(afterOf(result, 'caller.js')).toBe(fixed(`require('./deep');\n`));
  });
});

describe('very much', () => {
  test('a hundred thousand elements, and twenty thousand objects', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `{ id: ${index}, name: 'n${index}', tags: [${index}] }`).join(',\n');
    const numbers = Array.from({ length: 100_000 }, (_, index) => (index % 2 === 0 ? index : `'${index}'`)).join(', ');
    const text = `const rows = [\n${rows}\n];\nconst numbers = [${numbers}];\nexports.all = [rows, numbers];\n`;
    expect(afterOf(await lift({ 'rows.js': withHandler(text) }), 'rows.js')).toBe(fixed(text));
  });

  test('a line of five megabytes in a string', async () => {
    const text = `exports.data = '${'x'.repeat(5_000_000)}';\n`;
    expect(afterOf(await lift({ 'data.js': withHandler(text) }), 'data.js')).toBe(fixed(text));
  });

  test('fifty megabytes are read when they are named, and the site in them is fixed', async () => {
    const line = `// ${'a comment that goes on and on '.repeat(30)}\n`;
    const text = line.repeat(Math.ceil(50_000_000 / line.length));
    const result = await lift({ 'huge.js': withHandler(text) }, ['huge.js', 'plain.js']);
    expect(afterOf(result, 'plain.js')).toBe(fixed(''));
    expect(afterOf(result, 'huge.js')?.length).toBe(fixed(text).length);
  });
});

describe('characters', () => {
  test.each([
    [
      'identifiers of any script, and escaped ones',
      `const größe = 1, 变量 = 2, \\u0061b = 3, ℮ = 4, 𝒳 = 5;\nexports.v = { größe, 变量, ab, ℮, 𝒳 };\n`,
    ],
    [
      'the line separators of Unicode, in strings, comments and code',
      `const a = 'x\u2028y'; /* \u2029 */\u2028exports.a = a;\u2029// end\u2028exports.b = 1;\n`,
    ],
    ['line endings of every kind', `const a = 1;\r\nconst b = 2;\rconst c = 3;\nexports.d = \`x\r\ny\`;\r\n`],
    ['escapes of half a pair', `exports.high = '\\ud83d'; exports.low = '\\u{dc00}'; exports.t = \`\\udfff\`;\n`],
    ['marks that reorder text, and characters of no width', `exports.a = '\u202e\u2066x\u2069'; // \u200b\u200e\ufeff\n`],
    ['control characters', `exports.a = '\\u001b[31m'; // \u0007\u0008\u000c\u000b\n`],
    ['HTML-like comments', `<!-- old\nexports.a = 1;\n--> older\n`],
  ])('%s are kept', async (_name, text) => {
    const result = await lift({ 'odd.js': withHandler(text) });
    expect(errorOf(result, 'odd.js')).toBeUndefined();
    expect(afterOf(result, 'odd.js')).toBe(fixed(text));
  });

  test('a query with half a pair in it is rewritten without losing it, or refused', async () => {
    const query = `const { Pool } = require('pg');\nconst pool = new Pool();\nexports.find = (id) => pool.query("SELECT '\\ud83d' AS sign FROM t WHERE id = " + id);\n`;
    const after = afterOf(await lift({ 'query.js': query }), 'query.js') ?? query;
    expect(after).toMatch(/\\ud83d/);
    expect(after).not.toMatch(/\p{Surrogate}|\ufffd/u);
  });

  test('a name with a backslash is named, and not taken for another file', async () => {
    const result = await lift({ 'lib\\odd.js': withHandler(''), 'lib/odd.js': withHandler('// mine\n') });
    expect(errorOf(result, 'lib\\odd.js')).toBe('has a backslash in its name, which is not supported; rename it');
    expect(afterOf(result, 'lib/odd.js')).toBe(fixed('// mine\n'));
  });
});

describe('the newest syntax', () => {
  test.each([
    [
      'ECMAScript',
      'new.js',
      [
        `class A { static #p = 1; static { A.#p++; } get #q() { return #p in A; } accessor z = 1; @dec m() {} }`,
        `function dec(f) { return f; }`,
        `exports.r = [/(?<y>\\d{4})-(?<m>\\d)|(?<y>x)/v, /(?i:a)b/, 1_000n, 0b1, a?.b?.[0] ?? (a ??= 1)];`,
        `var a; label: for (const [k, v] of Object.entries({})) { if (k) continue label; }`,
        `async function* g() { for await (const x of y()) yield* x; using u = a; await using w = a; }`,
        `function y() { return []; }`,
        `exports.i = () => import('./plain.js', { with: { type: 'json' } });`,
        `exports.t = String.raw\`\\u{zzz}\`;`,
      ],
    ],
    [
      'TypeScript',
      'new.ts',
      [
        `enum E { A = 1 << 0 } declare const exports: any;`,
        `const c = { a: 1 } as const satisfies Record<string, number>;`,
        `abstract class B<in out T, const U extends readonly unknown[]> { constructor(private readonly x: T, public y?: U) {} declare z: number; override toString(): string { return ''; } }`,
        `type M<T> = { -readonly [K in keyof T as \`get\${Capitalize<string & K>}\`]-?: T[K] }; type I<T> = T extends [infer H extends string, ...infer R] ? H : never;`,
        `function isS(x: unknown): asserts x is string {} namespace N { export const q = 1; }`,
        `function over(a: string): string; function over(a: number): number; function over(a: any): any { return a!; }`,
      ],
    ],
  ])('of %s is read, and kept', async (_name, path, lines) => {
    const text = `${lines.join('\n')}\n`;
    const result = await lift({ [path]: path.endsWith('.ts') ? `import fs from 'fs';\n${handler}${text}` : withHandler(text) });
    expect(errorOf(result, path)).toBeUndefined();
    const after = afterOf(result, path);
    for (const line of lines) expect(after).toContain(line);
  });
});

test('nothing of a project is executed, whatever it holds', async () => {
  const trap = `require('fs').writeFileSync(__dirname + '/executed', ''); module.exports = {};`;
  const esm = `import fs from 'fs'; fs.writeFileSync(new URL('./executed', import.meta.url), ''); export default {};`;
  const cwd = makeTree({
    ...plain,
    'package.json': JSON.stringify({
      private: true,
      main: 'index.js',
      prettier: './prettier.config.js',
      scripts: { preinstall: 'touch executed', test: 'touch executed' },
    }),
    'index.js': trap,
    'prettier.config.js': trap,
    '.prettierrc.js': trap,
    'prettier.config.mjs': esm,
    '.eslintrc.js': trap,
    'babel.config.js': trap,
    'jest.config.js': trap,
    'tsconfig.json': '{ "compilerOptions": { "plugins": [{ "name": "./plugin" }] }, "extends": "./base.json" }',
    'base.json': '{ "compilerOptions": { "strict": true } }',
    'plugin/index.js': trap,
    'node_modules/prettier/index.js': trap,
    'node_modules/typescript/lib/typescript.js': trap,
    'node_modules/pg/index.js': trap,
    'app.js': withHandler(`const { Pool } = require('pg');\nrequire('./index');\n`),
    '.npmrc': 'script-shell=./trap.sh',
  });
  const result = await run({ cwd, transforms });
  expect(afterOf(result, 'app.js')).toContain('await fs.promises.readFile');
  expect(existsSync(join(cwd, 'executed'))).toBe(false);
  expect(readFileSync(join(cwd, 'app.js'), 'utf8')).toContain('readFileSync');
});

test.each([
  ['a string in .prettierrc', { '.prettierrc': 'trap-config\n' }],
  ['a string in .prettierrc, quoted', { '.prettierrc': '# shared\n---\n"trap-config"\n' }],
  ['a string in .prettierrc, as a block', { '.prettierrc': '>-\n  trap-config\n' }],
  ['a string in .prettierrc.json', { '.prettierrc.json': '"trap-config"' }],
  ['a string in .prettierrc.yaml', { '.prettierrc.yaml': 'trap-config' }],
  ['a string in package.json', { 'package.json': '{ "prettier": "trap-config" }' }],
  ['a plugin', { '.prettierrc': '{ "plugins": ["trap-config"] }' }],
  ['a plugin in an override', { '.prettierrc': 'overrides:\n  - files: "*.js"\n    options:\n      plugins: ["trap-config"]\n' }],
])('no Prettier configuration that is code is executed: %s', async (_name, files) => {
  const trap = `require('fs').writeFileSync(__dirname + '/executed', ''); module.exports = {};`;
  const cwd = makeTree({ ...plain, 'node_modules/trap-config/index.js': trap, ...files });
  const result = await run({ cwd, transforms });
  expect(afterOf(result, 'plain.js')).toBe(fixed(''));
  expect(existsSync(join(cwd, 'node_modules/trap-config/executed'))).toBe(false);
});
