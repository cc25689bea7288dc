/** Faults are planted among right fixes: verification drops the faulty ones, with what builds on them, and keeps the rest. */

import { describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import type { RunOptions } from '../../engine/result.ts';
import { run } from '../../engine/run.ts';
import type { Transform } from '../../engine/transform.ts';
import { planting, type Planted } from './planted.ts';
import { projectWith } from './project.ts';

interface Outcome {
  readonly texts: Readonly<Record<string, string>>;
  readonly fixed: readonly string[];
  readonly dropped: Readonly<Record<string, string>>;
}

async function verified(
  files: Readonly<Record<string, string>>,
  fixes: readonly Planted[],
  options?: Partial<RunOptions>,
): Promise<Outcome> {
  const cwd = projectWith(files);
  try {
    const result = await run({ cwd, transforms: [planting(...fixes)], ...options });
    expect(result.warnings).toEqual([]);
    return {
      texts: Object.fromEntries(result.files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.after]] : []))),
      fixed: result.findings.flatMap(({ status, title }) => (status === 'fixed' ? [title] : [])),
      dropped: Object.fromEntries(
        result.findings.flatMap(({ status, title, reason }) => {
          if (status !== 'fixed') expect(reason?.code).toBe('verification-failed');
          return status === 'fixed' ? [] : [[title, reason?.message ?? '']];
        }),
      ),
    };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** Twenty right fixes, in as many files, around the one that is under test. */
const rightFiles = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`lib/right-${index}.js`, `exports.n = old(${index});\n`]));
const rightFixes = Object.keys(rightFiles).map((path): Planted => ({ id: path, edits: [[path, 'old(', 'String(']] }));

