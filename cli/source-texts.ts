/** The files as they were before the run, for what reports say of single lines. A write has changed them on disk. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../engine/result.ts';
import { lineStarts, positionAt, type Position } from '../engine/text.ts';

export interface SourceTexts {
  /** Without its byte order mark; `undefined` when the file is gone by now. */
  readonly textOf: (path: string) => string | undefined;
  readonly positionOf: (path: string, offset: number) => Position | undefined;
  /** Without its line end; empty when there is no such line. */
  readonly lineOf: (path: string, line: number) => string;
}

interface Known {
  readonly text: string;
  readonly starts: readonly number[];
}

export function sourceTexts({ root, files }: Pick<RunResult, 'root' | 'files'>): SourceTexts {
  const before = new Map(files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.before] as const] : [])));
  const known = new Map<string, Known | undefined>();
  const of = (path: string): Known | undefined => {
    if (!known.has(path)) {
      const text = before.get(path) ?? readSource(join(root, path));
      known.set(path, text === undefined ? undefined : { text, starts: lineStarts(text) });
    }
    return known.get(path);
  };
  return {
    textOf: (path) => of(path)?.text,
    positionOf(path, offset) {
      const file = of(path);
      return file && positionAt(file.starts, offset);
    },
    lineOf(path, line) {
      const file = of(path);
      return file?.text.slice(file.starts[line - 1] ?? file.text.length, file.starts[line]).replace(/[\r\n\u2028\u2029]+$/, '') ?? '';
    },
  };
}

/** A report says less without the file, but it can be made. */
function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return undefined;
  }
}
