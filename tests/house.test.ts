/**
 * One name, parallel places: a transform's word is its folder, its fixtures' folder, its page and its row in the summaries.
 * A reason's code is its row in the catalog, its section in the documentation, and a fixture that shows it.
 */

import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasons } from '../catalog/reasons.ts';
import { transformsOnDemand } from '../transforms/on-demand.ts';
import { transforms } from '../transforms/registry.ts';
import { summaries } from '../transforms/summaries.ts';
import { fixtureCases, readTree, type FixtureCase } from './fixtures/cases.ts';
import { codeBlocks, headings } from './house/markdown.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const cases = fixtureCases();
const codes = Object.keys(reasons);
const names = transforms.map(({ name }) => name);

describe('the transforms', () => {
  test('are those that have a folder', () => {
    const folders = readdirSync(path.join(root, 'transforms'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((folder) => folder.name).sort()).toEqual([...names].sort());
  });

  test('are the same when they are loaded on demand', async () => {
    expect(await Promise.all(transformsOnDemand.map(async ({ load }) => load()))).toEqual(transforms);
    expect(transformsOnDemand.map(({ name, mention }) => [name, mention])).toEqual(transforms.map(({ name, mention }) => [name, mention]));
  });

  test('stand in the summaries, in the order in which they are applied', () => {
    expect(summaries.map(({ name, summary }) => [name, summary])).toEqual(transforms.map(({ name, summary }) => [name, summary]));
  });
});

describe.each(names)('%s', (name) => {
  const folder = path.join(root, 'transforms', name);
  const itsCases = cases.filter((one) => one.transform === name);

  test('has its code and its page', () => {
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['index.ts', 'README.md']));
    expect(headings(read(folder, 'README.md'))[0]).toBe(name);
  });

  test('has a fixture with a fix, and one with a refusal', () => {
    expect(itsCases.filter((one) => existsSync(path.join(one.folder, 'output')))).not.toEqual([]);
    expect(itsCases.filter((one) => / refused \([a-z-]+\): /.test(findingsOf(one)))).not.toEqual([]);
  });

  test('shows a before and an after that are the input and the output of one of its fixtures', () => {
    const blocks = codeBlocks(read(folder, 'README.md')).map((block) => block.code.trim());
    expect(itsCases.filter((one) => isShownIn(blocks, one)).map((one) => one.name)).not.toEqual([]);
  });
});

describe('README.md', () => {
  test('shows a before and an after that a fixture has', () => {
    const name = 'a-route-of-many-callbacks-reads-from-top-to-bottom';
    const folder = cases.find((one) => one.name === name)?.folder ?? '';
    const section = /^## Before and after\n(.*?)^## /ms.exec(read(root, 'README.md'))?.[1] ?? '';
    const [before, after, ...others] = codeBlocks(section).map((block) => block.code.trim());
    expect(others).toEqual([]);
    expect(read(folder, 'input/orders.js')).toContain(`\n${before}\n`);
    expect(read(folder, 'output/orders.js')).toContain(`\n${after}\n`);
  });
});

describe('docs/reasons.md', () => {
  const page = read(root, 'docs/reasons.md');
  const sections = page.split(/^## /m).slice(1);

  test('has a section for each code, and none besides', () => {
    const titles = sections.map((section) => /^`(.*)`$/m.exec(section)?.[1]);
    expect([...titles].sort()).toEqual([...codes].sort());
  });

  test.each(sections.map((section) => [section.split('\n', 1)[0] ?? '', section] as const))(
    '%s says what, why and what to do',
    (_, section) => {
      expect(headings(section)).toEqual(['Example', 'What to do']);
      expect(section).toContain('It matters because ');
      expect(codeBlocks(section).map((block) => block.language)).toEqual(['js']);
    },
  );
});

/**
 * A fixture for `verification-failed` would be a fault kept on purpose. Its case is a transform that is made to go wrong.
 * For `check-failed` there has to be a command that fails.
 */
const shownElsewhere: Readonly<Record<string, string>> = {
  'verification-failed': 'tests/run/run.test.ts',
  'check-failed': 'tests/check/check.test.ts',
  'codemod-failed': 'tests/doors/codemod.test.ts',
};

test.each(codes)('the reason %s is shown by a fixture', (code) => {
  const elsewhere = shownElsewhere[code];
  if (elsewhere === undefined) {
    expect(cases.filter((one) => codesIn(findingsOf(one)).includes(code)).map((one) => `${one.transform}/${one.name}`)).not.toEqual([]);
  } else {
    expect(read(root, elsewhere)).toContain(`'${code}'`);
  }
});

function read(folder: string, file: string): string {
  return readFileSync(path.join(folder, file), 'utf8');
}

function findingsOf(one: FixtureCase): string {
  return existsSync(path.join(one.folder, 'findings.txt')) ? read(one.folder, 'findings.txt') : '';
}

/** The codes in brackets after a finding's status: `a.js:1:1 fixed (unsafe, shared-state): …`. */
function codesIn(findings: string): string[] {
  return [...findings.matchAll(/ (?:fixed|available|refused) \((?:unsafe, )?([a-z-]+)\): /g)].map((match) => match[1] ?? '');
}

function isShownIn(blocks: readonly string[], one: FixtureCase): boolean {
  const output = readTree(path.join(one.folder, 'output'));
  return Object.entries(readTree(path.join(one.folder, 'input'))).some(([file, before]) => {
    const after = output[file];
    return after !== undefined && after !== before && blocks.includes(before.trim()) && blocks.includes(after.trim());
  });
}
