/** `--interactive` on a pseudo-terminal, as a person uses it. */

import { beforeAll, expect, test } from '@jest/globals';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { builtBinary, launch } from './built-binary.ts';
import { inProject, type TemporaryProject } from './temporary-project.ts';
import { spawn } from 'node:child_process';

const terminal = fileURLToPath(new URL('./terminal.py', import.meta.url));

let binary: string;
beforeAll(async () => {
  binary = await builtBinary();
}, 180_000);

const project = {
  '.gitignore': '.nodelift\neditor.sh\n',
  'a.js':
    "const fs = require('fs');\n\nexports.first = async (name) => fs.readFileSync(name, 'utf8');\nexports.second = async (name) => fs.statSync(name).size;\n",
  'lib/load.js': "const fs = require('fs');\n\nexports.load = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));\n",
  'lib/start.js':
    "const { load } = require('./load');\n\nexports.start = async () => {\n  const settings = load('a.json');\n  return settings.port;\n};\n",
};

interface Session {
  readonly code: number | null;
  readonly shown: string;
}

function decide({ folder }: TemporaryProject, answers: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Session> {
  const command = [process.execPath, binary, '-i', '-t', 'sync-to-promises', '--allow-dirty'];
  const child = spawn('python3', [terminal, JSON.stringify(command), JSON.stringify(answers), '[y,n,a,k,s,e,q,?]'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'xterm', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ code, shown: stripVTControlCharacters(shown).replaceAll('\r', '') })),
  );
}

test('applies what was chosen, one decision for a fix in several files, and nothing else', async () => {
  await inProject(project, async (files) => {
    const { code, shown } = await decide(files, ['n', 'y', 'y']);
    expect([code, shown]).toEqual([0, expect.stringContaining('with it: make `exports.load` async')]);
    expect(shown.split('diff --git').filter((part) => part.includes('a/lib/start.js'))).toHaveLength(1);
    expect(files.bytes('a.js')).toContain('fs.readFileSync(name');
    expect(files.bytes('a.js')).toContain('fs.promises.stat(name)');
    expect(files.bytes('lib/load.js')).toContain('await fs.promises.readFile(file');
    expect(files.bytes('lib/start.js')).toContain("await load('a.json')");
    await launch(binary, ['undo'], files.folder);
    expect(files.bytes('a.js')).toBe(project['a.js']);
  });
});

test('quit keeps what was decided, and the next time goes on from there', async () => {
  await inProject(project, async (files) => {
    const first = await decide(files, ['n', 'q']);
    expect([first.code, first.shown]).toEqual([0, expect.stringContaining('3 fixes to decide on')]);
    expect(files.bytes('a.js')).toBe(project['a.js']);
    const second = await decide(files, ['y', 'q']);
    expect(second.shown).toContain('What you declined before is not asked again');
    expect(files.bytes('a.js')).toContain('fs.readFileSync(name');
    expect(files.bytes('a.js')).toContain('fs.promises.stat(name)');
    expect(files.bytes('lib/load.js')).toBe(project['lib/load.js']);
  });
});

test('all of the transform, and skipping a file', async () => {
  await inProject(project, async (files) => {
    await decide(files, ['?', 's', 'a']);
    expect(files.bytes('a.js')).toBe(project['a.js']);
    expect(files.bytes('lib/load.js')).toContain('await fs.promises.readFile(file');
  });
});

test('the result of a fix can be edited, and the rest is found in what was made of it', async () => {
  await inProject({ ...project, 'editor.sh': '#!/bin/sh\nsed -i "s/exports.first/exports.renamed/" "$1"\n' }, async (files) => {
    chmodSync(path.join(files.folder, 'editor.sh'), 0o755);
    const { code } = await decide(files, ['e', 'y', 'q'], { EDITOR: './editor.sh' });
    expect(code).toBe(0);
    expect(files.bytes('a.js')).toContain('exports.renamed = async (name) => fs.promises.readFile(name');
    expect(files.bytes('a.js')).toContain('fs.promises.stat(name)');
    expect(files.bytes('lib/load.js')).toBe(project['lib/load.js']);
  });
});

test('without a terminal it says so', async () => {
  await inProject(project, async ({ folder }) => {
    expect(await launch(binary, ['-i'], folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--interactive needs a terminal'),
    });
  });
});
