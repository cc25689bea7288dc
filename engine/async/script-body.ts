/**
 * The top level of a CommonJS script, put into an async function: `(async () => { … })().catch(…)`. Nobody waits for a script to have been
 * loaded but Node itself, which goes on while there is something to wait for.
 */

import { ts } from 'ts-morph';
import type { Edit, Reason } from '../finding.ts';
import { isScopeName } from '../imports/bindings.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { callsIn } from '../program/tree-index.ts';
import { sourceHabits } from '../source/habits.ts';
import { boundNames, identifiersIn } from '../source/names.ts';
import { awaitContextOf } from './await-context.ts';
import { goesOn } from './await-edits.ts';
import { isFunctionNode, shortText } from './functions.ts';
import type { ModuleLoading } from './module-loading.ts';
import { roleOfArgument } from './roles.ts';

/** The statements from `first` to `last`, by their place in the file. */
interface Range {
  readonly first: number;
  readonly last: number;
}

export class ScriptBodies {
  readonly #program: Program;
  readonly #loading: ModuleLoading;
  readonly #known = new Map<ts.SourceFile, boolean>();

  constructor(program: Program, loading: ModuleLoading) {
    this.#program = program;
    this.#loading = loading;
  }

  /** May what the file does go into an async function? Not when others load it, take what it exports, or look for its tests. */
  mayWait(file: ts.SourceFile): boolean {
    let known = this.#known.get(file);
    if (known === undefined) this.#known.set(file, (known = this.#isWaitingScript(file)));
    return known;
  }

  /** May somebody load the script whose top level waits there, and go on before it has ended? */
  hazardAt(waiting: ts.Node): Reason | undefined {
    if (awaitContextOf(waiting).kind !== 'module') return undefined;
    const file = waiting.getSourceFile();
    return this.mayWait(file) ? this.hazardOfLoading(file) : undefined;
  }

  hazardOfLoading(file: ts.SourceFile): Reason | undefined {
    const load = this.#loading.computedLoadOf(file);
    if (load === undefined) return undefined;
    return {
      code: 'escapes',
      message: `\`${shortText(load.call)}\` (${placeOf(this.#program, load.call)}), whose path cannot be followed, may load ${this.#program.pathOf(file)}, and would go on before that has ended.`,
      help: 'Check that it loads the files of others, such as plug-ins and configurations, and not this one.',
    };
  }

