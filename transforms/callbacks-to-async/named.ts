/** Callbacks that are declared as functions of the same scope and used in one place: they read as if they were written there. */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import type { Program } from '../../engine/program/program.ts';
import { isScopeName } from '../../engine/imports/bindings.ts';
import type { InlineCallback } from './sites.ts';

/** The function that `name`, the callback of `call`, stands for, when this is its only use. */
export function namedCallback(program: Program, call: ts.CallExpression, name: ts.Identifier): InlineCallback | undefined {
  const symbol = program.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  if (symbol?.declarations?.length !== 1 || declaration === undefined || !ts.isFunctionDeclaration(declaration)) return undefined;
  if (!hasBody(declaration) || onlyUse(program, declaration) !== name) return undefined;
  if (!ts.isBlock(declaration.parent) || !isWithin(call, declaration.parent) || isWithin(call, declaration)) return undefined;
  return meansTheSame(program, declaration, call) ? declaration : undefined;
}

/** Where a declared function is used, if that is one place. */
export function onlyUse(program: Program, fn: ts.FunctionDeclaration): ts.Identifier | undefined {
  const symbol = fn.name && program.symbolOf(fn.name);
  if (symbol === undefined) return undefined;
  const [use, ...others] = program.references.to(symbol).filter((one) => one !== fn.name);
  return others.length === 0 ? use : undefined;
}

function hasBody(fn: ts.FunctionDeclaration): fn is ts.FunctionDeclaration & { readonly body: ts.Block } {
  return fn.body !== undefined;
}

/** Every name in the function is the same thing where the call stands. */
function meansTheSame(program: Program, fn: ts.FunctionDeclaration & { readonly body: ts.Block }, call: ts.CallExpression): boolean {
  const { checker } = program;
  const visit = (node: ts.Node): boolean => {
    if (ts.isIdentifier(node) && isScopeName(node)) {
      const here = checker.resolveName(node.text, node, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false);
      const isOwn = here?.declarations?.some((one) => isWithin(one, fn)) === true;
      return isOwn || here === checker.resolveName(node.text, call, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false);
    }
    return ts.forEachChild(node, (child) => (visit(child) ? undefined : true)) !== true;
  };
  return visit(fn.body);
}
