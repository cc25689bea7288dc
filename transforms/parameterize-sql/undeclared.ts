/** Texts in variables that are declared nowhere: `sql = "SELECT …" + id; db.all(sql, done);`, as scripts in sloppy mode have them. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isTextual } from './literals.ts';
import { isLogged } from './logged.ts';
import { unwrap } from './unwrap.ts';

/**
 * What an undeclared variable was given right before it is read.
 * @returns undefined when the variable is declared, or when what it holds is not plain to see
 */
export function textOfUndeclared(program: Program, text: ts.Expression): ts.Expression | undefined {
  const inner = unwrap(text);
  if (!ts.isIdentifier(inner) || !isUndeclared(program, inner)) return undefined;
  const given = assignedBefore(program, inner);
  if (given === undefined) return undefined;
  // All modules share the variable: whoever else reads it has to have given it a text of its own.
  const alone = program.references
    .named(inner.text)
    .filter((use) => isUndeclared(program, use) && !isTarget(use))
    .every((use) => use === inner || isLogged(use) || isOwnText(program, use, given));
  return alone ? given : undefined;
}

/** @returns why the text of an undeclared variable that is given texts is not followed */
export function whyNotFollowed(program: Program, identifier: ts.Identifier): string | undefined {
  if (!isUndeclared(program, identifier)) return undefined;
  const built = program.references
    .named(identifier.text)
    .some((one) => isTarget(one) && ts.isBinaryExpression(one.parent) && isJoined(unwrap(one.parent.right)));
  return built ? `\`${identifier.text}\` is declared nowhere, and other code may give it another text before this one is sent.` : undefined;
}

/** A template or `+` with a text, and no literal alone. */
function isJoined(expression: ts.Expression): boolean {
  return !ts.isStringLiteralLike(expression) && isTextual(expression);
}

function isUndeclared(program: Program, identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) return false;
  return program.checker.getSymbolAtLocation(identifier) === undefined;
}

function isTarget(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.left === identifier;
}

function isOwnText(program: Program, use: ts.Identifier, given: ts.Expression): boolean {
  const own = assignedBefore(program, use);
  return own !== undefined && own !== given;
}

/** The value of the assignment before the statement of the use, with nothing between them that could run another. */
function assignedBefore(program: Program, use: ts.Identifier): ts.Expression | undefined {
  let node: ts.Node = use;
  while (!ts.isFunctionLike(node) && !ts.isSourceFile(node)) {
    const { parent } = node;
    if (ts.isIterationStatement(parent, false)) return undefined;
    if (ts.isBlock(parent) || ts.isSourceFile(parent)) {
      const { statements } = parent;
      for (let index = statements.findIndex((one) => one === node) - 1; index >= 0; index -= 1) {
        const statement = statements[index];
        if (statement === undefined) return undefined;
        const assigned = valueGiven(statement, use.text);
        if (assigned !== undefined) return assigned;
        if (!isQuiet(program, statement)) return undefined;
      }
    }
    node = parent;
  }
  return undefined;
}

function valueGiven(statement: ts.Statement, name: string): ts.Expression | undefined {
  if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) return undefined;
  const { left, operatorToken, right } = statement.expression;
  return ts.isIdentifier(left) && left.text === name && operatorToken.kind === ts.SyntaxKind.EqualsToken ? right : undefined;
}

/** Calls nothing of the program, and waits for nothing. */
function isQuiet(program: Program, statement: ts.Statement): boolean {
  let quiet = true;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isAwaitExpression(node) || ts.isYieldExpression(node)) quiet = false;
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && program.originOf(node.expression) === undefined) quiet = false;
    if (ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node.parent) && isUndeclaredTarget(program, node)) quiet = false;
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return quiet;
}

function isUndeclaredTarget(program: Program, identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  return ts.isBinaryExpression(parent) && parent.left === identifier && isUndeclared(program, identifier);
}
