/**
 * A chain of calls on streams, taken apart: `a.on('error', f).pipe(b).on('finish', g)` is two segments, `a` and `b`,
 * each with the calls made on it.
 */

import { ts } from 'ts-morph';

/** A call on the stream that gives back the stream. */
export interface Link {
  readonly method: string;
  readonly call: ts.CallExpression;
  /** From the end of what it is called on: the dot, the line break and the comments before it belong to it. */
  readonly start: number;
  readonly end: number;
}

export interface Segment {
  /** The stream: a name, or the expression that makes it. */
  readonly base: ts.Expression;
  readonly links: readonly Link[];
}

export interface Pipe {
  readonly call: ts.CallExpression;
  readonly from: Segment;
  readonly to: Segment;
}

export interface Chain {
  readonly expression: ts.Expression;
  readonly segments: readonly Segment[];
  /** One less than the segments. */
  readonly pipes: readonly Pipe[];
}

/** Methods of a stream that return the stream itself. */
const returnsThis = new Set([
  'on',
  'once',
  'addListener',
  'prependListener',
  'prependOnceListener',
  'off',
  'removeListener',
  'removeAllListeners',
  'setEncoding',
  'setMaxListeners',
  'pause',
  'resume',
  'unpipe',
]);

export const listens = new Set(['on', 'once', 'addListener']);

export function isChainCall(node: ts.Node): node is ts.CallExpression & { expression: ts.PropertyAccessExpression } {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  // An optional call may not happen at all.
  if (node.questionDotToken !== undefined || node.expression.questionDotToken !== undefined) return false;
  const { text } = node.expression.name;
  return text === 'pipe' ? node.arguments.length > 0 : returnsThis.has(text);
}

/** The chain that `node` is a call of, up to its last call. */
export function outermostCall(node: ts.CallExpression): ts.CallExpression {
  let current = node;
  while (ts.isPropertyAccessExpression(current.parent) && current.parent.expression === current && isChainCall(current.parent.parent)) {
    current = current.parent.parent;
  }
  return current;
}

export function readChain(expression: ts.Expression): Chain {
  const calls: (ts.CallExpression & { expression: ts.PropertyAccessExpression })[] = [];
  let base = expression;
  while (isChainCall(base)) {
    calls.unshift(base);
    base = base.expression.expression;
  }
  let current: { base: ts.Expression; links: Link[] } = { base, links: [] };
  const segments: Segment[] = [current];
  const pipes: Pipe[] = [];
  for (const call of calls) {
    const [argument] = call.arguments;
    if (call.expression.name.text !== 'pipe' || argument === undefined) {
      current.links.push({ method: call.expression.name.text, call, start: call.expression.expression.end, end: call.end });
      continue;
    }
    const from = current;
    // The argument may have listeners of its own: `.pipe(zlib.createGzip().on('error', cb))`.
    const inner = readChain(argument);
    current = { base: inner.segments[0]?.base ?? argument, links: [...(inner.segments[0]?.links ?? [])] };
    if (inner.pipes.length > 0) current = { base: argument, links: [] };
    segments.push(current);
    pipes.push({ call, from, to: current });
  }
  return { expression, segments, pipes };
}

/** The event of a listener link, when it is written out. */
export function eventOf(link: Link): string | undefined {
  const [event] = link.call.arguments;
  return listens.has(link.method) && event !== undefined && ts.isStringLiteralLike(event) ? event.text : undefined;
}
