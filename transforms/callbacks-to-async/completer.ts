/** Calls that end a function with a result: of its callback, or of the `resolve` and `reject` of a promise around the work. */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isFunctionNode, unwrapped } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { bareExpression, isUndefined, standsInList, type Code } from './code.ts';
import { isTested } from './errors.ts';
import type { KnownValues } from './known-values.ts';
import { mentions } from './mentions.ts';
import { Obstacle } from './obstacle.ts';
import type { ResultShape } from './shape.ts';
import { isDeferral, isNothing, type InlineCallback, type SiteFinder } from './sites.ts';
import type { Known } from './specialize.ts';
import type { Step } from './steps.ts';

/** The functions that end the work with a result: the callback, or `resolve` and `reject`. */
export interface Completer {
  readonly succeeds: ts.Symbol | undefined;
  readonly fails: ts.Symbol | undefined;
  readonly isCallback: boolean;
  /** The callback takes several values. */
  readonly takesSeveral?: true;
  /** Nobody looks at the value: it is the `done` of a test. */
  readonly ignoresValue?: boolean;
  /** What several values are put into. */
  readonly shape?: ResultShape | undefined;
}

export class Completions {
  readonly #program: Program;
  readonly #finder: SiteFinder;
  readonly #values: KnownValues;
  /** Callbacks that became part of the function so far. */
  readonly #merged: readonly InlineCallback[];
  /** Error parameters that become variables. */
  readonly captured = new Set<ts.Symbol>();
  completer: Completer | undefined;

  constructor(program: Program, finder: SiteFinder, values: KnownValues, merged: readonly InlineCallback[]) {
    this.#program = program;
    this.#finder = finder;
    this.#values = values;
    this.#merged = merged;
  }

  isCompletion(call: ts.CallExpression): boolean {
    return this.#resultOf(call) !== undefined;
  }

