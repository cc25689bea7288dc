/** What the text of a computed path tells: where it begins, and how it ends. Variables with one definition are followed. */

import path from 'node:path';
import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { unwrapped } from './functions.ts';

export type PathStart =
  /** Somewhere in the folder (absolute), whatever is appended. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** In a package, or a module of Node: `'gulp-' + name`. `name` is what the text begins with, up to a slash. */
  | { readonly kind: 'package'; readonly name: string }
  /** It comes from where it cannot be followed. */
  | { readonly kind: 'unknown' };

/** How far a variable is followed from name to name. */
const maximumDepth = 5;

export function pathStart(program: Program, expression: ts.Expression, depth = 0): PathStart {
  const bare = unwrapped(expression);
  if (depth > maximumDepth) return unknown;
  const own = path.dirname(bare.getSourceFile().fileName);
  if (ts.isStringLiteralLike(bare)) return startOfText(own, bare.text);
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const start = pathStart(program, bare.left, depth + 1);
    // `__dirname + '/routes/' + name`
    return start.kind === 'folder' && ts.isStringLiteralLike(bare.right) ? within(start, folderPart(bare.right.text)) : start;
  }
  if (ts.isTemplateExpression(bare)) {
    if (bare.head.text !== '') return startOfText(own, bare.head.text);
    const [span] = bare.templateSpans;
    if (span === undefined) return unknown;
    const start = pathStart(program, span.expression, depth + 1);
    return start.kind === 'folder' ? within(start, folderPart(span.literal.text)) : start;
  }
  if (ts.isCallExpression(bare)) return startOfCall(program, bare, own, depth);
  if (!ts.isIdentifier(bare)) return unknown;
  if (bare.text === '__dirname') return { kind: 'folder', folder: own };
  const value = definition(program, bare);
  return value === undefined ? unknown : pathStart(program, value, depth + 1);
}

const unknown: PathStart = { kind: 'unknown' };

function startOfText(own: string, text: string): PathStart {
  if (text.startsWith('.')) return { kind: 'folder', folder: path.join(own, folderPart(text)) };
  const name = /^[^/\\]+/.exec(text)?.[0];
  return name === undefined ? unknown : { kind: 'package', name };
}

/** `path.join(__dirname, 'routes', name)`, `path.dirname(__filename)`. */
function startOfCall(program: Program, call: ts.CallExpression, own: string, depth: number): PathStart {
  const key = program.originOf(call.expression)?.key;
  const [first, ...rest] = call.arguments;
  if (first === undefined) return unknown;
  if (key === 'path.dirname' && ts.isIdentifier(first) && first.text === '__filename') return { kind: 'folder', folder: own };
  if (key !== 'path.join' && key !== 'path.resolve' && key !== 'path.normalize') return unknown;
  const start = pathStart(program, first, depth + 1);
  // A text of its own is a path in the working folder, not one beside the file.
  if (start.kind !== 'folder' || ts.isStringLiteralLike(first)) return unknown;
  let folder = start.folder;
  for (const part of rest) {
    if (!ts.isStringLiteralLike(part)) break;
    // `resolve` starts anew from what begins with a slash, `join` does not.
    if (key === 'path.resolve' && part.text.startsWith('/')) return unknown;
    folder = path.join(folder, part.text);
  }
  return { kind: 'folder', folder };
}

function within({ folder }: PathStart & { kind: 'folder' }, part: string): PathStart {
  return { kind: 'folder', folder: path.join(folder, part) };
}

/** Up to the last slash; what follows may go on. */
function folderPart(text: string): string {
  return text.slice(0, text.lastIndexOf('/') + 1);
}

/** The last part of a path, `whole` when it is all of a file's name: `package.json`, or only the end of it: `.json`, `-store`. */
export interface PathEnd {
  readonly text: string;
  readonly whole: boolean;
}

export function pathEnd(program: Program, expression: ts.Expression, depth = 0): PathEnd | undefined {
  const bare = unwrapped(expression);
  if (depth > maximumDepth) return undefined;
  if (ts.isStringLiteralLike(bare)) return endOfText(bare.text, false);
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.PlusToken) return pathEnd(program, bare.right, depth + 1);
  if (ts.isTemplateExpression(bare)) {
    const last = bare.templateSpans.at(-1);
    if (last === undefined) return undefined;
    return last.literal.text === '' ? pathEnd(program, last.expression, depth + 1) : endOfText(last.literal.text, false);
  }
  if (ts.isCallExpression(bare)) {
    const last = bare.arguments.at(-1);
    const key = program.originOf(bare.expression)?.key;
    if (last === undefined || (key !== 'path.join' && key !== 'path.resolve')) return undefined;
    return ts.isStringLiteralLike(last) ? endOfText(last.text, bare.arguments.length > 1) : pathEnd(program, last, depth + 1);
  }
  const value = ts.isIdentifier(bare) ? definition(program, bare) : undefined;
  return value === undefined ? undefined : pathEnd(program, value, depth + 1);
}

function endOfText(text: string, isPart: boolean): PathEnd | undefined {
  const name = path.posix.basename(text);
  if (name === '' || name === '.' || name === '..' || text.endsWith('/')) return undefined;
  return { text: name, whole: isPart || text.includes('/') };
}

function definition(program: Program, name: ts.Identifier): ts.Expression | undefined {
  const symbol = program.symbolOf(name);
  return symbol && program.definitionOf(symbol);
}
