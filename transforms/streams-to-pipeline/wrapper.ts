/**
 * `new Promise` around nothing but streams: the promise that `pipeline` gives takes its place.
 */

import { ts } from 'ts-morph';
import { graphOf } from '../../engine/async/call-graph.ts';
import { isConstructed } from '../../engine/async/constructed.ts';
import { isAsync, isFunctionNode, isGenerator, outermost, type FunctionNode } from '../../engine/async/functions.ts';
import type { ReplaceEdit } from '../../engine/finding.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { placed } from '../../engine/source/layout.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { Composer, effectiveSuccess } from './compose.ts';
import { mentions, onlyCall, type InlineFunction } from './handler.ts';
import { isSettler } from './endings.ts';
import type { Plan } from './plan.ts';
import type { Rewrite } from './rewrite.ts';
import { isReference } from './stream-name.ts';
import { functionAround } from './uses.ts';
import { statementsOf } from './statement-list.ts';
import type { Stage } from './wiring.ts';

interface Wrapped {
  readonly promise: ts.NewExpression;
  /** What the promise resolves to; undefined for nothing. */
  readonly value: ts.Expression | undefined;
}

/** @returns undefined when the promise does more, or stands where its place cannot be taken */
export function rewriteWrapper(program: Program, plan: Plan): Rewrite | undefined {
  if (plan.failure.kind === 'handled' && plan.failure.keeps === true) return undefined;
  const wrapped = wrappedPromise(program, plan);
  if (wrapped === undefined || plan.wiring.conditional !== undefined) return undefined;
  const declared = declarationsKept(plan);
  const place = placeOf(program, wrapped);
  if (place === undefined || declared === undefined) return undefined;
  if (declared.length > 0 && !mayDeclare(wrapped, place, declared)) return undefined;
  if (place.kind === 'expression' && !plan.stages.every((stage) => isReference(stage.base))) return undefined;
  const composer = new Composer(program, plan);
  const { file, habits } = composer;
  const path = program.pathOf(file);
  const { target } = place;
  const indent = placeIndentation(file, place);
  const reference = importHabit(program, file).reference('stream/promises', 'pipeline', target);
  const nested = place.kind === 'arrow-block' ? indent + habits.unit : indent;
  const unlinked = plan.stages
    .flatMap(({ definition }) => definition?.links ?? [])
    .filter((link) => plan.consumed.has(link))
    .map(({ start, end }) => ({ start, end, text: '' }));
  const kept = declared.map((statement) => composer.copy(placed(file, statement), nested, unlinked));
  const made = composer.stages(nested, new Set());
  const args = kept.length > 0 ? made : made.map((text, index) => madeInPlace(composer, plan.stages, index, text, nested));
  if (plan.keepsOpen) args.push('{ end: false }');
  const lead = { statements: 'await ', 'arrow-block': 'await ', expression: '', awaited: 'await ' }[place.kind];
  const value = wrapped.value === undefined ? undefined : composer.copyNode(wrapped.value, nested);
  const call = composer.call(reference.text, args, nested, lead, composer.stageComments());
  const comments = composer.leftComments([{ start: wrapped.promise.getStart(file), end: wrapped.promise.end }]);
  const { eol, semicolon: end, unit } = habits;
  const edits: ReplaceEdit[] = [];
  const replace = (text: string, start = target.getStart(file)): void => {
    edits.push({ kind: 'replace', path, start, end: target.end, text });
  };
  switch (place.kind) {
    case 'expression':
      if (comments.length > 0) return undefined;
      replace(call);
      break;
    case 'awaited':
      replace([...comments, `await ${call}${end}`].join(eol + indent));
      break;
    case 'statements':
      replace([...kept, ...comments, `await ${call}${end}`, ...(value === undefined ? [] : [`return ${value}${end}`])].join(eol + indent));
      break;
    case 'arrow-block': {
      const lines = [...kept, ...comments, `await ${call}${end}`, ...(value === undefined ? [] : [`return ${value}${end}`])];
      const gap = place.start < target.getStart(file) ? ' ' : '';
      replace(`${gap}{${lines.map((line) => eol + indent + unit + line).join('')}${eol}${indent}}`, place.start);
      break;
    }
  }
  const notes = [...plan.notes];
  if (place.makeAsync !== undefined) {
    const start = asyncPosition(place.makeAsync, file);
    edits.push({ kind: 'replace', path, start, end: start, text: 'async ' });
    if (place.kind === 'statements' && isPreceded(place.target))
      notes.push('A throw before the streams are connected now rejects the promise.');
  }
  return { edits, imports: [...reference.imports, ...composer.imports], preambles: reference.preambles, notes };
}

