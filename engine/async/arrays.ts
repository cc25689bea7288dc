/** Which values are proven to be arrays, in programs that have no types: by what makes them, wherever that is. */

import { ts } from 'ts-morph';
import { arrayResults } from '../../catalog/array-results.ts';
import { originPattern } from '../../catalog/origin-pattern.ts';
import type { Program } from '../program/program.ts';
import { ancestors } from './ancestors.ts';
import type { CallGraph } from './call-graph.ts';
import { isFunctionNode, unwrapped } from './functions.ts';
import { returnedBy } from './promise-returning.ts';

const arrayPattern = originPattern(arrayResults);

/** How far a value is followed from name to name. */
const maximumDepth = 6;

/** `array` for an array, `any` where nobody knows, `other` for what is known to be something else. */
export type ArrayProof = 'array' | 'any' | 'other';

export class Arrays {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #active = new Set<ts.Node>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  proofOf(expression: ts.Expression): ArrayProof {
    const { checker } = this.#program;
    const type = checker.getNonNullableType(checker.getTypeAtLocation(expression));
    const every = type.isUnion() ? type.types : [type];
    if (every.every((one) => checker.isArrayType(one) || checker.isTupleType(one))) return 'array';
    if (this.#isArray(expression, 0) || isGuarded(expression)) return 'array';
    return (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0 ? 'any' : 'other';
  }

  #isArray(expression: ts.Expression, depth: number): boolean {
    const bare = unwrapped(expression);
    if (depth > maximumDepth || this.#active.has(bare)) return false;
    this.#active.add(bare);
    const is = this.#compute(bare, depth);
    this.#active.delete(bare);
    return is;
  }

  #compute(bare: ts.Expression, depth: number): boolean {
    const { checker } = this.#program;
    const type = checker.getTypeAtLocation(bare);
    if (checker.isArrayType(type) || checker.isTupleType(type)) return true;
    if ((type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) === 0) return false;
    const key = this.#program.originOf(bare)?.key;
    if (key !== undefined && arrayPattern.test(key)) return true;
    if (ts.isAwaitExpression(bare)) return this.#isArray(bare.expression, depth + 1);
    if (ts.isConditionalExpression(bare)) return this.#isArray(bare.whenTrue, depth + 1) && this.#isArray(bare.whenFalse, depth + 1);
    if (ts.isBinaryExpression(bare)) return this.#isOperator(bare, depth);
    if (ts.isCallExpression(bare)) return this.#isResult(bare, depth);
    return ts.isIdentifier(bare) && this.#isVariable(bare, depth);
  }

  #isOperator(bare: ts.BinaryExpression, depth: number): boolean {
    switch (bare.operatorToken.kind) {
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return this.#isArray(bare.left, depth + 1) && this.#isArray(bare.right, depth + 1);
      case ts.SyntaxKind.EqualsToken:
      case ts.SyntaxKind.CommaToken:
        return this.#isArray(bare.right, depth + 1);
      default:
        return false;
    }
  }

  #isResult(call: ts.CallExpression, depth: number): boolean {
    const callee = unwrapped(call.expression);
    if (ts.isPropertyAccessExpression(callee) && givesArray.has(callee.name.text) && this.#isArray(callee.expression, depth + 1))
      return true;
    if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'split' && isSplitting(call)) return true;
    const fn = this.#graph.calleeOf(call);
    if (fn?.body === undefined || ('asteriskToken' in fn && fn.asteriskToken !== undefined)) return false;
    const returned = returnedBy(fn);
    return returned.length > 0 && returned.every((expression) => this.#isArray(expression, depth + 1));
  }

  #isVariable(name: ts.Identifier, depth: number): boolean {
    const symbol = this.#program.symbolOf(name);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || !this.#program.owns(declaration)) return false;
    const values: ts.Expression[] = [];
    for (const identifier of this.#program.references.to(symbol)) {
      const { parent } = identifier;
      if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) {
        if (parent.initializer === identifier) return false;
      } else if (ts.isBinaryExpression(parent) && parent.left === identifier) {
        const { kind } = parent.operatorToken;
        if (kind === ts.SyntaxKind.EqualsToken) values.push(parent.right);
        else if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return false;
      }
    }
    if (ts.isVariableDeclaration(declaration)) {
      if (ts.isForInStatement(declaration.parent.parent) || ts.isForOfStatement(declaration.parent.parent)) return false;
      if (declaration.initializer !== undefined) values.push(declaration.initializer);
      return values.length > 0 && values.every((value) => this.#isArray(value, depth + 1));
    }
    if (!ts.isParameter(declaration) || declaration.name !== symbol.valueDeclaration?.getChildAt(0)) return false;
    return this.#isParameter(declaration, depth) && values.every((value) => this.#isArray(value, depth + 1));
  }

  /** Every call that there is gives an array. */
  #isParameter(parameter: ts.ParameterDeclaration, depth: number): boolean {
    if (parameter.dotDotDotToken !== undefined) return true;
    const fn = parameter.parent;
    if (!isFunctionNode(fn) || parameter.initializer !== undefined) return false;
    const index = fn.parameters.indexOf(parameter);
    const uses = this.#graph.usesOf(fn).filter(({ kind }) => kind !== 'binding');
    return (
      uses.length > 0 &&
      uses.every((use) => {
        if (use.kind !== 'call' || use.call.arguments.slice(0, index + 1).some(ts.isSpreadElement)) return false;
        const argument = use.call.arguments[index];
        return argument !== undefined && this.#isArray(argument, depth + 1);
      })
    );
  }
}

