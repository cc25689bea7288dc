/** A text that is declared and then appended to, here and there only under a condition: its parts, and the ways that it may be put together. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isWritten } from './assignments.ts';
import { unwrap } from './unwrap.ts';

export interface Append {
  readonly statement: ts.ExpressionStatement;
  readonly expression: ts.Expression;
  /** The branches that it stands in. */
  readonly conditions: readonly { readonly choice: ts.IfStatement; readonly branch: 'then' | 'else' }[];
}

export interface BranchedText {
  readonly use: ts.Identifier;
  readonly initial: ts.Expression;
  readonly declaration: ts.VariableStatement;
  readonly appends: readonly Append[];
  readonly ways: readonly Way[];
}

/** One way through the branches: what it appends to the variable before it is used. */
export interface Way {
  readonly use: ts.Identifier;
  readonly appended: readonly ts.Expression[];
}

/** Each doubles the number of texts to parse. */
const maximumChoices = 5;

/** @returns the one variable in `text` that is appended to under conditions; undefined for none, several, or one that is written in other ways */
export function branchedText(program: Program, text: ts.Expression): BranchedText | undefined {
  const found = variablesIn(text).flatMap((use) => branched(program, use) ?? []);
  return found.length === 1 ? found[0] : undefined;
}

function variablesIn(text: ts.Expression): ts.Identifier[] {
  const inner = unwrap(text);
  if (ts.isIdentifier(inner)) return [inner];
  if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return [...variablesIn(inner.left), ...variablesIn(inner.right)];
  }
  return ts.isTemplateExpression(inner) ? inner.templateSpans.flatMap((span) => variablesIn(span.expression)) : [];
}

function branched(program: Program, use: ts.Identifier): BranchedText | undefined {
  const symbol = program.symbolOf(use);
  const variable = symbol?.valueDeclaration;
  if (symbol === undefined || variable === undefined || !ts.isVariableDeclaration(variable) || variable.initializer === undefined) {
    return undefined;
  }
  const declaration = variable.parent.parent;
  if (!ts.isVariableStatement(declaration) || declaration.declarationList.declarations.length !== 1) return undefined;
  const block = declaration.parent;
  const appends: Append[] = [];
  for (const identifier of program.references.to(symbol)) {
    if (identifier.parent === variable || !isWritten(identifier)) continue;
    const append = appendOf(identifier, block);
    if (append === undefined || append.statement.end > use.pos || append.statement.pos < declaration.end) return undefined;
    appends.push(append);
  }
  if (!runsOnce(use, block) || appends.every(({ conditions }) => conditions.length === 0)) return undefined;
  const choices = [...new Set(appends.flatMap(({ conditions }) => conditions.map(({ choice }) => choice)))];
  if (choices.length > maximumChoices) return undefined;
  return { use, initial: variable.initializer, declaration, appends, ways: waysThrough(use, choices, appends) };
}

function appendOf(identifier: ts.Identifier, block: ts.Node): Append | undefined {
  const { parent } = identifier;
  if (!ts.isBinaryExpression(parent) || parent.left !== identifier || parent.operatorToken.kind !== ts.SyntaxKind.PlusEqualsToken) {
    return undefined;
  }
  const statement = parent.parent;
  if (!ts.isExpressionStatement(statement)) return undefined;
  const conditions: { choice: ts.IfStatement; branch: 'then' | 'else' }[] = [];
  for (let node: ts.Node = statement; node.parent !== block; node = node.parent) {
    if (ts.isIfStatement(node.parent))
      conditions.push({ choice: node.parent, branch: node.parent.thenStatement === node ? 'then' : 'else' });
    else if (!ts.isBlock(node.parent) || !(ts.isIfStatement(node.parent.parent) || ts.isBlock(node.parent.parent))) return undefined;
  }
  return { statement, expression: parent.right, conditions };
}

/** A function in between may run later than what follows it, a loop more than once. */
function runsOnce(use: ts.Node, block: ts.Node): boolean {
  for (let node = use; node !== block; node = node.parent) {
    if (ts.isSourceFile(node) || ts.isFunctionLike(node) || ts.isIterationStatement(node, false)) return false;
  }
  return true;
}

function waysThrough(use: ts.Identifier, choices: readonly ts.IfStatement[], appends: readonly Append[]): Way[] {
  const ways = new Map<string, Way>();
  for (let way = 2 ** choices.length - 1; way >= 0; way -= 1) {
    const taken = (choice: ts.IfStatement): string => ((way >> choices.indexOf(choice)) & 1 ? 'then' : 'else');
    const run = appends.filter(({ conditions }) => conditions.every(({ choice, branch }) => taken(choice) === branch));
    ways.set(run.map((append) => appends.indexOf(append)).join(), { use, appended: run.map(({ expression }) => expression) });
  }
  return [...ways.values()];
}
