/** Loops that write to a stream and never wait for it: in an async function each write that fills the stream waits for `drain`. */

import { ts } from 'ts-morph';
import { isAsync, isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import type { Finding, ReplaceEdit } from '../../engine/finding.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { eventOf, isChainCall, readChain } from './chain.ts';
import { refusals, Refused } from './refusals.ts';
import { streamKind } from './stream-kind.ts';
import { identityOf, isReference, nameOf, rootName } from './stream-name.ts';
import { functionAround } from './uses.ts';

const transform = 'streams-to-pipeline';

interface WriteLoop {
  readonly loop: ts.IterationStatement;
  readonly target: ts.Expression;
  readonly writes: readonly WriteStatement[];
}

type WriteStatement = ts.ExpressionStatement & {
  readonly expression: ts.CallExpression & { readonly expression: ts.PropertyAccessExpression };
};

export function* writeLoops(program: Program, file: ts.SourceFile): Iterable<Finding> {
  if (!/\bcreateWriteStream\b/.test(file.text) || !/\.\s*write\s*\(/.test(file.text)) return;
  for (const loop of loopsOf(file)) {
    const site = program.spanOf(loop.writes[0] ?? loop.loop);
    const title = `${nameOf(loop.target)} is written to in a loop without backpressure`;
    if (!isStream(program, loop)) continue;
    try {
      const { edits, imports, preambles } = waiting(program, loop);
      yield {
        kind: 'fix',
        id: `${transform}:${site.path}:${site.start}`,
        transform,
        site,
        title,
        safety: 'unsafe',
        reason: refusals.waitsForDrain(nameOf(loop.target)),
        notes: [],
        edits,
        imports,
        preambles,
        dependsOn: [],
      };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      yield { kind: 'refusal', transform, site, title, reason: error.reason };
    }
  }
}

/** The innermost loops with statements that write, one for each stream. */
function loopsOf(file: ts.SourceFile): WriteLoop[] {
  const found = new Map<string, { loop: ts.IterationStatement; target: ts.Expression; writes: WriteStatement[] }>();
  const visit = (node: ts.Node, loop: ts.IterationStatement | undefined): void => {
    const inner = ts.isIterationStatement(node, false) ? node : ts.isFunctionLike(node) ? undefined : loop;
    if (inner !== undefined && isWrite(node)) {
      const target = node.expression.expression.expression;
      const key = `${inner.pos} ${target.getText()}`;
      const entry = found.get(key) ?? { loop: inner, target, writes: [] };
      entry.writes.push(node);
      found.set(key, entry);
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, undefined);
  return [...found.values()];
}

function isWrite(node: ts.Node): node is WriteStatement {
  if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return false;
  const { expression: callee } = node.expression;
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 'write' && isReference(callee.expression);
}

/** A stream that was there before the loop, and that can be slower than what is written to it. */
function isStream(program: Program, { loop, target }: WriteLoop): boolean {
  const kind = streamKind(program, target);
  if (kind === undefined || kind.side === 'readable' || kind.role === 'stdio' || kind.role === 'digest' || kind.role === 'mac')
    return false;
  const declaration = program.symbolOf(rootName(target))?.valueDeclaration;
  const isInside = declaration?.getSourceFile() === loop.getSourceFile() && declaration.pos >= loop.pos && declaration.end <= loop.end;
  // `drain` by hand, well or not.
  return !isInside && !isShort(loop) && !/['"`]drain['"`]/.test(functionAround(loop).getText());
}

/** `for (const line of ['a', 'b'])` */
function isShort(loop: ts.IterationStatement): boolean {
  return ts.isForOfStatement(loop) && ts.isArrayLiteralExpression(loop.expression) && !loop.expression.elements.some(ts.isSpreadElement);
}

/** @throws Refused where nothing can wait, or would wait in vain */
function waiting(
  program: Program,
  { loop, target, writes }: WriteLoop,
): Pick<Extract<Finding, { kind: 'fix' }>, 'edits' | 'imports' | 'preambles'> {
  const fn = functionAround(loop);
  const name = nameOf(target);
  if (!isFunctionNode(fn) || !isAsync(fn)) throw new Refused(refusals.cannotWait(name));
  // A stream that has failed or gone takes no more, and tells nobody.
  if (streamKind(program, target)?.leaves === true || !isUnheard(program, target, fn)) throw new Refused(refusals.drainNeverComes(name));
  const file = loop.getSourceFile();
  const { text, imports, preambles } = importHabit(program, file).reference('events', 'once', loop);
  const { semicolon: end, quote } = sourceHabits(file);
  const path = program.pathOf(file);
  const edits = writes.flatMap((statement): ReplaceEdit[] => {
    const { expression: call, parent } = statement;
    const isBare = !ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent);
    const wait = `await ${text}(${target.getText()}, ${quote}drain${quote})`;
    return [
      { kind: 'replace', path, start: call.getStart(), end: call.getStart(), text: `${isBare ? '{ ' : ''}if (!` },
      { kind: 'replace', path, start: call.end, end: statement.end, text: `) ${wait}${end}${isBare ? ' }' : ''}` },
    ];
  });
  return { edits, imports, preambles };
}

/** Made in the function, and given no listener for its failure: one that fails ends the process, and the loop with it. */
function isUnheard(program: Program, target: ts.Expression, fn: FunctionNode): boolean {
  const symbol = ts.isIdentifier(target) ? program.symbolOf(target) : undefined;
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
  if (functionAround(declaration) !== fn || declaration.initializer === undefined || isChainCall(declaration.initializer)) return false;
  const id = identityOf(program, target);
  return program.references.to(symbol).every((use) => {
    const { parent } = use;
    if (use === declaration.name) return true;
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== use) return false;
    const call = parent.parent;
    if (!isChainCall(call) || parent.name.text === 'pipe') return parent.name.text !== 'destroy' && parent.name.text !== 'pipe';
    const [segment] = readChain(call).segments;
    return segment !== undefined && identityOf(program, segment.base) === id && segment.links.every((link) => isQuietEvent(eventOf(link)));
  });
}

function isQuietEvent(event: string | undefined): boolean {
  return event !== undefined && event !== 'error' && event !== 'close';
}
