/** The changes as a person reads them on a terminal: coloured, with keywords, comments and the changed words marked, and no control characters. */

import { highlighted, type Token, type TokenKind } from '../highlight.ts';
import type { PatchLine } from '../patch.ts';
import { piecesOf } from '../pieces.ts';
import type { Report } from '../report.ts';
import { escapedSource, type Colors } from '../terminal.ts';
import { changedWords, pairs, type Stretch } from '../word-diff.ts';
import { titleLines } from './diff.ts';

/** @param whole say all that is known of each fix above the hunks of its file, not its title alone */
export function screenDiffReport({ changes }: Report, whole: boolean, colors: Colors): string {
  return changes
    .map((change) => {
      const announcement = titleLines(change, whole).map((line) => `${colors.yellow(line)}\n`);
      return announcement.join('') + patchForScreen(change.patch, change.file, colors);
    })
    .join('');
}

export interface Texts {
  readonly before: string;
  readonly after: string;
}

type Paint = (text: string) => string;
type CodeKind = 'context' | 'removed' | 'added';

/** @param texts what the patch was made of */
export function patchForScreen(patch: readonly PatchLine[], texts: Texts, colors: Colors): string {
  const words = wordsOf(patch);
  const tokens = tokensOf(patch, texts);
  const line: Readonly<Record<CodeKind, Paint>> = { context: String, removed: colors.red, added: colors.green };
  // Lines that went or came have their colour from that; within it, weight tells the words of the language from names.
  const changed: Partial<Record<TokenKind, Paint>> = { keyword: colors.bold, comment: colors.dim };
  // Red and green would look like a change.
  const unchanged: Partial<Record<TokenKind, Paint>> = {
    keyword: colors.magenta,
    comment: colors.dim,
    string: colors.yellow,
    number: colors.yellow,
  };
  const painted = (one: PatchLine): string => {
    switch (one.kind) {
      case 'header':
        return colors.bold(escapedSource(one.text));
      case 'hunk':
        return colors.cyan(escapedSource(one.text));
      case 'note':
        return colors.dim(escapedSource(one.text));
      case 'context':
      case 'removed':
      case 'added': {
        // The CR of a CRLF is no news: it is on every line, and a terminal does not show it.
        const text = one.text.replace(/\r$/, '').slice(1);
        const paints = one.kind === 'context' ? unchanged : changed;
        const pieces = piecesOf(text, tokens.get(one) ?? [], words.get(one) ?? []).map((piece) => {
          const paint = (piece.kind && paints[piece.kind]) ?? String;
          const shown = paint(escapedSource(piece.text));
          return piece.isChanged ? colors.inverse(shown) : shown;
        });
        return line[one.kind](one.text.charAt(0) + pieces.join(''));
      }
    }
  };
  return patch.map((one) => `${painted(one)}\n`).join('');
}

/** Read from the whole texts: a hunk may begin within a comment. */
function tokensOf(patch: readonly PatchLine[], { before, after }: Texts): ReadonlyMap<PatchLine, readonly Token[]> {
  const old = highlighted(before.split('\n'));
  const fresh = highlighted(after.split('\n'));
  const tokens = new Map<PatchLine, readonly Token[]>();
  let oldLine = 0;
  let newLine = 0;
  for (const line of patch) {
    if (line.kind === 'hunk') [oldLine, newLine] = firstLines(line.text);
    else if (line.kind === 'removed') tokens.set(line, old[oldLine - 1] ?? []);
    else if (line.kind === 'added' || line.kind === 'context') tokens.set(line, fresh[newLine - 1] ?? []);
    if (line.kind === 'removed' || line.kind === 'context') oldLine += 1;
    if (line.kind === 'added' || line.kind === 'context') newLine += 1;
  }
  return tokens;
}

/** An empty range names the line before it, and none of its lines follows. */
function firstLines(hunk: string): [old: number, fresh: number] {
  const [, old, fresh] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(hunk) ?? [];
  return [Number(old), Number(fresh)];
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
      words.set(old, changed.removed);
      words.set(fresh, changed.added);
    }
    index += Math.max(1, removed.length + added.length);
  }
  return words;
}

function run(patch: readonly PatchLine[], from: number, kind: CodeKind): PatchLine[] {
  const lines: PatchLine[] = [];
  for (let line = patch[from]; line?.kind === kind; line = patch[from + lines.length]) lines.push(line);
  return lines;
}
