/** The edits that make a function `async`: the keyword, and `Promise<…>` around what it is said to return. */

import { ts } from 'ts-morph';
import type { Edit, ReplaceEdit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { outermost, type FunctionNode } from './functions.ts';

export function asyncKeywordEdit(path: string, fn: FunctionNode): ReplaceEdit {
  const start = keywordPosition(fn);
  // `(function check() { … }())`: what awaits the call stands before it.
  return { kind: 'replace', path, start, end: start, text: 'async ', ...(ts.isFunctionExpression(fn) && { wraps: fn.end }) };
}

function keywordPosition(fn: FunctionNode): number {
  if (ts.isArrowFunction(fn)) return fn.getStart();
  if (ts.isMethodDeclaration(fn)) return fn.name.getStart();
  // Behind `export default`.
  const keyword = fn.getChildren().find((child) => child.kind === ts.SyntaxKind.FunctionKeyword);
  return (keyword ?? fn).getStart();
}

/** `Promise<…>` around the annotated return type, in TypeScript and JSDoc, of the function, its overloads, and its variable. */
export function returnTypeEdits(program: Program, fn: FunctionNode): Edit[] {
  const types = [...declarationsOf(program, fn)].flatMap((declaration) => returnTypesOf(declaration));
  return types.filter((type) => !isPromiseType(type)).flatMap((type) => promiseEdits(program.pathOf(type), type));
}

/** Of a member without a body: a method of an interface, an abstract method. */
export function signatureTypeEdits(program: Program, declaration: ts.Declaration): Edit[] {
  const types = returnTypesOf(declaration);
  if (ts.isPropertySignature(declaration) && declaration.type !== undefined && ts.isFunctionTypeNode(declaration.type)) {
    types.push(declaration.type.type);
  }
  return types.filter((type) => !isPromiseType(type)).flatMap((type) => promiseEdits(program.pathOf(type), type));
}

function promiseEdits(path: string, type: ts.TypeNode): Edit[] {
  const start = type.getStart();
  return [
    { kind: 'replace', path, start, end: start, text: 'Promise<' },
    { kind: 'replace', path, start: type.end, end: type.end, text: '>' },
  ];
}

/** The implementation and its overloads. */
function declarationsOf(program: Program, fn: FunctionNode): Set<ts.Node> {
  const declarations = new Set<ts.Node>([fn]);
  const symbol = fn.name === undefined ? undefined : program.checker.getSymbolAtLocation(fn.name);
  for (const declaration of symbol?.declarations ?? []) {
    if (declaration.kind === fn.kind && declaration.parent === fn.parent) declarations.add(declaration);
  }
  const { parent } = outermost(fn);
  if (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent)) declarations.add(parent);
  return declarations;
}

function returnTypesOf(node: ts.Node): ts.TypeNode[] {
  if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) {
    return node.type !== undefined && ts.isFunctionTypeNode(node.type) ? [node.type.type] : [];
  }
  if (!ts.isFunctionLike(node)) return [];
  const annotated = node.type;
  if (annotated !== undefined && !ts.isJSDocTypeExpression(annotated)) return [annotated];
  const documented = ts.getJSDocReturnTag(node)?.typeExpression?.type;
  // `@return {JSON data}` is no type, but what somebody says.
  const isType = documented !== undefined && /^\s*\}/.test(node.getSourceFile().text.slice(documented.end));
  return isType ? [documented] : [];
}

export function isPromiseType(type: ts.TypeNode): boolean {
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && /^Promise(Like)?$/.test(type.typeName.text);
}

/** A return type that a promise can never have: `x is Order`, `asserts x`, `this`. */
export function refusesPromise(fn: FunctionNode): boolean {
  return fn.type !== undefined && (ts.isTypePredicateNode(fn.type) || fn.type.kind === ts.SyntaxKind.ThisType);
}
