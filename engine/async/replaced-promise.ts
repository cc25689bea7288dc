/**
 * `global.Promise = require('bluebird')`: from then on what says `Promise`, and every library that does, gives promises with methods of
 * their own. Only async functions and Node's modules still give the language's.
 */

import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { promiseLibraries, type LibraryFlavour } from '../../catalog/promise-libraries.ts';
import type { Program } from '../program/program.ts';
import { identifiersByName } from '../program/tree-index.ts';
import { ancestors } from './ancestors.ts';
import type { CallGraph } from './call-graph.ts';
import { isAsync, isGenerator, unwrapped } from './functions.ts';

export type Replacement = LibraryFlavour | 'custom';

const known = new WeakMap<object, Replacement | 'none'>();

/** What the program puts in the place of the global `Promise`, if it does. */
export function replacedPromise(program: Program): Replacement | undefined {
  let replacement = known.get(program.state);
  if (replacement === undefined) known.set(program.state, (replacement = findReplacement(program)));
  return replacement === 'none' ? undefined : replacement;
}

function findReplacement(program: Program): Replacement | 'none' {
  for (const file of program.files) {
    for (const name of identifiersByName(file).get('Promise') ?? []) {
      const value = valueForGlobal(name);
      if (value === undefined) continue;
      const origin = program.originOf(value);
      if (origin?.key === 'global.Promise') continue;
      return promiseLibraries.find(({ module }) => module === origin?.module)?.flavour ?? 'custom';
    }
  }
  return 'none';
}

/** The right side of `global.Promise = …`, unless that is only for where there is no `Promise` yet. */
function valueForGlobal(name: ts.Identifier): ts.Expression | undefined {
  const access = name.parent;
  if (!ts.isPropertyAccessExpression(access) || access.name !== name || !ts.isIdentifier(access.expression)) return undefined;
  if (!/^(?:global|globalThis|GLOBAL|root)$/.test(access.expression.text)) return undefined;
  const assignment = access.parent;
  if (!ts.isBinaryExpression(assignment) || assignment.left !== access) return undefined;
  const { operatorToken, right } = assignment;
  if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || /\bPromise\s*(?:\|\||\?\?)/.test(right.getText())) return undefined;
  for (const { parent, child } of ancestors(assignment)) {
    if (ts.isIfStatement(parent) && child !== parent.expression && /\bPromise\b/.test(parent.expression.getText())) return undefined;
  }
  return right;
}

/** Does the expression give the language's own promise, whatever the global is? */
export function isOfTheLanguage(program: Program, graph: CallGraph, expression: ts.Expression): boolean {
  const bare = unwrapped(expression);
  if (!ts.isCallExpression(bare)) return false;
  const callee = graph.calleeOf(bare);
  if (callee !== undefined) return isAsync(callee) && !isGenerator(callee);
  const origin = program.originOf(bare.expression);
  if (origin !== undefined && isBuiltin(origin.module)) return true;
  if (!ts.isPropertyAccessExpression(bare.expression)) return false;
  const { name, expression: receiver } = bare.expression;
  return /^(?:then|catch|finally)$/.test(name.text) && isOfTheLanguage(program, graph, receiver);
}
