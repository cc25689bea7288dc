/**
 * Parameters that are given a request by way of something else: `asyncHandler(async (req, res) => …)` where the program's own
 * function hands on what its result is called with, a controller that several routes name, the strategies of Passport.
 */

import { ts } from 'ts-morph';
import { handlerWrappers, requestParts, strategies } from '../../catalog/nosql.ts';
import { originPattern } from '../../catalog/origin-pattern.ts';
import type { Program } from '../../engine/program/program.ts';
import { unwrapped } from './unwrapped.ts';

const requests = originPattern(requestParts.flatMap(({ request }) => request));
const wrappers = originPattern(handlerWrappers);
const checks = originPattern(strategies);

/** Is the expression a request, or what a strategy takes out of one? */
export type Given = 'request' | 'part';

export function givenTo(program: Program, parameter: ts.ParameterDeclaration): Given | undefined {
  const owner = parameter.parent;
  const index = owner.parameters.indexOf(parameter);
  if (parameter.dotDotDotToken !== undefined || !isFunction(owner)) return undefined;
  return handedOut(program, owner, index, owner.parameters.length, new Set());
}

/** What the function that `value` is gets as its parameter `index`, where somebody gives it a request. */
function handedOut(program: Program, value: ts.Node, index: number, count: number, seen: Set<ts.Node>): Given | undefined {
  if (seen.has(value)) return undefined;
  seen.add(value);
  const { parent } = value;
  if (ts.isParenthesizedExpression(parent) || ts.isArrayLiteralExpression(parent)) return handedOut(program, parent, index, count, seen);
  if (ts.isNewExpression(parent)) return parent.expression === value ? undefined : byStrategy(program, parent, index, count);
  if (ts.isCallExpression(parent) && parent.expression !== value) return byCall(program, parent, value, index, count, seen);
  for (const name of namesOf(value)) {
    const symbol = program.symbolOf(name);
    for (const use of symbol === undefined ? [] : program.references.to(symbol)) {
      if (use === name) continue;
      const member = ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : use;
      const given = handedOut(program, member, index, count, seen);
      if (given !== undefined) return given;
    }
  }
  return undefined;
}

function byCall(
  program: Program,
  call: ts.CallExpression,
  value: ts.Node,
  index: number,
  count: number,
  seen: Set<ts.Node>,
): Given | undefined {
  const origin = program.originOf(call.expression)?.key;
  if (origin !== undefined && requests.test(`${origin}(cb${index})`)) return 'request';
  if (origin !== undefined && wrappers.test(origin)) return handedOut(program, call, index, count, seen);
  const position = call.arguments.findIndex((argument) => argument === value);
  const handed = position === -1 ? undefined : handedOnBy(program, call, position, index);
  return handed === undefined ? undefined : handedOut(program, call, handed, count, seen);
}

/** `new LocalStrategy((username, password, done) => …)`: all but the last are a request, or parts of its body. */
function byStrategy(program: Program, made: ts.NewExpression, index: number, count: number): Given | undefined {
  if (!checks.test(program.originOf(made.expression)?.key ?? '') || index >= count - 1) return undefined;
  return index === 0 && count > 3 ? 'request' : 'part';
}

/** Of the function that the call makes of its argument: which of its parameters is the argument's parameter `index`. */
function handedOnBy(program: Program, call: ts.CallExpression, position: number, index: number): number | undefined {
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const symbol = program.symbolOf(callee);
  const maker = symbol && functionNamed(program, symbol);
  const taken = maker?.parameters[position];
  const name = taken && program.symbolOf(taken.name);
  if (maker === undefined || name === undefined) return undefined;
  for (const use of program.references.to(name)) {
    if (!ts.isCallExpression(use.parent) || use.parent.expression !== use) continue;
    const made: ts.Node | undefined = ts.findAncestor(
      use.parent,
      (node) => node !== maker && isFunction(node) && isReturnedBy(node, maker),
    );
    const argument = use.parent.arguments.find((one, at) => at === index || ts.isSpreadElement(one));
    if (made === undefined || argument === undefined || !isFunction(made)) continue;
    const rest = ts.isSpreadElement(argument);
    const given = program.symbolOf(rest ? argument.expression : argument)?.valueDeclaration;
    const at = made.parameters.findIndex((parameter) => parameter === given);
    if (at !== -1 && rest === (made.parameters[at]?.dotDotDotToken !== undefined)) return rest ? index : at;
  }
  return undefined;
}

type Function = ts.ArrowFunction | ts.FunctionExpression | ts.FunctionDeclaration | ts.MethodDeclaration;

function isFunction(node: ts.Node): node is Function {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node);
}

function isReturnedBy(made: ts.Node, maker: Function): boolean {
  const { parent } = made;
  if (maker.body === made) return true;
  return ts.isReturnStatement(parent) && ts.findAncestor(parent, isFunction) === maker;
}

function functionNamed(program: Program, symbol: ts.Symbol): Function | undefined {
  const { valueDeclaration: declaration } = symbol;
  if (declaration !== undefined && (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration))) return declaration;
  const value = program.definitionOf(symbol);
  const inner = value && unwrapped(value);
  return inner !== undefined && (ts.isArrowFunction(inner) || ts.isFunctionExpression(inner)) ? inner : undefined;
}

/** The names under which others know the value. */
function namesOf(value: ts.Node): readonly ts.Node[] {
  const { parent } = value;
  if ((ts.isFunctionDeclaration(value) || ts.isMethodDeclaration(value)) && value.name !== undefined) return [value.name];
  if ((ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) && parent.initializer === value) return [parent.name];
  if (!ts.isBinaryExpression(parent) || parent.right !== value || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return [];
  // `exports.login = module.exports.enter = …`
  return [ts.isPropertyAccessExpression(parent.left) ? parent.left.name : parent.left, ...namesOf(parent)];
}
