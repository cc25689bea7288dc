/** The engine as the commands use it, loaded on demand because TypeScript comes with it. */

import type { CheckedWrite, CheckOptions } from '../engine/check/index.ts';
import type { UndoOutcome, WriteOptions, WriteOutcome } from '../engine/journal/index.ts';
import type { RunOptions, RunResult } from '../engine/result.ts';
import type { Transform, TransformOnDemand } from '../engine/transform.ts';

export interface Engine {
  /** In the standard order. */
  readonly transforms: readonly (Transform | TransformOnDemand)[];
  /** What its threads run. */
  readonly threadScript?: URL;
  readonly run: (options: RunOptions) => Promise<RunResult>;
  /** Which of the files have uncommitted changes in git. */
  readonly listDirty: (root: string, paths: readonly string[], options?: { readonly staged?: boolean }) => Promise<readonly string[]>;
  readonly write: (result: RunResult, options: WriteOptions) => Promise<WriteOutcome>;
  /** Writes what a command passes with. */
  readonly writeChecked: (result: RunResult, options: CheckOptions) => Promise<CheckedWrite>;
  /** Takes back the last write of the project that `cwd` lies in. */
  readonly undo: (cwd: string, options: WriteOptions) => Promise<UndoOutcome>;
}

export type EngineLoader = () => Promise<Engine>;

export const loadEngine: EngineLoader = async () => {
  const { run } = await import('../engine/run.ts');
  const { applyWrites, findJournalRoot, undo } = await import('../engine/journal/index.ts');
  const { listDirty } = await import('../engine/git/index.ts');
  const { writeChecked } = await import('../engine/check/index.ts');
  const { findRoot } = await import('../engine/discover/index.ts');
  const { transformsOnDemand } = await import('../transforms/on-demand.ts');
  return {
    transforms: transformsOnDemand,
    threadScript: new URL('thread.js', import.meta.url),
    run,
    listDirty,
    write: ({ root, files }, options) =>
      applyWrites(
        root,
        files.filter((file) => file.status === 'changed'),
        options,
      ),
    writeChecked,
    undo: (cwd, options) => undo(findJournalRoot(cwd) ?? findRoot([], cwd).root, options),
  };
};
