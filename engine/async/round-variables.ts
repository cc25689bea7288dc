/**
 * What a `var` of a callback becomes in the body of a loop. In the callback it was new in each round, and invisible outside; as a `var`
 * of the function around, it would keep the value of the last round where it is read before it is set.
 */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { boundNames, identifiersIn, valueSymbol } from '../source/names.ts';
import { ancestors, isWithin } from './ancestors.ts';
import { enclosing } from './loop-places.ts';
import type { FunctionNode } from './functions.ts';

export type RoundVariable = 'var' | 'let' | { readonly unfit: string };

/** @param list declared in the callback `fn` with `var` */
export function roundVariable(program: Program, fn: FunctionNode, list: ts.VariableDeclarationList): RoundVariable {
  const names = list.declarations.flatMap((declaration) => boundNames(declaration.name).map((name) => ({ declaration, name })));
  const uses = (name: ts.Identifier): ts.Identifier[] => usesIn(program, fn, name);
  for (const { name } of names) {
    if (!isSetFirst(fn, list, uses(name))) return { unfit: `\`${name.text}\` may be read before \`var ${name.text}\`` };
  }
  const reasons = names
    .map(({ declaration, name }) => whyNotVar(fn, list, declaration, name, uses(name)))
    .filter((reason) => reason !== undefined);
  const [reason] = reasons;
  if (reason === undefined) return 'var';
  return names.every(({ declaration, name }) => mayBeLet(fn, list, declaration, uses(name))) ? 'let' : { unfit: reason };
}

/** Every use comes after the declaration, in a block that begins with it, or in one that runs only after it. */
function isSetFirst(fn: FunctionNode, list: ts.VariableDeclarationList, uses: readonly ts.Identifier[]): boolean {
  const loop = ts.isForInStatement(list.parent) || ts.isForOfStatement(list.parent);
  const block = loop ? list.parent : blockOf(list.parent);
  if (block === undefined) return false;
  return uses.every((use) => use.pos >= list.pos && isWithin(use, block) && !isHoisted(fn, use));
}

/** Why a `var` of the function around would do something else. */
function whyNotVar(
  fn: FunctionNode,
  list: ts.VariableDeclarationList,
  declaration: ts.VariableDeclaration,
  name: ts.Identifier,
  uses: readonly ts.Identifier[],
): string | undefined {
  const around = identifiersIn(fn.getSourceFile(), name.text).filter((identifier) => !isWithin(identifier, fn));
  const outer = enclosing(fn);
  if (around.some((identifier) => enclosing(identifier) === outer)) {
    return `\`${name.text}\` is also a name of the function around the callback`;
  }
  if (declaration.initializer === undefined && !ts.isForInStatement(list.parent) && !ts.isForOfStatement(list.parent)) {
    return `\`var ${name.text}\` begins each round undefined`;
  }
  return isCaptured(fn, uses) ? `\`${name.text}\` is captured in each round` : undefined;
}

/** With `let` it is new in each round, of a loop inside the callback too, and unknown outside its block. */
function mayBeLet(
  fn: FunctionNode,
  list: ts.VariableDeclarationList,
  declaration: ts.VariableDeclaration,
  uses: readonly ts.Identifier[],
): boolean {
  const scope = ts.isVariableStatement(list.parent) ? list.parent.parent : list.parent;
  if (ts.isCaseOrDefaultClause(scope)) return false;
  if (uses.filter((use) => isDeclared(use)).length > 1 || !uses.every((use) => isWithin(use, scope))) return false;
  if (list.declarations.some(({ initializer }) => initializer !== undefined && uses.some((use) => isWithin(use, initializer))))
    return false;
  const isOfLoop = !ts.isVariableStatement(list.parent) || isInLoop(fn, list);
  return !isOfLoop || (!isCaptured(fn, uses) && (declaration.initializer !== undefined || !ts.isVariableStatement(list.parent)));
}

function usesIn(program: Program, fn: FunctionNode, name: ts.Identifier): ts.Identifier[] {
  const symbol = valueSymbol(program, name);
  return identifiersIn(fn, name.text).filter((identifier) => valueSymbol(program, identifier) === symbol);
}

function isCaptured(fn: FunctionNode, uses: readonly ts.Identifier[]): boolean {
  return uses.some((use) => enclosing(use) !== fn);
}

function isDeclared({ parent }: ts.Identifier): boolean {
  return ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent) || ts.isFunctionDeclaration(parent);
}

function blockOf(node: ts.Node): ts.Node | undefined {
  for (const { parent } of ancestors(node)) if (ts.isBlock(parent)) return parent;
  return undefined;
}

/** In a function that may be called before the place where it stands. */
function isHoisted(fn: FunctionNode, use: ts.Node): boolean {
  for (const { parent } of ancestors(use)) {
    if (parent === fn) return false;
    if (ts.isFunctionDeclaration(parent)) return true;
  }
  return false;
}

function isInLoop(fn: FunctionNode, node: ts.Node): boolean {
  for (const { parent } of ancestors(node)) {
    if (parent === fn) return false;
    if (ts.isIterationStatement(parent, false)) return true;
  }
  return false;
}
