/** A finding's title is one line that is read at a glance, in terminals and in lists of editors. */

import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fixtureCases } from './fixtures/cases.ts';

/** Longer ones name two expressions, each cut off where it is too long. */
const usual = 110;
const longest: Readonly<Record<string, number>> = {
  'callbacks-to-async': 80,
  'parameterize-sql': 80,
  'sanitize-nosql': 80,
  'streams-to-pipeline': 80,
  'handle-promises': 80,
};

const cases = fixtureCases();

/** `users.js:3:7 fixed: <title>`, `users.js:3:7 refused (<code>): <title>`, `  with: <title>` */
function titlesOf(folder: string): string[] {
  const findings = path.join(folder, 'findings.txt');
  if (!existsSync(findings)) return [];
  const lines = readFileSync(findings, 'utf8').split('\n');
  return lines.flatMap((line) => /^(?:\S+:\d+:\d+ [a-z]+(?: \([^)]*\))?|\s+with): (.*)$/.exec(line)?.[1] ?? []);
}

describe.each([...new Set(cases.map(({ transform }) => transform))])('titles of %s', (transform) => {
  const titles = cases.filter((one) => one.transform === transform).flatMap(({ folder }) => titlesOf(folder));

  test('are found', () => {
    expect(titles.length).toBeGreaterThan(0);
  });

  test('are short', () => {
    expect(titles.filter(({ length }) => length > (longest[transform] ?? usual))).toEqual([]);
  });
});
