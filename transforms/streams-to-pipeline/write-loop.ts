/**
 * Loops that write to a stream and never wait for it. In an async function each write that fills the stream waits for `drain`; in any other
 * one what is written becomes a generator, from which the stream takes it (`written-later.ts`).
 */

import { ts } from 'ts-morph';
import { Arrays } from '../../engine/async/arrays.ts';
import { isAsync, isFunctionNode, isGenerator, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import { ofArray } from '../../engine/async/iterated.ts';
import { loopPlan } from '../../engine/async/loops.ts';
import type { Finding, ReplaceEdit } from '../../engine/finding.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import type { TransformContext } from '../../engine/transform.ts';
import { eventOf, isChainCall, readChain } from './chain.ts';
import { findingAt, type Changes } from './finding-at.ts';
import { refusals, Refused } from './refusals.ts';
import { streamKind } from './stream-kind.ts';
import { identityOf, isReference, nameOf, rootName } from './stream-name.ts';
import { functionAround } from './uses.ts';
import { writtenLater } from './written-later.ts';

/** A loop, or a call of `forEach` with the function that it calls. */
export type Loop = ts.IterationStatement | EachCall;

export interface EachCall extends ts.CallExpression {
  readonly expression: ts.PropertyAccessExpression;
}

export interface WriteCall extends ts.CallExpression {
  readonly expression: ts.PropertyAccessExpression;
}

export interface WriteLoop {
  /** The outermost. */
  readonly loop: Loop;
  /** The `forEach` calls that the writes stand in, the outermost first. */
  readonly each: readonly EachCall[];
  readonly target: ts.Expression;
  readonly writes: readonly WriteCall[];
}

export function* writeLoops(context: TransformContext, file: ts.SourceFile): Iterable<Finding> {
  if (!/\.\s*write\s*\(/.test(file.text)) return;
  const { program } = context;
  for (const loop of loopsOf(file)) {
    if (!isStream(program, loop)) continue;
    const title = `${nameOf(loop.target)} is written to in a loop without backpressure`;
    yield findingAt(program, loop.writes[0] ?? loop.loop, title, () => {
      const fn = functionAround(loop.loop);
      const arrays = new Arrays(program, context.asynchrony.graph);
      if (isFunctionNode(fn) && isAsync(fn) && !isGenerator(fn)) return waiting(program, arrays, loop, fn);
      return writtenLater(program, arrays, loop);
    });
  }
}

/** The outermost loops with calls that write, one for each stream. */
function loopsOf(file: ts.SourceFile): WriteLoop[] {
  const found = new Map<string, { loop: Loop; each: EachCall[]; target: ts.Expression; writes: WriteCall[] }>();
  const visit = (node: ts.Node, loops: readonly Loop[]): void => {
    const [outermost] = loops;
    if (outermost !== undefined && isWrite(node)) {
      const target = node.expression.expression;
      const key = `${outermost.pos} ${target.getText()}`;
      const entry = found.get(key) ?? { loop: outermost, each: [], target, writes: [] };
      entry.writes.push(node);
      for (const loop of loops) if (ts.isCallExpression(loop) && !entry.each.includes(loop)) entry.each.push(loop);
      found.set(key, entry);
    }
    ts.forEachChild(node, (child) => visit(child, around(loops, node, child)));
  };
  visit(file, []);
  return [...found.values()];
}

/** The loops around `child`: its parent is one, or a function that is called by one. */
function around(loops: readonly Loop[], node: ts.Node, child: ts.Node): readonly Loop[] {
  if (ts.isIterationStatement(node, false)) return child === node.statement ? [...loops, node] : loops;
  if (isEachCall(node) && node.arguments.some((argument) => argument === child)) return [...loops, node];
  if (!ts.isFunctionLike(node)) return loops;
  const last = loops.at(-1);
  return last !== undefined && ts.isCallExpression(last) && last.arguments.some((one) => unwrapped(one) === node) ? loops : [];
}

function isEachCall(node: ts.Node): node is EachCall {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'forEach')
    return false;
  const [given] = node.arguments;
  const fn = given && unwrapped(given);
  return fn !== undefined && (ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) && !isAsync(fn) && !isGenerator(fn);
}

/** What the call gives is not looked at. */
function isWrite(node: ts.Node): node is WriteCall {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  if (node.expression.name.text !== 'write' || !isReference(node.expression.expression)) return false;
  return ts.isExpressionStatement(node.parent) || (ts.isArrowFunction(node.parent) && node.parent.body === node);
}

/** A stream that was there before the loop, and that can be slower than what is written to it. */
function isStream(program: Program, { loop, target }: WriteLoop): boolean {
  const kind = streamKind(program, target);
  if (kind === undefined || kind.side === 'readable') return false;
  if (kind.role === 'stdio' || kind.role === 'digest' || kind.role === 'mac') return false;
  const declaration = program.symbolOf(rootName(target))?.valueDeclaration;
  const isInside = declaration?.getSourceFile() === loop.getSourceFile() && declaration.pos >= loop.pos && declaration.end <= loop.end;
  // `drain` by hand, well or not.
  return !isInside && !isShort(loop) && !/['"`]drain['"`]/.test(functionAround(loop).getText());
}

/** `for (const line of ['a', 'b'])` */
function isShort(loop: Loop): boolean {
  if (!ts.isForOfStatement(loop) && !ts.isCallExpression(loop)) return false;
  const of = ts.isCallExpression(loop) ? loop.expression.expression : loop.expression;
  return ts.isArrayLiteralExpression(of) && !of.elements.some(ts.isSpreadElement);
}

/** @throws Refused where nothing can wait, or would wait in vain */
function waiting(program: Program, arrays: Arrays, { loop, each, target, writes }: WriteLoop, fn: FunctionNode): Changes {
  const name = nameOf(target);
  // A stream that has failed or gone takes no more, and tells nobody.
  if (streamKind(program, target)?.leaves === true || !isUnheard(program, target, fn)) throw new Refused(refusals.drainNeverComes(name));
  const file = loop.getSourceFile();
  const { text, imports, preambles } = importHabit(program, file).reference('events', 'once', loop);
  const { semicolon: end, quote } = sourceHabits(file);
  const path = program.pathOf(file);
  const wait = `await ${text}(${target.getText()}, ${quote}drain${quote})`;
  const edits = writes.flatMap((call): ReplaceEdit[] => {
    const { parent } = call;
    const statement = ts.isExpressionStatement(parent) ? parent : undefined;
    const isBare = statement !== undefined && !ts.isBlock(statement.parent) && !ts.isCaseOrDefaultClause(statement.parent);
    return [
      { kind: 'replace', path, start: call.getStart(), end: call.getStart(), text: `${isBare ? '{ ' : ''}if (!` },
      // The loop that takes the place of an arrow function's call ends the statement by itself.
      {
        kind: 'replace',
        path,
        start: call.end,
        end: statement?.end ?? call.end,
        text: `) ${wait}${statement === undefined ? '' : end}${isBare ? ' }' : ''}`,
      },
    ];
  });
  return { edits: [...edits, ...loopEdits(program, arrays, each)], imports, preambles, unsafe: refusals.waitsForDrain(name) };
}

/**
 * `for…of` in the place of each `forEach`.
 * @throws Refused where a loop would not do the same
 */
export function loopEdits(program: Program, arrays: Arrays, each: readonly EachCall[]): ReplaceEdit[] {
  return each.flatMap((call) => {
    const [handed] = call.arguments;
    const fn = handed && unwrapped(handed);
    if (handed === undefined || fn === undefined || !isFunctionNode(fn)) throw new Refused(refusals.notLooped('it is given no function'));
    const planned = loopPlan(program, arrays, ofArray(call), fn, handed);
    if (planned.kind === 'impossible') throw new Refused(refusals.notLooped(planned.what));
    return planned.edits.filter((edit) => edit.kind === 'replace');
  });
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
