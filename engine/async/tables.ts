/** Objects and arrays that hold functions by computed keys: `this.routes[name] = handler`, and what is read from them. */

import { ts } from 'ts-morph';
import { originPattern } from '../../catalog/origin-pattern.ts';
import type { Program } from '../program/program.ts';
import { argumentOf, outermost, unwrapped } from './functions.ts';

/** What lists the keys of an object, or looks at it, and gives nothing that it holds. */
const listing = originPattern([
  'global.Object.keys',
  'global.Object.getOwnPropertyNames',
  'lodash.keys',
  'lodash.has',
  'underscore.keys',
  'underscore.has',
]);

/** `routes`, `routes` of `this.routes`. */
export function nameOfTable(table: ts.Expression): ts.Identifier | undefined {
  const bare = unwrapped(table);
  if (ts.isIdentifier(bare)) return bare;
  return ts.isPropertyAccessExpression(bare) && ts.isIdentifier(bare.name) ? bare.name : undefined;
}

/**
 * The expressions that take something out of the table, by whatever key; `undefined` where the table itself goes somewhere, and what is taken
 * out there cannot be seen.
 */
export function readsOfTable(program: Program, table: ts.Expression): readonly ts.Expression[] | undefined {
  const name = nameOfTable(table);
  const symbol = name && program.symbolOf(name);
  if (symbol === undefined || symbol.declarations?.every((one) => program.owns(one) && isOwnTable(one)) !== true) return undefined;
  const reads: ts.Expression[] = [];
  for (const identifier of program.references.to(symbol)) {
    const { parent } = identifier;
    const value = outermost(ts.isPropertyAccessExpression(parent) && parent.name === identifier ? parent : identifier);
    const use = useOfTable(program, value);
    if (use === undefined) return undefined;
    reads.push(...use);
  }
  return reads;
}

/** A variable or a property that is set in the program, and no parameter, which somebody gives. */
function isOwnTable(declaration: ts.Declaration): boolean {
  if (ts.isVariableDeclaration(declaration)) return ts.isIdentifier(declaration.name) && !isExported(declaration);
  return (
    ts.isPropertyDeclaration(declaration) ||
    ts.isPropertyAssignment(declaration) ||
    ts.isPropertyAccessExpression(declaration) ||
    ts.isBinaryExpression(declaration)
  );
}

function isExported(declaration: ts.VariableDeclaration): boolean {
  const statement = declaration.parent.parent;
  return ts.isVariableStatement(statement) && statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

/** What one mention of the table reads from it. */
function useOfTable(program: Program, value: ts.Node): readonly ts.Expression[] | undefined {
  const { parent } = value;
  if ((ts.isElementAccessExpression(parent) || ts.isPropertyAccessExpression(parent)) && parent.expression === value) {
    if (isTarget(parent) || ts.isDeleteExpression(parent.parent)) return [];
    if (ts.isPropertyAccessExpression(parent) && parent.name.text in Object.prototype) return [];
    // A method of an array, such as `forEach`, gives what it holds to others.
    if (ts.isPropertyAccessExpression(parent) && parent.name.text in Array.prototype) return parent.name.text === 'length' ? [] : undefined;
    return [parent];
  }
  if (isTarget(value)) return isFresh((parent as ts.BinaryExpression).right) ? [] : undefined;
  if (ts.isVariableDeclaration(parent) && parent.name === value)
    return parent.initializer === undefined || isFresh(parent.initializer) ? [] : undefined;
  if ((ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) && parent.name === value) {
    return parent.initializer === undefined || isFresh(parent.initializer) ? [] : undefined;
  }
  if (ts.isForInStatement(parent) && parent.expression === value) return [];
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InKeyword && parent.right === value) return [];
  if (ts.isPrefixUnaryExpression(parent) || ts.isTypeOfExpression(parent) || (ts.isIfStatement(parent) && parent.expression === value))
    return [];
  const argument = ts.isExpression(value) ? argumentOf(value) : undefined;
  const key = argument && program.originOf(argument.call.expression)?.key;
  return key !== undefined && listing.test(key) ? [] : undefined;
}

function isTarget(value: ts.Node): boolean {
  const { parent } = value;
  return ts.isBinaryExpression(parent) && parent.left === value && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** A new object that nobody else has. */
function isFresh(value: ts.Expression): boolean {
  const bare = unwrapped(value);
  if (ts.isObjectLiteralExpression(bare)) return bare.properties.every((one) => !ts.isSpreadAssignment(one));
  if (ts.isArrayLiteralExpression(bare)) return bare.elements.every((one) => !ts.isSpreadElement(one));
  return bare.kind === ts.SyntaxKind.NullKeyword || (ts.isCallExpression(bare) && bare.expression.getText() === 'Object.create');
}
