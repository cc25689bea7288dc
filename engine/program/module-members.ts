/**
 * What `store.load` means where `store` is `require('./store')`: the export of that name, which the binder's table of the module tells.
 * The type checker answers the same after it has made a type of the module and asked how each `store` may have been narrowed.
 */

import { ts } from 'ts-morph';
import type { Program } from './program.ts';
import { declaredBy, isMerged, isRead } from './scopes.ts';
import { identifiersByName } from './tree-index.ts';

/** What the binder keeps on a tree, which is not in its types. */
type BoundFile = ts.SourceFile & {
  readonly symbol?: ts.Symbol;
  readonly commonJsModuleIndicator?: ts.Node;
  readonly externalModuleIndicator?: ts.Node;
};

/** The required modules of a program with its present texts; it has to be bound. */
export class RequiredModules {
  readonly #program: Program;
  /** By the variable that holds the module. */
  readonly #files = new Map<ts.Symbol, BoundFile | undefined>();
  readonly #members = new Map<ts.Symbol, ts.SymbolTable | undefined>();

  constructor(program: Program) {
    this.#program = program;
  }

  /**
   * The variable that holds a required module, or the export, as the module declares it, that a member of such a variable is;
   * undefined where only the checker can say.
   */
  symbolOf(name: ts.Identifier): ts.Symbol | undefined {
    const { parent } = name;
    if (ts.isPropertyAccessExpression(parent) && parent.name === name) return this.#memberOf(name, parent);
    const variable = isRead(name) ? declaredBy(name) : undefined;
    return variable !== undefined && this.#fileOf(variable) !== undefined && isValue(this.#program, variable) ? variable : undefined;
  }

  #memberOf(name: ts.Identifier, access: ts.PropertyAccessExpression): ts.Symbol | undefined {
    if (!ts.isIdentifier(access.expression)) return undefined;
    if (ts.isBinaryExpression(access.parent) && access.parent.left === access) return undefined;
    const variable = declaredBy(access.expression);
    const exported = variable && this.#membersOf(variable)?.get(name.escapedText);
    return exported !== undefined && isValue(this.#program, exported) ? exported : undefined;
  }

  /** Those of the module, as long as the variable can hold nothing else. */
  #membersOf(variable: ts.Symbol): ts.SymbolTable | undefined {
    if (!isAlias(variable)) return undefined;
    if (this.#members.has(variable)) return this.#members.get(variable);
    const file = this.#fileOf(variable);
    const members = file !== undefined && isNeverNarrowed(variable) ? exportsOf(file) : undefined;
    this.#members.set(variable, members);
    return members;
  }

  #fileOf(variable: ts.Symbol): BoundFile | undefined {
    if (!isAlias(variable)) return undefined;
    if (!this.#files.has(variable)) this.#files.set(variable, requiredBy(this.#program, variable));
    return this.#files.get(variable);
  }
}

/** In JavaScript, the binder takes a variable with a `require` for an import. */
function isAlias({ flags }: ts.Symbol): boolean {
  return (flags & ts.SymbolFlags.Alias) !== 0;
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
  if (isMerged(symbol)) return undefined;
  return symbol.exports?.has(ts.InternalSymbolName.ExportEquals) === true ? undefined : symbol.exports;
}

function isValue(program: Program, symbol: ts.Symbol): boolean {
  if ((symbol.flags & ts.SymbolFlags.Value) !== 0) return true;
  return (symbol.flags & ts.SymbolFlags.Alias) !== 0 && (program.checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value) !== 0;
}

/** Is the variable nothing but called and asked for members? `if (store)` and `store instanceof Store` would make it another type. */
function isNeverNarrowed({ name, declarations: [declaration] = [] }: ts.Symbol): boolean {
  const places = declaration === undefined ? [] : (identifiersByName(declaration.getSourceFile()).get(name) ?? []);
  return places.every((place) => isMemberOrTaken(place, declaration));
}

function isMemberOrTaken(place: ts.Identifier, declaration: ts.Declaration | undefined): boolean {
  const { parent } = place;
  if (parent === declaration || ts.isPropertyAssignment(parent)) return true;
  return (
    ts.isPropertyAccessExpression(parent) || ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === place)
  );
}
