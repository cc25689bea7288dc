/** What the journal takes and gives back. */

/** A file to be written. A changed `FileResult` of a run is one. */
export interface FileWrite {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** The text as it was read, without byte order mark. The file is written only if it still holds exactly this. */
  readonly before: string;
  readonly after: string;
  /** Whether the file begins with a byte order mark, before and after. */
  readonly bom: boolean;
  /** Ids of the fixes that are in `after`. Files that share one are written together or not at all. */
  readonly fixes?: readonly string[];
}

export interface WriteOptions {
  /** Once aborted, the file in hand is finished and no other is begun. */
  readonly signal?: AbortSignal;
  /** Called between the steps of the protocol, for progress. */
  readonly onStep?: (step: WriteStep) => void;
  /**
   * Called when all is written; it may give the files other texts before the write is over. When the signal was aborted before that,
   * it is not called, and every file gets its old text back.
   */
  readonly revise?: (revisions: Revisions) => Promise<void>;
}

/** The files of a write that goes on. Whatever they are given, `undo` restores them, after a crash too. */
export interface Revisions {
  /** Of files whose text could not be changed: they hold what they held before, or what somebody else gave them. */
  readonly failed: readonly WriteFailure[];
  /**
   * Gives the files these texts; one that is not among them gets its old one back. A file that somebody changed meanwhile is left
   * as it is, from here on.
   *
   * @throws UsageError when the journal cannot be kept: then no file was changed
   */
  set(texts: ReadonlyMap<string, string>): Promise<void>;
}

export type WriteStep =
  /** The originals are safe on disk; from here on `undo` can bring them back. */
  | { readonly kind: 'journaled'; readonly total: number }
  /** The new text is on disk beside the file, which still has its old one. */
  | { readonly kind: 'prepared'; readonly path: string }
  | { readonly kind: 'written'; readonly path: string; readonly done: number; readonly total: number };

export interface WriteOutcome {
  /** What `undo` will take back; `undefined` when nothing was written. */
  readonly journal: string | undefined;
  readonly written: readonly string[];
  readonly failed: readonly WriteFailure[];
  /** Not begun, because the signal was aborted. */
  readonly skipped: readonly string[];
}

export interface WriteFailure {
  readonly path: string;
  /** To be put behind the path: "changed on disk since it was read, and was left as it is; run nodelift again". */
  readonly error: string;
}

export interface UndoOutcome {
  readonly journal: string;
  /** When the write that was taken back took place, as an ISO date. */
  readonly time: string;
  /** Have their old bytes and mode again. */
  readonly restored: readonly string[];
  /** Had their old bytes already: the write did not get to them, or an earlier undo did. */
  readonly untouched: readonly string[];
  /** Changed or deleted by somebody since the write, and left so. */
  readonly edited: readonly EditedFile[];
  readonly failed: readonly WriteFailure[];
  /** False after failures and interruptions: the journal is kept, and `undo` goes on with it. */
  readonly complete: boolean;
}

export interface EditedFile {
  readonly path: string;
  readonly change: 'edited' | 'deleted';
  /** Where the original was put, relative to the root. */
  readonly original: string;
}
