/** Assertions in callbacks that there is no error: an awaited call that fails throws by itself. */

import { ts } from 'ts-morph';
import { noErrorAssertions } from '../../catalog/callback-roles.ts';
import type { Program } from '../../engine/program/program.ts';
import { isNothing } from './sites.ts';

/** @param inTest a failing test fails, whatever it was that threw */
export function assertsNoError(program: Program, node: ts.Node, error: ts.Symbol, inTest: boolean): boolean {
  if (!ts.isExpressionStatement(node)) return false;
  const chain = read(program, node.expression, error);
  if (chain === undefined) return false;
  return noErrorAssertions.some(
    (row) => (inTest || row.anywhere === true) && row.forms.some((form) => row.roots.some((root) => root + form === chain)),
  );
}

/** `chai.expect(_).to.be.null` of `expect(err).to.be.null`, whatever `expect` is called in the file. */
function read(program: Program, node: ts.Expression, error: ts.Symbol): string | undefined {
  const origin = ts.isIdentifier(node) ? program.originOf(node) : undefined;
  if (origin !== undefined) return origin.key;
  if (ts.isPropertyAccessExpression(node)) {
    const object = read(program, node.expression, error);
    return object && `${object}.${node.name.text}`;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const callee = read(program, node.expression, error);
  const given = node.arguments.slice(0, 2).map((argument) => argumentText(program, argument, error));
  // What a message says does not matter: `assert.ok(!err, 'cannot save')`, `assert(!err, err)`.
  const isNegated = given[0]?.startsWith('!') === true;
  while (given.length > 1 && (given.at(-1) === undefined || (isNegated && given.at(-1) === '_'))) given.pop();
  return callee === undefined || given.includes(undefined) ? undefined : `${callee}(${given.join(',')})`;
}

function argumentText(program: Program, argument: ts.Expression, error: ts.Symbol): string | undefined {
  if (ts.isIdentifier(argument) && program.symbolOf(argument) === error) return '_';
  if (ts.isPrefixUnaryExpression(argument) && argument.operator === ts.SyntaxKind.ExclamationToken) {
    const operand = argumentText(program, argument.operand, error);
    return operand && `!${operand}`;
  }
  return isNothing(argument) ? argument.getText() : undefined;
}
