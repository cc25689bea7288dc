/** One run of the engine, as the settings ask for it: what it is given, its progress on stderr, and the case that it had nothing to read. */

import { UsageError } from '../engine/errors.ts';
import type { RunOptions, RunResult } from '../engine/result.ts';
import type { Transform } from '../engine/transform.ts';
import type { Engine } from './engine.ts';
import type { CommonArguments, RunArguments } from './options.ts';
import { startProgress } from './progress.ts';
import { leftOutCounts } from './reporters/summary.ts';
import type { Settings } from './settings.ts';
import type { World } from './terminal.ts';

export function runOptions(
  engine: Engine,
  settings: Settings,
  args: RunArguments,
  world: World,
  codemods: readonly Transform[] = [],
): RunOptions {
  return {
    paths: args.paths,
    cwd: world.cwd,
    // Codemods come first: what they leave is what the others have to work with.
    transforms: [...codemods, ...engine.transforms.filter(({ name }) => settings.transforms.includes(name))],
    unsafe: settings.unsafe,
    ignore: settings.ignore,
    gitignore: settings.gitignore,
    ...(settings.tsconfig !== undefined && { tsconfig: settings.tsconfig }),
    ...(args.since !== undefined && { since: args.since }),
    ...(args.staged && { staged: true }),
    ...(args.shard && { shard: args.shard }),
    ...(!args.verify && { verify: false }),
    ...(args.fileTimeout !== undefined && { fileTimeout: args.fileTimeout / 1000 }),
    // A codemod's functions cannot be sent to a thread.
    ...(engine.threadScript !== undefined && codemods.length === 0 && { threads: { script: engine.threadScript, count: args.jobs } }),
    knownTransforms: engine.transforms.map(({ name }) => name),
    transformOptions: {
      publicApi: settings.publicApi,
      includeStartup: settings.includeStartup,
      ...(settings.onRejection !== undefined && { onRejection: settings.onRejection }),
      ...(settings.sqlClients !== undefined && { sqlClients: settings.sqlClients }),
      ...(settings.sqlFunctions !== undefined && { sqlFunctions: settings.sqlFunctions }),
    },
    ...(wantsEdits(settings) && { separately: true }),
    signal: world.interruption.signal,
  };
}

export async function runEngine(engine: Engine, options: RunOptions, common: CommonArguments, world: World): Promise<RunResult> {
  const { signal } = world.interruption;
  const progress = startProgress(world.stderr, world.env, !common.quiet);
  try {
    const result = await engine.run({ ...options, onEvent: progress.onEvent });
    signal.throwIfAborted();
    return result;
  } finally {
    progress.stop();
  }
}

/** Scanners and editors take fixes one by one. */
function wantsEdits({ outputs: { stdout, file } }: Settings): boolean {
  return stdout.includes('sarif') || file?.format === 'sarif';
}

/** There was no file to read, and no failure that explains it. */
export function isEmpty({ files, scanned, warnings }: RunResult): boolean {
  return files.length === 0 && scanned === 0 && !warnings.some(({ failed }) => failed);
}

export function nothingMatched(paths: readonly string[], { leftOut }: RunResult): UsageError {
  const place = paths.length === 0 ? 'this folder' : paths.map((path) => `"${path}"`).join(', ');
  const left = leftOutCounts(leftOut.map(({ rule }) => rule));
  const why = left === '' ? '' : ` (left out: ${left}; --verbose lists them)`;
  return new UsageError(`Nothing matched: no JavaScript or TypeScript file to read in ${place}${why}.`);
}
