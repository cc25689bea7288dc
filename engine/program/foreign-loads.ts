/** Modules that are loaded by files in a language that is not read, such as tests in CoffeeScript: what they use of a module cannot be seen. */

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compiledEndings, compiledNames } from '../../catalog/compiled-languages.ts';

/** Folders of others, and those that a person does not write in. */
const passedOver: ReadonlySet<string> = new Set(['node_modules', 'bower_components', '.git']);

const load = /\b(?:require|import|from)\b\s*\(?\s*(["'])(\.{1,2}(?:\/[^"'\n]*)?)\1/g;

/**
 * What such files of a package load by a relative path, as absolute paths without an ending.
 * @param folder of the package; packages inside of it are looked at too, since they load each other
 */
export function foreignLoads(folder: string): ReadonlySet<string> {
  const loads = new Set<string>();
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of entriesOf(next)) {
      const own = path.join(next, entry.name);
      if (entry.isDirectory()) {
        if (!passedOver.has(entry.name)) pending.push(own);
      } else if (entry.isFile() && isCompiled(entry.name)) {
        for (const [, , specifier = ''] of textOf(own).matchAll(load)) loads.add(path.resolve(next, specifier));
      }
    }
  }
  return loads;
}

function isCompiled(name: string): boolean {
  return compiledNames.includes(name) || compiledEndings.some((ending) => name.endsWith(ending));
}

function entriesOf(folder: string): readonly { readonly name: string; isDirectory: () => boolean; isFile: () => boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // a folder that may not be read holds nothing that this user loads
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
