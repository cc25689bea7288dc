/** Functions that are constructors by the way they are written, though no `new` of them can be seen: other packages call it. */

import { ts } from 'ts-morph';
import { outermost, unwrapped, type FunctionNode } from './functions.ts';

/**
 * Whether the function has a prototype of its own (`F.prototype.m = …`, `util.inherits(F, …)`), or has the name of a type,
 * or the module as its only name, and fills `this`. Such a function must return at once what it makes.
 */
export function isConstructorFunction(fn: FunctionNode): fn is ts.FunctionDeclaration | ts.FunctionExpression {
  if (!ts.isFunctionDeclaration(fn) && !ts.isFunctionExpression(fn)) return false;
  const names = namesOf(fn);
  if (hasPrototype(fn)) return true;
  return names.some(namesType) && fn.body !== undefined && fillsThis(fn.body);
}

/** Whether the file puts something on the prototype of the function: then it is written for `new`, whoever calls it. */
export function hasPrototype(fn: FunctionNode): boolean {
  if (!ts.isFunctionDeclaration(fn) && !ts.isFunctionExpression(fn)) return false;
  const owners = prototypeOwnersIn(fn.getSourceFile());
  return namesOf(fn).some((name) => owners.has(name));
}

/** `var Cache = module.exports = function Store() {}`: each of the three, as it is written. */
function namesOf(fn: ts.FunctionDeclaration | ts.FunctionExpression): readonly string[] {
  const names: string[] = fn.name === undefined ? [] : [fn.name.text];
  let value: ts.Node = outermost(fn);
  for (;;) {
    const { parent } = value;
    if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.right === value) {
      names.push(parent.left.getText());
      value = outermost(parent);
    } else {
      if (ts.isVariableDeclaration(parent) && parent.initializer === value) names.push(parent.name.getText());
      return names;
    }
  }
}

/** `Store`, `exports.Store`, or the module itself; not the method `Store.prototype.Load`. */
function namesType(name: string): boolean {
  if (name === 'module.exports') return true;
  return !name.includes('.prototype.') && !name.startsWith('this.') && /(^|\.)_?[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*$/.test(name);
}

/** `this.x = …`, in the function itself. */
function fillsThis(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && isOwnMember(node.left)) return true;
  if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node) || ts.isClassLike(node)) return false;
  return ts.forEachChild(node, fillsThis) === true;
}

function isOwnMember(target: ts.Expression): boolean {
  return (
    (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) &&
    unwrapped(target.expression).kind === ts.SyntaxKind.ThisKeyword
  );
}

const ownersByFile = new WeakMap<ts.SourceFile, ReadonlySet<string>>();

/** The texts of what has a prototype, or inherits one, in a file. */
function prototypeOwnersIn(file: ts.SourceFile): ReadonlySet<string> {
  const known = ownersByFile.get(file);
  if (known !== undefined) return known;
  const owners = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'prototype') owners.add(node.expression.getText());
    else if (ts.isCallExpression(node) && /(^|\.)inherits$/.test(node.expression.getText())) {
      const [child] = node.arguments;
      if (child !== undefined) owners.add(child.getText());
    }
    ts.forEachChild(node, visit);
  };
  if (/\bprototype\b|\binherits\b/.test(file.text)) visit(file);
  ownersByFile.set(file, owners);
  return owners;
}
