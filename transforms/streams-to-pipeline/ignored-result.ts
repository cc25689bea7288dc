/** Functions whose result nobody looks at: there `return source.pipe(response);` only leaves. */

import { ts } from 'ts-morph';
import { argumentOf, isFunctionNode, isGenerator, outermost } from '../../engine/async/functions.ts';
import { roleOf, roleOfArgument, type FunctionRole } from '../../engine/async/roles.ts';
import type { Program } from '../../engine/program/program.ts';
import { isCalledOnce } from './earlier.ts';

export function isResultIgnored(program: Program, fn: ts.Node): boolean {
  // A module of CommonJS may be left by `return` too.
  if (ts.isSourceFile(fn)) return true;
  if (!isFunctionNode(fn) || isGenerator(fn)) return false;
  const role = roleOf(program, fn);
  if (role.kind === 'named') return ts.isFunctionDeclaration(fn) && fn.name !== undefined && isNameIgnored(program, fn.name);
  if (role.kind === 'invoked') return ts.isExpressionStatement(outermost(role.call).parent);
  return isRoleIgnored(role) || isCalledOnce(program, fn);
}

function isRoleIgnored(role: FunctionRole): boolean {
  switch (role.kind) {
    case 'listener':
    case 'async-callback':
    case 'executor':
      return true;
    case 'iteration':
      return role.method === 'forEach';
    case 'root':
      // What forwards a rejection would get the failure, which ended the process.
      return role.row.rejection === 'process' || role.row.rejection === 'ignored-next';
    default:
      return false;
  }
}

/** Is the function, which nobody else gets, called in statements of their own, or given to those who ignore its result? */
function isNameIgnored(program: Program, name: ts.Identifier): boolean {
  const symbol = program.symbolOf(name);
  if (symbol === undefined) return false;
  const uses = program.references.to(symbol).filter((use) => use !== name);
  return uses.length > 0 && uses.every((use) => isUseIgnored(program, use));
}

function isUseIgnored(program: Program, use: ts.Identifier): boolean {
  const { parent } = use;
  if (ts.isCallExpression(parent) && parent.expression === use) {
    const { parent: around } = outermost(parent);
    if (ts.isArrowFunction(around)) return isRoleIgnored(roleOf(program, around));
    return ts.isExpressionStatement(around);
  }
  const given = argumentOf(use);
  return given !== undefined && isRoleIgnored(roleOfArgument(program, given.call, given.index));
}
