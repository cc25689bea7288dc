/**
 * What each fix would do to the files on disk if it were the only one: for editors and scanners, which offer fixes one by one,
 * and for a person who decides one by one.
 */

import type { ts } from 'ts-morph';
import { assemble } from '../assemble.ts';
import type { Fix } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { fixKey, type FileEdit } from '../result.ts';
import { textEdits } from '../source/text-edits.ts';
import { lineStarts, positionAt } from '../text.ts';
import { siteFixes, type SiteFix } from './select.ts';

/** By the key of the fix. A fix that only passes together with others is not there. */
export type EditsAlone = Map<string, readonly FileEdit[]>;

/** @param program holding the texts on disk */
export function editsAlone(program: Program, fixes: readonly Fix[]): EditsAlone {
  const alone: EditsAlone = new Map();
  const starts = new Map<string, readonly number[]>();
  const startsOf = (file: ts.SourceFile, path: string): readonly number[] => {
    const known = starts.get(path) ?? lineStarts(file.text);
    starts.set(path, known);
    return known;
  };
  for (const site of siteFixes(fixes)) {
    const { fix } = site;
    const file = fix.site && program.file(fix.site.path);
    if (fix.site === undefined || file === undefined) continue;
    const key = fixKey(fix.transform, fix.site.path, positionAt(startsOf(file, fix.site.path), fix.site.start));
    // Of two fixes at one place none can be told by the key.
    const edits = alone.has(key) ? [] : editsOf(program, site, startsOf);
    alone.set(key, edits);
  }
  return new Map([...alone].filter(([, edits]) => edits.length > 0));
}

function editsOf(
  program: Program,
  { fix, requires }: SiteFix,
  startsOf: (file: ts.SourceFile, path: string) => readonly number[],
): FileEdit[] {
  const all = [fix, ...requires];
  const paths = new Set(all.flatMap((one) => [...one.edits, ...one.imports, ...one.preambles].map(({ path }) => path)));
  try {
    return [...paths].flatMap((path) => {
      const file = program.file(path);
      if (file === undefined) throw new Error(`${path} is not a file of the program.`);
      const { text } = assemble(file, path, all, program.isEsModule(file));
      const starts = startsOf(file, path);
      return textEdits(file.text, text).map((edit) => ({
        path,
        start: positionAt(starts, edit.start),
        end: positionAt(starts, edit.end),
        text: edit.text,
      }));
    });
  } catch {
    // What is wrong with the fix is found, and told, where all fixes are verified together.
    return [];
  }
}
