/**
 * The journals of a project, in `.nodelift/journal/<number>/`: `manifest.json` says what was written, `originals` holds the old bytes
 * of all files, one after the other. A journal is complete from the moment that its folder has its name.
 */

import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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
  /** Of other texts that the file may hold for a while, until a check command has told which fixes stay. */
  readonly between?: readonly string[];
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

/** Is it the name of a temporary file of the journal's run? */
export function isTemporary(name: string, id: string): boolean {
  return name.startsWith(`.nodelift-${id}-`) && /^\d+\.tmp$/.test(name.slice(`.nodelift-${id}-`.length));
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
export function createStateFolder(root: string): void {
  const folder = stateFolder(root);
  try {
    mkdirSync(folder, { recursive: true });
    if (!lstatSync(folder).isDirectory()) {
      throw new UsageError(`${folder} is a link, and the journal must lie in the project itself; remove the link. Nothing was written.`);
    }
    if (!existsSync(join(folder, '.gitignore'))) writeFileSync(join(folder, '.gitignore'), '*\n');
    mkdirSync(journalFolder(root), { recursive: true });
  } catch (error) {
    throw asUsageError(error, folder);
  }
}

/**
 * Saves the originals; when this returns they are on disk.
 *
 * @throws UsageError when the disk is full or may not be written: then nothing may be written without a way back
 */
export function createJournal(root: string, entries: readonly Entry[]): Journal {
  const ids = listJournals(root);
  const id = String(Number(ids.at(-1) ?? 0) + 1).padStart(6, '0');
  const folder = join(journalFolder(root), id);
  const unfinished = `${folder}.new`;
  try {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished);
    const files = writeOriginals(join(unfinished, 'originals'), entries);
    const manifest: Manifest = { version: 1, time: new Date().toISOString(), state: 'open', files };
    writeDurably(join(unfinished, 'manifest.json'), serialise(manifest));
    renameSync(unfinished, folder);
    syncFolder(journalFolder(root));
    return { id, manifest };
  } catch (error) {
    removeUnfinished(unfinished);
    throw asUsageError(error, folder);
  }
}

/** What was thrown before is what matters. */
function removeUnfinished(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next write clears it away.
  }
}

function writeOriginals(path: string, entries: readonly Entry[]): JournaledFile[] {
  const originals = openSync(path, 'wx', 0o600);
  try {
    let end = 0;
    const files = entries.map(({ path: file, mode, before, after }): JournaledFile => {
      writeFileSync(originals, before);
      const offset = end;
      end += before.length;
      return { path: file, mode, before: hash(before), after: hash(after), offset, length: before.length };
    });
    fsyncSync(originals);
    return files;
  } finally {
    closeSync(originals);
  }
}

/**
 * Notes, before they are written, that files may hold other texts than the journal knows.
 *
 * @param others by path
 * @throws UsageError as {@link createJournal} does
 */
export function noteOtherTexts(root: string, { id, manifest }: Journal, others: ReadonlyMap<string, Buffer>): Journal {
  const files = manifest.files.map((file): JournaledFile => {
    const bytes = others.get(file.path);
    const text = bytes && hash(bytes);
    if (text === undefined || isKnown(file, text)) return file;
    return { ...file, between: [...(file.between ?? []), text] };
  });
  if (files.every((file, index) => file === manifest.files[index])) return { id, manifest };
  const noted: Manifest = { ...manifest, files };
  try {
    writeDurably(join(journalFolder(root), id, 'manifest.json'), serialise(noted));
  } catch (error) {
    throw asUsageError(error, join(journalFolder(root), id));
  }
  return { id, manifest: noted };
}

/** Is it one of the texts that nodelift gave the file, or its old one? */
export function isKnown({ before, after, between = [] }: JournaledFile, text: string): boolean {
  return text === before || text === after || between.includes(text);
}

/** Notes that the run has come to its end, and which files hold which new text; without any, the journal goes. */
export function closeJournal(root: string, { id, manifest }: Journal, written: ReadonlyMap<string, Buffer>): void {
  const files = manifest.files.flatMap(({ between: _, ...file }) => {
    const bytes = written.get(file.path);
    return bytes === undefined ? [] : [{ ...file, after: hash(bytes) }];
  });
  if (files.length === 0) removeJournal(root, id);
  else writeDurably(join(journalFolder(root), id, 'manifest.json'), serialise({ ...manifest, state: 'closed', files }));
}

/** Notes of a run that was killed that it is over; what it wrote is not known. */
export function closeAfterCrash(root: string, { id, manifest }: Journal): void {
  writeDurably(join(journalFolder(root), id, 'manifest.json'), serialise({ ...manifest, state: 'closed' }));
}

/** In one step, so that a journal is there as a whole or not at all. */
export function removeJournal(root: string, id: string): void {
  const removed = join(journalFolder(root), `${id}.old`);
  renameSync(join(journalFolder(root), id), removed);
  syncFolder(journalFolder(root));
  rmSync(removed, { recursive: true, force: true });
}

/** Removes all but the newest journals, and what crashes left of others. */
export function pruneJournals(root: string): void {
  for (const name of readdirSync(journalFolder(root))) {
    if (/\.(?:new|old)$/.test(name)) rmSync(join(journalFolder(root), name), { recursive: true, force: true });
  }
  for (const id of listJournals(root).slice(0, -kept)) removeJournal(root, id);
}

/** Numbers of the journals, oldest first. */
export function listJournals(root: string): string[] {
  try {
    const names = readdirSync(journalFolder(root));
    return names.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** @throws UsageError when the journal is damaged, or was written by a later version */
export function readJournal(root: string, id: string): Journal {
  const path = join(journalFolder(root), id, 'manifest.json');
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    manifest = undefined;
  }
  if (isManifest(manifest)) return { id, manifest };
  throw new UsageError(
    `${path} is damaged or of another version of nodelift; restore from version control, or delete its folder to undo the write before.`,
  );
}

/** The old bytes of a journaled file; `undefined` when the journal is damaged. */
export function readOriginal(root: string, id: string, file: JournaledFile): Buffer | undefined {
  const originals = openSync(join(journalFolder(root), id, 'originals'), 'r');
  try {
    const bytes = Buffer.alloc(file.length);
    const read = readSync(originals, bytes, 0, file.length, file.offset);
    return read === file.length && hash(bytes) === file.before ? bytes : undefined;
  } finally {
    closeSync(originals);
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
      (file.between === undefined || (Array.isArray(file.between) && file.between.every((text: unknown) => typeof text === 'string'))) &&
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
