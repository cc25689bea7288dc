import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { compileEngine, removeEngine, runElsewhere } from './other-process.ts';
import { noGitSettings } from './run-discovery.ts';
import { makeTree } from './temporary-tree.ts';

let engine = '';
beforeAll(() => {
  engine = compileEngine();
});
afterAll(() => {
  removeEngine(engine);
});

const discoverThere = async (root: string): Promise<unknown> => {
  const script = `
    const { sources, failures } = await discover.discover({ root: input.root, selected: [input.root], env: input.env });
    output({ paths: sources.map(({ source }) => source.path), failures });
  `;
  const input = { root, env: noGitSettings };
  return (await runElsewhere(engine, { script, input, ordinaryUser: { owning: root } })).outputs[0];
};

test('files and folders that may not be read are failures of their own, and the others are read', async () => {
  const tree = makeTree({ 'app.js': 'a();', 'secret.js': 'b();', 'private/c.js': 'c();', 'z.js': 'z();' });
  chmodSync(join(tree, 'secret.js'), 0);
  chmodSync(join(tree, 'private'), 0);
  expect(await discoverThere(tree)).toEqual({
    paths: ['app.js', 'z.js'],
    failures: [
      { kind: 'folder', path: 'private', selected: true, error: 'cannot be read: permission denied' },
      { kind: 'file', path: 'secret.js', selected: true, error: 'cannot be read: permission denied' },
    ],
  });
});

test('a .gitignore that may not be read is one too, since its rules are missing', async () => {
  const tree = makeTree({ 'api/.gitignore': 'app.js', 'api/app.js': 'a();' });
  chmodSync(join(tree, 'api/.gitignore'), 0);
  expect(await discoverThere(tree)).toEqual({
    paths: ['api/app.js'],
    failures: [
      { kind: 'file', path: 'api/.gitignore', selected: true, error: 'cannot be read, and its rules were not applied: permission denied' },
    ],
  });
});

test('a root that may not be read is one failure', async () => {
  const tree = makeTree({ 'app.js': 'a();' });
  chmodSync(tree, 0);
  expect(await discoverThere(tree)).toEqual({
    paths: [],
    failures: [{ kind: 'folder', path: '.', selected: true, error: 'cannot be read: permission denied' }],
  });
});
