/** What conditions ask of texts, lists, counters and flags whose values are known on a way. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isWritten } from './assignments.ts';
import type { Value } from './text.ts';
import { unwrap } from './unwrap.ts';

type Known = boolean | number;

export class Conditions {
  readonly #valueOf: (identifier: ts.Identifier) => Value | undefined;
  /** Lengths of what is looped over, by its source. */
  readonly #lengths = new Map<string, number>();

  constructor(valueOf: (identifier: ts.Identifier) => Value | undefined) {
    this.#valueOf = valueOf;
  }

  /** While a loop to `bound` runs, `bound` is how often it does. @returns ends that */
  repeat(bound: string, times: number): () => void {
    if (bound !== '') this.#lengths.set(bound, times);
    return () => this.#lengths.delete(bound);
  }

  /** @returns undefined when the run cannot tell */
  truth(condition: ts.Expression): boolean | undefined {
    const value = this.#evaluate(condition);
    return value === undefined ? undefined : Boolean(value);
  }

  constant(expression: ts.Expression): Value | undefined {
    const value = this.#evaluate(expression);
    return value === undefined ? undefined : { kind: 'constant', value };
  }

  #evaluate(expression: ts.Expression): Known | undefined {
    const inner = unwrap(expression);
    if (inner.kind === ts.SyntaxKind.TrueKeyword) return true;
    if (inner.kind === ts.SyntaxKind.FalseKeyword) return false;
    if (ts.isNumericLiteral(inner)) return Number(inner.text);
    const length = this.#lengths.get(inner.getText());
    if (length !== undefined) return length;
    if (ts.isIdentifier(inner)) return this.#variable(inner);
    if (ts.isPropertyAccessExpression(inner)) return this.#length(inner);
    if (ts.isPrefixUnaryExpression(inner) && inner.operator === ts.SyntaxKind.ExclamationToken) {
      const operand = this.#evaluate(inner.operand);
      return operand === undefined ? undefined : !operand;
    }
    if (ts.isBinaryExpression(inner)) return this.#binary(inner);
    return undefined;
  }

  #variable(identifier: ts.Identifier): Known | undefined {
    const value = this.#valueOf(identifier);
    if (value === undefined) return undefined;
    if (value.kind === 'constant') return value.value;
    if (value.kind === 'list') return true;
    return textIsEmpty(value) === undefined ? undefined : !textIsEmpty(value);
  }

  /** `conditions.length`, or `where.length`, as far as it is none. */
  #length({ expression, name }: ts.PropertyAccessExpression): Known | undefined {
    const inner = unwrap(expression);
    if (name.text !== 'length' || !ts.isIdentifier(inner)) return undefined;
    const value = this.#valueOf(inner);
    if (value?.kind === 'list') return value.items.length;
    return value?.kind === 'text' && textIsEmpty(value) === true ? 0 : undefined;
  }

  #binary({ left, operatorToken, right }: ts.BinaryExpression): Known | undefined {
    const one = this.#evaluate(left);
    const other = this.#evaluate(right);
    switch (operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return (one !== undefined && !one) || (other !== undefined && !other)
          ? false
          : one !== undefined && other !== undefined
            ? true
            : undefined;
      case ts.SyntaxKind.BarBarToken:
        return Boolean(one) || Boolean(other) ? true : one !== undefined && other !== undefined ? false : undefined;
      default:
        break;
    }
    const emptiness = comparedWithNothing(left, operatorToken.kind, right, (identifier) => this.#valueOf(identifier));
    if (emptiness !== undefined) return emptiness;
    if (one === undefined || other === undefined) return undefined;
    const [a, b] = [Number(one), Number(other)];
    const compare = comparisons.get(operatorToken.kind);
    return compare?.(a, b);
  }
}

const comparisons = new Map<ts.SyntaxKind, (a: number, b: number) => Known>([
  [ts.SyntaxKind.LessThanToken, (a, b) => a < b],
  [ts.SyntaxKind.LessThanEqualsToken, (a, b) => a <= b],
  [ts.SyntaxKind.GreaterThanToken, (a, b) => a > b],
  [ts.SyntaxKind.GreaterThanEqualsToken, (a, b) => a >= b],
  [ts.SyntaxKind.EqualsEqualsToken, (a, b) => a === b],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, (a, b) => a === b],
  [ts.SyntaxKind.ExclamationEqualsToken, (a, b) => a !== b],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, (a, b) => a !== b],
  [ts.SyntaxKind.PlusToken, (a, b) => a + b],
  [ts.SyntaxKind.MinusToken, (a, b) => a - b],
]);

/** `where === ''`, `where !== ''` */
function comparedWithNothing(
  left: ts.Expression,
  operator: ts.SyntaxKind,
  right: ts.Expression,
  valueOf: (identifier: ts.Identifier) => Value | undefined,
): boolean | undefined {
  const inner = unwrap(left);
  if (!ts.isIdentifier(inner) || !ts.isStringLiteralLike(right) || right.text !== '') return undefined;
  const value = valueOf(inner);
  const empty = value?.kind === 'text' ? textIsEmpty(value) : undefined;
  if (empty === undefined) return undefined;
  if (operator === ts.SyntaxKind.EqualsEqualsToken || operator === ts.SyntaxKind.EqualsEqualsEqualsToken) return empty;
  if (operator === ts.SyntaxKind.ExclamationEqualsToken || operator === ts.SyntaxKind.ExclamationEqualsEqualsToken) return !empty;
  return undefined;
}

/** A text of holes alone may be empty or not. */
function textIsEmpty({ segments }: Value & { kind: 'text' }): boolean | undefined {
  if (segments.some((segment) => segment.kind !== 'hole' && segment.value !== '')) return false;
  return segments.some((segment) => segment.kind === 'hole') ? undefined : true;
}

/** Does the condition give the same whenever it is asked on a way: are its variables written nowhere, and no function called? */
export function isStable(program: Program, condition: ts.Expression, loops: readonly ts.Node[]): boolean {
  let stable = true;
  const visit = (node: ts.Node): void => {
    if (!stable) return;
    if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isAwaitExpression(node) || ts.isFunctionLike(node)) stable = false;
    else if (ts.isIdentifier(node) && !isMember(node)) stable = isSettled(program, node, loops);
    ts.forEachChild(node, visit);
  };
  visit(condition);
  return stable;
}

function isMember(node: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

function isSettled(program: Program, identifier: ts.Identifier, loops: readonly ts.Node[]): boolean {
  const symbol = program.symbolOf(identifier);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined) return true;
  if (loops.some((loop) => declaration.pos >= loop.pos && declaration.end <= loop.end)) return false;
  return !program.references.to(symbol).some((use) => isWritten(use));
}
