/** The edits that make one function asynchronous: its keyword, its parameters, and its body from the first call on. */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isGivenToParam } from '../../engine/async/express-handler.ts';
import { isAsync, isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import type { Edit, ImportNeed, PreambleNeed, ReplaceEdit } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { nextPlan } from '../../engine/async/next-handler.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { closingComments, placed } from '../../engine/source/layout.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import type { Range } from '../../engine/text.ts';
import { editsOf } from './completion.ts';
import type { Flow } from './flow.ts';
import { awaitsIn, Merger } from './merge.ts';
import { nameFlow } from './naming.ts';
import { hasHandOn, Renderer } from './render.ts';
import { signatureEdits } from './signature.ts';
import type { CallbackSite, Taker } from './sites.ts';
import { nodeOf, type Step } from './steps.ts';

export interface Conversion {
  readonly edits: readonly Edit[];
  readonly imports: readonly ImportNeed[];
  readonly preambles: readonly PreambleNeed[];
  readonly notes: readonly string[];
  /** What the function throws behind its first wait is caught inside. */
  readonly covers: boolean;
}

type TakerOf = (fn: FunctionNode) => Taker | undefined;

/**
 * @param kept functions of the program that keep their callbacks
 * @throws Obstacle
 */
export function convert(program: Program, flow: Flow, kept: ReadonlySet<FunctionNode>, taker: TakerOf): Conversion {
  const { edits, forwards, ...rest } = rewritten(program, flow, kept, taker, []);
  const forwarding = forwards ? forwardEdits(program, flow) : [];
  return { ...rest, edits: [...asEdits(program.pathOf(flow.fn), edits), ...forwarding] };
}

interface Rewritten extends Omit<Conversion, 'edits'> {
  readonly edits: readonly TextEdit[];
  /** A `try` around the whole body must give to `next` what may be thrown before the first wait. */
  readonly forwards: boolean;
}

/** @param around edits of the code that the function stands in */
function rewritten(program: Program, flow: Flow, kept: ReadonlySet<FunctionNode>, taker: TakerOf, around: readonly TextEdit[]): Rewritten {
  const { fn } = flow;
  const file = fn.getSourceFile();
  const habits = sourceHabits(file);
  const naming = nameFlow(program, flow, habits.constant === 'var');
  const { body } = fn;
  if (body === undefined) throw new Error('a function without a body is no host');
  const own: TextEdit[] = flow.waits ? [...asyncEdits(fn), ...signatureEdits(flow)] : [];

  const merger = new Merger(program, flow);
  const moved = flow.steps.findIndex((step) => !staysInPlace(step) || isFromInside(flow, step));
  const early = flow.waits && merger.mustForward ? merger.firstEarlyThrow(flow.steps) : -1;
  const first = early !== -1 && moved !== -1 ? Math.min(early, moved) : moved;
  const before = first === -1 ? flow.steps : flow.steps.slice(0, first);
  own.push(...before.flatMap((step) => editsOf([step])));
  const renderer = new Renderer(program, flow, naming, kept, (task, outer) => {
    const { edits, ...needs } = rewritten(program, task, kept, taker, outer);
    return { ...needs, edits: edits.map((edit) => ({ ...edit, moves: true })) };
  });
  const rest = first === -1 ? [] : flow.steps.slice(first);
  const loose = flow.loose
    .filter(({ target }) => target.kind === 'taker' && !kept.has(target.fn))
    .flatMap((site) => looseEdits(site, taker))
    .concat(around.filter((edit) => edit.start >= fn.getStart(file) && edit.end <= fn.end));
  const added = (range: Range | undefined): TextEdit[] =>
    loose.filter((edit) => range === undefined || edit.start < range.start || edit.start > range.end);
  if (rest.length === 0) {
    return { edits: [...own, ...added(undefined)], imports: [], preambles: [], notes: [], covers: false, forwards: false };
  }

  const range = replacedRange(file, body, rest);
  const indentation = range.inline ? indentationAt(file, fn.getStart()) + habits.unit : indentationAt(file, range.start);
  const rendered = renderer.render(rest, indentation, range, loose);
  own.push(...added(range), {
    start: range.start,
    end: range.end,
    text: range.inline ? inline(rendered.text, body, habits, indentation, file) : rendered.text,
  });
  const { imports, preambles, notes, covers } = rendered;
  return { edits: own, imports, preambles, notes, covers, forwards: early !== -1 && !rendered.forwards };
}

/** The handlers of the calls do not cover what Express 4 gave to `next`: a `try` around the whole body does. */
function forwardEdits(program: Program, flow: Flow): readonly Edit[] {
  const plan = nextPlan(program, flow.fn, isGivenToParam(flow.fn, flow.place));
  return plan.kind === 'edits' ? plan.edits : [];
}

function asEdits(path: string, edits: readonly TextEdit[]): ReplaceEdit[] {
  return edits.map((edit) => ({ kind: 'replace', path, start: edit.start, end: edit.end, text: edit.text }));
}

/** A call that left its callback out ignored every failure; one whose callback others use too gives it what it gave. */
function looseEdits({ call, callback, target }: CallbackSite, takerOf: (fn: FunctionNode) => Taker | undefined): TextEdit[] {
  if (callback === undefined || !ts.isIdentifier(callback)) return [{ start: call.end, end: call.end, text: '.catch(() => {})' }];
  const before = call.arguments.at(-2);
  const gives = target.kind === 'taker' && takerOf(target.fn)?.gives === true;
  const value = callback.text === 'value' ? 'result' : 'value';
  const success = gives ? `(${value}) => ${callback.text}(null, ${value})` : `() => ${callback.text}(null)`;
  return [
    // Nothing waits for it, as nothing did.
    { start: call.getStart(), end: call.getStart(), text: 'void ' },
    { start: before?.end ?? callback.getStart(), end: callback.end, text: '' },
    { start: call.end, end: call.end, text: `.then(${success}, ${callback.text})` },
  ];
}

/** The code of an executor moves as a whole, out of the `return` that it stands in; that of a callback may come to stand in front of the call. */
function isFromInside({ executor, merged }: Flow, step: Step): boolean {
  const node = nodeOf(step);
  return node !== undefined && [...(executor === undefined ? [] : [executor]), ...merged].some((fn) => isWithin(node, fn));
}

/** Steps whose statement stays where it is, with edits inside at most. */
function staysInPlace(step: Step): boolean {
  if (step.kind === 'keep') return ts.isStatement(step.node);
  if (step.kind === 'branch' || step.kind === 'switch') return step.whole && awaitsIn([step]).length === 0 && !hasHandOn([step]);
  if (step.kind !== 'complete' || step.value === undefined || !ts.isStatement(step.node) || step.drops !== undefined) return false;
  // A part of `if (cb) cb(err)` moves out of it.
  return ts.isBlock(step.node.parent) && isFunctionNode(step.node.parent.parent);
}

interface Replaced extends Range {
  /** The code shares its line with the braces or the arrow. */
  readonly inline: boolean;
}

function replacedRange(file: ts.SourceFile, body: ts.ConciseBody, steps: readonly Step[]): Replaced {
  // What stood between the arrow and the body was the layout of an expression.
  if (!ts.isBlock(body)) return { start: arrowEnd(body), end: body.end, inline: true };
  const [step] = steps;
  const node = step === undefined ? undefined : nodeOf(step);
  const last = body.statements.at(-1);
  if (node === undefined || last === undefined) throw new Error('nothing to replace');
  const { start } = placed(file, childOf(body, node));
  const end = Math.max(placed(file, last).end, closingComments(file, body).at(-1)?.end ?? 0);
  const isInline = !/[\r\n]/.test(file.text.slice(body.getStart(file), start));
  return isInline ? { start: body.getStart(file), end: body.end, inline: true } : { start, end, inline: false };
}

export function arrowEnd(body: ts.Expression): number {
  const arrow = ts.isArrowFunction(body.parent) ? body.parent.equalsGreaterThanToken : undefined;
  return arrow?.end ?? body.getStart();
}

/** The statement of the body that the node is in: the code of an executor moves out of a `return`. */
function childOf(body: ts.Block, node: ts.Node): ts.Node {
  let child = node;
  while (child.parent !== body) child = child.parent;
  return child;
}

function inline(
  text: string,
  body: ts.ConciseBody,
  habits: { eol: string; unit: string; semicolon: string },
  indentation: string,
  file: ts.SourceFile,
): string {
  const outer = indentation.slice(0, indentation.length - habits.unit.length);
  const isOneLine = !/[\r\n]/.test(text) && text !== '';
  if (!ts.isBlock(body)) {
    const returned = /^return (?!\{)(.*?);?$/.exec(text);
    if (isOneLine && returned?.[1] !== undefined) return ` ${returned[1]}`;
  } else if (isOneLine && !/[\r\n]/.test(file.text.slice(body.getStart(file), body.end))) {
    return `{ ${text} }`;
  }
  const lead = ts.isBlock(body) ? '' : ' ';
  return text === '' ? `${lead}{}` : `${lead}{${habits.eol}${indentation}${text}${habits.eol}${outer}}`;
}

export function asyncEdits(fn: FunctionNode): TextEdit[] {
  if (isAsync(fn)) return [];
  // `export default function`, `static load()`: the keyword stands behind the other modifiers.
  const modifiers = ts.canHaveModifiers(fn) ? (ts.getModifiers(fn) ?? []) : [];
  const file = fn.getSourceFile();
  const after = modifiers.at(-1);
  const start = after === undefined ? fn.getStart(file) : after.end + (/^\s*/.exec(file.text.slice(after.end))?.[0].length ?? 0);
  return [{ start, end: start, text: 'async ' }];
}

/**
 * Where the body of an arrow function is over that becomes a block: in `before(() =>⏎  load().then(…)⏎);` the block takes the line end before
 * the parenthesis with it.
 */
export function endOfBody(fn: FunctionNode, end: number): number {
  const { parent } = fn;
  if (!ts.isCallExpression(parent) || parent.arguments.at(-1) !== fn || parent.arguments.hasTrailingComma) return end;
  const { text } = fn.getSourceFile();
  const isOpenedOnItsLine = !/[\r\n]/.test(text.slice(parent.arguments.pos, fn.getStart()));
  return isOpenedOnItsLine ? end + (/^\s*(?=\))/.exec(text.slice(end))?.[0].length ?? 0) : end;
}
