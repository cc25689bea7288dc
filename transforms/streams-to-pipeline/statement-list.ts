/** Where streams are connected. */

import { ts } from 'ts-morph';

export type StatementBlock = ts.Block | ts.SourceFile | ts.CaseOrDefaultClause;

/** A list of statements, or a place for one only, such as the branch of an `if` without braces or the body of an arrow function. */
export type StatementList = StatementBlock | ts.ExpressionStatement | ts.ReturnStatement | ts.Expression;

/** What connects: a statement, or an expression whose result nobody looks at. */
export type Connecting = ts.Statement | ts.Expression;

export function isStatementBlock(node: ts.Node): node is StatementBlock {
  return ts.isBlock(node) || ts.isSourceFile(node) || ts.isCaseOrDefaultClause(node);
}

/** The statements of the list; of a place for one only, that one. */
export function statementsOf(list: StatementList): readonly ts.Statement[] {
  if (isStatementBlock(list)) return list.statements;
  return ts.isExpressionStatement(list) || ts.isReturnStatement(list) ? [list] : [];
}
