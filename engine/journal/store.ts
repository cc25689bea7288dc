/**
 * The journals of a project, in `.nodelift/journal/<number>/`: `manifest.json` says what was written, `originals` holds the old bytes
 * of all files, one after the other. A journal is complete from the moment that its folder has its name.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeSystemError, errorCode, UsageError } from '../errors.ts';
import { syncFolder, writeDurably } from './durable.ts';

export interface Journal {
  /** Its number, with leading zeros. */
  readonly id: string;
  readonly manifest: Manifest;
}

export interface Manifest {
  readonly version: 1;
  /** ISO date. */
  readonly time: string;
  /** `open` until the run that wrote the journal has come to its end; after a crash it stays so. */
  readonly state: 'open' | 'closed';
  readonly files: readonly JournaledFile[];
}

export interface JournaledFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly mode: number;
  /** SHA-256 of the old and of the new bytes. */
  readonly before: string;
  readonly after: string;
  /** Where the old bytes stand in `originals`. */
  readonly offset: number;
  readonly length: number;
}

/** A file to be journaled. */
export interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** How many writes can be taken back. */
const kept = 20;

export function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function stateFolder(root: string): string {
  return join(root, '.nodelift');
}

/** Where a new text waits beside its file to be renamed: known from the journal, so that a crash leaves nothing behind for good. */
export function temporaryPath(real: string, id: string, index: number): string {
  return join(dirname(real), `.nodelift-${id}-${index}.tmp`);
}

/** The folder to run `undo` for: the nearest one upward in which something was written. */
export function findJournalRoot(folder: string): string | undefined {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(journalFolder(current))) return current;
    if (current === dirname(current)) return undefined;
  }
}

/**
 * Makes `.nodelift` with a `.gitignore` that keeps it out of git.
 *
 * @throws UsageError when that cannot be
 */
export async function createStateFolder(root: string): Promise<void> {
  const folder = stateFolder(root);
  try {
    await mkdir(folder, { recursive: true });
    if (!(await lstat(folder)).isDirectory()) {
      throw new UsageError(`${folder} is a link, and the journal must lie in the project itself; remove the link. Nothing was written.`);
    }
    if (!existsSync(join(folder, '.gitignore'))) await writeFile(join(folder, '.gitignore'), '*\n');
    await mkdir(journalFolder(root), { recursive: true });
  } catch (error) {
    throw asUsageError(error, folder);
  }
}

/**
 * Saves the originals; when this returns they are on disk.
 *
 * @throws UsageError when the disk is full or may not be written: then nothing may be written without a way back
 */
export async function createJournal(root: string, entries: readonly Entry[]): Promise<Journal> {
  const ids = await listJournals(root);
  const id = String(Number(ids.at(-1) ?? 0) + 1).padStart(6, '0');
  const folder = join(journalFolder(root), id);
  const unfinished = `${folder}.new`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    const files = await writeOriginals(join(unfinished, 'originals'), entries);
    const manifest: Manifest = { version: 1, time: new Date().toISOString(), state: 'open', files };
    await writeDurably(join(unfinished, 'manifest.json'), serialise(manifest));
    await rename(unfinished, folder);
    await syncFolder(journalFolder(root));
    return { id, manifest };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined); // what was thrown first is what matters
    throw asUsageError(error, folder);
  }
}

async function writeOriginals(path: string, entries: readonly Entry[]): Promise<JournaledFile[]> {
  const files: JournaledFile[] = [];
  const originals = await open(path, 'wx', 0o600);
  try {
    let offset = 0;
    for (const { path: file, mode, before, after } of entries) {
      await originals.writeFile(before);
      files.push({ path: file, mode, before: hash(before), after: hash(after), offset, length: before.length });
      offset += before.length;
    }
    await originals.sync();
  } finally {
    await originals.close();
  }
  return files;
}

/** Notes that the run has come to its end, and which files it really wrote; without any, the journal goes. */
export async function closeJournal(root: string, journal: Journal, written: (path: string) => boolean): Promise<void> {
  const files = journal.manifest.files.filter((file) => written(file.path));
  if (files.length === 0) await removeJournal(root, journal.id);
  else
    await writeDurably(join(journalFolder(root), journal.id, 'manifest.json'), serialise({ ...journal.manifest, state: 'closed', files }));
}

/** In one step, so that a journal is there as a whole or not at all. */
export async function removeJournal(root: string, id: string): Promise<void> {
  const removed = join(journalFolder(root), `${id}.old`);
  await rename(join(journalFolder(root), id), removed);
  await syncFolder(journalFolder(root));
  await rm(removed, { recursive: true, force: true });
}

/** Removes all but the newest journals, and what crashes left of others. */
export async function pruneJournals(root: string): Promise<void> {
  for (const name of await readdir(journalFolder(root))) {
    if (/\.(?:new|old)$/.test(name)) await rm(join(journalFolder(root), name), { recursive: true, force: true });
  }
  for (const id of (await listJournals(root)).slice(0, -kept)) await removeJournal(root, id);
}

/** Numbers of the journals, oldest first. */
export async function listJournals(root: string): Promise<string[]> {
  try {
    const names = await readdir(journalFolder(root));
    return names.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** @throws UsageError when the journal is damaged, or was written by a later version */
export async function readJournal(root: string, id: string): Promise<Journal> {
  const path = join(journalFolder(root), id, 'manifest.json');
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    manifest = undefined;
  }
  if (isManifest(manifest)) return { id, manifest };
  throw new UsageError(
    `${path} is damaged or of another version of nodelift; restore from version control, or delete its folder to undo the write before.`,
  );
}

/** The old bytes of a journaled file; `undefined` when the journal is damaged. */
export async function readOriginal(root: string, id: string, file: JournaledFile): Promise<Buffer | undefined> {
  const originals = await open(join(journalFolder(root), id, 'originals'), 'r');
  try {
    const bytes = Buffer.alloc(file.length);
    const { bytesRead } = await originals.read(bytes, 0, file.length, file.offset);
    return bytesRead === file.length && hash(bytes) === file.before ? bytes : undefined;
  } finally {
    await originals.close();
  }
}

function journalFolder(root: string): string {
  return join(stateFolder(root), 'journal');
}

function serialise(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** The folder may have come with somebody else's repository: its paths must not lead out of the root. */
function isManifest(value: unknown): value is Manifest {
  if (!isRecord(value) || value.version !== 1 || typeof value.time !== 'string' || !Array.isArray(value.files)) return false;
  if (value.state !== 'open' && value.state !== 'closed') return false;
  return value.files.every(
    (file: unknown) =>
      isRecord(file) &&
      typeof file.path === 'string' &&
      isRelative(file.path) &&
      typeof file.before === 'string' &&
      typeof file.after === 'string' &&
      [file.mode, file.offset, file.length].every((number) => Number.isSafeInteger(number) && Number(number) >= 0),
  );
}

function isRelative(path: string): boolean {
  return path !== '' && !/^(?:\/|[a-z]:)/i.test(path) && !path.split(/[/\\]/).includes('..') && !path.includes('\0');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const personal: readonly string[] = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EEXIST', 'ENOTDIR'];

/** What the disk or its permissions refuse is for a person to put right; anything else is a fault, and stays one. */
function asUsageError(error: unknown, folder: string): unknown {
  if (!personal.includes(errorCode(error))) return error;
  return new UsageError(`${folder} cannot be made: ${describeSystemError(error)}. Nothing was written, since nothing could be taken back.`);
}
