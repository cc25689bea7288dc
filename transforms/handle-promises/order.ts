/**
 * Does it matter when the code behind a statement runs? It ran before the promise settled; behind an `await` it runs after.
 * It does not matter where nothing is left to run, or where what is left touches nothing that others can see or change.
 */

import { ts } from 'ts-morph';
import { isFunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';

/** @returns the first piece of code that would notice the wait, undefined when none would */
export function firstThatWouldWait(program: Program, site: ts.Node): ts.Node | undefined {
  const scope = new LocalScope(program, site);
  for (let node: ts.Node = site; !isFunctionNode(node.parent) && !ts.isSourceFile(node.parent); node = node.parent) {
    const found = after(node).find((one) => !isQuiet(one, scope));
    if (found !== undefined) return found;
  }
  const last = topStatement(site);
  if (last !== undefined && ts.isSourceFile(last.parent)) return after(last).find((one) => !isQuiet(one, scope));
  return undefined;
}

/** What runs in the parent of `node` after it. */
function after(node: ts.Node): readonly ts.Node[] {
  const { parent } = node;
  if (ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent)) {
    const statements: readonly ts.Node[] = parent.statements;
    const following = statements.slice(statements.indexOf(node) + 1);
    if (!ts.isCaseOrDefaultClause(parent) || following.some(ts.isBreakStatement)) return following;
    const { clauses } = parent.parent;
    return [...following, ...clauses.slice(clauses.indexOf(parent) + 1)];
  }
  // The next turn of a loop runs everything in it again, the statement itself included.
  if (ts.isIterationStatement(parent, false)) return isForHead(parent, node) ? [parent.statement] : [parent];
  if (ts.isTryStatement(parent)) return parent.tryBlock === node && parent.finallyBlock !== undefined ? [parent.finallyBlock] : [];
  if (ts.isCatchClause(parent)) return parent.parent.finallyBlock === undefined ? [] : [parent.parent.finallyBlock];
  return [];
}

function isForHead(loop: ts.IterationStatement, node: ts.Node): boolean {
  return loop.statement !== node;
}

function topStatement(site: ts.Node): ts.Node | undefined {
  let node = site;
  while (!ts.isSourceFile(node.parent)) {
    if (isFunctionNode(node.parent)) return undefined;
    node = node.parent;
  }
  return node;
}

/** Variables that only the function itself can see and change. */
class LocalScope {
  readonly #program: Program;
  readonly #site: ts.Node;
  readonly #inSite: ReadonlySet<ts.Symbol>;

  constructor(program: Program, site: ts.Node) {
    this.#program = program;
    this.#site = site;
    const symbols = new Set<ts.Symbol>();
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) {
        const symbol = program.symbolOf(node);
        if (symbol !== undefined) symbols.add(symbol);
      }
      ts.forEachChild(node, visit);
    };
    visit(site);
    this.#inSite = symbols;
  }

  /** Has the variable the same value whenever it is read? */
  isSteady(name: ts.Identifier): boolean {
    if (name.text === 'undefined') return true;
    const symbol = this.#program.symbolOf(name);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined) return false;
    if (ts.isFunctionDeclaration(declaration) || ts.isClassDeclaration(declaration)) return true;
    if ((ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0) return true;
    return this.#isOwn(declaration) && !this.#isChangedElsewhere(symbol);
  }

  /** Made by this function, and not handed to what is awaited. */
  isPrivate(name: ts.Identifier): boolean {
    const symbol = this.#program.symbolOf(name);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || this.#inSite.has(symbol) || ts.isParameter(declaration)) return false;
    return this.#isOwn(declaration) && this.isSteady(name);
  }

  originKey(expression: ts.Expression): string | undefined {
    return this.#program.originOf(expression)?.key;
  }

  isArrayOrString(expression: ts.Expression): boolean {
    const { checker } = this.#program;
    const type = checker.getTypeAtLocation(expression);
    return checker.isArrayLikeType(type) || (type.flags & ts.TypeFlags.StringLike) !== 0;
  }

  #isOwn(declaration: ts.Node): boolean {
    return enclosingFunction(declaration) === enclosingFunction(this.#site);
  }

  #isChangedElsewhere(symbol: ts.Symbol): boolean {
    return this.#program.references.to(symbol).some((identifier) => {
      if (enclosingFunction(identifier) === enclosingFunction(this.#site)) return false;
      const { parent } = identifier;
      return (
        (ts.isBinaryExpression(parent) && parent.left === identifier) ||
        ts.isPrefixUnaryExpression(parent) ||
        ts.isPostfixUnaryExpression(parent)
      );
    });
  }
}

function enclosingFunction(node: ts.Node): ts.Node {
  let current = node.parent;
  while (!isFunctionNode(current) && !ts.isSourceFile(current)) current = current.parent;
  return current;
}

