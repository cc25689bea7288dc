/** How the modules of a program come to be loaded: by whom, by computed names, as scripts. */

import path from 'node:path';
import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { isFunctionNode, unwrapped } from './functions.ts';

/** A `require(expression)` that may load any file of a folder. */
interface ComputedLoad {
  readonly call: ts.CallExpression;
  /** Absolute, with a trailing separator. */
  readonly folder: string;
}

export class ModuleLoading {
  readonly #program: Program;
  #computed: readonly ComputedLoad[] | undefined;

  constructor(program: Program) {
    this.#program = program;
  }

  isImported(file: ts.SourceFile): boolean {
    return this.#program.references.toModule(file).some((specifier) => specifier.getSourceFile() !== file);
  }

  /** The call that may load the file by a computed name. */
  computedLoadOf(file: ts.SourceFile): ts.CallExpression | undefined {
    this.#computed ??= this.#program.files.flatMap((one) => computedLoads(one));
    return this.#computed.find((load) => file.fileName.startsWith(load.folder) && load.call.getSourceFile() !== file)?.call;
  }

  /** May `await` stand at the top level of the file? */
  supportsTopLevelAwait(file: ts.SourceFile): boolean {
    const extension = path.extname(file.fileName);
    if (extension === '.mjs' || extension === '.mts') return true;
    if (extension === '.cjs' || extension === '.cts') return false;
    return this.#program.packages.of(file.fileName)?.type === 'module';
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
    } else if (this.isImported(file) || this.computedLoadOf(file) !== undefined) {
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

function computedLoads(file: ts.SourceFile): ComputedLoad[] {
  if (!/\b(require|import)\s*\(/.test(file.text)) return [];
  const found: ComputedLoad[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const loads =
        node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require');
      const [first] = node.arguments;
      if (loads && first !== undefined && !ts.isStringLiteralLike(first)) {
        const folder = path.join(path.dirname(file.fileName), constantStart(first));
        found.push({ call: node, folder: folder.endsWith(path.sep) ? folder : folder + path.sep });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The folder that the text of a computed path begins with: `./routes/` of `'./routes/' + name`, `routes` of `path.join(__dirname, 'routes', name)`. */
function constantStart(expression: ts.Expression): string {
  if (ts.isBinaryExpression(expression)) return constantStart(expression.left);
  if (ts.isStringLiteralLike(expression)) return folderOf(expression.text);
  if (ts.isTemplateExpression(expression)) {
    const [span] = expression.templateSpans;
    if (expression.head.text !== '') return folderOf(expression.head.text);
    return span !== undefined && isDirname(span.expression) ? folderOf(span.literal.text) : '.';
  }
  if (ts.isCallExpression(expression) && /\b(join|resolve)$/.test(expression.expression.getText())) {
    const parts: string[] = [];
    for (const argument of expression.arguments) {
      if (isDirname(argument)) continue;
      if (!ts.isStringLiteralLike(argument)) break;
      parts.push(argument.text);
    }
    return path.join('.', ...parts);
  }
  return '.';
}

function folderOf(text: string): string {
  return text.startsWith('.') || text.startsWith('/') ? `.${path.sep}${text.slice(0, text.lastIndexOf('/') + 1)}` : '.';
}

function isDirname(node: ts.Expression): boolean {
  return ts.isIdentifier(node) && node.text === '__dirname';
}
