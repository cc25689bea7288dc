/** Takes back the last write. */

import { mkdir, open, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isInside } from '../discover/index.ts';
import { describeSystemError, errorCode, UsageError } from '../errors.ts';
import { removeTemporaries } from './apply.ts';
import { replaceFile, syncFolder } from './durable.ts';
import { withLock } from './lock.ts';
import type { EditedFile, UndoOutcome, WriteFailure } from './outcome.ts';
import { hash, listJournals, readJournal, readOriginal, removeJournal, temporaryPath } from './store.ts';
import type { Journal, JournaledFile } from './store.ts';
import { findTarget } from './target.ts';

export interface UndoOptions {
  /** Once aborted, the file in hand is finished and no other is begun; another `undo` goes on. */
  readonly signal?: AbortSignal;
}

type FileOutcome =
  | { readonly kind: 'restored' | 'untouched' }
  | { readonly kind: 'edited'; readonly file: EditedFile }
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Gives the files of the last write that was not taken back yet their old bytes and mode again, also when that write was cut short
 * by a crash. A file that holds neither the old nor the new text was edited since: it stays, and its original is put beside it
 * as `<name>.nodelift-orig`. Done again, it takes back the write before.
 *
 * @throws UsageError when there is nothing to undo, the journal is damaged, or another process is writing
 */
export async function undo(root: string, { signal }: UndoOptions = {}): Promise<UndoOutcome> {
  if ((await listJournals(root)).length === 0) throw nothingToUndo(root);
  return withLock(root, async () => {
    const id = (await listJournals(root)).at(-1);
    if (id === undefined) throw nothingToUndo(root);
    const journal = await readJournal(root, id);
    await removeTemporaries(root, journal);

    const { files, time } = journal.manifest;
    const restored: string[] = [];
    const untouched: string[] = [];
    const edited: EditedFile[] = [];
    const failed: WriteFailure[] = [];
    for (const [index, file] of files.entries()) {
      await setImmediate(); // lets a signal be noticed
      if (signal?.aborted === true) return { journal: id, time, restored, untouched, edited, failed, complete: false };
      const outcome = await undoFile(root, journal, file, index);
      if (outcome.kind === 'failed') failed.push({ path: file.path, error: outcome.error });
      else if (outcome.kind === 'edited') edited.push(outcome.file);
      else (outcome.kind === 'restored' ? restored : untouched).push(file.path);
    }
    for (const folder of new Set(restored.map((path) => dirname(join(root, path))))) await syncFolder(folder);
    const complete = failed.length === 0;
    if (complete) await removeJournal(root, id);
    return { journal: id, time, restored, untouched, edited, failed, complete };
  });
}

async function undoFile(root: string, journal: Journal, file: JournaledFile, index: number): Promise<FileOutcome> {
  try {
    const found = await findTarget(root, file.path);
    const current = found.kind === 'target' ? hash(await readFile(found.target.real)) : undefined;
    if (current === file.before) return { kind: 'untouched' };
    const original = await readOriginal(root, journal.id, file);
    if (original === undefined) return { kind: 'failed', error: 'cannot be restored: its original in the journal is damaged' };
    if (found.kind === 'refused') return { kind: 'failed', error: found.error };
    if (found.kind === 'missing' || current !== file.after) {
      const change = found.kind === 'missing' ? 'deleted' : 'edited';
      return { kind: 'edited', file: { path: file.path, change, original: await putBeside(root, file, original) } };
    }
    const { target } = found;
    const temporary = temporaryPath(target.real, journal.id, index);
    const mayReplace = (bytes: Buffer): boolean => hash(bytes) === file.after;
    await replaceFile({ target, bytes: original, mode: file.mode, temporary, mayReplace });
    return { kind: 'restored' };
  } catch (error) {
    return { kind: 'failed', error: `cannot be restored: ${describeSystemError(error)}` };
  }
}

/** @returns where the original was put, relative to the root; what stands there already is not overwritten */
async function putBeside(root: string, { path, mode }: JournaledFile, original: Buffer): Promise<string> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  if (!isInside(await realpath(root), await realpath(dirname(join(root, path)))))
    throw new Error('its folder is a link out of the project');
  for (let number = 1; ; number += 1) {
    const beside = `${path}.nodelift-orig${number === 1 ? '' : `-${number}`}`;
    try {
      const file = await open(join(root, beside), 'wx', mode & 0o777);
      try {
        await file.writeFile(original);
        await file.sync();
      } finally {
        await file.close();
      }
      return beside;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      if ((await readFile(join(root, beside))).equals(original)) return beside;
    }
  }
}

function nothingToUndo(root: string): UsageError {
  return new UsageError(`Nothing to undo in ${root}: no write of nodelift is recorded there; run it in the project that was written.`);
}
