/** What there is to do, told by texts alone: the files, those that were asked for, and those in which a site is likely. */

import { discover, findRoot, type DiscoveredSource, type Discovery, type ReadFailure } from '../discover/index.ts';
import { listChangedFiles } from '../git/index.ts';
import type { RunOptions } from '../result.ts';
import { Timing } from './timing.ts';

export interface Survey {
  /** Absolute. */
  readonly root: string;
  readonly discovery: Discovery;
  /** With what an editor holds in place of what is on disk. */
  readonly sources: readonly DiscoveredSource[];
  readonly inSelection: readonly DiscoveredSource[];
  readonly failures: readonly ReadFailure[];
  /** Those of the selection that a transform of the run mentions something of. */
  readonly likely: readonly DiscoveredSource[];
  readonly timing: Timing;
}

/**
 * @throws UsageError for paths that are not there, and for a reference that git does not know
 * @throws the signal's reason when it is aborted
 */
export async function survey(options: RunOptions): Promise<Survey> {
  const { ignore, gitignore, signal, onEvent, transforms } = options;
  const timing = new Timing();
  const { root, selected } = findRoot(options.paths ?? [], options.cwd ?? process.cwd());
  const discovery = await timing.of('discover', () =>
    discover({
      root,
      selected,
      ...(ignore !== undefined && { ignore }),
      ...(gitignore !== undefined && { gitignore }),
      ...(signal !== undefined && { signal }),
      onProgress: ({ phase, done, total }) => onEvent?.({ kind: 'progress', phase, done, total }),
    }),
  );
  const sources = withOverlay(discovery.sources, options.overlay);
  const isAsked = await selectedByGit(root, options);
  const inSelection = sources.filter((source) => source.selected && isAsked(source.source.path));
  const failures = discovery.failures.map((failure) => ({ ...failure, selected: failure.selected && isAsked(failure.path) }));
  const likely = inSelection.filter(({ source }) => transforms.some((transform) => transform.mention.test(source.text)));
  return { root, discovery, sources, inSelection, failures, likely, timing };
}

/** Asked before anything else of git: a reference that it does not know is a mistake. */
async function selectedByGit(root: string, { since, staged }: RunOptions): Promise<(path: string) => boolean> {
  if (since === undefined && staged !== true) return () => true;
  const changed = new Set(await listChangedFiles(root, since === undefined ? { kind: 'staged' } : { kind: 'since', ref: since }));
  return (name) => changed.has(name);
}

/** What an editor holds is read as if it were on disk. */
function withOverlay(sources: readonly DiscoveredSource[], overlay: RunOptions['overlay']): readonly DiscoveredSource[] {
  if (overlay === undefined) return sources;
  return sources.map((one) => ({ ...one, source: { ...one.source, text: overlay.get(one.source.path) ?? one.source.text } }));
}
