/**
 * Writes that cannot wait, because their function is not async: they become a generator, from which the stream takes as much as it can hold.
 * `Readable.from((function* () { for (const row of rows) yield row; })()).pipe(out)`; a pipeline is made of that in the next pass.
 */

import { ts } from 'ts-morph';
import type { Arrays } from '../../engine/async/arrays.ts';
import type { ReplaceEdit } from '../../engine/finding.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { placed } from '../../engine/source/layout.ts';
import { boundNames, identifiersIn } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import { isChainCall, listens, readChain } from './chain.ts';
import { Copied } from './copied.ts';
import type { Changes } from './finding-at.ts';
import { ownNodes, usesThis } from './handler.ts';
import { refusals, Refused } from './refusals.ts';
import { removals } from './removal.ts';
import { streamKind } from './stream-kind.ts';
import { nameOf } from './stream-name.ts';
import { functionAround } from './uses.ts';
import type { StatementBlock } from './statement-list.ts';
import { loopEdits, type EachCall, type WriteCall, type WriteLoop } from './write-loop.ts';

/** The statements that write to a stream, from the first to the one that ends it. */
interface Run {
  readonly list: StatementBlock;
  readonly statements: readonly ts.Statement[];
  readonly writes: readonly WriteCall[];
  readonly each: readonly EachCall[];
  /** `out.end(…)`. */
  readonly last: ts.ExpressionStatement;
  readonly ending: ts.CallExpression;
}

/** @throws Refused where the writes must be done at once, or the stream is not ended behind them */
export function writtenLater(program: Program, arrays: Arrays, loop: WriteLoop): Changes {
  const { target } = loop;
  const name = nameOf(target);
  if (streamKind(program, target)?.leaves === true) throw new Refused(refusals.cannotWait(name));
  const run = runOf(program, loop);
  if (!run?.statements.every((statement) => mayRunLater(program, run, statement))) throw new Refused(refusals.cannotWait(name));
  const { list, statements, writes, each, last, ending } = run;
  const file = list.getSourceFile();
  const path = program.pathOf(file);
  const copied = new Copied(file);
  const { eol, unit, semicolon } = sourceHabits(file);
  const to = indentationAt(file, last.getStart(file));
  const edits = [
    ...writes.flatMap((write) => yieldEdits(file, write)),
    ...loopEdits(program, arrays, each).map(({ start, end, text }) => ({ start, end, text, moves: true as const })),
  ];
  const [tail] = ending.arguments;
  const lines = statements.map((statement) => copied.copy(placed(file, statement), to + unit, edits));
  if (tail !== undefined) lines.push(`yield ${copied.copyNode(tail, to + unit)}${semicolon}`);
  const { text, imports, preambles } = importHabit(program, file).reference('stream', 'Readable', last);
  const body = lines.map((line) => eol + to + unit + line).join('');
  const guard = semicolon === '' ? '' : ';';
  const piped = `${text}.from((function* () {${body}${eol}${to}})()).pipe(${target.getText(file)})${guard}`;
  const removed = removals(file, list.statements, new Set(statements));
  const replaced: ReplaceEdit[] = removed.map((range) => ({ kind: 'replace', path, ...range, text: '' }));
  const comments = copied.leftComments([last]);
  replaced.push({ kind: 'replace', path, start: last.getStart(file), end: last.end, text: [...comments, piped].join(eol + to) });
  return {
    edits: replaced,
    imports,
    preambles,
    unsafe: refusals.writtenLater(name),
    notes: ['A throw in the loop now fails the stream that it is read from; it was thrown to the caller.'],
  };
}

function yieldEdits(file: ts.SourceFile, write: WriteCall): TextEdit[] {
  const [value] = write.arguments;
  if (value === undefined) return [];
  return [
    { start: write.getStart(file), end: value.getStart(file), text: 'yield ' },
    { start: value.end, end: write.end, text: '' },
  ];
}

/** Everything that is written to a stream that was made here, when it is done in one list and ends with `out.end()`. */
function runOf(program: Program, { loop, target }: WriteLoop): Run | undefined {
  const symbol = ts.isIdentifier(target) ? program.symbolOf(target) : undefined;
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  if (functionAround(declaration) !== functionAround(loop)) return undefined;
  const list = listOf(loop);
  if (list === undefined) return undefined;
  const writes: WriteCall[] = [];
  const endings: ts.CallExpression[] = [];
  for (const use of program.references.to(symbol)) {
    const { parent } = use;
    if (use === declaration.name) continue;
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== use) return undefined;
    const call = ts.isCallExpression(parent.parent) && parent.parent.expression === parent ? parent.parent : undefined;
    if (call === undefined) continue;
    if (parent.name.text === 'write') writes.push(call as WriteCall);
    else if (parent.name.text === 'end') endings.push(call);
    else if (!isListening(call)) return undefined;
  }
  const [ending, ...others] = endings;
  const last = ending?.parent;
  if (ending === undefined || others.length > 0 || last === undefined || !ts.isExpressionStatement(last) || last.parent !== list)
    return undefined;
  if (!endsWithText(ending) || writes.some((write) => !isPlainWrite(write))) return undefined;
  const holding = new Set(writes.map((write) => statementIn(list, write)));
  if (holding.has(undefined)) return undefined;
  const first = list.statements.findIndex((statement) => holding.has(statement));
  const end = list.statements.indexOf(last);
  const between = list.statements.slice(first, end);
  const statements = between.filter((statement) => !isListenerStatement(statement));
  if (first > end || first < 0 || [...holding].some((one) => one !== undefined && !statements.includes(one))) return undefined;
  return { list, statements, writes, each: eachAround(writes, list), last, ending };
}

