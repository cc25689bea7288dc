/** What a rejection is given to: the handler that the surroundings name, else a logger that is in scope, else `console.error`. */

import { ts } from 'ts-morph';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { loggerSources } from '../../catalog/promise-sources.ts';
import { isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import type { Edit, ImportNeed, PreambleNeed } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { identifiersIn, isNameVisible } from '../../engine/source/names.ts';
import { configuredHandler } from './configured.ts';
import { handlerStyle } from './handler-style.ts';
import { nextOf } from './express.ts';
import type { Knowledge } from './knowledge.ts';
import { loggerByUse } from './logger-by-use.ts';
import { ownFailure } from './own-object.ts';
import { placeOf } from './place.ts';

export interface Handler {
  /** As a person names it: `next`, `reject`, `console.error`. */
  readonly name: string;
  /** What takes the error as it is; undefined when more than one statement is needed. */
  readonly reference: string | undefined;
  /** Statements without semicolons, with the error under the given name. */
  readonly statements: (error: string) => readonly string[];
  /** Such as a parameter that has to be added. */
  readonly edits: readonly Edit[];
  readonly notes: readonly string[];
  /** It ends the process. */
  readonly ends?: true;
  /** It means the `this` around it. */
  readonly ownThis?: true;
  readonly imports?: readonly ImportNeed[];
  readonly preambles?: readonly PreambleNeed[];
}

/** A handler that is only a function to call with the error. */
export function callTo(name: string, edits: readonly Edit[] = [], notes: readonly string[] = []): Handler {
  return { name, reference: name, statements: (error) => [`${name}(${error})`], edits, notes };
}

/** The text to put between the parentheses of `.catch()`. */
export function handlerArgument(file: ts.SourceFile, handler: Handler, indentation: string): string {
  if (handler.reference !== undefined) return handler.reference;
  const { error, arrow } = handlerStyle(file);
  const { semicolon, eol, unit } = sourceHabits(file);
  const statements = handler.statements(error);
  if ((arrow || handler.ownThis) && statements.length === 1) return `(${error}) => ${statements.join('')}`;
  const lines = statements.map((statement) => `${indentation}${unit}${statement}${semicolon}`);
  return [arrow || handler.ownThis ? `(${error}) => {` : `function (${error}) {`, ...lines, `${indentation}}`].join(eol);
}

/** A logger in scope, else the console; and the end of the process, where success would have ended it too. */
export function loggingHandler(known: Knowledge, at: ts.Node): Handler {
  const { program } = known;
  const log = configuredHandler(known, at) ?? logHandler(program, at);
  if (!endsProcess(program, at)) return log;
  return { ...log, reference: undefined, ends: true, statements: (error) => [...log.statements(error), 'process.exit(1)'] };
}

/** `stop().then(() => process.exit(0))` */
function endsProcess(program: Program, node: ts.Node): boolean {
  if (ts.isCallExpression(node)) {
    const key = program.originOf(node.expression)?.key;
    if (key === 'global.process.exit' || key === 'process.exit') return true;
  }
  return ts.forEachChild(node, (child) => endsProcess(program, child) || undefined) ?? false;
}

function logHandler(program: Program, at: ts.Node): Handler {
  const logger = loggerInScope(program, at);
  if (logger === undefined) {
    const shadowed = isNameVisible(program, 'console', at);
    return callTo(shadowed ? 'globalThis.console.error' : 'console.error');
  }
  return { name: logger, reference: undefined, statements: (error) => [`${logger}(${error})`], edits: [], notes: [] };
}

/** At the top level of a script: the process ends with a failure, as it did. */
export function scriptHandler(known: Knowledge, at: ts.Node): Handler {
  const log = loggingHandler(known, at);
  if (log.ends) return log;
  return { ...log, reference: undefined, statements: (error) => [...log.statements(error), 'process.exitCode = 1'] };
}

/**
 * Whom a rejection of the promise at `at` is told.
 * @param answers does the promise's success lead to an answer: does its chain use the response of a request handler?
 */
export function surroundingHandler(known: Knowledge, at: ts.Node, answers: (fn: FunctionNode) => boolean): Handler {
  const { program } = known;
  let called: FunctionNode | undefined;
  for (let node: ts.Node = at.parent; !ts.isSourceFile(node); node = node.parent) {
    if (!isFunctionNode(node)) continue;
    const role = placeOf(node, known);
    if (called !== undefined) {
      const reject = role.kind === 'executor' && settles(program, called, node) ? rejectOf(program, node, at) : undefined;
      if (reject !== undefined) return reject;
      continue;
    }
    if (role.kind === 'executor') {
      const reject = rejectOf(program, node, at);
      if (reject !== undefined) return reject;
    }
    if (role.kind === 'root' && role.row.isMiddleware === true && answers(node)) {
      const next = nextOf(program, node, at);
      if (next !== undefined) return callTo(next.name, next.edits);
    }
    // Beyond a function that is known by a name, the surroundings are those of its callers, but for a promise that it settles.
    if (role.kind === 'named' || ts.isFunctionDeclaration(node)) called = node;
  }
  const own = ownFailure(program, at);
  if (own !== undefined) {
    return { name: own.name, reference: undefined, statements: (error) => [own.call(error)], edits: [], notes: [], ownThis: true };
  }
  return loggingHandler(known, at);
}

/** A step towards the promise: `if (index === names.length) resolve();`. */
function settles(program: Program, fn: FunctionNode, executor: FunctionNode): boolean {
  return executor.parameters.some(({ name }) => {
    const symbol = ts.isIdentifier(name) ? program.symbolOf(name) : undefined;
    return symbol !== undefined && identifiersIn(fn, symbol.name).some((one) => program.symbolOf(one) === symbol);
  });
}

/** `reject` of the executor around: to call it once more does nothing. */
export function rejectOf(program: Program, executor: FunctionNode, at: ts.Node): Handler | undefined {
  const [resolve, reject] = executor.parameters;
  if (reject !== undefined) {
    return ts.isIdentifier(reject.name) && isSame(program, reject.name, at) ? callTo(reject.name.text) : undefined;
  }
  if (resolve === undefined || resolve.dotDotDotToken !== undefined || isNameVisible(program, 'reject', at)) return undefined;
  const path = program.pathOf(resolve);
  const bare = ts.isArrowFunction(executor) && !hasParentheses(executor);
  const edits: Edit[] = [
    { kind: 'replace', path, start: resolve.end, end: resolve.end, text: bare ? ', reject)' : ', reject' },
    ...(bare ? [{ kind: 'replace' as const, path, start: resolve.getStart(), end: resolve.getStart(), text: '(' }] : []),
  ];
  return callTo('reject', edits);
}

export function hasParentheses(fn: ts.ArrowFunction): boolean {
  return fn.getChildren().some((child) => child.kind === ts.SyntaxKind.OpenParenToken);
}

function isSame(program: Program, parameter: ts.Identifier, at: ts.Node): boolean {
  const visible = program.checker.resolveName(parameter.text, at, ts.SymbolFlags.Value, false);
  return visible !== undefined && visible === program.checker.getSymbolAtLocation(parameter);
}

function isVisibleAt(program: Program, name: ts.Identifier, at: ts.Node): boolean {
  const resolve = (from: ts.Node): ts.Symbol | undefined =>
    program.checker.resolveName(name.text, from, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false);
  return resolve(at) === resolve(name);
}

const loggers = loggerSources.map((row) => ({ pattern: originPattern(row.loggers), method: row.method }));

/** A top-level binding of the file whose value comes from a logging library, by way of the program's own modules too. */
function loggerInScope(program: Program, at: ts.Node): string | undefined {
  for (const name of topLevelNames(at.getSourceFile())) {
    const key = program.originOf(name)?.key;
    if (key === undefined) continue;
    const row = loggers.find(({ pattern }) => pattern.test(key));
    if (row !== undefined && isSame(program, name, at)) return `${name.text}.${row.method}`;
  }
  const used = loggerByUse(program, at.getSourceFile());
  return used !== undefined && ts.isIdentifier(used.expression) && isVisibleAt(program, used.expression, at) ? used.getText() : undefined;
}

function topLevelNames(file: ts.SourceFile): ts.Identifier[] {
  return file.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) => boundIdentifiers(name));
    }
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
    const bindings = clause?.namedBindings;
    const named = bindings === undefined ? [] : ts.isNamespaceImport(bindings) ? [bindings.name] : bindings.elements.map((one) => one.name);
    return [...(clause?.name === undefined ? [] : [clause.name]), ...named];
  });
}

function boundIdentifiers(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundIdentifiers(element.name) : []));
}
