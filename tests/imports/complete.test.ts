import { describe, expect, test } from '@jest/globals';
import type { ImportNeed } from '../../engine/finding.ts';
import { completeImports } from '../../engine/imports/complete.ts';
import { parseFile } from '../../engine/program/host.ts';

interface Change {
  readonly before: string;
  /** What the edits replaced, and by what. */
  readonly replace: readonly [string, string];
  readonly needs?: readonly Omit<ImportNeed, 'path'>[];
  readonly preambles?: readonly string[];
  readonly module?: boolean;
}

function completed({ before, replace, needs = [], preambles = [], module = false }: Change): string {
  const edited = before.replaceAll(...replace);
  return completeImports(
    parseFile('/project/a.js', before),
    edited,
    needs.map((need) => ({ path: 'a.js', ...need })),
    preambles.map((text) => ({ path: 'a.js', text })),
    module,
  ).text;
}

const readFile = { specifier: 'fs/promises', name: 'readFile', local: 'readFile' };

describe('a binding that is needed', () => {
  test('follows the last leading require, in the style of the file', () => {
    expect(
      completed({
        before: `'use strict';\n\nvar path = require("path");\nvar fs = require("fs");\n\nload(fs.readFileSync(path.x));\nfs.x();\n`,
        replace: ['fs.readFileSync', 'await readFile'],
        needs: [readFile],
      }),
    ).toBe(
      `'use strict';\n\nvar path = require("path");\nvar fs = require("fs");\nvar { readFile } = require("fs/promises");\n\nload(await readFile(path.x));\nfs.x();\n`,
    );
  });

  test('takes the place of the require that is no longer used', () => {
    expect(
      completed({
        before: `const { readFileSync } = require('fs')\nconst path = require('path')\n\nuse(readFileSync(path.x))\n`,
        replace: ['readFileSync(', 'await readFile('],
        needs: [readFile],
      }),
    ).toBe(`const { readFile } = require('fs/promises')\nconst path = require('path')\n\nuse(await readFile(path.x))\n`);
  });

  test('joins the braces of an import from the same module', () => {
    expect(
      completed({
        before: `import { writeFile } from 'fs/promises';\nwriteFile(x(1));\n`,
        replace: ['x(', 'await readFile('],
        needs: [readFile],
        module: true,
      }),
    ).toBe(`import { writeFile, readFile } from 'fs/promises';\nwriteFile(await readFile(1));\n`);
  });

  test('keeps one name a line where the list does', () => {
    expect(
      completed({
        before: `import {\n  access,\n  writeFile,\n} from 'fs/promises';\nwriteFile(x(access));\n`,
        replace: ['x(', 'await readFile('],
        needs: [readFile],
        module: true,
      }),
    ).toBe(`import {\n  access,\n  writeFile,\n  readFile,\n} from 'fs/promises';\nwriteFile(await readFile(access));\n`);
  });

  test('opens a file that imports nothing, behind its hashbang and directives', () => {
    expect(completed({ before: `#!/usr/bin/env node\n'use strict';\n\nx(1);\n`, replace: ['x(', 'readFile('], needs: [readFile] })).toBe(
      `#!/usr/bin/env node\n'use strict';\n\nconst { readFile } = require('fs/promises');\n\nreadFile(1);\n`,
    );
  });

  test('does not come between a statement and its comments', () => {
    const comment = '// eslint-disable-next-line no-unused-vars\n';
    const opening = (before: string): string => completed({ before, replace: ['x(', 'readFile('], needs: [readFile] });
    const added = `const { readFile } = require('fs/promises');\n\n`;
    expect(opening(`${comment}let y = x(1);\n`)).toBe(`${added}${comment}let y = readFile(1);\n`);
    const licence = '/*\n * MIT License\n */\n';
    expect(opening(`${licence}${comment}let y = x(1);\n`)).toBe(`${licence}${added}${comment}let y = readFile(1);\n`);
    expect(opening(`/* The queue. */\n\n${comment}let y = x(1);\n`)).toBe(`/* The queue. */\n\n${added}${comment}let y = readFile(1);\n`);
    expect(opening(`${licence}let y = x(1);\n`)).toBe(`${licence}${added}let y = readFile(1);\n`);
    expect(opening(`/* eslint-env node */\nlet y = x(1);\n`)).toBe(`/* eslint-env node */\n${added}let y = readFile(1);\n`);
  });

  test('is not added twice', () => {
    expect(
      completed({
        before: `const { readFile } = require('fs/promises');\nx(readFile);\n`,
        replace: ['x(', 'y('],
        needs: [readFile, readFile],
      }),
    ).toBe(`const { readFile } = require('fs/promises');\ny(readFile);\n`);
  });

  test('takes the plain name once the binding that had it is gone', () => {
    expect(
      completed({
        before: `const { readFile } = require('fs');\nreadFile('a', done);\n`,
        replace: [`readFile('a', done)`, `await readFileAsync('a')`],
        needs: [{ specifier: 'fs/promises', name: 'readFile', local: 'readFileAsync' }],
      }),
    ).toBe(`const { readFile } = require('fs/promises');\nawait readFile('a');\n`);
  });

  test('keeps the other name while the binding is still used', () => {
    expect(
      completed({
        before: `const { readFile } = require('fs');\nreadFile('a', done);\nreadFile('b', done);\n`,
        replace: [`readFile('a', done)`, `await readFileAsync('a')`],
        needs: [{ specifier: 'fs/promises', name: 'readFile', local: 'readFileAsync' }],
      }),
    ).toBe(
      `const { readFile } = require('fs');\nconst { readFile: readFileAsync } = require('fs/promises');\nawait readFileAsync('a');\nreadFile('b', done);\n`,
    );
  });

  test('keeps CRLF', () => {
    expect(completed({ before: `const fs = require('fs');\r\nfs.x(y(1));\r\n`, replace: ['y(', 'readFile('], needs: [readFile] })).toBe(
      `const fs = require('fs');\r\nconst { readFile } = require('fs/promises');\r\nfs.x(readFile(1));\r\n`,
    );
  });

  test('stays behind a trailing comment', () => {
    expect(
      completed({ before: `const fs = require('fs'); // files\nfs.x(y(1));\n`, replace: ['y(', 'readFile('], needs: [readFile] }),
    ).toBe(`const fs = require('fs'); // files\nconst { readFile } = require('fs/promises');\nfs.x(readFile(1));\n`);
  });
});

