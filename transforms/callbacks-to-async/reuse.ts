/**
 * A variable that is given a value again: `state = await job.getState()`, in lines that ask for the state twice. Only what the same
 * call gives goes into it, for another value deserves another name.
 */

import { ts } from 'ts-morph';
import type { FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import { functionAround } from './chains/uses.ts';
import type { InlineCallback } from './sites.ts';

interface Holding {
  readonly name: ts.Identifier;
  readonly symbol: ts.Symbol;
  readonly fn: FunctionNode;
  /** Bindings with the same stand in the same lines. */
  readonly lines: number;
  readonly call: ts.CallExpression;
  /** Where the binding is declared by a statement of its own. */
  readonly list: ts.VariableDeclarationList | undefined;
}

export class Reuse {
  readonly #program: Program;
  readonly #host: FunctionNode | undefined;
  readonly #candidates = new Map<ts.Symbol, Holding>();
  readonly #holders = new Map<string, Holding[]>();
  readonly #held = new Set<ts.Symbol>();
  readonly #reused = new Set<ts.Symbol>();

  /** @param host the function that the code moves into, when its own variables may be given other values */
  constructor(program: Program, host: FunctionNode | undefined) {
    this.#program = program;
    this.#host = host;
  }

  /**
   * The bindings of a function that moves into `lines` as a whole.
   * @param giver the call that its one parameter is the awaited value of
   */
  note(fn: InlineCallback, lines: number, giver: ts.CallExpression | undefined): void {
    const [parameter, ...others] = fn.parameters;
    if (parameter !== undefined && others.length === 0 && giver !== undefined && isPlain(parameter)) {
      this.#note(parameter.name, fn, lines, giver, undefined);
    }
    if (!ts.isBlock(fn.body)) return;
    for (const statement of fn.body.statements) {
      const list = ts.isVariableStatement(statement) ? statement.declarationList : undefined;
      const [declaration, ...more] = list?.declarations ?? [];
      if (declaration === undefined || more.length > 0 || declaration.type !== undefined) continue;
      const call = awaitedCall(declaration.initializer);
      if (call !== undefined) this.#note(declaration.name, fn, lines, call, list);
    }
  }

  #note(
    name: ts.BindingName,
    fn: InlineCallback,
    lines: number,
    call: ts.CallExpression,
    list: ts.VariableDeclarationList | undefined,
  ): void {
    const symbol = this.#program.symbolOf(name);
    if (symbol !== undefined && ts.isIdentifier(name)) this.#candidates.set(symbol, { name, symbol, fn, lines, call, list });
  }

  /** The binding has got its own name. */
  keep(symbol: ts.Symbol): void {
    const own = this.#candidates.get(symbol);
    if (own !== undefined) this.#holders.set(symbol.name, [...(this.#holders.get(symbol.name) ?? []), own]);
  }

  /** Does a variable of its name take its value? */
  take(symbol: ts.Symbol): boolean {
    const own = this.#candidates.get(symbol);
    if (own === undefined) return false;
    const holders = this.#holders.get(symbol.name) ?? this.#ofHost(own);
    const [first] = holders;
    if (first === undefined || !holders.every((one) => this.#isSame(one, own) && !this.#isCaptured(one))) return false;
    this.#held.add(first.symbol);
    this.#reused.add(symbol);
    this.#holders.set(symbol.name, [...holders, own]);
    return true;
  }

  /** A variable of the function itself, which nobody looks at any more where the code stands. */
  #ofHost({ symbol, fn, lines }: Holding): Holding[] {
    const host = this.#host;
    if (host === undefined) return [];
    const others = identifiersIn(host, symbol.name).filter((one) => one.end <= fn.pos || one.pos >= fn.end);
    const declared = others.find((one) => ts.isVariableDeclaration(one.parent) && one.parent.name === one && isSeen(one.parent, fn));
    if (declared === undefined || !ts.isVariableDeclaration(declared.parent)) return [];
    const own = this.#program.symbolOf(declared);
    const { parent } = declared;
    const list = parent.parent;
    if (own === undefined || !ts.isVariableDeclarationList(list) || parent.type !== undefined) return [];
    if (others.some((one) => one.pos >= fn.end && this.#program.symbolOf(one) === own)) return [];
    if (identifiersIn(fn, symbol.name).some((one) => this.#program.symbolOf(one) === own)) return [];
    const call = awaitedCall(parent.initializer);
    if (call === undefined || (list.declarations.length > 1 && (list.flags & ts.NodeFlags.Const) !== 0)) return [];
    this.#candidates.set(own, { name: declared, symbol: own, fn: host, lines, call, list });
    return [{ name: declared, symbol: own, fn: host, lines, call, list }];
  }

  /** Is it given a value again later? */
  isHeld(symbol: ts.Symbol): boolean {
    return this.#held.has(symbol);
  }

  isReused(symbol: ts.Symbol): boolean {
    return this.#reused.has(symbol);
  }

  /** What changes where bindings are declared by statements of their own. */
  edits(variable: string): TextEdit[] {
    const edits: TextEdit[] = [];
    for (const { symbol, name, list } of this.#candidates.values()) {
      if (list === undefined) continue;
      const start = list.getStart();
      if (this.#reused.has(symbol)) edits.push({ start, end: name.getStart(), text: '' });
      else if (this.#held.has(symbol) && (list.flags & ts.NodeFlags.Const) !== 0)
        edits.push({ start, end: start + 'const'.length, text: variable });
    }
    return edits;
  }

  #isSame(one: Holding, other: Holding): boolean {
    if (one.lines !== other.lines || textOf(one.call.expression) !== textOf(other.call.expression)) return false;
    const { checker } = this.#program;
    const [type, own] = [one, other].map(({ name }) => checker.typeToString(checker.getTypeAtLocation(name)));
    return type === own || type === 'any' || own === 'any';
  }

  /** A function that is written there may look at it later. */
  #isCaptured({ symbol, fn }: Holding): boolean {
    return identifiersIn(fn, symbol.name).some((one) => this.#program.symbolOf(one) === symbol && functionAround(one) !== fn);
  }
}

/** Whether a chain is broken over lines makes no difference. */
function textOf(node: ts.Node): string {
  return node.getText().replace(/\s+/g, '');
}

function awaitedCall(value: ts.Expression | undefined): ts.CallExpression | undefined {
  return value !== undefined && ts.isAwaitExpression(value) && ts.isCallExpression(value.expression) ? value.expression : undefined;
}

/** Does the declaration stand in front of `node`, in lines that run once when `node` runs once? */
function isSeen(declaration: ts.VariableDeclaration, node: ts.Node): boolean {
  const statement = declaration.parent.parent;
  if (!ts.isVariableStatement(statement) || declaration.pos >= node.pos) return false;
  for (let current = node.parent; current !== statement.parent; current = current.parent) {
    if (ts.isSourceFile(current) || ts.isFunctionLike(current) || ts.isIterationStatement(current, false)) return false;
  }
  return true;
}

function isPlain({ type, initializer, dotDotDotToken }: ts.ParameterDeclaration): boolean {
  return type === undefined && initializer === undefined && dotDotDotToken === undefined;
}
