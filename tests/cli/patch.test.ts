import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { changedLines } from '../../engine/source/line-diff.ts';
import { patchOf, patchText, quotedName } from '../../cli/patch.ts';

function inRepository<T>(work: (folder: string) => T): T {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nodelift-patch-')));
  try {
    execFileSync('git', ['init', '-q'], { cwd: folder });
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function applied(folder: string, path: string, before: string, patch: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, before);
  execFileSync('git', ['-c', 'core.autocrlf=false', 'apply', '--whitespace=nowarn', '-'], { cwd: folder, input: patch });
  return readFileSync(file, 'utf8');
}

const line = fc.constantFrom(
  '',
  '}',
  '  return cb(err);',
  'é 漢 🙂',
  '--- a/x',
  '+++ b/x',
  '@@ -1 +1 @@',
  '\\ No newline',
  'diff --git a/x b/x',
  '\ttab ',
  'a\rb',
);
const ending = fc.constantFrom('\n', '\n', '\r\n');
const text = fc
  .tuple(fc.constantFrom('', '\uFEFF'), fc.array(fc.tuple(line, ending), { maxLength: 30 }), fc.boolean())
  .map(
    ([bom, lines, newlineAtEnd]) =>
      bom + lines.map(([content, end], index) => (index === lines.length - 1 && !newlineAtEnd ? content : content + end)).join(''),
  );
const segment = fc.constantFrom(
  'server.js',
  'with space.js',
  'ünïcode 漢.ts',
  'quo"te.js',
  'back\\slash.js',
  'new\nline.js',
  'tab\there.js',
  '-dash.js',
  "it's.js",
  '$x.js',
  'b',
  '\u{1F600}.mjs',
  ' lead',
  'trail ',
);
const path = fc.tuple(fc.constantFrom('', 'src/', 'a b/', 'déjà/'), segment).map(([folder, name]) => folder + name);

describe('a patch', () => {
  test('applied by git gives the new text, whatever the lines, their endings and the name', () => {
    inRepository((folder) => {
      fc.assert(
        fc.property(path, text, text, (name, before, after) => {
          fc.pre(before !== after && after !== '');
          expect(applied(folder, name, before, patchText(patchOf(name, before, after)))).toBe(after);
        }),
        { numRuns: 200 },
      );
    });
  });

  test('has the headers and three lines of context that git gives', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    const after = 'a\nb\nc\nd\nE\nf\ng\nh\n';
    expect(patchText(patchOf('src/my app.js', before, after))).toBe(
      [
        'diff --git a/src/my app.js b/src/my app.js',
        '--- a/src/my app.js\t',
        '+++ b/src/my app.js\t',
        '@@ -2,7 +2,7 @@',
        ' b',
        ' c',
        ' d',
        '-e',
        '+E',
        ' f',
        ' g',
        ' h',
        '',
      ].join('\n'),
    );
  });

  test('is the one that git makes of the same files', () => {
    inRepository((folder) => {
      const before = Array.from({ length: 60 }, (_, index) => `line ${index}\r\n`).join('');
      const after = before.replace('line 3\r\n', 'changed\r\nadded\r\n').replace('line 40\r\n', '') + 'no newline';
      writeFileSync(join(folder, 'é.js'), before);
      execFileSync('git', ['-c', 'core.autocrlf=false', 'add', '.'], { cwd: folder });
      writeFileSync(join(folder, 'é.js'), after);
      const git = execFileSync('git', ['-c', 'core.autocrlf=false', 'diff'], { cwd: folder, encoding: 'utf8' });
      const withoutIndexAndHeading = git.replace(/^index .*\n/m, '').replace(/^(@@ .* @@).*$/gm, '$1');
      expect(patchText(patchOf('é.js', before, after))).toBe(withoutIndexAndHeading);
    });
  });
});

describe('names in a patch', () => {
  test.each([
    ['plain.js', 'plain.js'],
    ['with space.js', 'with space.js'],
    ['é.js', '"\\303\\251.js"'],
    ['a"b\\c\n.js', '"a\\"b\\\\c\\n.js"'],
  ])('%j is written %s', (name, written) => {
    expect(quotedName(name)).toBe(written);
  });
});

describe('changed lines', () => {
  test('5,000 changed lines in 50,000 are found in a moment, not in half a minute', () => {
    const before = Array.from({ length: 50_000 }, (_, index) =>
      index % 7 === 0 ? '}' : `  value${index % 40_000} = compute(${index % 1000});`,
    );
    const scattered = before.map((content, index) => (index % 10 === 3 ? `changed ${index % 100}` : content));
    const block = before.map((content, index) => (index >= 20_000 && index < 25_000 ? `changed ${index}` : content));
    const started = process.cpuUsage();
    expect(changedLines(before, scattered).reduce((sum, change) => sum + change.oldEnd - change.oldStart, 0)).toBe(5000);
    expect(changedLines(before, block)).toEqual([{ oldStart: 20_000, oldEnd: 25_000, newStart: 20_000, newEnd: 25_000 }]);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(10_000);
  });
});