function wrappedPromise(program: Program, { wiring, failure, success }: Plan): Wrapped | undefined {
  const { list } = wiring;
  if (!ts.isBlock(list) || !(ts.isArrowFunction(list.parent) || ts.isFunctionExpression(list.parent))) return undefined;
  const promise = list.parent.parent;
  if (!ts.isNewExpression(promise) || promise.arguments?.[0] !== list.parent) return undefined;
  if (failure.kind !== 'handled' || !isSettler(program, failure.handler, 1)) return undefined;
  const [only, ...others] = effectiveSuccess(success);
  if (only === undefined || others.length > 0) return undefined;
  if (isSettler(program, only.handler, 0)) return { promise, value: undefined };
  if (only.handler.kind === 'named') return undefined;
  const call = resolving(only.handler.fn, only.without);
  if (call === undefined || !isSettler(program, { kind: 'named', callee: call.expression }, 0)) return undefined;
  const [value, ...more] = call.arguments;
  if (more.length > 0 || (value !== undefined && ts.isSpreadElement(value))) return undefined;
  return { promise, value };
}

/** The `resolve(…)` that is all that the handler does besides ending the destination. */
function resolving(fn: InlineFunction, without: readonly ts.Node[]): ts.CallExpression | undefined {
  if (without.length === 0 || !ts.isBlock(fn.body)) return onlyCall(fn);
  const [statement, ...more] = fn.body.statements.filter((one) => !without.includes(one));
  if (statement === undefined || more.length > 0 || !ts.isExpressionStatement(statement)) return undefined;
  return ts.isCallExpression(statement.expression) ? statement.expression : undefined;
}

/**
 * The declarations of the executor that have to stay, because what is resolved, or a stage, needs their names. None where each makes a
 * stage that can be made in the call; undefined where there is more in the executor than declarations and what is rewritten.
 */
function declarationsKept(plan: Plan): ts.VariableStatement[] | undefined {
  const { wiring, stages, consumed } = plan;
  const own = new Set<ts.Node>(wiring.flows);
  for (const { statement, chain } of wiring.listening) {
    if (chain.segments[0]?.links.every((link) => consumed.has(link)) !== true) return undefined;
    own.add(statement);
  }
  const statements: ts.VariableStatement[] = [];
  const made = new Set<ts.Symbol>();
  let isMore = false;
  for (const statement of statementsOf(wiring.list)) {
    if (own.has(statement)) continue;
    if (!ts.isVariableStatement(statement)) return undefined;
    statements.push(statement);
    for (const declaration of statement.declarationList.declarations) {
      const stage = stages.find((one) => one.symbol?.valueDeclaration === declaration && isReference(one.base));
      if (stage?.symbol === undefined || declaration.initializer === undefined) isMore = true;
      else made.add(stage.symbol);
    }
  }
  // `const out = a.pipe(b)` goes with the pipe.
  const piped = stages.flatMap((stage) => (stage.declaration === undefined ? [] : (stage.symbol ?? [])));
  if (piped.some((symbol) => isNeeded(plan, symbol))) return undefined;
  return isMore || [...made].some((symbol) => isNeeded(plan, symbol)) ? statements : [];
}

