/**
 * The example, from end to end: preview, apply, write, run its own tests again, undo.
 * The steps build on each other and run in order, on two copies: one is patched by git, the other written by nodelift.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { builtBinary } from './cli/built-binary.ts';

const root = path.resolve(import.meta.dirname, '..');
const transforms = ['callbacks-to-async', 'handle-promises', 'parameterize-sql', 'streams-to-pipeline', 'sync-to-promises'];
const MINUTES = 60_000;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(cwd: string, command: string, args: readonly string[]): Outcome {
  // NODE_TEST_CONTEXT and NODE_OPTIONS would make the example's own test run a part of this one.
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: '1', CI: '1' };
  return spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 << 20 });
}

interface JsonReport {
  readonly summary: { readonly byTransform: Readonly<Record<string, { readonly fixed: number }>> };
  readonly findings: readonly {
    readonly transform: string;
    readonly path: string;
    readonly status: string;
    readonly reason?: { readonly code: string };
  }[];
}

let cli: string;
const nodelift = (cwd: string, ...args: readonly string[]): Outcome => execute(cwd, process.execPath, [cli, ...args]);

function git(cwd: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Example', '-c', 'user.email=example@example.org', '-c', 'core.autocrlf=false'];
  const { status, stdout, stderr } = execute(cwd, 'git', [...identity, ...args]);
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A copy of the example in a git repository of its own, with the root's Express 4 and SQLite under the names it asks for. */
function copyOfTheExample(folder: string): string {
  cpSync(path.join(root, 'examples', 'legacy-backend'), folder, {
    recursive: true,
    filter: (file) => !['node_modules', 'data'].includes(path.basename(file)),
  });
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(path.join(root, 'node_modules', 'express4'), path.join(folder, 'node_modules', 'express'), 'junction');
  symlinkSync(path.join(root, 'node_modules', 'sqlite3'), path.join(folder, 'node_modules', 'sqlite3'), 'junction');
  git(folder, 'init', '--quiet');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '--message', 'As it was');
  return folder;
}

/** Mode and bytes of every file of the project, by path. */
function contents(folder: string): Record<string, string> {
  const paths = git(folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
    .split('\0')
    .filter((file) => file !== '' && !file.startsWith('.nodelift/'));
  return Object.fromEntries(
    [...new Set(paths)].sort().map((file) => {
      const absolute = path.join(folder, file);
      return [file, `${statSync(absolute).mode.toString(8)}\n${readFileSync(absolute, 'latin1')}`];
    }),
  );
}

/** What `node --test` says at its end; the whole output when a test fails, so that one sees which. */
function ownTests(folder: string): string {
  const { stdout, stderr } = execute(folder, process.execPath, ['--test', '--test-reporter=tap']);
  return /^# fail 0$/m.test(stdout) && /^# cancelled 0$/m.test(stdout) ? 'pass' : stdout + stderr;
}

/** Logs in with a name that closes the quote of the query, and with a wrong password. */
function statusOfAnInjectedLogin(folder: string): string {
  const script = `
    const { openDepot } = require('./tests/depot');
    (async () => {
      const depot = await openDepot();
      await depot.enrol('ada', 'staff');
      const login = await depot.send('POST', '/login', { body: { name: "ada' --", password: 'guessed' } });
      console.log(login.status);
      await depot.close();
    })();`;
  return execute(folder, process.execPath, ['-e', script]).stdout.trim();
}

describe('nodelift on the example', () => {
  let temporary: string;
  let applied: string;
  let written: string;
  let before: Record<string, string>;
  let preview: Outcome;
  let report: JsonReport;

  const findingsOf = (transform: string): JsonReport['findings'] => report.findings.filter((finding) => finding.transform === transform);

  beforeAll(async () => {
    cli = await builtBinary();
    temporary = mkdtempSync(path.join(os.tmpdir(), 'nodelift-example-'));
    applied = copyOfTheExample(path.join(temporary, 'applied'));
    written = copyOfTheExample(path.join(temporary, 'written'));
    before = contents(written);
  });

  afterAll(() => {
    rmSync(temporary, { recursive: true, force: true });
  });

  test('its own tests pass as it stands', () => expect(ownTests(written)).toBe('pass'), 3 * MINUTES);

  test('anybody can log in as anybody', () => expect(statusOfAnInjectedLogin(written)).toBe('200'));

  test('the preview has fixes of all five transforms, and changes nothing', () => {
    const file = path.join(temporary, 'report.json');
    preview = nodelift(applied, '--format', 'json', '-o', file);
    expect(preview).toMatchObject({ status: 0 });
    report = JSON.parse(readFileSync(file, 'utf8')) as JsonReport;
    const { summary, findings } = report;
    expect(transforms.filter((name) => (summary.byTransform[name]?.fixed ?? 0) === 0)).toEqual([]);
    expect(findings.filter(({ path: file }) => file.startsWith('tests/'))).toEqual([]);
    expect(contents(applied)).toEqual(before);
  });

  test('code that runs once at start-up is reported and left alone', () => {
    const inConfig = findingsOf('sync-to-promises').filter((finding) => finding.path === 'config.js');
    expect(inConfig.length).toBeGreaterThan(0);
    expect(inConfig.every(({ status, reason }) => status === 'refused' && reason?.code === 'startup-code')).toBe(true);
  });

  test('a column to sort by is refused, with the reason', () => {
    const refused = findingsOf('parameterize-sql')
      .filter(({ reason }) => reason?.code === 'identifier-position')
      .map((finding) => finding.path);
    expect(refused).toEqual(['services/parcels.js']);
  });

  test('git applies the preview', () => {
    const patch = path.join(temporary, 'fix.patch');
    writeFileSync(patch, preview.stdout);
    git(applied, 'apply', patch);
    expect(contents(applied)).not.toEqual(before);
  });

  test('--write gives the same, byte for byte', () => {
    expect(nodelift(written, '--write')).toMatchObject({ status: 0 });
    expect(contents(written)).toEqual(contents(applied));
  });

  test('its own tests pass on what was written', () => expect(ownTests(written)).toBe('pass'), 3 * MINUTES);

  test('nobody can log in as anybody else any more', () => expect(statusOfAnInjectedLogin(written)).toBe('401'));

  test('a second --write changes nothing', () => {
    expect(nodelift(written, '--write')).toMatchObject({ status: 0 });
    expect(contents(written)).toEqual(contents(applied));
  });

  test('undo restores every byte and mode', () => {
    expect(nodelift(written, 'undo')).toMatchObject({ status: 0 });
    expect(contents(written)).toEqual(before);
    expect(git(written, 'status', '--porcelain', '--', '.', ':!.nodelift')).toBe('');
  });
});
