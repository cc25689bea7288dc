/**
 * Every case of `fixtures/`: the input gives the output and the findings on disk, and the output gives nothing more to fix.
 * `npm test -- tests/fixtures.test.ts -u` rewrites the snapshots; read every line of their diff.
 */

import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../engine/run.ts';
import type { RunResult } from '../engine/result.ts';
import { transforms } from '../transforms/registry.ts';
import { fixtureCases, readTree, writeTree, type FixtureCase, type Tree } from './fixtures/cases.ts';
import { findingsText } from './fixtures/findings-text.ts';

const workplace = mkdtempSync(path.join(tmpdir(), 'nodelift-fixtures-'));
afterAll(() => rmSync(workplace, { recursive: true }));

const cases = fixtureCases();
const byTransform = groupByTransform(cases);

for (const [transform, itsCases] of byTransform) {
  describe(transform, () => {
    for (const one of itsCases) test(one.name, () => checkCase(one));
  });
}

async function checkCase(one: FixtureCase): Promise<void> {
  const input = readTree(path.join(one.folder, 'input'));
  const result = await runOn(input, one);
  const output = {
    ...input,
    ...Object.fromEntries(result.files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.after]] : []))),
  };
  const findings = findingsText(result, (name) => input[name] ?? '');
  const changed = Object.keys(output).some((name) => output[name] !== input[name]);
  const expectedFindings = path.join(one.folder, 'findings.txt');
  if (updates() === 'all' || (updates() === 'new' && !existsSync(expectedFindings))) {
    writeTree(path.join(one.folder, 'output'), changed ? output : {});
    writeFileSync(expectedFindings, findings);
  }
  const expected = readTree(path.join(one.folder, 'output'));
  expect(output).toEqual(Object.keys(expected).length === 0 ? input : expected);
  expect(findings).toBe(readFileSync(expectedFindings, 'utf8'));
  const again = await runOn(output, one);
  expect(again.files.filter((file) => file.status !== 'unchanged')).toEqual(result.files.filter((file) => file.status === 'failed'));
}

async function runOn(tree: Tree, one: FixtureCase): Promise<RunResult> {
  const folder = mkdtempSync(path.join(workplace, 'case-'));
  // The folder is a project of its own, whatever lies above it.
  writeTree(path.join(folder, 'project'), { ...tree, '.git': '' });
  const transform = transforms.filter((candidate) => candidate.name === one.transform);
  if (transform.length === 0) throw new Error(`fixtures/${one.transform} is not the name of a transform`);
  return run({
    cwd: path.join(folder, 'project'),
    transforms: transform,
    knownTransforms: transforms.map((known) => known.name),
    ...one.settings.options,
  });
}

/** What jest was asked to do with snapshots: `-u` is `all`, `--ci` is `none`. */
function updates(): string {
  const { snapshotState } = expect.getState() as unknown as { snapshotState: { _updateSnapshot: string } };
  return snapshotState._updateSnapshot;
}

function groupByTransform(all: readonly FixtureCase[]): Map<string, FixtureCase[]> {
  const groups = new Map<string, FixtureCase[]>();
  for (const one of all) groups.set(one.transform, [...(groups.get(one.transform) ?? []), one]);
  return groups;
}