describe('a fix that is wrong is dropped alone', () => {
  const readers = {
    'lib/reader.js': `exports.name = function (id) { return String(id); };\n`,
    'lib/shout.js': `const { name } = require('./reader');\nexports.shout = (id) => name(id).toUpperCase();\nexports.x = old(1);\n`,
  };

  test.each<[string, Readonly<Record<string, string>>, Planted, RegExp]>([
    [
      'an await that was missed, in the file that imports what became asynchronous',
      readers,
      { id: 'wrong', edits: [['lib/reader.js', 'function (id)', 'async function (id)']] },
      /lib\/shout\.js would have .*toUpperCase.*Promise<string>/,
    ],
    [
      'an await that was missed where a variable gets another value',
      { 'lib/a.js': `let text = '';\nlet make = () => 'a';\nexports.set = () => { make = () => 'b'; text = make(); };\n` },
      { id: 'wrong', edits: [['lib/a.js', "let make = () => 'a'", "let make = async () => 'a'"]] },
      /lib\/a\.js would have .*'Promise<string>' is not assignable to type 'string'/,
    ],
    [
      'another function than the one that a variable is said to hold',
      {
        'lib/a.js': `/** @type {(id: number) => string} */\nlet name = (id) => String(id);\nexports.set = () => { name = (id) => 'b'; };\n`,
      },
      { id: 'wrong', edits: [['lib/a.js', "(id) => 'b'", "async (id) => 'b'"]] },
      /lib\/a\.js would have .*Promise<string>/,
    ],
    [
      'a name that is used before its declaration, since a new one shadows it',
      { 'lib/a.js': `const limit = 3;\nexports.check = (n) => {\n  const most = limit;\n  return n < most;\n};\n` },
      { id: 'wrong', edits: [['lib/a.js', 'return n < most;', 'const limit = 1; return n < most;']] },
      /lib\/a\.js would have .*'limit' used before its declaration/,
    ],
    [
      'a constant that is given another value',
      { 'lib/a.js': `exports.size = (a) => {\n  const size = a.length;\n  return size + 1;\n};\n` },
      { id: 'wrong', edits: [['lib/a.js', 'return size + 1;', 'size = a.length + 1; return size;']] },
      /lib\/a\.js would have .*'size' because it is a constant/,
    ],
    [
      'a name that is gone',
      { 'lib/a.js': `const size = 3;\nexports.size = size;\n` },
      { id: 'wrong', edits: [['lib/a.js', 'const size = 3;', 'const length = 3;']] },
      /Cannot find name 'size'|No value exists in scope/,
    ],
    [
      'a name that is declared twice',
      { 'lib/a.js': `const size = 3;\nexports.size = size;\n` },
      { id: 'wrong', edits: [['lib/a.js', 'exports.size', 'const size = 4; exports.size']] },
      /'size'/,
    ],
    [
      'a module that does not resolve',
      { 'lib/a.mjs': `import { join } from 'node:path';\nexport const x = join('a', 'b');\n` },
      { id: 'wrong', edits: [['lib/a.mjs', "'node:path'", "'./paths.mjs'"]] },
      /Cannot find module '\.\/paths\.mjs'/,
    ],
    [
      'an await where none may stand',
      { 'lib/a.js': `exports.f = () => { return g(); };\nfunction g() { return 1; }\n` },
      { id: 'wrong', edits: [['lib/a.js', 'return g()', 'return await g()']] },
      /lib\/a\.js would have/,
    ],
    [
      'half of a surrogate pair, which no file can hold',
      { 'lib/a.js': `exports.f = 'x';\n` },
      { id: 'wrong', edits: [['lib/a.js', "'x'", "'\ud83d'"]] },
      /lone surrogate/,
    ],
  ])('that causes %s', async (_name, files, wrong, message) => {
    const { fixed, dropped, texts } = await verified({ ...rightFiles, ...files }, [...rightFixes, wrong]);
    expect(Object.keys(dropped)).toEqual(['wrong']);
    expect(dropped.wrong).toMatch(message);
    expect(fixed).toHaveLength(20);
    expect(Object.values(texts).join('')).not.toContain('old(');
  });

  test('with what depends on it, which says so', async () => {
    const { fixed, dropped, texts } = await verified({ 'a.js': 'one();\ntwo();\nthree();\nfour();\nfunction one() {}\n' }, [
      { id: 'wrong', edits: [['a.js', 'one();', 'let x; let x;']] },
      { id: 'builds on it', edits: [['a.js', 'two();', 'isNaN(2);']], dependsOn: ['wrong'] },
      { id: 'builds on that', edits: [['a.js', 'three();', 'isNaN(3);']], dependsOn: ['builds on it'] },
      { id: 'right', edits: [['a.js', 'four();', 'isNaN(4);']] },
    ]);
    expect(texts['a.js']).toBe('one();\ntwo();\nthree();\nisNaN(4);\nfunction one() {}\n');
    expect(fixed).toEqual(['right']);
    expect(dropped).toEqual({
      wrong: expect.stringMatching(/^With this fix, a\.js would have a fault that it does not have now/) as unknown,
      'builds on it': 'It builds on “wrong”, which did not pass verification, so it was dropped too.',
      'builds on that': 'It builds on “wrong”, which did not pass verification, so it was dropped too.',
    });
  });

  test('also when it came along without a site, with all that needed it', async () => {
    const { fixed, dropped } = await verified({ 'a.js': 'one();\ntwo();\nthree();\nfunction one() {}\n' }, [
      { id: 'serves', site: false, edits: [['a.js', 'function one() {}', 'function one() { let x; let x; }']] },
      { id: 'needs it', edits: [['a.js', 'one();', 'isNaN(1);']], dependsOn: ['serves'] },
      { id: 'needs it too', edits: [['a.js', 'two();', 'isNaN(2);']], dependsOn: ['serves'] },
      { id: 'right', edits: [['a.js', 'three();', 'isNaN(3);']] },
    ]);
    expect([fixed, Object.keys(dropped)]).toEqual([['right'], ['needs it', 'needs it too']]);
  });

  test('whose edits lead out of the file, or into each other', async () => {
    const { fixed, dropped } = await verified({ 'a.js': 'one();\ntwo();\n' }, [
      {
        id: 'overlaps itself',
        edits: [
          ['a.js', 'one()', 'isNaN(1)'],
          ['a.js', 'ne()', 'isNaN(1)'],
        ],
      },
      { id: 'right', edits: [['a.js', 'two()', 'isNaN(2)']] },
    ]);
    expect([fixed, Object.keys(dropped)]).toEqual([['right'], ['overlaps itself']]);
  });
});

