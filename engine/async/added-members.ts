/** Members that are added to an object after it was made: `var config = { port: 80 }; config.load = function () { … };`. Its type does not list them. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { isFunctionNode, unwrapped, type FunctionNode } from './functions.ts';

/** The function that `config.load` is, where `config` is one object literal and the member is set once. */
export function addedMember(program: Program, access: ts.Expression): FunctionNode | undefined {
  if (!ts.isPropertyAccessExpression(access) || !ts.isIdentifier(access.expression)) return undefined;
  const holder = program.symbolOf(access.expression);
  if (holder === undefined || !holdsOneLiteral(program, holder) || program.symbolOf(access.name) !== undefined) return undefined;
  const values: ts.Expression[] = [];
  for (const name of program.references.named(access.name.text)) {
    const target = name.parent;
    if (!ts.isPropertyAccessExpression(target) || target.name !== name) continue;
    const assignment = target.parent;
    if (!ts.isBinaryExpression(assignment) || assignment.left !== target || !isAssignment(assignment)) continue;
    if (program.symbolOf(target.expression) === holder) values.push(assignment.right);
    // Through a name that nobody knows, it may be set once more.
    else if (isUnknown(program, target.expression)) return undefined;
  }
  const [only] = values;
  const value = only && values.length === 1 ? unwrapped(only) : undefined;
  return value !== undefined && isFunctionNode(value) ? value : undefined;
}

function holdsOneLiteral(program: Program, holder: ts.Symbol): boolean {
  const declaration = holder.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration) || !program.owns(declaration)) return false;
  const value = program.definitionOf(holder);
  return value !== undefined && ts.isObjectLiteralExpression(unwrapped(value));
}

function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isUnknown(program: Program, expression: ts.Expression): boolean {
  return (program.checker.getTypeAtLocation(expression).flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
}
