/**
 * A handler of a framework that answers with what its promise gives, unless the answer was begun by then: `reply.send(text)` may still wait
 * for hooks or a stream when the function is over, and would be followed by an empty answer. A promise of the reply itself ends with the answer.
 */

import { ts } from 'ts-morph';
import type { Edit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { sourceHabits } from '../source/habits.ts';
import { indentationAt } from '../source/indentation.ts';
import { identifiersIn } from '../source/names.ts';
import { unwrapped, type FunctionNode } from './functions.ts';
import { returnedBy } from './promise-returning.ts';

/** @returns the edits that let the function return its parameter wherever it returns nothing, or a clause that says why there are none */
export function answerEdits(program: Program, fn: FunctionNode, parameter: number): readonly Edit[] | string {
  const { body } = fn;
  if (body === undefined) return 'it has no body';
  const name = fn.parameters[parameter]?.name;
  const reply = name !== undefined && ts.isIdentifier(name) ? name.text : undefined;
  if (returnedBy(fn).some((value) => handsOn(value, name, reply))) return 'it returns what somebody else makes of its reply';
  if (!ts.isBlock(body)) return [];
  const ends = emptyReturns(body);
  const isOpen = !leaves(body);
  if (!isOpen && ends.length === 0) return [];
  if (reply === undefined || fn.parameters[parameter]?.dotDotDotToken !== undefined)
    return 'it has no name for the reply that it would have to return';
  const path = program.pathOf(fn);
  const edits = ends.map((end): Edit => {
    const at = end.getStart() + 'return'.length;
    return { kind: 'replace', path, start: at, end: at, text: ` ${reply}` };
  });
  return isOpen ? [...edits, lastReturn(program, body, reply)] : edits;
}

/** `return page(reply)`: not `return reply.code(404).send(text)`, which is the reply again. */
function handsOn(value: ts.Expression, name: ts.BindingName | undefined, reply: string | undefined): boolean {
  if (reply === undefined) return name !== undefined;
  const used = identifiersIn(value, reply);
  if (used.length === 0) return ts.isVoidExpression(unwrapped(value));
  let root = unwrapped(value);
  while (ts.isCallExpression(root) || ts.isPropertyAccessExpression(root)) root = unwrapped(root.expression);
  return !ts.isIdentifier(root) || root.text !== reply;
}

function lastReturn(program: Program, body: ts.Block, reply: string): Edit {
  const file = body.getSourceFile();
  const path = program.pathOf(body);
  const { eol, unit, semicolon } = sourceHabits(file);
  const close = body.end - 1;
  const lineOfClose = Math.max(file.text.lastIndexOf('\n', close - 1), file.text.lastIndexOf('\r', close - 1)) + 1;
  const isOnOwnLine = lineOfClose > body.getStart() && /^[ \t]*$/.test(file.text.slice(lineOfClose, close));
  const at = isOnOwnLine ? lineOfClose : close;
  const text = `return ${reply}${semicolon}`;
  return {
    kind: 'replace',
    path,
    start: at,
    end: at,
    text: isOnOwnLine ? `${indentationAt(file, close)}${unit}${text}${eol}` : `${text} `,
  };
}

function emptyReturns(body: ts.Block): ts.ReturnStatement[] {
  const found: ts.ReturnStatement[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression === undefined) found.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

/** Does the statement never come to its end? Where that is not plain to see, it does. */
function leaves(statement: ts.Statement): boolean {
  if (ts.isReturnStatement(statement) || ts.isThrowStatement(statement)) return true;
  if (ts.isBlock(statement)) return statement.statements.some(leaves);
  if (ts.isIfStatement(statement)) {
    return statement.elseStatement !== undefined && leaves(statement.thenStatement) && leaves(statement.elseStatement);
  }
  if (!ts.isTryStatement(statement)) return false;
  if (statement.finallyBlock !== undefined && leaves(statement.finallyBlock)) return true;
  return leaves(statement.tryBlock) && (statement.catchClause === undefined || leaves(statement.catchClause.block));
}
