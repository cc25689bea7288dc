/**
 * What a function gives that calls back with several values: a promise has one, so it is an object of them, with the names that those who
 * call the function have for them; or an array where nobody has a name for one.
 */

import { ts } from 'ts-morph';
import type { CallGraph } from '../../engine/async/call-graph.ts';
import type { FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { isDeferral, type SiteFinder, type Taker } from './sites.ts';

export interface ResultShape {
  readonly kind: 'object' | 'array';
  /** One for each value; what they are called says nothing where they are elements. */
  readonly names: readonly string[];
}

export class Shapes {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #finder: SiteFinder;
  readonly #shapes = new Map<FunctionNode, ResultShape | undefined>();

  constructor(program: Program, graph: CallGraph, finder: SiteFinder) {
    this.#program = program;
    this.#graph = graph;
    this.#finder = finder;
  }

  /** `undefined` for a function that gives one value, or none. */
  of(fn: FunctionNode): ResultShape | undefined {
    if (!this.#shapes.has(fn)) {
      this.#shapes.set(fn, undefined);
      const taker = this.#finder.takerOf(fn);
      if (taker !== undefined) this.#shapes.set(fn, this.#find(taker));
    }
    return this.#shapes.get(fn);
  }

  #find(taker: Taker): ResultShape | undefined {
    const { fn, symbol } = taker;
    const uses = identifiersIn(fn, symbol.name).filter((one) => this.#program.symbolOf(one) === symbol);
    const given = uses.flatMap((use) => {
      const values = this.#valuesGiven(use);
      return values === undefined ? [] : [values];
    });
    const count = Math.max(0, ...given.map(({ length }) => length));
    if (count > 1) return this.#named(fn, given, count);
    // A function that only hands its callback on gives what the other does.
    return count === 0 ? this.#handedOn(uses) : undefined;
  }

  #handedOn(uses: readonly ts.Identifier[]): ResultShape | undefined {
    for (const { parent } of uses) {
      const site = ts.isCallExpression(parent) ? this.#finder.siteOf(parent) : undefined;
      const shape = site?.target.kind === 'taker' ? this.of(site.target.fn) : undefined;
      if (shape !== undefined) return shape;
    }
    return undefined;
  }

  /** `cb(null, head, body)`, `process.nextTick(cb, null, head, body)` */
  #valuesGiven(use: ts.Identifier): readonly ts.Expression[] | undefined {
    const { parent } = use;
    if (!ts.isCallExpression(parent)) return undefined;
    if (parent.expression === use) return parent.arguments.slice(1);
    return parent.arguments[0] === use && isDeferral(this.#program, parent) ? parent.arguments.slice(2) : undefined;
  }

  #named(fn: FunctionNode, given: readonly (readonly ts.Expression[])[], count: number): ResultShape {
    const callers = this.#parametersOfCallers(fn);
    const names = Array.from({ length: count }, (_, index) => {
      const theirs = mostCommon(callers.map((parameters) => parameters[index]));
      return theirs ?? mostCommon(given.map((values) => nameOf(values[index])));
    });
    const known = names.filter((name) => name !== undefined);
    const isNamed = known.length === count && new Set(known).size === count && known.every((name) => !name.startsWith('_'));
    return isNamed ? { kind: 'object', names: known } : { kind: 'array', names: names.map((_, index) => String(index)) };
  }

  /** What they call the values that they look at. */
  #parametersOfCallers(fn: FunctionNode): readonly (readonly (string | undefined)[])[] {
    return this.#graph.usesOf(fn).flatMap((use) => {
      const callback = use.kind === 'call' && ts.isCallExpression(use.call) ? this.#finder.siteOf(use.call)?.callback : undefined;
      if (callback === undefined || ts.isIdentifier(callback)) return [];
      return [callback.parameters.slice(1).map((parameter) => this.#nameOfUsed(parameter, callback.body))];
    });
  }

  #nameOfUsed({ name }: ts.ParameterDeclaration, body: ts.Node): string | undefined {
    if (!ts.isIdentifier(name)) return undefined;
    const symbol = this.#program.symbolOf(name);
    return identifiersIn(body, name.text).some((one) => this.#program.symbolOf(one) === symbol) ? name.text : undefined;
  }
}

function nameOf(value: ts.Expression | undefined): string | undefined {
  return value !== undefined && ts.isIdentifier(value) && value.text !== 'undefined' ? value.text : undefined;
}

/** Of names that are as common the first. */
function mostCommon(names: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}
