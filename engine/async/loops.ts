/** `xs.forEach(callback)`, and `const ys = xs.map(callback)`, as a `for…of` loop, whose body may wait. */

import { ts } from 'ts-morph';
import type { Edit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { sourceHabits } from '../source/habits.ts';
import { indentationAt } from '../source/indentation.ts';
import { commentsIn } from '../source/layout.ts';
import { boundNames, identifiersIn } from '../source/names.ts';
import { ancestors } from './ancestors.ts';
import { collected, type Collected } from './collected.ts';
import type { FunctionNode } from './functions.ts';
import { usesArguments } from './roles.ts';

export type LoopPlan =
  | { readonly kind: 'edits'; readonly edits: readonly Edit[] }
  /** A clause that says why a loop would not do the same. */
  | { readonly kind: 'impossible'; readonly what: string };

export function loopPlan(program: Program, call: ts.CallExpression, fn: FunctionNode): LoopPlan {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee) || callee.questionDotToken !== undefined) return impossible('it is called through `?.`');
  const method = callee.name.text;
  if (method !== 'forEach' && method !== 'map') return impossible(`\`${method}\` needs what its callback returns at once`);
  if (call.arguments.length !== 1) return impossible(`\`${method}\` is given a \`this\``);
  if ((!ts.isArrowFunction(fn) && !ts.isFunctionExpression(fn)) || call.arguments[0] !== fn)
    return impossible('its callback is not written in place');
  const receiver = callee.expression;
  if (!isArray(program, receiver)) return impossible(`\`${receiver.getText()}\` cannot be proven to be an array`);
  const result = method === 'map' ? collected(program, call, fn) : undefined;
  if (typeof result === 'string') return impossible(result);
  const unfit = unfitCallback(fn, receiver, result);
  if (unfit !== undefined) return impossible(unfit);
  const statement = result?.statement ?? call.parent;
  if (!ts.isStatement(statement)) return impossible('`forEach` is used as a value');
  return { kind: 'edits', edits: edits(program, statement, receiver, fn, result) };
}

function impossible(what: string): LoopPlan {
  return { kind: 'impossible', what };
}

function isArray(program: Program, receiver: ts.Expression): boolean {
  const { checker } = program;
  const type = checker.getNonNullableType(checker.getTypeAtLocation(receiver));
  const every = type.isUnion() ? type.types : [type];
  return every.every((one) => checker.isArrayType(one) || checker.isTupleType(one));
}

function unfitCallback(
  fn: ts.ArrowFunction | ts.FunctionExpression,
  receiver: ts.Expression,
  result: Collected | undefined,
): string | undefined {
  if (fn.parameters.length === 0 || fn.parameters.length > 2) return 'the callback takes the array itself, or nothing';
  if (fn.parameters.some((parameter) => parameter.initializer !== undefined || parameter.dotDotDotToken !== undefined)) {
    return 'the callback has default or rest parameters';
  }
  if (ts.isFunctionExpression(fn) && (fn.name !== undefined || usesThis(fn.body) || usesArguments(fn.body))) {
    return 'the callback has a `this`, `arguments` or a name of its own';
  }
  const names = fn.parameters.flatMap((parameter) => boundNames(parameter.name).map((name) => name.text));
  if (names.some((name) => identifiersIn(receiver, name).length > 0)) return 'the array and the element have the same name';
  if (result !== undefined && (names.includes(result.name) || identifiersIn(fn, result.name).length > 0)) {
    return `the callback has a \`${result.name}\` of its own`;
  }
  if (ts.isBlock(fn.body) && fn.body.statements.some((statement) => redeclares(statement, names))) {
    return 'the callback declares its parameter anew';
  }
  return unfitBody(fn, receiver, result);
}

function unfitBody(
  fn: ts.ArrowFunction | ts.FunctionExpression,
  receiver: ts.Expression,
  result: Collected | undefined,
): string | undefined {
  let problem: string | undefined;
  const list = receiver.getText();
  const visit = (node: ts.Node, inLoop: boolean): void => {
    if (problem !== undefined) return;
    if (ts.isReturnStatement(node) && node !== result?.returned) {
      if (result !== undefined) problem = 'the callback returns from several places';
      else if (node.expression !== undefined) problem = 'the callback returns a value';
      else if (inLoop) problem = 'the callback returns from a loop of its own';
    }
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) problem = unfitVar(fn, node);
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === list && mutating.has(node.name.text)) {
      problem = 'the callback changes the array';
    }
    if (ts.isFunctionLike(node)) return;
    const loops = inLoop || ts.isIterationStatement(node, false);
    ts.forEachChild(node, (child) => visit(child, loops));
  };
  visit(fn.body, false);
  return problem;
}

const mutating = new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'length']);

/** A `var` of the callback becomes one of the function around it: fresh no more in each round, and visible outside. */
function unfitVar(fn: FunctionNode, list: ts.VariableDeclarationList): string | undefined {
  for (const declaration of list.declarations) {
    for (const name of boundNames(declaration.name)) {
      const everywhere = identifiersIn(fn.getSourceFile(), name.text);
      const inside = everywhere.filter((identifier) => identifier.pos >= fn.pos && identifier.end <= fn.end);
      const outerFunction = enclosingFunction(fn);
      const around = everywhere.filter((identifier) => enclosingFunction(identifier) === outerFunction && !inside.includes(identifier));
      if (around.length > 0) return `\`${name.text}\` is also a name of the function around the callback`;
      if (declaration.initializer === undefined && !ts.isForInStatement(list.parent) && !ts.isForOfStatement(list.parent)) {
        return `\`var ${name.text}\` begins each round undefined`;
      }
      if (inside.some((identifier) => enclosingFunction(identifier) !== fn)) return `\`${name.text}\` is captured in each round`;
    }
  }
  return undefined;
}

