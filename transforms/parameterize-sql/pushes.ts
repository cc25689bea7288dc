/** Statements beside another one: the array of the values, and what is pushed to it. */

import { ts } from 'ts-morph';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import type { SourceEdit } from './rewrite.ts';

export function arrayBehind(statement: ts.Statement, declaration: string): readonly SourceEdit[] {
  const { semicolon, eol } = sourceHabits(statement.getSourceFile());
  return [{ start: statement.end, end: statement.end, text: `${lineAfter(statement, eol)}${declaration}${semicolon}` }];
}

export function arrayBefore(statement: ts.Statement, declaration: string): readonly SourceEdit[] {
  const { semicolon, eol } = sourceHabits(statement.getSourceFile());
  const start = statement.getStart();
  return [{ start, end: start, text: `${declaration}${semicolon}${lineAfter(statement, eol)}` }];
}

/** `params.push(…)` behind the statement, in braces where there are none. */
export function pushBehind(statement: ts.Statement, call: string): readonly SourceEdit[] {
  const { semicolon, eol } = sourceHabits(statement.getSourceFile());
  if (standsAlone(statement)) return braced(statement, undefined, `${call}${semicolon}`);
  return [{ start: statement.end, end: statement.end, text: `${lineAfter(statement, eol)}${call}${semicolon}` }];
}

/** The same before it, for placeholders that read the array's length. */
export function pushBefore(statement: ts.Statement, call: string): readonly SourceEdit[] {
  const { semicolon, eol } = sourceHabits(statement.getSourceFile());
  if (standsAlone(statement)) return braced(statement, `${call}${semicolon}`, undefined);
  const start = statement.getStart();
  return [{ start, end: start, text: `${call}${semicolon}${lineAfter(statement, eol)}` }];
}

/** The body of an `if` or a loop, without a block around it. */
function standsAlone({ parent }: ts.Statement): boolean {
  return ts.isIfStatement(parent) || ts.isIterationStatement(parent, false);
}

function braced(statement: ts.Statement, before: string | undefined, behind: string | undefined): SourceEdit[] {
  const file = statement.getSourceFile();
  const { eol, unit } = sourceHabits(file);
  const outer = indentationAt(file, statement.parent.getStart());
  const line = `${eol}${outer}${unit}`;
  const start = statement.getStart();
  const gap = file.text.slice(statement.pos, start);
  return [
    { start: gap.trim() === '' ? statement.pos : start, end: start, text: ` {${line}${before === undefined ? '' : `${before}${line}`}` },
    { start: statement.end, end: statement.end, text: `${behind === undefined ? '' : `${line}${behind}`}${eol}${outer}}` },
  ];
}

/** A line of its own, unless the statement shares its line with what is before it. */
function lineAfter(statement: ts.Statement, eol: string): string {
  const file = statement.getSourceFile();
  const start = statement.getStart();
  const before = file.text.slice(file.text.lastIndexOf('\n', start - 1) + 1, start);
  return before.trim() === '' ? `${eol}${indentationAt(file, start)}` : ' ';
}

/** The function gets a block of statements, and returns what it was. */
export function blockWith(owner: ts.ArrowFunction, statements: readonly string[]): readonly SourceEdit[] {
  const { body } = owner;
  const file = owner.getSourceFile();
  const { eol, unit, semicolon } = sourceHabits(file);
  const outer = indentationAt(file, owner.getStart());
  const line = `${eol}${outer}${unit}`;
  return [
    {
      start: body.getStart(),
      end: body.getStart(),
      text: `{${statements.map((one) => `${line}${one}${semicolon}`).join('')}${line}return `,
    },
    { start: body.end, end: body.end, text: `${semicolon}${eol}${outer}}` },
  ];
}
