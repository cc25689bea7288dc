/** Declarations in front of the test of an error: `var count = 0; if (err) …`. They run on both ways, and may mean nothing on one. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { boundNames, identifiersIn } from '../../engine/source/names.ts';
import { isIdle } from './chains/sink.ts';
import { mentions } from './mentions.ts';
import type { Item } from './specialize.ts';
import { nodeOf, type Failure, type Step } from './steps.ts';

/**
 * Without the items that only declare what none of the others looks at.
 * @param inTest what is read of a missing value may fail: a test that asserts that there is no error fails in any case
 */
export function withoutIdleItems(program: Program, items: readonly Item[], inTest: boolean): Item[] {
  const fails = inTest && items.some(({ kind }) => kind === 'rethrow');
  const mayBeLeft = (initializer: ts.Expression): boolean => isIdle(initializer) || (fails && onlyReads(program, initializer));
  return items.filter((item) => {
    if (item.kind !== 'statement') return true;
    const others = items.filter((other) => other !== item).map(({ node }) => node);
    return !isIdleDeclaration(item.node, others, mayBeLeft);
  });
}

/** Members, and functions of the language that compute a value: `JSON.parse(response.body)`. */
function onlyReads(program: Program, node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return onlyReads(program, node.expression);
  if (ts.isElementAccessExpression(node)) return onlyReads(program, node.expression) && onlyReads(program, node.argumentExpression);
  if (ts.isCallExpression(node)) {
    const key = program.originOf(node.expression)?.key ?? '';
    return (
      /^global\.(?:JSON\.parse|String|Number|parseInt|parseFloat)$/.test(key) && node.arguments.every((one) => onlyReads(program, one))
    );
  }
  return ts.isIdentifier(node) || (ts.isExpression(node) && isIdle(node));
}

/** The same of steps: of a callback that is given an error, the values behind it are gone. */
export function withoutIdleSteps(steps: readonly Step[]): Step[] {
  return steps.filter((step) => {
    if (step.kind !== 'keep') return true;
    const others = steps.filter((other) => other !== step && other.kind !== 'drop').map((other) => leftOf(other));
    return !isIdleDeclaration(
      step.node,
      others.filter((node) => node !== undefined),
      isIdle,
    );
  });
}

function leftOf(step: Step): ts.Node | undefined {
  return step.kind === 'complete' && step.outcome === 'throw' && step.value !== undefined ? step.value : nodeOf(step);
}

function isIdleDeclaration(node: ts.Node, others: readonly ts.Node[], mayBeLeft: (initializer: ts.Expression) => boolean): boolean {
  if (!ts.isVariableStatement(node)) return false;
  return node.declarationList.declarations.every(
    ({ name, initializer }) =>
      ts.isIdentifier(name) &&
      (initializer === undefined || mayBeLeft(initializer)) &&
      others.every((other) => identifiersIn(other, name.text).length === 0),
  );
}

/**
 * How many items both ways begin with, that declare variables with constant values: as well as behind a call, they can stand in front of it.
 * @param symbols what is only there behind the call
 */
export function sharedDeclarations(
  program: Program,
  success: readonly Item[],
  failing: readonly Item[],
  symbols: readonly ts.Symbol[],
): number {
  const differs = success.findIndex((item, index) => {
    if (item.kind !== 'statement' || failing[index]?.kind !== 'statement' || failing[index].node !== item.node) return true;
    return !declaresConstants(item.node) || symbols.some((symbol) => mentions(program, item.node, symbol));
  });
  return differs === -1 ? 0 : differs;
}

/** The declarations that the code for a failure needs, taken out of it. */
export function declaredInFront(
  failure: Failure,
  declared: readonly Item[],
): { readonly inFront: readonly (Step & { kind: 'keep' })[]; readonly left: Failure } {
  if (failure.kind !== 'handle') return { inFront: [], left: failure };
  const nodes = new Set<ts.Node>(declared.map(({ node }) => node));
  const inFront = failure.steps.filter((step) => step.kind === 'keep').filter(({ node }) => nodes.has(node));
  return { inFront, left: { ...failure, steps: failure.steps.filter((step) => !(step.kind === 'keep' && nodes.has(step.node))) } };
}

function declaresConstants(node: ts.Node): boolean {
  if (!ts.isVariableStatement(node)) return false;
  return node.declarationList.declarations.every(
    ({ name, initializer }) =>
      boundNames(name).length === 1 && ts.isIdentifier(name) && (initializer === undefined || isConstant(initializer)),
  );
}

function isConstant(node: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isConstant);
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0;
  return ts.isLiteralExpression(node) || /^(?:true|false|null|undefined)$/.test(node.getText());
}
