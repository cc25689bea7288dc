/** `const texts = xs.map(callback)`: the array may be filled by a loop when nobody can see it while it fills. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { commentsIn } from '../source/layout.ts';
import { identifiersIn } from '../source/names.ts';
import { ancestors, isWithin } from './ancestors.ts';
import { isFunctionNode, unwrapped } from './functions.ts';
import { whatReturns } from './promise-returning.ts';
import { isPromiseLike } from './roles.ts';

/** The statement that declares the array, in its parts. */
export interface Collected {
  readonly statement: ts.VariableStatement;
  readonly name: string;
  /** `const texts: string[] = [];` without the end of the statement. */
  readonly head: string;
  /** What the callback gives for each element. */
  readonly value: ts.Expression;
  /** The statement that returns it, at the end of a block. */
  readonly returned: ts.ReturnStatement | undefined;
}

/** @returns the parts, or a clause that says why a loop would not do the same */
export function collected(program: Program, call: ts.CallExpression, fn: ts.ArrowFunction | ts.FunctionExpression): Collected | string {
  const declaration = call.parent;
  const only = 'the result of `map` is not all that a statement declares';
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer !== call || !ts.isIdentifier(declaration.name)) return only;
  const list = declaration.parent;
  if (!ts.isVariableDeclarationList(list) || list.declarations.length !== 1 || !ts.isVariableStatement(list.parent)) return only;
  const statement = list.parent;
  if (statement.modifiers !== undefined || (!ts.isBlock(statement.parent) && !ts.isCaseOrDefaultClause(statement.parent))) return only;
  const name = declaration.name.text;
  const seen = seenWhileFilled(program, declaration.name, statement);
  if (seen !== undefined) return seen;
  const file = statement.getSourceFile();
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression)) return only;
  const head = { start: statement.getStart(), end: (declaration.type ?? declaration.name).end };
  if (commentsIn(file, { start: head.start, end: expression.expression.getStart() }).length > 0) return 'a comment stands before the array';
  if (isMadeWithHoles(program, expression.expression)) return 'the array may have holes';
  const end = lastValue(fn.body);
  if (typeof end === 'string') return end;
  if (mayBePromise(program, end.value)) return 'the callback may return a promise, whose rejection would be seen too late';
  return { statement, name, head: `${file.text.slice(head.start, head.end)} = []`, ...end };
}

/** `new Array(3)`: a loop visits what `map` passes over. */
function isMadeWithHoles(program: Program, array: ts.Expression): boolean {
  let value: ts.Expression | undefined = unwrapped(array);
  if (ts.isIdentifier(value)) {
    const symbol = program.symbolOf(value);
    value = symbol && program.definitionOf(symbol);
    if (value === undefined) return false;
    value = unwrapped(value);
  }
  return (ts.isNewExpression(value) || ts.isCallExpression(value)) && program.originOf(value.expression)?.key === 'global.Array';
}

/** Before the array was full it had no name. */
function seenWhileFilled(program: Program, name: ts.Identifier, statement: ts.VariableStatement): string | undefined {
  const symbol = program.checker.getSymbolAtLocation(name);
  const isBlockScoped = (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0;
  const others = identifiersIn(statement.getSourceFile(), name.text).filter(
    (identifier) => identifier !== name && program.checker.getSymbolAtLocation(identifier) === symbol,
  );
  const early = others.some((identifier) => {
    if (identifier.pos < statement.end || !isWithin(identifier, statement.parent)) return true;
    const within = enclosing(identifier);
    if (within === enclosing(statement)) return false;
    // A declared function may be called before; with `var`, one of the last round of a loop sees this round's array.
    return !isBlockScoped || within === undefined || ts.isFunctionDeclaration(within);
  });
  if (early) return `\`${name.text}\` is used where it could be seen before it is full`;
  // TypeScript tells the type of an empty array from what is pushed, but not in functions within.
  const needsType = /\.[cm]?tsx?$/.test(statement.getSourceFile().fileName) && !hasType(name);
  return needsType && others.some((identifier) => enclosing(identifier) !== enclosing(statement))
    ? `\`${name.text}\` would need a type where it is declared`
    : undefined;
}

function hasType(name: ts.Identifier): boolean {
  return ts.isVariableDeclaration(name.parent) && name.parent.type !== undefined;
}

function enclosing(node: ts.Node): ts.Node | undefined {
  for (const { parent } of ancestors(node)) if (ts.isFunctionLike(parent)) return parent;
  return undefined;
}

function lastValue(body: ts.ConciseBody): Pick<Collected, 'value' | 'returned'> | string {
  if (!ts.isBlock(body)) return { value: withoutParentheses(body), returned: undefined };
  const returned = body.statements.at(-1);
  if (returned === undefined || !ts.isReturnStatement(returned) || returned.expression === undefined) {
    return 'the callback does not end with the value that it returns';
  }
  const { expression } = returned;
  const file = body.getSourceFile();
  const between = file.text.slice(returned.getStart() + 'return'.length, expression.getStart());
  return between.trim() === '' ? { value: expression, returned } : 'a comment stands before the value that the callback returns';
}

/** An arrow function needs them around an object, an argument does not. */
function withoutParentheses(body: ts.Expression): ts.Expression {
  if (!ts.isParenthesizedExpression(body) || !ts.isObjectLiteralExpression(body.expression)) return body;
  const { expression } = body;
  const text = body.getText();
  const around = text.slice(1, expression.getStart() - body.getStart()) + text.slice(expression.end - body.getStart(), -1);
  return around.trim() === '' ? expression : body;
}

/** What is called without being awaited, and of no known type, may be a promise; `Promise.all` took care of all at once. */
function mayBePromise(program: Program, value: ts.Expression): boolean {
  if (isPromiseLike(program, value)) return true;
  const bare = unwrapped(value);
  if (ts.isConditionalExpression(bare)) return mayBePromise(program, bare.whenTrue) || mayBePromise(program, bare.whenFalse);
  if (ts.isBinaryExpression(bare)) return mayBePromise(program, bare.left) || mayBePromise(program, bare.right);
  const isUnknown = (program.checker.getTypeAtLocation(bare).flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
  if (!isUnknown || !ts.isCallExpression(bare)) return false;
  if (program.originOf(bare.expression)?.key === 'global.JSON.parse') return false;
  const declaration = program.checker.getResolvedSignature(bare)?.declaration;
  if (declaration === undefined || !isFunctionNode(declaration) || declaration.body === undefined || !program.owns(declaration))
    return true;
  return whatReturns(program, declaration) !== 'value';
}
