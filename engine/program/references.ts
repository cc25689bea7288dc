/**
 * Who refers to a symbol, through an index of names: a file is walked once, when a name that it mentions is first asked for.
 * The language service's find-references costs a search of the whole program for each question.
 */

import { ts } from 'ts-morph';
import type { Program } from './program.ts';
import { identifiersByName, loadsIn } from './tree-index.ts';

/** A question to an identifier that its tree answers, without types. */
type ByForm = (identifier: ts.Identifier) => boolean;

const isAny: ByForm = () => true;

export class References {
  readonly #program: Program;
  readonly #files: readonly ts.SourceFile[];
  readonly #indexes = new Map<ts.SourceFile, NameIndex>();
  readonly #bySymbol = new Map<ts.Symbol, readonly ts.Identifier[]>();
  readonly #byName = new Map<string, readonly ts.Identifier[]>();
  readonly #amongBySymbol = new Map<ByForm, Map<ts.Symbol, readonly ts.Identifier[]>>();
  readonly #candidatesByName = new Map<ByForm, Map<string, readonly ts.Identifier[]>>();
  readonly #symbolsOf = new Map<ts.Identifier, readonly ts.Symbol[]>();
  #filesByName: ReadonlyMap<string, readonly ts.SourceFile[]> | undefined;
  #moduleUses: Map<ts.SourceFile, ts.StringLiteralLike[]> | undefined;

  constructor(program: Program, files: readonly ts.SourceFile[]) {
    this.#program = program;
    this.#files = files;
  }

  /**
   * Every identifier in the project that resolves to `symbol`, its declarations' names and its import specifiers included.
   */
  to(symbol: ts.Symbol): readonly ts.Identifier[] {
    let found = this.#bySymbol.get(symbol);
    if (found === undefined) this.#bySymbol.set(symbol, (found = this.#search(symbol, isAny)));
    return found;
  }

