/** Writes the changed files of a run, so that every one of them can be taken back. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from '../discover/index.ts';
import { describeSystemError, errorCode } from '../errors.ts';
import { ChangedMeanwhile, remove, replaceFiles, TornFile, type Replaced, type ReplaceOptions } from './durable.ts';
import { withLock } from './lock.ts';
import type { FileWrite, Revisions, WriteFailure, WriteOptions, WriteOutcome } from './outcome.ts';
import {
  closeAfterCrash,
  closeJournal,
  createJournal,
  createStateFolder,
  isTemporary,
  listJournals,
  noteOtherTexts,
  pruneJournals,
  readJournal,
  temporaryPath,
} from './store.ts';
import type { Entry, Journal } from './store.ts';
import { findTarget } from './target.ts';
import type { Target } from './target.ts';

/** A file that may be written, as it stood when that was decided. */
interface Plan extends Entry {
  readonly target: Target;
  readonly bom: boolean;
  readonly fixes: readonly string[];
}

const changed = 'changed on disk since it was read, and was left as it is; run nodelift again';
const deleted = 'was deleted since it was read; run nodelift again';

/**
 * Writes each file whole, once the old bytes of all of them are safe in the journal. A file that may not be written, or does not
 * hold `before` any more, is left as it is and reported; the others are written. Mode, owner, symbolic and hard links are kept;
 * access control lists and extended attributes are not, since Node.js cannot read them. Files that one fix changes together are
 * written together: when one of them cannot be, or is not reached before an interrupt, the others have their old text in the end.
 *
 * @param root absolute; the journal is kept in its folder `.nodelift`
 * @throws UsageError when the journal cannot be kept, or another process is writing: then nothing was written
 * @throws what `options.revise` throws, when the journal is closed
 */
export async function applyWrites(root: string, writes: readonly FileWrite[], options: WriteOptions = {}): Promise<WriteOutcome> {
  const { signal, onStep, revise } = options;
  if (writes.length === 0) return { journal: undefined, written: [], failed: [], skipped: [] };
  createStateFolder(root);
  return withLock(root, async () => {
    clearAfterCrash(root);
    const { plans, failed } = planWrites(root, writes);
    if (plans.length === 0) return { journal: undefined, written: [], failed, skipped: [] };
    if (signal?.aborted === true) return { journal: undefined, written: [], failed, skipped: plans.map(({ path }) => path) };

    const journal = createJournal(root, plans);
    onStep?.({ kind: 'journaled', total: plans.length });
    const writing = new Writing(root, journal, plans);
    let skipped: readonly string[] = [];
    try {
      skipped = await writing.begin(options);
      if (skipped.length === 0) await revise?.(writing);
      else if (revise !== undefined) skipped = await writing.takeBack(plans);
    } finally {
      writing.close();
      pruneJournals(root);
    }
    const { written, torn } = writing;
    const isKept = written.length + torn.size > 0;
    return { journal: isKept ? journal.id : undefined, written, failed: [...failed, ...writing.failed], skipped };
  });
}

function planWrites(root: string, writes: readonly FileWrite[]): { plans: readonly Plan[]; failed: readonly WriteFailure[] } {
  const failed: WriteFailure[] = [];
  const planned: Plan[] = [];
  for (const write of writes) {
    const plan = planWrite(root, write);
    if ('error' in plan) failed.push(plan);
    else planned.push(plan);
  }
  const wanting = new Set(failed.map(({ path }) => path));
  const torn = tornApart(
    planned,
    writes.filter(({ path }) => wanting.has(path)),
  );
  const plans = planned.filter((plan) => !torn.has(plan));
  return { plans, failed: [...failed, ...[...torn].map(([{ path }, because]) => ({ path, error: leftTogether(because) }))] };
}

interface Together {
  readonly path: string;
  readonly fixes?: readonly string[];
}

/** Which of the files share a fix, over any number of steps, with one that is not written; and with which one. */
function tornApart<T extends Together>(files: readonly T[], wanting: readonly Together[]): Map<T, string> {
  const torn = new Map<T, string>();
  const pending = [...wanting];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    const fixes = new Set(one.fixes);
    for (const file of fixes.size === 0 ? [] : files) {
      if (torn.has(file) || !file.fixes?.some((fix) => fixes.has(fix))) continue;
      torn.set(file, one.path);
      pending.push(file);
    }
  }
  return torn;
}

function leftTogether(path: string): string {
  return `was left as it is, since a fix also changes ${path}, which was not written`;
}

function planWrite(root: string, { path, before, after, bom, fixes = [] }: FileWrite): Plan | WriteFailure {
  const found = findTarget(root, path);
  if (found.kind === 'missing') return { path, error: deleted };
  if (found.kind === 'refused') return { path, error: found.error };
  const expected = encode(before, bom);
  try {
    if (!expected.equals(readFileSync(found.target.real))) return { path, error: changed };
  } catch (error) {
    return { path, error: explain(error) };
  }
  return { path, mode: found.target.mode, before: expected, after: encode(after, bom), bom, fixes, target: found.target };
}

/** The files of one write, from their old texts to those that they hold in the end. */
class Writing implements Revisions {
  readonly torn = new Set<string>();
  readonly #root: string;
  readonly #plans: readonly Plan[];
  /** What nodelift gave each file last. */
  readonly #present: Map<string, Buffer>;
  readonly #failures = new Map<string, string>();
  #journal: Journal;

