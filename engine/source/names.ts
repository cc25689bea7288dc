/** Names for new bindings, and new names for old ones, so that nothing shadows and nothing is shadowed. */

import { ts } from 'ts-morph';
import { isScopeName } from '../imports/bindings.ts';
import type { Program } from '../program/program.ts';
import { identifiersNamed } from '../program/references.ts';
import type { TextEdit } from './slice.ts';

/**
 * May `name` be declared so that it is visible in all of `region`? Not when something there refers to, or declares, another
 * thing of that name.
 * @param own the symbols that the new binding replaces: their names in the region do not count
 */
export function isNameFree(program: Program, name: string, region: ts.Node, own: ReadonlySet<ts.Symbol>): boolean {
  if (reserved.has(name)) return false;
  return identifiersIn(region, name).every((identifier) => {
    const symbol = valueSymbol(program, identifier);
    return symbol !== undefined && own.has(symbol);
  });
}

/** Is `name` bound where `node` stands, by a declaration of the project? */
export function isNameVisible(program: Program, name: string, node: ts.Node): boolean {
  const symbol = program.checker.resolveName(name, node, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false);
  return symbol?.declarations?.some((declaration) => program.owns(declaration)) === true;
}

/** The first of the candidates that is free, else the first one with a number. */
export function firstFree(candidates: readonly string[], isFree: (name: string) => boolean): string {
  const found = candidates.find((name) => isIdentifierName(name) && isFree(name));
  if (found !== undefined) return found;
  const base = candidates[0] ?? 'value';
  for (let number = 2; ; number += 1) if (isFree(`${base}${number}`)) return `${base}${number}`;
}

/** Edits that give the thing a new name wherever `region` mentions it. */
export function renameEdits(program: Program, symbol: ts.Symbol, region: ts.Node, to: string): TextEdit[] {
  return identifiersIn(region, symbol.name)
    .filter((identifier) => valueSymbol(program, identifier) === symbol)
    .map((identifier) => replaceName(identifier, to));
}

/** `{ data }` becomes `{ data: userData }`; anything else is just replaced. */
export function replaceName(identifier: ts.Identifier, text: string): TextEdit {
  const { parent } = identifier;
  const start = identifier.getStart();
  const { end } = identifier;
  if (ts.isShorthandPropertyAssignment(parent) && parent.name === identifier) {
    return { start, end, text: `${identifier.text}: ${text}` };
  }
  if (
    ts.isBindingElement(parent) &&
    parent.name === identifier &&
    parent.propertyName === undefined &&
    parent.dotDotDotToken === undefined &&
    ts.isObjectBindingPattern(parent.parent)
  ) {
    return { start, end, text: `${identifier.text}: ${text}` };
  }
  return { start, end, text };
}

/** The identifiers in `region` that spell `name` as a name in scope. */
export function identifiersIn(region: ts.Node, name: string): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const inFile = identifiersNamed(region.getSourceFile(), name);
  for (let index = firstBehind(inFile, region.pos); index < inFile.length; index += 1) {
    const identifier = inFile[index];
    if (identifier === undefined || identifier.end > region.end) break;
    if (ts.isIdentifier(identifier) && isScopeName(identifier)) found.push(identifier);
  }
  return found;
}

/** The index of the first that begins at `pos` or behind it, of nodes in the order in which they begin. */
function firstBehind(nodes: readonly ts.Node[], pos: number): number {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((nodes[middle]?.pos ?? 0) < pos) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What an identifier stands for as a value: of `{ data }` the variable, not the property. */
export function valueSymbol(program: Program, identifier: ts.Identifier): ts.Symbol | undefined {
  const { parent } = identifier;
  if (ts.isShorthandPropertyAssignment(parent) && parent.name === identifier) {
    return program.checker.getShorthandAssignmentValueSymbol(parent);
  }
  return program.checker.getSymbolAtLocation(identifier);
}

/** The names that a parameter or variable binds. */
export function boundNames(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

function isIdentifierName(name: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && !reserved.has(name);
}

const reserved = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally for function if ' +
    'implements import in instanceof interface let new null package private protected public return static super switch this throw ' +
    'true try typeof var void while with yield arguments eval undefined NaN Infinity'
  ).split(' '),
);
