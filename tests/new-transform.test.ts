/**
 * `npm run new-transform` makes a transform that passes at once; and the code in docs/writing-a-transform.md, put in the place of such
 * a one, is a transform that passes too. Both are tried in one copy of the repository.
 */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeBlocks } from './house/markdown.ts';
import { execute, jestIn, repositoryCopy, typeErrorsIn } from './house/repository-copy.ts';

const MINUTES = 60_000;
/** Stays as it was made. */
const made = 'made-at-once';
/** Gets the code of the page. */
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

  test.each([
    [made, 'madeAtOnce'],
    [name, 'sleepToTimers'],
  ])('says what it has written for %s', (transform, exported) => {
    const { code, output } = scaffold(transform);
    expect([code, output]).toEqual([0, expect.stringContaining(`transforms/${transform}/index.ts\n`)]);
    expect(read('transforms/summaries.ts')).toContain(`  { name: '${transform}', summary: `);
    expect(read('transforms/registry.ts')).toMatch(new RegExp(`,\\s+${exported},?\\s*(?:\\]|sleepToTimers)`));
  });
});

describe('what it has written, and the code in docs/writing-a-transform.md,', () => {
  beforeAll(() => {
    rmSync(path.join(copy, 'fixtures', name), { recursive: true });
    for (const [file, text] of filesOfThePage()) {
      mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
      writeFileSync(path.join(copy, file), text);
    }
    writeFileSync(path.join(copy, 'transforms', name, 'README.md'), itsReadme());
  });

  const folders = [made, name].map((transform) => `transforms/${transform}`);

  test('has no type errors', () => expect(typeErrorsIn(copy, folders)).toEqual([]), 2 * MINUTES);

  test(
    'is what the linter and the formatter want',
    () => {
      const code = [...folders.map((folder) => `${folder}/index.ts`), 'transforms/registry.ts'];
      expect(execute(copy, process.execPath, 'node_modules/eslint/bin/eslint.js', ...code)).toMatchObject({ code: 0, output: '' });
      const formatted = [...code, 'transforms/on-demand.ts', 'transforms/summaries.ts'];
      expect(execute(copy, process.execPath, 'node_modules/prettier/bin/prettier.cjs', '--check', ...formatted)).toMatchObject({ code: 0 });
    },
    2 * MINUTES,
  );

  test(
    'passes the tests that concern transforms',
    () => {
      const { code, output } = jestIn(copy, itsTests, `${made}|${name}`);
      expect(code === 0 ? 'all pass' : output).toBe('all pass');
      expect(output).toMatch(/Tests: .*\b[1-9]\d* passed/);
    },
    5 * MINUTES,
  );
});

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
