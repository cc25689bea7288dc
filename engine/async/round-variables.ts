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

/** `fresh`: declared anew at the start of each round, and only set where the list stands: what `var` means in a function. */
type RoundVariable = 'var' | 'let' | 'fresh';

interface RoundVariables {
  readonly edits: readonly { readonly start: number; readonly end: number; readonly text: string }[];
  /** Names to be declared at the start of the body. */
  readonly fresh: readonly string[];
  /** Why the body cannot be a loop's. */
  readonly unfit: string | undefined;
}

/** @param lists all that the callback `fn` declares with `var` */
export function roundVariables(program: Program, fn: FunctionNode, lists: readonly ts.VariableDeclarationList[]): RoundVariables {
  const becomes = new Map(lists.map((list) => [list, roundVariable(program, fn, list)]));
  const fresh = new Set<string>();
  // A name that is declared twice is one variable: it is fresh in each place, with all that is declared there with it.
  for (let size = -1; size !== fresh.size;) {
    size = fresh.size;
    for (const [list, kind] of becomes) {
      const names = namesOf(list);
      if (kind !== 'fresh' && !names.some((name) => fresh.has(name))) continue;
      becomes.set(list, 'fresh');
      for (const name of names) fresh.add(name);
    }
  }
  const parameters = fn.parameters.flatMap((parameter) => boundNames(parameter.name).map(({ text }) => text));
  const isSimple = (list: ts.VariableDeclarationList): boolean => list.declarations.every(({ name }) => ts.isIdentifier(name));
  const unfit = lists.find(
    (list) => becomes.get(list) === 'fresh' && (!isSimple(list) || namesOf(list).some((name) => parameters.includes(name))),
  );
  return {
    edits: [...becomes].flatMap(([list, kind]) => (kind === 'let' ? [letEdit(list)] : kind === 'fresh' ? settingEdits(list) : [])),
    fresh: [...fresh],
    unfit: unfit && `\`${namesOf(unfit).join('`, `')}\` cannot be declared anew in each round`,
  };
}

function namesOf(list: ts.VariableDeclarationList): string[] {
  return list.declarations.flatMap(({ name }) => boundNames(name).map(({ text }) => text));
}

function letEdit(list: ts.VariableDeclarationList): RoundVariables['edits'][number] {
  const start = list.getStart();
  return { start, end: start + 'var'.length, text: 'let' };
}

/** `var a = 1, b, c = 2;` becomes `a = 1, c = 2;`, and `var a;` goes. */
function settingEdits(list: ts.VariableDeclarationList): RoundVariables['edits'] {
  const start = list.getStart();
  const ofLoop = ts.isForInStatement(list.parent) || ts.isForOfStatement(list.parent);
  const kept = ofLoop ? list.declarations : list.declarations.filter(({ initializer }) => initializer !== undefined);
  const [first] = kept;
  if (first === undefined) {
    // In the head of a `for` nothing is left; a statement goes with its line.
    if (!ts.isVariableStatement(list.parent)) return [{ start, end: list.end, text: '' }];
    const { text } = list.getSourceFile();
    const after = /^[ \t]*(?:\r?\n)?/.exec(text.slice(list.parent.end))?.[0] ?? '';
    const before = /[ \t]*$/.exec(text.slice(0, start))?.[0] ?? '';
    const isAlone = after.endsWith('\n') && /(?:^|[\n])$/.test(text.slice(0, start - before.length));
    return isAlone && (ts.isBlock(list.parent.parent) || ts.isCaseOrDefaultClause(list.parent.parent))
      ? [{ start: start - before.length, end: list.parent.end + after.length, text: '' }]
      : [{ start, end: list.end, text: ts.isBlock(list.parent.parent) ? '' : 'undefined' }];
  }
  const edits = [{ start, end: first.getStart(), text: '' }];
  let end = first.end;
  for (const declaration of list.declarations.slice(list.declarations.indexOf(first) + 1)) {
    if (!kept.includes(declaration)) edits.push({ start: end, end: declaration.end, text: '' });
    end = declaration.end;
  }
  return edits;
}

function roundVariable(program: Program, fn: FunctionNode, list: ts.VariableDeclarationList): RoundVariable {
  const names = list.declarations.flatMap((declaration) => boundNames(declaration.name).map((name) => ({ declaration, name })));
  const uses = (name: ts.Identifier): ts.Identifier[] => usesIn(program, fn, name);
  if (!names.every(({ name }) => isSetFirst(fn, list, uses(name)))) return 'fresh';
  if (names.every(({ declaration, name }) => mayStayVar(fn, list, declaration, name, uses(name)))) return 'var';
  return names.every(({ declaration, name }) => mayBeLet(fn, list, declaration, uses(name))) ? 'let' : 'fresh';
}

/** Every use comes after the declaration, in a block that begins with it, or in one that runs only after it. */
function isSetFirst(fn: FunctionNode, list: ts.VariableDeclarationList, uses: readonly ts.Identifier[]): boolean {
  const loop = ts.isForInStatement(list.parent) || ts.isForOfStatement(list.parent);
  const block = loop ? list.parent : blockOf(list.parent);
  if (block === undefined) return false;
  return uses.every((use) => use.pos >= list.pos && isWithin(use, block) && !isHoisted(fn, use));
}

/** A `var` of the function around does the same. */
function mayStayVar(
  fn: FunctionNode,
  list: ts.VariableDeclarationList,
  declaration: ts.VariableDeclaration,
  name: ts.Identifier,
  uses: readonly ts.Identifier[],
): boolean {
  const around = identifiersIn(fn.getSourceFile(), name.text).filter((identifier) => !isWithin(identifier, fn));
  const outer = enclosing(fn);
  if (around.some((identifier) => enclosing(identifier) === outer)) return false;
  const isOfLoop = ts.isForInStatement(list.parent) || ts.isForOfStatement(list.parent);
  return (declaration.initializer !== undefined || isOfLoop) && !isCaptured(fn, uses);
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