const quietGlobals =
  /^global\.(?:Number|String|Boolean|parseInt|parseFloat|Math\.\w+|Object\.(?:keys|values|entries)|JSON\.stringify|Array\.isArray)$|^path\.\w+$/;
const quietMethods = new Set([
  'map',
  'filter',
  'slice',
  'concat',
  'join',
  'includes',
  'indexOf',
  'find',
  'some',
  'every',
  'trim',
  'toString',
]);

/** Touches nothing that another task could see or change. */
function isQuiet(node: ts.Node, scope: LocalScope): boolean {
  const every = (): boolean => ts.forEachChild(node, (child) => (isQuiet(child, scope) ? undefined : true)) === undefined;
  switch (node.kind) {
    case ts.SyntaxKind.FunctionDeclaration:
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.EmptyStatement:
    case ts.SyntaxKind.BreakStatement:
    case ts.SyntaxKind.ContinueStatement:
      return true;
    case ts.SyntaxKind.ReturnStatement:
    case ts.SyntaxKind.VariableStatement:
    case ts.SyntaxKind.VariableDeclarationList:
    case ts.SyntaxKind.Block:
    case ts.SyntaxKind.IfStatement:
    case ts.SyntaxKind.ParenthesizedExpression:
    case ts.SyntaxKind.ConditionalExpression:
    case ts.SyntaxKind.TemplateExpression:
    case ts.SyntaxKind.TemplateSpan:
    case ts.SyntaxKind.ArrayLiteralExpression:
    case ts.SyntaxKind.ObjectLiteralExpression:
    case ts.SyntaxKind.AsExpression:
    case ts.SyntaxKind.TypeOfExpression:
      return every();
    case ts.SyntaxKind.CaseClause:
    case ts.SyntaxKind.DefaultClause:
      return every();
    default:
      return isQuietExpression(node, scope, every);
  }
}

function isQuietExpression(node: ts.Node, scope: LocalScope, every: () => boolean): boolean {
  if (ts.isTypeNode(node) || (ts.isToken(node) && !ts.isIdentifier(node))) return true;
  if (ts.isVariableDeclaration(node))
    return ts.isIdentifier(node.name) && (node.initializer === undefined || isQuiet(node.initializer, scope));
  if (ts.isPropertyAssignment(node)) return ts.isIdentifier(node.name) && isQuiet(node.initializer, scope);
  if (ts.isShorthandPropertyAssignment(node)) return scope.isSteady(node.name);
  if (ts.isLiteralExpression(node)) return true;
  if (ts.isIdentifier(node)) return scope.isSteady(node);
  if (ts.isBinaryExpression(node)) return !isAssignment(node.operatorToken.kind) && every();
  if (ts.isPrefixUnaryExpression(node)) return !changes(node.operator) && every();
  if (ts.isPropertyAccessExpression(node)) return isPrivateMember(node, scope);
  if (ts.isCallExpression(node)) return isQuietCall(node, scope);
  return false;
}

/** A member of an object that nobody else has. */
function isPrivateMember(node: ts.PropertyAccessExpression, scope: LocalScope): boolean {
  let base: ts.Expression = node;
  while (ts.isPropertyAccessExpression(base)) base = base.expression;
  return ts.isIdentifier(base) && scope.isPrivate(base);
}

function isQuietCall(call: ts.CallExpression, scope: LocalScope): boolean {
  const key = scope.originKey(call.expression);
  const isKnown = key !== undefined && quietGlobals.test(key);
  if (isKnown) return call.arguments.every((one) => isQuiet(one, scope));
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee) || !quietMethods.has(callee.name.text)) return false;
  if (!scope.isArrayOrString(callee.expression)) return false;
  return isQuietBase(callee.expression, scope) && call.arguments.every((one) => isQuietArgument(one, scope));
}

function isQuietBase(base: ts.Expression, scope: LocalScope): boolean {
  return ts.isIdentifier(base) ? scope.isPrivate(base) : isQuiet(base, scope);
}

/** A callback is run at once: its body counts. */
function isQuietArgument(argument: ts.Expression, scope: LocalScope): boolean {
  if (!ts.isArrowFunction(argument) || ts.isBlock(argument.body)) return !ts.isFunctionExpression(argument) && isQuiet(argument, scope);
  const parameters = argument.parameters.map((parameter) => parameter.name.getText());
  let quiet = true;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isAwaitExpression(node) || ts.isNewExpression(node)) quiet = false;
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) quiet = false;
    if (ts.isIdentifier(node) && !parameters.includes(node.text) && !isMemberName(node) && !scope.isSteady(node)) quiet = false;
    ts.forEachChild(node, visit);
  };
  visit(argument.body);
  return quiet;
}

function isMemberName(node: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function changes(operator: ts.SyntaxKind): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}
