/**
 * The text of one source file, and the conversion between offsets and lines.
 * Offsets are UTF-16 code units into the text without its byte order mark;
 * lines and columns are 1-based.
 */

/** A half-open range `[start, end)` of a file's text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A range of a file; `path` is relative to the root, with forward slashes. */
export interface Span extends Range {
  readonly path: string;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A file as it was read: the text without its byte order mark, and whether there was one. */
export interface SourceText {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly bom: boolean;
  /** It is read for what it calls, and never changed. */
  readonly machineWritten?: true;
}

/** Offsets at which the lines of `text` begin. LF, CRLF, CR and the Unicode separators end a line, as in ECMAScript. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 13 && text.charCodeAt(index + 1) === 10) index += 1;
    if (code === 10 || code === 13 || code === 0x2028 || code === 0x2029) starts.push(index + 1);
  }
  return starts;
}

/** The line and column of `offset`, by binary search in `starts` (from {@link lineStarts}). */
export function positionAt(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The line ending that `text` uses most; LF when it has none. */
export function dominantLineEnding(text: string): '\n' | '\r\n' {
  let crlf = 0;
  let lf = 0;
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) {
    if (text.charCodeAt(index - 1) === 13) crlf += 1;
    else lf += 1;
  }
  return crlf > lf ? '\r\n' : '\n';
}
