/**
 * `if (typeof options === 'function') { callback = options; options = {}; }`: what stands in front of the callback may be left out.
 * A function without the callback has a default for that parameter instead.
 */

import { ts } from 'ts-morph';
import { isFunctionNode, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { isUndefined } from './code.ts';
import { whenGiven } from './optional.ts';
import { statementsOf } from './specialize.ts';

export interface Shift {
  /** The one in front of the callback. */
  readonly parameter: ts.ParameterDeclaration;
  readonly statement: ts.IfStatement;
  /** What it is where it is left out, if not `undefined`. */
  readonly value: ts.Expression | undefined;
}

export function shiftOf(program: Program, fn: FunctionNode, callback: ts.ParameterDeclaration): Shift | undefined {
  const { body } = fn;
  const parameter = fn.parameters[fn.parameters.indexOf(callback) - 1];
  if (body === undefined || !ts.isBlock(body) || parameter === undefined || (fn.flags & ts.NodeFlags.JavaScriptFile) === 0)
    return undefined;
  if (!ts.isIdentifier(parameter.name) || !ts.isIdentifier(callback.name)) return undefined;
  if (parameter.initializer !== undefined || callback.initializer !== undefined) return undefined;
  const names = { first: parameter.name.text, callback: callback.name.text };
  const statement = body.statements.find((one) => Object.values(names).some((name) => identifiersIn(one, name).length > 0));
  const symbols = { first: program.symbolOf(parameter.name), callback: program.symbolOf(callback.name) };
  if (statement === undefined || symbols.first === undefined || symbols.callback === undefined) return undefined;
  if (!ts.isIfStatement(statement) || statement.elseStatement !== undefined) return undefined;
  if (!asksForShift(program, statement.expression, symbols.first, symbols.callback)) return undefined;
  const [moves, empties, ...others] = statementsOf(statement.thenStatement).flatMap(assignmentsIn);
  if (moves === undefined || empties === undefined || others.length > 0) return undefined;
  if (!isNamed(program, moves.left, symbols.callback) || !isNamed(program, moves.right, symbols.first)) return undefined;
  if (!isNamed(program, empties.left, symbols.first)) return undefined;
  if (isUndefined(empties.right)) return { parameter, statement, value: undefined };
  // Parameters with defaults and the directive do not go together.
  const isStrictItself = body.statements.some((one) => ts.isExpressionStatement(one) && ts.isStringLiteral(one.expression));
  const before = body.statements.slice(0, body.statements.indexOf(statement));
  const isKnown = isPlain(empties.right) || (isOfModule(program, empties.right) && before.every(isBareDeclaration));
  return isStrictItself || !isKnown ? undefined : { parameter, statement, value: empties.right };
}

/** Is the test true whenever the first is a function, or whenever there is no callback? */
function asksForShift(program: Program, test: ts.Expression, first: ts.Symbol, callback: ts.Symbol): boolean {
  const bare = unwrapped(test);
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) {
    return asksForShift(program, bare.left, first, callback) && asksForShift(program, bare.right, first, callback);
  }
  if (whenGiven(program, callback, bare) === false) return true;
  const isOfKind =
    ts.isCallExpression(bare) ||
    (ts.isBinaryExpression(bare) &&
      (bare.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword || [bare.left, bare.right].some(ts.isTypeOfExpression)));
  return isOfKind && whenGiven(program, first, bare) === true;
}

interface Assignment {
  readonly left: ts.Expression;
  readonly right: ts.Expression;
}

/** `callback = options, options = {};`: nothing where the statement is something else too. */
function assignmentsIn(statement: ts.Statement): (Assignment | undefined)[] {
  const parts = (node: ts.Expression): (Assignment | undefined)[] => {
    if (!ts.isBinaryExpression(node)) return [undefined];
    const { left, right, operatorToken } = node;
    if (operatorToken.kind === ts.SyntaxKind.CommaToken) return [...parts(left), ...parts(right)];
    return [operatorToken.kind === ts.SyntaxKind.EqualsToken ? { left, right } : undefined];
  };
  return ts.isExpressionStatement(statement) ? parts(statement.expression) : [undefined];
}

