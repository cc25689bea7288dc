/** `return new Promise((resolve, reject) => { … })` around callbacks. */

import { ts } from 'ts-morph';
import { promiseLibraries } from '../../catalog/promise-libraries.ts';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isAsync, isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import { replacedPromise } from '../../engine/async/replaced-promise.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Code } from './code.ts';
import { Obstacle } from './obstacle.ts';
import type { InlineCallback } from './sites.ts';

/** The function given to `new Promise`, where that is the language's. */
export function executorOf(program: Program, expression: ts.Expression): InlineCallback | undefined {
  if (!ts.isNewExpression(expression)) return undefined;
  const [executor, ...others] = expression.arguments ?? [];
  if (executor === undefined || others.length > 0 || !(ts.isArrowFunction(executor) || ts.isFunctionExpression(executor))) return undefined;
  const isGlobal = program.originOf(expression.expression)?.key === 'global.Promise';
  return isGlobal && replacedPromise(program) === undefined ? executor : undefined;
}

/** `new Promise(…)` of a library, or of what the program has put in the place of the language's. */
export function isExecutorOfOther(program: Program, expression: ts.NewExpression): boolean {
  const key = program.originOf(expression.expression)?.key;
  if (key === 'global.Promise') return replacedPromise(program) !== undefined;
  return promiseLibraries.some(({ module }) => key === module || key === `${module}.Promise`);
}

/** `return await new Promise(…)` may stand in a `try`. */
export function isAwaited(node: Code): boolean {
  for (let current: ts.Node = node; !isFunctionNode(current) && !ts.isSourceFile(current); current = current.parent) {
    if (ts.isTryStatement(current)) return true;
  }
  return false;
}

/** An async function gives a promise for whatever it returns; a plain one that returns something else too would change. */
export function checkOtherReturns(program: Program, fn: FunctionNode, executor: InlineCallback): void {
  const visit = (node: ts.Node): void => {
    if (node !== fn && isFunctionNode(node)) return;
    if (ts.isReturnStatement(node) && !isWithin(executor, node) && !isPromise(program, node.expression)) {
      throw new Obstacle(
        node,
        'callback-shape',
        'The function returns a promise in one place, and something else here.',
        'Return a promise everywhere.',
      );
    }
    ts.forEachChild(node, visit);
  };
  if (!isAsync(fn)) visit(fn);
}

function isPromise(program: Program, expression: ts.Expression | undefined): boolean {
  if (expression === undefined) return false;
  const key = ts.isCallExpression(expression) ? program.originOf(expression.expression)?.key : undefined;
  return (key !== undefined && /^global\.Promise\.\w+$/.test(key)) || executorOf(program, expression) !== undefined;
}
