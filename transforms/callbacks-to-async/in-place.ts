/**
 * `await new Promise((resolve, reject) => fs.readFile(file, (err, text) => (err ? reject(err) : resolve(text))))`: nothing but what the
 * promise form of the call gives, so that stands in its place. No code moves, and the function around it stays what it is.
 */

import { ts } from 'ts-morph';
import { isAsync, isFunctionNode, outermost } from '../../engine/async/functions.ts';
import type { Fix } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { commentsIn } from '../../engine/source/layout.ts';
import { callText, type CallText } from './callee.ts';
import { bareExpression, isBareReturn, isUndefined, type Code } from './code.ts';
import { executorOf } from './executor.ts';
import { mayThrowExpression } from './merge.ts';
import { calleeName, Obstacle } from './obstacle.ts';
import { hasNoError, isAssumed, isEmpty, type CallbackSite, type InlineCallback } from './sites.ts';
import { usesOwnThis } from './this.ts';

/**
 * The fix for a promise that is made around a call of a function that has a promise form; `undefined` where it does anything else.
 * @param host the function that the code of the callback would become part of
 */
export function inPlace(program: Program, site: CallbackSite, host: ts.Node, transform: string): Fix | undefined {
  const promise = promiseAround(program, site.call);
  if (promise?.executor !== host || !isSettledByCall(program, promise, site)) return undefined;
  const file = site.call.getSourceFile();
  const start = promise.node.getStart(file);
  const text = promiseForm(program, site, indentationAt(file, start));
  return (
    text && {
      kind: 'fix',
      id: `promise:${program.pathOf(file)}:${start}`,
      transform,
      site: program.spanOf(site.call),
      title: `\`${calleeName(site.call)}\` gives a promise by itself`,
      safety: 'safe',
      notes: [],
      edits: [{ kind: 'replace', path: program.pathOf(file), start, end: promise.node.end, text: text.text }],
      imports: text.imports,
      preambles: text.preambles,
      dependsOn: [],
    }
  );
}

interface MadePromise {
  readonly node: ts.NewExpression;
  readonly executor: InlineCallback;
}

/** The promise whose executor does nothing but make the call. */
function promiseAround(program: Program, call: ts.CallExpression): MadePromise | undefined {
  let around: ts.Node = outermost(call).parent;
  while (ts.isVoidExpression(around)) around = outermost(around).parent;
  if (ts.isExpressionStatement(around) || ts.isReturnStatement(around)) {
    if (!ts.isBlock(around.parent) || around.parent.statements.length > 1) return undefined;
    around = around.parent.parent;
  }
  const executor = around;
  if (!isFunctionNode(executor) || !ts.isNewExpression(executor.parent)) return undefined;
  const node = executor.parent;
  const found = executorOf(program, node);
  if (found !== executor || isAsync(found) || (!ts.isArrowFunction(found) && (found.asteriskToken ?? found.name) !== undefined))
    return undefined;
  return ts.isArrowFunction(found) || !usesOwnThis(found.body) ? { node, executor: found } : undefined;
}

/** Does the promise take the result of the call as it is, and its failure? */
function isSettledByCall(program: Program, { node, executor }: MadePromise, site: CallbackSite): boolean {
  const { call, callback, target } = site;
  if (target.kind !== 'api' || target.api.runsTasks === true || isAssumed(site) || isEmpty(site) || hasNoError(site)) return false;
  if (callback === undefined || ts.isIdentifier(callback) || ts.isFunctionDeclaration(callback)) return false;
  if (callback.modifiers !== undefined || (ts.isFunctionExpression(callback) && (callback.asteriskToken ?? callback.name) !== undefined))
    return false;
  const isOneValue = target.api.result === 'first' || target.api.result === 'properties';
  const settled = settledAs(program, executor, callback);
  if (settled === undefined) return false;
  if (settled === 'value' ? !isOneValue : target.api.values.length > 0 && !isUnused(node)) return false;
  const kept = call.arguments.slice(0, -1);
  const own = new Set(executor.parameters.map(({ name }) => program.symbolOf(name)));
  if ([call.expression, ...kept].some((one) => mentionsAny(program, one, own))) return false;
  // What stands before the call was read inside of the executor, which makes a rejection of what it throws.
  if (!ts.isAwaitExpression(outermost(node).parent) && (target.api.on !== 'module' || kept.some(mayThrowExpression))) return false;
  return !losesComments(node, call, kept);
}

function isUnused(node: ts.NewExpression): boolean {
  const { parent } = outermost(node);
  return ts.isAwaitExpression(parent) && ts.isExpressionStatement(outermost(parent).parent);
}