/** Methods of arrays that give arrays. */
const givesArray = new Set(['concat', 'filter', 'flat', 'flatMap', 'map', 'reverse', 'slice', 'sort', 'splice']);

/** `text.split(',')`, of a text that nobody has typed. */
function isSplitting(call: ts.CallExpression): boolean {
  const [separator] = call.arguments;
  return separator !== undefined && (ts.isStringLiteralLike(separator) || ts.isRegularExpressionLiteral(separator));
}

/** `if (Array.isArray(names)) names.forEach(…)`, with nothing between that could change what `names` is. */
function isGuarded(expression: ts.Expression): boolean {
  const text = unwrapped(expression).getText();
  for (const { parent, child } of ancestors(expression)) {
    if (ts.isFunctionLike(parent)) return false;
    if (ts.isBlock(parent) && isMadeArray(parent.statements, child, text)) return true;
    const guards =
      (ts.isIfStatement(parent) && parent.thenStatement === child && asks(parent.expression, text)) ||
      (ts.isConditionalExpression(parent) && parent.whenTrue === child && asks(parent.condition, text));
    if (guards) return true;
  }
  return false;
}

/** `if (!Array.isArray(names)) names = [names];`, and nothing behind it in the block that gives `names` another value. */
function isMadeArray(statements: readonly ts.Statement[], until: ts.Node, text: string): boolean {
  for (let index = statements.findIndex((one) => one === until) - 1; index >= 0; index -= 1) {
    const statement = statements[index];
    if (statement === undefined) return false;
    if (ts.isIfStatement(statement) && statement.elseStatement === undefined && asksOtherwise(statement.expression, text)) {
      return listedBy(statement.thenStatement) === text;
    }
    if (mayAssign(statement, text)) return false;
  }
  return false;
}

/** `!Array.isArray(names)` */
function asksOtherwise(test: ts.Expression, text: string): boolean {
  const bare = unwrapped(test);
  if (!ts.isPrefixUnaryExpression(bare) || bare.operator !== ts.SyntaxKind.ExclamationToken) return false;
  return ts.isCallExpression(unwrapped(bare.operand)) && asks(bare.operand, text);
}

/** What is set to a list by the only statement: `names = [names];` */
function listedBy(statement: ts.Statement): string | undefined {
  const only = ts.isBlock(statement) ? (statement.statements.length === 1 ? statement.statements[0] : undefined) : statement;
  if (only === undefined || !ts.isExpressionStatement(only) || !ts.isBinaryExpression(only.expression)) return undefined;
  const { left, right, operatorToken } = only.expression;
  const isList = operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isArrayLiteralExpression(unwrapped(right));
  return isList ? left.getText() : undefined;
}

/** Somewhere in it, functions within included, a name or member that is spelled so is set. */
function mayAssign(node: ts.Node, text: string): boolean {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const isSet = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    if (isSet && (node.left.getText() === text || ts.isObjectLiteralExpression(node.left) || ts.isArrayLiteralExpression(node.left)))
      return true;
  }
  if ((ts.isForInStatement(node) || ts.isForOfStatement(node)) && node.initializer.getText() === text) return true;
  return ts.forEachChild(node, (child) => mayAssign(child, text)) === true;
}

function asks(test: ts.Expression, text: string): boolean {
  const bare = unwrapped(test);
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) {
    return asks(bare.left, text) || asks(bare.right, text);
  }
  if (!ts.isCallExpression(bare) || bare.arguments.length !== 1) return false;
  return /^(Array|util|_|lodash)\.isArray$/.test(bare.expression.getText()) && bare.arguments[0]?.getText() === text;
}
