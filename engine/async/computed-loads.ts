/** `require(expression)`: which files it may load, and what becomes of the module that it gives. */

import path from 'node:path';
import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { loadsIn } from '../program/tree-index.ts';
import { pathEnd, pathStart, type PathEnd, type PathStart } from './computed-paths.ts';
import { argumentOf, outermost } from './functions.ts';

/** A `require(expression)`, and what is known of the path. */
export interface ComputedLoad {
  readonly call: ts.CallExpression;
  readonly start: PathStart;
  readonly end: PathEnd | undefined;
}

/** What becomes of a module that is loaded in a way that no symbol tells. */
export type Reach =
  /** Its members are read by their names, where the name index finds them. */
  | 'members'
  /** It is called or constructed itself, too. */
  | 'called'
  /** It is passed on to where that cannot be seen. */
  | 'anywhere';

export function mayLoad({ call, start, end }: ComputedLoad, file: ts.SourceFile): boolean {
  if (call.getSourceFile() === file || !mayBegin(start, call, file.fileName)) return false;
  if (end === undefined) return true;
  const { base, name, dir } = path.parse(file.fileName);
  if (!end.whole) return [base, name, path.basename(dir)].some((one) => one.endsWith(end.text));
  return base === end.text || name === end.text || (name === 'index' && path.basename(dir) === end.text);
}

function mayBegin(start: PathStart, call: ts.CallExpression, fileName: string): boolean {
  switch (start.kind) {
    case 'folder':
      return isIn(start.folder, fileName);
    case 'package':
      // A folder that is looked for by `NODE_PATH`, or by a mapping of paths.
      return fileName.includes(`${path.sep}${start.name}`);
    case 'unknown':
      // Code that loads what it is told lies above what it is told of.
      return isIn(path.dirname(call.getSourceFile().fileName), fileName);
  }
}

function isIn(folder: string, fileName: string): boolean {
  return fileName.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

export function computedLoads(program: Program, file: ts.SourceFile): ComputedLoad[] {
  return callsOfComputed(file).map(({ call, first }) => ({ call, start: pathStart(program, first), end: pathEnd(program, first) }));
}

interface ComputedCall {
  readonly call: ts.CallExpression;
  readonly first: ts.Expression;
}

const callsByFile = new WeakMap<ts.SourceFile, readonly ComputedCall[]>();

/** Kept by tree: which they are does not depend on other files. */
function callsOfComputed(file: ts.SourceFile): readonly ComputedCall[] {
  const known = callsByFile.get(file);
  if (known !== undefined) return known;
  const found: ComputedCall[] = [];
  for (const node of loadsIn(file)) {
    if (!ts.isCallExpression(node)) continue;
    const [first] = node.arguments;
    if (first !== undefined && !ts.isStringLiteralLike(first)) found.push({ call: node, first });
  }
  callsByFile.set(file, found);
  return found;
}

/** Follows the value of the call through the variables that hold it. */
export function reachOf(program: Program, load: ts.CallExpression): Reach {
  const seen = new Set<ts.Node>();
  const isImport = load.expression.kind === ts.SyntaxKind.ImportKeyword;
  let reach: Reach = 'members';
  const name = (identifier: ts.Node): void => {
    const symbol = program.symbolOf(identifier);
    if (symbol === undefined || isExported(symbol)) {
      reach = 'anywhere';
      return;
    }
    for (const use of program.references.to(symbol)) if (use !== identifier) value(use);
  };
  const value = (expression: ts.Expression): void => {
    const whole = outermost(expression);
    if (seen.has(whole) || reach === 'anywhere') return;
    seen.add(whole);
    const { parent } = whole;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === whole) {
      // `load.call(this)` calls it; `module.default` is the module itself to a transpiler.
      if (/^(call|apply|bind)$/.test(parent.name.text)) reach = 'called';
      return;
    }
    if (ts.isElementAccessExpression(parent) && parent.expression === whole) {
      if (!ts.isStringLiteralLike(parent.argumentExpression)) reach = 'anywhere';
    } else if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === whole) {
      reach = 'called';
    } else if (ts.isVariableDeclaration(parent)) {
      if (parent.name === whole) return;
      if (ts.isIdentifier(parent.name)) name(parent.name);
      else if (!ts.isObjectBindingPattern(parent.name) || parent.name.elements.some((element) => element.dotDotDotToken !== undefined)) {
        reach = 'anywhere';
      }
    } else if (ts.isBinaryExpression(parent)) {
      operand(whole, parent);
    } else if (ts.isConditionalExpression(parent)) {
      if (parent.condition !== whole) value(parent);
    } else if (!isOnlyTested(whole, parent) && !isLookedAt(program, expression)) {
      reach = 'anywhere';
    }
  };
  const operand = (whole: ts.Node, parent: ts.BinaryExpression): void => {
    const { kind } = parent.operatorToken;
    if (kind === ts.SyntaxKind.EqualsToken) {
      if (parent.left === whole) return;
      if (!ts.isIdentifier(parent.left)) {
        reach = 'anywhere';
        return;
      }
      name(parent.left);
      value(parent);
    } else if (
      kind === ts.SyntaxKind.BarBarToken ||
      kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      kind === ts.SyntaxKind.QuestionQuestionToken
    ) {
      value(parent);
    }
  };
  if (!isImport) value(load);
  else if (ts.isAwaitExpression(load.parent)) value(load.parent);
  else reach = 'anywhere';
  return reach;
}

function isExported(symbol: ts.Symbol): boolean {
  return symbol.declarations?.every((one) => ts.isVariableDeclaration(one) && !isExportedVariable(one)) !== true;
}

function isExportedVariable(declaration: ts.VariableDeclaration): boolean {
  const statement = declaration.parent.parent;
  return ts.isVariableStatement(statement) && statement.modifiers !== undefined;
}

function isOnlyTested(value: ts.Node, parent: ts.Node): boolean {
  if (ts.isTypeOfExpression(parent) || ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent)) return true;
  return (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) && parent.expression === value;
}

/** Handed to a function of the language that does nothing but look at it. */
function isLookedAt(program: Program, value: ts.Expression): boolean {
  const argument = argumentOf(value);
  return argument !== undefined && program.originOf(argument.call.expression)?.key === 'global.Object.keys';
}