  constructor(root: string, journal: Journal, plans: readonly Plan[]) {
    this.#root = root;
    this.#journal = journal;
    this.#plans = plans;
    this.#present = new Map(plans.map(({ path, before }) => [path, before]));
  }

  get written(): string[] {
    return this.#plans.flatMap(({ path, before }) => (this.#present.get(path)?.equals(before) === false ? [path] : []));
  }

  get failed(): WriteFailure[] {
    return [...this.#failures].map(([path, error]) => ({ path, error }));
  }

  /** @returns the paths that were not begun, since the signal was aborted */
  async begin({ signal, onStep }: WriteOptions): Promise<readonly string[]> {
    const { length: total } = this.#plans;
    let done = 0;
    const pathAt = (index: number): string => this.#plans[index]?.path ?? '';
    const skipped = await this.#write(new Map(this.#plans.map(({ path, after }) => [path, after])), {
      ...(signal && { signal }),
      onPrepared: (index) => onStep?.({ kind: 'prepared', path: pathAt(index) }),
      onReplaced: (index) => onStep?.({ kind: 'written', path: pathAt(index), done: (done += 1), total }),
    });
    const wanting = new Set([...skipped, ...this.#failures.keys()]);
    if (wanting.size === 0) return [];
    const isWanting = ({ path }: Plan): boolean => wanting.has(path);
    const torn = tornApart(
      this.#plans.filter((plan) => !isWanting(plan)),
      this.#plans.filter(isWanting),
    );
    await this.takeBack([...torn.keys()]);
    if (skipped.length > 0) return this.#plans.filter((plan) => skipped.includes(plan.path) || torn.has(plan)).map(({ path }) => path);
    for (const [{ path }, because] of torn) if (!this.#failures.has(path)) this.#failures.set(path, leftTogether(because));
    return [];
  }

  /** Gives the files their old text. @returns the paths of those that have it now */
  async takeBack(plans: readonly Plan[]): Promise<readonly string[]> {
    await this.#write(new Map(plans.map(({ path, before }) => [path, before])), {});
    return plans.map(({ path }) => path).filter((path) => !this.#failures.has(path));
  }

  async set(texts: ReadonlyMap<string, string>): Promise<void> {
    const wanted = new Map(
      this.#plans
        .filter(({ path }) => !this.#failures.has(path))
        .map(({ path, before, bom }) => {
          const text = texts.get(path);
          return [path, text === undefined ? before : encode(text, bom)];
        }),
    );
    this.#journal = noteOtherTexts(this.#root, this.#journal, wanted);
    await this.#write(wanted, {});
  }

  close(): void {
    const written = new Set(this.written);
    const stays = (path: string): boolean => written.has(path) || this.torn.has(path);
    closeJournal(this.#root, this.#journal, new Map([...this.#present].filter(([path]) => stays(path))));
  }

  async #write(texts: ReadonlyMap<string, Buffer>, options: ReplaceOptions): Promise<string[]> {
    const changes = this.#plans.flatMap((plan, index) => {
      const bytes = texts.get(plan.path);
      const present = this.#present.get(plan.path);
      return bytes === undefined || present === undefined || bytes.equals(present) ? [] : [{ plan, index, bytes, present }];
    });
    const outcomes = await replaceFiles(
      changes.map(({ plan: { target, mode }, index, bytes, present }) => ({
        target,
        bytes,
        mode,
        temporary: temporaryPath(target.real, this.#journal.id, index),
        mayReplace: (current) => current.equals(present),
      })),
      options,
    );
    const skipped: string[] = [];
    for (const [place, { plan, bytes }] of changes.entries()) {
      const outcome: Replaced = outcomes[place] ?? { kind: 'skipped' };
      if (outcome.kind === 'replaced') this.#present.set(plan.path, bytes);
      else if (outcome.kind === 'skipped') skipped.push(plan.path);
      else this.#fail(plan.path, outcome.error);
    }
    return skipped;
  }

  #fail(path: string, error: unknown): void {
    this.#failures.set(path, explain(error));
    if (error instanceof TornFile) this.torn.add(path);
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
function clearAfterCrash(root: string): void {
  for (const id of listJournals(root)) {
    const journal = readableJournal(root, id);
    if (journal?.manifest.state !== 'open') continue;
    removeTemporaries(root, journal);
    closeAfterCrash(root, journal);
  }
}

function readableJournal(root: string, id: string): Journal | undefined {
  try {
    return readJournal(root, id);
  } catch {
    // Undo says what is wrong with it.
    return undefined;
  }
}

/** New texts that a run had prepared beside the files when it was killed, or that it could not take away again. Mostly there are none. */
export function removeTemporaries(root: string, { id, manifest }: Journal): void {
  const folders = new Set<string>();
  for (const { path } of manifest.files) {
    const found = findTarget(root, path);
    if (found.kind !== 'refused') folders.add(dirname(found.kind === 'target' ? found.target.real : join(root, path)));
  }
  for (const folder of folders) for (const name of namesIn(folder)) if (isTemporary(name, id)) remove(join(folder, name));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It is gone, or may not be read.
    return [];
  }
}
