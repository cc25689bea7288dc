/** Puts the body of a function into `try … catch`. */

import { ts } from 'ts-morph';
import type { FunctionNode } from '../../engine/async/functions.ts';
import type { Edit } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { firstFree } from '../../engine/source/names.ts';
import { handlerStyle } from './handler-style.ts';
import type { Handler } from './handlers.ts';

/** @returns nothing when the function has no body to wrap */
export function wrapBody(program: Program, fn: FunctionNode, handler: Handler): Edit[] {
  const { body } = fn;
  if (body === undefined) return [];
  return ts.isBlock(body) ? wrapBlock(program, fn, body, handler) : wrapExpression(program, fn, body, handler);
}

function wrapBlock(program: Program, fn: FunctionNode, body: ts.Block, handler: Handler): Edit[] {
  const file = body.getSourceFile();
  const path = program.pathOf(body);
  const { eol, unit } = sourceHabits(file);
  const base = indentationAt(file, fn.getStart());
  const inner = base + unit;
  const first = body.statements.find((statement) => !isDirective(statement));
  if (first === undefined) return [];
  const open = body.getStart() + 1;
  const close = body.end - 1;
  const clause = catchClause(fn, handler, inner);
  if (!/[\r\n]/.test(file.text.slice(open, first.getStart()))) {
    const last = body.statements.at(-1) ?? first;
    return [
      { kind: 'replace', path, start: open, end: first.getStart(), text: `${eol}${inner}try {${eol}${inner}${unit}` },
      { kind: 'replace', path, start: last.end, end: close, text: `${eol}${inner}${clause}${eol}${base}` },
    ];
  }
  const directive = body.statements.filter(isDirective).at(-1);
  const start = behindComment(file, directive?.end ?? open);
  return [
    { kind: 'replace', path, start, end: start, text: `${eol}${inner}try {` },
    { kind: 'indent', path, start, end: close },
    // A brace at the very start of its line is not reached by the indentation.
    { kind: 'replace', path, start: close, end: close, text: `${isLineStart(file, close) ? unit : ''}${clause}${eol}${base}` },
  ];
}

function wrapExpression(program: Program, fn: FunctionNode, body: ts.Expression, handler: Handler): Edit[] {
  const file = body.getSourceFile();
  const path = program.pathOf(body);
  const { eol, unit, semicolon } = sourceHabits(file);
  const base = indentationAt(file, fn.getStart());
  const inner = base + unit;
  const end = `${semicolon}${eol}${inner}${catchClause(fn, handler, inner)}${eol}${base}}`;
  return [
    { kind: 'replace', path, start: body.getStart(), end: body.getStart(), text: `{${eol}${inner}try {${eol}${inner}${unit}` },
    { kind: 'replace', path, start: body.end, end: body.end, text: end },
  ];
}

/** `} catch (error) { … }`, for a `try` that is indented by `indentation`. */
function catchClause(fn: FunctionNode, handler: Handler, indentation: string): string {
  const file = fn.getSourceFile();
  // The function's own `err` keeps its name to itself.
  const taken = new Set(fn.parameters.map((parameter) => parameter.name.getText()));
  const error = firstFree([handlerStyle(file).error, 'error', 'reason'], (name) => !taken.has(name));
  const { eol, unit, semicolon } = sourceHabits(file);
  const lines = handler.statements(error).map((statement) => `${indentation}${unit}${statement}${semicolon}`);
  return [`} catch (${error}) {`, ...lines, `${indentation}}`].join(eol);
}

/** `=> { // eslint-disable-line`: a comment behind the brace is about the line of the brace. */
function behindComment(file: ts.SourceFile, offset: number): number {
  const [comment = ''] = /^[ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/[ \t]*(?=[\r\n]))/.exec(file.text.slice(offset)) ?? [];
  return offset + comment.length;
}

function isLineStart(file: ts.SourceFile, offset: number): boolean {
  return /[\r\n]/.test(file.text.charAt(offset - 1));
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}
