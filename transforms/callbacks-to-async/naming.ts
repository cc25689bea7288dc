/**
 * Names in the scope that callbacks are merged into. A callback's parameters and variables keep their names where nothing else
 * has them; else they take one from the call that gives them, and a number only when nothing better is left.
 */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { boundNames, firstFree, identifiersIn, isNameFree, isNameVisible, renameEdits } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import type { Flow } from './flow.ts';
import { candidatesFor, candidatesFrom } from './names-from-calls.ts';
import { Reuse } from './reuse.ts';
import type { CallbackSite, InlineCallback } from './sites.ts';

export interface Naming {
  readonly edits: readonly TextEdit[];
  /** The name that the binding has now. */
  nameOf(identifier: ts.Identifier): string;
  /** Where the binding gets its value: as a new one, one that is given others later, or one that is there already. */
  standOf(identifier: ts.Identifier): 'new' | 'held' | 'reused';
}

/** A function whose code moves into the one around it. */
export interface MergedFunction {
  readonly fn: InlineCallback;
  /** The parameters that become bindings there; the others are gone. */
  readonly values: readonly ts.ParameterDeclaration[];
  /** The call that gives the values: names are taken from it. */
  readonly source: CallbackSite | undefined;
  /** A call whose result is the first of the values. */
  readonly giver?: ts.CallExpression | undefined;
  /** The lines that its code becomes part of as a whole. */
  readonly lines?: number;
  /** Nothing comes between the giver and the value but an `await`. */
  readonly isDirect?: boolean;
  /** It becomes a block of its own, in which others' variables are assigned: its names stay, and theirs must differ. */
  readonly isBlock?: boolean;
}

export function nameFlow(program: Program, flow: Flow, functionWide: boolean): Naming {
  const sites = new Map(flow.sites.map((site) => [site.callback, site]));
  const merged = flow.merged.map((fn): MergedFunction => ({
    fn,
    values: flow.inlined.has(fn) ? fn.parameters.slice(0, -1) : flow.captures.has(fn) ? fn.parameters : fn.parameters.slice(1),
    source: flow.inlined.get(fn) ?? sites.get(fn),
  }));
  const executor: MergedFunction[] = flow.executor === undefined ? [] : [{ fn: flow.executor, values: [], source: undefined }];
  return nameMerged(program, flow.fn, [...executor, ...merged], { functionWide, reserved: flow.names, aliases: flow.aliases });
}

interface Surroundings {
  /** The bindings will be declared by `var`, and are seen in the whole function. */
  readonly functionWide: boolean;
  /** Names that others of the function have. */
  readonly reserved?: readonly string[];
  /** Parameters that are the same as variables before them, which take their names. */
  readonly aliases?: ReadonlyMap<ts.Symbol, ts.Symbol>;
  /** The code around stays as it is: its variables cannot be given other values. */
  readonly isFragment?: boolean;
}

export function nameMerged(
  program: Program,
  host: FunctionNode,
  merged: readonly MergedFunction[],
  { functionWide, reserved = [], aliases = new Map(), isFragment = false }: Surroundings,
): Naming {
  const names = new Map<ts.Symbol, string>();
  const edits: TextEdit[] = [];
  const taken: { readonly name: string; readonly region: ts.Node }[] = reserved.map((name) => ({ name, region: host }));
  const isTaken = (name: string, region: ts.Node): boolean =>
    taken.some((one) => one.name === name && (isWithin(region, one.region) || isWithin(one.region, region)));
  // What a value is called where it is given to is what a person would call it.
  const wanted = new Map([...aliases].map(([parameter, value]) => [value, parameter.name]));
  // Those that come later are told apart from the earlier ones when it is their turn.
  const settled = new Set<ts.Symbol>();
  const reuse = new Reuse(program, isFragment ? undefined : host);
  for (const { fn, values, giver, lines, isDirect, isBlock } of merged) {
    if (isBlock === true) continue;
    if (lines !== undefined) reuse.note(fn, lines, isDirect === true ? giver : undefined);
    const inside = [...values.flatMap((parameter) => boundNames(parameter.name)), ...localsOf(fn)];
    for (const identifier of [...fn.parameters.map(({ name: own }) => own), ...inside]) {
      const symbol = program.symbolOf(identifier);
      if (symbol !== undefined) settled.add(symbol);
    }
  }
  const functions = new Set<ts.Node>(merged.map(({ fn }) => fn));
  for (const { fn, values, source, giver, isBlock } of merged) {
    if (isBlock === true) continue;
    const bound = new Set(values.flatMap((parameter) => boundNames(parameter.name)));
    for (const identifier of [...bound, ...localsOf(fn)]) {
      const symbol = program.symbolOf(identifier);
      if (symbol === undefined || names.has(symbol)) continue;
      const region = functionWide || isVarDeclared(identifier) ? host : regionOf(host, fn);
      const same = aliases.get(symbol);
      const sameName = same && names.get(same);
      if (sameName !== undefined) {
        names.set(symbol, sameName);
        if (sameName !== identifier.text) edits.push(...renameEdits(program, symbol, fn, sameName));
        continue;
      }
      const text = wanted.get(symbol) ?? identifier.text;
      if (!isTaken(text, region) && isFreeFor(program, text, region, settled, (declaration) => isApart(declaration, host, fn, functions))) {
        names.set(symbol, text);
        taken.push({ name: text, region });
        if (text === identifier.text) reuse.keep(symbol);
        else edits.push(...renameEdits(program, symbol, fn, text));
        continue;
      }
      if (text === identifier.text && reuse.take(symbol)) {
        names.set(symbol, text);
        continue;
      }
      const candidates = !bound.has(identifier)
        ? []
        : source !== undefined
          ? candidatesFor(source, text)
          : giver !== undefined
            ? candidatesFrom(giver, text)
            : [];
      const isFree = (name: string): boolean =>
        name !== text &&
        !taken.some((one) => one.name === name) &&
        isNameFree(program, name, host, new Set()) &&
        !isNameVisible(program, name, host);
      const name = candidates.length === 0 ? numbered(text, isFree) : firstFree([...candidates, ...numberedList(text)], isFree);
      names.set(symbol, name);
      taken.push({ name, region });
      edits.push(...renameEdits(program, symbol, fn, name));
    }
  }
  return {
    edits: [...edits, ...reuse.edits(sourceHabits(host.getSourceFile()).variable)],
    nameOf: (identifier) => {
      const symbol = program.symbolOf(identifier);
      return (symbol && names.get(symbol)) ?? identifier.text;
    },
    standOf: (identifier) => {
      const symbol = program.symbolOf(identifier);
      if (symbol === undefined) return 'new';
      return reuse.isReused(symbol) ? 'reused' : reuse.isHeld(symbol) ? 'held' : 'new';
    },
  };
}

