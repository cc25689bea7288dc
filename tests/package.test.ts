/** The package as somebody installs it: packed, put into an empty folder with its dependencies, and used from there. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasons } from '../catalog/reasons.ts';
import { summaries } from '../transforms/summaries.ts';
import { execute, repositoryCopy, type Outcome } from './house/repository-copy.ts';

const MINUTES = 60_000;
const installed = (program: string): string => fileURLToPath(new URL(`../node_modules/${program}`, import.meta.url));
const tsc = installed('typescript/bin/tsc');
const publint = installed('publint/src/cli.js');
const attw = installed('@arethetypeswrong/cli/dist/index.js');

/** All that a user of the package needs, and nothing else. */
const shipped = [
  /^package\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^docs\/reasons\.md$/,
  /^assets\/report\.(css|js)$/,
  /^jscodeshift\/[a-z-]+\.cjs$/,
  /^schemas\/report-1\.json$/,
  /^transforms\/[a-z-]+\/README\.md$/,
  /^dist\/(catalog|cli|doors|engine|transforms)\/.+(?<!\.test)\.js$/,
  // The types of what can be imported, and of what those name.
  /^dist\/(catalog|doors|engine|transforms(?=\/[a-z-]+\.d\.ts$))\/.+(?<!\.test)\.d\.ts$/,
  /^dist\/index\.(js|d\.ts)$/,
];

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const made: string[] = [];
const emptyFolder = (): string => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-package-')));
  made.push(folder);
  return folder;
};

let packed: Packed;
let consumer: string;

/** Builds by the package's own `prepack`, in a copy, so that nothing here is disturbed. */
beforeAll(() => {
  const copy = repositoryCopy();
  made.push(copy);
  consumer = emptyFolder();
  packed = pack(copy, consumer);
  writeFileSync(path.join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
  succeed(execute(consumer, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', `./${packed.filename}`));
}, 10 * MINUTES);
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

const nodelift = (...args: readonly string[]): Outcome => execute(consumer, 'npx', '--no-install', 'nodelift', ...args);

test('has only what is needed', () => {
  const paths = packed.files.map((file) => file.path);
  expect(paths.filter((file) => !shipped.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(shipped.filter((pattern) => !paths.some((file) => pattern.test(file)))).toEqual([]);
});

describe('package.json', () => {
  test('is right by publint', () => {
    const { code, output } = execute(consumer, process.execPath, publint, 'run', '--strict', packed.filename);
    expect([code, output]).toEqual([0, expect.stringContaining('All good!')]);
  });

  test('gives types that fit, by attw, however they are resolved', () => {
    // What this rule says is meant so: CommonJS loads the library by `import()`. See "is there for CommonJS".
    const options = ['--no-definitely-typed', '--ignore-rules', 'cjs-resolves-to-esm'];
    const { code, output } = execute(consumer, process.execPath, attw, packed.filename, ...options);
    expect([code, output]).toEqual([0, expect.stringContaining('No problems found')]);
    expect(output).toContain('"nodelift/eslint"');
  });
});

describe('npx nodelift', () => {
  test('--version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(path.join(consumer, 'node_modules/nodelift/package.json'), 'utf8')) as { version: string };
    expect(nodelift('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test('list has a line for each transform', () => {
    const { code, output } = nodelift('list');
    expect(code).toBe(0);
    for (const { name } of summaries) expect(output).toContain(name);
  });

  test('explain shows the page of a transform, and the section of a reason', () => {
    expect(nodelift('explain', 'sync-to-promises').output).toContain('readFileSync');
    expect(nodelift('explain', 'barrier').output).not.toContain(reasons.barrier);
    expect(nodelift('explain', 'barrier').output).toContain('class Templates {');
  });

  test('previews a fix', () => {
    mkdirSync(path.join(consumer, 'src'));
    const source = `const fs = require('fs');\n\nexports.page = async function page(name) {\n  return fs.readFileSync(name, 'utf8');\n};\n`;
    writeFileSync(path.join(consumer, 'src', 'page.cjs'), source);
    const { code, stdout } = nodelift('src');
    expect([code, stdout]).toEqual([0, expect.stringContaining('\n-  return fs.readFileSync(name')]);
    expect(readFileSync(path.join(consumer, 'src', 'page.cjs'), 'utf8')).toBe(source);
  });
});

describe('the library', () => {
  test('runs', () => {
    const program = `import { run, transforms } from 'nodelift';
      const { files } = await run({ paths: ['src'], transforms });
      console.log(files.map((file) => file.status).join());`;
    writeFileSync(path.join(consumer, 'use.js'), program);
    expect(execute(consumer, process.execPath, 'use.js')).toMatchObject({ code: 0, output: 'changed\n' });
  });

  test('is there for CommonJS: by import(), and the ESLint plugin by require() too', () => {
    const program = `const { default: plugin } = require('nodelift/eslint');
      import('nodelift').then(({ run, transforms }) => console.log(typeof run, Object.keys(plugin.rules).length === transforms.length));`;
    writeFileSync(path.join(consumer, 'use.cjs'), program);
    expect(execute(consumer, process.execPath, 'use.cjs')).toMatchObject({ code: 0, stdout: 'function true\n' });
  });

  test('has types that a strict consumer can check', () => {
    const program = `import { run, transforms, type RunResult, type Transform } from 'nodelift';
      const names: readonly string[] = transforms.map((transform: Transform) => transform.name);
      export const result: Promise<RunResult> = run({ paths: names, transforms, unsafe: true });
      // @ts-expect-error: an option that does not exist
      void run({ transforms, dryRun: true });`;
    writeFileSync(path.join(consumer, 'use.ts'), program);
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck', 'false', '--types', 'node'];
    expect(execute(consumer, process.execPath, tsc, ...options, 'use.ts')).toMatchObject({ code: 0, output: '' });
  });
});

function pack(copy: string, destination: string): Packed {
  const { stdout } = succeed(execute(copy, 'npm', 'pack', '--json', '--pack-destination', destination));
  // What the build says may come before the answer.
  const answer = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as readonly Packed[] | Readonly<Record<string, Packed>>;
  const [first] = Object.values(answer);
  if (first === undefined) throw new Error(`npm pack said nothing of a package: ${stdout}`);
  return first;
}

function succeed(outcome: Outcome): Outcome {
  if (outcome.code !== 0) throw new Error(outcome.output);
  return outcome;
}
