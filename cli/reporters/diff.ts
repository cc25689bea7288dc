/** The changes as a patch: byte for byte when piped; on a terminal coloured, with the changed words marked and no control characters. */

import { patchText, type PatchLine, type PatchLineKind } from '../patch.ts';
import type { FileChange, Report } from '../report.ts';
import { escapedLine, escapedSource, type Colors } from '../terminal.ts';
import { changedWords, pairs, type Stretch } from '../word-diff.ts';

export interface DiffStyle {
  /** Announce each fix by its title above the hunks of its file. */
  readonly titles: boolean;
  /** Colours for a screen; `undefined` for a program that reads the patch. */
  readonly screen: Colors | undefined;
}

export function diffReport({ changes }: Report, { titles, screen }: DiffStyle): string {
  return changes
    .map((change) => {
      // A person is told what each change is; a program gets the patch and nothing else, unless it asks.
      const announcement = titles || screen ? titleLines(change, screen !== undefined && !titles) : [];
      return screen
        ? announcement.map((line) => `${screen.yellow(line)}\n`).join('') + patchForScreen(change.patch, screen)
        : announcement.map((line) => `${line}\n`).join('') + patchText(change.patch);
    })
    .join('');
}

/** Git reads nothing of what stands before `diff --git`; the mark keeps a title from looking like part of a patch. */
function titleLines({ fixed, file }: FileChange, brief: boolean): string[] {
  return fixed.flatMap(({ transform, path, start, title, safety, reason, notes, requires }) => {
    const mark = safety === 'unsafe' ? `, unsafe${reason ? `: ${reason.code}` : ''}` : '';
    const heading = `# ${escapedLine(`${path}:${start.line}:${start.column} ${title} (${transform}${mark})`)}`;
    if (brief) return [heading];
    return [
      heading,
      ...notes.map((note) => `#   note: ${escapedLine(note)}`),
      ...(path === file.path ? (requires ?? []).map((required) => `#   with: ${escapedLine(required)}`) : []),
    ];
  });
}

export function patchForScreen(patch: readonly PatchLine[], colors: Colors): string {
  const paint: Readonly<Record<PatchLineKind, (text: string) => string>> = {
    header: colors.bold,
    hunk: colors.cyan,
    context: String,
    removed: colors.red,
    added: colors.green,
    note: colors.dim,
  };
  const words = wordsOf(patch);
  return patch
    .map((line) => {
      const stretches = words.get(line) ?? [];
      return `${paint[line.kind](marked(line.text, stretches, colors.inverse))}\n`;
    })
    .join('');
}

/** The CR of a CRLF is no news: it is on every line, and a terminal does not show it. */
function marked(text: string, stretches: readonly Stretch[], mark: (text: string) => string): string {
  const line = text.replace(/\r$/, '');
  let result = '';
  let at = 0;
  for (const { start, end } of stretches) {
    result += escapedSource(line.slice(at, start)) + mark(escapedSource(line.slice(start, end)));
    at = end;
  }
  return result + escapedSource(line.slice(at));
}

/** For each line that went or came, the words in which it differs from its partner. */
function wordsOf(patch: readonly PatchLine[]): ReadonlyMap<PatchLine, readonly Stretch[]> {
  const words = new Map<PatchLine, readonly Stretch[]>();
  for (let index = 0; index < patch.length;) {
    const removed = run(patch, index, 'removed');
    const added = run(patch, index + removed.length, 'added');
    for (const [went, came] of pairs(removed.length, added.length)) {
      const old = went === undefined ? undefined : removed[went];
      const fresh = came === undefined ? undefined : added[came];
      const changed = old && fresh && changedWords(old.text.slice(1), fresh.text.slice(1));
      if (!changed) continue;
      words.set(old, changed.removed.map(behindMarker));
      words.set(fresh, changed.added.map(behindMarker));
    }
    index += Math.max(1, removed.length + added.length);
  }
  return words;
}

function behindMarker({ start, end }: Stretch): Stretch {
  return { start: start + 1, end: end + 1 };
}

function run(patch: readonly PatchLine[], from: number, kind: PatchLineKind): PatchLine[] {
  const lines: PatchLine[] = [];
  for (let line = patch[from]; line?.kind === kind; line = patch[from + lines.length]) lines.push(line);
  return lines;
}
