/** The clauses of a `switch`: their code, and where it leaves them. */

import { ts } from 'ts-morph';
import { isFunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { boundNames, identifiersIn } from '../../engine/source/names.ts';

export interface ClauseCode {
  readonly statements: readonly ts.Statement[];
  /** The `break` behind them. */
  readonly end: ts.BreakStatement | undefined;
}

/** The statements of a clause, or of the block that it has them in. */
export function codeOf(clause: ts.CaseOrDefaultClause): ClauseCode {
  const outer = untilBreak(clause.statements);
  const [only, ...others] = outer.statements;
  if (only === undefined || others.length > 0 || !ts.isBlock(only)) return outer;
  const inner = untilBreak(only.statements);
  return { statements: inner.statements, end: inner.end ?? outer.end };
}

function untilBreak(statements: readonly ts.Statement[]): ClauseCode {
  const last = statements.at(-1);
  return last !== undefined && isPlainBreak(last) ? { statements: statements.slice(0, -1), end: last } : { statements, end: undefined };
}

function isPlainBreak(node: ts.Node): node is ts.BreakStatement {
  return ts.isBreakStatement(node) && node.label === undefined;
}

/** Is there a `break` in a statement that leaves the `switch` around it, or something further out? */
export function breaksOut(node: ts.Node, isOfOther = false): boolean {
  if (isFunctionNode(node) || ts.isClassLike(node)) return false;
  if (ts.isBreakStatement(node)) return !isOfOther || node.label !== undefined;
  const inner = isOfOther || ts.isSwitchStatement(node) || ts.isIterationStatement(node, false);
  return ts.forEachChild(node, (child) => breaksOut(child, inner) || undefined) === true;
}

/** Does a clause declare, outside of a block of its own, what others of its `switch` name too? */
export function isSeenBeside(program: Program, clause: ts.CaseOrDefaultClause): boolean {
  return clause.statements.some((statement) => namesOf(statement).some((name) => isNamedOutside(program, name, clause)));
}

function namesOf(statement: ts.Statement): readonly ts.Identifier[] {
  if (ts.isVariableStatement(statement)) {
    const { flags, declarations } = statement.declarationList;
    return (flags & ts.NodeFlags.BlockScoped) === 0 ? [] : declarations.flatMap(({ name }) => boundNames(name));
  }
  const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name] : [];
}

function isNamedOutside(program: Program, name: ts.Identifier, clause: ts.CaseOrDefaultClause): boolean {
  const symbol = program.symbolOf(name);
  return identifiersIn(clause.parent, name.text).some(
    (one) => program.symbolOf(one) === symbol && (one.pos < clause.pos || clause.end < one.end),
  );
}