describe('what is not dropped', () => {
  test('a fix that was only wrong as long as another one was not there', async () => {
    const { fixed, dropped } = await verified({ 'a.js': 'one();\ntwo();\nthree();\n' }, [
      { id: 'uses', edits: [['a.js', 'one();', 'isNaN(later);']] },
      { id: 'wrong', edits: [['a.js', 'two();', 'let x; let x;']] },
      { id: 'declares', edits: [['a.js', 'three();', 'var later;']] },
    ]);
    expect([fixed, Object.keys(dropped)]).toEqual([['uses', 'declares'], ['wrong']]);
  });

  test('a fix after which one of the functions that a variable of JavaScript gets is asynchronous', async () => {
    const text = `let name = (id) => String(id);\nexports.set = () => { name = (id) => 'b'; };\n`;
    const later: Planted = { id: 'later', edits: [['a.js', '{ name = (id)', '{ name = async (id)']] };
    const first: Planted = { id: 'first', edits: [['a.js', 'let name = (id)', 'let name = async (id)']] };
    for (const fix of [later, first]) expect((await verified({ 'a.js': text }, [fix])).dropped).toEqual({});
    const typed: Planted = { id: 'typed', edits: [['a.ts', '{ name = (id)', '{ name = async (id)']] };
    expect(Object.keys((await verified({ 'a.ts': text.replace('(id)', '(id: number)') }, [typed])).dropped)).toEqual(['typed']);
  });

  test('a fix in a file that had the same faults before', async () => {
    const { fixed } = await verified({ 'a.js': 'one();\nmissing();\nPromise.resolve("a").trim();\n' }, [
      { id: 'right', edits: [['a.js', 'one();', 'isNaN(1);']] },
    ]);
    expect(fixed).toEqual(['right']);
  });

  test('a fix after which the compiler only suggests another name for one that it did not know before either', async () => {
    const files = { 'a.js': 'books.add(1);\nexports.list = old(1);\n' };
    const { fixed } = await verified(files, [{ id: 'right', edits: [['a.js', 'old(1)', 'String(1);\nconst book = 1']] }]);
    expect(fixed).toEqual(['right']);
  });

  test('a fix in a file of which the compiler says something else once it has been asked of others', async () => {
    const misspelt = Array.from(
      { length: 12 },
      (_, index) => `/** @param {Promisse<${index}>} row */\nexports.f${index} = (row) => row;\n`,
    );
    const files = {
      'lib/rows.js': misspelt.join(''),
      'lib/model.js': `/** @return {Errors.Missing} */\nexports.find = () => old(1);\n`,
    };
    const planted = planting({ id: 'right', edits: [['lib/model.js', 'old(1)', 'String(1)']] });
    // A checker suggests another name only so many times, and calls what it does not know a namespace when it has no suggestion.
    const asking: Transform = {
      ...planted,
      find: (context) => {
        expect(context.program.diagnostics('lib/rows.js').length).toBeGreaterThan(10);
        return planted.find(context);
      },
    };
    expect(await verified(files, [], { transforms: [asking] })).toMatchObject({ fixed: ['right'], dropped: {} });
  });

  test('with verification switched off: what only the types show; but never what does not parse', async () => {
    const files = { 'a.js': 'one();\ntwo();\nfunction one() {}\nfunction two() {}\n' };
    const fixes: Planted[] = [
      { id: 'only types tell', edits: [['a.js', 'one();', 'absent();']] },
      { id: 'does not parse', edits: [['a.js', 'two();', 'two(;']] },
    ];
    expect(Object.keys((await verified(files, fixes)).dropped)).toEqual(['only types tell', 'does not parse']);
    const { fixed, dropped } = await verified(files, fixes, { verify: false });
    expect([fixed, Object.keys(dropped)]).toEqual([['only types tell'], ['does not parse']]);
  });
});

test('many that are wrong are dropped, and the right ones among them kept', async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `old(${index});`);
  const fixes = lines.map((line, index): Planted => ({
    id: `${index}`,
    edits: [['a.js', line, index % 3 === 0 ? 'nowhere();' : `String(${index});`]],
  }));
  const { fixed, dropped } = await verified({ 'a.js': `${lines.join('\n')}\nfunction old() {}\n` }, fixes);
  expect(
    Object.keys(dropped)
      .map(Number)
      .every((index) => index % 3 === 0),
  ).toBe(true);
  expect([fixed.length, Object.keys(dropped).length]).toEqual([40, 20]);
});

test('a file at which the compiler itself fails is said, and what is fixed stays', async () => {
  const cwd = projectWith({
    'lib/store.js': `function read(id) {\n  return String(id);\n}\nmodule.exports = { read };\n`,
    'lib/index.js': `exports.store = require('./store');\nexports.read = exports.store.read;\n`,
    'app.js': `const read = require('./lib').read;\nexports.show = (id) => read(old(id));\n`,
  });
  try {
    const fix: Planted = { id: 'right', edits: [['app.js', 'old(', 'String(']] };
    const result = await run({ cwd, transforms: [planting(fix)] });
    expect(result.findings.map(({ status }) => status)).toEqual(['fixed']);
    expect(result.files.find(({ path }) => path === 'app.js')?.status).toBe('changed');
    expect(result.warnings).toEqual([
      {
        path: 'app.js',
        message: 'TypeScript itself fails when it checks this file, so what is fixed was verified without its diagnostics here.',
        failed: false,
      },
    ]);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