/** Does what is resolved use the stream's name, or a stream that is made from it, or a listener that stays? */
function isNeeded({ stages, consumed, success }: Plan, symbol: ts.Symbol): boolean {
  const without = success.flatMap((one) => one.without);
  const values = effectiveSuccess(success).flatMap(({ handler }) => (handler.kind === 'inline' ? [handler.fn.body] : []));
  if (values.some((body) => (ts.isBlock(body) ? usesBesidesEnd(body, symbol.name, without) : mentions(body, symbol.name)))) return true;
  const others = stages.flatMap((stage) => [
    ...stage.links.filter((link) => !consumed.has(link)).map((link) => link.call.arguments[1]),
    stage.symbol?.valueDeclaration !== undefined && ts.isVariableDeclaration(stage.symbol.valueDeclaration)
      ? stage.symbol.valueDeclaration.initializer
      : undefined,
  ]);
  return others.some((node) => node !== undefined && !isPipeChain(node) && mentions(node, symbol.name));
}

/** May the declarations stand in the function that the promise is returned from? */
function mayDeclare({ promise }: Wrapped, place: Place, statements: readonly ts.VariableStatement[]): boolean {
  if (place.kind === 'expression' || place.kind === 'awaited') return false;
  const fn = functionAround(promise);
  const isOutside = (one: ts.Node): boolean => one.pos < promise.pos || one.end > promise.end;
  const names = statements.flatMap(({ declarationList }) => declarationList.declarations.map(({ name }) => name));
  return names.every((name) => ts.isIdentifier(name) && !identifiersIn(fn, name.text).some(isOutside));
}

function isPipeChain(node: ts.Node): boolean {
  return ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'pipe';
}

function usesBesidesEnd(body: ts.Block, name: string, without: readonly ts.Node[]): boolean {
  return body.statements.some((statement) => !without.includes(statement) && mentions(statement, name));
}

/** A stream that the executor held in a variable is made where it is used. */
function madeInPlace(composer: Composer, stages: readonly Stage[], index: number, text: string, indent: string): string {
  const { loop } = composer.plan.wiring;
  // The generator stands between the two ends of a loop.
  if (loop?.work === 'stage' && index === 1) return text;
  const stage = stages[loop?.work === 'stage' && index > 1 ? index - 1 : index];
  const declared = stage?.symbol?.valueDeclaration;
  if (stage === undefined || stage.declaration !== undefined || declared === undefined || !ts.isVariableDeclaration(declared)) return text;
  const { initializer } = declared;
  if (initializer === undefined || functionAround(declared) !== functionAround(composer.plan.wiring.list)) return text;
  const onName = text.slice(stage.base.getText().length);
  const kept = (stage.definition?.links ?? []).filter((link) => !composer.plan.consumed.has(link));
  return (
    composer.copyNode(stage.definition?.base ?? initializer, indent) + kept.map((link) => composer.copy(link, indent)).join('') + onName
  );
}

/** Where the block of an arrow function goes whose body is `target`: a comment before that stays. */
function blockStart({ equalsGreaterThanToken: { end }, body }: ts.ArrowFunction): number {
  const start = body.getStart();
  return body.getSourceFile().text.slice(end, start).trim() === '' ? end : start;
}

/** How far the line is indented on which the new statements, or the block around them, begin. */
export function placeIndentation(file: ts.SourceFile, place: Place): string {
  return indentationAt(file, place.kind === 'arrow-block' ? place.start : place.target.getStart(file));
}

export type Place = { readonly makeAsync?: FunctionNode } & (
  | { readonly kind: 'expression'; readonly target: ts.Expression }
  | { readonly kind: 'awaited'; readonly target: ts.Statement }
  | { readonly kind: 'statements'; readonly target: ts.ReturnStatement }
  /** `start`: behind the arrow, where the block goes, and not on a line of its own. */
  | { readonly kind: 'arrow-block'; readonly target: ts.Expression; readonly start: number }
);

