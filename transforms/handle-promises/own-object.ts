/** An object that has a way of its own to tell of a failure: a stream is destroyed with it, an emitter that tells of errors emits it. */

import { ts } from 'ts-morph';
import { isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { isReference } from './promise-values.ts';

/** @returns what to call with the error: `this.destroy`, or `this.emit` with the event's name before it */
export function ownFailure(program: Program, at: ts.Node): { readonly name: string; readonly call: (error: string) => string } | undefined {
  const method = methodAround(at);
  const holder = method?.parent;
  if (method === undefined || holder === undefined || !ts.isClassLike(holder) || isStatic(method)) return undefined;
  const base = holder.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  if (base === undefined) return undefined;
  const lineage = classNames(program.checker, program.checker.getTypeAtLocation(base));
  if (['Readable', 'Writable', 'Duplex', 'Transform'].some((name) => lineage.has(name))) {
    return { name: 'this.destroy', call: (error) => `this.destroy(${error})` };
  }
  if (!lineage.has('EventEmitter') || !emitsErrors(holder)) return undefined;
  const quote = /this\.emit\(\s*"error"/.test(holder.getText()) ? '"' : "'";
  return { name: "this.emit('error')", call: (error) => `this.emit(${quote}error${quote}, ${error})` };
}

/** The method whose `this` is seen at `at`: only arrow functions stand between. */
function methodAround(at: ts.Node): FunctionNode | undefined {
  for (let node = at; !ts.isSourceFile(node); node = node.parent) {
    if (!isFunctionNode(node) || ts.isArrowFunction(node)) continue;
    return ts.isMethodDeclaration(node) ? node : undefined;
  }
  return undefined;
}

function isStatic(method: FunctionNode): boolean {
  return (ts.getCombinedModifierFlags(method) & ts.ModifierFlags.Static) !== 0;
}

function emitsErrors(holder: ts.ClassLikeDeclaration): boolean {
  return /\bthis\.emit\(\s*['"`]error['"`]/.test(holder.getText());
}

/** Names of the classes of Node that a type is, or extends. */
function classNames(checker: ts.TypeChecker, type: ts.Type, depth = 0): ReadonlySet<string> {
  const names = new Set<string>();
  const symbol = type.getSymbol();
  if (depth > 8 || symbol === undefined) return names;
  const isNodes = (symbol.declarations ?? []).some((one) => one.getSourceFile().fileName.includes('/node_modules/@types/node/'));
  if (isNodes) names.add(symbol.name);
  const target = isReference(type) ? type.target : type;
  const bases = target.isClassOrInterface() ? checker.getBaseTypes(target) : [];
  for (const base of bases) for (const name of classNames(checker, base, depth + 1)) names.add(name);
  return names;
}