  /**
   * Those of `to` for which `relevant` holds by their form: what an identifier refers to costs far more to ask.
   * @param relevant the same function each time, for what it says is remembered
   */
  among(symbol: ts.Symbol, relevant: ByForm): readonly ts.Identifier[] {
    const known = remembered(this.#amongBySymbol, relevant);
    let found = known.get(symbol);
    if (found === undefined) known.set(symbol, (found = this.#bySymbol.get(symbol)?.filter(relevant) ?? this.#search(symbol, relevant)));
    return found;
  }

  /** Those with this name that may be relevant, or lead to another name. */
  #candidates(name: string, relevant: ByForm): readonly ts.Identifier[] {
    if (relevant === isAny) return this.named(name);
    const known = remembered(this.#candidatesByName, relevant);
    let found = known.get(name);
    if (found === undefined) {
      found = this.named(name).filter((identifier) => relevant(identifier) || renamedTo(identifier) !== undefined);
      known.set(name, found);
    }
    return found;
  }

  #search(symbol: ts.Symbol, relevant: ByForm): ts.Identifier[] {
    const isMeant = (identifier: ts.Identifier): boolean => relevant(identifier) && this.#refersTo(identifier, symbol);
    const home = localHome(symbol);
    if (home !== undefined) {
      const local = this.namedIn(home, symbol.name);
      if (!local.some((identifier) => exportedName(identifier) !== undefined && this.#refersTo(identifier, symbol)))
        return local.filter((identifier) => !isMemberName(identifier) && isMeant(identifier));
    }
    const found = new Set<ts.Identifier>();
    const pending = namesOf(symbol);
    const searched = new Set<string>();
    // A renamed import or destructuring (`{ load: loadOrder }`) continues the search under its new name.
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (searched.has(name)) continue;
      searched.add(name);
      for (const identifier of this.#candidates(name, relevant)) {
        const renamed = renamedTo(identifier);
        if (renamed === undefined ? !isMeant(identifier) : !this.#refersTo(identifier, symbol)) continue;
        if (renamed !== undefined) pending.push(renamed);
        if (renamed === undefined || relevant(identifier)) found.add(identifier);
      }
    }
    // `module.exports = f` and `export default f` are reached under any name: follow who imports the module.
    for (const local of this.#importedWholes(symbol)) {
      if (searched.has(local.text)) continue;
      searched.add(local.text);
      for (const identifier of this.#candidates(local.text, relevant)) if (isMeant(identifier)) found.add(identifier);
    }
    return [...found];
  }

  /** Every identifier of the project with this text. */
  named(name: string): readonly ts.Identifier[] {
    let found = this.#byName.get(name);
    if (found === undefined) {
      found = (this.#mentions.get(name) ?? []).flatMap((file) => this.#index(file).get(name) ?? []);
      this.#byName.set(name, found);
    }
    return found;
  }

  namedIn(file: ts.SourceFile, name: string): readonly ts.Identifier[] {
    return identifiersNamed(file, name);
  }

  /** The specifiers, in `import`, `export … from`, `require()` and `import()`, that resolve to `file`. */
  toModule(file: ts.SourceFile): readonly ts.StringLiteralLike[] {
    this.#moduleUses ??= this.#collectModuleUses();
    return this.#moduleUses.get(file) ?? [];
  }

  /** Does the identifier refer to anything that is known? */
  isResolved(identifier: ts.Identifier): boolean {
    const symbols = this.#symbolsOf.get(identifier);
    return (symbols !== undefined && symbols.length > 0) || this.#program.symbolOf(identifier) !== undefined;
  }

  #refersTo(identifier: ts.Identifier, symbol: ts.Symbol): boolean {
    let symbols = this.#symbolsOf.get(identifier);
    if (symbols === undefined) {
      symbols = this.#program.symbolsOf(identifier);
      this.#symbolsOf.set(identifier, symbols);
    }
    return symbols.includes(symbol);
  }

  #index(file: ts.SourceFile): NameIndex {
    let index = this.#indexes.get(file);
    if (index === undefined) {
      index = identifiersByName(file);
      this.#indexes.set(file, index);
    }
    return index;
  }

  get #mentions(): ReadonlyMap<string, readonly ts.SourceFile[]> {
    return (this.#filesByName ??= filesByName(this.#files));
  }

  #importedWholes(symbol: ts.Symbol): ts.Identifier[] {
    const files = new Set((symbol.declarations ?? []).map((declaration) => declaration.getSourceFile()));
    return [...files]
      .filter((file) => this.#hasWhole(file))
      .flatMap((file) => this.toModule(file))
      .flatMap((specifier) => wholeBinding(specifier) ?? []);
  }

  /** Does the file export one thing that an importer can bind to any name? Else none of its names is reached in that way. */
  #hasWhole(file: ts.SourceFile): boolean {
    const exported = this.#program.moduleSymbol(file)?.exports;
    return exported === undefined || exported.has(ts.InternalSymbolName.ExportEquals) || exported.has(ts.InternalSymbolName.Default);
  }

  #collectModuleUses(): Map<ts.SourceFile, ts.StringLiteralLike[]> {
    const uses = new Map<ts.SourceFile, ts.StringLiteralLike[]>();
    for (const file of this.#files) {
      for (const specifier of moduleSpecifiers(file)) {
        const target = this.#program.resolveImport(specifier.text, file);
        if (target === undefined) continue;
        const list = uses.get(target);
        if (list === undefined) uses.set(target, [specifier]);
        else list.push(specifier);
      }
    }
    return uses;
  }
}

/** The parser keeps every name of a file in a table on its tree, which is not in its types. */
function namesIn(file: ts.SourceFile): ReadonlyMap<string, string> {
  return (file as ts.SourceFile & { readonly identifiers: ReadonlyMap<string, string> }).identifiers;
}

function remembered<Question, Key, Answer>(answers: Map<Question, Map<Key, Answer>>, question: Question): Map<Key, Answer> {
  let known = answers.get(question);
  if (known === undefined) answers.set(question, (known = new Map<Key, Answer>()));
  return known;
}

function filesByName(files: readonly ts.SourceFile[]): Map<string, ts.SourceFile[]> {
  const found = new Map<string, ts.SourceFile[]>();
  for (const file of files) {
    for (const name of namesIn(file).keys()) {
      const list = found.get(name);
      if (list === undefined) found.set(name, [file]);
      else list.push(file);
    }
  }
  return found;
}

type NameIndex = ReadonlyMap<string, readonly ts.Identifier[]>;

/** Every identifier with the name in the tree. */
export function identifiersNamed(file: ts.SourceFile, name: string): readonly ts.Identifier[] {
  return namesIn(file).has(name) ? (identifiersByName(file).get(name) ?? []) : [];
}

/** The file outside of which a symbol has no references: that of a parameter, or of what is declared inside a function. */
function localHome(symbol: ts.Symbol): ts.SourceFile | undefined {
  const [declaration, ...others] = symbol.declarations ?? [];
  if (declaration === undefined || others.length > 0) return undefined;
  // A class's parameter property is a member too.
  if (ts.isParameter(declaration))
    return ts.isParameterPropertyDeclaration(declaration, declaration.parent) ? undefined : declaration.getSourceFile();
  if (!ts.isVariableDeclaration(declaration) && !ts.isFunctionDeclaration(declaration)) return undefined;
  if ((symbol.flags & ts.SymbolFlags.Alias) !== 0) return undefined;
  for (let node: ts.Node = declaration.parent; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isFunctionLike(node)) return declaration.getSourceFile();
  }
  const file = declaration.getSourceFile();
  return isModule(file) && !mayBeExported(file, symbol.name) ? file : undefined;
}

/** The names of a script are those of all scripts. The binder tells what is one, on properties that are not in the types. */
export function isModule(file: ts.SourceFile): boolean {
  const { externalModuleIndicator, commonJsModuleIndicator } = file as ts.SourceFile & {
    readonly externalModuleIndicator?: unknown;
    readonly commonJsModuleIndicator?: unknown;
  };
  return externalModuleIndicator !== undefined || commonJsModuleIndicator !== undefined;
}

/** Does the name stand anywhere in the file where it may be given to those who load the file, as itself or under another name? */
function mayBeExported(file: ts.SourceFile, name: string): boolean {
  return (identifiersByName(file).get(name) ?? []).some((identifier) => {
    const { parent } = identifier;
    if (exportedName(identifier) !== undefined || ts.isShorthandPropertyAssignment(parent)) return true;
    if (ts.isExportSpecifier(parent) || ts.isExportAssignment(parent)) return true;
    const declaration = ts.isVariableDeclaration(parent) ? parent.parent.parent : parent;
    const modifiers = ts.canHaveModifiers(declaration) ? ts.getModifiers(declaration) : undefined;
    return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
  });
}

/** `name` in `x.name`, `{ name: x }` and `{ name() {} }`: never a variable or parameter of a function. */
function isMemberName(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent))
    return parent.name === identifier;
  return ts.isBindingElement(parent) && parent.propertyName === identifier;
}

