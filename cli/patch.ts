/**
 * A changed file as a patch that `git apply` turns into exactly the bytes that `--write` gives: line endings,
 * byte order marks and a missing newline at the end are kept, names are quoted as git quotes them.
 */

import { changedLines, type LineChange } from '../engine/source/line-diff.ts';

export type PatchLineKind = 'header' | 'hunk' | 'context' | 'removed' | 'added' | 'note';

/** One line of a patch, without its line feed. */
export interface PatchLine {
  readonly kind: PatchLineKind;
  readonly text: string;
}

const CONTEXT = 3;

/**
 * @param path relative to where git applies patches, with forward slashes
 * @param before the whole text, byte order mark included, as `after`
 */
export function patchOf(path: string, before: string, after: string): PatchLine[] {
  const oldLines = linesOf(before);
  const newLines = linesOf(after);
  const lines: PatchLine[] = [
    { kind: 'header', text: `diff --git ${quotedName(`a/${path}`)} ${quotedName(`b/${path}`)}` },
    { kind: 'header', text: `--- ${nameInFileHeader(`a/${path}`)}` },
    { kind: 'header', text: `+++ ${nameInFileHeader(`b/${path}`)}` },
  ];
  for (const changes of hunksOf(changedLines(oldLines, newLines))) lines.push(...hunkLines(changes, oldLines, newLines));
  return lines;
}

/** The bytes of the patch, as they are piped. */
export function patchText(lines: readonly PatchLine[]): string {
  return lines.map(({ text }) => `${text}\n`).join('');
}

/** How many lines a patch adds and removes. */
export function patchCounts(lines: readonly PatchLine[]): { readonly added: number; readonly removed: number } {
  return {
    added: lines.filter(({ kind }) => kind === 'added').length,
    removed: lines.filter(({ kind }) => kind === 'removed').length,
  };
}

/** Lines with their line feeds. To git a line ends with LF and nothing else: a CR belongs to the line. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Changes whose context would touch share a hunk. */
function hunksOf(changes: readonly LineChange[]): LineChange[][] {
  const hunks: LineChange[][] = [];
  for (const change of changes) {
    const hunk = hunks.at(-1);
    const previous = hunk?.at(-1);
    if (hunk && previous && change.oldStart - previous.oldEnd <= 2 * CONTEXT) hunk.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function hunkLines(changes: readonly LineChange[], oldLines: readonly string[], newLines: readonly string[]): PatchLine[] {
  const first = changes[0];
  const last = changes.at(-1);
  if (!first || !last) return [];
  const oldStart = Math.max(0, first.oldStart - CONTEXT);
  const newStart = first.newStart - (first.oldStart - oldStart);
  const oldEnd = Math.min(oldLines.length, last.oldEnd + CONTEXT);
  const newEnd = last.newEnd + (oldEnd - last.oldEnd);

  const lines: PatchLine[] = [{ kind: 'hunk', text: `@@ -${hunkRange(oldStart, oldEnd)} +${hunkRange(newStart, newEnd)} @@` }];
  let done = oldStart;
  for (const change of changes) {
    pushLines(lines, 'context', oldLines.slice(done, change.oldStart));
    pushLines(lines, 'removed', oldLines.slice(change.oldStart, change.oldEnd));
    pushLines(lines, 'added', newLines.slice(change.newStart, change.newEnd));
    done = change.oldEnd;
  }
  pushLines(lines, 'context', oldLines.slice(done, oldEnd));
  return lines;
}

/** An empty range is named by the line before it. */
function hunkRange(start: number, end: number): string {
  const count = end - start;
  const line = count === 0 ? start : start + 1;
  return count === 1 ? `${line}` : `${line},${count}`;
}

const markers = { context: ' ', removed: '-', added: '+' } as const;

function pushLines(lines: PatchLine[], kind: keyof typeof markers, texts: readonly string[]): void {
  for (const text of texts) {
    const terminated = text.endsWith('\n');
    lines.push({ kind, text: markers[kind] + (terminated ? text.slice(0, -1) : text) });
    if (!terminated) lines.push({ kind: 'note', text: '\\ No newline at end of file' });
  }
}

/** Git ends an unquoted name that has a space with a tab, so that it is not taken for a name and a date. */
function nameInFileHeader(name: string): string {
  const quoted = quotedName(name);
  return quoted === name && name.includes(' ') ? `${name}\t` : quoted;
}

const namedEscapes = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/** Git's C-style quoting (`core.quotePath`): only names with control characters, quotes, backslashes or non-ASCII bytes are quoted. */
export function quotedName(name: string): string {
  if (/^[ !#-[\]-~]*$/.test(name)) return name;
  let quoted = '';
  for (const byte of Buffer.from(name)) {
    const escaped = namedEscapes.get(byte);
    if (escaped) quoted += escaped;
    else if (byte < 0x20 || byte > 0x7e) quoted += `\\${byte.toString(8).padStart(3, '0')}`;
    else quoted += String.fromCharCode(byte);
  }
  return `"${quoted}"`;
}
