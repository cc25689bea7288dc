/** What is known, in the code that is left of callbacks, of their errors and values, and the edits that follow from it. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn, replaceName } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import { decidedEdits } from './decided.ts';
import { mentions } from './mentions.ts';
import { editsIn, isDropped } from './merge.ts';
import { Obstacle } from './obstacle.ts';
import type { CallbackSite, InlineCallback } from './sites.ts';
import type { Known } from './specialize.ts';
import { nodeOf, type Step } from './steps.ts';
import type { NamedResults } from './tasks.ts';

export class KnownValues {
  readonly #program: Program;
  /** Values that a callback gets together with its error, and where the error has them. */
  readonly #onError = new Map<ts.Symbol, { readonly value: ts.Symbol; readonly text: string }[]>();
  /** Values that are properties of the first one. */
  readonly #properties: { readonly value: ts.Symbol; readonly text: string }[] = [];

  /** Results that had names in an object, and are variables now. */
  readonly #objects: NamedResults[] = [];

  constructor(program: Program) {
    this.#program = program;
  }

  /** What was `results.user` is `user`. */
  takeApart(results: NamedResults): void {
    this.#objects.push(results);
  }

  /** Has the error the values that its callback got with it? */
  areInError(error: ts.Symbol): boolean {
    return this.#onError.has(error);
  }

  /** Where the callback gets values together with an error, the code for failure reads them from it: that is where the promise form has them. */
  noteValuesOnError(
    site: CallbackSite,
    error: ts.ParameterDeclaration,
    symbol: ts.Symbol,
    values: readonly ts.ParameterDeclaration[],
  ): void {
    if (site.target.kind !== 'api' || site.target.api.valuesOnError !== true) return;
    const names = site.target.api.values;
    for (const [index, { name }] of values.entries()) {
      const value = ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
      const property = names[index];
      if (value === undefined || property === undefined) continue;
      const list = this.#onError.get(symbol) ?? [];
      list.push({ value, text: `${error.name.getText()}.${property}` });
      this.#onError.set(symbol, list);
    }
  }

  /** The code for a failure must not look at results that only the callback got: `async.map` tells how far it came. */
  checkValuesOnError(values: readonly ts.ParameterDeclaration[], code: readonly (Step | ts.Node)[]): void {
    const looked = values.find((value) =>
      code.some((one) => {
        if ('pos' in one) return this.isUsed(one, value);
        const node = one.kind === 'complete' ? one.value : nodeOf(one);
        const names = node === undefined || !ts.isIdentifier(value.name) ? [] : identifiersIn(node, value.name.text);
        return names.some(
          (name) => this.#program.symbolOf(name) === this.#program.symbolOf(value.name) && !isDropped(name, editsIn([one])),
        );
      }),
    );
    if (looked === undefined) return;
    throw new Obstacle(
      looked,
      'callback-shape',
      `\`${looked.name.getText()}\` is looked at when there is an error too, and a promise gives the error alone.`,
      'Handle the error before the results, or keep the callback.',
    );
  }

  isUsed(node: ts.Node, value: ts.ParameterDeclaration): boolean {
    if (!ts.isIdentifier(value.name)) return true;
    const symbol = this.#program.symbolOf(value.name);
    return symbol !== undefined && mentions(this.#program, node, symbol);
  }

  /** `err || new Error('…')`, when it is known which. */
  decided(expression: ts.Expression, known: Known): ts.Expression {
    if (ts.isParenthesizedExpression(expression)) return this.decided(expression.expression, known);
    if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.BarBarToken) {
      const truth = this.truthOf(expression.left, known);
      if (truth === 'error') return expression.left;
      if (truth === 'none') return expression.right;
    }
    return expression;
  }

  truthOf(expression: ts.Expression, known: Known): 'error' | 'none' | undefined {
    const symbol = ts.isIdentifier(expression) ? this.#program.symbolOf(expression) : undefined;
    return symbol && known.get(symbol);
  }

  /** Where it is known whether there is an error, what asks for it is decided; what is left of its name is `null` where there is none. */
  edits(node: ts.Node, known: Known, except?: ts.Node): TextEdit[] {
    const apart = this.#objects.flatMap((object) => this.#memberEdits(node, object));
    const read = [...apart, ...this.#properties.flatMap(({ value, text }) => this.#readEdits(node, value, text))];
    const decided = [...known].flatMap(([symbol, truth]) => [
      ...decidedEdits(this.#program, node, symbol, truth, except),
      ...(truth === 'error' ? this.#valueEdits(node, symbol) : []),
    ]);
    return [...decided, ...read.filter((edit) => !decided.some((other) => other.start <= edit.start && edit.end <= other.end))];
  }

  /** `stderr`, given together with an error, is `err.stderr`. */
  #valueEdits(node: ts.Node, error: ts.Symbol): TextEdit[] {
    return (this.#onError.get(error) ?? []).flatMap(({ value, text }) => this.#readEdits(node, value, text));
  }

  #readEdits(node: ts.Node, value: ts.Symbol, text: string): TextEdit[] {
    return identifiersIn(node, value.name)
      .filter((identifier) => this.#program.symbolOf(identifier) === value)
      .map((identifier) => replaceName(identifier, text));
  }

  #memberEdits(node: ts.Node, { all, names }: NamedResults): TextEdit[] {
    return identifiersIn(node, all.name)
      .filter((identifier) => this.#program.symbolOf(identifier) === all)
      .flatMap(({ parent }) => {
        const name = ts.isPropertyAccessExpression(parent) ? names.get(parent.name.text) : undefined;
        return name === undefined ? [] : [{ start: parent.getStart(), end: parent.end, text: name }];
      });
  }

  /** `body`, where the promise gives the response alone, is `response.body`. */
  asProperties(
    site: CallbackSite,
    callback: InlineCallback,
    values: readonly ts.ParameterDeclaration[],
  ): readonly ts.ParameterDeclaration[] {
    if (site.target.kind !== 'api' || site.target.api.result !== 'properties') return values;
    const [first, ...others] = values;
    if (first === undefined || !this.isUsed(callback.body, first)) return values;
    for (const [index, { name }] of others.entries()) {
      const value = ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
      const property = site.target.api.values[index + 1];
      if (value !== undefined && property !== undefined) this.#properties.push({ value, text: `${first.name.getText()}.${property}` });
    }
    return [first];
  }
}
