/** Is the value of an expression a promise? Decided by types, by the program's own functions and by the catalog; never by a name. */

import { ts } from 'ts-morph';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { promiseSources, type PromiseSource } from '../../catalog/promise-sources.ts';
import { lazyPromiseTypes, thenableSources } from '../../catalog/thenables.ts';
import type { CallGraph } from '../../engine/async/call-graph.ts';
import { isAsync, isFunctionNode, isGenerator, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { returnedFrom } from './returned.ts';
import { isTrusted } from './trusted-types.ts';

export type PromiseValue =
  | { readonly kind: 'promise'; readonly openEnded: boolean }
  /** A promise, or `null` or `undefined`. */
  | { readonly kind: 'perhaps' }
  /** A promise, or a value that is none. */
  | { readonly kind: 'mixed' }
  /** An array of promises. */
  | { readonly kind: 'array' }
  /** Has a `then`, and does nothing before that is called. */
  | { readonly kind: 'lazy'; readonly what: string }
  | { readonly kind: 'none' };

const none: PromiseValue = { kind: 'none' };
const promise: PromiseValue = { kind: 'promise', openEnded: false };

const sources = promiseSources.map((row) => ({ row, pattern: originPattern(row.callees) }));

export class PromiseValues {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #known = new Map<ts.Expression, PromiseValue>();
  readonly #active = new Set<FunctionNode>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  of(expression: ts.Expression): PromiseValue {
    const known = this.#known.get(expression);
    if (known !== undefined) return known;
    const value = this.#compute(expression);
    this.#known.set(expression, value);
    return value;
  }

  #compute(expression: ts.Expression): PromiseValue {
    const bare = unwrapped(expression);
    // Origins do not tell a promise from what it resolves to.
    if (ts.isAwaitExpression(bare)) return none;
    const lazy = this.#lazy(bare);
    if (lazy !== undefined) return lazy;
    const source = this.#source(bare);
    if (source !== undefined) return { kind: 'promise', openEnded: source.openEnded === true };
    if (this.#continues(bare)) return promise;
    const typed = typeValue(this.#program.checker, this.#program.checker.getTypeAtLocation(bare));
    if (typed.kind !== 'none') return isTrusted(this.#program, bare) && !this.#callsBackInstead(bare) ? typed : none;
    return this.#givesPromise(bare) ? promise : none;
  }

  /** `p.then(…)` of something that is known by the catalog is a promise too, though no type says so. */
  #continues(expression: ts.Expression): boolean {
    if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
    const { name, expression: base } = expression.expression;
    if (!continuations.has(name.text) && this.#library(base)?.continuations?.includes(name.text) !== true) return false;
    const kind = this.of(base).kind;
    return kind === 'promise' || kind === 'lazy';
  }

  /** A function of the program that is async, or that returns nothing but promises. */
  #givesPromise(expression: ts.Expression): boolean {
    if (!ts.isCallExpression(expression)) return false;
    const callee = this.#graph.calleeOf(expression);
    if (callee === undefined || isGenerator(callee)) return false;
    if (isAsync(callee)) return true;
    if (this.#active.has(callee)) return false;
    this.#active.add(callee);
    const returned = returnedFrom(callee);
    const gives = returned.length > 0 && returned.every((one) => one !== undefined && this.of(one).kind === 'promise');
    this.#active.delete(callee);
    return gives;
  }

  /** What becomes of a rejection that nobody handles, where it does not end the process. */
  unseen(expression: ts.Expression): PromiseSource['unseen'] {
    return this.#library(expression)?.unseen;
  }

  /** The library with promises of its own kind that the chain begins with. */
  #library(expression: ts.Expression): PromiseSource | undefined {
    const module = this.#program.originOf(expression)?.module;
    return promiseSources.find((row) => row.unseen !== undefined && row.package === module);
  }

  #source(expression: ts.Expression): PromiseSource | undefined {
    if (ts.isNewExpression(expression)) {
      const made = this.#program.originOf(expression.expression)?.key;
      return made === undefined ? undefined : promiseSources.find((row) => row.constructors?.includes(made));
    }
    // `deferred.promise`
    if (
      ts.isPropertyAccessExpression(expression) &&
      /^(?:q|bluebird)\.(?:defer|pending)\(\)\.promise$/.test(this.#program.originOf(expression)?.key ?? '')
    ) {
      return this.#library(expression);
    }
    if (!ts.isCallExpression(expression)) return undefined;
    const key = this.#program.originOf(expression.expression)?.key;
    if (key === undefined) return undefined;
    return sources.find(({ row, pattern }) => pattern.test(key) && this.#applies(row, expression))?.row;
  }

  #applies(row: PromiseSource, call: ts.CallExpression): boolean {
    if (row.callbackInstead && call.arguments.some((argument) => this.#mayBeFunction(argument))) return false;
    if (row.since === undefined) return true;
    const version = this.#program.packages.majorVersion(call.getSourceFile().fileName, row.package);
    return version !== undefined && version >= row.since;
  }

  /**
   * `write(options: {}): Promise<void>` before `write(callback: Callback): void`: a function is an object too, so that the checker takes the
   * first overload where the second is meant.
   */
  #callsBackInstead(expression: ts.Expression): boolean {
    if (!ts.isCallExpression(expression)) return false;
    const { checker } = this.#program;
    const overloads = checker.getTypeAtLocation(expression.expression).getCallSignatures();
    if (overloads.length < 2) return false;
    return expression.arguments.some(
      (argument, index) =>
        this.#mayBeFunction(argument) &&
        overloads.some(
          (overload) =>
            takesFunctionAt(checker, overload, index) && typeValue(checker, checker.getReturnTypeOfSignature(overload)).kind === 'none',
        ) &&
        !takesFunctionAt(checker, checker.getResolvedSignature(expression), index),
    );
  }

  #mayBeFunction(argument: ts.Expression): boolean {
    const bare = unwrapped(argument);
    if (isFunctionNode(bare)) return true;
    if (!ts.isIdentifier(bare) && !ts.isPropertyAccessExpression(bare)) return false;
    const type = this.#program.checker.getTypeAtLocation(bare);
    if (type.getCallSignatures().length > 0) return true;
    // A parameter of unknown type, handed on as the last argument, may well be the caller's callback.
    return (type.flags & ts.TypeFlags.Any) !== 0 && isLastArgument(argument) && this.#isParameter(bare);
  }

  #isParameter(expression: ts.Expression): boolean {
    const declaration = this.#program.symbolOf(expression)?.valueDeclaration;
    return declaration !== undefined && ts.isParameter(declaration) && isUsedAsFunction(declaration);
  }

  /** Only a chain that is all there to see: what was stored is built up further, and what was awaited is a result. */
  #lazy(expression: ts.Expression): PromiseValue | undefined {
    const links: string[] = [];
    let current = expression;
    while (ts.isCallExpression(current)) {
      const key = this.#program.originOf(current)?.key ?? '';
      const row = thenableSources.find(({ origins }) => origins.includes(key));
      if (row !== undefined) return links.some((link) => row.started.includes(link)) ? undefined : { kind: 'lazy', what: row.what };
      if (!ts.isPropertyAccessExpression(current.expression)) break;
      links.push(current.expression.name.text);
      current = unwrapped(current.expression.expression);
    }
    const type = this.#program.checker.getTypeAtLocation(expression);
    const lazyType = lazyPromiseTypes.find((one) => isNamed(type, one.type, `/node_modules/${one.package}/`));
    return lazyType === undefined ? undefined : { kind: 'lazy', what: lazyType.what };
  }
}

