/**
 * Pieces of the original text put to a new place: moved to another depth, with edits inside them applied.
 * What no edit names is copied; only the white space that opens its lines changes.
 */

import type { ts } from 'ts-morph';
import { lineStarts, type Range } from '../text.ts';
import { frozenLines, indentationAt } from './indentation.ts';

/** An edit inside a slice. */
export interface TextEdit extends Range {
  readonly text: string;
  /** Its lines are written for the depth where the slice was taken, and move with it; else its text is final. */
  readonly moves?: true;
}

/**
 * The text of `range` with `edits` applied, for a line that is indented by `to`.
 * The first line carries no indentation; the others are moved as far as the first one is.
 */
export function slice(file: ts.SourceFile, range: Range, to: string, edits: readonly TextEdit[] = []): string {
  const from = indentationAt(file, range.start);
  const inside = edits.filter((edit) => edit.start >= range.start && edit.end <= range.end);
  let result = '';
  let at = range.start;
  for (const edit of inside.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) throw new RangeError(`Edits of a slice overlap at ${edit.start}.`);
    result += moved(file, { start: at, end: edit.start }, from, to) + (edit.moves === true ? movedText(edit.text, from, to) : edit.text);
    at = edit.end;
  }
  return result + moved(file, { start: at, end: range.end }, from, to);
}

function moved(file: ts.SourceFile, range: Range, from: string, to: string): string {
  const text = file.text.slice(range.start, range.end);
  if (from === to || !/[\r\n]/.test(text)) return text;
  const frozen = frozenLines(file);
  let result = '';
  let at = 0;
  for (const start of lineStarts(text).slice(1)) {
    result += text.slice(at, start);
    at = start;
    if (frozen.has(range.start + start) || isBlankLine(file.text, range.start + start)) continue;
    const blank = /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
    result += blank.startsWith(from) ? to + blank.slice(from.length) : shifted(blank, from, to);
    at = start + blank.length;
  }
  return result + text.slice(at);
}

function movedText(text: string, from: string, to: string): string {
  return text.replace(/(\n)([ \t]+)/g, (_, end: string, blank: string) => {
    return end + (blank.startsWith(from) ? to + blank.slice(from.length) : shifted(blank, from, to));
  });
}

function isBlankLine(text: string, start: number): boolean {
  let at = start;
  while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at += 1;
  return text.charAt(at) === '\n' || text.charAt(at) === '\r';
}

/** A line that stands left of the first one moves as far as it can. */
function shifted(blank: string, from: string, to: string): string {
  const shift = to.length - from.length;
  return shift >= 0 ? to.slice(0, shift) + blank : blank.slice(0, Math.max(0, blank.length + shift));
}

/** New code, written at no indentation, for a place that is indented by `to`. Its first line carries none. */
export function indented(text: string, to: string): string {
  return text.replace(/\n(?=[^\r\n])/g, `\n${to}`);
}