  #completes(callee: ts.Expression): boolean {
    if (!ts.isIdentifier(callee) || this.completer === undefined) return false;
    const symbol = this.#program.symbolOf(callee);
    return symbol !== undefined && (symbol === this.completer.succeeds || symbol === this.completer.fails);
  }

  /** What the callback is given, when the call calls it: at once, or in the next tick, where a promise goes on anyway. */
  #resultOf(call: ts.CallExpression): readonly ts.Expression[] | undefined {
    if (this.#completes(call.expression)) return call.arguments;
    if (this.completer?.isCallback !== true || !isDeferral(this.#program, call)) return undefined;
    const [deferred, ...given] = call.arguments;
    if (deferred === undefined) return undefined;
    if (this.#completes(deferred)) return given;
    if (!(ts.isFunctionExpression(deferred) || ts.isArrowFunction(deferred)) || given.length > 0) return undefined;
    const body: readonly Code[] = ts.isBlock(deferred.body) ? deferred.body.statements : [deferred.body];
    const [only, ...others] = body;
    const inner = only !== undefined && others.length === 0 ? bareExpression(only) : undefined;
    if (inner === undefined || !ts.isCallExpression(inner) || !this.#completes(inner.expression)) return undefined;
    return inner.arguments.every((argument) => this.#isIdle(argument)) ? inner.arguments : undefined;
  }

  /** `cb(err)` throws, `cb(null, value)` returns; likewise `reject` and `resolve`. */
  completion(node: Code, call: ts.CallExpression, known: Known): Step & { kind: 'complete' } {
    const given = this.#resultOf(call) ?? [];
    this.#checkGiven(call, given);
    if (this.completer?.isCallback === false) return this.#settlement(node, call, known, this.completer);
    const [first, second, ...others] = given;
    const value = this.completer?.ignoresValue === true && second !== undefined && this.#isIdle(second) ? undefined : second;
    const name = this.completer?.succeeds?.name ?? '';
    const shape = this.completer?.shape;
    const takesSeveral = this.completer?.takesSeveral === true || shape !== undefined;
    if (others.length > 0 && !takesSeveral) {
      throw new Obstacle(
        call,
        'callback-shape',
        `\`${name}\` is given several values, and a promise has one.`,
        `Give \`${name}\` one object that holds them.`,
      );
    }
    if (given.some(ts.isSpreadElement)) {
      throw new Obstacle(call, 'callback-shape', `What \`${name}\` is given cannot be seen.`, 'Write the arguments out.');
    }
    const edits = [...(value === undefined ? [] : this.#values.edits(value, known))];
    if (first === undefined || isNothing(first) || this.#values.truthOf(first, known) === 'none') {
      if (takesSeveral && value !== undefined) {
        const more = others.flatMap((other) => this.#values.edits(other, known));
        return { kind: 'complete', node, outcome: 'return', value, others, shape, edits: [...edits, ...more] };
      }
      return {
        kind: 'complete',
        node,
        outcome: 'return',
        value: value === undefined || isUndefined(value) ? undefined : value,
        shape,
        edits,
      };
    }
    if (others.length > 0 && (shape === undefined || !others.every((other) => this.#isIdle(other)))) {
      throw new Obstacle(call, 'callback-shape', `\`${name}\` is given an error and values at once.`, 'Give it the error alone.');
    }
    const decided = this.#values.decided(first, known);
    const isOpen = this.isCaptured(decided) && !isTested(this.#program, decided);
    if (this.#values.truthOf(decided, known) === 'error' || (!isOpen && this.#finder.isError(decided))) {
      if (value !== undefined && !isNothing(unwrapped(value)) && !this.#isIdle(value)) {
        throw new Obstacle(call, 'callback-shape', `\`${name}\` is given an error and a value at once.`, 'Give it the error alone.');
      }
      return { kind: 'complete', node, outcome: 'throw', value: decided, edits: this.#values.edits(decided, known) };
    }
    if (ts.isIdentifier(decided) && standsInList(node) && (value === undefined || this.#isIdle(value))) {
      return {
        kind: 'complete',
        node,
        outcome: 'return',
        value: value === undefined || isUndefined(value) ? undefined : value,
        unless: decided,
        edits: [...edits, ...others.flatMap((other) => this.#values.edits(other, known))],
        ...(shape !== undefined && { others, shape }),
      };
    }
    throw new Obstacle(
      call,
      'callback-shape',
      `Whether \`${first.getText()}\` is an error, given to \`${name}\`, cannot be told.`,
      `Call \`${name}\` in two places: once with an error, once without.`,
    );
  }

  isCaptured(name: ts.Node | undefined): boolean {
    const symbol = name !== undefined && ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
    return symbol !== undefined && this.captured.has(symbol);
  }

  /** Nothing happens when the value is computed; methods of a result were not called when there was none. */
  #isIdle(value: ts.Expression): boolean {
    const visit = (node: ts.Node): boolean => {
      if (isFunctionNode(node)) return true;
      if (ts.isAwaitExpression(node) || ts.isYieldExpression(node) || ts.isDeleteExpression(node)) return false;
      if (ts.isNewExpression(node) && !/^global\.\w*Error$/.test(this.#program.originOf(node.expression)?.key ?? '')) return false;
      if (ts.isTaggedTemplateExpression(node) || ts.isPostfixUnaryExpression(node)) return false;
      if (
        ts.isPrefixUnaryExpression(node) &&
        node.operator >= ts.SyntaxKind.PlusPlusToken &&
        node.operator <= ts.SyntaxKind.MinusMinusToken
      )
        return false;
      if (ts.isBinaryExpression(node) && isAssignment(node)) return false;
      if (ts.isCallExpression(node) && !this.#isOfResult(node.expression)) return false;
      return ts.forEachChild(node, (child) => (visit(child) ? undefined : true)) !== true;
    };
    return visit(value);
  }

  /** `orders.map`, where `orders` is what a merged callback is given after the error. */
  #isOfResult(callee: ts.Expression): boolean {
    if (!ts.isPropertyAccessExpression(callee)) return false;
    let root: ts.Expression = callee.expression;
    while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = root.expression;
    const declaration = ts.isIdentifier(root) ? this.#program.symbolOf(root)?.valueDeclaration : undefined;
    if (declaration === undefined || !ts.isParameter(declaration) || declaration.parent.parameters[0] === declaration) return false;
    return this.#merged.some((callback) => callback === declaration.parent);
  }

  #settlement(node: Code, call: ts.CallExpression, known: Known, completer: Completer): Step & { kind: 'complete' } {
    const [value, ...others] = call.arguments;
    const fails = this.#program.symbolOf(call.expression) === completer.fails;
    if (others.length > 0 || call.arguments.some(ts.isSpreadElement) || (fails && value === undefined)) {
      throw new Obstacle(call, 'callback-shape', 'The promise is not settled with one value.', 'Give it one value.');
    }
    if (fails) {
      const thrown = this.#values.decided(value ?? call, known);
      return { kind: 'complete', node, outcome: 'throw', value: thrown, edits: this.#values.edits(thrown, known) };
    }
    const isVoid = value === undefined || isUndefined(value);
    return {
      kind: 'complete',
      node,
      outcome: 'return',
      value: isVoid ? undefined : value,
      edits: isVoid ? [] : this.#values.edits(value, known),
    };
  }

  /** `resolve(load().then(() => new Promise((done) => save((err) => (err ? reject(err) : done())))))`: what is given settles it once more. */
  #checkGiven(call: ts.CallExpression, given: readonly ts.Expression[]): void {
    for (const symbol of [this.completer?.succeeds, this.completer?.fails]) {
      if (symbol !== undefined && given.some((value) => mentions(this.#program, value, symbol))) this.usedOtherwise(call, symbol.name);
    }
  }

  /** @param completions calls that may name the callback */
  checkOtherUses(node: ts.Node, completions: readonly ts.CallExpression[]): void {
    for (const symbol of [this.completer?.succeeds, this.completer?.fails]) {
      if (symbol === undefined) continue;
      const others = identifiersIn(node, symbol.name).filter((one) => !completions.some((call) => isWithin(one, call)));
      const other = others.find((one) => this.#program.symbolOf(one) === symbol);
      if (other === undefined) continue;
      if (this.#isOnTime(other, node)) {
        throw new Obstacle(
          node,
          'callback-shape',
          `A timer calls \`${symbol.name}\` too, and whichever is first settles it.`,
          'Give the call a limit of its own, such as `AbortSignal.timeout`, or race two promises by hand.',
        );
      }
      this.usedOtherwise(node, symbol.name);
    }
  }

  /** `var timer = setTimeout(function () { callback(new Error('too late')); }, 500);` */
  #isOnTime(use: ts.Node, within: ts.Node): boolean {
    for (let node = use.parent; node !== within.parent; node = node.parent) {
      if (ts.isCallExpression(node) && isTimeout.test(this.#program.originOf(node.expression)?.key ?? '')) return true;
    }
    return false;
  }

  usedOtherwise(node: ts.Node, name: string): never {
    throw new Obstacle(
      node,
      'callback-shape',
      `\`${name}\` is used other than by calling it, or passing it on as a callback.`,
      'Call it once at the end of each path.',
    );
  }

  /** A `return` that does not call back leaves the caller waiting, which a promise would not. */
  checkReturns(node: ts.Node, completions: readonly ts.CallExpression[]): void {
    const visit = (one: ts.Node): void => {
      if (isFunctionNode(one) || ts.isClassLike(one)) return;
      if (ts.isReturnStatement(one) && !completions.some((call) => call.parent === one)) {
        throw new Obstacle(
          one,
          'callback-shape',
          `The code returns here without calling \`${this.completer?.succeeds?.name ?? ''}\`.`,
          'Call the callback exactly once on every path, then run nodelift again.',
        );
      }
      ts.forEachChild(one, visit);
    };
    visit(node);
  }
}

const isTimeout = /^(?:timers|global)\.setTimeout$/;

function isAssignment(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}
