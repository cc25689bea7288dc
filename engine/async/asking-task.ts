/**
 * A task that is waited for only when it asks for that: `var done = this.async();`, of Grunt. What it does goes into an async function of its
 * own, and whoever waits is told of its end as it was told by what the task returned or threw.
 */

import { ts } from 'ts-morph';
import type { AskingTask } from '../../catalog/asking-tasks.ts';
import type { Edit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { sourceHabits } from '../source/habits.ts';
import { indentationAt } from '../source/indentation.ts';
import { commentsIn } from '../source/layout.ts';
import { firstFree, identifiersIn } from '../source/names.ts';
import { editsAroundBody } from './around-body.ts';
import type { CallbackRootPlan } from './callback-root.ts';
import { isFunctionNode, type FunctionNode } from './functions.ts';
import { returnedBy } from './promise-returning.ts';
import { roleOf } from './roles.ts';

/** @returns the plan, or a clause that says why there is none */
export function askingTaskPlan(program: Program, fn: FunctionNode, row: AskingTask): CallbackRootPlan | string {
  const { body } = fn;
  if (body === undefined || !ts.isBlock(body)) return 'it has no braces';
  if (ts.isArrowFunction(fn)) return `an arrow function has no \`this\` to call \`${row.asks}\` of`;
  const asking = membersIn(body, row.asks);
  if (asking.length === 0) return notYetAsking(program, fn, body, row);
  const [only, ...others] = asking;
  const statement = body.statements.find((one) => only !== undefined && one.pos <= only.pos && only.end <= one.end);
  if (only === undefined || statement === undefined || others.length > 0) return `it calls \`${row.asks}\` more than once`;
  return asksAlready(program, fn, body, statement, row);
}

/** `(async () => { … })().then(done, done);`: what it returned, and what it threw, goes to the same end as before. */
function notYetAsking(program: Program, fn: FunctionNode, body: ts.Block, row: AskingTask): CallbackRootPlan | string {
  if (!returnedBy(fn).every((value) => isNoPromise(program, value))) return 'it may return a promise, which nobody waited for';
  const { semicolon, constant, eol, unit } = sourceHabits(fn.getSourceFile());
  const done = firstFree(['done', 'finished', 'ended'], (name) => identifiersIn(fn, name).length === 0);
  const inner = indentationAt(fn.getSourceFile(), body.end - 1) + unit;
  const opening = `${constant} ${done} = this.${row.asks}()${semicolon}${eol}${inner}${semicolon === '' ? ';' : ''}(async () => {`;
  return { form: 'wrapped', edits: editsAroundBody(program, body, opening, `})().then(${done}, ${done})${semicolon}`) };
}

/** Behind `var done = this.async();` nobody looks at what it returns, and what it throws is told as by `done`. */
function asksAlready(program: Program, fn: FunctionNode, body: ts.Block, asking: ts.Statement, row: AskingTask): CallbackRootPlan | string {
  const declared = declaredBy(asking, row);
  if (declared === undefined) return `it does not keep what \`this.${row.asks}()\` gives under a name of its own`;
  if (!mentionsEnd(program, fn, body, declared)) return `it may go on behind \`${declared.text}()\``;
  const { semicolon, eol, unit } = sourceHabits(fn.getSourceFile());
  const at = body.statements.indexOf(asking);
  const closing = `})().catch(${declared.text})${semicolon}`;
  const guard = semicolon === '' ? ';' : '';
  if (at === 0) return { form: 'wrapped', edits: editsAroundBody(program, body, `${guard}(async () => {`, closing, asking.end) };
  const before = body.statements.slice(0, at);
  if (before.some((one) => leaves(one))) return `it may return before it calls \`this.${row.asks}()\``;
  if (commentsIn(fn.getSourceFile(), { start: asking.pos, end: asking.getStart() }).length > 0)
    return 'a comment stands before its callback';
  const inner = indentationAt(fn.getSourceFile(), body.end - 1) + unit;
  const opening = `${asking.getText()}${eol}${inner}${guard}(async () => {`;
  const path = program.pathOf(fn);
  const removed: Edit = { kind: 'replace', path, start: asking.pos, end: asking.end, text: '' };
  return { form: 'wrapped', edits: [...editsAroundBody(program, body, opening, closing), removed] };
}

/** `var done = this.async();`, and nothing else. */
function declaredBy(statement: ts.Statement, row: AskingTask): ts.Identifier | undefined {
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declaration, ...others] = statement.declarationList.declarations;
  if (declaration === undefined || others.length > 0 || !ts.isIdentifier(declaration.name)) return undefined;
  const value = declaration.initializer;
  if (value === undefined || !ts.isCallExpression(value) || value.arguments.length > 0) return undefined;
  const { expression: callee } = value;
  const isOwn = ts.isPropertyAccessExpression(callee) && callee.expression.kind === ts.SyntaxKind.ThisKeyword;
  return isOwn && callee.name.text === row.asks ? declaration.name : undefined;
}

