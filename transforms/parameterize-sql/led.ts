/**
 * What the program itself leads to a place in ways that its types do not tell: through members that are set while it runs, variables that
 * hold nothing at first, promises that are made around callbacks, and tables of functions.
 */

import { ts } from 'ts-morph';
import type { Origin } from '../../engine/program/origin.ts';
import type { Program } from '../../engine/program/program.ts';
import { isWritten } from './assignments.ts';
import { functionOf, returnedBy } from './functions.ts';
import { isNothing, valuesPutInto } from './put.ts';
import { argumentsFor } from './tables.ts';
import { unwrap } from './unwrap.ts';

type Lead = Pick<Origin, 'key' | 'module'>;

const active = new Set<ts.Node>();

/** `Store.connection.query`, `(await connected()).query`, `connection.query` */
export function originOfLed(program: Program, expression: ts.Expression): Lead | undefined {
  const inner = unwrap(expression);
  if (active.has(inner)) return undefined;
  active.add(inner);
  try {
    if (ts.isAwaitExpression(inner)) return led(program, inner.expression);
    if (ts.isIdentifier(inner)) return ofVariable(program, inner);
    if (ts.isCallExpression(inner)) return ofPromise(program, inner);
    if (!ts.isPropertyAccessExpression(inner)) return undefined;
    const holder = led(program, inner.expression);
    if (holder !== undefined) return { key: `${holder.key}.${inner.name.text}`, module: holder.module };
    return agreed(program, valuesPutInto(program, inner));
  } finally {
    active.delete(inner);
  }
}

function led(program: Program, expression: ts.Expression): Lead | undefined {
  const origin = program.originOf(expression);
  return origin === undefined || isMadePromise(origin.key) ? originOfLed(program, expression) : origin;
}

/** `new Promise(…)` and what is a member of it: what the promise comes to is told by what it is resolved with. */
export function isMadePromise(key: string): boolean {
  return madePromise.test(key);
}

const madePromise = /^(?:global\.Promise|bluebird|q\.Promise)\.new(?:$|\.|\()/;

function agreed(program: Program, values: readonly ts.Expression[]): Lead | undefined {
  const leads = values.map((value) => led(program, value));
  const [first] = leads;
  return first !== undefined && leads.every((lead) => lead?.key === first.key) ? first : undefined;
}

function ofVariable(program: Program, identifier: ts.Identifier): Lead | undefined {
  const symbol = program.symbolOf(identifier);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !program.owns(declaration)) return undefined;
  if (ts.isParameter(declaration)) return ofParameter(program, declaration, symbol);
  const definition = program.definitionOf(symbol);
  if (definition !== undefined) return led(program, definition);
  if (!ts.isVariableDeclaration(declaration) || !ts.isVariableStatement(declaration.parent.parent)) return undefined;
  // `let connection = null;`, until there is one.
  const values = declaration.initializer === undefined ? [] : [declaration.initializer];
  for (const use of program.references.to(symbol)) {
    if (!isWritten(use)) continue;
    if (!ts.isBinaryExpression(use.parent) || use.parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
    values.push(use.parent.right);
  }
  return agreed(
    program,
    values.filter((value) => !isNothing(value)),
  );
}

function ofParameter(program: Program, parameter: ts.ParameterDeclaration, symbol: ts.Symbol): Lead | undefined {
  if (parameter.initializer !== undefined || parameter.dotDotDotToken !== undefined) return undefined;
  if (program.references.to(symbol).some((use) => isWritten(use))) return undefined;
  const owner = parameter.parent;
  const index = owner.parameters.indexOf(parameter);
  const call = owner.parent;
  const isCallback =
    ts.isCallExpression(call) && (ts.isArrowFunction(owner) || ts.isFunctionExpression(owner)) && call.arguments[0] === owner;
  if (isCallback) {
    const { expression } = call;
    const isThen = ts.isPropertyAccessExpression(expression) && expression.name.text === 'then' && index === 0;
    return isThen ? led(program, expression.expression) : undefined;
  }
  const given = argumentsFor(program, owner, index);
  return given === undefined ? undefined : agreed(program, given);
}

/** `connected()`, a function of the program that returns `new Promise((resolve) => pool.getConnection((error, connection) => resolve(connection)))`. */
function ofPromise(program: Program, call: ts.CallExpression): Lead | undefined {
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const symbol = program.symbolOf(callee);
  const owner = symbol && functionOf(program, symbol);
  if (owner === undefined || owner.asteriskToken !== undefined) return undefined;
  const returned = returnedBy(owner);
  const values = returned.map((one) => resolvedWith(program, one));
  return values.includes(undefined)
    ? undefined
    : agreed(
        program,
        values.flatMap((some) => some ?? []),
      );
}

/** What a promise that is made here comes to; what is returned, where it is none. */
function resolvedWith(program: Program, returned: ts.Expression): readonly ts.Expression[] | undefined {
  const inner = unwrap(returned);
  const isPromise = ts.isNewExpression(inner) && isMadePromise(program.originOf(inner)?.key ?? '');
  if (!isPromise) return [returned];
  const [executor] = inner.arguments ?? [];
  const resolve =
    executor !== undefined && (ts.isArrowFunction(executor) || ts.isFunctionExpression(executor)) ? executor.parameters[0] : undefined;
  const symbol = resolve && program.symbolOf(resolve.name);
  if (symbol === undefined) return undefined;
  const values: ts.Expression[] = [];
  for (const use of program.references.to(symbol)) {
    if (use === resolve?.name) continue;
    const { parent } = use;
    // Handed on, as a callback, it is called with what cannot be seen here.
    const value = ts.isCallExpression(parent) && parent.expression === use ? parent.arguments[0] : undefined;
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}
