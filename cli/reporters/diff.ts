/** The changes as a patch: byte for byte when piped, coloured and without control characters on a terminal. */

import { patchText, type PatchLine, type PatchLineKind } from '../patch.ts';
import type { FileChange, Report } from '../report.ts';
import { escapedLine, escapedSource, type Colors } from '../terminal.ts';

export interface DiffStyle {
  /** Announce each fix by its title above the hunks of its file. */
  readonly titles: boolean;
  /** Colours for a screen; `undefined` for a program that reads the patch. */
  readonly screen: Colors | undefined;
}

export function diffReport({ changes }: Report, { titles, screen }: DiffStyle): string {
  return changes
    .map((change) => {
      const announcement = titles ? titleLines(change) : [];
      return screen
        ? forScreen(announcement, change.patch, screen)
        : announcement.map((line) => `${line}\n`).join('') + patchText(change.patch);
    })
    .join('');
}

/** Git reads nothing of what stands before `diff --git`; the mark keeps a title from looking like part of a patch. */
function titleLines({ fixed, file }: FileChange): string[] {
  return fixed.flatMap(({ transform, path, start, title, notes, requires }) => [
    `# ${escapedLine(`${path}:${start.line}:${start.column} ${title} (${transform})`)}`,
    ...notes.map((note) => `#   note: ${escapedLine(note)}`),
    ...(path === file.path ? (requires ?? []).map((required) => `#   with: ${escapedLine(required)}`) : []),
  ]);
}

function forScreen(announcement: readonly string[], patch: readonly PatchLine[], colors: Colors): string {
  const paint: Readonly<Record<PatchLineKind, (text: string) => string>> = {
    header: colors.bold,
    hunk: colors.cyan,
    context: String,
    removed: colors.red,
    added: colors.green,
    note: colors.dim,
  };
  return [
    ...announcement.map((line) => `${colors.yellow(line)}\n`),
    // The CR of a CRLF is no news: it is on every line, and a terminal does not show it.
    ...patch.map(({ kind, text }) => `${paint[kind](escapedSource(text.replace(/\r$/, '')))}\n`),
  ].join('');
}
