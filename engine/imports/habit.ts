/**
 * How a file refers to what a fix needs from a module, in its own habit: through the namespace that it has, an existing binding,
 * or a new name in the style of its other imports.
 */

import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import type { ImportNeed, PreambleNeed } from '../finding.ts';
import { moduleOrigin } from '../program/origin.ts';
import type { Program } from '../program/program.ts';
import { sourceHabits } from '../source/habits.ts';
import { moduleBindings, scopeNames } from './bindings.ts';

/** An expression's text, and what must be there for it to mean what it says. */
export interface Reference {
  readonly text: string;
  readonly imports: readonly ImportNeed[];
  readonly preambles: readonly PreambleNeed[];
}

export interface ImportHabit {
  /**
   * @param specifier without `node:`, such as `fs/promises`; the file's own prefix habit is added
   * @param name the exported name
   * @param at where the reference will stand: a binding that is shadowed there is not used
   */
  reference(specifier: string, name: string, at: ts.Node): Reference;
  /** A promisified form of `specifier`'s callback function `name`, `default` being the module itself; made once for the module. */
  promisified(specifier: string, name: string, at: ts.Node): Reference;
  /** A name for a new top-level binding that nothing in the file uses yet; the same for the same `key`. */
  freshName(wanted: string, key: string): string;
}

const habits = new WeakMap<Program, Map<ts.SourceFile, ImportHabit>>();

/** The habit of `file`. The same object for the same tree, so that names given out are not given twice. */
export function importHabit(program: Program, file: ts.SourceFile): ImportHabit {
  let byFile = habits.get(program);
  if (byFile === undefined) habits.set(program, (byFile = new Map<ts.SourceFile, ImportHabit>()));
  let habit = byFile.get(file);
  if (habit === undefined) byFile.set(file, (habit = new FileHabit(program, file)));
  return habit;
}

class FileHabit implements ImportHabit {
  readonly #program: Program;
  readonly #file: ts.SourceFile;
  readonly #path: string;
  readonly #given = new Map<string, string>();

  constructor(program: Program, file: ts.SourceFile) {
    this.#program = program;
    this.#file = file;
    this.#path = program.pathOf(file);
  }

