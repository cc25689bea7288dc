/**
 * Stages that depend on a condition: `let out = a; if (zipped) out = out.pipe(b); out.pipe(c)`. They become an array, to which the
 * condition adds: `const stages = [a]; if (zipped) stages.push(b); pipeline([...stages, c], …)`.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isChainCall, listens, readChain, type Chain, type Link, type Segment } from './chain.ts';
import { ownNodes } from './handler.ts';
import { statementsOf, type StatementList } from './statement-list.ts';

/** `out = out.pipe(zlib.createGzip());` */
export interface AddedStage {
  readonly statement: ts.ExpressionStatement;
  readonly base: ts.Expression;
  readonly links: readonly Link[];
}

export interface Conditional {
  readonly declaration: ts.VariableDeclaration;
  readonly declared: ts.VariableStatement;
  /** Of the declaration: the first stage, with its listeners. */
  readonly source: Segment;
  /** Statements that listen to the source before anything is added. */
  readonly listening: readonly ts.ExpressionStatement[];
  readonly added: readonly AddedStage[];
  /** The statements of the list that add. */
  readonly conditions: readonly ts.IfStatement[];
}

/**
 * @param chain the last statement's, from the variable on
 * @returns undefined when the variable is used in any other way than these
 */
export function readConditional(program: Program, list: StatementList, chain: Chain): Conditional | undefined {
  const name = chain.segments[0]?.base;
  // In TypeScript the array would need a type that takes them all.
  if (name === undefined || !ts.isIdentifier(name) || /\.[cm]?tsx?$/.test(list.getSourceFile().fileName)) return undefined;
  if (chain.segments[0]?.links.length !== 0) return undefined;
  const symbol = program.symbolOf(name);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const declared = declaration.parent.parent;
  if (!ts.isVariableStatement(declared) || declared.parent !== list || declared.declarationList.declarations.length > 1) return undefined;
  if (declaration.initializer === undefined || declaration.type !== undefined) return undefined;
  const [source, ...others] = readChain(declaration.initializer).segments;
  if (source === undefined || others.length > 0) return undefined;
  const added: AddedStage[] = [];
  const listening: ts.ExpressionStatement[] = [];
  const conditions = new Set<ts.IfStatement>();
  for (const use of program.references.to(symbol)) {
    if (use === name || use === declaration.name) continue;
    const listener = listenerOf(list, use);
    if (listener !== undefined) {
      listening.push(listener);
      continue;
    }
    const assignment = assignmentAround(use);
    const condition = assignment && conditionAround(list, assignment);
    if (
      assignment === undefined ||
      condition === undefined ||
      leaves(condition) ||
      condition.pos > name.pos ||
      condition.pos < declared.pos
    )
      return undefined;
    const stage = addedBy(assignment);
    if (stage === undefined) return undefined;
    if (!added.some(({ statement }) => statement === assignment)) added.push(stage);
    conditions.add(condition);
  }
  if (added.length === 0) return undefined;
  added.sort((a, b) => a.statement.pos - b.statement.pos);
  const first = Math.min(...[...conditions].map(({ pos }) => pos));
  if (listening.some(({ pos }) => pos < declared.pos || pos > first)) return undefined;
  return { declaration, declared, source, listening, added, conditions: [...conditions].sort((a, b) => a.pos - b.pos) };
}

/** `out.on('error', next);` of the list. */
function listenerOf(list: StatementList, use: ts.Identifier): ts.ExpressionStatement | undefined {
  const statement = statementsOf(list).find((one) => one.pos <= use.pos && one.end >= use.end);
  if (statement === undefined || !ts.isExpressionStatement(statement) || !isChainCall(statement.expression)) return undefined;
  const [segment, ...more] = readChain(statement.expression).segments;
  return segment?.base === use && more.length === 0 && segment.links.every((link) => listens.has(link.method)) ? statement : undefined;
}

/** May the last statement not be reached from there, or only later? */
function leaves(condition: ts.IfStatement): boolean {
  const leaving = (node: ts.Node): node is ts.Node =>
    ts.isReturnStatement(node) ||
    ts.isThrowStatement(node) ||
    ts.isBreakOrContinueStatement(node) ||
    ts.isAwaitExpression(node) ||
    ts.isYieldExpression(node);
  return ownNodes(condition, leaving).length > 0;
}

/** The statement `out = out.pipe(…)` that `use`, either `out` of it, belongs to. */
function assignmentAround(use: ts.Identifier): ts.ExpressionStatement | undefined {
  let node: ts.Node = use;
  while (!ts.isStatement(node)) {
    if (ts.isFunctionLike(node)) return undefined;
    node = node.parent;
  }
  if (!ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return undefined;
  const { left, operatorToken } = node.expression;
  if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isIdentifier(left) || left.text !== use.text) return undefined;
  return use === left || use.pos >= operatorToken.end ? node : undefined;
}

function addedBy(statement: ts.ExpressionStatement): AddedStage | undefined {
  if (!ts.isBinaryExpression(statement.expression)) return undefined;
  const { left, right } = statement.expression;
  const { segments, pipes } = readChain(right);
  const [from, to, ...more] = segments;
  if (from === undefined || to === undefined || more.length > 0 || pipes[0]?.call.arguments.length !== 1) return undefined;
  if (!ts.isIdentifier(from.base) || from.base.text !== left.getText() || from.links.length > 0) return undefined;
  if (to.links.some((link) => !listens.has(link.method))) return undefined;
  return { statement, base: to.base, links: to.links };
}

/** The `if` of the list that the statement stands in, with nothing else between the two than blocks and other `if`s. */
function conditionAround(list: StatementList, statement: ts.Statement): ts.IfStatement | undefined {
  for (let node: ts.Node = statement.parent; node !== list; node = node.parent) {
    if (!ts.isIfStatement(node) && !ts.isBlock(node)) return undefined;
    if (node.parent === list) return ts.isIfStatement(node) ? node : undefined;
  }
  return undefined;
}
