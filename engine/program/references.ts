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
  /** Of each name, what its identifiers refer to: in one file, and in the project. */
  readonly #localBySymbol = new Map<ByForm, Map<ts.SourceFile, Map<string, BySymbol>>>();
  readonly #namedBySymbol = new Map<ByForm, Map<string, BySymbol>>();
  readonly #relevantBySymbol = new Map<ByForm, Map<string, BySymbol>>();
  readonly #exportedByName = new Map<ts.SourceFile, Map<string, readonly ts.Identifier[]>>();
  readonly #symbolsOf = new Map<ts.Identifier, readonly ts.Symbol[]>();
  readonly #wholeNames = new Map<ts.SourceFile, readonly string[]>();
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

  /**
   * The identifiers of the project with this name that are relevant, or lead to another name. A name is looked at once for all that it
   * may stand for: in minified code thousands of variables share one.
   */
  #namedFor(name: string, relevant: ByForm): BySymbol {
    const known = remembered(this.#namedBySymbol, relevant);
    let found = known.get(name);
    if (found === undefined) {
      const some = this.named(name).filter((one) => relevant(one) || renamedTo(one) !== undefined);
      known.set(name, (found = this.#bySymbolOf(some)));
    }
    return found;
  }

  /** Those that are relevant. */
  #relevantFor(name: string, relevant: ByForm): BySymbol {
    const known = remembered(this.#relevantBySymbol, relevant);
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = this.#bySymbolOf(this.named(name).filter(relevant))));
    return found;
  }

  /** The same for the relevant ones in a file that are no names of members. */
  #localFor(home: ts.SourceFile, name: string, relevant: ByForm): BySymbol {
    const known = remembered(remembered(this.#localBySymbol, relevant), home);
    let found = known.get(name);
    if (found === undefined) {
      const some = this.namedIn(home, name).filter((one) => !isMemberName(one) && relevant(one));
      known.set(name, (found = this.#bySymbolOf(some)));
    }
    return found;
  }

  #bySymbolOf(identifiers: readonly ts.Identifier[]): BySymbol {
    const found = new Map<ts.Symbol, ts.Identifier[]>();
    for (const identifier of identifiers) {
      for (const symbol of new Set(this.#symbols(identifier))) {
        const list = found.get(symbol);
        if (list === undefined) found.set(symbol, [identifier]);
        else list.push(identifier);
      }
    }
    return found;
  }

  /** Does the file give the symbol away under another name? */
  #isExported(symbol: ts.Symbol, home: ts.SourceFile): boolean {
    const known = remembered(this.#exportedByName, home);
    let exported = known.get(symbol.name);
    if (exported === undefined) {
      exported = this.namedIn(home, symbol.name).filter((identifier) => exportedName(identifier) !== undefined);
      known.set(symbol.name, exported);
    }
    return exported.some((identifier) => this.#symbols(identifier).includes(symbol));
  }

  #search(symbol: ts.Symbol, relevant: ByForm): readonly ts.Identifier[] {
    const home = localHome(symbol);
    if (home !== undefined && !this.#isExported(symbol, home)) return this.#localFor(home, symbol.name, relevant).get(symbol) ?? [];
    const found = new Set<ts.Identifier>();
    const pending = namesOf(symbol);
    const searched = new Set<string>();
    // A renamed import or destructuring (`{ load: loadOrder }`) continues the search under its new name.
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (searched.has(name)) continue;
      searched.add(name);
      for (const identifier of this.#namedFor(name, relevant).get(symbol) ?? []) {
        const renamed = renamedTo(identifier);
        if (renamed !== undefined) pending.push(renamed);
        if (renamed === undefined || relevant(identifier)) found.add(identifier);
      }
    }
    // `module.exports = f` and `export default f` are reached under any name: follow who imports the module.
    for (const file of new Set((symbol.declarations ?? []).map((declaration) => declaration.getSourceFile()))) {
      for (const name of this.#namesOfWhole(file)) {
        if (searched.has(name)) continue;
        searched.add(name);
        for (const identifier of this.#relevantFor(name, relevant).get(symbol) ?? []) found.add(identifier);
      }
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

  #symbols(identifier: ts.Identifier): readonly ts.Symbol[] {
    let symbols = this.#symbolsOf.get(identifier);
    if (symbols === undefined) this.#symbolsOf.set(identifier, (symbols = this.#program.symbolsOf(identifier)));
    return symbols;
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

  /** What those who import the file call the one thing that it exports. */
  #namesOfWhole(file: ts.SourceFile): readonly string[] {
    let names = this.#wholeNames.get(file);
    if (names === undefined) {
      const uses = this.#hasWhole(file) ? this.toModule(file) : [];
      names = [...new Set(uses.flatMap((specifier) => wholeBinding(specifier)?.text ?? []))];
      this.#wholeNames.set(file, names);
    }
    return names;
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

/** Identifiers by what they refer to. */
type BySymbol = ReadonlyMap<ts.Symbol, readonly ts.Identifier[]>;

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
  return ts.isPropertyAccessExpression(parent) && parent.name === identifier ? nameOfRequired(parent) : undefined;
}

/** `load` of `const load = require('./store').loadOrder`, which the compiler takes for an import of the member. */
function nameOfRequired(access: ts.PropertyAccessExpression): string | undefined {
  const { parent } = access;
  if (!ts.isVariableDeclaration(parent) || parent.initializer !== access || !ts.isIdentifier(parent.name)) return undefined;
  let loaded: ts.Expression = access;
  while (ts.isPropertyAccessExpression(loaded)) loaded = loaded.expression;
  return ts.isCallExpression(loaded) && ts.isIdentifier(loaded.expression) && loaded.expression.text === 'require'
    ? parent.name.text
    : undefined;
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
