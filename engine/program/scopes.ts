/**
 * What a name means that stands for something declared around it, in the same function or module: its tree and the tables of the binder tell.
 * The type checker answers the same, after many questions that matter for names of modules, members and types alone.
 */

import { ts } from 'ts-morph';
import { isModule } from './references.ts';

/** The binder keeps the names that a function or block declares on its node, which is not in its types. */
type Scope = ts.Node & { readonly locals?: ReadonlyMap<ts.__String, ts.Symbol> };

/** Names that the language or CommonJS gives another meaning than a declaration does. */
const special: ReadonlySet<string> = new Set(['arguments', 'exports', 'module', 'require', 'undefined']);

/**
 * The parameter, variable or function that `name` refers to, if it is declared inside the function around it, in one further out, or by
 * the module; undefined where only the checker can say. The program has to be bound.
 */
export function localSymbolOf(name: ts.Identifier): ts.Symbol | undefined {
  if (special.has(name.text) || !isRead(name)) return undefined;
  let inner: ts.Node = name;
  for (let outer: ts.Node = name.parent; ; inner = outer, outer = outer.parent) {
    if (ts.isSourceFile(outer) ? !isModule(outer) : isBeyondThis(outer, inner)) return undefined;
    const found = (outer as Scope).locals?.get(name.escapedText);
    if (found !== undefined) return isPlainVariable(found) ? found : undefined;
    if ((ts.isFunctionExpression(outer) || ts.isClassLike(outer)) && outer.name?.text === name.text) return undefined;
    if (ts.isSourceFile(outer)) return undefined;
  }
}

/** Is it an expression by itself, whose meaning is that of its scope? */
function isRead(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent)) {
    // To the checker, `name` in `name.member = …` may stand for what the assignment declares.
    return parent.expression === name && !(ts.isBinaryExpression(parent.parent) && parent.parent.left === parent);
  }
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.initializer === name;
  return (
    ts.isCallExpression(parent) ||
    ts.isNewExpression(parent) ||
    ts.isElementAccessExpression(parent) ||
    ts.isBinaryExpression(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isIfStatement(parent) ||
    ts.isConditionalExpression(parent) ||
    ts.isParenthesizedExpression(parent) ||
    ts.isExpressionStatement(parent)
  );
}

/** Places with rules of their own: parameters and their defaults, decorators, names in brackets, namespaces. */
function isBeyondThis(outer: ts.Node, inner: ts.Node): boolean {
  if (ts.isFunctionLike(outer)) return !('body' in outer) || outer.body !== inner;
  return ts.isParameter(outer) || ts.isDecorator(outer) || ts.isComputedPropertyName(outer) || ts.isModuleDeclaration(outer);
}

function isPlainVariable(symbol: ts.Symbol): boolean {
  // What the checker has merged with others, such as a function that is all that a module exports, it knows by another symbol.
  const { flags, mergeId } = symbol as ts.Symbol & { readonly mergeId?: number };
  if (mergeId !== undefined && mergeId !== 0) return false;
  if ((flags & (ts.SymbolFlags.Alias | ts.SymbolFlags.Transient)) !== 0) return false;
  return (flags & (ts.SymbolFlags.Variable | ts.SymbolFlags.Function)) !== 0;
}
