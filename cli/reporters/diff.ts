/** The changes as a patch, byte for byte, for a program that reads it. `screen-diff.ts` has it for a person. */

import { patchText } from '../patch.ts';
import type { FileChange, Report } from '../report.ts';
import { escapedLine } from '../terminal.ts';

/** @param titles announce each fix above the hunks of its file, with all that is known of it */
export function diffReport({ changes }: Report, titles: boolean): string {
  return changes
    .map((change) => (titles ? titleLines(change, true).map((line) => `${line}\n`) : []).join('') + patchText(change.patch))
    .join('');
}

/** Git reads nothing of what stands before `diff --git`; the mark keeps a title from looking like part of a patch. */
export function titleLines({ fixed, file }: FileChange, whole: boolean): string[] {
  return fixed.flatMap(({ transform, path, start, title, safety, reason, notes, requires }) => {
    const mark = safety === 'unsafe' ? `, unsafe${reason ? `: ${reason.code}` : ''}` : '';
    const heading = `# ${escapedLine(`${path}:${start.line}:${start.column} ${title} (${transform}${mark})`)}`;
    if (!whole) return [heading];
    return [
      heading,
      ...notes.map((note) => `#   note: ${escapedLine(note)}`),
      ...(path === file.path ? (requires ?? []).map((required) => `#   with: ${escapedLine(required)}`) : []),
    ];
  });
}
