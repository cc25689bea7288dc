/** May an error handler reach the other end of a connection, to tell it of the failure? */

import { ts } from 'ts-morph';
import { isScopeName } from '../../engine/imports/bindings.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Handler } from './handler.ts';
import type { Stage } from './wiring.ts';

/** Properties through which a request leads to its response. */
const leadsToResponse = new Set(['res', 'response', 'socket', 'connection', 'next', 'ctx']);

/**
 * A handler that uses nothing of the functions around it cannot know of `destination`; nor does one that only reads values such as
 * `req.url`. Anything else, `next` and callbacks above all, may end in an answer.
 */
export function answersThrough(program: Program, handler: Handler, destination: Stage): boolean {
  if (handler.kind === 'named') return !isOfModule(program, rootIdentifier(handler.callee));
  const { fn } = handler;
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found) return;
    if (node.kind === ts.SyntaxKind.ThisKeyword) found = true;
    if (ts.isIdentifier(node) && isScopeName(node) && !isDeclaredIn(program, node, fn) && !isOfModule(program, node)) {
      found = !isDestroyed(node, destination) && !isValue(program, node);
    }
    ts.forEachChild(node, visit);
  };
  visit(fn.body);
  return found;
}

function rootIdentifier(callee: ts.Expression): ts.Identifier | undefined {
  if (ts.isPropertyAccessExpression(callee)) return rootIdentifier(callee.expression);
  return ts.isIdentifier(callee) ? callee : undefined;
}

/** A global, an import, or declared at the top of a file. */
function isOfModule(program: Program, identifier: ts.Identifier | undefined): boolean {
  if (identifier === undefined) return false;
  const declaration = program.symbolOf(identifier)?.declarations?.[0];
  // An import of a file of the program leads to the file itself.
  if (declaration === undefined || ts.isSourceFile(declaration) || !program.owns(declaration)) return true;
  for (let node: ts.Node = declaration.parent; !ts.isSourceFile(node); node = node.parent) if (ts.isFunctionLike(node)) return false;
  return true;
}

function isDeclaredIn(program: Program, identifier: ts.Identifier, fn: ts.Node): boolean {
  const declaration = program.symbolOf(identifier)?.declarations?.[0];
  return declaration?.getSourceFile() === fn.getSourceFile() && declaration.pos >= fn.pos && declaration.end <= fn.end;
}

/** `res.destroy()`: what the pipeline does as well. */
function isDestroyed(node: ts.Identifier, { symbol }: Stage): boolean {
  const { parent } = node;
  return (
    symbol !== undefined &&
    ts.isPropertyAccessExpression(parent) &&
    parent.expression === node &&
    parent.name.text === 'destroy' &&
    ts.isCallExpression(parent.parent)
  );
}

/** A string or a number, or a property that is read: nothing that could be called. */
function isValue(program: Program, node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
    const isCalled = ts.isCallExpression(parent.parent) && parent.parent.expression === parent;
    return !isCalled && !leadsToResponse.has(parent.name.text) && !ts.isPropertyAccessExpression(parent.parent);
  }
  const primitive =
    ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.Null | ts.TypeFlags.Undefined;
  return (program.checker.getTypeAtLocation(node).flags & primitive) !== 0;
}
