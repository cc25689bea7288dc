/** One `run()` for the command line, the library and the tests. */

import type { RunOptions, RunResult } from './result.ts';
import { ownShare, resultOf } from './run/result.ts';
import { survey } from './run/survey.ts';
import type { Transform, TransformOnDemand } from './transform.ts';

/**
 * Finds what the transforms would change, and the texts with the changes made. It changes nothing on disk.
 * Where no text mentions anything that a transform could have a site in, neither a transform nor a compiler is loaded.
 * @throws UsageError for what a person can get wrong: paths, configuration
 * @throws the signal's reason when it is aborted
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const surveyed = await survey(options);
  if (surveyed.likely.length === 0 && options.tsconfig === undefined) {
    const own = ownShare(options, surveyed, []);
    const files = surveyed.inSelection.filter(({ source }) => own(source.path));
    return resultOf(options, surveyed, own, {
      files: files.map(({ source }) => ({ status: 'unchanged', path: source.path })),
      findings: [],
      warnings: [],
    });
  }
  const [{ Run }, { withoutTooDeep }] = await surveyed.timing.of('start', () =>
    Promise.all([import('./run/run.ts'), import('./run/depth.ts')]),
  );
  const transforms = await surveyed.timing.of('start', () => Promise.all(options.transforms.map(loaded)));
  return withoutTooDeep(surveyed, (sources) => new Run(options, transforms, sources).finish());
}

async function loaded(transform: Transform | TransformOnDemand): Promise<Transform> {
  return 'load' in transform ? transform.load() : transform;
}
