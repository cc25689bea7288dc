/** A repository may come with an archive, configuration and all: nothing that it names is run by a question to git. */

import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listChangedFiles, listDirty } from '../../engine/git/index.ts';
import { makeTree } from '../discover/temporary-tree.ts';

const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('filters, monitors, drivers, pagers and hooks of a repository are not executed', async () => {
  const root = makeTree({ 'a.js': 'old\n', 'b.js': 'old\n', '.gitattributes': '*.js filter=trap diff=trap text=auto\n' });
  git(root, 'init', '-q');
  git(root, 'add', '-A');
  git(root, 'commit', '-qm', 'Start');
  const trap = join(root, '.git/trap.sh');
  writeFileSync(trap, `#!/bin/sh\ntouch "${join(root, '.git/executed')}"\ncat\n`);
  chmodSync(trap, 0o755);
  for (const name of ['post-index-change', 'pre-commit', 'post-checkout']) {
    writeFileSync(join(root, '.git/hooks', name), `#!/bin/sh\ntouch "${join(root, '.git/executed')}"\n`);
    chmodSync(join(root, '.git/hooks', name), 0o755);
  }
  const settings = [
    'filter.trap.clean',
    'filter.trap.smudge',
    'filter.trap.process',
    'core.fsmonitor',
    'core.pager',
    'diff.external',
    'diff.trap.textconv',
    'diff.trap.command',
  ];
  for (const name of [...settings, 'core.sshCommand', 'core.editor']) git(root, 'config', name, trap);
  git(root, 'config', 'filter.trap.required', 'true');

  writeFileSync(join(root, 'a.js'), 'new\n');
  utimesSync(join(root, 'b.js'), 1, 1);
  expect(await listDirty(root, ['a.js', 'b.js'])).toEqual(['a.js']);
  expect(await listChangedFiles(root, { kind: 'since', ref: 'HEAD' })).toEqual(['a.js']);
  expect(await listChangedFiles(root, { kind: 'staged' })).toEqual([]);
  expect(existsSync(join(root, '.git/executed'))).toBe(false);

  // The trap is one: git by itself springs it.
  utimesSync(join(root, 'b.js'), 2, 2);
  try {
    git(root, 'status');
  } catch {
    // The filter does not do what a filter has to.
  }
  expect(existsSync(join(root, '.git/executed'))).toBe(true);
});
