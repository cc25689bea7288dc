/** Methods of a class that extends one of a framework, which calls them itself: the steps of a generator of Yeoman. */

import { ts } from 'ts-morph';
import { classRoots, type ClassRoot } from '../../catalog/class-roots.ts';
import { originPattern } from '../../catalog/origin-pattern.ts';
import type { Program } from '../program/program.ts';
import type { FunctionNode } from './functions.ts';

const patterns = classRoots.map((row) => ({ row, pattern: originPattern(row.bases) }));

export interface FrameworkMethod {
  readonly row: ClassRoot;
  /** `step`: the framework calls it, and waits. `own`: nobody does but the program. */
  readonly kind: 'step' | 'own';
}

export function frameworkMethod(program: Program, fn: FunctionNode): FrameworkMethod | undefined {
  if (!ts.isMethodDeclaration(fn) || !ts.isClassLike(fn.parent) || !ts.isIdentifier(fn.name) || isStatic(fn)) return undefined;
  const row = rowOf(program, fn.parent, new Set());
  if (row === undefined || row.ownNames.has(fn.name.text)) return undefined;
  return { row, kind: row.privateNames.test(fn.name.text) ? 'own' : 'step' };
}

/** Does the method take the callback that the framework has for it, beside which a promise is nothing? */
export function asksForCallback({ row }: FrameworkMethod, fn: FunctionNode): boolean {
  const visit = (node: ts.Node): boolean =>
    (ts.isPropertyAccessExpression(node) && node.name.text === row.asks && ts.isCallExpression(node.parent)) ||
    ts.forEachChild(node, visit) === true;
  return fn.body !== undefined && visit(fn.body);
}

function rowOf(program: Program, type: ts.ClassLikeDeclaration, visiting: Set<ts.Node>): ClassRoot | undefined {
  if (visiting.has(type)) return undefined;
  visiting.add(type);
  const base = type.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
  if (base === undefined) return undefined;
  const own = program.symbolOf(ts.isPropertyAccessExpression(base) ? base.name : base)?.valueDeclaration;
  if (own !== undefined && ts.isClassLike(own) && program.owns(own)) return rowOf(program, own, visiting);
  const key = program.originOf(base)?.key ?? '';
  const row = patterns.find(({ pattern }) => pattern.test(key))?.row;
  if (row === undefined) return undefined;
  const version = program.packages.majorVersion(type.getSourceFile().fileName, row.package);
  return version !== undefined && version >= row.since ? row : undefined;
}

function isStatic(member: ts.MethodDeclaration): boolean {
  return ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true;
}
