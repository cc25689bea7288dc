/** Our transforms, given to the real jscodeshift. */

import { beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { summaries } from '../../transforms/summaries.ts';
import { builtBinary } from '../cli/built-binary.ts';
import { inProject } from '../cli/temporary-project.ts';
import { execute, type Outcome } from '../house/repository-copy.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const jscodeshift = path.join(root, 'node_modules/jscodeshift/bin/jscodeshift.js');

let doors: string;
beforeAll(async () => {
  const built = path.join(path.dirname(await builtBinary()), '../..');
  doors = path.join(built, 'jscodeshift');
  cpSync(path.join(root, 'jscodeshift'), doors, { recursive: true });
}, 180_000);

function shift(folder: string, transform: string, ...args: readonly string[]): Outcome {
  return execute(folder, process.execPath, jscodeshift, '-t', path.join(doors, `${transform}.cjs`), '--cpus=1', '--verbose=2', ...args);
}

const project = {
  'page.js': "const fs = require('fs');\n\nexports.page = async (name) => {\n  return fs.readFileSync(name, 'utf8');\n};\n",
  'lib/settings.js': "const fs = require('fs');\n\nexports.load = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));\n",
  'start.js':
    "const { load } = require('./lib/settings');\n\nexports.start = async () => {\n  const settings = load('a.json');\n  return settings.port;\n};\n",
};

test('every transform has its file', () => {
  for (const { name } of summaries)
    expect(() => cpSync(path.join(root, 'jscodeshift', `${name}.cjs`), path.join(doors, `${name}.cjs`))).not.toThrow();
});

describe('jscodeshift -t', () => {
  test('writes what nodelift would; a fix that reaches into other files is left out, and reported', async () => {
    await inProject(project, async ({ folder, ...files }) => {
      const { output } = shift(folder, 'sync-to-promises', '.');
      expect(files.bytes('page.js')).toBe(project['page.js'].replace('fs.readFileSync', 'fs.promises.readFile'));
      expect([files.bytes('lib/settings.js'), files.bytes('start.js')]).toEqual([project['lib/settings.js'], project['start.js']]);
      expect(output).toContain('the fix changes other files too');
      expect(output).toMatch(/0 errors\n.*2 (unmodified|skipped)/);
      return Promise.resolve();
    });
  });

  test('with --wholeProgram=true writes those too', async () => {
    await inProject(project, async ({ folder, ...files }) => {
      shift(folder, 'sync-to-promises', '.', '--wholeProgram=true');
      expect(files.bytes('lib/settings.js')).toContain('await fs.promises.readFile(file');
      expect(files.bytes('start.js')).toContain("await load('a.json')");
      return Promise.resolve();
    });
  });

  test('knows the other transforms', async () => {
    const query = `const { Client } = require('pg');\n\nconst client = new Client();\n\nexports.user = (id) => client.query("SELECT * FROM users WHERE name = '" + id + "'");\n`;
    await inProject({ 'users.js': query }, async ({ folder, ...files }) => {
      shift(folder, 'parameterize-sql', 'users.js');
      expect(files.bytes('users.js')).toContain('WHERE name = $1');
      return Promise.resolve();
    });
  });
});