function takesFunctionAt(checker: ts.TypeChecker, signature: ts.Signature | undefined, index: number): boolean {
  const parameter = signature?.getParameters()[index];
  if (parameter === undefined) return false;
  return checker.getNonNullableType(checker.getTypeOfSymbol(parameter)).getCallSignatures().length > 0;
}

const continuations = new Set(['then', 'catch', 'finally']);

function isLastArgument(argument: ts.Expression): boolean {
  return ts.isCallExpression(argument.parent) && argument.parent.arguments.at(-1) === argument;
}

/** The last parameter of a function is where callbacks come in. */
function isUsedAsFunction(parameter: ts.ParameterDeclaration): boolean {
  return parameter.parent.parameters.at(-1) === parameter;
}

function typeValue(checker: ts.TypeChecker, type: ts.Type): PromiseValue {
  if ((type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0) return none;
  if (type.isUnion()) return unionValue(checker, type);
  if (isPromiseType(checker, type)) return promise;
  return isArrayOfPromises(checker, type) ? { kind: 'array' } : none;
}

function unionValue(checker: ts.TypeChecker, type: ts.UnionType): PromiseValue {
  const promises = type.types.filter((one) => isPromiseType(checker, one));
  if (promises.length === 0) return none;
  if (promises.length === type.types.length) return promise;
  const absent = ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Void;
  const rest = type.types.filter((one) => !promises.includes(one));
  return { kind: rest.every((one) => (one.flags & absent) !== 0) ? 'perhaps' : 'mixed' };
}

/** The language's own `Promise`, or a class that extends it. */
export function isPromiseType(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (type.isIntersection()) return type.types.some((one) => isPromiseType(checker, one));
  if (isGlobalPromise(type)) return true;
  const target = isReference(type) ? type.target : type;
  if (!target.isClassOrInterface()) return false;
  return checker.getBaseTypes(target).some((base) => isPromiseType(checker, base));
}

/** A script that declares a `Promise` of its own puts it in the place of the language's, which an interface does not. */
function isGlobalPromise(type: ts.Type): boolean {
  const symbol = type.getSymbol();
  const declarations = symbol?.declarations ?? [];
  return (
    symbol?.name === 'Promise' &&
    declarations.some((one) => /\/lib\.[\w.]+\.d\.ts$/.test(one.getSourceFile().fileName)) &&
    declarations.every((one) => ts.isInterfaceDeclaration(one) || one.getSourceFile().isDeclarationFile)
  );
}

function isArrayOfPromises(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (!checker.isArrayType(type) || !isReference(type)) return false;
  const [element] = checker.getTypeArguments(type);
  return element !== undefined && !element.isUnion() && isPromiseType(checker, element);
}

export function isReference(type: ts.Type): type is ts.TypeReference {
  return (type.flags & ts.TypeFlags.Object) !== 0 && ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0;
}

function isNamed(type: ts.Type, name: string, folder: string): boolean {
  const symbol = type.aliasSymbol ?? type.getSymbol();
  return symbol?.name === name && (symbol.declarations ?? []).some((one) => one.getSourceFile().fileName.includes(folder));
}
