/**
 * What `store.load` means where `store` is `require('./store')`: the export of that name, which the binder's table of the module tells.
 * The type checker answers the same after it has made a type of the module and asked how each `store` may have been narrowed.
 */

import { ts } from 'ts-morph';
import type { Program } from './program.ts';
import { declaredBy, isRead } from './scopes.ts';
import { identifiersByName } from './tree-index.ts';

/** What the binder keeps on a tree, which is not in its types. */
type BoundFile = ts.SourceFile & {
  readonly symbol?: ts.Symbol & { readonly mergeId?: number };
  readonly commonJsModuleIndicator?: ts.Node;
  readonly externalModuleIndicator?: ts.Node;
};

/**
 * The variable that holds a required module, or the export, as the module declares it, that a member of such a variable is;
 * undefined where only the checker can say. The program has to be bound.
 */
export function requiredSymbol(program: Program, name: ts.Identifier): ts.Symbol | undefined {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent) && parent.name === name) return requiredMember(program, name, parent);
  const variable = isRead(name) ? declaredBy(name) : undefined;
  return variable !== undefined && requiredBy(program, variable) !== undefined && isValue(program, variable) ? variable : undefined;
}

function requiredMember(program: Program, name: ts.Identifier, access: ts.PropertyAccessExpression): ts.Symbol | undefined {
  if (!ts.isIdentifier(access.expression)) return undefined;
  if (ts.isBinaryExpression(access.parent) && access.parent.left === access) return undefined;
  const variable = declaredBy(access.expression);
  const file = variable && requiredBy(program, variable);
  if (variable === undefined || file === undefined) return undefined;
  const exported = exportsOf(file)?.get(name.escapedText);
  if (exported === undefined || !isValue(program, exported) || !isNeverNarrowed(variable)) return undefined;
  return exported;
}

/** The module of the program that `const store = require('./store')` loads. */
function requiredBy(program: Program, { declarations: [declaration, ...others] = [] }: ts.Symbol): BoundFile | undefined {
  if (declaration === undefined || others.length > 0 || !ts.isVariableDeclaration(declaration)) return undefined;
  const { initializer } = declaration;
  if (!ts.isIdentifier(declaration.name) || declaration.type !== undefined || initializer === undefined) return undefined;
  if (!ts.isCallExpression(initializer) || !ts.isIdentifier(initializer.expression) || initializer.expression.text !== 'require')
    return undefined;
  const [specifier] = initializer.arguments;
  if (specifier === undefined || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return undefined;
  return program.resolveImport(specifier.text, declaration.getSourceFile());
}

/** Those of a module that is written `exports.load = …` alone. */
function exportsOf({ symbol, commonJsModuleIndicator, externalModuleIndicator }: BoundFile): ts.SymbolTable | undefined {
  if (commonJsModuleIndicator === undefined || externalModuleIndicator !== undefined || symbol === undefined) return undefined;
  // What other files add to a module, the checker has merged into another symbol.
  if (symbol.mergeId !== undefined && symbol.mergeId !== 0) return undefined;
  return symbol.exports?.has(ts.InternalSymbolName.ExportEquals) === true ? undefined : symbol.exports;
}

function isValue(program: Program, symbol: ts.Symbol): boolean {
  if ((symbol.flags & ts.SymbolFlags.Value) !== 0) return true;
  return (symbol.flags & ts.SymbolFlags.Alias) !== 0 && (program.checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value) !== 0;
}

const narrowed = new WeakMap<ts.Symbol, boolean>();

/** Is the variable nothing but called and asked for members? `if (store)` and `store instanceof Store` would make it another type. */
function isNeverNarrowed(variable: ts.Symbol): boolean {
  let known = narrowed.get(variable);
  if (known === undefined) {
    const declaration = variable.declarations?.[0];
    const places = declaration === undefined ? [] : (identifiersByName(declaration.getSourceFile()).get(variable.name) ?? []);
    known = places.every((place) => isMemberOrTaken(place, declaration));
    narrowed.set(variable, known);
  }
  return known;
}

function isMemberOrTaken(place: ts.Identifier, declaration: ts.Declaration | undefined): boolean {
  const { parent } = place;
  if (parent === declaration || ts.isPropertyAssignment(parent)) return true;
  return (
    ts.isPropertyAccessExpression(parent) || ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === place)
  );
}
