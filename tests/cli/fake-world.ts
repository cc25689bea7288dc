/** A terminal and an engine made by hand, for tests of everything between them. */

import { Writable } from 'node:stream';
import type { Engine } from '../../cli/engine.ts';
import { nodelift } from '../../cli/nodelift.ts';
import type { Environment, OutputStream } from '../../cli/terminal.ts';
import type { ReportedFinding, RunOptions, RunResult } from '../../engine/result.ts';

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface FakeRun {
  readonly args: readonly string[];
  readonly result?: RunResult;
  readonly engine?: Partial<Engine>;
  readonly cwd?: string;
  readonly env?: Environment;
  readonly stdout?: Screen;
  readonly stderr?: Screen;
  readonly controller?: AbortController;
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the engine was asked for; `undefined` when it was never loaded. */
  readonly asked: RunOptions | undefined;
  readonly loaded: boolean;
}

/** A stream that keeps what is written to it. */
export class Recorder extends Writable implements OutputStream {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  text = '';

  constructor({ isTTY = false, columns = 80, rows = 1000 }: Screen = {}) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}

export async function say(fake: FakeRun): Promise<Said> {
  const { args, result = resultOf({}), engine, cwd = '/project', env = {}, controller = new AbortController() } = fake;
  const stdout = new Recorder(fake.stdout);
  const stderr = new Recorder(fake.stderr);
  let asked: RunOptions | undefined;
  let loaded = false;
  const world = { cwd, env, stdout, stderr, interruption: { signal: controller.signal, over: () => undefined } };
  const code = await nodelift(args, world, () => {
    loaded = true;
    return Promise.resolve({
      transforms: ['callbacks-to-async', 'sync-to-promises', 'parameterize-sql', 'streams-to-pipeline', 'handle-promises'].map((name) => ({
        name,
        summary: '',
        mention: /x/,
        find: () => [],
      })),
      run: (options) => {
        asked = options;
        return Promise.resolve(result);
      },
      listDirty: () => Promise.resolve([]),
      write: ({ files }) =>
        Promise.resolve({
          journal: '1',
          written: files.flatMap(({ status, path }) => (status === 'changed' ? [path] : [])),
          failed: [],
          skipped: [],
        }),
      writeChecked: () => Promise.reject(new Error('not expected')),
      undo: () => Promise.reject(new Error('not expected')),
      ...engine,
    });
  });
  return { code, stdout: stdout.text, stderr: stderr.text, asked, loaded };
}

export function resultOf(parts: Partial<RunResult>): RunResult {
  return {
    root: '/project',
    transforms: ['callbacks-to-async', 'sync-to-promises', 'parameterize-sql', 'streams-to-pipeline', 'handle-promises'],
    files: [{ status: 'unchanged', path: 'server.js' }],
    findings: [],
    leftOut: [],
    warnings: [],
    scanned: 1,
    candidates: 0,
    timing: new Map(),
    ...parts,
  };
}

export function findingOf(parts: Partial<ReportedFinding>): ReportedFinding {
  return {
    id: 'a',
    transform: 'sync-to-promises',
    path: 'server.js',
    start: { line: 3, column: 18 },
    end: { line: 3, column: 40 },
    status: 'fixed',
    safety: 'safe',
    title: 'Await `readFile` instead of `readFileSync`',
    notes: [],
    ...parts,
  };
}

/** One file in which one blocking call is replaced. */
export function oneFix(parts: Partial<RunResult> = {}): RunResult {
  return resultOf({
    files: [
      {
        status: 'changed',
        path: 'server.js',
        before: 'const a = readFileSync(p);\n',
        after: 'const a = await readFile(p);\n',
        bom: false,
        fixes: ['f1'],
      },
    ],
    findings: [findingOf({ fix: 'f1' })],
    candidates: 1,
    ...parts,
  });
}
