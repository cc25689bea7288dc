/**
 * In JavaScript `let read = (name) => 'none'; if (x) read = async (name) => …;` is not accepted: nobody has said what the variable may hold,
 * and TypeScript takes the type of the function that it was given first. One of the two may well be asynchronous, since every call is awaited.
 */

import { ts } from 'ts-morph';
import { identifiersNamed } from '../program/references.ts';

const notAssignable = 2322;

/** @param message the first line of the diagnostic's */
export function isOfLaterFunction({ code, file, start }: ts.Diagnostic, message: string): boolean {
  if (code !== notAssignable || file === undefined || start === undefined || !/\.[cm]?jsx?$/.test(file.fileName)) return false;
  const assignment = assignmentAt(file, start);
  if (assignment === undefined || !ts.isIdentifier(assignment.left) || isTyped(file, assignment.left.text)) return false;
  // Told of the variable, it is about functions only where both types are; told of what an arrow function gives back, it always is.
  return start >= assignment.right.pos || /^Type '[(<].* => .*' is not assignable to type '[(<].* => /.test(message);
}

/** The assignment whose left side, or whose arrow function's value, stands there. */
function assignmentAt(file: ts.SourceFile, start: number): ts.BinaryExpression | undefined {
  let found: ts.BinaryExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (start < node.pos || start >= node.end) return;
    if (isAssignment(node)) found = start < node.left.end || isValueOfArrow(node.right, start) ? node : undefined;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isAssignment(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** TypeScript points at the whole value. */
function isValueOfArrow(right: ts.Expression, start: number): boolean {
  return ts.isArrowFunction(right) && !ts.isBlock(right.body) && right.body.getStart() === start;
}

/** A person has said by JSDoc what a variable of the name holds. */
function isTyped(file: ts.SourceFile, name: string): boolean {
  return identifiersNamed(file, name).some(
    ({ parent }) => (ts.isVariableDeclaration(parent) || ts.isParameter(parent)) && ts.getJSDocType(parent) !== undefined,
  );
}
