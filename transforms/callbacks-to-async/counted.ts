/**
 * Work that is begun for every item of a list at once, and counted as it ends:
 * `list.forEach(function (item) { load(item, function (err) { …; if (--pending === 0) done(); }); })`.
 */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isAsync, isFunctionNode, isGenerator, type FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { failedFlag, statementOf, type FailedFlag } from './failed-flag.ts';
import { statementsOf } from './specialize.ts';

export interface CountedLoop {
  readonly call: ts.CallExpression;
  readonly list: ts.Expression;
  readonly task: ts.FunctionExpression | ts.ArrowFunction;
  /** `if (--pending === 0) …`: the end of the work for an item. */
  readonly ends: ReadonlySet<ts.Statement>;
  /** `pending--;` in front of such an end. */
  readonly counts: ReadonlySet<ts.Statement>;
  /** What runs when all is done. */
  readonly finish: readonly ts.Statement[];
  /** Something was done about an empty list before, for which nothing is ever counted. */
  readonly isGuarded: boolean;
  /** The declaration of the counter, which nobody reads any more. */
  readonly idle: ts.VariableStatement | undefined;
  /** What keeps the others from ending the whole once one has failed. */
  readonly flag: FailedFlag | undefined;
}

interface Check {
  readonly end: ts.IfStatement;
  readonly count: ts.Statement | undefined;
  readonly counter: ts.Symbol;
  /** What an increasing counter is compared to; a decreasing one ends at zero. */
  readonly limit: ts.Expression | undefined;
}

export function countedLoop(program: Program, call: ts.CallExpression): CountedLoop | undefined {
  const [task, ...others] = call.arguments;
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'forEach' || !ts.isExpressionStatement(call.parent)) return undefined;
  if (task === undefined || others.length > 0 || !(ts.isFunctionExpression(task) || ts.isArrowFunction(task))) return undefined;
  if (isAsync(task) || isGenerator(task) || call.questionDotToken !== undefined || callee.questionDotToken !== undefined) return undefined;
  const checks = checksIn(program, task);
  const [first] = checks;
  if (first === undefined || checks.some(({ counter }) => counter !== first.counter)) return undefined;
  const list = callee.expression;
  const definition = program.definitionOf(first.counter);
  const declaration = first.counter.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  if (functionAround(declaration) !== functionAround(call)) return undefined;
  if (!countsAll(program, checks, declaration, list) || (definition === undefined && declaration.initializer === undefined))
    return undefined;
  const finish = statementsOf(first.end.thenStatement);
  if (finish.length === 0 || !checks.every(({ end }) => isSame(program, first.end.thenStatement, end.thenStatement))) return undefined;
  if (!isVisibleOutside(program, first.end.thenStatement, task)) return undefined;
  if (!isOnlyCounted(program, first.counter, declaration, checks, call)) return undefined;
  const ends = checks.map(({ end }) => end);
  const counts = checks.flatMap(({ count }) => (count === undefined ? [] : [count]));
  return {
    call,
    list,
    task,
    ends: new Set(ends),
    counts: new Set(counts),
    finish,
    isGuarded: isGuarded(program, call, first.counter, list),
    idle: isRead(program, first.counter, declaration, checks) ? undefined : statementOf(declaration),
    flag: failedFlag(program, task, [...ends, ...counts]),
  };
}

function checksIn(program: Program, task: FunctionNode): Check[] {
  const found: Check[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node)) {
      const check = checkOf(program, node);
      if (check !== undefined) {
        found.push(check);
        return;
      }
    }
    ts.forEachChild(node, visit);
  };
  if (task.body !== undefined) visit(task.body);
  return found;
}

/** `if (!--pending)`, `if (--pending === 0)`, `if (++done === list.length)`, and the same with the counting in front. */
function checkOf(program: Program, node: ts.IfStatement): Check | undefined {
  if (node.elseStatement !== undefined) return undefined;
  const { compared, limit } = comparisonOf(node.expression);
  const own = compared && countOf(compared);
  const isDown = limit === undefined;
  if (own !== undefined) {
    const counter = program.symbolOf(own.name);
    return counter === undefined || own.by !== (isDown ? -1 : 1) || own.isPostfix
      ? undefined
      : { end: node, count: undefined, counter, limit };
  }
  const before = previousStatement(node);
  if (compared === undefined || !ts.isIdentifier(compared) || before === undefined || !ts.isExpressionStatement(before)) return undefined;
  const counted = countOf(before.expression);
  const counter = program.symbolOf(compared);
  if (counted === undefined || counter === undefined || program.symbolOf(counted.name) !== counter) return undefined;
  return counted.by === (isDown ? -1 : 1) ? { end: node, count: before, counter, limit } : undefined;
}

