/** Which library's promise an expression gives, if it gives one: the language's own, Bluebird's, Q's, or one that is only known to have a `then`. */

import { ts } from 'ts-morph';
import { promiseApis } from '../../../catalog/promise-apis.ts';
import {
  nativeMakers,
  promiseLibraries,
  promiseMethods,
  type LibraryFlavour,
  type LinkMeaning,
} from '../../../catalog/promise-libraries.ts';
import type { CallGraph } from '../../../engine/async/call-graph.ts';
import { isAsync, isFunctionNode, isGenerator, unwrapped, type FunctionNode } from '../../../engine/async/functions.ts';
import { isOfTheLanguage, replacedPromise } from '../../../engine/async/replaced-promise.ts';
import type { Program } from '../../../engine/program/program.ts';

export type Flavour =
  | 'native'
  | LibraryFlavour
  /** Of what the program lets others set: `new Client.Promise(…)`. */
  | 'custom'
  | 'thenable';

/** Its promises may have methods of their own. */
export function isForeign(flavour: Flavour | undefined): boolean {
  return flavour === 'bluebird' || flavour === 'q' || flavour === 'custom';
}

/** What the methods of such promises are to a chain. */
export function methodsOf(flavour: Flavour | undefined): ReadonlyMap<string, LinkMeaning> {
  return promiseMethods[flavour === 'bluebird' || flavour === 'q' ? flavour : 'native'];
}

