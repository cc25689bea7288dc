/**
 * Runs all transforms over everything that published packages hold, pinned in `hostile-packages.json`: old and new, TypeScript, JSX,
 * decorators, minified, generated; also what a run leaves out by itself, except type declarations:
 * `npx tsc -p tsconfig.build.json && node scripts/hostile.js [--resume file] [--seed n] [--minutes n] [folder] [name…]`. Packages are
 * fetched into the folder once and kept there. With `--resume`, what was found is added to the file, a line a package, and packages that
 * stand there are not run again. `--seed` is for another order, and `--minutes` for no package to be begun after that time.
 *
 * For every package, in a process of its own: no crash and no hang (a package that takes too long is tried file by file, and the slow
 * file is named), every output parses, a second run over the output fixes nothing, and memory stays bounded. A file that TypeScript
 * cannot parse, or that is nested too deeply, is refused by name, and counted. Exit code 1 when one of these does not hold.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchPackage } from './fetch-package.js';

/** On a machine that is busy with other things, everything may take so many times longer: `NODELIFT_PATIENCE=5`. */
const patience = Number(process.env.NODELIFT_PATIENCE ?? 1);
const secondsPerFile = 30 * patience;
const namedAtMost = 3;
const megabytesAtMost = 3000;

if (process.argv[2] === '--one') await runOne(process.argv[3] ?? '', JSON.parse(readFileSync(0, 'utf8')));
else process.exitCode = (await runAll()) ? 0 : 1;

/** @typedef {{ name: string, why: string } | { name: string, outcome: Outcome }} Row */

async function runAll() {
  const string = { type: /** @type {const} */ ('string') };
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { resume: string, seed: string, minutes: string } });
  const [folder = path.join(tmpdir(), 'nodelift-hostile'), ...names] = positionals;
  mkdirSync(folder, { recursive: true });
  const end = performance.now() + Number(values.minutes ?? Infinity) * 60_000;
  const rows = rowsIn(values.resume);
  const known = new Set(rows.map(({ name }) => name));
  for (const name of inOrder(values.seed)) {
    if (known.has(name) || (names.length > 0 && !names.some((wanted) => name.startsWith(wanted)))) continue;
    if (performance.now() > end) break;
    const row = await runPackage(name, folder);
    rows.push(row);
    if (values.resume !== undefined) appendFileSync(values.resume, `${JSON.stringify(row)}\n`);
  }
  const outcomes = rows.flatMap((row) => ('outcome' in row ? [row.outcome] : []));
  const sum = (/** @type {'files' | 'fixed' | 'refused' | 'unparsed' | 'seconds'} */ key) =>
    outcomes.reduce((all, one) => all + one[key], 0);
  const megabytes = Math.max(0, ...outcomes.map((one) => one.megabytes));
  const total = {
    files: sum('files'),
    fixed: sum('fixed'),
    refused: sum('refused'),
    unparsed: sum('unparsed'),
    seconds: sum('seconds'),
    megabytes,
  };
  console.log(`${'together'.padEnd(28)} ${JSON.stringify(total)}`);
  return outcomes.length === rows.length && outcomes.every(({ faults }) => faults.length === 0);
}