function comparisonOf(condition: ts.Expression): { readonly compared?: ts.Expression; readonly limit?: ts.Expression } {
  if (ts.isParenthesizedExpression(condition)) return comparisonOf(condition.expression);
  if (ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken) {
    const operand = ts.isParenthesizedExpression(condition.operand) ? condition.operand.expression : condition.operand;
    return { compared: operand };
  }
  if (!ts.isBinaryExpression(condition)) return {};
  const { kind } = condition.operatorToken;
  if (kind !== ts.SyntaxKind.EqualsEqualsToken && kind !== ts.SyntaxKind.EqualsEqualsEqualsToken) return {};
  const [compared, other] = countOf(condition.right) === undefined ? [condition.left, condition.right] : [condition.right, condition.left];
  return ts.isNumericLiteral(other) && other.text === '0' ? { compared } : { compared, limit: other };
}

/** `--pending`, `pending--`, `pending -= 1`, `done++`, `done += 1`. */
function countOf(
  expression: ts.Expression,
): { readonly name: ts.Identifier; readonly by: 1 | -1; readonly isPostfix: boolean } | undefined {
  if (ts.isParenthesizedExpression(expression)) return countOf(expression.expression);
  if (ts.isPrefixUnaryExpression(expression) || ts.isPostfixUnaryExpression(expression)) {
    const { operator, operand } = expression;
    if (!ts.isIdentifier(operand)) return undefined;
    const isPostfix = ts.isPostfixUnaryExpression(expression);
    if (operator === ts.SyntaxKind.PlusPlusToken) return { name: operand, by: 1, isPostfix };
    return operator === ts.SyntaxKind.MinusMinusToken ? { name: operand, by: -1, isPostfix } : undefined;
  }
  if (!ts.isBinaryExpression(expression) || !ts.isIdentifier(expression.left)) return undefined;
  if (!ts.isNumericLiteral(expression.right) || expression.right.text !== '1') return undefined;
  const { kind } = expression.operatorToken;
  if (kind === ts.SyntaxKind.PlusEqualsToken) return { name: expression.left, by: 1, isPostfix: false };
  return kind === ts.SyntaxKind.MinusEqualsToken ? { name: expression.left, by: -1, isPostfix: false } : undefined;
}

function previousStatement(node: ts.Statement): ts.Statement | undefined {
  if (!ts.isBlock(node.parent)) return undefined;
  const { statements } = node.parent;
  return statements[statements.indexOf(node) - 1];
}

/** Does the counter come to its end when every item has been counted once? */
function countsAll(program: Program, checks: readonly Check[], declaration: ts.VariableDeclaration, list: ts.Expression): boolean {
  const { initializer } = declaration;
  if (initializer === undefined) return false;
  const isZero = ts.isNumericLiteral(initializer) && initializer.text === '0';
  return checks.every(({ limit }) =>
    limit === undefined ? isLengthOf(program, initializer, list) : isZero && isLengthOf(program, limit, list),
  );
}

/** `list.length`, or a variable that holds it. */
function isLengthOf(program: Program, value: ts.Expression, list: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(value) && value.name.text === 'length') return isSamePath(program, value.expression, list);
  const symbol = ts.isIdentifier(value) ? program.symbolOf(value) : undefined;
  const declared = symbol?.valueDeclaration;
  if (symbol === undefined || declared === undefined || !ts.isVariableDeclaration(declared)) return false;
  const definition = program.definitionOf(symbol);
  return definition !== undefined && definition === declared.initializer && isLengthOf(program, definition, list);
}

/** The same variable, which nobody assigns again, or the same property of it. */
function isSamePath(program: Program, one: ts.Expression, two: ts.Expression): boolean {
  if (ts.isIdentifier(one) && ts.isIdentifier(two)) {
    const symbol = program.symbolOf(one);
    return symbol !== undefined && symbol === program.symbolOf(two) && !isChanged(program, symbol);
  }
  if (!ts.isPropertyAccessExpression(one) || !ts.isPropertyAccessExpression(two) || one.name.text !== two.name.text) return false;
  return isSamePath(program, one.expression, two.expression) && !isPropertyChanged(program, one);
}

/** Is the variable assigned again, or is what it holds made longer or shorter by a method? */
function isChanged(program: Program, symbol: ts.Symbol): boolean {
  return program.references.to(symbol).some((identifier) => {
    const { parent } = identifier;
    if (ts.isBinaryExpression(parent) && parent.left === identifier && isAssignment(parent)) return true;
    return isResized(identifier);
  });
}

function isPropertyChanged(program: Program, access: ts.PropertyAccessExpression): boolean {
  const root = access.getSourceFile();
  return identifiersIn(root, access.name.text).some(({ parent }) => {
    if (!ts.isPropertyAccessExpression(parent) || program.symbolOf(parent.name) !== program.symbolOf(access.name)) return false;
    return (ts.isBinaryExpression(parent.parent) && parent.parent.left === parent && isAssignment(parent.parent)) || isResized(parent);
  });
}

