/** The edits that put `await` before an expression, with parentheses where the surroundings need them. */

import { ts } from 'ts-morph';
import type { ReplaceEdit } from '../finding.ts';

/**
 * @param expression what is awaited; its own text is not touched
 * @returns insertions before and after it
 */
export function awaitEdits(path: string, expression: ts.Expression): ReplaceEdit[] {
  const start = expression.getStart();
  const { end } = expression;
  if (!needsParentheses(expression)) return [{ kind: 'replace', path, start, end: start, text: 'await ', wraps: end }];
  // Without semicolons, a line that begins with a parenthesis would go on where the last one ended.
  const guard = continuesLastLine(expression) ? ';' : '';
  return [
    { kind: 'replace', path, start, end: start, text: `${guard}(await `, wraps: end },
    { kind: 'replace', path, start: end, end, text: ')' },
  ];
}

/**
 * `await` binds like a unary operator: weaker than member access, call and `**`, stronger than every other operator. As an
 * operand of those it is given parentheses for the reader, as Prettier does.
 */
export function needsParentheses(expression: ts.Expression): boolean {
  const { parent } = expression;
  if (
    ts.isPropertyAccessExpression(parent) ||
    ts.isElementAccessExpression(parent) ||
    ts.isCallExpression(parent) ||
    ts.isNewExpression(parent)
  ) {
    return parent.expression === expression;
  }
  if (ts.isTaggedTemplateExpression(parent)) return parent.tag === expression;
  if (ts.isNonNullExpression(parent) || ts.isExpressionWithTypeArguments(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent) || ts.isTypeOfExpression(parent) || ts.isSpreadElement(parent) || ts.isAsExpression(parent))
    return true;
  if (ts.isConditionalExpression(parent)) return parent.condition === expression;
  return ts.isBinaryExpression(parent) && !isAssignmentOrComma(parent.operatorToken.kind);
}

function isAssignmentOrComma(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.CommaToken || (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment);
}

/** Does the expression open a statement that follows one without a semicolon? */
export function continuesLastLine(expression: ts.Expression): boolean {
  const start = expression.getStart();
  let statement: ts.Node = expression;
  while (!ts.isStatement(statement)) {
    statement = statement.parent;
    if (statement.getStart() !== start) return false;
  }
  const { parent } = statement;
  const siblings = ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent) ? parent.statements : undefined;
  return goesOn(siblings?.[siblings.findIndex((one) => one === statement) - 1]);
}

/** Would a line that begins with a parenthesis belong to the statement before it, as it does behind `var x = { … }`? */
export function goesOn(statement: ts.Statement | undefined): boolean {
  if (statement === undefined || statement.getText().endsWith(';')) return false;
  return isOpenEnded(statement);
}

function isOpenEnded(statement: ts.Statement): boolean {
  if (ts.isIfStatement(statement)) return goesOn(statement.elseStatement ?? statement.thenStatement);
  if (ts.isIterationStatement(statement, false)) return !ts.isDoStatement(statement) && goesOn(statement.statement);
  if (ts.isLabeledStatement(statement) || ts.isWithStatement(statement)) return goesOn(statement.statement);
  return (
    ts.isExpressionStatement(statement) ||
    ts.isVariableStatement(statement) ||
    ts.isReturnStatement(statement) ||
    ts.isThrowStatement(statement) ||
    ts.isExportAssignment(statement) ||
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement)
  );
}