  #isWaitingScript(file: ts.SourceFile): boolean {
    if (!this.#loading.isCommand(file) || this.#loading.supportsTopLevelAwait(file)) return false;
    // Code that loads what it is told of is told of plug-ins and configurations: see `hazardAt`.
    if (this.#loading.isImported(file) || !this.#loading.isLoadedByUnknownPathsAtMost(file)) return false;
    if (file.statements.some((one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one) || ts.isExportAssignment(one)))
      return false;
    const names = ['exports', 'await', 'module'].flatMap((name) => identifiersIn(file, name));
    if (!names.every((name) => name.text === 'module' && !isExports(name))) return false;
    return !callsIn(file).some((call) => this.#registersTest(call));
  }

  /** A test that is told of later than now may be told of too late. */
  #registersTest(call: ts.CallExpression): boolean {
    return call.arguments.some((argument, index) => {
      if (!isFunctionNode(argument)) return false;
      const role = roleOfArgument(this.#program, call, index);
      if (role.kind === 'root') return role.row.isTest === true;
      return (
        role.kind === 'sync-callback' &&
        ts.isIdentifier(call.expression) &&
        /^(?:[xf]?describe|suite|x?context)$/.test(call.expression.text)
      );
    });
  }

  /** @param waiting places at the top level of the file that are to wait */
  edits(file: ts.SourceFile, waiting: readonly ts.Node[]): Edit[] {
    const { first, last } = this.#rangeAround(file, waiting);
    const opening = file.statements[first];
    const closing = file.statements[last];
    if (opening === undefined || closing === undefined) return [];
    const path = this.#program.pathOf(file);
    const { eol, unit, semicolon } = sourceHabits(file);
    const { text } = file;
    const start = startOfLines(file, opening);
    const end = endOfLine(text, closing.end);
    const head = `${goesOn(file.statements[first - 1]) ? ';' : ''}(async () => {`;
    const lineEnd = text.slice(0, start).search(/(?:\r?\n|\r)$/);
    const insertion: Edit =
      lineEnd === -1
        ? { kind: 'replace', path, start, end: start, text: `${start === 0 ? '' : eol}${head}${eol}${unit}` }
        : { kind: 'replace', path, start: lineEnd, end: lineEnd, text: `${eol}${head}` };
    return [
      insertion,
      { kind: 'indent', path, start: insertion.start, end },
      { kind: 'replace', path, start: end, end, text: `${eol}})()${catchAtTopLevel(file, '', true)}${semicolon}` },
    ];
  }

  /** From the first wait to the end, and all that shares a name with what is declared there: it is seen nowhere else afterwards. */
  #rangeAround(file: ts.SourceFile, waiting: readonly ts.Node[]): Range {
    const { statements } = file;
    const places = statements.flatMap((one, index) => (waiting.some((node) => node.pos >= one.pos && node.end <= one.end) ? [index] : []));
    let first = places[0] ?? 0;
    let last = statements.findLastIndex((one) => !ts.isFunctionDeclaration(one));
    for (let grown = true; grown;) {
      const declared = this.#declaredIn(statements.slice(first, last + 1));
      const touched = (index: number): boolean => this.#names(statements[index], declared);
      const before = statements.findIndex((_, index) => index < first && touched(index));
      const after = statements.findLastIndex((_, index) => index > last && touched(index));
      grown = before !== -1 || after !== -1;
      if (before !== -1) first = before;
      if (after !== -1) last = after;
    }
    return { first, last };
  }

  /** What a function around the statements would keep to itself. */
  #declaredIn(statements: readonly ts.Statement[]): ReadonlySet<ts.Symbol> {
    const declared = new Set<ts.Symbol>();
    const add = (name: ts.Identifier): void => {
      const symbol = this.#program.checker.getSymbolAtLocation(name);
      if (symbol !== undefined) declared.add(symbol);
    };
    const visit = (node: ts.Node): void => {
      if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name !== undefined) add(node.name);
      if (ts.isVariableDeclaration(node)) boundNames(node.name).forEach(add);
      if (!ts.isFunctionLike(node) && !ts.isClassLike(node)) ts.forEachChild(node, visit);
    };
    statements.forEach(visit);
    return declared;
  }

  #names(statement: ts.Statement | undefined, symbols: ReadonlySet<ts.Symbol>): boolean {
    const names = new Set([...symbols].map(({ name }) => name));
    const visit = (node: ts.Node): boolean => {
      if (ts.isIdentifier(node) && names.has(node.text) && isScopeName(node)) {
        const symbol = this.#program.symbolOf(node) ?? this.#program.checker.getSymbolAtLocation(node);
        const own = this.#program.checker.getSymbolAtLocation(node);
        if ((symbol !== undefined && symbols.has(symbol)) || (own !== undefined && symbols.has(own))) return true;
      }
      return ts.forEachChild(node, visit) === true;
    };
    return statement !== undefined && visit(statement);
  }
}

/** An error that nobody caught ended the process with code 1 and a word on stderr; where the file listens for such errors, it hears of a rejection too. */
export function catchAtTopLevel(file: ts.SourceFile, base: string, arrows = /=>|\bconst\b|\blet\b/.test(file.text)): string {
  if (/\buncaughtException\b/.test(file.text)) return '';
  const { eol, unit, semicolon } = sourceHabits(file);
  const head = arrows ? '(error) => {' : 'function (error) {';
  const lines = [`console.error(error)${semicolon}`, `process.exit(1)${semicolon}`].map((line) => `${eol}${base}${unit}${line}`);
  return `.catch(${head}${lines.join('')}${eol}${base}})`;
}

/** `module.exports`, or the module handed on; not `require.main === module` and `module.parent`. */
function isExports(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text === 'exports';
  return !ts.isBinaryExpression(parent);
}

/** Where the line of the statement begins, or that of the comments which stand directly above it. */
function startOfLines(file: ts.SourceFile, statement: ts.Statement): number {
  const { text } = file;
  let start = statement.getStart();
  for (const comment of [...(ts.getLeadingCommentRanges(text, statement.pos) ?? [])].reverse()) {
    if (/\S/.test(text.slice(comment.end, start)) || /\n[^\S\n]*\r?\n/.test(text.slice(comment.end, start))) break;
    start = comment.pos;
  }
  const line = text.slice(0, start).search(/[^\r\n]*$/);
  return /^[ \t]*$/.test(text.slice(line, start)) ? line : start;
}

/** The end of the line, where nothing but a comment follows on it. */
function endOfLine(text: string, end: number): number {
  const [rest = ''] = /^[^\r\n]*/.exec(text.slice(end)) ?? [];
  return /^[ \t]*(?:\/\/.*)?$/.test(rest) ? end + rest.trimEnd().length : end;
}
