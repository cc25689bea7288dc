/** Is a value an array? Known by its type, or by what else the code does with it. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';

/** What arrays have and `Map`, `Set` and other collections with a `forEach` do not. */
const onlyOfArrays = new Set([
  'map',
  'filter',
  'slice',
  'push',
  'concat',
  'reduce',
  'join',
  'length',
  'indexOf',
  'splice',
  'unshift',
  'sort',
]);

export function isArray(program: Program, expression: ts.Expression): boolean {
  const { checker } = program;
  const type = checker.getTypeAtLocation(expression);
  if ((type.flags & ts.TypeFlags.Any) === 0) return checker.isArrayType(type) || checker.isTupleType(type);
  if (isListCall(expression)) return true;
  if (!ts.isIdentifier(expression)) return false;
  const symbol = program.symbolOf(expression);
  if (symbol === undefined) return false;
  return program.references.to(symbol).some(({ parent }) => {
    return ts.isPropertyAccessExpression(parent) && onlyOfArrays.has(parent.name.text);
  });
}

/** `names.filter(…)`, `text.split(',')`: what gives an array, or something that is used as one. */
function isListCall(expression: ts.Expression): boolean {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
  return listMethods.has(expression.expression.name.text);
}

const listMethods = new Set(['map', 'filter', 'slice', 'split', 'concat', 'sort']);
