/** How the modules of a program come to be loaded: by whom, by computed names, as scripts. */

import path from 'node:path';
import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { computedLoads, mayLoad, reachOf, type ComputedLoad, type Reach } from './computed-loads.ts';
import { isFunctionNode, unwrapped } from './functions.ts';

export class ModuleLoading {
  readonly #program: Program;
  readonly #reaches = new Map<ts.CallExpression, Reach>();
  readonly #loaders = new Map<ts.SourceFile, ReadonlySet<ts.SourceFile>>();
  #computed: readonly ComputedLoad[] | undefined;

  constructor(program: Program) {
    this.#program = program;
  }

  isImported(file: ts.SourceFile): boolean {
    return this.#program.references.toModule(file).some((specifier) => specifier.getSourceFile() !== file);
  }

  /**
   * The load that may be of the file, by a computed name; one of a folder that is known before others.
   * @param reach what it must do with the module to count: a call that only reads members is found by their names
   */
  computedLoadOf(file: ts.SourceFile, reach: Reach = 'members'): ComputedLoad | undefined {
    const loads = this.computedLoadsOf(file, reach);
    return loads.find(({ start }) => start.kind === 'folder') ?? loads[0];
  }

  /** Is the file loaded by no computed name, or at most by paths that cannot be followed, which lead to the files of others as a rule? */
  isLoadedByUnknownPathsAtMost(file: ts.SourceFile): boolean {
    return (this.computedLoadOf(file)?.start.kind ?? 'unknown') === 'unknown';
  }

  computedLoadsOf(file: ts.SourceFile, reach: Reach): readonly ComputedLoad[] {
    this.#computed ??= this.#program.files.flatMap((one) => computedLoads(this.#program, one));
    return this.#computed.filter((load) => mayLoad(load, file) && (reach === 'members' || this.#isReached(load.call, reach)));
  }

  #isReached(load: ts.CallExpression, reach: 'called' | 'anywhere'): boolean {
    let actual = this.#reaches.get(load);
    if (actual === undefined) {
      actual = reachOf(this.#program, load);
      this.#reaches.set(load, actual);
    }
    return actual === 'anywhere' || actual === reach;
  }

  /** Is there a file that loads both, or is one of them? Else they are of two applications. */
  areLoadedTogether(one: ts.SourceFile, other: ts.SourceFile): boolean {
    const others = this.#loadersOf(other);
    return [...this.#loadersOf(one)].some((file) => others.has(file));
  }

  /** The file, and those that load it, over any number of steps. */
  #loadersOf(file: ts.SourceFile): ReadonlySet<ts.SourceFile> {
    const known = this.#loaders.get(file);
    if (known !== undefined) return known;
    const loaders = new Set([file]);
    for (const loaded of loaders) {
      for (const specifier of this.#program.references.toModule(loaded)) loaders.add(specifier.getSourceFile());
      for (const { call } of this.computedLoadsOf(loaded, 'members')) loaders.add(call.getSourceFile());
    }
    this.#loaders.set(file, loaders);
    return loaders;
  }

  /** May `await` stand at the top level of the file? */
  supportsTopLevelAwait(file: ts.SourceFile): boolean {
    const extension = path.extname(file.fileName);
    if (extension === '.mjs' || extension === '.mts') return true;
    if (extension === '.cjs' || extension === '.cts') return false;
    return this.#program.packages.of(file.fileName)?.type === 'module';
  }

  /** Is the file run, rather than loaded: a command of its package, or a script that says so itself? */
  isCommand(file: ts.SourceFile): boolean {
    if (!/\.c?js$/.test(file.fileName) && path.extname(file.fileName) !== '') return false;
    if (hasHashbang(file)) return true;
    const commands = this.#program.packages.of(file.fileName)?.commands ?? [];
    return commands.some((command) => command === file.fileName || `${command}.js` === file.fileName);
  }

  /**
   * Is the call the last thing that a script does: `main();`, or `if (require.main === module) main();`?
   * Then nothing at the top level relies on it having finished. A file that others load is no script, and one whose last
   * statement is `(function () { … })();` is a module in a wrapper, unless it says that it is a script or `includeWrappers` does.
   */
  isScriptMain(call: ts.CallExpression, includeWrappers = false): boolean {
    const file = call.getSourceFile();
    const statement = call.parent;
    if (!ts.isExpressionStatement(statement)) return false;
    let { parent }: { parent: ts.Node } = statement;
    let last: ts.Statement = statement;
    if (ts.isBlock(parent) && parent.statements.at(-1) === statement && ts.isIfStatement(parent.parent)) parent = parent.parent;
    if (ts.isIfStatement(parent)) {
      if (!isMainModuleTest(parent.expression) || parent.elseStatement !== undefined || !ts.isSourceFile(parent.parent)) return false;
      last = parent;
      parent = parent.parent;
    } else if (this.isImported(file) || !this.isLoadedByUnknownPathsAtMost(file)) {
      return false;
    } else if (isInvokedInPlace(call) && !includeWrappers && !hasHashbang(file)) {
      return false;
    }
    if (!ts.isSourceFile(parent)) return false;
    const after = parent.statements.slice(parent.statements.indexOf(last) + 1);
    return after.every((one) => ts.isFunctionDeclaration(one) || ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one));
  }
}

/** `(function () { … })()`, `(function () { … }).call(this)`. */
export function isInvokedInPlace(call: ts.CallExpression): boolean {
  const callee = unwrapped(call.expression);
  if (isFunctionNode(callee)) return true;
  return ts.isPropertyAccessExpression(callee) && /^(call|apply)$/.test(callee.name.text) && isFunctionNode(unwrapped(callee.expression));
}

function hasHashbang(file: ts.SourceFile): boolean {
  return file.text.startsWith('#!');
}

/** `require.main === module`, `module === require.main`, `!module.parent`. */
function isMainModuleTest(test: ts.Expression): boolean {
  return /^(require\.main\s*===?\s*module|module\s*===?\s*require\.main|!\s*module\.parent)$/.test(test.getText());
}
