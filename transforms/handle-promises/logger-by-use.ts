/** A logger of no known library: what the file itself tells of its errors, `log.error(error)` in a `catch`. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';

const telling = new Set(['error', 'captureException']);

const known = new WeakMap<ts.SourceFile, ts.PropertyAccessExpression | undefined>();

/** @returns the `log.error` of the first such call whose `log` is a top-level binding of the file */
export function loggerByUse(program: Program, file: ts.SourceFile): ts.PropertyAccessExpression | undefined {
  if (!known.has(file)) known.set(file, firstUse(program, file));
  return known.get(file);
}

function firstUse(program: Program, file: ts.SourceFile): ts.PropertyAccessExpression | undefined {
  const visit = (node: ts.Node): ts.PropertyAccessExpression | undefined => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression: callee } = node;
      if (telling.has(callee.name.text) && isOfFile(program, callee.expression) && node.arguments.some((one) => isCaught(program, one)))
        return callee;
    }
    return ts.forEachChild(node, visit);
  };
  return visit(file);
}

/** Required or imported, or made at the top level; not `console`, which everybody has. */
function isOfFile(program: Program, expression: ts.Expression): boolean {
  if (!ts.isIdentifier(expression)) return false;
  const local = program.checker.resolveName(expression.text, expression, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false);
  return (local?.declarations ?? []).some((declaration) => {
    if (declaration.getSourceFile() !== expression.getSourceFile()) return false;
    if (ts.isImportClause(declaration) || ts.isImportSpecifier(declaration) || ts.isNamespaceImport(declaration)) return true;
    if (!ts.isVariableDeclaration(declaration) && !ts.isBindingElement(declaration)) return false;
    let node: ts.Node = declaration;
    while (!ts.isVariableStatement(node)) {
      if (ts.isSourceFile(node) || ts.isFunctionLike(node)) return false;
      node = node.parent;
    }
    return ts.isSourceFile(node.parent);
  });
}

/** Is it the variable of a `catch`, or what a handler of `.catch` or of an `error` event is given? */
function isCaught(program: Program, argument: ts.Expression): boolean {
  if (!ts.isIdentifier(argument)) return false;
  const declaration = program.symbolOf(argument)?.valueDeclaration;
  if (declaration === undefined) return false;
  if (ts.isVariableDeclaration(declaration)) return ts.isCatchClause(declaration.parent);
  if (!ts.isParameter(declaration)) return false;
  const fn = declaration.parent;
  if (fn.parameters[0] !== declaration || !(ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) || !ts.isCallExpression(fn.parent))
    return false;
  const { expression: callee, arguments: given } = fn.parent;
  if (!ts.isPropertyAccessExpression(callee)) return false;
  if (callee.name.text === 'catch') return given[0] === fn;
  const [event] = given;
  return (
    ['on', 'once'].includes(callee.name.text) &&
    given[1] === fn &&
    event !== undefined &&
    ts.isStringLiteralLike(event) &&
    event.text === 'error'
  );
}
