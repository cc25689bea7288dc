/** `await load().then((rows) => { … });` in an async function: what the handler does can stand behind the await. */

import { ts } from 'ts-morph';
import { isAsync, isFunctionNode, type FunctionNode } from '../../../engine/async/functions.ts';
import type { Program } from '../../../engine/program/program.ts';
import { sourceHabits } from '../../../engine/source/habits.ts';
import { boundNames } from '../../../engine/source/names.ts';
import { isPromise, linksOf, returnsOf } from './chain.ts';
import type { InlineCallback } from '../sites.ts';

/** The statement that waits for the chain, when straight lines would do exactly the same. */
export function awaitedStatement(program: Program, call: ts.CallExpression): ts.ExpressionStatement | undefined {
  const statement = call.parent.parent;
  if (!ts.isAwaitExpression(call.parent) || !ts.isExpressionStatement(statement) || !ts.isBlock(statement.parent)) return undefined;
  const fn = functionAround(statement);
  if (fn === undefined || !isAsync(fn)) return undefined;
  const { base, links } = linksOf(call);
  const handlers: InlineCallback[] = [];
  for (const { method, call: link } of links) {
    const [handler, ...others] = link.arguments;
    if (method !== 'then' || handler === undefined || others.length > 0) return undefined;
    if (!ts.isArrowFunction(handler) && !ts.isFunctionExpression(handler)) return undefined;
    handlers.push(handler);
  }
  const last = handlers.at(-1);
  if (last === undefined || !isPromise(program, base) || !resultCanStandAlone(last)) return undefined;
  return handlers.every((handler) => !leavesEarly(handler)) && areNamesFree(fn, handlers) ? statement : undefined;
}

function functionAround(node: ts.Node): FunctionNode | undefined {
  for (let current = node.parent; !ts.isSourceFile(current); current = current.parent) if (isFunctionNode(current)) return current;
  return undefined;
}

function leavesEarly(handler: InlineCallback): boolean {
  const last = ts.isBlock(handler.body) ? handler.body.statements.at(-1) : undefined;
  return returnsOf(handler).some((one) => one !== last);
}

/** Nobody looks at the result; `rows.length` as a statement would only puzzle. */
function resultCanStandAlone({ body }: InlineCallback): boolean {
  const last = ts.isBlock(body) ? body.statements.at(-1) : undefined;
  const result = !ts.isBlock(body) ? body : last !== undefined && ts.isReturnStatement(last) ? last.expression : undefined;
  if (result === undefined) return ts.isBlock(body) && body.statements.length > 0;
  const called = ts.isAwaitExpression(result) ? result.expression : result;
  return ts.isCallExpression(called) && /^[\w$]/.test(result.getText());
}

/** The block around the statement sees the names now, and so must not use them for anything else. */
function areNamesFree(fn: FunctionNode, handlers: readonly InlineCallback[]): boolean {
  // A `var` or a function would belong to the whole function, and to all turns of a loop.
  if (handlers.some(({ body }) => declaresForFunction(body))) return false;
  const named = handlers.map((handler) => ({ handler, names: new Set(topNames(handler)) })).filter(({ names }) => names.size > 0);
  if (named.length === 0) return true;
  if (sourceHabits(fn.getSourceFile()).constant === 'var') return false;
  return named.every(({ handler, names }) => {
    const isElsewhere = (node: ts.Node): boolean => {
      if (node === handler) return false;
      if (ts.isIdentifier(node) && names.has(node.text)) return true;
      return ts.forEachChild(node, (child) => isElsewhere(child) || undefined) === true;
    };
    return !isElsewhere(fn);
  });
}

function topNames(handler: InlineCallback): string[] {
  const parameters = handler.parameters.flatMap(({ name }) => boundNames(name));
  const statements = ts.isBlock(handler.body) ? handler.body.statements : [];
  const declared = statements.flatMap((one) => {
    if (ts.isVariableStatement(one)) return one.declarationList.declarations.flatMap(({ name }) => boundNames(name));
    return ts.isClassDeclaration(one) && one.name !== undefined ? [one.name] : [];
  });
  return [...parameters, ...declared].map((one) => one.text);
}

function declaresForFunction(body: ts.ConciseBody): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionDeclaration(node)) return true;
    if (isFunctionNode(node)) return false;
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) === true;
  };
  return visit(body);
}
