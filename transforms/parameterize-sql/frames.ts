/** Texts that functions put together, once for each value of a list: `rows.map((row) => `('${row.name}')`)`. */

import { ts } from 'ts-morph';
import { isTextual } from './literals.ts';
import type { Carrier, Leaf, Segment } from './text.ts';
import { unwrap } from './unwrap.ts';

export type InlineFunction = ts.ArrowFunction | ts.FunctionExpression;

/** A list that `map` makes of another by a function in its place. */
export interface Mapped {
  readonly callback: InlineFunction;
  /** What the function returns for each value, a text by its own form. */
  readonly body: ts.Expression;
}

export function mappedTexts(expression: ts.Expression): Mapped | undefined {
  const call = unwrap(expression);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'map')
    return undefined;
  const [given, ...others] = call.arguments;
  const callback = given && unwrap(given);
  if (callback === undefined || others.length > 0 || !(ts.isArrowFunction(callback) || ts.isFunctionExpression(callback))) return undefined;
  if (callback.asteriskToken !== undefined || callback.modifiers !== undefined) return undefined;
  const body = ts.isBlock(callback.body) ? returnedLast(callback.body) : callback.body;
  return body !== undefined && isText(body) ? { callback, body } : undefined;
}

/** The text of `rows.map(…).join(…)`. */
export function joinedTexts(call: ts.Expression): Mapped | undefined {
  const inner = unwrap(call);
  if (!ts.isCallExpression(inner) || !ts.isPropertyAccessExpression(inner.expression) || inner.expression.name.text !== 'join')
    return undefined;
  return mappedTexts(inner.expression.expression);
}

function isText(body: ts.Expression): boolean {
  const inner = unwrap(body);
  if (ts.isConditionalExpression(inner)) return isText(inner.whenTrue) || isText(inner.whenFalse);
  // What a function of this name gives is SQL, if it is what it is called.
  if (ts.isCallExpression(inner) && /escape$/i.test(inner.expression.getText())) return true;
  return isTextual(inner) || joinedTexts(inner) !== undefined;
}

/** What a function returns whose only `return` is its last statement. */
function returnedLast({ statements }: ts.Block): ts.Expression | undefined {
  const last = statements.at(-1);
  if (last === undefined || !ts.isReturnStatement(last)) return undefined;
  return statements.slice(0, -1).some(mayReturn) ? undefined : last.expression;
}

function mayReturn(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  return ts.isReturnStatement(node) || ts.forEachChild(node, (child) => mayReturn(child) || undefined) === true;
}

/**
 * The segments as of one turn of the function, which runs while a statement of the text does.
 * @param run the ordinal of the turn; the statements of the function keep their order behind it
 * @param variable what the list is kept in
 */
export function inTurn(segments: readonly Segment[], run: number, variable: ts.Symbol | undefined): Segment[] {
  const carriers = new Map<Carrier, Carrier>();
  const leaves = new Map<Leaf, Leaf>();
  for (const { leaf } of segments) {
    const { carrier } = leaf;
    if (carriers.has(carrier)) continue;
    const holder = carrier.variable ?? variable;
    const own: Carrier = {
      ...carrier,
      run: run + Math.min(carrier.run, 1000) * 2 ** -23,
      leaves: [],
      ...(holder !== undefined && { variable: holder }),
    };
    carriers.set(carrier, own);
    for (const one of carrier.leaves) {
      const copy = { ...one, carrier: own };
      own.leaves.push(copy);
      leaves.set(one, copy);
    }
  }
  return segments.map((segment) => ({ ...segment, leaf: leaves.get(segment.leaf) ?? segment.leaf }));
}