/** What the callback resolves the promise with, where it does nothing but settle it. */
function settledAs(program: Program, executor: InlineCallback, callback: InlineCallback): 'value' | 'nothing' | undefined {
  const symbols = (fn: InlineCallback): (ts.Symbol | undefined)[] =>
    fn.parameters.map(({ name, initializer, dotDotDotToken }) =>
      ts.isIdentifier(name) && initializer === undefined && dotDotDotToken === undefined ? program.symbolOf(name) : undefined,
    );
  const [resolve, reject] = symbols(executor);
  const [error, value] = symbols(callback);
  if (resolve === undefined || reject === undefined || error === undefined) return undefined;
  const isOf = (node: ts.Expression | undefined, symbol: ts.Symbol): boolean =>
    node !== undefined && ts.isIdentifier(node) && program.symbolOf(node) === symbol;
  const given = (node: ts.Expression | undefined, fn: ts.Symbol): readonly ts.Expression[] | undefined =>
    node !== undefined && ts.isCallExpression(node) && isOf(node.expression, fn) ? node.arguments : undefined;
  const rejects = (node: ts.Expression | undefined): boolean => {
    const [first, ...others] = given(node, reject) ?? [];
    return others.length === 0 && isOf(first, error);
  };
  const resolves = (node: ts.Expression | undefined): 'value' | 'nothing' | undefined => {
    const args = given(node, resolve);
    if (args === undefined || args.length > 1) return undefined;
    const [first] = args;
    if (first === undefined || isUndefined(first)) return 'nothing';
    return value !== undefined && isOf(first, value) ? 'value' : undefined;
  };
  const ways = waysOf(callback);
  return ways !== undefined && isOf(ways.condition, error) && rejects(ways.whenTrue) ? resolves(ways.whenFalse) : undefined;
}

interface Ways {
  readonly condition: ts.Expression;
  readonly whenTrue: ts.Expression | undefined;
  readonly whenFalse: ts.Expression | undefined;
}

interface Ways {
  readonly condition: ts.Expression;
  readonly whenTrue: ts.Expression | undefined;
  readonly whenFalse: ts.Expression | undefined;
}

/** `err ? a : b`, `if (err) a; else b;`, `if (err) return a; b;`: a promise that was rejected stays that, whether the callback returned or not. */
function waysOf({ body }: InlineCallback): Ways | undefined {
  const code: readonly Code[] = ts.isBlock(body) ? body.statements : [body];
  const [first, second, ...others] = code;
  if (first === undefined || others.length > 0) return undefined;
  const choice = second === undefined ? bareExpression(first) : undefined;
  if (choice !== undefined && ts.isConditionalExpression(choice)) {
    return { condition: choice.condition, whenTrue: bareExpression(choice.whenTrue), whenFalse: bareExpression(choice.whenFalse) };
  }
  if (!ts.isStatement(first) || !ts.isIfStatement(first)) return undefined;
  const { expression: condition, thenStatement, elseStatement } = first;
  const otherwise = elseStatement === undefined ? second : second === undefined ? elseStatement : undefined;
  return { condition, whenTrue: onlyExpression(thenStatement), whenFalse: otherwise && onlyExpression(otherwise) };
}

/** What the statement evaluates, but for a `return` behind it. */
function onlyExpression(statement: Code): ts.Expression | undefined {
  if (!ts.isStatement(statement) || !ts.isBlock(statement)) return bareExpression(statement);
  const [first, second, ...others] = statement.statements;
  if (first === undefined || others.length > 0 || (second !== undefined && !isBareReturn(second))) return undefined;
  return bareExpression(first);
}

function mentionsAny(program: Program, node: ts.Node, symbols: ReadonlySet<ts.Symbol | undefined>): boolean {
  if (ts.isIdentifier(node)) return symbols.has(program.symbolOf(node));
  return ts.forEachChild(node, (child) => mentionsAny(program, child, symbols) || undefined) === true;
}

function losesComments(node: ts.NewExpression, call: ts.CallExpression, kept: readonly ts.Expression[]): boolean {
  const file = node.getSourceFile();
  const staying = { start: call.expression.getStart(file), end: kept.at(-1)?.end ?? call.expression.end };
  return [
    { start: node.getStart(file), end: staying.start },
    { start: staying.end, end: node.end },
  ].some((span) => commentsIn(file, span).length > 0);
}

function promiseForm(program: Program, site: CallbackSite, indentation: string): CallText | undefined {
  try {
    return callText(program, site, indentation, [], new Set(), () => ({ edits: [], imports: [], preambles: [] }));
  } catch (error) {
    if (error instanceof Obstacle) return undefined;
    throw error;
  }
}