function enclosingFunction(node: ts.Node): ts.Node | undefined {
  for (const { parent } of ancestors(node)) if (ts.isFunctionLike(parent)) return parent;
  return undefined;
}

function redeclares(statement: ts.Statement, names: readonly string[]): boolean {
  return (
    ts.isVariableStatement(statement) &&
    statement.declarationList.declarations.some((declaration) => boundNames(declaration.name).some((name) => names.includes(name.text)))
  );
}

function usesThis(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node) || ts.isClassLike(node)) return false;
  return ts.forEachChild(node, usesThis) === true;
}

function edits(
  program: Program,
  statement: ts.Statement,
  receiver: ts.Expression,
  fn: ts.ArrowFunction | ts.FunctionExpression,
  result: Collected | undefined,
): Edit[] {
  const file = statement.getSourceFile();
  const path = program.pathOf(statement);
  const { eol, unit, semicolon } = sourceHabits(file);
  const base = indentationAt(file, statement.getStart());
  const { body } = fn;
  const start = statement.getStart();
  // Without semicolons, one at the start of the next line guards that line.
  const guard = /\n\s*;$/.exec(statement.getText());
  const close = statement.end - (guard?.[0].length ?? 0);
  const [element, index] = fn.parameters;
  const isReassigned = fn.parameters.some((parameter) => boundNames(parameter.name).some((name) => isWritten(fn, name.text)));
  const keyword = isReassigned ? 'let' : 'const';
  const variable = index === undefined ? (element?.name.getText() ?? '') : `[${index.name.getText()}, ${element?.name.getText() ?? ''}]`;
  const copied = isFromOutside(program, receiver, statement);
  const entries = index === undefined ? '' : '.entries()';
  const declared = result === undefined ? '' : `${result.head}${semicolon}${eol}${base}`;
  const push = result === undefined ? '' : `${result.name}.push(`;
  const opening = `${declared}for (${keyword} ${variable} of ${copied ? '[...' : ''}`;
  const closing = `${copied ? ']' : ''}${entries}) {`;
  const list: Edit[] = [{ kind: 'replace', path, start, end: result === undefined ? start : receiver.getStart(), text: opening }];
  if (ts.isBlock(body)) {
    list.push({
      kind: 'replace',
      path,
      start: receiver.end,
      end: body.getStart() + 1,
      text: closing + keptComments(file, receiver.end, body.getStart()),
    });
    list.push(
      ...(result?.returned === undefined ? returnEdits(path, body) : pushEdits(path, push, result.returned, result.value, semicolon)),
    );
    list.push({ kind: 'replace', path, start: body.end - 1, end: close, text: '}' });
  } else {
    const value = result?.value ?? body;
    list.push({ kind: 'replace', path, start: receiver.end, end: value.getStart(), text: `${closing}${eol}${base}${unit}${push}` });
    const end = result === undefined ? '' : ')';
    list.push({ kind: 'replace', path, start: value.end, end: close, text: `${end}${semicolon}${eol}${base}}` });
  }
  return list;
}

function keptComments(file: ts.SourceFile, start: number, end: number): string {
  const comments = commentsIn(file, { start, end });
  return comments.map((comment) => ` ${file.text.slice(comment.pos, comment.end)}`).join('');
}

function pushEdits(path: string, push: string, returned: ts.ReturnStatement, value: ts.Expression, semicolon: string): Edit[] {
  return [
    { kind: 'replace', path, start: returned.getStart(), end: value.getStart(), text: push },
    { kind: 'replace', path, start: value.end, end: returned.end, text: returned.end > value.end ? `)${semicolon}` : ')' },
  ];
}

function returnEdits(path: string, body: ts.Block): Edit[] {
  const found: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node)) {
      const start = node.getStart();
      found.push({ kind: 'replace', path, start, end: start + 'return'.length, text: 'continue' });
    }
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

function isWritten(region: ts.Node, name: string): boolean {
  return identifiersIn(region, name).some(({ parent }) => {
    if (ts.isBinaryExpression(parent)) {
      const { kind } = parent.operatorToken;
      return (
        kind >= ts.SyntaxKind.FirstAssignment &&
        kind <= ts.SyntaxKind.LastAssignment &&
        ts.isIdentifier(parent.left) &&
        parent.left.text === name
      );
    }
    return ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent);
  });
}

/** `forEach` looks at the length once; what another task adds to a list that outlives the function must not be visited. */
function isFromOutside(program: Program, receiver: ts.Expression, statement: ts.Statement): boolean {
  if (ts.isPropertyAccessExpression(receiver)) return true;
  if (!ts.isIdentifier(receiver)) return false;
  const declaration = program.checker.getSymbolAtLocation(receiver)?.valueDeclaration;
  if (declaration === undefined) return true;
  if (enclosingFunction(declaration) === enclosingFunction(statement)) return false;
  const isConstant = ts.isVariableDeclaration(declaration) && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
  const symbol = program.symbolOf(receiver);
  if (!isConstant || symbol === undefined) return true;
  return program.references.to(symbol).some((identifier) => {
    const { parent } = identifier;
    if (parent === declaration || ts.isForOfStatement(parent)) return false;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === identifier)
      return mutating.has(parent.name.text) && parent.name.text !== 'length';
    return true;
  });
}
