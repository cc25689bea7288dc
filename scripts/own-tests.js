/**
 * Runs published packages' own tests before and after a transform, as pinned in `own-tests.json`, and prints a row for each:
 *
 *     npm run build && node scripts/own-tests.js [transform] [package…] [--folder <path>] [--cli <path>] [--markdown]
 *
 * For every entry: the tarball is fetched by npm, its dependencies are installed as it declares them (install scripts off), its tests run,
 * nodelift rewrites it with `--write`, and the tests run again. Exit code 1 when an entry cannot be run, or its tests end otherwise than before.
 * All of it happens in a folder outside of the tree, where installed packages are kept for the next time; beside each package lie
 * `<transform>.before.log`, `.after.log`, `.json` (the report) and `.patch`.
 *
 * An entry of the JSON file, under the name of its transform:
 * - `package`: `name@version`; the tarball must carry the tests.
 * - `options`: for nodelift, besides `-t` and `--write`. `paths`: what to rewrite; the whole package without it.
 * - `install`: what the tests need besides the dependencies: names of devDependencies, taken in the declared version, or `name@range`.
 * - `replace`: dependencies to take in another version than the declared one, where that does not run on a Node of today.
 * - `installedBefore`: a date; no version published later is installed, so that open ranges mean what they meant.
 * - `test`: the command, with `node_modules/.bin` in the path; the package's own `scripts.test` without it. Tests that measure milliseconds
 *   can be given a clock of their own: `node -r "$NODELIFT_SCRIPTS/still-clock.cjs" …`.
 * - `minutes`: how long the tests may take, 3 without it.
 */

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { testCounts } from './test-counts.js';

/**
 * @typedef {{
 *   package: string, options?: string[], paths?: string[], install?: string[], replace?: Record<string, string>,
 *   installedBefore?: string, test?: string, minutes?: number,
 * }} Entry
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: path.join(tmpdir(), 'nodelift-own-tests') },
    cli: { type: 'string', default: path.join(import.meta.dirname, '..', 'dist', 'cli', 'main.js') },
    markdown: { type: 'boolean', default: false },
  },
});
const folder = path.resolve(values.folder);
/** @type {Record<string, Entry[]>} */
const entries = JSON.parse(readFileSync(new URL('./own-tests.json', import.meta.url), 'utf8'));
const [transform, names] = positionals[0] in entries ? [positionals[0], positionals.slice(1)] : [undefined, positionals];
const chosen = Object.entries(entries)
  .filter(([name]) => transform === undefined || name === transform)
  .flatMap(([name, list]) => list.map((entry) => ({ transform: name, entry })))
  .filter(({ entry }) => names.length === 0 || names.some((name) => entry.package.startsWith(name)));
if (chosen.length === 0) fail(`Nothing in own-tests.json matches "${positionals.join(' ')}".`);
if (!existsSync(values.cli)) fail(`There is no ${values.cli}; run "npm run build" first.`);

let sound = true;
if (values.markdown) {
  console.log(
    '| package | sites | fixed | held back | refused | tests before | tests after |\n| --- | --- | --- | --- | --- | --- | --- |',
  );
}
for (const { transform: name, entry } of chosen) {
  try {
    await runEntry(name, entry);
  } catch (error) {
    sound = false;
    console.log(`${name} ${entry.package}: ${/** @type {Error} */ (error).message}`);
  }
}
process.exitCode = sound ? 0 : 1;

/** @param {string} name @param {Entry} entry */
async function runEntry(name, entry) {
  const home = path.join(folder, entry.package.replaceAll('/', '-'));
  const pristine = await installed(home, entry);
  const work = path.join(home, 'work');
  const command = entry.test ?? JSON.parse(readFileSync(path.join(pristine, 'package.json'), 'utf8')).scripts?.test;
  if (command === undefined) throw new Error('It declares no test command; name one as "test".');
  const log = (/** @type {string} */ kind) => path.join(home, `${name}.${kind}`);

  freshCopy(pristine, work);
  const before = await runTests(work, command, entry, log('before.log'));
  if (before.passed === 0) throw new Error(`No test passes before the rewrite (${describe(before)}); see ${log('before.log')}.`);
  freshCopy(pristine, work);
  const report = await rewrite(work, name, entry, log);
  const after = await runTests(work, command, entry, log('after.log'));

  const same = before.passed === after.passed && before.failed === after.failed && before.exitCode === after.exitCode;
  if (!same) sound = false;
  const { sites = 0, fixed = 0, unsafe = 0 } = report.summary.byTransform[name] ?? {};
  const refused = refusedByReason(report.findings);
  if (values.markdown) {
    console.log(`| ${entry.package} | ${sites} | ${fixed} | ${unsafe} | ${refused} | ${describe(before)} | ${describe(after)} |`);
  } else {
    console.log(`${name} ${entry.package}: ${sites} sites, ${fixed} fixed, ${unsafe} held back, refused: ${refused || 'none'}`);
    console.log(`    before: ${describe(before)}; after: ${describe(after)}${same ? '' : `   DIFFERENT, see ${log('after.log')}`}`);
  }
}

/**
 * The package with what its tests need, as it is before any test ran.
 * @param {string} home @param {Entry} entry
 */
