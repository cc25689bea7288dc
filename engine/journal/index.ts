/** Writes files so that nothing is ever lost: journaled first, each whole, and undoable byte for byte. */

export type { EditedFile, FileWrite, UndoOutcome, WriteFailure, WriteOptions, WriteOutcome, WriteStep } from './outcome.ts';
