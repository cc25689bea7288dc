/**
 * Clients and functions that the configuration declares: `{ "sqlClients": { "./lib/db#pool": "pg", "this.client": "mysql" } }`.
 * A name is a member of a package or a module of the program, or an expression as the source has it, for what comes from where no program
 * can see, as the clients of a library do. It is asked for only where the program does not tell.
 */

import path from 'node:path';
import { ts } from 'ts-morph';
import { sqlDrivers, type SqlDriver, type SqlSink } from '../../catalog/sql-drivers.ts';
import type { Program } from '../../engine/program/program.ts';
import type { TransformOptions } from '../../engine/transform.ts';

type Declarations = Pick<TransformOptions, 'sqlClients' | 'sqlFunctions'>;

const declarations = new WeakMap<Program, Declarations>();

export function declareSql(program: Program, options: Declarations): void {
  declarations.set(program, options);
}

interface Declared {
  readonly driver: SqlDriver;
  readonly row: SqlSink;
  readonly method: string;
}

/** What the call of a declared function, or of a method of a declared client, is a query of. */
export function declaredQuery(program: Program, call: ts.CallExpression): Declared | undefined {
  const { sqlClients = {}, sqlFunctions = {} } = declarations.get(program) ?? {};
  const { expression } = call;
  const name = nameIn(program, sqlFunctions, expression);
  const ofFunction = sqlDrivers.find((driver) => driver.name === name);
  const takesValues = ofFunction?.sinks.find(({ values }) => values === 'array' || values === 'array-or-arguments');
  const [method] = takesValues?.methods ?? [];
  if (ofFunction !== undefined && takesValues !== undefined && method !== undefined) {
    return { driver: ofFunction, row: takesValues, method };
  }
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const client = nameIn(program, sqlClients, expression.expression);
  const called = expression.name.text;
  for (const driver of sqlDrivers) {
    const row = driver.name === client ? driver.sinks.find(({ methods }) => methods.includes(called)) : undefined;
    if (row !== undefined) return { driver, row, method: called };
  }
  return undefined;
}

/** Is the call one of a declared function? */
export function isDeclaredFunction(program: Program, call: ts.CallExpression): boolean {
  const { sqlFunctions } = declarations.get(program) ?? {};
  return sqlFunctions !== undefined && nameIn(program, sqlFunctions, call.expression) !== undefined;
}

function nameIn(program: Program, names: Readonly<Record<string, string>>, expression: ts.Expression): string | undefined {
  const keys = Object.keys(names);
  if (keys.length === 0) return undefined;
  const spelled = expression.getText();
  const key = keys.find((one) => (one.includes('#') ? isMember(program, expression, one) : one === spelled));
  return key === undefined ? undefined : names[key];
}

/** `pg-helper#pool`, `./lib/db#query`: of a module of the program, from the root of the project. */
function isMember(program: Program, expression: ts.Expression, declared: string): boolean {
  const [module = '', member = ''] = declared.split('#');
  if (!module.startsWith('.')) return program.originOf(expression)?.key === `${module}.${member}`;
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  const declaration = program.symbolOf(name)?.declarations?.[0];
  if (declaration === undefined || !program.owns(declaration)) return false;
  const own = ts.getNameOfDeclaration(declaration)?.getText() ?? '';
  const file = program.pathOf(declaration).replace(/\.[cm]?[jt]sx?$/, '');
  return own.replace(/^(module\.)?exports\./, '') === member && file === path.posix.normalize(module).replace(/\.[cm]?[jt]sx?$/, '');
}
