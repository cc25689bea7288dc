/** What a package declares as its commands. */

import { posix } from 'node:path';

/** The files that `bin` of a `package.json` names, relative to its folder; none when the text is not JSON. */
export function packageScripts(text: string): string[] {
  if (!text.includes('"bin"')) return [];
  let bin: unknown;
  try {
    bin = (JSON.parse(text) as { readonly bin?: unknown } | null)?.bin;
  } catch {
    return []; // what is wrong with a package.json is not for the search for files to say
  }
  const targets: unknown[] = typeof bin === 'object' && bin !== null ? Object.values(bin) : [bin];
  return targets.filter((target) => typeof target === 'string').map((target) => posix.join('.', target));
}
