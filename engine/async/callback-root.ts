/**
 * A function that is given a callback, to be called when it is done: `it('…', function (done) { … })`. Beside the callback it may return no
 * promise. One that calls it at its end, and nowhere else, does without it; what another one does goes into an async function of its own,
 * whose failure the callback is told of.
 */

import { ts } from 'ts-morph';
import type { RootRow } from '../../catalog/roots.ts';
import type { Edit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { sourceHabits } from '../source/habits.ts';
import { commentsIn } from '../source/layout.ts';
import { identifiersIn } from '../source/names.ts';
import { editsAroundBody } from './around-body.ts';
import type { FunctionNode } from './functions.ts';
import { returnedBy } from './promise-returning.ts';

export interface CallbackRootPlan {
  readonly form: 'async' | 'wrapped';
  readonly edits: readonly Edit[];
}

/** @returns the plan, or a clause that says why there is none */
export function callbackRootPlan(program: Program, fn: FunctionNode, row: RootRow): CallbackRootPlan | string {
  const { body } = fn;
  const done = fn.parameters[row.maximumParameters ?? 0];
  if (body === undefined || !ts.isBlock(body)) return 'it has no braces';
  if (done === undefined || !ts.isIdentifier(done.name) || done.dotDotDotToken !== undefined || done.initializer !== undefined) {
    return 'its callback has no name';
  }
  const dropped = withoutCallback(program, fn, body, done, done.name);
  if (dropped !== undefined) return { form: 'async', edits: dropped };
  // What it returns is looked at, or an error beside the callback.
  if (row.waitsForReturned === true && returnedBy(fn).length > 0) return 'it returns a value beside it';
  return wrappedPlan(program, fn, body, failing(program, row, done.name));
}

/**
 * For a function whose caller treats what it throws as what the parameter at `index` is called with, and looks at nothing that it returns.
 * @param takesError without it nobody is told of a failure, which ends the process
 */
export function callbackPlan(program: Program, fn: FunctionNode, index: number, takesError = true): CallbackRootPlan | string {
  const { body } = fn;
  const callback = fn.parameters[index];
  if (body === undefined || !ts.isBlock(body)) return 'it has no braces';
  if (callback === undefined || !ts.isIdentifier(callback.name) || callback.initializer !== undefined) return 'its callback has no name';
  return wrappedPlan(program, fn, body, takesError ? callback.name.text : undefined);
}

/** For `new Promise(function (resolve, reject) { … })`; one that has no name for `reject` gets it. */
export function executorPlan(program: Program, fn: FunctionNode): CallbackRootPlan | string {
  const [resolve, reject] = fn.parameters;
  if (reject !== undefined || resolve === undefined || !ts.isIdentifier(resolve.name)) return callbackPlan(program, fn, 1);
  if (resolve.dotDotDotToken !== undefined || resolve.initializer !== undefined) return 'it has no name for `reject`';
  if (identifiersIn(fn, 'reject').length > 0) return '`reject` is the name of something else';
  const { body } = fn;
  if (body === undefined || !ts.isBlock(body)) return 'it has no braces';
  const plan = wrappedPlan(program, fn, body, 'reject');
  if (typeof plan === 'string') return plan;
  const path = program.pathOf(fn);
  const bare = ts.isArrowFunction(fn) && fn.getStart() === resolve.getStart();
  const before: Edit[] = bare ? [{ kind: 'replace', path, start: resolve.getStart(), end: resolve.getStart(), text: '(' }] : [];
  const after: Edit = { kind: 'replace', path, start: resolve.end, end: resolve.end, text: bare ? ', reject)' : ', reject' };
  return { ...plan, edits: [...before, after, ...plan.edits] };
}

function wrappedPlan(program: Program, fn: FunctionNode, body: ts.Block, failed: string | undefined): CallbackRootPlan | string {
  if (returnedBy(fn).some((value) => !isNothing(value))) return 'it returns a value beside it';
  if (skips(body)) return 'it may skip itself, which must be told at once';
  const { semicolon } = sourceHabits(fn.getSourceFile());
  const closing = `})()${failed === undefined ? '' : `.catch(${failed})`}${semicolon}`;
  return { form: 'wrapped', edits: editsAroundBody(program, body, '(async () => {', closing) };
}

/** `done();` ends the body, and nothing else has the callback or leaves the function. */
function withoutCallback(
  program: Program,
  fn: FunctionNode,
  body: ts.Block,
  done: ts.ParameterDeclaration,
  name: ts.Identifier,
): readonly Edit[] | undefined {
  const last = body.statements.at(-1);
  if (last === undefined || identifiersIn(fn, name.text).length !== 2 || returns(body, last)) return undefined;
  const call = ts.isExpressionStatement(last) || ts.isReturnStatement(last) ? last.expression : undefined;
  if (call === undefined || !ts.isCallExpression(call) || call.arguments.length > 0) return undefined;
  if (!ts.isIdentifier(call.expression) || call.expression.text !== name.text) return undefined;
  if (commentsIn(fn.getSourceFile(), { start: last.pos, end: last.getStart() }).length > 0) return undefined;
  const path = program.pathOf(fn);
  const at = fn.parameters.indexOf(done);
  const before = fn.parameters[at - 1];
  const bare = ts.isArrowFunction(fn) && fn.getStart() === done.getStart();
  return [
    { kind: 'replace', path, start: before?.end ?? done.getStart(), end: done.end, text: bare ? '()' : '' },
    { kind: 'replace', path, start: last.pos, end: last.end, text: '' },
  ];
}

function returns(body: ts.Block, except: ts.Statement): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node) || node === except) return false;
    return ts.isReturnStatement(node) || ts.forEachChild(node, visit) === true;
  };
  return visit(body);
}

/** `return done();`, `return;`: the value is nobody's. */
function isNothing(value: ts.Expression): boolean {
  return ts.isCallExpression(value) || ts.isVoidExpression(value) || (ts.isIdentifier(value) && value.text === 'undefined');
}

/** `this.skip()` of Mocha throws past the callback. */
function skips(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword && node.name.text === 'skip') return true;
  return ts.forEachChild(node, skips) === true;
}

/** What is called with the error: `done`, or `done.fail` where the callback itself takes none. */
export function failing(program: Program, row: RootRow, done: ts.Identifier): string {
  const { fileName } = done.getSourceFile();
  const has = (name: string): boolean => program.packages.version(fileName, name) !== undefined;
  const member = row.doneFails?.find((one) => one.packages.some(has) && !one.unless.some(has))?.member;
  return member === undefined ? done.text : `${done.text}.${member}`;
}