  reference(specifier: string, name: string, at: ts.Node): Reference {
    const module = moduleOrigin(specifier);
    const existing =
      this.#bound(`${module.key}.${name}`, at) ?? this.#throughNamespace(module.key, name, at) ?? this.#throughParent(specifier, name, at);
    if (existing !== undefined) return { text: existing, imports: [], preambles: [] };
    if (this.#isLoadedLater(specifier)) return { text: `${this.#load(specifier)}.${name}`, imports: [], preambles: [] };
    const local = this.#fresh(name, `${specifier}:${name}`, otherName(specifier, name));
    return { text: local, imports: [{ path: this.#path, specifier: this.#spelled(specifier), name, local }], preambles: [] };
  }

  promisified(specifier: string, name: string, at: ts.Node): Reference {
    const key = `${moduleOrigin(specifier).key}.${name}(promisified)`;
    const existing = this.#bound(key, at);
    if (existing !== undefined) return { text: existing, imports: [], preambles: [] };
    const original = this.#original(specifier, name, this.#file);
    const promisify = this.reference('util', 'promisify', this.#file);
    if (original === undefined || original.imports.length > 0) {
      // What is bound where the call stands is promisified there.
      const near = this.#original(specifier, name, at);
      const text =
        near === undefined
          ? (this.#calledAt(specifier, name, at) ?? this.#loaded(specifier, name))
          : near.imports.length === 0
            ? near.text
            : undefined;
      if (text !== undefined) return { ...promisify, text: `${promisify.text}(${text})` };
    }
    if (original === undefined) throw new Error('a module that is not loaded at the top has a text of its own');
    // `pbkdf2` itself is taken where the original is bound under that name.
    const called = name === 'default' ? specifier : name;
    const local = this.freshName(original.text === called ? `${called}Async` : called, key);
    const keyword = this.#program.isEsModule(this.#file) || usesConst(this.#file) ? 'const' : 'var';
    return {
      text: local,
      imports: [...original.imports, ...promisify.imports],
      preambles: [{ path: this.#path, text: `${keyword} ${local} = ${promisify.text}(${original.text})` }],
    };
  }

  /** The callback function, unless its module is not to be loaded before the place is reached. */
  #original(specifier: string, name: string, at: ts.Node): Reference | undefined {
    const { key } = moduleOrigin(specifier);
    const whole = this.#bound(key, at);
    const isBound = whole !== undefined || (name !== 'default' && this.#bound(`${key}.${name}`, at) !== undefined);
    if (!isBound && this.#isLoadedLater(specifier)) return undefined;
    return name === 'default' ? this.#wholeModule(specifier, at) : this.reference(specifier, name, at);
  }

  /** A package that the file loads only where it needs it: at the top it might not be there, or come too early. */
  #isLoadedLater(specifier: string): boolean {
    if (isBuiltin(specifier) || this.#program.isEsModule(this.#file)) return false;
    if (moduleBindings(this.#file).some((binding) => binding.specifier.text === specifier)) return false;
    return [`'${specifier}'`, `"${specifier}"`].some((quoted) => this.#file.text.includes(`require(${quoted})`));
  }

  /** `async.waterfall(…)`, of an `async` that gets its value where no binding of a module does: the call names what it is about. */
  #calledAt(specifier: string, name: string, at: ts.Node): string | undefined {
    if (!ts.isCallExpression(at)) return undefined;
    const { key } = moduleOrigin(specifier);
    const wanted = name === 'default' ? key : `${key}.${name}`;
    const callee = at.expression;
    const named = ts.isPropertyAccessExpression(callee) ? [callee, callee.expression] : [callee];
    return named.find((one) => isPath(one) && this.#program.originOf(one)?.key === wanted)?.getText();
  }

  #load(specifier: string): string {
    const { quote } = sourceHabits(this.#file);
    return `require(${quote}${specifier}${quote})`;
  }

  #loaded(specifier: string, name: string): string {
    return name === 'default' ? this.#load(specifier) : `${this.#load(specifier)}.${name}`;
  }

  /** A module that is a function itself, as CommonJS has it. */
  #wholeModule(specifier: string, at: ts.Node): Reference {
    const existing = this.#bound(moduleOrigin(specifier).key, at);
    if (existing !== undefined) return { text: existing, imports: [], preambles: [] };
    const local = this.freshName(specifier, `${specifier}:default`);
    return { text: local, imports: [{ path: this.#path, specifier, name: 'default', local }], preambles: [] };
  }

  freshName(wanted: string, key: string): string {
    return this.#fresh(wanted, key, wanted.endsWith('Async') ? wanted : `${wanted}Async`);
  }

  #fresh(wanted: string, key: string, other: string): string {
    const given = this.#given.get(key);
    if (given !== undefined) return given;
    const taken = scopeNames(this.#file);
    const used = new Set(this.#given.values());
    const names = [wanted, other];
    for (let number = 2; ; number += 1) {
      const free = names.find((name) => !taken.has(name) && !used.has(name));
      if (free !== undefined) {
        this.#given.set(key, free);
        return free;
      }
      names.push(`${wanted}${number}`);
    }
  }

  /** A binding of the top level, or of a scope around `at`, whose value is exactly this. */
  #bound(key: string, at: ts.Node): string | undefined {
    for (const [name, identifier] of topLevelConstants(this.#file)) {
      if (this.#program.originOf(identifier)?.key === key && this.#means(name, identifier, at)) return name;
    }
    for (let node = at; !ts.isSourceFile(node); node = node.parent) {
      if (!ts.isBlock(node)) continue;
      for (const [name, identifier] of requiresOf(node)) {
        if (identifier.end > at.pos) break;
        if (this.#program.originOf(identifier)?.key === key && this.#means(name, identifier, at)) return name;
      }
    }
    return undefined;
  }

  #throughNamespace(moduleKey: string, name: string, at: ts.Node): string | undefined {
    const namespace = this.#bound(moduleKey, at);
    return namespace === undefined ? undefined : `${namespace}.${name}`;
  }

  /** `fs.promises.readFile` where the file has `fs`. The other sub-modules are imported on their own, as people do. */
  #throughParent(specifier: string, name: string, at: ts.Node): string | undefined {
    if (specifier !== 'fs/promises' && specifier !== 'dns/promises') return undefined;
    const namespace = this.#bound(specifier.slice(0, specifier.indexOf('/')), at);
    return namespace === undefined ? undefined : `${namespace}.promises.${name}`;
  }

  #means(name: string, declaration: ts.Identifier, at: ts.Node): boolean {
    if (at === this.#file) return true;
    const { checker } = this.#program;
    const here = checker.resolveName(name, at, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false);
    return here !== undefined && here === checker.getSymbolAtLocation(declaration);
  }

  #spelled(specifier: string): string {
    if (!isBuiltin(specifier)) return specifier;
    const core = moduleBindings(this.#file)
      .map((binding) => binding.specifier.text)
      .filter((text) => isBuiltin(text));
    return core.some((text) => text.startsWith('node:')) ? `node:${specifier}` : specifier;
  }
}

/** What a function is called where its own name is taken: `streamPipeline`, and `pipelineAsync` for the one that gives a promise. */
function otherName(specifier: string, name: string): string {
  if (specifier !== 'stream' || name.endsWith('Async')) return `${name}Async`;
  return `stream${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Names that imports, requires and other declarations bind at the top level, with an identifier to ask about. */
function topLevelConstants(file: ts.SourceFile): ReadonlyMap<string, ts.Identifier> {
  const known = constantsByFile.get(file);
  if (known !== undefined) return known;
  const found = new Map<string, ts.Identifier>();
  const add = (name: ts.BindingName): void => {
    addNames(found, name);
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) if (declaration.initializer !== undefined) add(declaration.name);
    } else if (ts.isImportDeclaration(statement) && statement.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword) {
      const clause = statement.importClause;
      if (clause?.name !== undefined) add(clause.name);
      const bindings = clause?.namedBindings;
      if (bindings !== undefined && ts.isNamespaceImport(bindings)) add(bindings.name);
      if (bindings !== undefined && ts.isNamedImports(bindings)) for (const element of bindings.elements) add(element.name);
    }
  }
  constantsByFile.set(file, found);
  return found;
}

/** Names that the statements of a block bind to modules and members of modules. */
function requiresOf(block: ts.Block): ReadonlyMap<string, ts.Identifier> {
  const known = requiresByBlock.get(block);
  if (known !== undefined) return known;
  const found = new Map<string, ts.Identifier>();
  for (const statement of block.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer !== undefined && (ts.isPropertyAccessExpression(initializer) || isRequire(initializer))) addNames(found, name);
    }
  }
  requiresByBlock.set(block, found);
  return found;
}

function isRequire(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'require';
}

const requiresByBlock = new WeakMap<ts.Block, ReadonlyMap<string, ts.Identifier>>();

function addNames(found: Map<string, ts.Identifier>, name: ts.BindingName): void {
  if (ts.isIdentifier(name)) found.set(name.text, name);
  else for (const element of name.elements) if (ts.isBindingElement(element)) addNames(found, element.name);
}

const constantsByFile = new WeakMap<ts.SourceFile, ReadonlyMap<string, ts.Identifier>>();

/** Does the file declare its requires by `const`? One without any is told by its other variables. */
export function usesConst(file: ts.SourceFile): boolean {
  const requires = moduleBindings(file).filter((binding) => ts.isVariableStatement(binding.statement));
  const isConst = (binding: { statement: ts.Node }): boolean =>
    ts.isVariableStatement(binding.statement) && (binding.statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0;
  if (requires.length > 0) return requires.some(isConst);
  return sourceHabits(file).constant !== 'var';
}

/** Names and members of them, which can be read again. */
function isPath(node: ts.Expression): boolean {
  return ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node) && node.questionDotToken === undefined && isPath(node.expression));
}
