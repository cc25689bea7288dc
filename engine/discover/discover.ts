/** From the paths that a person names to the texts of the program. */

import { posix } from 'node:path';
import type { LeftOut } from '../result.ts';
import type { SourceText } from '../text.ts';
import type { DiscoveredSource, DiscoverOptions, Discovery, ReadFailure } from './discovery.ts';
import { read } from './read.ts';
import { startSlices } from './slices.ts';
import { Walk } from './walk.ts';

/**
 * Finds the sources under the root and reads each of them once. The whole program is read, for what calls what;
 * the files that a person selected are marked.
 *
 * Left out and counted are: what git ignores, what `ignore` names, installed, vendored, generated and minified code, and symbolic
 * links. A path that is itself selected is read even so, unless `ignore` names it; below it the same rules apply anew.
 * What cannot be read is a failure of that file or folder, and stops nothing else.
 *
 * @throws the signal's reason, once it is aborted
 */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const { root, selected, signal, onProgress, ignore = [], gitignore = true, env = process.env } = options;
  const walk = new Walk({ root, selected, ignore, gitignore, env });
  const showWalk = (): void => onProgress?.({ phase: 'discover', done: walk.entered.size, total: walk.entered.size + walk.pending.length });
  await walk.run(startSlices({ signal, onPause: showWalk }));
  showWalk();

  const files = [...walk.files.values()].sort(byPath);
  const sources: DiscoveredSource[] = [];
  const leftOut: LeftOut[] = [...walk.leftOut.values()];
  const failures: ReadFailure[] = [...walk.failures];
  let done = 0;
  const showRead = (): void => onProgress?.({ phase: 'read', done, total: files.length });
  const pause = startSlices({ signal, onPause: showRead });
  showRead();
  for (const file of files) {
    const { path } = file;
    const isSelected = walk.isSelected(path);
    const result = read(root, file);
    switch (result.kind) {
      case 'source':
        sources.push({ source: result.source, selected: isSelected });
        break;
      case 'machine-written':
        leftOut.push({ path, ...result.by });
        if (loadsSome(result.source, walk.files)) sources.push({ source: result.source, selected: false });
        break;
      case 'foreign':
        leftOut.push({ path, rule: 'extension', detail: result.detail });
        break;
      case 'failed':
        failures.push({ kind: 'file', path, selected: isSelected, error: result.error });
        break;
      case 'nothing':
        break;
    }
    done += 1;
    await pause();
  }
  showRead();
  return { sources, leftOut: leftOut.sort(byPath), failures: failures.sort(byPath) };
}

const relativeLoad = /(?:\brequire\s*\(|\bfrom|\bimport(?:\s*\()?)\s*["'](\.{1,2}(?:\/[^"'\n]*)?)["']/g;
const endings = ['', '.js', '.cjs', '.mjs', '.ts', '.cts', '.mts', '/index.js', '/index.ts'];

/** Does the file load another one that is there, and so perhaps call what is changed? A bundle has all that it loads in itself. */
function loadsSome({ path, text }: SourceText, files: ReadonlyMap<string, unknown>): boolean {
  for (const [, specifier = ''] of text.matchAll(relativeLoad)) {
    const target = posix.join(posix.dirname(path), specifier);
    if (endings.some((ending) => files.has(target + ending))) return true;
  }
  return false;
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
