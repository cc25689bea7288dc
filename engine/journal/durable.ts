/**
 * Bytes that are on disk, as a whole, when the function returns. Calls to the file system are synchronous, which costs a third of
 * the processor time of promises; only flushes, which wait for the disk, are left to run side by side.
 */

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorCode } from '../errors.ts';
import type { Target } from './target.ts';

/** Creates or replaces a file of the journal's own. */
export function writeDurably(path: string, content: string): void {
  const temporary = `${path}.new`;
  usingFile(temporary, 'w', (file) => {
    writeFileSync(file, content);
    fsyncSync(file);
  });
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Makes renames in a folder durable. Some systems cannot open a folder; those need not. */
export function syncFolder(path: string): void {
  try {
    usingFile(path, 'r', fsyncSync);
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(errorCode(error))) throw error;
  }
}

/** Somebody else changed the file between the first look and the last one. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

/** A file that had to be written in place holds neither its old nor its new bytes, because the disk failed in the middle. */
export class TornFile extends Error {
  override readonly name = 'TornFile';
}

export interface Replacement {
  readonly target: Target;
  readonly bytes: Buffer;
  /** Whether the file may be replaced, by what it holds at the last moment. One that holds `bytes` already need not be. */
  readonly mayReplace: (current: Buffer) => boolean;
  readonly mode: number;
  /** Absolute, in the folder of the target. */
  readonly temporary: string;
}

export type Replaced = { readonly kind: 'replaced' } | { readonly kind: 'skipped' } | { readonly kind: 'failed'; readonly error: unknown };

export interface ReplaceOptions {
  /** Once aborted, the file in hand is finished, and the others are skipped. */
  readonly signal?: AbortSignal;
  /** Called when the new bytes of a file are on disk, and the file still has the old ones. */
  readonly onPrepared?: (index: number) => void;
  readonly onReplaced?: (index: number) => void;
}

/** How many new texts wait beside their files at a time: as many flushes the disk can join together. */
const batchSize = 16;

/**
 * Gives files new bytes, so that whoever reads one, and whatever happens, finds the old ones or the new ones.
 *
 * A new file is written beside it, flushed, given the mode and the owner, and renamed over it. A file with several hard
 * links is written in place instead, since a rename would leave the other names with the old text. That is as good as
 * whole for a process that ends, not for a machine that loses power; the journal has the original.
 *
 * @returns an outcome each: what failed is as it was, with ChangedMeanwhile or an error of the file system, or else is a TornFile
 */
export async function replaceFiles(replacements: readonly Replacement[], options: ReplaceOptions = {}): Promise<Replaced[]> {
  const outcomes: Replaced[] = [];
  for (let start = 0; start < replacements.length; start += batchSize) {
    const batch = replacements.slice(start, start + batchSize);
    const prepared = options.signal?.aborted === true ? [] : await Promise.all(batch.map(prepare));
    for (const [index, replacement] of batch.entries()) {
      await setImmediate(); // lets a signal be noticed
      outcomes.push(finish(replacement, prepared[index], start + index, options));
    }
  }
  for (const folder of new Set(replacements.map(({ target }) => dirname(target.real)))) {
    try {
      syncFolder(folder);
    } catch {
      // A folder that is gone took its files along.
    }
  }
  return outcomes;
}

type Prepared = { readonly kind: 'beside' | 'in place' } | { readonly kind: 'failed'; readonly error: unknown };

async function prepare({ target, bytes, mode, temporary }: Replacement): Promise<Prepared> {
  if (target.hardLinked) return { kind: 'in place' };
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(file, bytes);
      const { uid, gid } = fstatSync(file);
      if (uid !== target.uid || gid !== target.gid) keepOwner(file, target);
      fchmodSync(file, mode & 0o7777);
      await flush(file);
    } finally {
      closeSync(file);
    }
    return { kind: 'beside' };
  } catch (error) {
    remove(temporary);
    return { kind: 'failed', error };
  }
}

const flush = promisify(fsync);

function finish(replacement: Replacement, prepared: Prepared | undefined, index: number, options: ReplaceOptions): Replaced {
  const { target, bytes, mayReplace, temporary } = replacement;
  if (prepared === undefined || options.signal?.aborted === true) {
    if (prepared?.kind === 'beside') remove(temporary);
    return { kind: 'skipped' };
  }
  try {
    if (prepared.kind === 'failed') throw prepared.error;
    options.onPrepared?.(index);
    const current = readFileSync(target.real);
    if (current.equals(bytes)) {
      // Another name of the same file was written already.
      if (prepared.kind === 'beside') remove(temporary);
    } else {
      if (!mayReplace(current)) throw new ChangedMeanwhile();
      if (prepared.kind === 'beside') renameSync(temporary, target.real);
      else writeInPlace(replacement);
    }
    options.onReplaced?.(index);
    return { kind: 'replaced' };
  } catch (error) {
    if (prepared.kind === 'beside') remove(temporary);
    return { kind: 'failed', error };
  }
}

/** Only the superuser may give files away; for others the new file is theirs, as with every editor. */
function keepOwner(file: number, { uid, gid }: Target): void {
  try {
    fchownSync(file, uid, gid);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error;
  }
}

function writeInPlace({ target, bytes, mayReplace, mode }: Replacement): void {
  usingFile(target.real, 'r+', (file) => {
    const current = readFileSync(file);
    if (!mayReplace(current)) throw new ChangedMeanwhile();
    try {
      overwrite(file, bytes);
    } catch (error) {
      try {
        overwrite(file, current);
      } catch {
        throw new TornFile('', { cause: error });
      }
      throw error;
    }
    if ((fstatSync(file).mode & 0o7777) !== (mode & 0o7777)) fchmodSync(file, mode & 0o7777);
  });
}

function overwrite(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written, bytes.length - written, written);
  ftruncateSync(file, bytes.length);
  fsyncSync(file);
}

/** Mostly a file of the journal's own that has done its work; what was thrown before is what matters. */
export function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // There is none.
  }
}

function usingFile<T>(path: string, flags: string, use: (file: number) => T): T {
  const file = openSync(path, flags, 0o600);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}
