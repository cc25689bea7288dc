/** What lies around files: where a change in them is likely to make more possible. */

import type { Program } from '../program/program.ts';
import { moduleSpecifiers } from '../program/references.ts';

/** The files, those that import them, and those that they import; by path relative to the root. */
export function neighbourhood(program: Program, paths: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const path of paths) {
    const file = program.file(path);
    if (file === undefined) continue;
    found.add(path);
    for (const use of program.references.toModule(file)) found.add(program.pathOf(use));
    for (const { text } of moduleSpecifiers(file)) {
      const imported = program.resolveImport(text, file);
      if (imported !== undefined) found.add(program.pathOf(imported));
    }
  }
  return found;
}