async function installed(home, entry) {
  const wanted = JSON.stringify([entry.install ?? [], entry.replace ?? {}, entry.installedBefore ?? '']);
  const target = path.join(home, `installed-${createHash('sha256').update(wanted).digest('hex').slice(0, 8)}`);
  if (existsSync(target)) return target;
  mkdirSync(home, { recursive: true });
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  const tarball = npm(home, ['pack', '--silent', entry.package]).trim();
  execFileSync('tar', ['xzf', path.join(home, tarball), '-C', partial, '--strip-components=1', '--no-same-owner'], { stdio: 'ignore' });
  rmSync(path.join(home, tarball));

  const manifest = path.join(partial, 'package.json');
  const declared = readFileSync(manifest, 'utf8');
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {}, ...rest } = JSON.parse(declared);
  const forTests = Object.fromEntries((entry.install ?? []).map((need) => versioned(need, devDependencies)));
  const reduced = { name: rest.name, version: rest.version, private: true };
  writeFileSync(
    manifest,
    JSON.stringify({ ...reduced, dependencies: { ...dependencies, ...optionalDependencies, ...forTests, ...entry.replace } }),
  );
  const until = entry.installedBefore === undefined ? [] : [`--before=${entry.installedBefore}`];
  npm(partial, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps', ...until]);
  writeFileSync(manifest, declared);
  renameSync(partial, target);
  return target;
}

/** @param {string} need @param {Record<string, string>} declared */
function versioned(need, declared) {
  const at = need.indexOf('@', 1);
  if (at !== -1) return [need.slice(0, at), need.slice(at + 1)];
  if (declared[need] === undefined) throw new Error(`It declares no devDependency "${need}"; write "${need}@<range>".`);
  return [need, declared[need]];
}

/** @param {string} cwd @param {string[]} words */
function npm(cwd, words) {
  try {
    return execFileSync('npm', words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 5 * 60_000 });
  } catch (error) {
    const { stderr = '', message } = /** @type {{ stderr?: string, message: string }} */ (error);
    const lines = stderr.split('\n').filter((line) => line.startsWith('npm error'));
    throw new Error(`npm ${words[0]} failed: ${lines.slice(0, 3).join(' ') || message}`);
  }
}

/** @param {string} from @param {string} to */
function freshCopy(from, to) {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  // A project of its own, whatever lies above it.
  execFileSync('git', ['init', '--quiet'], { cwd: to });
}

/**
 * @param {string} cwd @param {string} name @param {Entry} entry @param {(kind: string) => string} log
 * @returns {Promise<{ summary: any, findings: any[] }>}
 */
async function rewrite(cwd, name, entry, log) {
  const given = [...(entry.paths ?? ['.']), '-t', name, ...(entry.options ?? [])];
  rmSync(log('json'), { force: true });
  const preview = await spawned(process.execPath, [values.cli, ...given, '--dry-run'], cwd, 10);
  writeFileSync(log('patch'), preview.stdout);
  const words = [...given, '--write', '--allow-dirty', '--quiet', '--format', 'json', '-o', log('json')];
  const { exitCode, output } = await spawned(process.execPath, [values.cli, ...words], cwd, 10);
  // 3: a file could not be read; the others were done. The row shows what came of it.
  if (!existsSync(log('json')) || (exitCode !== 0 && exitCode !== 3))
    throw new Error(`nodelift ended with ${exitCode ?? 'a timeout'}: ${output.slice(-500)}`);
  return JSON.parse(readFileSync(log('json'), 'utf8'));
}

/** @param {any[]} findings */
function refusedByReason(findings) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { status, reason } of findings) if (status === 'refused') counts[reason.code] = (counts[reason.code] ?? 0) + 1;
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');
}

/**
 * @param {string} cwd @param {string} command @param {Entry} entry @param {string} log
 * @returns {Promise<Outcome>}
 */
async function runTests(cwd, command, entry, log) {
  const { exitCode, output } = await spawned('sh', ['-c', command], cwd, entry.minutes ?? 3);
  writeFileSync(log, output);
  if (exitCode === undefined) throw new Error(`The tests did not end within ${entry.minutes ?? 3} minutes; see ${log}.`);
  const counts = testCounts(output);
  if (counts === undefined)
    throw new Error(`The tests print no count that is known (exit code ${exitCode}); see ${log} and test-counts.js.`);
  return { ...counts, exitCode };
}

/** @typedef {{ passed: number, failed: number, exitCode: number }} Outcome */

/** @param {Outcome} outcome */
function describe({ passed, failed, exitCode }) {
  return `${passed} passed, ${failed} failed${exitCode === 0 || failed > 0 ? '' : `, exit code ${exitCode}`}`;
}

/**
 * Runs a program in a process group of its own, which ends as a whole when the time is up.
 * @param {string} program @param {string[]} words @param {string} cwd @param {number} minutes
 * @returns {Promise<{ exitCode: number | undefined, stdout: string, output: string }>} `exitCode` is undefined after a timeout
 */
function spawned(program, words, cwd, minutes) {
  return new Promise((resolve, reject) => {
    const home = path.join(folder, 'home');
    mkdirSync(home, { recursive: true });
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'NODE_OPTIONS'));
    env.PATH = `${path.join(cwd, 'node_modules', '.bin')}${path.delimiter}${env.PATH ?? ''}`;
    env.HOME = home;
    env.NODELIFT_SCRIPTS = import.meta.dirname;
    const child = spawn(program, words, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    let late = false;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Nobody is left in it.
      }
    };
    const timer = setTimeout(() => {
      late = true;
      endGroup();
    }, minutes * 60_000);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      // Servers that a test left behind hold the pipes open.
      endGroup();
      const exitCode = late ? undefined : (code ?? 128);
      if (signal !== null && !late) output += `\n(ended by ${signal})`;
      setImmediate(() => resolve({ exitCode, stdout, output }));
    });
  });
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(2);
}
