/** One process, measured. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Seconds, seconds, megabytes at the peak; what was written to the standard error. @typedef {{ readonly cpu: number, readonly wall: number, readonly memory: number, readonly errors: string }} Measure */

/**
 * @param {readonly string[]} args of `node`
 * @param {string} cwd
 * @param {readonly number[]} codes exit codes that mean that the work was done
 * @returns {Measure} of the process and of those that it starts
 * @throws {Error} when it fails
 */
export function measure(args, cwd, codes = [0]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'nodelift-measure-'));
  const file = path.join(folder, 'usage');
  const importing = `--import=${pathToFileURL(path.join(import.meta.dirname, 'report-cpu.js'))}`;
  const env = { ...process.env, BENCH_FILE: file, NODE_OPTIONS: `${importing} --max-old-space-size=8192` };
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 30 });
  const wall = (performance.now() - start) / 1000;
  if (status === null || !codes.includes(status)) throw new Error(`node ${args.join(' ').slice(0, 200)}: exit code ${status}\n${stderr}`);
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  rmSync(folder, { recursive: true });
  return {
    cpu: rows.reduce((sum, [cpu = 0]) => sum + cpu, 0) / 1e6,
    wall,
    memory: Math.max(...rows.map(([, memory = 0]) => memory)) / 1024,
    errors: stderr,
  };
}

/**
 * Each work in turn, again and again, so that a machine that slows down slows all of them.
 * @template {string} Tool
 * @param {Readonly<Record<Tool, () => Measure>>} works
 * @param {number} turns
 * @returns {Record<Tool, Measure>} medians
 */
export function inTurn(works, turns) {
  /** @type {Record<string, Measure[]>} */
  const found = {};
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [tool, work] of Object.entries(works)) (found[tool] ??= []).push(work());
  }
  return Object.fromEntries(
    Object.entries(found).map(([tool, measures]) => [
      tool,
      {
        cpu: median(measures, 'cpu'),
        wall: median(measures, 'wall'),
        memory: median(measures, 'memory'),
        errors: measures.at(-1)?.errors ?? '',
      },
    ]),
  );
}

/** @param {readonly Measure[]} measures @param {'cpu' | 'wall' | 'memory'} key */
function median(measures, key) {
  return measures.map((one) => one[key]).toSorted((a, b) => a - b)[Math.floor(measures.length / 2)];
}
