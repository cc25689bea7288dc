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
 * @param from the indentation that becomes `to`, where it is not that of the first line
 */
export function slice(
  file: ts.SourceFile,
  range: Range,
  to: string,
  edits: readonly TextEdit[] = [],
  from = indentationAt(file, range.start),
): string {
  const code = codeBehindComments(file, range);
  if (code !== undefined && indentationAt(file, code.line) !== indentationAt(file, range.start)) {
    // A comment that stands at a depth of its own leaves the code where it belongs.
    const comments = slice(file, { start: range.start, end: code.line }, to, edits);
    return comments + to + slice(file, { start: code.start, end: range.end }, to, edits);
  }
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

/** Where the code begins that follows comments on lines of their own, and its line. */
function codeBehindComments(file: ts.SourceFile, { start, end }: Range): { readonly start: number; readonly line: number } | undefined {
  const { text } = file;
  let at = start;
  let line: number | undefined;
  while (text.startsWith('//', at) || text.startsWith('/*', at)) {
    const close = text.startsWith('//', at) ? text.slice(at, end).search(/[\r\n]|$/) : text.slice(at, end).indexOf('*/') + 2;
    const gap = /^[ \t]*(?:\r\n|[\r\n])\s*/.exec(text.slice(at + close, end))?.[0];
    if (gap === undefined) return undefined;
    at += close + gap.length;
    line = Math.max(text.lastIndexOf('\n', at - 1), text.lastIndexOf('\r', at - 1)) + 1;
  }
  return line === undefined || line >= end ? undefined : { start: at, line };
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
