/** The example of each section of docs/reasons.md gets the reason that the section is about, here and in somebody's terminal. */

import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../engine/run.ts';
import { transforms } from '../transforms/registry.ts';
import { writeTree } from './fixtures/cases.ts';
import { codeBlocks } from './house/markdown.ts';

const page = readFileSync(fileURLToPath(new URL('../docs/reasons.md', import.meta.url)), 'utf8');
const workplace = mkdtempSync(path.join(tmpdir(), 'nodelift-reasons-'));
afterAll(() => rmSync(workplace, { recursive: true }));

// No code gets the first: it would be a fault of nodelift's own. The second is a matter of the person's own tests.
// The third needs a codemod.
const withoutExample = ['verification-failed', 'check-failed', 'codemod-failed'];
const examples = page
  .split(/^## /m)
  .slice(1)
  .map((section) => [/`(.*)`/.exec(section)?.[1] ?? '', codeBlocks(section)[0]?.code ?? ''] as const)
  .filter(([code]) => !withoutExample.includes(code));

test.each(examples)('%s', async (code, example) => {
  const project = path.join(workplace, code);
  // What the package exports is `index.js`; another file is its own affair.
  const file = code === 'public-api' ? 'index.js' : 'lib/example.js';
  writeTree(project, { '.git': '', 'package.json': '{ "name": "example", "main": "index.js" }', [file]: example });
  const { findings, files } = await run({ cwd: project, transforms });
  expect(files.filter((file) => file.status === 'failed')).toEqual([]);
  expect(findings.map((finding) => finding.reason?.code)).toContain(code);
});
