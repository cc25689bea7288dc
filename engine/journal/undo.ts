/** Takes back the last write. */

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isInside } from '../discover/index.ts';
import { describeSystemError, errorCode, UsageError } from '../errors.ts';
import { removeTemporaries } from './apply.ts';
import { ChangedMeanwhile, replaceFiles, type Replacement } from './durable.ts';
import { withLock } from './lock.ts';
import type { EditedFile, UndoOutcome, WriteFailure } from './outcome.ts';
import { hash, isKnown, listJournals, readJournal, readOriginal, removeJournal, temporaryPath } from './store.ts';
import type { Journal, JournaledFile } from './store.ts';
import { findTarget } from './target.ts';

export interface UndoOptions {
  /** Once aborted, the file in hand is finished and no other is begun; another `undo` goes on. */
  readonly signal?: AbortSignal;
}

type FileOutcome =
  | { readonly kind: 'restored' | 'untouched' | 'skipped' }
  | { readonly kind: 'edited'; readonly file: EditedFile }
  | { readonly kind: 'failed'; readonly error: string };

interface Restore {
  readonly kind: 'restore';
  readonly replacement: Replacement;
}

const skipped = { kind: 'skipped' } as const;

/**
 * Gives the files of the last write that was not taken back yet their old bytes and mode again, also when that write was cut short
 * by a crash. A file that holds neither the old nor the new text was edited since: it stays, and its original is put beside it
 * as `<name>.nodelift-orig`. Done again, it takes back the write before.
 *
 * @throws UsageError when there is nothing to undo, the journal is damaged, or another process is writing
 */
export async function undo(root: string, { signal }: UndoOptions = {}): Promise<UndoOutcome> {
  if (listJournals(root).length === 0) throw nothingToUndo(root);
  return withLock(root, async () => {
    const id = listJournals(root).at(-1);
    if (id === undefined) throw nothingToUndo(root);
    const journal = readJournal(root, id);
    removeTemporaries(root, journal);

    const { files, time } = journal.manifest;
    const outcomes = await undoFiles(root, journal, signal);
    const restored: string[] = [];
    const untouched: string[] = [];
    const edited: EditedFile[] = [];
    const failed: WriteFailure[] = [];
    for (const [index, { path }] of files.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === 'failed') failed.push({ path, error: outcome.error });
      else if (outcome?.kind === 'edited') edited.push(outcome.file);
      else if (outcome?.kind === 'restored') restored.push(path);
      else if (outcome?.kind === 'untouched') untouched.push(path);
    }
    const complete = failed.length === 0 && outcomes.every(({ kind }) => kind !== 'skipped');
    if (complete) removeJournal(root, id);
    return { journal: id, time, restored, untouched, edited, failed, complete };
  });
}

/** @returns an outcome each */
async function undoFiles(root: string, journal: Journal, signal: AbortSignal | undefined): Promise<FileOutcome[]> {
  const steps = journal.manifest.files.map((file, index) => (signal?.aborted === true ? skipped : planUndo(root, journal, file, index)));
  const replacements = steps.flatMap((step) => (step.kind === 'restore' ? [step.replacement] : []));
  const replaced = (await replaceFiles(replacements, signal && { signal })).values();
  return steps.map((step): FileOutcome => {
    if (step.kind !== 'restore') return step;
    const outcome = replaced.next().value ?? skipped;
    if (outcome.kind === 'failed') return { kind: 'failed', error: explain(outcome.error) };
    return outcome.kind === 'replaced' ? { kind: 'restored' } : skipped;
  });
}

function planUndo(root: string, journal: Journal, file: JournaledFile, index: number): FileOutcome | Restore {
  try {
    const found = findTarget(root, file.path);
    const current = found.kind === 'target' ? hash(readFileSync(found.target.real)) : undefined;
    if (current === file.before) return { kind: 'untouched' };
    const original = readOriginal(root, journal.id, file);
    if (original === undefined) return { kind: 'failed', error: 'cannot be restored: its original in the journal is damaged' };
    if (found.kind === 'refused') return { kind: 'failed', error: found.error };
    if (found.kind === 'missing' || current === undefined || !isKnown(file, current)) {
      const change = found.kind === 'missing' ? 'deleted' : 'edited';
      return { kind: 'edited', file: { path: file.path, change, original: putBeside(root, file, original) } };
    }
    const { target } = found;
    const temporary = temporaryPath(target.real, journal.id, index);
    const mayReplace = (bytes: Buffer): boolean => isKnown(file, hash(bytes));
    return { kind: 'restore', replacement: { target, bytes: original, mode: file.mode, temporary, mayReplace } };
  } catch (error) {
    return { kind: 'failed', error: explain(error) };
  }
}

function explain(error: unknown): string {
  if (error instanceof ChangedMeanwhile) return 'changed while it was restored, and was left as it is; run nodelift undo again';
  return `cannot be restored: ${describeSystemError(error)}`;
}

/** @returns where the original was put, relative to the root; what stands there already is not overwritten */
function putBeside(root: string, { path, mode }: JournaledFile, original: Buffer): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  if (!isInside(realpathSync.native(root), realpathSync.native(dirname(join(root, path)))))
    throw new Error('its folder is a link out of the project');
  for (let number = 1; ; number += 1) {
    const beside = `${path}.nodelift-orig${number === 1 ? '' : `-${number}`}`;
    try {
      const file = openSync(join(root, beside), 'wx', mode & 0o777);
      try {
        writeFileSync(file, original);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return beside;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      if (readFileSync(join(root, beside)).equals(original)) return beside;
    }
  }
}

function nothingToUndo(root: string): UsageError {
  return new UsageError(`Nothing to undo in ${root}: no write of nodelift is recorded there; run it in the project that was written.`);
}
