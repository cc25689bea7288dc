/** The body of a handler that settles the promise around it, as the end of an async function: `resolve(x)` returns, `reject(e)` throws. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import { isSettler } from './endings.ts';
import { mentions, ownNodes, type InlineFunction } from './handler.ts';

export interface SettlingBody {
  readonly statements: readonly ts.Statement[];
  /** Inside the statements. */
  readonly edits: readonly TextEdit[];
  /** The whole is `resolve(value)`. */
  readonly value: ts.Expression | undefined;
}

/** @returns undefined when it does not settle on every way through it, or goes on afterwards */
export function settlingBody(program: Program, fn: InlineFunction): SettlingBody | undefined {
  if (!ts.isBlock(fn.body)) {
    const settled = settleCall(program, fn.body);
    if (settled?.kind !== 'resolve' || settled.value === undefined) return undefined;
    return { statements: [], edits: [], value: settled.value };
  }
  const body = withoutHandedOn(program, fn.body);
  const edits: TextEdit[] = [];
  const handled = new Set<ts.Node>();
  if (!tail(program, body.statements, edits, handled)) return undefined;
  const calls = ownNodes(body, ts.isCallExpression).filter((call) => settleCall(program, call) !== undefined);
  const names = settlerNames(calls);
  if (calls.some((call) => !handled.has(call)) || isUsedInside(body, names)) return undefined;
  const [only, ...more] = body.statements;
  const whole = only !== undefined && more.length === 0 ? statementCall(only) : undefined;
  const settled = whole && settleCall(program, whole);
  return { statements: body.statements, edits, value: settled?.kind === 'resolve' ? settled.value : undefined };
}

/** `try { … } catch (e) { reject(e); }`: an async function does that by itself. */
function withoutHandedOn(program: Program, block: ts.Block): ts.Block {
  const [only, ...more] = block.statements;
  if (only === undefined || more.length > 0 || !ts.isTryStatement(only) || only.finallyBlock !== undefined) return block;
  const { catchClause } = only;
  const parameter = catchClause?.variableDeclaration?.name;
  const [statement, ...others] = catchClause?.block.statements ?? [];
  const call = statement && statementCall(statement);
  const settled = call && settleCall(program, call);
  const isHandedOn = settled?.kind === 'reject' && parameter !== undefined && settled.value?.getText() === parameter.getText();
  return isHandedOn && others.length === 0 ? only.tryBlock : block;
}

function statementCall(statement: ts.Statement): ts.Expression | undefined {
  return ts.isExpressionStatement(statement) || ts.isReturnStatement(statement) ? statement.expression : undefined;
}

/** Does every way through the statements end by settling? Makes the edits for those that do. */
function tail(program: Program, statements: readonly ts.Statement[], edits: TextEdit[], handled: Set<ts.Node>): boolean {
  for (const [index, statement] of statements.entries()) {
    const isLast = index === statements.length - 1;
    const call = statementCall(statement);
    const settled = call && settleCall(program, call);
    if (settled !== undefined && call !== undefined) {
      const next = statements[index + 1];
      const leavesNext = next !== undefined && ts.isReturnStatement(next) && next.expression === undefined;
      if (!isLast && !(leavesNext && index + 2 === statements.length) && !ts.isReturnStatement(statement)) return false;
      handled.add(call);
      edits.push(...settleEdits(statement, settled));
      if (leavesNext) edits.push({ start: statement.end, end: next.end, text: '' });
      return true;
    }
    if (ts.isThrowStatement(statement)) return true;
    if (ts.isReturnStatement(statement)) return false;
    if (ts.isIfStatement(statement)) {
      const whenTrue = branch(program, statement.thenStatement, edits, handled);
      const whenFalse = statement.elseStatement !== undefined && branch(program, statement.elseStatement, edits, handled);
      if (whenTrue && whenFalse) return true;
      // One that only does something must not settle half way.
      if (!whenTrue && hasSettling(program, statement.thenStatement)) return false;
      if (!whenFalse && statement.elseStatement !== undefined && hasSettling(program, statement.elseStatement)) return false;
      continue;
    }
    if (hasSettling(program, statement) || ownNodes(statement, ts.isReturnStatement).length > 0) return false;
  }
  return false;
}

function branch(program: Program, statement: ts.Statement, edits: TextEdit[], handled: Set<ts.Node>): boolean {
  return tail(program, ts.isBlock(statement) ? statement.statements : [statement], edits, handled);
}

function hasSettling(program: Program, node: ts.Node): boolean {
  return (
    ownNodes(node, ts.isCallExpression).some((call) => settleCall(program, call) !== undefined) ||
    ownNodes(node, ts.isReturnStatement).length > 0
  );
}

interface Settled {
  readonly kind: 'resolve' | 'reject';
  readonly value: ts.Expression | undefined;
  readonly call: ts.CallExpression;
}

function settleCall(program: Program, node: ts.Node): Settled | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.arguments.length > 1) return undefined;
  const [value] = node.arguments;
  if (value !== undefined && ts.isSpreadElement(value)) return undefined;
  const handler = { kind: 'named', callee: node.expression } as const;
  if (isSettler(program, handler, 0)) return { kind: 'resolve', value, call: node };
  return isSettler(program, handler, 1) ? { kind: 'reject', value, call: node } : undefined;
}

function settleEdits(statement: ts.Statement, { kind, value, call }: Settled): TextEdit[] {
  const word = kind === 'resolve' ? 'return' : 'throw';
  const start = statement.getStart();
  if (value === undefined) return [{ start, end: call.end, text: kind === 'resolve' ? word : 'throw undefined' }];
  return [
    { start, end: value.getStart(), text: `${word} ` },
    { start: value.end, end: call.end, text: '' },
  ];
}

function settlerNames(calls: readonly ts.CallExpression[]): string[] {
  return [...new Set(calls.map((call) => call.expression.getText()))];
}

/** Is the promise also settled by functions inside? */
function isUsedInside(body: ts.Node, names: readonly string[]): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (node !== body && ts.isFunctionLike(node)) {
      if (names.some((name) => mentions(node, name))) found = true;
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}
