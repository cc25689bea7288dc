/**
 * May the type that the checker gives to an expression be believed? In TypeScript yes. In JavaScript the type of a variable is that
 * of its first value, and nobody checks the next ones.
 */

import { ts } from 'ts-morph';
import { isAsync, isFunctionNode, isGenerator, unwrapped } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { returnedFrom } from './returned.ts';

export function isTrusted(program: Program, expression: ts.Expression): boolean {
  if (/\.[cm]?tsx?$/.test(expression.getSourceFile().fileName)) return true;
  return isTrustedValue(program, unwrapped(expression), 0);
}

function isTrustedValue(program: Program, node: ts.Expression, depth: number): boolean {
  if (depth > 12) return false;
  const next = (one: ts.Expression): boolean => isTrustedValue(program, unwrapped(one), depth + 1);
  if (isFunctionNode(node) || ts.isClassExpression(node) || ts.isArrayLiteralExpression(node) || ts.isLiteralExpression(node)) return true;
  if (ts.isAwaitExpression(node)) return next(node.expression);
  if (ts.isCallExpression(node)) {
    return next(node.expression) && !isMisdescribed(program, node) && returnedByCall(program, node).every(next);
  }
  if (ts.isNewExpression(node)) return next(node.expression);
  if (ts.isConditionalExpression(node)) return next(node.whenTrue) && next(node.whenFalse);
  if (ts.isBinaryExpression(node)) return next(node.right);
  if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword) return true;
  if (ts.isIdentifier(node)) return isTrustedName(program, node, depth);
  if (ts.isPropertyAccessExpression(node)) return isTrustedMember(program, node, depth);
  return false;
}

/** What the checker has taken the type of a call from, when that is no annotation. */
function returnedByCall(program: Program, call: ts.CallExpression): readonly ts.Expression[] {
  const fn = program.checker.getResolvedSignature(call)?.declaration;
  if (fn === undefined || ts.isJSDocSignature(fn) || !isFunctionNode(fn) || !program.owns(fn)) return [];
  if (isAsync(fn) || isGenerator(fn) || fn.type !== undefined || ts.getJSDocReturnType(fn) !== undefined) return [];
  return returnedFrom(fn).flatMap((one) => one ?? []);
}

/** `@return {Promise}` of a function that returns a cursor as well: nobody checks such comments. */
function isMisdescribed(program: Program, call: ts.CallExpression): boolean {
  const fn = program.checker.getResolvedSignature(call)?.declaration;
  if (fn === undefined || ts.isJSDocSignature(fn) || !isFunctionNode(fn) || !program.owns(fn) || isAsync(fn)) return false;
  if (fn.type !== undefined || ts.getJSDocReturnType(fn) === undefined) return false;
  return returnedFrom(fn).some((one) => {
    const type = one && program.checker.getTypeAtLocation(one);
    return type !== undefined && (type.flags & ts.TypeFlags.Object) !== 0 && program.checker.getPropertyOfType(type, 'then') === undefined;
  });
}

/** A member of Node's or a library's types is as good as the object; one of the program has to have one definition. */
function isTrustedMember(program: Program, node: ts.PropertyAccessExpression, depth: number): boolean {
  const symbol = program.symbolOf(node.name);
  if (symbol === undefined) return false;
  if (isForeign(program, symbol)) {
    // `then` of a promise, `readFile` of a module, `map` of an array.
    return isTrustedValue(program, unwrapped(node.expression), depth + 1);
  }
  return isTrustedSymbol(program, symbol, depth);
}

function isTrustedName(program: Program, node: ts.Identifier, depth: number): boolean {
  const symbol = program.symbolOf(node);
  if (symbol === undefined) return false;
  if (isForeign(program, symbol)) return !isReassigned(program, symbol);
  return isTrustedSymbol(program, symbol, depth);
}

function isTrustedSymbol(program: Program, symbol: ts.Symbol, depth: number): boolean {
  const declarations = symbol.declarations ?? [];
  if (declarations.length > 0 && declarations.every((one) => isFunctionNode(one) || ts.isClassDeclaration(one))) {
    return declarations.filter((one) => !isFunctionNode(one) || one.body !== undefined).length === 1 && !isReassigned(program, symbol);
  }
  if (declarations.every((one) => ts.isParameter(one))) return declarations.every((one) => ts.isParameter(one) && isAnnotated(one));
  if (declarations.some((one) => isAnnotatedVariable(one))) return true;
  const value = program.definitionOf(symbol);
  if (value !== undefined) return isTrustedValue(program, unwrapped(value), depth + 1);
  // Destructured from something: as good as that.
  const [only] = declarations;
  if (declarations.length !== 1 || only === undefined || !ts.isBindingElement(only)) return false;
  const base = destructuredFrom(only);
  return base !== undefined && isConstant(only) && isTrustedValue(program, unwrapped(base), depth + 1);
}

/** Declared outside the project, in types. */
function isForeign(program: Program, symbol: ts.Symbol): boolean {
  const declarations = symbol.declarations ?? [];
  return declarations.length > 0 && declarations.every((one) => !program.owns(one));
}

function isReassigned(program: Program, symbol: ts.Symbol): boolean {
  return program.references.to(symbol).some((identifier) => {
    let target: ts.Node = identifier;
    if (ts.isPropertyAccessExpression(target.parent) && target.parent.name === target) target = target.parent;
    const { parent } = target;
    if (!ts.isBinaryExpression(parent) || parent.left !== target || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false;
    // `exports.save = save` names it once more; `Store.prototype.save = async function () {}` is its definition.
    return (
      program.symbolOf(parent.right) !== symbol &&
      !(symbol.declarations ?? []).includes(unwrapped(parent.right) as ts.Declaration & ts.Expression)
    );
  });
}

function isAnnotated(parameter: ts.ParameterDeclaration): boolean {
  return parameter.type !== undefined || ts.getJSDocType(parameter) !== undefined;
}

function isAnnotatedVariable(declaration: ts.Declaration): boolean {
  if (ts.isPropertySignature(declaration) || ts.isMethodSignature(declaration) || ts.isJSDocPropertyTag(declaration)) return true;
  return (ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration)) && ts.getJSDocType(declaration) !== undefined;
}

function destructuredFrom(element: ts.BindingElement): ts.Expression | undefined {
  if (element.initializer !== undefined) return undefined;
  const holder = element.parent.parent;
  return ts.isVariableDeclaration(holder) ? holder.initializer : undefined;
}

function isConstant(element: ts.BindingElement): boolean {
  return (ts.getCombinedNodeFlags(element) & ts.NodeFlags.Const) !== 0;
}
