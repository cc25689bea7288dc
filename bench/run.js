/**
 * `npm run bench [small|medium|large] [turns] [--rows start,nothing,read,all,growth]`, or `npm run bench graph [functions…]` for `graph.js` alone: the same work by nodelift and by its peers,
 * over one corpus, in one run, or the named rows of it.
 * What counts are the ratios, which travel between machines: a row says how much of a peer's CPU time, wall time and memory
 * nodelift needs, Node's own start included. Medians of `turns` (3; 1 for the large corpus).
 *
 * ast-grep takes part when it is installed: `npm install --no-save @ast-grep/napi`. It is no dependency, for its lock needs the binaries of
 * every platform, and not every registry has them.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ts } from 'ts-morph';
import { mention } from '../dist/transforms/parameterize-sql/mention.js';
import { corpusOf } from './corpus.js';
import { inTurn, measure } from './measure.js';

/** @typedef {import('./measure.js').Measure} Measure */
/** @typedef {import('./corpus.js').Corpus} Corpus */

if (process.argv[2] === 'graph') {
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'graph.js'), ...process.argv.slice(3)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

/** Twice the code may cost so many times as much. */
const growthAtMost = 2.2;

const here = import.meta.dirname;
const house = path.dirname(here);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { rows: { type: 'string' } } });
const [size = 'medium', turns = size === 'large' ? 1 : 3] = positionals;
if (size !== 'small' && size !== 'medium' && size !== 'large') throw new Error(`There is no corpus "${size}": small, medium, or large.`);

const installed = (/** @type {string} */ file) => path.join(house, 'node_modules', file);
const hasAstGrep = existsSync(installed('@ast-grep/napi'));
const list = (/** @type {Corpus} */ { folder }) => path.join(folder, '.git', 'files');
const nodelift = (/** @type {readonly string[]} */ ...args) => [path.join(house, 'dist/cli/main.js'), ...args];
const jscodeshift = (/** @type {string} */ codemod, /** @type {Corpus} */ corpus) => [
  installed('jscodeshift/bin/jscodeshift.js'),
  ...['--dry', '--silent', '--cpus', '2', '--parser', 'babel', '--extensions', 'js,cjs,mjs,jsx'],
  ...['--transform', path.join(here, 'jscodeshift', codemod), corpus.folder],
];
const tsc = (/** @type {Corpus} */ corpus) => [installed('typescript/bin/tsc'), '-p', path.join(corpus.folder, '.git')];

/** A target of a row: nodelift needs at most so much of what the peer does. @typedef {{ readonly cpu?: number, readonly wall?: number, readonly memory?: number }} Target */

const rows = /** @type {Readonly<Record<string, () => void>>} */ ({
  start: () => {
    console.log(`Node's own start: ${cells(measure(['-e', '0'], house)).join(', ')}`);
    for (const [name, args, codes] of /** @type {const} */ ([
      ['--help', ['--help'], [0]],
      ['a wrong option', ['--wrte'], [2]],
    ])) {
      console.log(`${name}: ${cells(measure(nodelift(...args), house, codes)).join(', ')}`);
    }
  },
  nothing: () =>
    compare(
      'nothing to fix',
      (text) => !mention.test(text),
      (corpus) => ({
        nodelift: () => measure(nodelift('-t', 'parameterize-sql', '.'), corpus.folder),
        'jscodeshift, empty': () => measure(jscodeshift('nothing.cjs', corpus), corpus.folder),
      }),
      { cpu: 1 / 5, wall: 1 / 5 },
    ),
  read: () =>
    compare(
      'readFileSync; nodelift with types, graph and verification',
      () => true,
      (corpus) => ({
        nodelift: () => measure(nodelift('-t', 'sync-to-promises', '--timing', '.'), corpus.folder),
        jscodeshift: () => measure(jscodeshift('read-file.cjs', corpus), corpus.folder),
        ...(hasAstGrep && { 'ast-grep': () => measure([path.join(here, 'ast-grep/read-file.js'), list(corpus)], corpus.folder) }),
      }),
      { cpu: 1 / 3, wall: 1 / 3 },
    ),
  all: () =>
    compare(
      'all transforms',
      isParsed,
      (corpus) => ({
        nodelift: () => measure(nodelift('--timing', '.'), corpus.folder, [0, 3]),
        'tsc --noEmit, checkJs': () => measure(tsc(corpus), corpus.folder, [0, 1, 2]),
      }),
      { cpu: 1, memory: 1 },
    ),
  growth,
});

