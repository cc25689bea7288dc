/** What a loop over the rounds of a function can say in its head: how it counts, and what it goes on for. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import { isReassigned } from './chains/settled.ts';
import { leaves } from './specialize.ts';
import { mentions } from './mentions.ts';
import { nodeOf, waysOf, type BranchStep, type GiveStep, type Step } from './steps.ts';

export interface LoopHead {
  /** What the loop goes on for; always without it. */
  readonly condition: ts.Expression | undefined;
  readonly isNegated: boolean;
  readonly edits: readonly TextEdit[];
  /** The statement that had the condition. */
  readonly branch: BranchStep | undefined;
  readonly body: readonly Step[];
  /** What comes behind the loop. */
  readonly after: readonly Step[];
}

/** Does each round begin with one more than the one before: `next(i + 1)`? */
export function counts(program: Program, parameter: ts.ParameterDeclaration, steps: readonly Step[]): boolean {
  const symbol = program.symbolOf(parameter.name);
  if (symbol === undefined || !ts.isIdentifier(parameter.name) || isReassigned(program, parameter.name, parameter.parent)) return false;
  return gives(steps).every(({ values: [value] }) => {
    if (value === undefined || !ts.isBinaryExpression(value) || value.operatorToken.kind !== ts.SyntaxKind.PlusToken) return false;
    const isOwn = ts.isIdentifier(value.left) && program.symbolOf(value.left) === symbol;
    return isOwn && ts.isNumericLiteral(value.right) && value.right.text === '1' && !isText(program, value.left);
  });
}

function isText(program: Program, node: ts.Expression): boolean {
  return (program.checker.getTypeAtLocation(node).flags & ts.TypeFlags.StringLike) !== 0;
}

function gives(steps: readonly Step[]): GiveStep[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case 'give':
        return step.outlet.kind === 'again' ? [step] : [];
      case 'branch':
      case 'switch':
        return waysOf(step).flatMap(gives);
      case 'await':
        return step.failure.kind === 'handle' ? gives(step.failure.steps) : [];
      case 'opened':
        return gives(step.steps);
      default:
        return [];
    }
  });
}

/** @param counter that the loop declares, and nothing behind it sees */
export function headOf(program: Program, steps: readonly Step[], counter: ts.ParameterDeclaration | undefined): LoopHead {
  const none: LoopHead = { condition: undefined, isNegated: false, edits: [], branch: undefined, body: steps, after: [] };
  const [branch, ...others] = steps;
  if (branch?.kind !== 'branch') return none;
  const { condition, edits, then, otherwise } = branch;
  const symbol = counter && program.symbolOf(counter.name);
  const isEnd = (side: readonly Step[]): boolean =>
    isPlainEnd(side) && (symbol === undefined || side.every((step) => !mentions(program, nodeOf(step) ?? branch.node, symbol)));
  // `if (!list.length) return done();` in front of a round
  if (otherwise === undefined && isEnd(then)) return { condition, isNegated: true, edits, branch, body: others, after: then };
  if (otherwise === undefined || others.length > 0) return none;
  // `if (list.length) { … } else { done(); }` around it
  if (isEnd(otherwise)) return { condition, isNegated: false, edits, branch, body: then, after: otherwise };
  return isEnd(then) ? { condition, isNegated: true, edits, branch, body: otherwise, after: then } : none;
}

/** It ends the function, and waits for nothing. */
function isPlainEnd(steps: readonly Step[]): boolean {
  const last = steps.at(-1);
  if (last === undefined || !steps.every((step) => step.kind === 'keep' || step.kind === 'complete')) return false;
  return last.kind === 'complete' || (last.kind === 'keep' && leaves(last.node));
}

const opposites: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.EqualsEqualsToken, '!='],
  [ts.SyntaxKind.ExclamationEqualsToken, '=='],
]);

const relations: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.GreaterThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '<='],
  [ts.SyntaxKind.LessThanToken, '>='],
  [ts.SyntaxKind.LessThanEqualsToken, '>'],
]);

/**
 * The condition the other way round; relations are turned where numbers are compared, for `NaN` is neither more nor less.
 * @param counter that the loop counts
 */
export function negated(
  program: Program,
  condition: ts.Expression,
  counter: ts.ParameterDeclaration | undefined,
  text: (node: ts.Node) => string,
): string {
  if (ts.isParenthesizedExpression(condition)) return negated(program, condition.expression, counter, text);
  if (ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken) {
    const { operand } = condition;
    return ts.isParenthesizedExpression(operand) ? text(operand.expression) : text(operand);
  }
  if (ts.isBinaryExpression(condition)) {
    const { left, right, operatorToken } = condition;
    const isCount = isWhole(program, left, counter) && isWhole(program, right, counter);
    const opposite = opposites.get(operatorToken.kind) ?? (isCount ? relations.get(operatorToken.kind) : undefined);
    return opposite === undefined ? `!(${text(condition)})` : `${text(left)} ${opposite} ${text(right)}`;
  }
  const isSimple = ts.isIdentifier(condition) || ts.isPropertyAccessExpression(condition) || ts.isCallExpression(condition);
  return isSimple ? `!${text(condition)}` : `!(${text(condition)})`;
}

/** A length, a number that is written, what the loop counts, or a variable that only such numbers are put into. */
function isWhole(program: Program, node: ts.Expression, counter: ts.ParameterDeclaration | undefined): boolean {
  if (ts.isNumericLiteral(node)) return true;
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'length';
  if (!ts.isIdentifier(node)) return false;
  const declaration = program.symbolOf(node)?.valueDeclaration;
  if (declaration === undefined) return false;
  if (ts.isParameter(declaration)) return declaration === counter;
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
  const writes = identifiersIn(declaration.getSourceFile(), node.text).filter(
    (one) => program.symbolOf(one) === program.symbolOf(node) && ts.isBinaryExpression(one.parent) && one.parent.left === one,
  );
  const isSet = writes.some(({ parent }) => {
    const kind = ts.isBinaryExpression(parent) ? parent.operatorToken.kind : ts.SyntaxKind.Unknown;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  });
  return !isSet && isWhole(program, declaration.initializer, counter);
}