describe('a binding that is no longer used', () => {
  test('goes with its line', () => {
    expect(completed({ before: `const fs = require('fs');\nconst a = require('a');\nfs.x(a);\n`, replace: ['fs.x', 'y'] })).toBe(
      `const a = require('a');\ny(a);\n`,
    );
  });

  test('leaves the others of its braces', () => {
    expect(completed({ before: `const { a, b, c } = require('fs');\na(b, c);\n`, replace: ['a(b, c)', 'a(c)'] })).toBe(
      `const { a, c } = require('fs');\na(c);\n`,
    );
    expect(completed({ before: `const { a, b } = require('fs');\na(b);\n`, replace: ['a(b)', 'a()'] })).toBe(
      `const { a } = require('fs');\na();\n`,
    );
  });

  test('leaves the others of its declaration', () => {
    expect(completed({ before: `var fs = require('fs'),\n    path = require('path');\nfs.x(path);\n`, replace: ['fs.x', 'y'] })).toBe(
      `var path = require('path');\ny(path);\n`,
    );
  });

  test('stays when it was not used before either, or when loading it may do something', () => {
    expect(completed({ before: `const fs = require('fs');\nx();\n`, replace: ['x', 'y'] })).toBe(`const fs = require('fs');\ny();\n`);
    expect(completed({ before: `const patch = require('patch');\npatch.x();\n`, replace: ['patch.x', 'y'] })).toBe(
      `const patch = require('patch');\ny();\n`,
    );
  });

  test('stays while a shadowing name makes its use uncertain', () => {
    const before = `const fs = require('fs');\nfs.x();\nfunction f(fs) { return fs; }\n`;
    expect(completed({ before, replace: ['fs.x', 'y'] })).toContain(`require('fs')`);
  });
});

describe('a statement that must stand once at the top', () => {
  test('follows the imports, and whatever binds the names in it', () => {
    expect(
      completed({
        before: `const crypto = require('crypto');\nconst a = require('a');\n\ncrypto.x(a);\n`,
        replace: ['crypto.x', 'pbkdf2'],
        needs: [{ specifier: 'util', name: 'promisify', local: 'promisify' }],
        preambles: ['const pbkdf2 = promisify(crypto.pbkdf2)', 'const pbkdf2 = promisify(crypto.pbkdf2)'],
      }),
    ).toBe(
      `const crypto = require('crypto');\nconst a = require('a');\nconst { promisify } = require('util');\nconst pbkdf2 = promisify(crypto.pbkdf2);\n\npbkdf2(a);\n`,
    );
  });

  test('comes in the order in which the code uses what it declares', () => {
    const db = `const db = open();\n`;
    const run = 'const dbRun = promisify(db.run).bind(db)';
    const get = 'const dbGet = promisify(db.get).bind(db)';
    expect(completed({ before: `${db}\nx();\n`, replace: ['x()', 'dbRun(dbGet())'], preambles: [get, run] })).toBe(
      `${db}${run};\n${get};\n\ndbRun(dbGet());\n`,
    );
  });
});
