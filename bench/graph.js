/**
 * `npm run bench graph [functions…]`: how the call graph grows. Programs of 1,000, 10,000 and 50,000 functions (or those given): chains of
 * 50 calls across modules, each of which ends in a blocking call, hubs that are called 1,000 times, methods, tables read by a computed key.
 * A row for each: CPU seconds and memory for making the program (parsed, bound, its types asked about once), for the graph (who uses each function),
 * and for deciding every function and making the fixes by it. Each size in a process of its own, in which a small program went through all of it before.
 * Exit code 1 when the graph costs more than the program did, or grows faster than the functions do.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ts } from 'ts-morph';
import { Asynchrony } from '../dist/engine/async/asynchrony.js';
import { graphOf } from '../dist/engine/async/call-graph.js';
import { isFunctionNode } from '../dist/engine/async/functions.js';
import { Program } from '../dist/engine/program/program.js';

const chainLength = 50;
const perModule = 25;
const callsOfHub = 1000;
/** How much more a function of the largest program may cost than one of the smallest but one, in which what is fixed hardly counts. */
const tolerance = 1.6;

/** @typedef {{ functions: number, lines: number, createSeconds: number, createMb: number, graphSeconds: number, graphMb: number, decideSeconds: number, uses: number, possible: number, fixes: number }} Row */

const [first, ...others] = process.argv.slice(2);
if (first === '--one') {
  console.log(JSON.stringify(measured(Number(others[0]))));
} else {
  compare(first === undefined ? [1000, 10_000, 50_000] : [first, ...others].map(Number));
}

/** @param {readonly number[]} sizes */
function compare(sizes) {
  console.log(
    '| functions | lines | program, CPU s | program, MB | graph, CPU s | graph, MB | graph, µs a function | graph : program | decisions and fixes, CPU s |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  const rows = sizes.map((size) => {
    const row = inOwnProcess(size);
    const each = ((row.graphSeconds / row.functions) * 1e6).toFixed(0);
    const ratio = (row.graphSeconds / row.createSeconds).toFixed(2);
    const cells = [
      row.functions,
      row.lines,
      row.createSeconds.toFixed(2),
      row.createMb.toFixed(0),
      row.graphSeconds.toFixed(2),
      row.graphMb.toFixed(0),
    ];
    console.log(`| ${[...cells, each, ratio, row.decideSeconds.toFixed(2)].join(' | ')} |`);
    return row;
  });
  const faults = rows
    .filter((row) => row.graphSeconds > row.createSeconds)
    .map((row) => `With ${row.functions} functions the graph costs more than the program.`);
  const [base, largest] = [rows.at(-2), rows.at(-1)];
  for (const what of /** @type {const} */ (['graphSeconds', 'graphMb'])) {
    if (base === undefined || largest === undefined) continue;
    const growth = largest[what] / largest.functions / (base[what] / base.functions);
    if (growth > tolerance) faults.push(`${what} grows ${growth.toFixed(1)} times as fast as the functions do.`);
  }
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

/** @param {number} size @returns {Row} */
function inOwnProcess(size) {
  const words = ['--expose-gc', '--max-old-space-size=8192', fileURLToPath(import.meta.url), '--one', String(size)];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`With ${size} functions: ${stderr}`);
  return JSON.parse(stdout);
}

/** @param {number} size @returns {Row} */
function measured(size) {
  // What is the same for every program: the declarations of Node and the language, and that V8 compiles what runs often.
  worked(programOf(1000));
  return worked(programOf(size));
}

/** @param {ReturnType<typeof programOf>} sources @returns {Row} */
function worked(sources) {
  const start = state();
  const program = new Program({ root: '/bench', compilerOptions: options() }, sources);
  const functions = program.files.flatMap((file) => functionsIn(file));
  const [first] = functions;
  if (first !== undefined) program.checker.getTypeAtLocation(first);
  const created = state();
  const graph = graphOf(program);
  const uses = functions.reduce((sum, fn) => sum + graph.usesOf(fn).length, 0);
  const known = state();
  const asynchrony = new Asynchrony(program, { publicApi: 'change', includeStartup: false }, 'bench');
  let possible = 0;
  for (const file of program.files) for (const call of blockingCalls(file)) if (asynchrony.awaitAt(call).kind !== 'refused') possible += 1;
  const fixes = [...asynchrony.fixes()].length;
  return {
    functions: functions.length,
    lines: sources.reduce((sum, { text }) => sum + text.split('\n').length, 0),
    createSeconds: created.seconds - start.seconds,
    createMb: created.megabytes - start.megabytes,
    graphSeconds: known.seconds - created.seconds,
    graphMb: known.megabytes - created.megabytes,
    decideSeconds: state().seconds - known.seconds,
    uses,
    possible,
    fixes,
  };
}

/** @param {ts.SourceFile} file */
function functionsIn(file) {
  /** @type {import('../dist/engine/async/functions.js').FunctionNode[]} */
  const functions = [];
  const visit = (/** @type {ts.Node} */ node) => {
    if (isFunctionNode(node)) functions.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return functions;
}

function options() {
  return {
    allowJs: true,
    checkJs: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    noEmit: true,
  };
}

function state() {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  return { seconds: (user + system) / 1e6, megabytes: process.memoryUsage().heapUsed / 1e6 };
}

/** @param {ts.SourceFile} file */
function blockingCalls(file) {
  /** @type {ts.CallExpression[]} */
  const calls = [];
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isCallExpression(node) && node.expression.getText().endsWith('Sync')) calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return calls;
}

/** @param {number} size */
function programOf(size) {
  /** @type {{ path: string, text: string, bom: boolean }[]} */
  const sources = [];
  const hubs = Math.max(1, Math.floor(size / callsOfHub));
  const hubText = Array.from({ length: hubs }, (_, hub) => `exports.hub${hub} = function (name) {\n  return fs.existsSync(name);\n};`);
  sources.push(source('hubs.js', ["const fs = require('fs');", ...hubText]));
  for (let module = 0; module * perModule < size; module += 1) {
    const from = module * perModule;
    const lines = ["const fs = require('fs');", "const hubs = require('./hubs');"];
    if (module > 0) lines.push(`const before = require('./module${module - 1}');`);
    lines.push('const table = {};');
    for (let index = from; index < Math.min(from + perModule, size); index += 1) lines.push(...functionOf(index, from, hubs));
    sources.push(source(`module${module}.js`, lines));
  }
  return sources;
}

/**
 * One step of a chain: what it calls comes before it, in this module or in the one before.
 * @param {number} index @param {number} from @param {number} hubs
 */
function functionOf(index, from, hubs) {
  const step = index % chainLength;
  const called = step === 0 ? 'fs.readFileSync(name, "utf8")' : index === from ? `before.step${index - 1}(name)` : `step${index - 1}(name)`;
  const last = step === chainLength - 1;
  const body = [
    `  if (hubs.hub${index % hubs}(name)) return table[name];`,
    `  const text = ${called};`,
    `  table[name] = text.length + ${index};`,
    '  return text.trim();',
  ];
  return [`${last ? 'async ' : ''}function step${index}(name) {`, ...body, '}', `exports.step${index} = step${index};`, ''];
}

/** @param {string} name @param {readonly string[]} lines */
function source(name, lines) {
  return { path: name, text: `${lines.join('\n')}\n`, bom: false };
}
