/** Writes files so that nothing is ever lost: journaled first, each whole, and undoable byte for byte. */

export { applyWrites } from './apply.ts';
export type { EditedFile, FileWrite, Revisions, UndoOutcome, WriteFailure, WriteOptions, WriteOutcome, WriteStep } from './outcome.ts';
export { findJournalRoot } from './store.ts';
export { undo } from './undo.ts';
export type { UndoOptions } from './undo.ts';
