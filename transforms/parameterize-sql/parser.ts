/**
 * The SQL parser, loaded when the first query is looked at: compiling its WebAssembly costs a tenth of a second,
 * which a run without a query must not pay.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Dialect } from '../../catalog/sql-drivers.ts';

/** A tree as the parser gives it: enums are objects with one key, `span` has lines and columns of the text. */
export type Tree = null | string | number | boolean | readonly Tree[] | Branch;

/** An enum or a struct of the parser, or a place in one. */
export interface Branch {
  readonly [key: string]: Tree;
}

interface Glue {
  initSync(module: { readonly module: Uint8Array }): unknown;
  parse_sql(dialect: string, sql: string): Tree;
}

// The package's own entry can be initialised only asynchronously, and `find` is synchronous; the file below it can.
const entry = createRequire(import.meta.url).resolve('@guanmingchiu/sqlparser-ts');
const glueUrl = new URL('../wasm/sqlparser_rs_wasm.js', pathToFileURL(entry));
const glue = (await import(glueUrl.href)) as Glue;
let ready = false;

/** @returns the statements of `sql`, or undefined when it is not SQL of the dialect */
export function parseSql(sql: string, dialect: Dialect): readonly Tree[] | undefined {
  if (!ready) {
    glue.initSync({ module: readFileSync(new URL('sqlparser_rs_wasm_bg.wasm', glueUrl)) });
    ready = true;
  }
  try {
    const statements = glue.parse_sql(dialect, sql);
    return Array.isArray(statements) ? (statements as readonly Tree[]) : undefined;
  } catch {
    return undefined;
  }
}

export function isBranch(tree: Tree | undefined): tree is Branch {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree);
}

/** Offsets of the lines of `sql`, counted as the parser does: columns are code points, lines end at `\n`. */
export function offsetAt(sql: string, line: number, column: number): number {
  let start = 0;
  for (let current = 1; current < line; current += 1) start = sql.indexOf('\n', start) + 1;
  let offset = start;
  for (let current = 1; current < column; current += 1) offset += (sql.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  return offset;
}

/** Where the value that `tree` is the wrapper of begins and ends in `sql`. */
export function spanIn(sql: string, tree: Branch): { start: number; end: number } | undefined {
  const { span } = tree;
  if (!isBranch(span) || !isBranch(span.start) || !isBranch(span.end)) return undefined;
  const { start, end } = span;
  const numbers = [start.line, start.column, end.line, end.column];
  const [startLine, startColumn, endLine, endColumn] = numbers;
  if (typeof startLine !== 'number' || typeof startColumn !== 'number' || typeof endLine !== 'number' || typeof endColumn !== 'number') {
    return undefined;
  }
  return { start: offsetAt(sql, startLine, startColumn), end: offsetAt(sql, endLine, endColumn) };
}
