/** Writes the changed files of a run, so that every one of them can be taken back. */

import { readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { encode } from '../discover/index.ts';
import { describeSystemError, errorCode } from '../errors.ts';
import { ChangedMeanwhile, replaceFile, syncFolder, TornFile } from './durable.ts';
import { withLock } from './lock.ts';
import type { FileWrite, WriteFailure, WriteOptions, WriteOutcome } from './outcome.ts';
import { closeJournal, createJournal, createStateFolder, listJournals, pruneJournals, readJournal, temporaryPath } from './store.ts';
import type { Entry, Journal } from './store.ts';
import { findTarget } from './target.ts';
import type { Target } from './target.ts';

/** A file that may be written, as it stood when that was decided. */
interface Plan extends Entry {
  readonly target: Target;
}

const changed = 'changed on disk since it was read, and was left as it is; run nodelift again';
const deleted = 'was deleted since it was read; run nodelift again';

/**
 * Writes each file whole, once the old bytes of all of them are safe in the journal. A file that may not be written, or does not
 * hold `before` any more, is left as it is and reported; the others are written. Mode, owner, symbolic and hard links are kept;
 * access control lists and extended attributes are not, since Node.js cannot read them.
 *
 * @param root absolute; the journal is kept in its folder `.nodelift`
 * @throws UsageError when the journal cannot be kept, or another process is writing: then nothing was written
 */
export async function applyWrites(root: string, writes: readonly FileWrite[], options: WriteOptions = {}): Promise<WriteOutcome> {
  if (writes.length === 0) return { journal: undefined, written: [], failed: [], skipped: [] };
  await createStateFolder(root);
  return withLock(root, async () => {
    await clearAfterCrash(root);
    const failed: WriteFailure[] = [];
    const plans: Plan[] = [];
    for (const write of writes) {
      const plan = await planWrite(root, write);
      if ('error' in plan) failed.push(plan);
      else plans.push(plan);
    }
    if (plans.length === 0) return { journal: undefined, written: [], failed, skipped: [] };
    if (options.signal?.aborted === true) return { journal: undefined, written: [], failed, skipped: plans.map(({ path }) => path) };

    const journal = await createJournal(root, plans);
    options.onStep?.({ kind: 'journaled', total: plans.length });
    const outcome = await writePlans(journal, plans, options);
    const { written, torn } = outcome;
    await closeJournal(root, journal, (path) => written.includes(path) || torn.includes(path));
    await pruneJournals(root);
    const isKept = written.length + torn.length > 0;
    return { journal: isKept ? journal.id : undefined, written, failed: [...failed, ...outcome.failed], skipped: outcome.skipped };
  });
}

async function planWrite(root: string, { path, before, after, bom }: FileWrite): Promise<Plan | WriteFailure> {
  const found = await findTarget(root, path);
  if (found.kind === 'missing') return { path, error: deleted };
  if (found.kind === 'refused') return { path, error: found.error };
  const expected = encode(before, bom);
  try {
    if (!expected.equals(await readFile(found.target.real))) return { path, error: changed };
  } catch (error) {
    return { path, error: explain(error) };
  }
  return { path, mode: found.target.mode, before: expected, after: encode(after, bom), target: found.target };
}

interface PlansOutcome {
  readonly written: readonly string[];
  readonly failed: readonly WriteFailure[];
  readonly skipped: readonly string[];
  readonly torn: readonly string[];
}

async function writePlans(journal: Journal, plans: readonly Plan[], { signal, onStep }: WriteOptions): Promise<PlansOutcome> {
  const written: string[] = [];
  const failed: WriteFailure[] = [];
  const torn: string[] = [];
  const skipped: string[] = [];
  for (const [index, plan] of plans.entries()) {
    await setImmediate(); // lets a signal be noticed
    if (signal?.aborted === true) {
      skipped.push(plan.path);
      continue;
    }
    const { path } = plan;
    const error = await writePlan(plan, temporaryPath(plan.target.real, journal.id, index), () => onStep?.({ kind: 'prepared', path }));
    if (error === undefined) {
      written.push(path);
      onStep?.({ kind: 'written', path, done: written.length, total: plans.length });
    } else {
      failed.push({ path, error: explain(error) });
      if (error instanceof TornFile) torn.push(path);
    }
  }
  const folders = new Set(plans.map(({ target }) => dirname(target.real)));
  for (const folder of folders) await syncFolder(folder).catch(() => undefined); // a folder that is gone took its files along
  return { written, failed, skipped, torn };
}

/** @returns the error, if it could not be written */
async function writePlan({ target, before, after, mode }: Plan, temporary: string, onPrepared: () => void): Promise<unknown> {
  try {
    // Another name of the same file may have been written already.
    if (after.equals(await readFile(target.real))) return undefined;
    await replaceFile({ target, bytes: after, mode, temporary, onPrepared, mayReplace: (current) => current.equals(before) });
    return undefined;
  } catch (error) {
    return error;
  }
}

function explain(error: unknown): string {
  if (error instanceof ChangedMeanwhile) return changed;
  if (error instanceof TornFile)
    return `was written only in part: ${describeSystemError(error.cause)}; run nodelift undo, which has its original`;
  if (errorCode(error) === 'ENOENT') return deleted;
  return `cannot be written: ${describeSystemError(error)}`;
}

/** Removes the temporary files of runs that were killed. Their journals stay: `undo` takes back what they wrote. */
async function clearAfterCrash(root: string): Promise<void> {
  for (const id of await listJournals(root)) {
    const journal = await readJournal(root, id).catch(() => undefined); // undo says what is wrong with it
    if (journal?.manifest.state !== 'open') continue;
    await removeTemporaries(root, journal);
    await closeJournal(root, journal, () => true);
  }
}

/** The files, by index, whose new text a run had prepared beside them when it was killed. */
export async function removeTemporaries(root: string, journal: Journal): Promise<void> {
  for (const [index, { path }] of journal.manifest.files.entries()) {
    const found = await findTarget(root, path);
    if (found.kind === 'refused') continue;
    const real = found.kind === 'target' ? found.target.real : join(root, path);
    await unlink(temporaryPath(real, journal.id, index)).catch(() => undefined); // mostly there is none
  }
}