export function placeOf(program: Program, { promise, value }: Wrapped): Place | undefined {
  const expression = outermost(promise);
  const { parent } = expression;
  const fn = functionAround(promise);
  if (ts.isAwaitExpression(parent) && ts.isExpressionStatement(parent.parent)) return { kind: 'awaited', target: parent.parent };
  if (ts.isReturnStatement(parent)) {
    if (!isFunctionNode(fn) || isGenerator(fn) || isInTry(parent, fn) || !ts.isBlock(parent.parent)) return undefined;
    if (isAsync(fn)) return { kind: 'statements', target: parent };
    if (fn.body !== parent.parent || !mayBecomeAsync(fn, parent) || isConstructed(graphOf(program), fn)) return undefined;
    return { kind: 'statements', target: parent, makeAsync: fn };
  }
  if (ts.isArrowFunction(parent) && parent.body === expression) {
    const target = expression as ts.Expression;
    const makeAsync = isAsync(parent) ? {} : { makeAsync: parent };
    return hasPlainParameters(parent) ? { kind: 'arrow-block', target, start: blockStart(parent), ...makeAsync } : undefined;
  }
  return value === undefined && ts.isExpression(expression) ? { kind: 'expression', target: expression } : undefined;
}

/** It returns the promise and nothing else, so that its callers see no difference; what stands before only makes variables. */
function mayBecomeAsync(fn: FunctionNode, statement: ts.ReturnStatement): boolean {
  if (!ts.isFunctionDeclaration(fn) && !ts.isFunctionExpression(fn) && !ts.isArrowFunction(fn) && !ts.isMethodDeclaration(fn)) return false;
  if (fn.body === undefined || !ts.isBlock(fn.body) || !hasPlainParameters(fn)) return false;
  const { statements } = fn.body;
  return statements.at(-1) === statement && statements.slice(0, -1).every((one) => ts.isVariableStatement(one));
}

function hasPlainParameters(fn: ts.SignatureDeclaration): boolean {
  return fn.parameters.every((parameter) => ts.isIdentifier(parameter.name) && parameter.initializer === undefined);
}

function isInTry(node: ts.Node, fn: ts.Node): boolean {
  for (let current = node.parent; current !== fn; current = current.parent) if (ts.isTryStatement(current)) return true;
  return false;
}

function isPreceded(statement: ts.ReturnStatement): boolean {
  return ts.isBlock(statement.parent) && statement.parent.statements.length > 1;
}

/** Where `async` goes: behind `export default` and the modifiers, before `function`, the name or the parameters. */
export function asyncPosition(fn: FunctionNode, file: ts.SourceFile): number {
  if (ts.isArrowFunction(fn)) return fn.getStart(file);
  if (ts.isMethodDeclaration(fn)) return fn.name.getStart(file);
  const keyword = fn.getChildren(file).find((child) => child.kind === ts.SyntaxKind.FunctionKeyword);
  return keyword?.getStart(file) ?? fn.getStart(file);
}

/** The edits that put the lines in the place of a promise, as statements of the function that it was returned from. */
export function inPlaceOf(
  program: Program,
  file: ts.SourceFile,
  place: Exclude<Place, { kind: 'expression' | 'awaited' }>,
  lines: readonly string[],
): ReplaceEdit[] {
  const { eol, unit } = sourceHabits(file);
  const { target, makeAsync } = place;
  const path = program.pathOf(file);
  const start = place.kind === 'arrow-block' ? place.start : target.getStart(file);
  const outer = placeIndentation(file, place);
  const text =
    place.kind === 'statements'
      ? lines.join(eol + outer)
      : `${start < target.getStart(file) ? ' ' : ''}{${lines.map((line) => (line === '' ? eol : eol + outer + unit + line)).join('')}${eol}${outer}}`;
  const edits: ReplaceEdit[] = [{ kind: 'replace', path, start, end: target.end, text: text.replace(/[ \t]+(?=\r?\n)/g, '') }];
  if (makeAsync !== undefined) {
    const at = asyncPosition(makeAsync, file);
    edits.push({ kind: 'replace', path, start: at, end: at, text: 'async ' });
  }
  return edits;
}
