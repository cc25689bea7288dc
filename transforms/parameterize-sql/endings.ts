/** Ends that are cut off a text: the comma behind the last of a list, the `AND` behind the last condition. */

import { ts } from 'ts-morph';
import type { Segment } from './text.ts';
import { unwrap } from './unwrap.ts';

export const cuttingMethods: ReadonlySet<string> = new Set(['slice', 'substring', 'substr', 'replace']);

export interface EndCut {
  readonly variable: ts.Identifier;
  /** Where else the call names it: `list.length`. */
  readonly mentions: readonly ts.Identifier[];
  /** @returns undefined when what would be cut off is not known */
  readonly from: (segments: readonly Segment[]) => readonly Segment[] | undefined;
}

/** `list.slice(0, -1)`, `list.substring(0, list.length - 1)`, `list.replace(/,\s*$/, '')` */
export function endCutBy(call: ts.CallExpression): EndCut | undefined {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression) || !cuttingMethods.has(expression.name.text)) return undefined;
  const variable = unwrap(expression.expression);
  if (!ts.isIdentifier(variable)) return undefined;
  const length = lengthOfEnd(call, expression.name.text, variable.text);
  return (
    length && { variable, mentions: call.arguments.flatMap((argument) => measuredIn(argument)), from: (segments) => cut(segments, length) }
  );
}

/** How many characters of a text's known end are cut off it. */
type LengthOfEnd = (end: string) => number;

function lengthOfEnd({ arguments: [first, second] }: ts.CallExpression, method: string, variable: string): LengthOfEnd | undefined {
  if (first === undefined || second === undefined) return undefined;
  if (method === 'replace') return ts.isStringLiteralLike(second) && second.text === '' ? lengthOfMatch(first) : undefined;
  if (first.getText() !== '0') return undefined;
  const source = second.getText().replace(/\s+/g, '');
  const [, negative] = (method === 'slice' ? /^-(\d)$/.exec(source) : undefined) ?? [];
  const [, measured, fromEnd] = /^([\w$]+)\.length-(\d)$/.exec(source) ?? [];
  const count = negative ?? (measured === variable ? fromEnd : undefined);
  return count === undefined ? undefined : () => Number(count);
}

function measuredIn(node: ts.Node): ts.Identifier[] {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) return [node.expression];
  return ts.isBinaryExpression(node) ? measuredIn(node.left) : [];
}

/** A pattern that matches at the end alone. */
function lengthOfMatch(pattern: ts.Expression): LengthOfEnd | undefined {
  const [, body = '', flags = ''] = (ts.isRegularExpressionLiteral(pattern) ? /^\/(.*)\/([gi]*)$/s.exec(pattern.text) : undefined) ?? [];
  if (!body.endsWith('$') || body.endsWith('\\$') || body.includes('|')) return undefined;
  const compiled = new RegExp(body, flags.replace('g', ''));
  return (end) => compiled.exec(end)?.[0].length ?? 0;
}

function cut(segments: readonly Segment[], lengthOf: LengthOfEnd): readonly Segment[] | undefined {
  const kept = [...segments];
  // A text that is nothing stays so.
  const end = kept
    .slice(kept.findLastIndex(({ kind }) => kind === 'hole') + 1)
    .map((segment) => (segment.kind === 'hole' ? '' : segment.value));
  let length = lengthOf(end.join(''));
  for (let index = kept.length - 1; length > 0 && index >= 0; index -= 1) {
    const segment = kept[index];
    if (segment === undefined || segment.kind === 'hole' || (segment.kind === 'kept' && segment.others.length > 0)) return undefined;
    const taken = Math.min(length, segment.value.length);
    kept[index] = { ...segment, value: segment.value.slice(0, segment.value.length - taken) };
    length -= taken;
  }
  return kept;
}
