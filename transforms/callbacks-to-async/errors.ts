/** Is a value certainly an error, so that `cb(value)` reports a failure? */

import { ts } from 'ts-morph';
import { isFunctionNode } from '../../engine/async/functions.ts';
import type { CallGraph } from '../../engine/async/call-graph.ts';
import type { Program } from '../../engine/program/program.ts';

/** Modules whose functions make errors, whatever they are given. */
const errorMakers = new Set(['http-errors', 'boom', '@hapi/boom', 'verror']);

/**
 * Callers test an error for truth, so anything that cannot be falsy is one. Types do not tell:
 * without strict null checks a variable that may be `null` has the type of what else it may be.
 */
export function isCertainlyError(program: Program, graph: CallGraph, expression: ts.Expression, depth = 0): boolean {
  if (depth > 4) return false;
  const again = (one: ts.Expression): boolean => isCertainlyError(program, graph, one, depth + 1);
  if (ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression) || ts.isNonNullExpression(expression)) {
    return again(expression.expression);
  }
  if (ts.isNewExpression(expression) || ts.isObjectLiteralExpression(expression)) return true;
  if (ts.isStringLiteralLike(expression)) return expression.text !== '';
  if (ts.isTemplateExpression(expression)) {
    return expression.head.text !== '' || expression.templateSpans.some((span) => span.literal.text !== '');
  }
  if (ts.isConditionalExpression(expression)) return again(expression.whenTrue) && again(expression.whenFalse);
  if (ts.isBinaryExpression(expression)) {
    if (expression.operatorToken.kind === ts.SyntaxKind.BarBarToken) return again(expression.right);
    return expression.operatorToken.kind === ts.SyntaxKind.PlusToken && (again(expression.left) || again(expression.right));
  }
  if (ts.isCallExpression(expression)) return makesError(program, graph, expression, depth);
  if (!ts.isIdentifier(expression)) return false;
  const symbol = program.symbolOf(expression);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined) return false;
  if (ts.isVariableDeclaration(declaration) && ts.isCatchClause(declaration.parent)) return true;
  if (isTested(program, expression)) return true;
  const definition = program.definitionOf(symbol);
  return definition !== undefined && again(definition);
}

function makesError(program: Program, graph: CallGraph, call: ts.CallExpression, depth: number): boolean {
  const origin = program.originOf(call.expression);
  if (origin !== undefined && errorMakers.has(origin.module)) return true;
  const [first] = call.arguments;
  if (origin?.key === 'global.Object.assign' || origin?.key === 'global.ObjectConstructor.new.assign') {
    return first !== undefined && isCertainlyError(program, graph, first, depth + 1);
  }
  if (origin !== undefined && /^global\.\w*Error$/.test(origin.key)) return true;
  const fn = graph.calleeOf(call);
  if (fn?.body === undefined) return false;
  if (!ts.isBlock(fn.body)) return isCertainlyError(program, graph, fn.body, depth + 1);
  const last = fn.body.statements.at(-1);
  if (last === undefined || !ts.isReturnStatement(last)) return false;
  const returned: (ts.Expression | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node)) return;
    if (ts.isReturnStatement(node)) returned.push(node.expression);
    ts.forEachChild(node, visit);
  };
  visit(fn.body);
  return returned.every((one) => one !== undefined && isCertainlyError(program, graph, one, depth + 1));
}

/** `if (problem) return cb(problem);`: inside, it is true. */
export function isTested(program: Program, use: ts.Expression): boolean {
  const symbol = ts.isIdentifier(use) ? program.symbolOf(use) : undefined;
  if (symbol === undefined) return false;
  for (let node: ts.Node = use; !isFunctionNode(node) && !ts.isSourceFile(node); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && parent.thenStatement === node && ts.isIdentifier(parent.expression)) {
      if (program.symbolOf(parent.expression) === symbol) return true;
    }
  }
  return false;
}
