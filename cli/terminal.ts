/** Where output goes: whether it is a terminal, how wide it is, whether it may be coloured, and which characters are safe to send there. */

import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Colors = ReturnType<typeof picocolors.createColors>;

/** A stream of the process, or what stands for one in a test. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Everything that a command learns about where it was started, and all it may write to. */
export interface World {
  readonly cwd: string;
  readonly env: Environment;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly interruption: Interruption;
}

/** Ctrl-C. */
export interface Interruption {
  /** Aborted by the first Ctrl-C: the work stops where it leaves every file whole. */
  readonly signal: AbortSignal;
  /** The work is done: from here on Ctrl-C ends the process as it ends any other, and the shell sees 130. */
  over(): void;
}

export const DEFAULT_WIDTH = 80;
const WIDEST = 100;

/** The width for tables and wrapped text; lines longer than a hundred characters are hard to read. */
export function textWidth(stream: OutputStream): number {
  return Math.min(stream.isTTY && stream.columns ? stream.columns : DEFAULT_WIDTH, WIDEST);
}

/** Whether an environment variable is set to something else than off. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}

export function isCi(env: Environment): boolean {
  return isOn(env.CI);
}

/** `--no-color` and `NO_COLOR` (https://no-color.org) win over `FORCE_COLOR`, which wins over what the stream is. */
export function colorsFor(stream: OutputStream, env: Environment, allowed: boolean): Colors {
  return picocolors.createColors(allowed && wantsColor(stream, env));
}

function wantsColor(stream: OutputStream, env: Environment): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR === '' || isOn(env.FORCE_COLOR);
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/**
 * C0 and C1 controls, and the marks that reorder text or end a line without being seen: in a file name or a source
 * they could move the cursor, retitle the window or show another program than the one that runs.
 */

const unsafeCharacters = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** For a text that stands on one line: nothing but what can be seen. */
export function escapedLine(text: string): string {
  return text.replace(unsafeCharacters, visible);
}

/** For a line of source: tabs are wanted. */
export function escapedSource(line: string): string {
  return line.replace(unsafeCharacters, (character) => (character === '\t' ? character : visible(character)));
}

/** For a report in JSON, where these escapes mean the characters themselves. */
export function escapedJson(json: string): string {
  return json.replace(unsafeCharacters, (character) => (character === '\n' ? character : unicodeEscape(character)));
}

const namedEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

function visible(character: string): string {
  return namedEscapes[character] ?? unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Words put on lines of at most `width` characters, colours not counted. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    const length = stripVTControlCharacters(word).length;
    if (line !== '' && used + 1 + length > width) {
      lines.push(line);
      line = word;
      used = length;
    } else {
      used += line === '' ? length : length + 1;
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** "1 file", "2 files". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}
