/** Where a promise goes: the names that hold it, and what takes it over. */

import { ts } from 'ts-morph';
import { membersOf, originPattern } from '../../catalog/origin-pattern.ts';
import { promiseLibraries } from '../../catalog/promise-libraries.ts';
import type { Program } from '../program/program.ts';
import { argumentOf } from './functions.ts';

/** Functions that take over what they are given as their first argument, a promise of any kind or a value; or each of a list. */
const adopting = originPattern([
  ...promiseLibraries.flatMap(({ module }) => [module, ...membersOf([module], ['resolve', 'cast', 'when'])]),
  'global.Promise.resolve',
]);
const gathering = originPattern(
  membersOf([...promiseLibraries.map(({ module }) => module), 'global.Promise'], ['all', 'allSettled', 'race', 'any']),
);

/** The call that takes over the promise: `Q.when(load())`, `Promise.all([load()])`. */
export function adopterOf(program: Program, value: ts.Node): ts.CallExpression | undefined {
  const isListed = ts.isArrayLiteralExpression(value.parent);
  const argument = argumentOf(isListed ? value.parent : value);
  if (argument?.index !== 0 || !ts.isCallExpression(argument.call)) return undefined;
  const key = program.originOf(argument.call.expression)?.key;
  return key !== undefined && (isListed ? gathering : adopting).test(key) ? argument.call : undefined;
}

/** The places that use the variable which holds the promise, and nothing else. */
export function namesOfPromise(program: Program, value: ts.Node): readonly ts.Identifier[] | undefined {
  const declaration = value.parent;
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer !== value || !ts.isIdentifier(declaration.name)) return undefined;
  const statement = declaration.parent.parent;
  if (!ts.isVariableStatement(statement) || statement.modifiers !== undefined || ts.isSourceFile(statement.parent)) return undefined;
  const symbol = program.symbolOf(declaration.name);
  return symbol && program.references.to(symbol).filter((name) => name !== declaration.name);
}
