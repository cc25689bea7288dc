/** Reads a file that may be a source, once, and says what it turned out to be. */

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describeSystemError, errorCode } from '../errors.ts';
import type { SourceText } from '../text.ts';
import { decode, foreignFormat } from './decode.ts';
import { recogniseMachineWritten } from './machine-written.ts';
import type { MachineWritten } from './machine-written.ts';
import { isSourceName } from './names.ts';
import type { FoundFile } from './walk.ts';

export type ReadResult =
  | { readonly kind: 'source'; readonly source: SourceText }
  | { readonly kind: 'machine-written'; readonly by: MachineWritten; readonly source: SourceText }
  /** By its name it could have been a source, or a person took it for one. */
  | { readonly kind: 'foreign'; readonly detail: string }
  | { readonly kind: 'failed'; readonly error: string }
  /** A file without extension that is no script for Node, like thousands of others. */
  | { readonly kind: 'nothing' };

/** Larger files are judged by their beginning first, so that a video called `.ts` is not read as a whole. */
const largeFile = 1024 * 1024;
const headSize = 64 * 1024;
const largestFile = 64 * 1024 * 1024;

interface TooLarge {
  readonly megabytes: number;
}

export function read(root: string, file: FoundFile): ReadResult {
  // TypeScript takes a backslash in a name for a slash, and would look for another file.
  if (file.path.includes('\\') && isSourceName(file.path))
    return { kind: 'failed', error: 'has a backslash in its name, which is not supported; rename it' };
  let bytes: Buffer | TooLarge;
  try {
    bytes = readBytes(join(root, file.path), isSourceName(file.path));
  } catch (error) {
    return { kind: 'failed', error: explain(error, file.path) };
  }
  if ('megabytes' in bytes) {
    return { kind: 'failed', error: `is too large to be source text (${bytes.megabytes} MB); leave it out with --ignore` };
  }
  if (!isSourceName(file.path) && !/^#!.*\bnode(?:js)?\b/.test(bytes.toString('latin1', 0, 200))) {
    return file.named ? { kind: 'foreign', detail: 'it has no extension, and no first line that calls node' } : { kind: 'nothing' };
  }
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) return { kind: 'foreign', detail: `it is ${foreign}` };
  const decoded = decode(bytes);
  if (decoded.kind === 'unreadable') return { kind: 'failed', error: decoded.error };
  const by = file.named ? undefined : recogniseMachineWritten(decoded.text);
  const source = { path: file.path, text: decoded.text, bom: decoded.bom };
  if (by === undefined) return { kind: 'source', source };
  return { kind: 'machine-written', by, source: { ...source, machineWritten: true } };
}

/** The whole file; of one that its beginning shows to be no source, only that. */
function readBytes(path: string, sourceName: boolean): Buffer | TooLarge {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (sourceName && size <= largeFile) return readFileSync(descriptor);
    const head = Buffer.alloc(headSize);
    const length = readSync(descriptor, head, 0, headSize, 0);
    const beginning = head.subarray(0, length);
    const isScript = sourceName || beginning.toString('latin1', 0, 2) === '#!';
    if (!isScript || beginning.includes(0)) return beginning;
    return size > largestFile ? { megabytes: Math.round(size / 1024 / 1024) } : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function explain(error: unknown, path: string): string {
  if (errorCode(error) === 'ENOENT') {
    return path.includes('\uFFFD') ? 'has a name that is not valid UTF-8; rename it' : 'was deleted before it could be read';
  }
  return `cannot be read: ${describeSystemError(error)}`;
}
