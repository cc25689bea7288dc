/**
 * Functions that add members to what they are given: `module.exports = function (proto) { proto.load = function () { … }; };`, called as
 * `require('./methods')(Store.prototype)`. No type tells of the members: they are known by their names, on objects of which nothing else is known.
 */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import type { Use } from './call-graph.ts';
import { isFunctionNode, unwrapped, type FunctionNode } from './functions.ts';

/** How the graph is asked, without being imported: it asks back. */
export interface MixinGraph {
  usesOf(fn: FunctionNode): readonly Use[];
  isCollecting(fn: FunctionNode): boolean;
}

/**
 * What the parameter is in each call of its function.
 * @returns undefined where `holder` is no such parameter, or not all calls can be seen
 */
export function mixinTargets(
  program: Program,
  graph: MixinGraph,
  holder: ts.Expression,
  visiting: ReadonlySet<ts.Node> = new Set(),
): readonly ts.Expression[] | undefined {
  const prototype = aliasedPrototype(program, holder);
  if (prototype !== undefined) return [prototype];
  const parameter = ts.isIdentifier(holder) ? program.symbolOf(holder)?.valueDeclaration : undefined;
  if (parameter === undefined || !ts.isParameter(parameter) || parameter.dotDotDotToken !== undefined || visiting.has(parameter))
    return undefined;
  if (!ts.isIdentifier(parameter.name) || parameter.initializer !== undefined || isAssigned(program, parameter)) return undefined;
  const fn = parameter.parent;
  if (!isFunctionNode(fn) || !program.owns(fn) || graph.isCollecting(fn)) return undefined;
  const index = fn.parameters.indexOf(parameter);
  const targets: ts.Expression[] = [];
  for (const use of graph.usesOf(fn)) {
    if (use.kind === 'binding') continue;
    const given = givenAt(use, index);
    if (given === undefined) return undefined;
    for (const one of valuesInNode(given)) {
      // `require('./more')(app)` in a function that is given `app` itself.
      const further = isParameter(program, one) ? mixinTargets(program, graph, one, new Set([...visiting, parameter])) : [one];
      if (further === undefined) return undefined;
      targets.push(...further);
    }
  }
  return targets.length === 0 ? undefined : targets;
}

/** What an expression may be: in `typeof exports === 'undefined' ? (this.lib = {}) : exports`, what it is in Node. */
function valuesInNode(expression: ts.Expression): readonly ts.Expression[] {
  if (!ts.isConditionalExpression(expression)) return [expression];
  const { condition, whenTrue, whenFalse } = expression;
  const isModule = saysThatModulesExist(unwrapped(condition));
  return [...(isModule === false ? [] : [whenTrue]), ...(isModule === true ? [] : [whenFalse])].flatMap((one) =>
    valuesInNode(unwrapped(one)),
  );
}

/** `typeof exports !== 'undefined'`, `typeof module === 'object'`: what the test gives in a CommonJS module; undefined for other tests. */
function saysThatModulesExist(condition: ts.Expression): boolean | undefined {
  if (!ts.isBinaryExpression(condition)) return undefined;
  const { left, right, operatorToken } = condition;
  const isOfModule = ts.isTypeOfExpression(left) && ts.isIdentifier(left.expression) && /^(?:exports|module)$/.test(left.expression.text);
  if (!isOfModule || !ts.isStringLiteral(right)) return undefined;
  const isEqual = equalities.get(operatorToken.kind);
  if (isEqual === undefined) return undefined;
  return (right.text === 'object') === isEqual;
}

const equalities: ReadonlyMap<ts.SyntaxKind, boolean> = new Map([
  [ts.SyntaxKind.EqualsEqualsToken, true],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, true],
  [ts.SyntaxKind.ExclamationEqualsToken, false],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, false],
]);

/** `Store.prototype`, of `proto` in `var proto = Store.prototype;`. */
export function aliasedPrototype(program: Program, holder: ts.Expression): ts.PropertyAccessExpression | undefined {
  const symbol = ts.isIdentifier(holder) ? program.symbolOf(holder) : undefined;
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const value = declaration.initializer && unwrapped(declaration.initializer);
  const isPrototype = value !== undefined && ts.isPropertyAccessExpression(value) && value.name.text === 'prototype';
  return isPrototype && !isReassigned(program, symbol) ? value : undefined;
}

function givenAt(use: Use, index: number): ts.Expression | undefined {
  if (use.kind !== 'call' && (use.kind !== 'applied' || use.method !== 'call')) return undefined;
  const at = use.kind === 'call' ? index : index + 1;
  if (use.call.arguments.slice(0, at + 1).some(ts.isSpreadElement)) return undefined;
  const given = use.call.arguments[at];
  return given && unwrapped(given);
}

function isParameter(program: Program, expression: ts.Expression): boolean {
  const declaration = ts.isIdentifier(expression) ? program.symbolOf(expression)?.valueDeclaration : undefined;
  return declaration !== undefined && ts.isParameter(declaration);
}

function isAssigned(program: Program, parameter: ts.ParameterDeclaration): boolean {
  const symbol = program.symbolOf(parameter.name);
  return symbol === undefined || isReassigned(program, symbol);
}

function isReassigned(program: Program, symbol: ts.Symbol): boolean {
  return program.references.to(symbol).some(({ parent }, at, all) => {
    return (
      ts.isBinaryExpression(parent) &&
      parent.left === all[at] &&
      parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment
    );
  });
}
