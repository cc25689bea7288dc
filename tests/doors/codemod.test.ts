/** Published jscodeshift transforms, as they come from the registry, run by the program as it is shipped. */

import { beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtBinary, launch, type Ended } from '../cli/built-binary.ts';
import { inProject, type TemporaryProject } from '../cli/temporary-project.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

let binary: string;
beforeAll(async () => {
  binary = await builtBinary();
}, 180_000);

type Nodelift = (...args: readonly string[]) => Promise<Ended>;

/** A project in which the packages of this one are installed. */
function withCodemods<T>(
  files: Readonly<Record<string, string>>,
  work: (project: TemporaryProject, nodelift: Nodelift) => Promise<T>,
): Promise<T> {
  return inProject({ '.gitignore': 'node_modules\n', ...files }, (project) => {
    symlinkSync(modules, join(project.folder, 'node_modules'));
    return work(project, (...args) => launch(binary, args, project.folder));
  });
}

describe('published packages', () => {
  test('jest-codemods: assertions of Chai become those of Jest', async () => {
    const source =
      "const { expect } = require('chai');\n\ntest('sum', () => {\n  expect(1 + 1).to.equal(2);\n  expect([1]).to.have.length(1);\n});\n";
    await withCodemods({ 'sum.test.js': source }, async (project, nodelift) => {
      const { code, stderr } = await nodelift('--codemod', 'jest-codemods/dist/transformers/chai-should.js', '--write');
      expect([code, stderr]).toEqual([0, expect.stringContaining('codemod-chai-should')]);
      expect(project.bytes('sum.test.js')).toContain('expect(1 + 1).toBe(2);\n  expect([1]).toHaveLength(1);');
    });
  });

  test('aws-sdk-js-codemod: the AWS SDK for JavaScript 2 becomes version 3', async () => {
    const source =
      "const AWS = require('aws-sdk');\n\nconst client = new AWS.S3();\n\nexports.names = async () => (await client.listBuckets().promise()).Buckets;\n";
    await withCodemods({ 'buckets.js': source }, async (project, nodelift) => {
      const { code } = await nodelift('--codemod', 'aws-sdk-js-codemod/dist/transforms/v2-to-v3/transformer.js', '--write');
      expect(code).toBe(0);
      const after = project.bytes('buckets.js');
      expect(after).toContain("require('@aws-sdk/client-s3')");
      expect(after).toContain('await client.listBuckets()).Buckets');
    });
  });

  test('5to6-codemod: `require` becomes `import`', async () => {
    const files = { 'package.json': '{ "type": "module" }\n', 'read.js': "const path = require('path');\n\nconsole.log(path.sep);\n" };
    await withCodemods(files, async (project, nodelift) => {
      const { code } = await nodelift('--codemod', '5to6-codemod/transforms/cjs.js', '--write');
      expect([code, project.bytes('read.js')]).toEqual([0, expect.stringMatching(/^import path from ["']path["'];/)]);
    });
  });

  test('commonjs-to-es-module-codemod: `module.exports` becomes `export default`', async () => {
    const files = { 'package.json': '{ "type": "module" }\n', 'sum.js': 'const sum = (a, b) => a + b;\n\nmodule.exports = sum;\n' };
    await withCodemods(files, async (project, nodelift) => {
      const { code } = await nodelift('--codemod', 'commonjs-to-es-module-codemod', '--write');
      expect([code, project.bytes('sum.js')]).toEqual([0, 'const sum = (a, b) => a + b;\n\nexport default sum;\n']);
    });
  });

  test('types-react-codemod: types of React, in TypeScript', async () => {
    const files = {
      'component.tsx': "import * as React from 'react';\n\nexport const use = (node: React.ReactText): string => String(node);\n",
    };
    await withCodemods(files, async (project, nodelift) => {
      const { code } = await nodelift('--codemod', 'types-react-codemod/transforms/deprecated-react-text.js', '--write');
      expect([code, project.bytes('component.tsx')]).toEqual([0, expect.stringContaining('(node: number | string): string')]);
    });
  });
});

const rename = `(file, api) => api.jscodeshift(file.source).find(api.j.Identifier, { name: 'before' }).forEach((path) => { path.node.name = 'after'; }).toSource()`;
const sources = { 'a.js': 'const before = 1;\nexport default before;\n', 'b.js': 'export const untouched = 1;\n' };

describe('a codemod', () => {
  test.each([
    ['rename.cjs', `module.exports = ${rename};`],
    ['rename.mjs', `export default ${rename};`],
    ['lib/rename.js', `import { find } from './find';\nexport default (file, api) => find(api.j, file.source).toSource();`],
    [
      'rename.ts',
      `import type { API, FileInfo } from 'jscodeshift';\nimport { find } from './lib/find.js';\nexport default function (file: FileInfo, api: API): string { return find(api.j, file.source).toSource(); }`,
    ],
    ['later.cjs', `module.exports = async (...given) => { await null; return (${rename})(...given); };`],
  ])('may be written as %s', async (name, text) => {
    const find = `export const find = (j, source) => j(source).find(j.Identifier, { name: 'before' }).forEach((path) => { path.node.name = 'after'; });\n`;
    await withCodemods(
      { ...sources, 'tools/package.json': '{}', [`tools/${name}`]: text, 'tools/lib/find.ts': find },
      async (_, nodelift) => {
        const { code, stdout, stderr } = await nodelift('--codemod', `./tools/${name}`, 'a.js', 'b.js');
        expect([code, stdout]).toEqual([
          0,
          expect.stringContaining('-const before = 1;\n-export default before;\n+const after = 1;\n+export default after;\n'),
        ]);
        expect(stderr).toContain('1 file would change; 2 files read');
      },
    );
  });

  test('is given its options and the parser that it wants, keeps CRLF, and is taken back by undo', async () => {
    const codemod = `module.exports = (file, api, options) => file.path.endsWith('a.js') ? '// ' + api.j(file.source).find(api.j.TypeAnnotation).length + ' ' + JSON.stringify(options) + '\\n' : undefined;\nmodule.exports.parser = 'flow';\n`;
    await withCodemods({ 'a.js': "// @flow\r\nconst id: string = 'a';\r\n", 'tools/flow.cjs': codemod }, async (project, nodelift) => {
      const { code } = await nodelift(
        '--codemod',
        './tools/flow.cjs',
        '--codemod-option',
        'level=3',
        '--codemod-option',
        'quote=double',
        'a.js',
        '--write',
      );
      expect([code, project.bytes('a.js')]).toEqual([0, '// 1 {"level":3,"quote":"double"}\r\n']);
      await nodelift('undo');
      expect(project.bytes('a.js')).toBe("// @flow\r\nconst id: string = 'a';\r\n");
    });
  });

  test('is run once on each file, although it finds more in its own output', async () => {
    const growing = 'module.exports = (file) => `${file.source}grow();\\n`;\n';
    await withCodemods({ 'a.js': 'function grow() {}\n', 'tools/grow.cjs': growing }, async (project, nodelift) => {
      await nodelift('--codemod', './tools/grow.cjs', 'a.js', '--write');
      expect(project.bytes('a.js')).toBe('function grow() {}\ngrow();\n');
    });
  });

  test('that breaks a file is kept out of it, and out of no other', async () => {
    const breaking = "module.exports = (file) => file.source.includes('breakMe') ? 'const x = ;' : `${file.source}// seen\\n`;\n";
    await withCodemods({ 'a.js': 'breakMe();\n', 'b.js': 'fine();\n', 'tools/break.cjs': breaking }, async (project, nodelift) => {
      const { stderr } = await nodelift('--codemod', './tools/break.cjs', 'a.js', 'b.js', '--write', '--verbose');
      expect([project.bytes('a.js'), project.bytes('b.js')]).toEqual(['breakMe();\n', 'fine();\n// seen\n']);
      expect(stderr).toContain('refused: verification-failed');
    });
  });

  const awaitless =
    "module.exports = (file) => file.path.endsWith('load.js') ? file.source.replace('function load', 'async function load') : undefined;\n";
  const importless = "module.exports = (file) => file.source.replace(/^const path = .*\\n/, '');\n";
  const load = 'function load(name) {\n  return { name, port: 80 };\n}\nmodule.exports = { load };\n';
  test.each([
    [
      'leaves a promise to a caller in another file',
      awaitless,
      { 'load.js': load, 'b.js': "console.log(require('./load').load('a').port);\n" },
    ],
    ['takes away a name that is still used', importless, { 'a.js': "const path = require('path');\nconsole.log(path.sep);\n" }],
  ])('that %s is kept out of that file', async (_fault, codemod, files) => {
    await withCodemods({ ...files, 'tools/wrong.cjs': codemod }, async (project, nodelift) => {
      const { stderr } = await nodelift('--codemod', './tools/wrong.cjs', ...Object.keys(files), '--write', '--verbose');
      expect(stderr).toContain('refused: verification-failed');
      expect(stderr).toContain('This is a fault of the codemod');
      for (const [name, text] of Object.entries(files)) expect(project.bytes(name)).toBe(text);
    });
  });

  test('may name modules and globals that come with the migration', async () => {
    const migration =
      'module.exports = () => "const client = require(\'@acme/client-s3\');\\nexpect(client.open()).toBe(vendorGlobal);\\n";\n';
    const source = "const { expect } = require('chai');\n\nexpect(1).to.equal(1);\n";
    await withCodemods({ 'a.js': source, 'tools/migrate.cjs': migration }, async (project, nodelift) => {
      await nodelift('--codemod', './tools/migrate.cjs', 'a.js', '--write');
      expect(project.bytes('a.js')).toContain('toBe(vendorGlobal)');
    });
  });

  test('that throws on a file is reported there', async () => {
    await withCodemods(
      { ...sources, 'tools/throw.cjs': "module.exports = () => { throw new Error('no such node'); };\n" },
      async (_, nodelift) => {
        const { stdout } = await nodelift('--codemod', './tools/throw.cjs', 'a.js', '--format', 'json');
        const { findings } = JSON.parse(stdout) as { findings: unknown };
        expect(findings).toMatchObject([
          { path: 'a.js', status: 'refused', reason: { code: 'codemod-failed', message: 'The codemod threw: no such node' } },
        ]);
      },
    );
  });

  test('runs beside our own transforms when they are named', async () => {
    const source = "const fs = require('fs');\n\nexports.before = async (name) => fs.readFileSync(name, 'utf8');\n";
    await withCodemods({ 'a.js': source, 'tools/rename.cjs': `module.exports = ${rename};` }, async (project, nodelift) => {
      await nodelift('--codemod', './tools/rename.cjs', '-t', 'sync-to-promises', 'a.js', '--write');
      expect(project.bytes('a.js')).toContain('exports.after = async (name) => fs.promises.readFile(name,');
    });
  });

  test.each([
    ['nothing.js', 'error: There is no codemod "nothing.js": neither a file, nor a part of a package that is installed here.\n'],
    [
      './tools/data.cjs',
      'error: The codemod "./tools/data.cjs" does not export a function (file, api, options), as jscodeshift wants it.\n',
    ],
    ['./tools/crash.cjs', 'error: The codemod "./tools/crash.cjs" cannot be loaded: at once\n'],
  ])('named %s is a mistake that is told in a line', async (name, message) => {
    await withCodemods(
      { ...sources, 'tools/data.cjs': 'module.exports = { a: 1 };\n', 'tools/crash.cjs': "throw new Error('at once');\n" },
      async (_, nodelift) => {
        expect(await nodelift('--codemod', name)).toMatchObject({ code: 2, stdout: '', stderr: message });
      },
    );
  });
});

test('the packages are those of the lock file', () => {
  expect(readdirSync(modules)).toEqual(
    expect.arrayContaining(['jest-codemods', 'aws-sdk-js-codemod', '5to6-codemod', 'commonjs-to-es-module-codemod', 'types-react-codemod']),
  );
});
