/**
 * `npm run bench [files]`: the same work by nodelift and by jscodeshift, over one generated corpus, in one run.
 * CPU time of the whole process, the median of three; what counts is the ratio, which travels between machines.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeCorpus } from './corpus.js';

const here = import.meta.dirname;
const house = path.dirname(here);
const size = Number(process.argv[2] ?? 500);
const repetitions = 3;

const nodelift = (...args) => [path.join(house, 'dist/cli/main.js'), 'lib', ...args];
const jscodeshift = (codemod) => [
  path.join(house, 'node_modules/jscodeshift/bin/jscodeshift.js'),
  ...['--dry', '--run-in-band', '--silent', '--parser', 'babel'],
  ...['--transform', path.join(here, 'jscodeshift', codemod), 'lib'],
];

const works = [
  {
    name: 'nothing to fix',
    // No file of the corpus has a query.
    tools: { nodelift: nodelift('-t', 'parameterize-sql'), jscodeshift: jscodeshift('nothing.cjs') },
  },
  {
    name: 'readFileSync in a fifth of the files',
    tools: { nodelift: nodelift('-t', 'sync-to-promises'), jscodeshift: jscodeshift('read-file.cjs') },
  },
];

const corpus = mkdtempSync(path.join(tmpdir(), 'nodelift-bench-'));
try {
  writeCorpus(corpus, size);
  const base = median(repeated(['-e', '0']));
  console.log(`${size} files; CPU seconds, of which Node's own start is ${seconds(base)}\n`);
  console.log('| work | nodelift | jscodeshift | nodelift : jscodeshift |\n| --- | --- | --- | --- |');
  for (const { name, tools } of works) {
    // In turn, so that a machine that slows down slows both.
    const times = { nodelift: [], jscodeshift: [] };
    for (let turn = 0; turn < repetitions; turn += 1) {
      for (const [tool, args] of Object.entries(tools)) times[tool].push(cpuTime(args));
    }
    const ours = median(times.nodelift);
    const theirs = median(times.jscodeshift);
    console.log(`| ${name} | ${seconds(ours)} | ${seconds(theirs)} | ${(ours / theirs).toFixed(2)} |`);
  }
} finally {
  rmSync(corpus, { recursive: true });
}

function repeated(args) {
  return Array.from({ length: repetitions }, () => cpuTime(args));
}

/** Microseconds of user and system time, of the process and of those that it starts. */
function cpuTime(args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'nodelift-cpu-'));
  const file = path.join(folder, 'cpu');
  const env = { ...process.env, BENCH_CPU_FILE: file, NODE_OPTIONS: `--import=${pathToFileURL(path.join(here, 'report-cpu.js'))}` };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: corpus, env, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status !== 0) throw new Error(`${args.join(' ')}\n${stderr}`);
  const total = readFileSync(file, 'utf8')
    .split('\n')
    .reduce((sum, line) => sum + Number(line), 0);
  rmSync(folder, { recursive: true });
  return total;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function seconds(microseconds) {
  return (microseconds / 1e6).toFixed(2);
}