/** An `export default function load` is called `default` by its symbol and `load` by its file. */
function namesOf(symbol: ts.Symbol): string[] {
  const declared = (symbol.declarations ?? []).flatMap((declaration) => {
    const name = ts.getNameOfDeclaration(declaration);
    return name !== undefined && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) ? [name.text] : [];
  });
  return [...new Set([symbol.name, ...declared])];
}

/** The new name that an import specifier, export specifier, destructuring or `exports.name = …` gives to what `identifier` names. */
function renamedTo(identifier: ts.Identifier): string | undefined {
  const { parent } = identifier;
  const exported = exportedName(identifier);
  if (exported !== undefined) return exported;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent))
    return parent.propertyName === identifier ? parent.name.text : undefined;
  if (ts.isBindingElement(parent) && parent.propertyName === identifier && ts.isIdentifier(parent.name)) return parent.name.text;
  return undefined;
}

/** In `exports.find = load` and `module.exports = load`, which make the export another name of `load`: that name. */
function exportedName(identifier: ts.Identifier): string | undefined {
  const { parent } = identifier;
  if (!ts.isBinaryExpression(parent) || parent.right !== identifier || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken)
    return undefined;
  const { left } = parent;
  if (!ts.isPropertyAccessExpression(left) || !ts.isIdentifier(left.name)) return undefined;
  return isExports(left.expression) ? left.name.text : undefined;
}

/** `exports`, `module.exports`, and `module` before `.exports`. */
function isExports(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === 'exports' || node.text === 'module';
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'exports' &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'module'
  );
}

/** The local name bound to the whole of an imported module or to its default: `const load = require('./load')`. */
function wholeBinding(specifier: ts.StringLiteralLike): ts.Identifier | undefined {
  const { parent } = specifier;
  if (ts.isImportDeclaration(parent)) return parent.importClause?.name;
  if (ts.isCallExpression(parent) && ts.isVariableDeclaration(parent.parent) && ts.isIdentifier(parent.parent.name))
    return parent.parent.name;
  return undefined;
}

const specifiersByFile = new WeakMap<ts.SourceFile, readonly ts.StringLiteralLike[]>();

/** Every module specifier written as a literal in `file`. Kept by tree, like the names. */
export function moduleSpecifiers(file: ts.SourceFile): readonly ts.StringLiteralLike[] {
  const known = specifiersByFile.get(file);
  if (known !== undefined) return known;
  const found: ts.StringLiteralLike[] = [];
  for (const node of loadsIn(file)) {
    const specifier = ts.isCallExpression(node) ? node.arguments[0] : node.moduleSpecifier;
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push(specifier);
  }
  specifiersByFile.set(file, found);
  return found;
}