const resizing: ReadonlySet<string> = new Set(['pop', 'push', 'shift', 'splice', 'unshift']);

function isResized(value: ts.Expression): boolean {
  const { parent } = value;
  return ts.isPropertyAccessExpression(parent) && parent.expression === value && resizing.has(parent.name.text);
}

function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isSame(program: Program, one: ts.Node, two: ts.Node): boolean {
  return one === two || keyOf(program, one) === keyOf(program, two);
}

/** The code, with names told apart by what they stand for. */
function keyOf(program: Program, node: ts.Node): string {
  const parts: string[] = [];
  const visit = (one: ts.Node): void => {
    const children = one.getChildren();
    if (children.length === 0 && one.getText() !== ';' && one.getText() !== '{' && one.getText() !== '}') {
      const symbol = ts.isIdentifier(one) ? program.symbolOf(one) : undefined;
      parts.push(`${one.getText()}${symbol?.valueDeclaration === undefined ? '' : `@${symbol.valueDeclaration.pos}`}`);
    }
    children.forEach(visit);
  };
  visit(node);
  return parts.join(' ');
}

function isVisibleOutside(program: Program, node: ts.Node, task: FunctionNode): boolean {
  const visit = (one: ts.Node): boolean => {
    if (one.kind === ts.SyntaxKind.ThisKeyword && !ts.isArrowFunction(task)) return false;
    const declaration = ts.isIdentifier(one) ? program.symbolOf(one)?.valueDeclaration : undefined;
    if (declaration !== undefined && isWithin(declaration, task) && !isWithin(declaration, node)) return false;
    return ts.forEachChild(one, (child) => (visit(child) ? undefined : true)) !== true;
  };
  return visit(node);
}

/** Nobody else counts, or looks at the counter once the work has begun. */
function isOnlyCounted(
  program: Program,
  counter: ts.Symbol,
  declaration: ts.VariableDeclaration,
  checks: readonly Check[],
  call: ts.CallExpression,
): boolean {
  return program.references.to(counter).every((identifier) => {
    if (identifier === declaration.name || isCheck(identifier, checks)) return true;
    if (identifier.end > call.pos || isWritten(identifier)) return false;
    return functionAround(identifier) === functionAround(call);
  });
}

function isRead(program: Program, counter: ts.Symbol, declaration: ts.VariableDeclaration, checks: readonly Check[]): boolean {
  return program.references.to(counter).some((identifier) => identifier !== declaration.name && !isCheck(identifier, checks));
}

function isCheck(identifier: ts.Identifier, checks: readonly Check[]): boolean {
  return checks.some(({ end, count }) => isWithin(identifier, end.expression) || (count !== undefined && isWithin(identifier, count)));
}

function isWritten({ parent }: ts.Identifier): boolean {
  if (ts.isBinaryExpression(parent)) return isAssignment(parent);
  return ts.isPostfixUnaryExpression(parent) || (ts.isPrefixUnaryExpression(parent) && parent.operator !== ts.SyntaxKind.ExclamationToken);
}

function functionAround(node: ts.Node): ts.Node {
  let current = node.parent;
  while (!isFunctionNode(current) && !ts.isSourceFile(current)) current = current.parent;
  return current;
}

/** `if (!pending) return …;` before the loop. */
function isGuarded(program: Program, call: ts.CallExpression, counter: ts.Symbol, list: ts.Expression): boolean {
  const statement = call.parent;
  if (!ts.isBlock(statement.parent)) return false;
  const { statements } = statement.parent;
  return statements.slice(0, statements.indexOf(statement as ts.Statement)).some((one) => {
    if (!ts.isIfStatement(one) || !statementsOf(one.thenStatement).some((inner) => ts.isReturnStatement(inner))) return false;
    const { expression } = one;
    const asked =
      ts.isPrefixUnaryExpression(expression) && expression.operator === ts.SyntaxKind.ExclamationToken
        ? expression.operand
        : ts.isBinaryExpression(expression) && ts.isNumericLiteral(expression.right) && isEmptiness(expression)
          ? expression.left
          : undefined;
    if (asked === undefined) return false;
    if (ts.isIdentifier(asked) && program.symbolOf(asked) === counter) return true;
    return isLengthOf(program, asked, list);
  });
}

/** `=== 0`, `< 1`. */
function isEmptiness({ operatorToken: { kind }, right }: ts.BinaryExpression): boolean {
  const { text } = right as ts.NumericLiteral;
  if (kind === ts.SyntaxKind.LessThanToken) return text === '1';
  return (kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.EqualsEqualsToken) && text === '0';
}