function listOf(loop: ts.Node): StatementBlock | undefined {
  const statement = ts.isStatement(loop) ? loop : loop.parent;
  const { parent } = statement;
  return ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent) ? parent : undefined;
}

function statementIn(list: StatementBlock, node: ts.Node): ts.Statement | undefined {
  return list.statements.find((statement) => node.pos >= statement.pos && node.end <= statement.end);
}

/** `out.on('error', callback)` */
function isListening(call: ts.CallExpression): boolean {
  return isChainCall(call) && listens.has(call.expression.name.text);
}

function isListenerStatement(statement: ts.Statement): boolean {
  if (!ts.isExpressionStatement(statement) || !isChainCall(statement.expression)) return false;
  const { segments, pipes } = readChain(statement.expression);
  return pipes.length === 0 && segments.every(({ links }) => links.every(({ method }) => listens.has(method)));
}

/** `out.end()`, or with a text; not with a callback. */
function endsWithText({ arguments: given }: ts.CallExpression): boolean {
  const [text, ...others] = given;
  return others.length === 0 && (text === undefined || ts.isStringLiteralLike(text) || ts.isTemplateExpression(text));
}

/** One chunk, in UTF-8. */
function isPlainWrite(write: WriteCall): boolean {
  const [value, encoding, ...others] = write.arguments;
  if (value === undefined || ts.isSpreadElement(value) || others.length > 0) return false;
  const isUtf8 = encoding === undefined || /^['"`]utf-?8['"`]$/i.test(encoding.getText());
  return isUtf8 && (ts.isExpressionStatement(write.parent) || ts.isArrowFunction(write.parent));
}

/** The functions around the writes: each must be one that a `forEach` calls. */
function eachAround(writes: readonly WriteCall[], list: StatementBlock): EachCall[] {
  const found = new Set<EachCall>();
  for (const write of writes) {
    for (let node: ts.Node = write.parent; node !== list; node = node.parent) {
      if (!ts.isFunctionLike(node)) continue;
      const call = node.parent;
      const isEach = ts.isCallExpression(call) && ts.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'forEach';
      if (!isEach) throw new Refused(refusals.notLooped('it writes in a function that something else calls'));
      found.add(call as EachCall);
    }
  }
  return [...found].sort((a, b) => a.pos - b.pos);
}

/** Does the statement nothing but write, and can it do that in a generator? */
function mayRunLater(program: Program, run: Run, statement: ts.Statement): boolean {
  if (usesThis(statement)) return false;
  const bound = namesOf(run);
  const leaves = ownNodes(statement, (node): node is ts.Node => {
    return ts.isReturnStatement(node) || ts.isAwaitExpression(node) || ts.isYieldExpression(node) || ts.isLabeledStatement(node);
  });
  if (leaves.length > 0 || changes(statement, bound, run)) return false;
  // What the run declares is needed nowhere else.
  const around = functionAround(run.list);
  const isInside = (node: ts.Node): boolean => run.statements.some((one) => node.pos >= one.pos && node.end <= one.end);
  return bound.every(({ text }) => identifiersIn(around, text).every((use) => isInside(use) || !isSame(program, use, bound)));
}

function isSame(program: Program, use: ts.Identifier, bound: readonly ts.Identifier[]): boolean {
  const symbol = program.symbolOf(use);
  return symbol === undefined || bound.some((name) => program.symbolOf(name) === symbol);
}

/** Names that the run declares, at any depth. */
function namesOf({ statements }: Run): ts.Identifier[] {
  return statements.flatMap((statement) => {
    const found: ts.Identifier[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isVariableDeclaration(node) || ts.isParameter(node)) found.push(...boundNames(node.name));
      ts.forEachChild(node, visit);
    };
    visit(statement);
    return found;
  });
}

/** Does the statement do anything besides writing, such as counting in a variable of the function around? */
function changes(statement: ts.Statement, bound: readonly ts.Identifier[], { writes }: Run): boolean {
  const isOwn = (node: ts.Expression): boolean => ts.isIdentifier(node) && bound.some(({ text }) => text === node.text);
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment && !isOwn(node.left)) found = true;
    }
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const isStep = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
      if (isStep && !isOwn(node.operand)) found = true;
    }
    if (ts.isDeleteExpression(node)) found = true;
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const call = node.expression;
      const isEach = ts.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'forEach';
      if (!isEach && !writes.some((write) => write === call)) found = true;
    }
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return found;
}
