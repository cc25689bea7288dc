/** The source of the values that the placeholders stand for, and whether it may move from the text to the call. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { withoutEscape } from './evidence.ts';
import type { Parameter } from './query.ts';
import { inTemplate } from './quotes.ts';
import { isWritten } from './assignments.ts';
import { unwrap } from './unwrap.ts';

/** One value: an expression of the source, or a text with expressions in it. */
export function valueSource(program: Program, { parts, bound, list }: Parameter): string {
  const { convert } = bound;
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string') {
    if (list !== undefined) return `${list === 'spread' ? '...' : ''}${only.getText()}${convert === '' ? '' : `.map(${convert})`}`;
    const inner = withoutParentheses(withoutEscape(program, only) ?? only);
    const source = inner.getText();
    if (convert === 'number-or-text') return `typeof ${source} === 'string' ? ${source} : Number(${source})`;
    return convert === '' ? source : `${convert}(${source})`;
  }
  const text = parts.map((part) => (typeof part === 'string' ? inTemplate(part) : `\${${withoutParentheses(part).getText()}}`));
  return `\`${text.join('')}\``;
}

function withoutParentheses(expression: ts.Expression): ts.Expression {
  let inner = expression;
  while (ts.isParenthesizedExpression(inner) && !isCommaExpression(inner.expression)) inner = inner.expression;
  return inner;
}

function isCommaExpression(expression: ts.Expression): boolean {
  return ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.CommaToken;
}

/** A variable or a member, which may be read twice. */
export function isRead(expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  if (ts.isPropertyAccessExpression(inner)) return isRead(inner.expression);
  if (ts.isElementAccessExpression(inner)) return isRead(inner.expression) && isRead(inner.argumentExpression);
  return ts.isIdentifier(inner) || inner.kind === ts.SyntaxKind.ThisKeyword || ts.isLiteralExpression(inner);
}

/** Functions that change nothing and read nothing but their arguments. */
const pureFunctions = new Set([
  'global.String',
  'global.Number',
  'global.parseInt',
  'global.parseFloat',
  'global.JSON.stringify',
  'global.encodeURIComponent',
]);
const pureMethods = new Set([
  'trim',
  'toLowerCase',
  'toUpperCase',
  'toString',
  'slice',
  'substring',
  'substr',
  'padStart',
  'padEnd',
  'toFixed',
  'toISOString',
]);

/** Does `expression` give the same at `call` as where it stands? */
export function mayMove(program: Program, expression: ts.Expression, call: ts.CallExpression): boolean {
  const from = expression.end;
  const to = call.getStart();
  const home = container(expression);
  const sameRun = container(call) === home && loopOf(call) === loopOf(expression);
  let free = true;
  const visit = (node: ts.Node): void => {
    if (!free) return;
    if (ts.isCallExpression(node)) free = isPure(program, node);
    else if (ts.isAwaitExpression(node) || ts.isYieldExpression(node) || ts.isNewExpression(node) || ts.isFunctionLike(node)) free = false;
    else if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      free = isMethodOfPureCall(node) || (sameRun && nothingRuns(home, from, to));
    } else if (ts.isIdentifier(node) && !isMemberName(node)) free = keepsValue(program, node, sameRun, from);
    else if (ts.isBinaryExpression(node))
      free = node.operatorToken.kind < ts.SyntaxKind.FirstAssignment || node.operatorToken.kind > ts.SyntaxKind.LastAssignment;
    else if (ts.isPrefixUnaryExpression(node))
      free = node.operator !== ts.SyntaxKind.PlusPlusToken && node.operator !== ts.SyntaxKind.MinusMinusToken;
    else if (ts.isPostfixUnaryExpression(node) || ts.isDeleteExpression(node)) free = false;
    if (free) ts.forEachChild(node, visit);
  };
  visit(expression);
  return free;
}

function isPure(program: Program, call: ts.CallExpression): boolean {
  if (ts.isPropertyAccessExpression(call.expression) && pureMethods.has(call.expression.name.text)) return true;
  return pureFunctions.has(program.originOf(call.expression)?.key ?? '');
}

function isMethodOfPureCall(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression === node;
}

function isMemberName(node: ts.Identifier): boolean {
  return (
    (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
    (ts.isPropertyAssignment(node.parent) && node.parent.name === node)
  );
}

/** A variable that is written nowhere, or only before the text is built. */
function keepsValue(program: Program, identifier: ts.Identifier, sameRun: boolean, from: number): boolean {
  const symbol = program.symbolOf(identifier);
  if (symbol === undefined) return true;
  const writes = program.references.to(symbol).filter((one) => isWritten(one));
  if (writes.length === 0) return true;
  return sameRun && writes.every((one) => one.end < from && container(one) === container(identifier)) && loopOf(identifier) === undefined;
}

function container(node: ts.Node): ts.Node {
  let current: ts.Node = node;
  while (!ts.isSourceFile(current) && !ts.isFunctionLike(current)) current = current.parent;
  return current;
}

function loopOf(node: ts.Node): ts.Node | undefined {
  for (let current: ts.Node = node; !ts.isSourceFile(current) && !ts.isFunctionLike(current); current = current.parent) {
    if (ts.isIterationStatement(current, false)) return current;
  }
  return undefined;
}

/** Between the two offsets nothing runs that could change an object: no call but of `console`, no assignment to a member, no await. */
function nothingRuns(home: ts.Node, from: number, to: number): boolean {
  let quiet = true;
  const visit = (node: ts.Node): void => {
    if (!quiet || node.end <= from || node.pos >= to) return;
    if (node.pos >= from && node.end <= to) {
      if (ts.isCallExpression(node) && !node.expression.getText().startsWith('console.')) quiet = false;
      if (ts.isAwaitExpression(node) || ts.isYieldExpression(node) || ts.isNewExpression(node) || ts.isDeleteExpression(node))
        quiet = false;
      if (ts.isBinaryExpression(node) && isAssignment(node) && !ts.isIdentifier(unwrap(node.left))) quiet = false;
    }
    ts.forEachChild(node, visit);
  };
  visit(home);
  return quiet;
}

function isAssignment(node: ts.BinaryExpression): boolean {
  return node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
}
