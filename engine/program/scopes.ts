/**
 * What a name means that stands for something declared around it, in the same function or module: its tree and the tables of the binder tell.
 * The type checker answers the same, after many questions that matter for names of modules, members and types alone.
 */

import { ts } from 'ts-morph';
import { isModule } from './references.ts';

/** The binder keeps the names that a function or block declares on its node, which is not in its types. */
type Scope = ts.Node & { readonly locals?: ReadonlyMap<ts.__String, ts.Symbol> };
type Declaring = ts.Node & { readonly symbol?: ts.Symbol };

/** Names that the language or CommonJS gives another meaning than a declaration does. */
const special: ReadonlySet<string> = new Set(['arguments', 'exports', 'module', 'require', 'undefined']);

/**
 * The parameter, variable or function that `name` refers to, if it is declared inside the function around it, in one further out, or by
 * the module; undefined where only the checker can say. The program has to be bound.
 */
export function localSymbolOf(name: ts.Identifier): ts.Symbol | undefined {
  if (isNameOfVariable(name)) return plainVariable((name.parent as Declaring).symbol);
  return isRead(name) ? plainVariable(declaredBy(name)) : undefined;
}

/** What a name is declared as, in a function or the module around it: also an import. */
export function declaredBy(name: ts.Identifier): ts.Symbol | undefined {
  if (special.has(name.text)) return undefined;
  let inner: ts.Node = name;
  for (let outer: ts.Node = name.parent; ; inner = outer, outer = outer.parent) {
    if (declaresNothing.has(outer.kind)) continue;
    if (ts.isSourceFile(outer) ? !isModule(outer) : isBeyondThis(outer, inner)) return undefined;
    const found = (outer as Scope).locals?.get(name.escapedText);
    if (found !== undefined) return found;
    if ((ts.isFunctionExpression(outer) || ts.isClassLike(outer)) && outer.name?.text === name.text) return undefined;
    if (ts.isSourceFile(outer)) return undefined;
  }
}

/** What most names stand in, and no name is declared for: passed by without a look. */
const declaresNothing: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ArrayLiteralExpression,
  ts.SyntaxKind.AwaitExpression,
  ts.SyntaxKind.BinaryExpression,
  ts.SyntaxKind.CallExpression,
  ts.SyntaxKind.ConditionalExpression,
  ts.SyntaxKind.ElementAccessExpression,
  ts.SyntaxKind.ExpressionStatement,
  ts.SyntaxKind.IfStatement,
  ts.SyntaxKind.NewExpression,
  ts.SyntaxKind.ObjectLiteralExpression,
  ts.SyntaxKind.ParenthesizedExpression,
  ts.SyntaxKind.PrefixUnaryExpression,
  ts.SyntaxKind.PropertyAccessExpression,
  ts.SyntaxKind.PropertyAssignment,
  ts.SyntaxKind.ReturnStatement,
  ts.SyntaxKind.SpreadElement,
  ts.SyntaxKind.TemplateExpression,
  ts.SyntaxKind.TemplateSpan,
  ts.SyntaxKind.TryStatement,
  ts.SyntaxKind.TypeOfExpression,
  ts.SyntaxKind.VariableDeclaration,
  ts.SyntaxKind.VariableDeclarationList,
  ts.SyntaxKind.VariableStatement,
]);

/** TypeScript's flag of what stands in `with (…) { … }`, where it says nothing of names; it is not in its types. */
const inWithStatement = 1 << 26;

/** `load` in `function load() {}` and `const load = …`, which the binder has given a symbol. */
function isNameOfVariable(name: ts.Identifier): boolean {
  const { parent } = name;
  if ((name.flags & inWithStatement) !== 0) return false;
  return (ts.isFunctionDeclaration(parent) || ts.isVariableDeclaration(parent)) && parent.name === name;
}

/** Is it an expression by itself, whose meaning is that of its scope? */
export function isRead(name: ts.Identifier): boolean {
  const { parent } = name;
  switch (parent.kind) {
    case ts.SyntaxKind.PropertyAccessExpression:
      // To the checker, `name` in `name.member = …` may stand for what the assignment declares.
      return (
        (parent as ts.PropertyAccessExpression).expression === name &&
        !(ts.isBinaryExpression(parent.parent) && parent.parent.left === parent)
      );
    case ts.SyntaxKind.VariableDeclaration:
    case ts.SyntaxKind.PropertyAssignment:
      return (parent as ts.VariableDeclaration | ts.PropertyAssignment).initializer === name;
    default:
      return readers.has(parent.kind);
  }
}

/** Whatever stands directly in one of these is read. */
const readers: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ArrayLiteralExpression,
  ts.SyntaxKind.ArrowFunction,
  ts.SyntaxKind.AwaitExpression,
  ts.SyntaxKind.BinaryExpression,
  ts.SyntaxKind.CallExpression,
  ts.SyntaxKind.ConditionalExpression,
  ts.SyntaxKind.ElementAccessExpression,
  ts.SyntaxKind.ExpressionStatement,
  ts.SyntaxKind.IfStatement,
  ts.SyntaxKind.NewExpression,
  ts.SyntaxKind.ParenthesizedExpression,
  ts.SyntaxKind.PrefixUnaryExpression,
  ts.SyntaxKind.ReturnStatement,
  ts.SyntaxKind.SpreadElement,
  ts.SyntaxKind.TemplateSpan,
  ts.SyntaxKind.TypeOfExpression,
]);

/** Places with rules of their own: parameters and their defaults, decorators, names in brackets, namespaces. */
function isBeyondThis(outer: ts.Node, inner: ts.Node): boolean {
  if (ts.isFunctionLike(outer)) return !('body' in outer) || outer.body !== inner;
  return ts.isParameter(outer) || ts.isDecorator(outer) || ts.isComputedPropertyName(outer) || ts.isModuleDeclaration(outer);
}

/** The symbol, if it is that of a variable, parameter or function, and the checker has no other one for it. */
function plainVariable(symbol: ts.Symbol | undefined): ts.Symbol | undefined {
  if (symbol === undefined) return undefined;
  // What the checker has merged with others, such as a function that is all that a module exports, it knows by another symbol.
  if (isMerged(symbol)) return undefined;
  const { flags } = symbol;
  if ((flags & (ts.SymbolFlags.Alias | ts.SymbolFlags.Transient)) !== 0) return undefined;
  return (flags & (ts.SymbolFlags.Variable | ts.SymbolFlags.Function)) === 0 ? undefined : symbol;
}

/** Has a checker made this symbol and others into one, which it knows by another? */
export function isMerged(symbol: ts.Symbol): boolean {
  const { mergeId } = symbol as ts.Symbol & { readonly mergeId?: number };
  return mergeId !== undefined && mergeId !== 0;
}
