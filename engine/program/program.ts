/**
 * The program: the project's files with their symbols and types. Everything that is more than reading a tree
 * goes through here, so that the compiler behind it can be replaced.
 */

import path from 'node:path';
import { ts } from 'ts-morph';
import type { SourceText, Span } from '../text.ts';
import { createHost, parseFile, resolveModule, type ProjectFiles } from './host.ts';
import { RequiredModules } from './module-members.ts';
import { OriginFinder, type Origin } from './origin.ts';
import { entryEndings, Packages, type Package } from './packages.ts';
import { References } from './references.ts';
import { RootedModules } from './rooted-modules.ts';
import { isMerged, localSymbolOf } from './scopes.ts';
import { TimeLimit } from './time-limit.ts';

export interface ProgramOptions {
  /** Absolute. */
  readonly root: string;
  readonly compilerOptions: ts.CompilerOptions;
}

export class Program {
  readonly root: string;
  readonly packages: Packages;
  readonly #prefix: string;
  readonly #options: ts.CompilerOptions;
  /** What was parsed last, as long as somebody has it. */
  readonly #parsed = new Map<string, WeakRef<ts.SourceFile>>();
  /** By path relative to the root. */
  readonly #files = new Map<string, ts.SourceFile>();
  readonly #projectFiles: ProjectFiles = {
    get: (absolute) => this.#files.get(this.relative(absolute)),
    rooted: (name, from) => this.#rootedModule(name, from),
  };
  #rooted: RootedModules | undefined;
  readonly #host: ts.CompilerHost;
  readonly #resolved = new Map<string, string>();
  /** Paths relative to the root of files outside of it. */
  readonly #outside = new Map<string, string>();
  readonly #machineWritten = new Set<string>();
  readonly #paths = new WeakMap<ts.SourceFile, string>();
  #view: View | undefined;
  #references: References | undefined;
  #state = {};
  #limit: TimeLimit | undefined;
  #previous: ts.Program | undefined;
  /** Files of the project of which the compiler cannot give diagnostics, since one of its own assertions fails. */
  readonly uncheckable = new Set<string>();

  constructor(options: ProgramOptions, sources: Iterable<SourceText>) {
    this.root = options.root;
    this.#prefix = `${options.root.split(path.sep).join('/').replace(/\/$/, '')}/`;
    this.packages = new Packages(options.root);
    this.#options = options.compilerOptions;
    this.#host = createHost(options.root, this.#projectFiles, options.compilerOptions);
    for (const source of sources) {
      this.#setText(source.path, source.text);
      if (source.machineWritten === true) this.#machineWritten.add(source.path);
    }
  }

  /** Was the file read only for what it calls? */
  isMachineWritten(relative: string): boolean {
    return this.#machineWritten.has(relative);
  }

  /** The project's own files, in the order in which they were given. */
  get files(): readonly ts.SourceFile[] {
    return [...this.#files.values()];
  }

  /** @param relative to the root, with forward slashes */
  file(relative: string): ts.SourceFile | undefined {
    return this.#files.get(relative);
  }

  /** Path of a project file, relative to the root. */
  pathOf(node: ts.Node): string {
    return this.#pathOfFile(node.getSourceFile());
  }

  #pathOfFile(file: ts.SourceFile): string {
    let known = this.#paths.get(file);
    if (known === undefined) this.#paths.set(file, (known = this.relative(file.fileName)));
    return known;
  }

  relative(absolute: string): string {
    if (absolute.startsWith(this.#prefix)) return absolute.slice(this.#prefix.length);
    // Asked of the same declaration files again and again.
    let outside = this.#outside.get(absolute);
    if (outside === undefined) this.#outside.set(absolute, (outside = path.relative(this.root, absolute).split(path.sep).join('/')));
    return outside;
  }

  spanOf(node: ts.Node): Span {
    return { path: this.pathOf(node), start: node.getStart(), end: node.end };
  }

  /** Is the node in a file of the project, rather than in a library's or Node's types? */
  owns(node: ts.Node): boolean {
    return this.#files.has(this.#pathOfFile(node.getSourceFile()));
  }

  /** Another object whenever the texts have changed: what is known of them holds as long as it is the same. */
  get state(): object {
    return this.#state;
  }

  /** Replaces texts of project files; symbols and types are computed anew when next asked for. */
  update(texts: ReadonlyMap<string, string>): void {
    for (const [relative, text] of texts) this.#setText(relative, text);
    this.#outdate();
  }

  /** Puts trees back that `update` replaced. */
  restore(files: ReadonlyMap<string, ts.SourceFile>): void {
    if (files.size === 0) return;
    for (const [relative, file] of files) this.#files.set(relative, file);
    this.#outdate();
  }

  /**
   * Does work that asks about the program, for so many seconds.
   * @throws TimeLimitError, out of whatever it is that asks
   */
  within<T>(seconds: number, work: () => T): T {
    this.#limit = new TimeLimit(seconds);
    try {
      return work();
    } finally {
      this.#limit = undefined;
    }
  }

  /** After a fault in the midst of questions: what is half answered is forgotten. */
  forget(): void {
    this.#outdate();
  }

  #outdate(): void {
    this.#view = undefined;
    this.#references = undefined;
    this.#state = {};
  }

  /**
   * What the type checker says of the project's files as they are now, JavaScript included; to be asked for also when they have
   * changed since. It checks a whole file at a time, which is slow.
   */
  get diagnostics(): (relative: string) => readonly ts.Diagnostic[] {
    const { program } = this.#current();
    const files = new Map(this.#files);
    return (relative) => {
      const file = files.get(relative);
      return file === undefined ? [] : this.#check(program, file);
    };
  }

  /** The same of a checker that has been asked nothing yet, with these trees in the place of those that are there now. */
  diagnosticsAnew(trees: ReadonlyMap<string, ts.SourceFile>): (relative: string) => readonly ts.Diagnostic[] {
    const present = new Map(
      [...trees.keys()].flatMap((relative) => this.#files.get(relative) ?? []).map((file) => [this.pathOf(file), file]),
    );
    for (const [relative, file] of trees) this.#files.set(relative, file);
    const program = this.#makeProgram();
    const files = new Map(this.#files);
    for (const [relative, file] of present) this.#files.set(relative, file);
    return (relative) => {
      const file = files.get(relative);
      return file === undefined ? [] : this.#check(program, file);
    };
  }

  #check(program: ts.Program, file: ts.SourceFile): readonly ts.Diagnostic[] {
    try {
      return program.getSemanticDiagnostics(file);
    } catch (error) {
      if (!isFaultOfCompiler(error)) throw error;
      this.uncheckable.add(this.pathOf(file));
      return [];
    }
  }

  get checker(): ts.TypeChecker {
    return this.#current().checker;
  }

  get references(): References {
    // Who imports a file is told by texts alone, without a checker.
    return (this.#references ??= new References(this, this.files));
  }

  /** What the node's name refers to, with imports and `require` followed to the declaration where it is in reach. */
  symbolOf(node: ts.Node): ts.Symbol | undefined {
    const parent = ts.isSourceFile(node) ? undefined : node.parent;
    const symbol =
      parent !== undefined && ts.isShorthandPropertyAssignment(parent) && parent.name === node
        ? this.checker.getShorthandAssignmentValueSymbol(parent)
        : this.symbolAt(node);
    return symbol === undefined ? undefined : this.#root(this.followAlias(symbol));
  }

  /** What is declared under the node's name where it stands: of an import, the import itself. */
  symbolAt(node: ts.Node): ts.Symbol | undefined {
    const { checker, modules, symbols } = this.#current();
    if (!ts.isIdentifier(node)) return checker.getSymbolAtLocation(node);
    const told = localSymbolOf(node) ?? modules.symbolOf(node);
    if (told !== undefined) return told;
    // Of some names the checker says more once it has looked at others: those of which it knew nothing, and those that it has merged since.
    const known = symbols.get(node);
    if (known !== undefined && !isMerged(known)) return known;
    const symbol = checker.getSymbolAtLocation(node);
    if (symbol !== undefined) symbols.set(node, symbol);
    return symbol;
  }

  /**
   * Every symbol that the node's name may refer to: more than one where it is a member of a union, or of an object that was
   * spread together.
   */
  symbolsOf(node: ts.Node): readonly ts.Symbol[] {
    const symbol = this.symbolOf(node);
    return symbol === undefined ? [] : this.rootsOf(symbol);
  }

  /** The symbol of a file as a module, whose exports are what it exports. */
  moduleSymbol(file: ts.SourceFile): ts.Symbol | undefined {
    const { checker } = this;
    // The checker tells it of ES modules alone; the binder sets it for CommonJS too, on a property that is not in the types.
    return checker.getSymbolAtLocation(file) ?? (file as { readonly symbol?: ts.Symbol }).symbol;
  }

  /** What was declared, of a symbol that the checker made from it. */
  rootsOf(symbol: ts.Symbol): readonly ts.Symbol[] {
    return this.checker.getRootSymbols(symbol);
  }

  /** The checker copies symbols when it instantiates or widens the type that has them; what was declared is the root. */
  #root(symbol: ts.Symbol): ts.Symbol {
    const [declaration, ...others] = symbol.declarations ?? [];
    // In `exports.load = function load() { … }` the checker may have another symbol for the name that is seen inside than for the function.
    if (declaration !== undefined && others.length === 0 && ts.isFunctionExpression(declaration)) {
      return (declaration as { readonly symbol?: ts.Symbol }).symbol ?? symbol;
    }
    if ((symbol.flags & ts.SymbolFlags.Transient) === 0) return symbol;
    const roots = this.rootsOf(symbol);
    const [only] = roots;
    return only !== undefined && roots.length === 1 ? only : symbol;
  }

  followAlias(symbol: ts.Symbol): ts.Symbol {
    if ((symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
    const target = this.checker.getAliasedSymbol(symbol);
    // An import that does not resolve leads to the checker's "unknown" symbol, which has no declarations.
    return target.declarations === undefined ? symbol : target;
  }

  /** Which module's which member the expression is a value of. See `origin.ts`. */
  originOf(expression: ts.Expression): Origin | undefined {
    return this.#current().origins.of(expression);
  }

  /** The one expression that gives a variable, property or parameter its value, if there is exactly one. */
  definitionOf(symbol: ts.Symbol): ts.Expression | undefined {
    return this.#current().origins.definitionOf(symbol);
  }

  /** Does the file run as an ES module in Node? */
  isEsModule(file: ts.SourceFile): boolean {
    const extension = path.extname(file.fileName);
    if (extension === '.mjs' || extension === '.mts') return true;
    if (extension === '.cjs' || extension === '.cts') return false;
    if (this.packages.of(file.fileName)?.type === 'module') return true;
    // TypeScript, and JavaScript meant for a bundler or a transpiler, is written as a module whatever package.json says.
    return file.statements.some(
      (statement) =>
        ts.isImportDeclaration(statement) ||
        ts.isExportDeclaration(statement) ||
        ts.isExportAssignment(statement) ||
        (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)),
    );
  }

  /** The project file that a module specifier in `file` names, if it is one. */
  resolveImport(specifier: string, file: ts.SourceFile): ts.SourceFile | undefined {
    const key = `${path.dirname(file.fileName)}\0${specifier}`;
    let resolved = this.#resolved.get(key);
    if (resolved === undefined) {
      resolved = resolveModule(specifier, file.fileName, this.#projectFiles, this.#options, this.#host)?.resolvedFileName ?? '';
      // The set of files does not change, only their texts.
      this.#resolved.set(key, resolved);
    }
    return this.#files.get(this.relative(resolved));
  }

  #rootedModule(name: string, from: string): string | undefined {
    const [first = ''] = name.split('/', 1);
    if (first.startsWith('.') || this.packages.version(from, first) !== undefined) return undefined;
    this.#rooted ??= new RootedModules(this.#files.keys());
    const own = this.packages.of(from);
    const found = (own?.name === first ? this.#ownModule(own, name.slice(first.length)) : undefined) ?? this.#rooted.find(name);
    return found === undefined ? undefined : this.#prefix + found;
  }

  /** A package may be linked into its own `node_modules`, or name itself. */
  #ownModule(own: Package, rest: string): string | undefined {
    const places = rest === '' ? own.entries : [own.folder + rest];
    return places.flatMap((place) => entryEndings.map((ending) => this.relative(place + ending))).find((one) => this.#files.has(one));
  }

  #current(): View {
    this.#limit?.check();
    if (this.#view === undefined) {
      const program = this.#makeProgram();
      this.#previous = program;
      this.#view = {
        program,
        checker: program.getTypeChecker(),
        origins: new OriginFinder(this),
        modules: new RequiredModules(this),
        symbols: new Map(),
      };
    }
    return this.#view;
  }

  #makeProgram(): ts.Program {
    return ts.createProgram({
      rootNames: [...this.#files.values()].map((file) => file.fileName),
      options: this.#options,
      host: this.#host,
      ...(this.#previous !== undefined && { oldProgram: this.#previous }),
    });
  }

  /** The tree that the file has with this text; `update` takes the same one. */
  parsed(relative: string, text: string): ts.SourceFile {
    const last = this.#parsed.get(relative)?.deref();
    if (last?.text === text) return last;
    const tree = parseFile(path.posix.join(this.root, relative), text);
    this.#parsed.set(relative, new WeakRef(tree));
    return tree;
  }

  #setText(relative: string, text: string): void {
    this.#files.set(relative, this.parsed(relative, text));
  }
}

interface View {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  readonly origins: OriginFinder;
  readonly modules: RequiredModules;
  /** What the checker said of names. */
  readonly symbols: Map<ts.Identifier, ts.Symbol>;
}

/** `const load = require('./lib').load` of something that the compiler cannot resolve, to name one. */
function isFaultOfCompiler(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Debug Failure');
}
