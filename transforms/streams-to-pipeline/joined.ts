/** What is made of the whole of what was gathered: the expressions that `buffer`, `text` or `json` of `stream/consumers` gives at once. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';

/** `JSON.parse(body)`, of nothing else. */
export function parsedJson(program: Program, value: ts.Expression): ts.CallExpression | undefined {
  const { parent } = value;
  if (!ts.isCallExpression(parent) || parent.arguments.length !== 1 || parent.arguments[0] !== value) return undefined;
  return program.originOf(parent.expression)?.key === 'global.JSON.parse' ? parent : undefined;
}

/** `Buffer.concat(chunks)` */
export function joinedBytes(program: Program, value: ts.Expression): ts.CallExpression | undefined {
  const { parent } = value;
  if (!ts.isCallExpression(parent) || parent.arguments.length !== 1 || parent.arguments[0] !== value) return undefined;
  const key = program.originOf(parent.expression)?.key;
  return key === 'global.Buffer.concat' || key === 'buffer.Buffer.concat' ? parent : undefined;
}

/** `….toString()` in UTF-8. */
export function decoded(value: ts.Expression): ts.CallExpression | undefined {
  const access = value.parent;
  if (!ts.isPropertyAccessExpression(access) || access.name.text !== 'toString' || !ts.isCallExpression(access.parent)) return undefined;
  const [encoding, ...more] = access.parent.arguments;
  const isUtf8 = encoding === undefined || (ts.isStringLiteralLike(encoding) && /^utf-?8$/i.test(encoding.text));
  return isUtf8 && more.length === 0 ? access.parent : undefined;
}

/** `chunks.join('')` */
export function joinedText(value: ts.Expression): ts.CallExpression | undefined {
  const access = value.parent;
  if (!ts.isPropertyAccessExpression(access) || access.name.text !== 'join' || !ts.isCallExpression(access.parent)) return undefined;
  const [separator] = access.parent.arguments;
  return separator !== undefined && ts.isStringLiteralLike(separator) && separator.text === '' ? access.parent : undefined;
}
