/** Texts that calls put together: `concat`, `join` of an array literal, `util.format`, and `replace` in a literal. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { characterOffsets, isTextual } from './literals.ts';
import { unwrap } from './unwrap.ts';

/** A part of the text: some of a literal, or an operand. */
export type CallPiece =
  | { readonly kind: 'literal'; readonly node: ts.StringLiteralLike; readonly value: string; readonly offsets: readonly number[] }
  /** `number`: what `%d` makes of it. */
  | { readonly kind: 'operand'; readonly expression: ts.Expression; readonly as: 'text' | 'number' };

/** @returns undefined for a call of another kind */
export function piecesOfCall(program: Program, call: ts.CallExpression): readonly CallPiece[] | undefined {
  if (call.arguments.some((argument) => ts.isSpreadElement(argument))) return undefined;
  if (program.originOf(call.expression)?.key === 'util.format') return formatted(call);
  if (!ts.isPropertyAccessExpression(call.expression)) return undefined;
  const { expression, name } = call.expression;
  const receiver = unwrap(expression);
  switch (name.text) {
    case 'concat':
      return isTextual(receiver) ? [receiver, ...call.arguments].flatMap(pieceOf) : undefined;
    case 'join':
      return ts.isArrayLiteralExpression(receiver) ? joined(receiver, call.arguments[0]) : undefined;
    case 'replace':
    case 'replaceAll':
      return replaced(program, receiver, call);
    default:
      return undefined;
  }
}

function pieceOf(expression: ts.Expression): CallPiece[] {
  const inner = unwrap(expression);
  return ts.isStringLiteralLike(inner) ? literalPiece(inner) : [{ kind: 'operand', expression, as: 'text' }];
}

function literalPiece(node: ts.StringLiteralLike): CallPiece[] {
  const start = node.getStart() + 1;
  const offsets = characterOffsets(node.getSourceFile().text.slice(start, node.end - 1), node.text);
  if (offsets === undefined) return [{ kind: 'operand', expression: node, as: 'text' }];
  return [{ kind: 'literal', node, value: node.text, offsets: offsets.map((offset) => start + offset) }];
}

function joined({ elements }: ts.ArrayLiteralExpression, separator: ts.Expression | undefined): CallPiece[] | undefined {
  if (separator === undefined || !ts.isStringLiteralLike(separator)) return undefined;
  if (!elements.some((element) => isTextual(element)) || elements.some((one) => ts.isSpreadElement(one) || ts.isOmittedExpression(one))) {
    return undefined;
  }
  return elements.flatMap((element, index) => [
    ...(index === 0 || separator.text === '' ? [] : literalPiece(separator)),
    ...pieceOf(element),
  ]);
}

/** `%s` and `%d`; what else there is in a format writes a value in a form of its own. */
function formatted({ arguments: [format, ...values] }: ts.CallExpression): CallPiece[] | undefined {
  if (format === undefined || !ts.isStringLiteralLike(format)) return undefined;
  const [whole] = literalPiece(format);
  if (whole?.kind !== 'literal') return undefined;
  // A mark for which there is no value stays as it is.
  const marks = [...whole.value.matchAll(/%[a-zA-Z%]/g)].slice(0, values.length);
  if (marks.length !== values.length || marks.some(([mark]) => mark !== '%s' && mark !== '%d')) return undefined;
  return marks.flatMap(({ 0: mark, index }, number): CallPiece[] => {
    const from = number === 0 ? 0 : (marks[number - 1]?.index ?? 0) + 2;
    const value = values[number];
    const behind = number === marks.length - 1 ? part(whole, index + 2, whole.value.length) : [];
    return value === undefined
      ? []
      : [...part(whole, from, index), { kind: 'operand', expression: value, as: mark === '%d' ? 'number' : 'text' }, ...behind];
  });
}

function part(piece: CallPiece & { kind: 'literal' }, start: number, end: number): CallPiece[] {
  return start === end ? [] : [{ ...piece, value: piece.value.slice(start, end), offsets: piece.offsets.slice(start, end + 1) }];
}

/** `'… :id …'.replace(':id', id)`, one behind the other, where the values are no texts that hold marks of their own. */
function replaced(program: Program, receiver: ts.Expression, call: ts.CallExpression): CallPiece[] | undefined {
  const [pattern, value] = call.arguments;
  if (pattern === undefined || value === undefined || isTextual(value) || ts.isFunctionLike(unwrap(value))) return undefined;
  const before = ts.isStringLiteralLike(receiver)
    ? literalPiece(receiver)
    : ts.isCallExpression(receiver)
      ? piecesOfCall(program, receiver)
      : undefined;
  const method = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : '';
  const mark = markOf(pattern, method === 'replaceAll');
  if (before === undefined || mark === undefined) return undefined;
  let found = 0;
  const pieces = before.flatMap((piece): CallPiece[] => {
    if (piece.kind !== 'literal') return [piece];
    const cut: CallPiece[] = [];
    let at = 0;
    for (
      let index = piece.value.indexOf(mark.text);
      index !== -1 && (mark.all || found === 0);
      index = piece.value.indexOf(mark.text, at)
    ) {
      cut.push(...part(piece, at, index), { kind: 'operand', expression: value, as: 'text' });
      at = index + mark.text.length;
      found += 1;
    }
    return [...cut, ...part(piece, at, piece.value.length)];
  });
  return found > 0 ? pieces : undefined;
}

/** A pattern that is a plain text. */
function markOf(pattern: ts.Expression, all: boolean): { readonly text: string; readonly all: boolean } | undefined {
  if (ts.isStringLiteralLike(pattern)) return pattern.text === '' ? undefined : { text: pattern.text, all };
  if (!ts.isRegularExpressionLiteral(pattern)) return undefined;
  const [, body = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(pattern.text) ?? [];
  const text = body.replace(/\\([{}[\]().?*+|^$/\\])/g, '$1');
  const special = /(^|[^\\])[[\]().?*+|^$]|\\[a-zA-Z0-9]/.test(body);
  return special || text === '' || !/^g?$/.test(flags) ? undefined : { text, all: flags === 'g' };
}