function isVarDeclared(identifier: ts.Identifier): boolean {
  let node: ts.Node = identifier;
  while (ts.isBindingElement(node.parent) || ts.isObjectBindingPattern(node.parent) || ts.isArrayBindingPattern(node.parent))
    node = node.parent;
  const list = ts.isVariableDeclaration(node.parent) ? node.parent.parent : undefined;
  return list !== undefined && ts.isVariableDeclarationList(list) && (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

/**
 * May the binding keep its name in the larger scope? Functions that stay functions and have a binding of the same name were apart
 * from it before, and still are.
 * @param settled bindings that are gone, or that are given their names one after the other
 */
function isFreeFor(
  program: Program,
  name: string,
  region: ts.Node,
  settled: ReadonlySet<ts.Symbol>,
  isApartFrom: (declaration: ts.Node) => boolean,
): boolean {
  return identifiersIn(region, name).every((identifier) => {
    // A parameter's name in a type binds nothing.
    if (ts.isParameter(identifier.parent) && ts.isFunctionTypeNode(identifier.parent.parent)) return true;
    // `function total() { … const total = … }`: the callback's was not seen apart from the function's before, either.
    if (identifier.parent === region && isFunctionNode(region) && region.name === identifier) return true;
    const symbol = program.checker.getSymbolAtLocation(identifier);
    const value = ts.isShorthandPropertyAssignment(identifier.parent) ? program.symbolOf(identifier) : symbol;
    if (value !== undefined && settled.has(value)) return true;
    const declaration = value?.declarations?.[0];
    if (declaration === undefined || !isWithin(declaration, region)) return false;
    return isApartFrom(declaration);
  });
}

/** Is what is declared seen in a function that stays one, or in a block inside the callback, and nowhere that others' code may come to? */
function isApart(declaration: ts.Node, host: FunctionNode, callback: ts.Node, functions: ReadonlySet<ts.Node>): boolean {
  for (let node = declaration.parent; !ts.isSourceFile(node); node = node.parent) {
    if (isFunctionNode(node)) return node !== host && (!functions.has(node) || isWithin(node, callback));
  }
  return false;
}

/** Where the merged code stands: the block of the function, or one inside it, that holds the outermost call. */
function regionOf(fn: FunctionNode, callback: InlineCallback): ts.Node {
  let region: ts.Node = fn;
  for (let node: ts.Node = callback; node !== fn; node = node.parent) {
    // A `try` that only passes errors on is opened.
    if (ts.isBlock(node) && ts.isTryStatement(node.parent)) continue;
    if ((ts.isBlock(node) && !isFunctionNode(node.parent)) || ts.isCaseOrDefaultClause(node)) region = node;
    if (ts.isBlock(node) && node.parent === fn) region = region === node ? fn : region;
    if (isFunctionNode(node)) region = fn;
  }
  return region;
}

/** What the body of a callback declares in its own scope: at its top, and by `var` anywhere. */
function localsOf(callback: InlineCallback): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node, top: boolean): void => {
    if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) {
      if (top && node.name !== undefined) found.push(node.name);
      return;
    }
    if (isFunctionNode(node) || ts.isClassLike(node)) return;
    if (ts.isVariableDeclarationList(node)) {
      const isVar = (node.flags & ts.NodeFlags.BlockScoped) === 0;
      if (isVar || (top && ts.isVariableStatement(node.parent))) {
        for (const declaration of node.declarations) found.push(...boundNames(declaration.name));
      }
    }
    const deeper = top && (ts.isVariableStatement(node) || ts.isVariableDeclarationList(node));
    ts.forEachChild(node, (child) => visit(child, deeper));
  };
  if (ts.isBlock(callback.body)) for (const statement of callback.body.statements) visit(statement, true);
  return found;
}

function numberedList(name: string): string[] {
  return Array.from({ length: 20 }, (_, index) => `${name}${index + 2}`);
}

function numbered(name: string, isFree: (name: string) => boolean): string {
  for (let number = 2; ; number += 1) if (isFree(`${name}${number}`)) return `${name}${number}`;
}
