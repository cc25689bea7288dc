/** The plugin in ESLint 9 and 10, as an editor and as the command line use them. */

import { beforeAll, describe, expect, test } from '@jest/globals';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { builtBinary } from '../cli/built-binary.ts';
import { inProject } from '../cli/temporary-project.ts';
import { execute } from '../house/repository-copy.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

let plugin: string;
beforeAll(async () => {
  plugin = pathToFileURL(path.join(path.dirname(await builtBinary()), '../doors/eslint/index.js')).href;
}, 180_000);

interface Message {
  readonly ruleId: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestions?: readonly {
    readonly desc: string;
    readonly fix: { readonly range: readonly [number, number]; readonly text: string };
  }[];
}

const project = {
  '.gitignore': 'node_modules\nlint.mjs\n',
  'package.json': '{ "name": "app", "private": true }\n',
  'lib/settings.js': "const fs = require('fs');\n\nexports.load = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));\n",
  'page.js':
    "const fs = require('fs');\n\nexports.page = async (name) => {\n  const text = fs.readFileSync(name, 'utf8');\n  return text.trim();\n};\n",
  'start.js':
    "const { load } = require('./lib/settings');\n\nexports.start = async () => {\n  const settings = load('a.json');\n  return settings.port;\n};\n",
  'view.js':
    "const fs = require('fs');\n\nclass View {\n  constructor(name) {\n    this.text = fs.readFileSync(name, 'utf8');\n  }\n}\n\nexports.View = View;\n",
};

/** Lints files, and texts that an editor has not saved yet. */
function lint(eslint: string, work: string): Promise<readonly (readonly Message[])[]> {
  return inProject(project, ({ folder, ...files }) => {
    symlinkSync(modules, path.join(folder, 'node_modules'));
    files.write({
      'lint.mjs': `import { ESLint } from '${eslint}';
        import nodelift from '${plugin}';
        const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [nodelift.configs.recommended, { files: ['**/*.js'], languageOptions: { sourceType: 'commonjs' } }] });
        const results = ${work};
        process.stdout.write(JSON.stringify(results.map(({ messages }) => messages)));`,
    });
    const { code, stdout, output } = execute(folder, process.execPath, 'lint.mjs');
    if (code !== 0) throw new Error(output);
    return Promise.resolve(JSON.parse(stdout) as readonly (readonly Message[])[]);
  });
}

function applied(text: string, { suggestions }: Message): string {
  const [suggestion] = suggestions ?? [];
  if (suggestion === undefined) throw new Error('no suggestion');
  const { range, text: replacement } = suggestion.fix;
  return text.slice(0, range[0]) + replacement + text.slice(range[1]);
}

describe.each(['eslint9', 'eslint'])('%s', (eslint) => {
  test('reports each finding; fixes that stay in the file are suggested', async () => {
    const [page, settings, view] = await lint(eslint, "await eslint.lintFiles(['page.js', 'lib/settings.js', 'view.js'])");
    expect(page).toMatchObject([{ ruleId: 'nodelift/sync-to-promises', line: 4, column: 16 }]);
    const [first] = page ?? [];
    expect(first && applied(project['page.js'], first)).toBe(project['page.js'].replace('fs.readFileSync', 'await fs.promises.readFile'));
    // It changes start.js too, and ESLint writes one file at a time.
    expect(settings?.map(({ message, suggestions }) => [message.includes('nodelift can fix it'), suggestions])).toEqual([
      [true, undefined],
    ]);
    expect(view?.map(({ message }) => message)).toEqual([expect.stringContaining('left alone (barrier)')]);
  });

  test('follows what is typed, before it is saved', async () => {
    const typed = "const { readFileSync } = require('fs');\n\n\nexports.page = async (name) => {\n  return readFileSync(name);\n};\n";
    const [before, after] = await lint(
      eslint,
      `[...(await eslint.lintFiles(['page.js'])), ...(await eslint.lintText(${JSON.stringify(typed)}, { filePath: 'page.js' }))]`,
    );
    expect(before).toMatchObject([{ line: 4 }]);
    expect(after).toMatchObject([{ line: 5, column: 10 }]);
    const [message] = after ?? [];
    expect(message && applied(typed, message)).toContain('readFile(name)');
  });
});
