/**
 * One writer at a time in a project.
 *
 * Whoever wants to write puts a file with its name into `.nodelift/lock/`, and only then looks whether another living process has one
 * there. Of two that come at once each sees the other, so never do both write; both step back, and try again after different times.
 * Files of dead processes can be removed by anybody at any time, since no two have the same name.
 */

import { randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { errorCode, UsageError } from '../errors.ts';
import { stateFolder } from './store.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Tells apart two processes that were given the same number, where the system says when they began; else empty. */
  readonly began: string;
}

const attempts = 4;

/**
 * Does the work while holding the lock. A lock that a dead process left is no obstacle.
 *
 * @throws UsageError when another process holds it
 */
export async function withLock<T>(root: string, work: () => Promise<T>): Promise<T> {
  const folder = join(stateFolder(root), 'lock');
  await mkdir(folder, { recursive: true });
  const own = await acquire(folder);
  try {
    return await work();
  } finally {
    await rm(join(folder, own), { force: true });
  }
}

/** @returns the name of the lock's file */
async function acquire(folder: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const own = nameLock({ pid: process.pid, host: hostname(), began: processBegan(process.pid) });
    await writeFile(join(folder, own), '');
    const other = await findOther(folder, own);
    if (other === undefined) return own;
    await rm(join(folder, own), { force: true });
    if (attempt === attempts) throw heldBy(other, folder);
    await setTimeout(randomInt(5, 50));
  }
}

/** A living process that has, or wants, the lock; what dead ones left is removed. */
async function findOther(folder: string, own: string): Promise<Holder | undefined> {
  for (const name of await readdir(folder)) {
    if (name === own) continue;
    const holder = parseLock(name);
    if (holder !== undefined && isAlive(holder)) return holder;
    await rm(join(folder, name), { recursive: true, force: true });
  }
  return undefined;
}

function nameLock({ pid, host, began }: Holder): string {
  return [pid, began, encodeURIComponent(host), randomUUID()].join(',');
}

function parseLock(name: string): Holder | undefined {
  const [, pid, began = '', host = ''] = /^(\d+),(\d*),([^,%]*(?:%[0-9A-F]{2}[^,%]*)*),[\w-]+$/.exec(name) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), began, host: decodeURIComponent(host) };
}

/** Of a process on another machine that shares the folder nothing can be known, so it counts as alive. */
function isAlive({ pid, host, began }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
  }
  return processBegan(pid) === began;
}

/** When a process began, in ticks since the machine did (proc(5)); empty on systems that do not say. */
function processBegan(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may contain anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function heldBy({ pid, host }: Holder, folder: string): UsageError {
  return new UsageError(
    `Another run of nodelift (process ${pid} on ${host}) is writing here; wait until it is done, or delete ${folder} if it is not running.`,
  );
}
