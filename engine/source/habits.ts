/** What new code has to look like to belong to its file. */

import { ts } from 'ts-morph';
import { dominantLineEnding } from '../text.ts';
import { indentationUnit } from './indentation.ts';

export interface SourceHabits {
  readonly unit: string;
  readonly eol: '\n' | '\r\n';
  /** `;` or nothing, for the end of a statement. */
  readonly semicolon: ';' | '';
  readonly quote: "'" | '"';
  /** How the file declares what does not change: `var` only in a file that knows nothing else. */
  readonly constant: 'const' | 'let' | 'var';
  readonly variable: 'let' | 'var';
}

const known = new WeakMap<ts.SourceFile, SourceHabits>();

export function sourceHabits(file: ts.SourceFile): SourceHabits {
  let habits = known.get(file);
  if (habits === undefined) known.set(file, (habits = readHabits(file)));
  return habits;
}

/** Those of the file; of a file that ends its statements in two ways, those of the function. */
export function habitsOf(fn: ts.Node): SourceHabits {
  const file = fn.getSourceFile();
  const habits = sourceHabits(file);
  let ended = 0;
  let bare = 0;
  const visit = (node: ts.Node): void => {
    const isEnded = endOf(file, node);
    if (isEnded === true) ended += 1;
    else if (isEnded === false) bare += 1;
    ts.forEachChild(node, visit);
  };
  visit(fn);
  return ended === bare ? habits : { ...habits, semicolon: bare > ended ? '' : ';' };
}

/** Does the statement end in a semicolon? Undefined where it need not, and for all that is none. */
function endOf(file: ts.SourceFile, node: ts.Node): boolean | undefined {
  if (!ts.isExpressionStatement(node) && !ts.isReturnStatement(node) && !ts.isVariableStatement(node)) return undefined;
  if (file.text.charAt(node.end - 1) === ';') return true;
  return file.text.startsWith('}', skipSpaces(file.text, node.end)) ? undefined : false;
}

function readHabits(file: ts.SourceFile): SourceHabits {
  let ended = 0;
  let bare = 0;
  let single = 0;
  let double = 0;
  const keywords = { const: 0, let: 0, var: 0 };
  const visit = (node: ts.Node): void => {
    const isEnded = endOf(file, node);
    if (isEnded === true) ended += 1;
    else if (isEnded === false) bare += 1;
    if (ts.isStringLiteral(node)) {
      if (file.text.charAt(node.getStart(file)) === "'") single += 1;
      else double += 1;
    }
    if (ts.isVariableDeclarationList(node)) {
      if ((node.flags & ts.NodeFlags.Const) !== 0) keywords.const += 1;
      else if ((node.flags & ts.NodeFlags.Let) !== 0) keywords.let += 1;
      else keywords.var += 1;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const old = keywords.var > 0 && keywords.const === 0 && keywords.let === 0;
  return {
    unit: indentationUnit(file),
    eol: dominantLineEnding(file.text),
    semicolon: bare > ended ? '' : ';',
    quote: double > single ? '"' : "'",
    // A file of `async` functions is read by engines that know `const`; only a file that insists on `var` keeps it.
    constant: old ? 'var' : keywords.let > 0 && keywords.const === 0 ? 'let' : 'const',
    variable: old ? 'var' : 'let',
  };
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at += 1;
  return at;
}
