/**
 * A callback's body, split by its error: what runs when there is one, and what runs when there is none.
 * Conditions on the error are decided; what is left of them stays.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { assertsNoError } from './assertions.ts';
import { breaksOut } from './clauses.ts';
import { withoutIdleItems } from './idle-declarations.ts';
import { Undecided } from './obstacle.ts';
import { mentions } from './mentions.ts';
import { isNothing } from './sites.ts';

export type Truth = 'error' | 'none';

/** What is known of the error parameters in scope. */
export type Known = ReadonlyMap<ts.Symbol, Truth>;

/** A statement as it stands, or what is left of an `if` whose condition was decided in part. */
export type Item =
  /** The error was asserted not to be there: it is thrown on. */
  | { readonly kind: 'rethrow'; readonly node: ts.Statement; readonly error: ts.Identifier; readonly known: Known }
  | { readonly kind: 'statement'; readonly node: ts.Statement | ts.Expression; readonly known: Known }
  | {
      readonly kind: 'if';
      readonly node: ts.IfStatement;
      readonly condition: ts.Expression;
      readonly known: Known;
      readonly then: readonly Item[];
      readonly otherwise: readonly Item[] | undefined;
    };

export class Specializer {
  readonly #program: Program;
  readonly #symbol: ts.Symbol;
  readonly #truth: Truth;
  readonly #known: Known;

  readonly #inTest: boolean;

  constructor(program: Program, symbol: ts.Symbol, truth: Truth, known: Known, inTest = false) {
    this.#inTest = inTest;
    this.#program = program;
    this.#symbol = symbol;
    this.#truth = truth;
    this.#known = known;
  }

  list(statements: readonly (ts.Statement | ts.Expression)[]): Item[] {
    const items: Item[] = [];
    for (const statement of statements) {
      const own = this.#statement(statement);
      items.push(...own);
      if (leaves(statement) || itemsLeave(own)) break;
    }
    return this.#truth === 'error' ? withoutIdleItems(this.#program, items, this.#inTest) : items;
  }

