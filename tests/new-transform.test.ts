/**
 * `npm run new-transform` makes a transform that passes at once; and the code in docs/writing-a-transform.md, put in its place, is
 * a transform that passes too. Both are tried in a copy of the repository, one after the other.
 */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeBlocks } from './house/markdown.ts';
import { execute, jestIn, repositoryCopy, typeErrorsIn } from './house/repository-copy.ts';

const MINUTES = 60_000;
const name = 'sleep-to-timers';
const itsTests = ['tests/fixtures.test.ts', 'tests/behaviour.test.ts', 'tests/house.test.ts', 'tests/cli/explain.test.ts'];

let copy: string;
beforeAll(() => {
  copy = repositoryCopy();
});
afterAll(() => rmSync(copy, { recursive: true }));

const scaffold = (...args: readonly string[]): ReturnType<typeof execute> =>
  execute(copy, process.execPath, 'scripts/new-transform.js', ...args);
const read = (file: string): string => readFileSync(path.join(copy, file), 'utf8');

describe('npm run new-transform', () => {
  test.each([
    [[], 'Give the transform a name'],
    [['SleepToTimers'], 'lower-case words joined by hyphens, not "SleepToTimers"'],
    [['sync-to-promises'], 'transforms/sync-to-promises is there already'],
  ])('%j is one line that says what is wrong', (args, line) => {
    const { code, output } = scaffold(...args);
    expect([code, output.trim().split('\n').length]).toEqual([2, 1]);
    expect(output).toContain(line);
  });

  test('says what it has written', () => {
    const { code, output } = scaffold(name);
    expect([code, output]).toEqual([0, expect.stringContaining(`transforms/${name}/index.ts\n`)]);
    expect(read('transforms/summaries.ts')).toContain(`  { name: '${name}', summary: `);
    expect(read('transforms/registry.ts')).toMatch(/,\s+sleepToTimers,?\s*\]/);
  });

  test('all its tests pass at once', () => expectToPass(), 5 * MINUTES);
});

describe('docs/writing-a-transform.md', () => {
  test(
    'is code that passes its tests',
    () => {
      rmSync(path.join(copy, 'fixtures', name), { recursive: true });
      for (const [file, text] of filesOfThePage()) {
        mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
        writeFileSync(path.join(copy, file), text);
      }
      writeFileSync(path.join(copy, 'transforms', name, 'README.md'), itsReadme());
      expectToPass();
    },
    5 * MINUTES,
  );
});

/** Types, lint, layout, and the tests that concern the transform. */
function expectToPass(): void {
  const code = `transforms/${name}/index.ts`;
  expect(typeErrorsIn(copy, `transforms/${name}`)).toEqual([]);
  expect(execute(copy, process.execPath, 'node_modules/eslint/bin/eslint.js', code, 'transforms/registry.ts')).toMatchObject({
    code: 0,
    output: '',
  });
  const formatted = [code, 'transforms/on-demand.ts', 'transforms/registry.ts', 'transforms/summaries.ts'];
  expect(execute(copy, process.execPath, 'node_modules/prettier/bin/prettier.cjs', '--check', ...formatted)).toMatchObject({ code: 0 });
  const { code: exitCode, output } = jestIn(copy, itsTests, name);
  expect(exitCode === 0 ? 'all pass' : output).toBe('all pass');
  expect(output).toMatch(/Tests: .*\b[1-9]\d* passed/);
}

/** The blocks that name a file, those of one file joined. */
function filesOfThePage(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { info, code } of codeBlocks(read('docs/writing-a-transform.md'))) {
    const file = /^file=(\S+)$/.exec(info)?.[1];
    if (file === undefined) continue;
    const before = files.get(file);
    files.set(file, before === undefined ? code : `${before}\n${code}`);
  }
  return files;
}

/** The page leaves the README to its reader; here the first case stands in it. */
function itsReadme(): string {
  const [before = '', after = ''] = ['input', 'output'].map((part) =>
    read(`fixtures/${name}/a-retry-waits-without-blocking/${part}/jobs.js`),
  );
  return `# ${name}\n\n## Before\n\n\`\`\`js\n${before}\`\`\`\n\n## After\n\n\`\`\`js\n${after}\`\`\`\n`;
}