export class Flavours {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #known = new Map<ts.Expression, Flavour | undefined>();
  readonly #active = new Set<ts.Node>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /** Undefined where it cannot be proven to be a promise. */
  of(expression: ts.Expression): Flavour | undefined {
    const bare = unwrapped(expression);
    if (this.#known.has(bare)) return this.#known.get(bare);
    if (this.#active.has(bare)) return undefined;
    this.#active.add(bare);
    const flavour = this.#replaced(bare, this.#compute(bare));
    this.#active.delete(bare);
    this.#known.set(bare, flavour);
    return flavour;
  }

  /** `global.Promise = require('bluebird')` */
  #replaced(expression: ts.Expression, flavour: Flavour | undefined): Flavour | undefined {
    const replacement = flavour === 'native' ? replacedPromise(this.#program) : undefined;
    if (replacement === undefined || isOfTheLanguage(this.#program, this.#graph, expression)) return flavour;
    return replacement;
  }

  /** `Queue.prototype.then = function (task) { … return this; }`: a `then` of the program that takes no handler of failures is no promise's. */
  isOther(expression: ts.Expression): boolean {
    const { checker } = this.#program;
    const then = checker.getTypeAtLocation(expression).getProperty('then');
    const own = then?.declarations?.find((one) => this.#program.owns(one));
    if (then === undefined || own === undefined) return false;
    const signatures = checker.getTypeOfSymbolAtLocation(then, own).getCallSignatures();
    return signatures.length > 0 && signatures.every(({ parameters }) => parameters.length < 2);
  }

  /** The library that made the deferred: of `q` in `var done = q.defer()`. */
  deferredOf(expression: ts.Expression): Flavour | undefined {
    const bare = unwrapped(expression);
    if (!ts.isCallExpression(bare)) return undefined;
    const key = this.#program.originOf(bare.expression)?.key;
    return promiseLibraries.find((row) => row.deferreds.some((step) => key === `${row.module}.${step}`))?.flavour;
  }

  /** What every `return` of the function gives, when all give the same. */
  returnedBy(fn: FunctionNode): Flavour | undefined {
    if (isGenerator(fn)) return undefined;
    if (isAsync(fn)) return 'native';
    if (this.#active.has(fn)) return undefined;
    this.#active.add(fn);
    const returned = returnedFrom(fn);
    const flavours = new Set(returned.map((one) => one && this.of(one)));
    this.#active.delete(fn);
    const [only] = flavours;
    if (flavours.size === 1) return only;
    return flavours.size > 1 && !flavours.has(undefined) ? 'thenable' : undefined;
  }

  #compute(node: ts.Expression): Flavour | undefined {
    if (ts.isAwaitExpression(node)) return undefined;
    const typed = this.#byType(node);
    // That one way of a function ends there does not make it a promise; its type does.
    if (this.#isSettable(node, 0)) return typed === undefined ? undefined : 'custom';
    if (typed !== undefined) return typed;
    if (ts.isConditionalExpression(node)) {
      const sides = [this.of(node.whenTrue), this.of(node.whenFalse)];
      if (sides.includes(undefined)) return undefined;
      return sides[0] === sides[1] ? sides[0] : 'thenable';
    }
    if (ts.isNewExpression(node)) {
      const key = this.#program.originOf(node.expression)?.key;
      return key === 'global.Promise' ? 'native' : libraryOf(key, 'new');
    }
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'promise') return this.#promiseOfDeferred(node);
    if (ts.isIdentifier(node)) {
      const symbol = this.#program.symbolOf(node);
      const value = symbol && this.#program.definitionOf(symbol);
      return value && this.of(value);
    }
    return ts.isCallExpression(node) ? this.#ofCall(node) : this.#byApi(node);
  }

  #ofCall(call: ts.CallExpression): Flavour | undefined {
    const { expression: callee } = call;
    const key = this.#program.originOf(callee)?.key;
    const made = key !== undefined && nativeMakers.has(key) ? 'native' : libraryOf(key, 'made');
    if (made !== undefined) return made;
    if (ts.isPropertyAccessExpression(callee)) {
      const receiver = this.of(callee.expression);
      if (receiver !== undefined) {
        const meaning = methodsOf(receiver).get(callee.name.text);
        // `then` of a lazy query is a promise.
        if (meaning !== undefined && meaning !== 'done') return receiver === 'thenable' ? 'native' : receiver;
      }
    }
    const fn = this.#graph.calleeOf(call);
    if (fn !== undefined) return this.returnedBy(fn);
    return this.#byApi(call);
  }

  /** Is it made by a constructor that is a property, and set in more than one place? Its type is that of what it is first. */
  #isSettable(node: ts.Expression, depth: number): boolean {
    if ((node.flags & ts.NodeFlags.JavaScriptFile) === 0 || depth > 5) return false;
    if (ts.isNewExpression(node)) {
      const callee = unwrapped(node.expression);
      if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'Promise') return false;
      const symbol = this.#program.symbolOf(callee.name);
      const isOwn = symbol?.declarations?.some((one) => this.#program.owns(one)) === true;
      return isOwn && this.#program.definitionOf(symbol) === undefined;
    }
    if (!ts.isCallExpression(node)) return false;
    const { expression: callee } = node;
    if (ts.isPropertyAccessExpression(callee) && methodsOf('native').has(callee.name.text)) {
      return this.#isSettable(unwrapped(callee.expression), depth + 1);
    }
    const fn = this.#graph.calleeOf(node);
    if (fn?.body === undefined || isAsync(fn) || isGenerator(fn)) return false;
    return returnedFrom(fn).some((one) => one !== undefined && this.#isSettable(unwrapped(one), depth + 1));
  }

  #promiseOfDeferred(node: ts.PropertyAccessExpression): Flavour | undefined {
    const symbol = this.#program.symbolOf(node.expression);
    const value = symbol && this.#program.definitionOf(symbol);
    return value && this.deferredOf(value);
  }

  #byType(node: ts.Expression): Flavour | undefined {
    const type = this.#program.checker.getTypeAtLocation(node);
    if ((type.flags & ts.TypeFlags.Any) !== 0 || type.getProperty('then') === undefined || this.isOther(node)) return undefined;
    const symbol = type.getSymbol();
    const files = (symbol?.declarations ?? []).map((one) => one.getSourceFile().fileName);
    if (symbol?.name === 'Promise' && files.some((file) => /\/lib\.[\w.]+\.d\.ts$/.test(file))) return 'native';
    if (files.some((file) => /\/node_modules\/(?:@types\/)?bluebird\//.test(file))) return 'bluebird';
    if (files.some((file) => /\/node_modules\/(?:@types\/)?q\//.test(file))) return 'q';
    return 'thenable';
  }

  #byApi(node: ts.Expression): Flavour | undefined {
    const origin = this.#program.originOf(node);
    if (!origin?.steps.some((step) => step === '()' || step === 'new')) return undefined;
    const file = node.getSourceFile().fileName;
    const row = promiseApis.find((one) => {
      if (one.module !== origin.module) return false;
      if (one.since === undefined && one.until === undefined) return true;
      const version = this.#program.packages.majorVersion(file, one.module);
      return version !== undefined && version >= (one.since ?? 0) && version < (one.until ?? Infinity);
    });
    if (row === undefined) return undefined;
    if (row.flavour !== undefined) return row.flavour;
    return isLazy(origin.module) ? 'thenable' : 'native';
  }
}

/** Builders of queries, which are run when somebody waits. */
function isLazy(module: string): boolean {
  return module === 'knex' || module === 'mongoose';
}

function libraryOf(key: string | undefined, how: 'new' | 'made'): LibraryFlavour | undefined {
  if (key === undefined) return undefined;
  for (const row of promiseLibraries) {
    const step = key === row.module ? '' : key.startsWith(`${row.module}.`) ? key.slice(row.module.length + 1) : undefined;
    if (how === 'new') {
      if (step === '' || step === 'Promise') return row.flavour;
      continue;
    }
    if (key === `${row.module}().`) continue;
    if (step === undefined) continue;
    if (row.makers.includes(step)) return row.flavour;
    if (row.promisifiers.some((one) => step === `${one}()`)) return row.flavour;
    // `fs.readFileAsync` of `promisifyAll(require('fs'))`.
    if (row.module === 'bluebird' && /^promisifyAll\(\)(?:\.\w+)*\.\w+Async$/.test(step)) return row.flavour;
  }
  return undefined;
}

/** The expressions that the function returns; undefined among them for a bare `return` and for an end that can be reached. */
export function returnedFrom(fn: FunctionNode): readonly (ts.Expression | undefined)[] {
  const { body } = fn;
  if (body === undefined) return [undefined];
  if (!ts.isBlock(body)) return [body];
  const found: (ts.Expression | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node)) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  if ((fn.flags & ts.NodeFlags.HasImplicitReturn) !== 0) found.push(undefined);
  return found;
}