  #statement(node: ts.Statement | ts.Expression): Item[] {
    if (!mentions(this.#program, node, this.#symbol)) return [{ kind: 'statement', node, known: this.#known }];
    if (ts.isIfStatement(node)) return this.#if(node);
    if (assertsNoError(this.#program, node, this.#symbol, this.#inTest)) {
      const [error] = identifiersIn(node, this.#symbol.name);
      if (this.#truth === 'none') return [];
      if (error !== undefined && ts.isStatement(node)) return [{ kind: 'rethrow', node, error, known: this.#known }];
    }
    const conditional = conditionalOf(node);
    if (conditional !== undefined) {
      const value = this.evaluate(conditional.condition);
      if (value === true) return this.#statement(conditional.whenTrue);
      if (value === false) return conditional.whenFalse === undefined ? [] : this.#statement(conditional.whenFalse);
    }
    return [{ kind: 'statement', node, known: this.#known }];
  }

  #if(node: ts.IfStatement): Item[] {
    const value = this.evaluate(node.expression);
    const then = (): Item[] => this.list(statementsOf(node.thenStatement));
    const otherwise = (): Item[] => (node.elseStatement === undefined ? [] : this.list(statementsOf(node.elseStatement)));
    if (value === true) return then();
    if (value === false) return otherwise();
    if (value === node.expression && !this.#mentionsBranches(node)) return [{ kind: 'statement', node, known: this.#known }];
    return [
      {
        kind: 'if',
        node,
        condition: value,
        known: this.#known,
        then: then(),
        otherwise: node.elseStatement === undefined ? undefined : otherwise(),
      },
    ];
  }

  #mentionsBranches(node: ts.IfStatement): boolean {
    return [node.thenStatement, node.elseStatement].some((one) => one !== undefined && mentions(this.#program, one, this.#symbol));
  }

  /** The condition's value, or the part of it that decides. */
  evaluate(condition: ts.Expression): boolean | ts.Expression {
    if (!mentions(this.#program, condition, this.#symbol)) return condition;
    if (ts.isParenthesizedExpression(condition)) {
      const value = this.evaluate(condition.expression);
      return value === condition.expression ? condition : value;
    }
    if (this.#isError(condition)) return this.#truth === 'error';
    if (ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken) {
      const value = this.evaluate(condition.operand);
      if (typeof value === 'boolean') return !value;
      return value === condition.operand || this.#truth === 'error' ? condition : this.#undecided(condition);
    }
    if (ts.isBinaryExpression(condition)) return this.#binary(condition);
    if (ts.isCallExpression(condition) && this.#program.originOf(condition.expression)?.key === 'global.Boolean') {
      const [first] = condition.arguments;
      if (first !== undefined) return this.evaluate(first);
    }
    return this.#truth === 'error' ? condition : this.#undecided(condition);
  }

  #binary(condition: ts.BinaryExpression): boolean | ts.Expression {
    const { left, right, operatorToken } = condition;
    switch (operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return this.#combine(condition, true);
      case ts.SyntaxKind.BarBarToken:
        return this.#combine(condition, false);
      case ts.SyntaxKind.EqualsEqualsToken:
      case ts.SyntaxKind.EqualsEqualsEqualsToken:
      case ts.SyntaxKind.ExclamationEqualsToken:
      case ts.SyntaxKind.ExclamationEqualsEqualsToken: {
        const other = this.#isError(left) ? right : this.#isError(right) ? left : undefined;
        if (other === undefined || !isNothing(other)) break;
        const equal =
          operatorToken.kind === ts.SyntaxKind.EqualsEqualsToken || operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken;
        return equal === (this.#truth === 'none');
      }
      case ts.SyntaxKind.InstanceOfKeyword:
        if (this.#isError(left) && this.#truth === 'none') return false;
        break;
      default:
        break;
    }
    return this.#truth === 'error' ? condition : this.#undecided(condition);
  }

  /** `a && b` (`neutral` is true) or `a || b`: a side that is neutral drops out, one that is not decides. */
  #combine(condition: ts.BinaryExpression, neutral: boolean): boolean | ts.Expression {
    const left = this.evaluate(condition.left);
    if (left === !neutral) return left;
    if (left === neutral) return this.evaluate(condition.right);
    const right = this.evaluate(condition.right);
    if (right === neutral) return left;
    if (left === condition.left && right === condition.right) return condition;
    return this.#undecided(condition);
  }

  #isError(node: ts.Expression): boolean {
    return ts.isIdentifier(node) && this.#program.symbolOf(node) === this.#symbol;
  }

  #undecided(node: ts.Expression): never {
    throw new Undecided(
      this.#symbol,
      node,
      `What \`${node.getText()}\` is when there is no error cannot be told.`,
      'Test the error on its own, before anything else.',
    );
  }
}

/** `a ? b : c` and `a && b` as statements. */
function conditionalOf(
  node: ts.Statement | ts.Expression,
): { condition: ts.Expression; whenTrue: ts.Expression; whenFalse: ts.Expression | undefined } | undefined {
  let expression: ts.Node = node;
  if (ts.isExpressionStatement(node) || (ts.isReturnStatement(node) && node.expression !== undefined)) expression = node.expression ?? node;
  while (ts.isParenthesizedExpression(expression)) expression = expression.expression;
  if (ts.isConditionalExpression(expression)) {
    return { condition: expression.condition, whenTrue: expression.whenTrue, whenFalse: expression.whenFalse };
  }
  if (
    ts.isBinaryExpression(expression) &&
    expression.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken &&
    !ts.isReturnStatement(node)
  ) {
    return { condition: expression.left, whenTrue: expression.right, whenFalse: undefined };
  }
  return undefined;
}

export function statementsOf(statement: ts.Statement): readonly ts.Statement[] {
  return ts.isBlock(statement) ? statement.statements : [statement];
}

/** Does nothing run after the statement? */
export function leaves(node: ts.Node): boolean {
  if (ts.isReturnStatement(node) || ts.isThrowStatement(node)) return true;
  if (ts.isBlock(node)) return node.statements.some(leaves);
  if (ts.isIfStatement(node)) return node.elseStatement !== undefined && leaves(node.thenStatement) && leaves(node.elseStatement);
  if (ts.isSwitchStatement(node)) return leavesByClauses(node);
  if (ts.isTryStatement(node)) {
    return (
      (node.finallyBlock !== undefined && leaves(node.finallyBlock)) ||
      (leaves(node.tryBlock) && node.catchClause !== undefined && leaves(node.catchClause.block))
    );
  }
  return false;
}

/** Whatever clause is taken, it ends what the `switch` stands in. */
function leavesByClauses({ caseBlock: { clauses } }: ts.SwitchStatement): boolean {
  const last = clauses.at(-1);
  if (last === undefined || !clauses.some(ts.isDefaultClause) || clauses.some((one) => one.statements.some((inner) => breaksOut(inner))))
    return false;
  return last.statements.some(leaves);
}

export function itemsLeave(items: readonly Item[]): boolean {
  return items.some((item) => {
    if (item.kind === 'rethrow') return true;
    return item.kind === 'statement'
      ? leaves(item.node)
      : item.otherwise !== undefined && itemsLeave(item.then) && itemsLeave(item.otherwise);
  });
}