/** Is the task over where it calls its callback? An error behind that would be told to nobody. */
function mentionsEnd(program: Program, fn: FunctionNode, body: ts.Block, done: ts.Identifier): boolean {
  return identifiersIn(fn, done.text).every((name) => {
    if (name === done) return true;
    const call = name.parent;
    if (!ts.isCallExpression(call) || call.expression !== name) return true;
    for (let node: ts.Node = call.parent; node !== body; node = node.parent) {
      if (!isFunctionNode(node)) continue;
      const { kind } = roleOf(program, node);
      return kind !== 'iteration' && kind !== 'collection' && kind !== 'sync-callback' && kind !== 'invoked';
    }
    if (ts.isReturnStatement(call.parent)) return !isWithinTry(call, body);
    return ts.isExpressionStatement(call.parent) && isLast(call.parent, body);
  });
}

function isWithinTry(node: ts.Node, body: ts.Block): boolean {
  for (let current = node.parent; current !== body; current = current.parent) if (ts.isTryStatement(current)) return true;
  return false;
}

/** Nothing follows the statement in the function but `return;`. */
function isLast(statement: ts.Statement, body: ts.Block): boolean {
  const { parent } = statement;
  if (ts.isIfStatement(parent)) return isLast(parent, body);
  if (!ts.isBlock(parent)) return false;
  const next = parent.statements[parent.statements.indexOf(statement) + 1];
  if (next !== undefined) return ts.isReturnStatement(next) && next.expression === undefined && !isWithinTry(next, body);
  if (parent === body) return true;
  return (
    (ts.isIfStatement(parent.parent) || ts.isBlock(parent.parent)) && isLast(ts.isIfStatement(parent.parent) ? parent.parent : parent, body)
  );
}

/** `this.async`, `grunt.task.current.async`, `self['async']`. */
function membersIn(node: ts.Node, name: string): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (one: ts.Node): void => {
    if (ts.isPropertyAccessExpression(one) && one.name.text === name) found.push(one.name);
    if (ts.isElementAccessExpression(one) && ts.isStringLiteralLike(one.argumentExpression) && one.argumentExpression.text === name) {
      found.push(one.argumentExpression);
    }
    if (ts.isBindingElement(one) && (one.propertyName ?? one.name).getText() === name) found.push(one);
    ts.forEachChild(one, visit);
  };
  visit(node);
  return found;
}

function leaves(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  return ts.isReturnStatement(node) || ts.forEachChild(node, leaves) === true;
}

/** A promise that a task returns is nothing to those who call it. */
function isNoPromise(program: Program, value: ts.Expression): boolean {
  const type = program.checker.getTypeAtLocation(value);
  const unknown = ts.TypeFlags.Any | ts.TypeFlags.Unknown;
  if ((type.flags & unknown) === 0) return (type.isUnion() ? type.types : [type]).every((one) => one.getProperty('then') === undefined);
  const key = program.originOf(value)?.key;
  // `return grunt.fail.warn('…');`
  return key !== undefined && /^grunt\.(?:fail|fatal|log|task|util|verbose|warn)\b/.test(key);
}
