/** What `return` in the callback of an array method becomes in the body of a loop. */

import { ts } from 'ts-morph';
import type { Edit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { indentationAt } from '../source/indentation.ts';
import { ancestors } from './ancestors.ts';
import { isFunctionNode, unwrapped } from './functions.ts';
import { maySayPromise } from './promise-returning.ts';
import { isPromiseLike } from './roles.ts';

export interface LoopReturns {
  readonly program: Program;
  readonly method: string;
  /** `return false` ends it. */
  readonly stopsAtFalse: boolean;
  /** The name of what the method gives. */
  readonly result: string | undefined;
  readonly element: string;
  readonly index: string | undefined;
  /** What the callback of `reduce` calls the result. */
  readonly accumulator: string | undefined;
  readonly eol: string;
  readonly unit: string;
  readonly semicolon: string;
}

/** Methods that end at the first element for which the callback decides it. */
export const searches: ReadonlySet<string> = new Set(['some', 'every', 'find', 'findIndex']);

const stopping = 'the callback may return `false`, which ends the iteration';
const promised = 'the callback may return a promise, whose rejection would be seen too late';

interface Ends {
  /** The statements for a value that is written anew. */
  text(value: string): string;
  /** What stands before and behind the value of a callback without a block; a clause that says why it cannot be. */
  around(value: ts.Expression): readonly [string, string] | string;
  /** For a block; a clause that says why it cannot be. */
  edits(path: string, body: ts.Block): Edit[] | string;
}

/** @param base the indentation of the loop */
export function loopReturns(loop: LoopReturns, base: string): Ends {
  const inner = base + loop.unit;
  return {
    text: (value) => {
      const [head, tail] = frame(loop, inner);
      return head + value + tail;
    },
    around: (value) => {
      if (mayGivePromise(loop, value)) return promised;
      if (loop.stopsAtFalse && mayBeFalse(loop.program, value)) return stopping;
      return frame(loop, inner, isSameAs(value, loop.accumulator));
    },
    edits: (path, body) => blockEdits(loop, path, body),
  };
}

/** The text before and behind the value: `texts.push(` and `);`. */
function frame(loop: LoopReturns, indentation: string, isAccumulator = false): readonly [string, string] {
  const { method, result = '', eol, unit, semicolon } = loop;
  const lines = found(loop).map((statement) => `${eol}${indentation}${unit}${statement}${semicolon}`);
  const tail = `) {${lines.join('')}${eol}${indentation}}`;
  switch (method) {
    case 'map':
    case 'flatMap':
      return [`${result}.push(`, `)${semicolon}`];
    case 'filter':
    case 'some':
    case 'find':
    case 'findIndex':
      return ['if (', tail];
    case 'every':
      return ['if (!(', `)${tail}`];
    case 'reduce':
      return isAccumulator ? ['', semicolon] : [`${result} = `, semicolon];
    default:
      return ['', semicolon];
  }
}

/** What is done with an element that is looked for. Where nobody asks for the result, the search only ends. */
function found({ method, result, element, index = '' }: LoopReturns): readonly string[] {
  if (method === 'filter') return [`${result ?? ''}.push(${element})`];
  if (!searches.has(method)) return [];
  const values: Readonly<Record<string, string>> = { some: 'true', every: 'false', find: element, findIndex: index };
  return result === undefined ? ['break'] : [`${result} = ${values[method] ?? ''}`, 'break'];
}

/** As an argument it would be two, and the right side of an assignment would be its first part alone. */
export function isCommaExpression(value: ts.Expression): boolean {
  return ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.CommaToken;
}

function isSameAs(value: ts.Expression, name: string | undefined): boolean {
  return ts.isIdentifier(value) && value.text === name;
}

/** The line break in front of the statement goes with it, unless a comment stands between. */
function lineStart(node: ts.Node): number {
  const gap = node.getSourceFile().text.slice(node.pos, node.getStart());
  return gap.trim() === '' ? node.pos : node.getStart();
}

/** Evaluating it does nothing. */
function isName(value: ts.Expression): boolean {
  return ts.isIdentifier(unwrapped(value));
}

function blockEdits(loop: LoopReturns, path: string, body: ts.Block): Edit[] | string {
  const { method } = loop;
  const found: Edit[] = [];
  let problem: string | undefined;
  const visit = (node: ts.Node): void => {
    if (problem !== undefined) return;
    if (ts.isReturnStatement(node)) {
      const edits = returnEdits(loop, path, node, body);
      if (typeof edits === 'string') problem = edits;
      else found.push(...edits);
    }
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  visit(body);
  if (problem !== undefined) return problem;
  const needsEnd = method === 'map' || method === 'flatMap' || method === 'reduce' || method === 'every';
  return needsEnd && !alwaysEnds(body.statements.at(-1)) ? 'the callback does not always end with a value that it returns' : found;
}

function returnEdits(loop: LoopReturns, path: string, node: ts.ReturnStatement, body: ts.Block): Edit[] | string {
  const { method, eol, unit, semicolon } = loop;
  if (isInLoop(node, body)) return 'the callback returns from a loop of its own';
  const isLast = body.statements.at(-1) === node;
  const breaks = searches.has(method);
  if (breaks && isInSwitch(node, body)) return 'the callback returns from a `switch`';
  const replace = (start: number, end: number, text: string): Edit => ({ kind: 'replace', path, start, end, text });
  const start = node.getStart();
  const { expression } = node;
  const inBlock = ts.isBlock(node.parent) || ts.isCaseOrDefaultClause(node.parent);
  const base = indentationAt(node.getSourceFile(), start);
  const own = inBlock ? base : base + unit;
  const gives = expression === undefined ? undefined : constantOf(unwrapped(expression));
  if (expression === undefined ? method !== 'map' && method !== 'flatMap' && method !== 'every' : isIgnored(loop, gives)) {
    if (method === 'reduce') return 'the callback returns nothing';
    const text = isLast ? '' : 'continue';
    if (expression === undefined) return [replace(start, start + 'return'.length, text === '' ? 'continue' : text)];
    if (isLast) return [replace(lineStart(node), node.end, '')];
    return [replace(start, node.end, `continue${node.getText().endsWith(';') ? ';' : ''}`)];
  }
  if (expression === undefined) return 'the callback returns now a value and now none';
  if (loop.stopsAtFalse && unwrapped(expression).kind === ts.SyntaxKind.FalseKeyword) {
    if (isInSwitch(node, body)) return 'the callback returns from a `switch`';
    return [replace(start, node.end, `break${semicolon}`)];
  }
  if (loop.stopsAtFalse && mayBeFalse(loop.program, expression)) return stopping;
  if (mayGivePromise(loop, expression)) return promised;
  const between = node.getSourceFile().text.slice(start + 'return'.length, expression.getStart());
  if (between.trim() !== '') return 'a comment stands before the value that the callback returns';
  if (method === 'forEach' && /^(function|class|\{|\[|\()/.test(expression.getText())) return 'the callback returns a value';
  const givesNothingNew = isSameAs(expression, loop.accumulator) || (method === 'forEach' && isName(expression));
  const next = isLast ? '' : `${eol}${own}continue${semicolon}`;
  const open = inBlock || next === '' ? '' : `{${eol}${own}`;
  const close = open === '' ? '' : `${eol}${base}}`;
  if (givesNothingNew) return [isLast ? replace(lineStart(node), node.end, '') : replace(start, node.end, `continue${semicolon}`)];
  const [head, tail] = frame(loop, own);
  const [opened, closed] = isCommaExpression(expression) ? ['(', ')'] : ['', ''];
  if (gives !== undefined && (breaks || method === 'filter')) {
    const statements = [...found(loop), ...(breaks || isLast ? [] : ['continue'])].map((statement) => statement + semicolon);
    const text = statements.join(`${eol}${own}`);
    return [replace(start, node.end, inBlock || statements.length === 1 ? text : `{${eol}${own}${text}${eol}${base}}`)];
  }
  return [replace(start, expression.getStart(), open + head + opened), replace(expression.end, node.end, closed + tail + next + close)];
}

/** `return false` in the callback of `filter`, `return true` in that of `every`: the element is passed over. `forEach` looks at nothing. */
function isIgnored({ method, stopsAtFalse }: LoopReturns, gives: boolean | undefined): boolean {
  if (method === 'forEach') return gives !== undefined && !stopsAtFalse;
  if (method === 'every') return gives === true;
  return gives === false && (method === 'filter' || method === 'some' || method === 'find' || method === 'findIndex');
}

function constantOf(value: ts.Expression): boolean | undefined {
  if (value.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (value.kind === ts.SyntaxKind.FalseKeyword || value.kind === ts.SyntaxKind.NullKeyword) return false;
  return ts.isIdentifier(value) && value.text === 'undefined' ? false : undefined;
}

function isInLoop(node: ts.Node, body: ts.Block): boolean {
  for (const { parent } of ancestors(node)) {
    if (parent === body) return false;
    if (ts.isIterationStatement(parent, false)) return true;
  }
  return false;
}

function isInSwitch(node: ts.Node, body: ts.Block): boolean {
  for (const { parent } of ancestors(node)) {
    if (parent === body) return false;
    if (ts.isSwitchStatement(parent)) return true;
  }
  return false;
}

function alwaysEnds(statement: ts.Statement | undefined): boolean {
  if (statement === undefined) return false;
  if (ts.isReturnStatement(statement) || ts.isThrowStatement(statement)) return true;
  if (ts.isBlock(statement)) return alwaysEnds(statement.statements.at(-1));
  if (ts.isIfStatement(statement)) return alwaysEnds(statement.thenStatement) && alwaysEnds(statement.elseStatement);
  if (ts.isTryStatement(statement))
    return alwaysEnds(statement.tryBlock) && (statement.catchClause === undefined || alwaysEnds(statement.catchClause.block));
  return false;
}

/** Nothing tells that it is something else. */
function mayBeFalse(program: Program, value: ts.Expression): boolean {
  const type = program.checker.getTypeAtLocation(value);
  return (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0 || (type.flags & ts.TypeFlags.BooleanLike) !== 0 || type.isUnion();
}

/** What is called without being awaited, and of no known type, may be a promise; `Promise.all` took care of all at once. */
function mayGivePromise(loop: LoopReturns, value: ts.Expression): boolean {
  return (loop.method === 'map' || loop.method === 'flatMap') && mayBePromise(loop.program, value);
}

function mayBePromise(program: Program, value: ts.Expression): boolean {
  if (isPromiseLike(program, value)) return true;
  const bare = unwrapped(value);
  if (ts.isConditionalExpression(bare)) return mayBePromise(program, bare.whenTrue) || mayBePromise(program, bare.whenFalse);
  if (ts.isBinaryExpression(bare)) return mayBePromise(program, bare.left) || mayBePromise(program, bare.right);
  const isUnknown = (program.checker.getTypeAtLocation(bare).flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
  if (!isUnknown || !ts.isCallExpression(bare)) return false;
  if (program.originOf(bare.expression)?.key === 'global.JSON.parse') return false;
  if (ts.isPropertyAccessExpression(bare.expression) && isOfText(bare.expression.name.text)) return false;
  const declaration = program.checker.getResolvedSignature(bare)?.declaration;
  if (declaration === undefined || !isFunctionNode(declaration) || declaration.body === undefined || !program.owns(declaration))
    return true;
  return maySayPromise(program, declaration);
}

/** A method that strings have: `line.trim()` gives no promise, whoever has not typed it. */
function isOfText(method: string): boolean {
  return method in String.prototype;
}
