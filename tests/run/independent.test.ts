import { afterEach, describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { run } from '../../engine/run.ts';
import { independent } from '../../engine/run/independent.ts';
import { transforms } from '../../transforms/registry.ts';
import { projectWith } from './project.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

const services = {
  'api/package.json': '{ "name": "@shop/api" }',
  'jobs/package.json': '{ "name": "jobs" }',
  'jobs/tool/package.json': '{ "name": "tool" }',
};

/** The groups that the packages fall into, by the folders of their files. */
function groupsOf(texts: Readonly<Record<string, string>>, packages: Readonly<Record<string, string>> = services): string[] {
  const files = { 'api/index.js': '', 'jobs/index.js': '', 'jobs/tool/index.js': '', ...texts };
  const root = projectWith({ ...packages, ...files });
  made.push(root);
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, bom: false }));
  const folders = independent(sources, root).map((group) => [...new Set(group.map(({ path }) => path.replace(/\/[^/]*$/, '')))].join(' '));
  return folders.sort();
}

describe('packages of which none loads another', () => {
  test('are programs of their own', () => {
    expect(groupsOf({})).toEqual(['api', 'jobs', 'jobs/tool']);
  });

  test('a folder without a package.json belongs to the package above it', () => {
    expect(groupsOf({ 'api/lib/a.js': '', 'api/lib/b.js': '' })).toEqual(['api api/lib', 'jobs', 'jobs/tool']);
  });

  test('a single package is one program, and so are files without any', () => {
    expect(groupsOf({}, {})).toHaveLength(1);
  });
});

describe('packages stay together', () => {
  test.each([
    ['a relative import', "import { run } from '../jobs/index.js';"],
    ['a relative path to the folder alone', "const jobs = require('../jobs');"],
    ['a path that a loader of another kind is told', "const api = proxyquire('./lib', { '../jobs/lib/run': stub });"],
    ['a path in parts', "module.exports = require(path.join(__dirname, '..', 'jobs', name));"],
    ['the name of a package', "const jobs = require('jobs/lib/run');"],
  ])('that %s joins', (_what, text) => {
    expect(groupsOf({ 'api/index.js': text })).toEqual(['api jobs', 'jobs/tool']);
  });

  test('that package.json joins, however the other one is loaded', () => {
    const dependent = { ...services, 'jobs/package.json': '{ "name": "jobs", "dependencies": { "@shop/api": "*" } }' };
    expect(groupsOf({}, dependent)).toEqual(['api jobs', 'jobs/tool']);
  });

  test('of which one loads what it is told, and the others lie below it', () => {
    expect(groupsOf({ 'jobs/index.js': 'module.exports = (name) => require(name);' })).toEqual(['api', 'jobs jobs/tool']);
  });
});

test('a function that another package loads becomes asynchronous with its caller', async () => {
  const root = projectWith({
    'package.json': '{ "private": true }',
    'store/package.json': '{ "name": "store", "private": true }',
    'store/index.js': "const fs = require('fs');\nexports.load = (file) => fs.readFileSync(file, 'utf8');\n",
    'api/package.json': '{ "name": "api", "private": true, "dependencies": { "store": "*" } }',
    'api/index.js':
      "const { load } = require('../store');\nasync function start() {\n  console.log(load('a'));\n}\nstart().catch(console.error);\n",
    'other/package.json': '{ "name": "other", "private": true }',
    'other/index.js': "const fs = require('fs');\nasync function main() {\n  fs.readFileSync('b');\n}\nmain().catch(console.error);\n",
  });
  made.push(root);
  const { files, findings } = await run({ cwd: root, transforms });
  expect(findings.filter(({ status }) => status === 'fixed').map(({ path }) => path)).toEqual(['other/index.js', 'store/index.js']);
  const after = new Map(files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.after] as const] : [])));
  expect(after.get('api/index.js')).toContain("console.log(await load('a'))");
  expect(after.get('other/index.js')).toContain("await fs.promises.readFile('b')");
});