const wanted = values.rows?.split(',') ?? Object.keys(rows);
for (const name of wanted) if (!(name in rows)) throw new Error(`There is no row "${name}": ${Object.keys(rows).join(', ')}.`);
for (const name of wanted) rows[name]?.();

/**
 * For a single file with a syntax error, such as `0777`, `tsc` says no more than that of the whole program, and checks nothing.
 * @param {string} text @param {string} name
 */
function isParsed(text, name) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext);
  return /** @type {ts.SourceFile & { parseDiagnostics: readonly ts.Diagnostic[] }} */ (file).parseDiagnostics.length === 0;
}

/** All transforms over the corpus, and over the same files twice, in two folders: how much more twice the code costs. One turn. */
function growth() {
  const [once, twice] = [['once'], ['once', 'again']].map((copies) => {
    const corpus = corpusOf(/** @type {'small' | 'medium' | 'large'} */ (size), undefined, copies);
    try {
      return { lines: corpus.lines, measured: measure(nodelift('.'), corpus.folder, [0, 3]) };
    } finally {
      rmSync(corpus.folder, { recursive: true });
    }
  });
  console.log(`\nall transforms, twice the code: ${once.lines} and ${twice.lines} lines\n`);
  console.log('| code | CPU | wall | memory |\n| --- | --- | --- | --- |');
  for (const [code, { measured }] of [
    ['once', once],
    ['twice', twice],
  ])
    console.log(`| ${[code, ...cells(measured)].join(' | ')} |`);
  const ratios = ['cpu', 'wall', 'memory'].map((key) => (twice.measured[key] / once.measured[key]).toFixed(2));
  console.log(`| twice : once | ${ratios.join(' | ')} |`);
  tellMissed(twice.measured, once.measured, { cpu: growthAtMost, wall: growthAtMost });
}

/**
 * @param {string} work
 * @param {(text: string, name: string) => boolean} keeps
 * @param {(corpus: Corpus) => Readonly<Record<string, () => Measure>>} tools nodelift first, the peer of the target second
 * @param {Target} target
 */
function compare(work, keeps, tools, target) {
  const corpus = corpusOf(/** @type {'small' | 'medium' | 'large'} */ (size), keeps);
  try {
    writeFileSync(list(corpus), corpus.files.map((file) => path.join(corpus.folder, file)).join('\n'));
    const options = {
      noEmit: true,
      allowJs: true,
      checkJs: true,
      target: 'esnext',
      module: 'nodenext',
      types: ['node'],
      skipLibCheck: true,
    };
    const project = { compilerOptions: { ...options, typeRoots: [installed('@types')] }, files: corpus.files.map((file) => `../${file}`) };
    writeFileSync(path.join(corpus.folder, '.git', 'tsconfig.json'), JSON.stringify(project));
    const found = Object.entries(inTurn(tools(corpus), Number(turns)));
    const [, own] = found[0];
    console.log(`\n${work}: ${corpus.files.length} files, ${corpus.lines} lines\n`);
    console.log('| tool | CPU | wall | memory | CPU of nodelift : its | wall | memory |\n| --- | --- | --- | --- | --- | --- | --- |');
    for (const [tool, one] of found) {
      const ratios = [own.cpu / one.cpu, own.wall / one.wall, own.memory / one.memory].map((ratio) => ratio.toFixed(2));
      console.log(`| ${[tool, ...cells(one), ...ratios].join(' | ')} |`);
    }
    tellMissed(own, found[1]?.[1], target);
    const phases = own.errors.split('\n').filter((line) => /^ {2}[\w-]+ +[\d.]+ s$/.test(line));
    if (phases.length > 0) console.log(`\nWhere nodelift's time went:\n\n${phases.join('\n')}`);
  } finally {
    rmSync(corpus.folder, { recursive: true });
  }
}

/**
 * By how much a target is not reached.
 * @param {Measure} own @param {Measure | undefined} peer @param {Target} target
 */
function tellMissed(own, peer, target) {
  for (const [key, most] of Object.entries(target)) {
    const ratio = peer === undefined ? 0 : own[key] / peer[key];
    if (ratio > most)
      console.log(`\nThe target for ${key}, at most ${most.toFixed(2)} of the peer's, is missed ${(ratio / most).toFixed(1)} times over.`);
  }
}

/** @param {Measure} measured */
function cells({ cpu, wall, memory }) {
  return [`${cpu.toFixed(2)} s`, `${wall.toFixed(2)} s`, `${memory.toFixed(0)} MB`];
}