/** @param {string | undefined} file @returns {Row[]} */
function rowsIn(file) {
  if (file === undefined || !existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** @param {string | undefined} seed @returns {string[]} the pinned packages */
function inOrder(seed) {
  /** @type {string[]} */
  const pinned = JSON.parse(readFileSync(new URL('./hostile-packages.json', import.meta.url), 'utf8'));
  if (seed === undefined) return pinned;
  const place = (/** @type {string} */ name) => createHash('sha256').update(`${seed} ${name}`).digest('hex');
  return pinned.toSorted((one, other) => (place(one) < place(other) ? -1 : 1));
}

/** @param {string} name @param {string} folder @returns {Promise<Row>} */
async function runPackage(name, folder) {
  let source;
  try {
    source = fetchPackage(name, folder);
  } catch {
    console.log(`${name.padEnd(28)} could not be fetched`);
    return { name, why: 'could not be fetched' };
  }
  const sources = sourcesIn(source);
  const result = await inProcess(source, sources, patience * (120 + sources.length * 0.2));
  if (result.kind === 'failed') {
    console.log(`${name.padEnd(28)} ${String(sources.length).padStart(5)} files: ${result.why}`);
    for (const file of await culprits(source, sources)) console.log(`    ${file}`);
    return { name, why: result.why };
  }
  const { files, fixed, refused, unparsed, seconds, megabytes, faults } = result.outcome;
  console.log(
    `${name.padEnd(28)} ${String(files).padStart(5)} files ${String(fixed).padStart(4)} fixed ${String(refused).padStart(5)} refused ` +
      `${String(unparsed).padStart(4)} unparsed ${seconds.toFixed(1).padStart(6)} s ${String(megabytes).padStart(5)} MB`,
  );
  for (const fault of faults) console.log(`    ${fault}`);
  return { name, outcome: result.outcome };
}

/**
 * The files that fail or take too long when they are run alone, found by halving.
 * @param {string} source @param {readonly string[]} files @returns {Promise<string[]>}
 */
async function culprits(source, files) {
  const result = await inProcess(source, files, secondsPerFile + patience * files.length * 0.2);
  if (result.kind === 'done') return [];
  if (files.length === 1) return [`${files[0]} ${result.why}`];
  const middle = files.length >> 1;
  const found = await culprits(source, files.slice(0, middle));
  if (found.length < namedAtMost) found.push(...(await culprits(source, files.slice(middle))));
  return found.length > 0 ? found : [`${files.length} files from ${files[0]} on, though no file alone: ${result.why}`];
}

/**
 * @typedef {{ files: number, fixed: number, refused: number, unparsed: number, seconds: number, megabytes: number, faults: string[] }} Outcome
 * @param {string} source
 * @param {readonly string[]} files
 * @param {number} limit in seconds
 * @returns {Promise<{ kind: 'done', outcome: Outcome } | { kind: 'failed', why: string }>}
 */
function inProcess(source, files, limit) {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--one', source], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(files));
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) settle({ kind: 'done', outcome: JSON.parse(output) });
      else if (signal === 'SIGKILL') settle({ kind: 'failed', why: `takes more than ${Math.round(limit)} s` });
      else settle({ kind: 'failed', why: `crashes: ${/^\w*Error.*$/m.exec(errors)?.[0] ?? errors.slice(-300)}` });
    });
  });
}

/** @param {string} source @param {readonly string[]} files */
async function runOne(source, files) {
  const { run } = await import('../dist/engine/run.js');
  const { transforms } = await import('../dist/transforms/registry.js');
  const { parseFile } = await import('../dist/engine/program/host.js');
  const { syntaxFault } = await import('../dist/engine/run/verify.js');
  const options = { transforms, knownTransforms: transforms.map(({ name }) => name), unsafe: true };
  const began = performance.now();
  const result = await run({ ...options, cwd: source, paths: files });
  const seconds = (performance.now() - began) / 1000;
  const faults = result.warnings.map(({ path: name, message }) => `${name ?? ''} ${message}`);
  let unparsed = 0;
  const changed = [];
  for (const file of result.files) {
    if (file.status === 'failed') {
      if (/fault of nodelift/.test(file.error)) faults.push(`${file.path}: ${file.error}`);
      else unparsed += 1;
    }
    if (file.status !== 'changed') continue;
    changed.push(file);
    const fault = syntaxFault(parseFile(path.join(source, file.path), file.after));
    if (fault !== undefined) faults.push(`${file.path}: the output does not parse: ${fault}`);
  }
  for (const { id, reason } of result.findings) if (reason?.code === 'verification-failed') faults.push(`${id}: ${reason.message}`);
  if (changed.length > 0) {
    const after = `${source}.after`;
    rmSync(after, { recursive: true, force: true });
    cpSync(source, after, { recursive: true });
    for (const file of changed) writeFileSync(path.join(after, file.path), (file.bom ? '\uFEFF' : '') + file.after);
    const again = await run({ ...options, cwd: after, paths: files });
    for (const file of again.files) if (file.status === 'changed') faults.push(`${file.path} changes again in a second run`);
    rmSync(after, { recursive: true, force: true });
  }
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  if (megabytes > megabytesAtMost) faults.push(`${megabytes} MB of memory`);
  const count = (/** @type {string} */ status) => result.findings.filter((finding) => finding.status === status).length;
  const summary = { files: files.length, fixed: count('fixed'), refused: count('refused'), unparsed, seconds, megabytes, faults };
  process.stdout.write(JSON.stringify(summary));
}

/** Every source of a package, whatever a run would leave out. @param {string} source */
function sourcesIn(source) {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:[cm]?[jt]s|[jt]sx)$/.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name))
    .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)))
    .sort();
}