function isNamed(program: Program, node: ts.Expression, symbol: ts.Symbol): boolean {
  return ts.isIdentifier(node) && program.symbolOf(node) === symbol;
}

/** A name of the module: `options = defaults`. */
function isOfModule(program: Program, value: ts.Expression): boolean {
  const declaration = ts.isIdentifier(value) ? program.symbolOf(value)?.valueDeclaration : undefined;
  return declaration !== undefined && ts.isVariableDeclaration(declaration) && ts.isSourceFile(declaration.parent.parent.parent);
}

/** `var error, file;` */
function isBareDeclaration(statement: ts.Statement): boolean {
  return ts.isVariableStatement(statement) && statement.declarationList.declarations.every(({ initializer }) => initializer === undefined);
}

/** The same wherever and whenever it is asked for. */
function isPlain(value: ts.Expression): boolean {
  const bare = unwrapped(value);
  if (ts.isObjectLiteralExpression(bare)) {
    return bare.properties.every((one) => ts.isPropertyAssignment(one) && !ts.isComputedPropertyName(one.name) && isPlain(one.initializer));
  }
  if (ts.isArrayLiteralExpression(bare)) return bare.elements.every(isPlain);
  return ts.isLiteralExpression(bare) || constants.has(bare.kind);
}

const constants: ReadonlySet<ts.SyntaxKind> = new Set([ts.SyntaxKind.NullKeyword, ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword]);

/** Certainly a function, certainly none, or either. */
export function functionHood(program: Program, argument: ts.Expression): 'function' | 'none' | 'either' {
  const bare = unwrapped(argument);
  if (ts.isFunctionExpression(bare) || ts.isArrowFunction(bare)) return 'function';
  if (ts.isObjectLiteralExpression(bare) || ts.isArrayLiteralExpression(bare) || ts.isLiteralExpression(bare)) return 'none';
  if (constants.has(bare.kind) || isUndefined(bare)) return 'none';
  const type = program.checker.getTypeAtLocation(bare);
  if (type.getCallSignatures().length > 0) return 'function';
  if ((type.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike)) !== 0) return 'none';
  return isCalledParameter(program, bare) ? 'function' : 'either';
}

/** A parameter that its function calls. */
function isCalledParameter(program: Program, name: ts.Expression): boolean {
  const symbol = ts.isIdentifier(name) ? program.symbolOf(name) : undefined;
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isParameter(declaration)) return false;
  const owner = declaration.parent;
  return identifiersIn(owner, symbol.name).some(
    (use) => ts.isCallExpression(use.parent) && use.parent.expression === use && program.symbolOf(use) === symbol,
  );
}

/** May the argument be `undefined`, where the parameter has a default and had none? */
export function mayBeUndefined(program: Program, argument: ts.Expression): boolean {
  const bare = unwrapped(argument);
  if (functionHood(program, bare) === 'none') return isUndefined(bare);
  if (ts.isNewExpression(bare) || ts.isTemplateExpression(bare)) return false;
  const symbol = ts.isIdentifier(bare) ? program.symbolOf(bare) : undefined;
  const declaration = symbol?.valueDeclaration;
  // Handed on as it came: what it is was decided by the same test.
  if (declaration !== undefined && ts.isParameter(declaration)) {
    const owner = declaration.parent;
    const last = owner.parameters.at(-1);
    return !isFunctionNode(owner) || last === undefined || shiftOf(program, owner, last)?.parameter !== declaration;
  }
  const value = symbol && program.definitionOf(symbol);
  return value === undefined || !(ts.isObjectLiteralExpression(value) || ts.isNewExpression(value));
}
