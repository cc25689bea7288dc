/** One writer at a time in a project. */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorCode, UsageError } from '../errors.ts';
import { stateFolder } from './store.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Tells apart two processes that were given the same number, where the system says when they began; else empty. */
  readonly began: string;
}

/**
 * Does the work while holding the lock. A lock that a dead process left is taken over.
 *
 * @throws UsageError when another process holds it
 */
export async function withLock<T>(root: string, work: () => Promise<T>): Promise<T> {
  const path = join(stateFolder(root), 'lock');
  await acquire(path);
  try {
    return await work();
  } finally {
    await unlink(path);
  }
}

async function acquire(path: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await create(path)) return;
    const text = await readLock(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (holder !== undefined && isAlive(holder)) throw heldBy(holder, path);
    await removeStale(path, text);
  }
  throw new UsageError(`Other runs of nodelift are writing here; wait for them, or delete ${path} if there are none.`);
}

/** By a link to a file that is complete, so that nobody finds a lock without its holder's name. */
async function create(path: string): Promise<boolean> {
  const own = besidePath(path);
  await writeFile(own, JSON.stringify({ pid: process.pid, host: hostname(), began: processBegan(process.pid) } satisfies Holder));
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(own);
  }
}

/** By a rename, so that of two processes that find the same stale lock one takes it away, and neither takes the other's new one. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = besidePath(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    if ((await readLock(aside)) !== stale) await link(aside, path);
  } finally {
    await unlink(aside);
  }
}

function besidePath(path: string): string {
  return `${path}.${process.pid}.${randomUUID()}`;
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value?.pid === 'number' && typeof value.host === 'string' && typeof value.began === 'string') {
      return { pid: value.pid, host: value.host, began: value.began };
    }
  } catch {
    // Cut short by a crash: nobody holds it.
  }
  return undefined;
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

function heldBy({ pid, host }: Holder, path: string): UsageError {
  return new UsageError(
    `Another run of nodelift (process ${pid} on ${host}) is writing here; wait until it is done, or delete ${path} if it is not running.`,
  );
}
