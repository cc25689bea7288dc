/** The edits that put placeholders into the literals and take the holes out of what joins them. */

import { ts } from 'ts-morph';
import type { Range } from '../../engine/text.ts';
import { literalOfPieces, quoteStyle, type Piece, type Quote } from './quotes.ts';
import type { Places } from './places.ts';
import type { Parameter } from './query.ts';
import type { Carrier, Leaf, Literal, Segment } from './text.ts';

/** What is cut out of one segment, in characters of its value, and what takes its place. */
export interface Cut {
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
  /** The placeholder, in the segment where the slot begins; nothing in the others. */
  readonly parts: readonly CutPart[];
}

/** Text, or an expression that writes text: a list of placeholders, or the number of one. */
export type CutPart = string | { readonly expression: string };

export interface SourceEdit extends Range {
  readonly text: string;
}

/** Is nothing left of a part of the text, such as `(id + ':info')` in quotes that are elsewhere? */
export function isGone(part: ts.Expression, segments: readonly Segment[], cuts: readonly Cut[]): boolean {
  const own = segments.filter(({ leaf }) => leaf.expression.pos >= part.pos && leaf.expression.end <= part.end);
  return (
    own.length > 0 &&
    own.every((segment) => {
      const ownCuts = cuts.filter((cut) => cut.segment === segment);
      const length = segment.kind === 'hole' ? 0 : segment.value.length;
      const all = segment.kind === 'hole' ? ownCuts.length > 0 : ownCuts.some(({ start, end }) => start === 0 && end === length);
      return all && ownCuts.every(({ parts }) => parts.every((one) => one === ''));
    })
  );
}

/** New text, or source that stays as it is. */
type Chunk = string | Range;

/** @returns the edits of a carrier; none touches what stays, so that carriers may be nested in one another */
export function rewriteCarrier(carrier: Carrier, segments: readonly Segment[], cuts: readonly Cut[]): SourceEdit[] {
  const file = carrier.expression.getSourceFile();
  const leaves = carrier.leaves.map((leaf) => renderLeaf(leaf, segments, cuts));
  const [first] = carrier.leaves;
  const last = carrier.leaves.at(-1);
  if (first === undefined || last === undefined || leaves.flat().every((leaf) => leaf.kind === 'same')) return [];
  if (carrier.whole) return [rewriteWhole(carrier, leaves, file)];
  const items = joinText(carrier, leaves);
  const chunks = items.flatMap((item, index): readonly Chunk[] => {
    const next = items[index + 1];
    return [...renderItem(carrier, item, file), ...(next === undefined ? [] : joint(carrier, item.last, next.first))];
  });
  const range = { start: first.expression.getStart(file), end: last.expression.end };
  return editsFrom(chunks.length === 0 ? ["''"] : chunks, range);
}

/** The call becomes what `+` joins. */
function rewriteWhole(carrier: Carrier, leaves: readonly (readonly Rendered[])[], file: ts.SourceFile): SourceEdit {
  const operands: (Piece[] | string)[] = [];
  const addText = (pieces: readonly Piece[]): void => {
    const last = operands.at(-1);
    if (last !== undefined && typeof last !== 'string') last.push(...pieces);
    else operands.push([...pieces]);
  };
  leaves.forEach((several, index) => {
    const leaf = carrier.leaves[index];
    for (const rendered of several) {
      if (rendered.kind === 'text') addText(rendered.pieces);
      else if (rendered.kind === 'chunks') operands.push(rendered.chunks.map((chunk) => sourceOf(chunk, file)).join(''));
      else if (rendered.kind === 'same' && leaf !== undefined) {
        const pieces =
          leaf.literal === undefined ? samePieces(leaf) : [{ source: sourceOf(leaf.literal, file), quote: quoteOf(leaf, file) }];
        if (pieces.length > 0) addText(pieces);
        else operands.push(isOperand(leaf.expression) ? leaf.expression.getText() : `(${leaf.expression.getText()})`);
      }
    }
  });
  const text = operands.map((one) => (typeof one === 'string' ? one : literalOfPieces(one, quoteStyle(file)))).join(' + ');
  return { start: carrier.expression.getStart(file), end: carrier.expression.end, text };
}

/** Binds tighter than `+`. */
function isOperand(node: ts.Expression): boolean {
  return (
    ts.isIdentifier(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isCallExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isLiteralExpression(node)
  );
}

function quoteOf({ expression }: Leaf, file: ts.SourceFile): Quote {
  return file.text[expression.getStart(file)] as Quote;
}

function sourceOf(chunk: Chunk, file: ts.SourceFile): string {
  return typeof chunk === 'string' ? chunk : file.text.slice(chunk.start, chunk.end);
}

/** What stands between the chunks that stay, in the source, is replaced by what stands between them now. */
function editsFrom(chunks: readonly Chunk[], range: Range): SourceEdit[] {
  const edits: SourceEdit[] = [];
  let at = range.start;
  let text = '';
  const flush = (end: number): void => {
    if (end > at || text !== '') edits.push({ start: at, end, text });
    text = '';
  };
  for (const chunk of chunks) {
    if (typeof chunk === 'string') text += chunk;
    else {
      flush(chunk.start);
      at = chunk.end;
    }
  }
  flush(range.end);
  return edits;
}

type Rendered =
  | { readonly kind: 'same' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'text'; readonly pieces: readonly Piece[]; readonly placeholder: boolean }
  | { readonly kind: 'chunks'; readonly chunks: readonly Chunk[] };

/** Several for a placeholder whose number is an expression. */
function renderLeaf(leaf: Leaf, segments: readonly Segment[], cuts: readonly Cut[]): Rendered[] {
  const own = segments.filter((segment) => segment.leaf === leaf);
  const ownCuts = cuts.filter((cut) => own.includes(cut.segment));
  if (ownCuts.length === 0) return [{ kind: leaf.kind === 'other' && isGone(leaf.expression, segments, cuts) ? 'gone' : 'same' }];
  if (leaf.kind === 'other') {
    const parts = ownCuts.flatMap((cut) => cut.parts).filter((part) => part !== '');
    return parts.length === 0 ? [{ kind: 'gone' }] : parts.map(renderPart);
  }
  const file = leaf.expression.getSourceFile();
  if (ts.isTemplateExpression(leaf.expression)) return [renderTemplate(leaf.expression, own, ownCuts, file)];
  const quote = file.text[leaf.expression.getStart(file)] as Quote;
  const pieces = own.flatMap((segment) => (segment.kind === 'literal' ? remaining(segment, ownCuts) : []));
  if (pieces.length === 0) return [{ kind: 'gone' }];
  const rendered: Rendered[] = [];
  for (const piece of pieces) {
    const last = rendered.at(-1);
    if (isExpression(piece)) rendered.push(renderPart(piece));
    else if (last?.kind === 'text') rendered[rendered.length - 1] = { ...last, pieces: [...last.pieces, pieceOf(piece, quote, file)] };
    else rendered.push({ kind: 'text', pieces: [pieceOf(piece, quote, file)], placeholder: false });
  }
  return rendered;
}

function renderPart(part: CutPart): Rendered {
  if (typeof part === 'string') return { kind: 'text', pieces: [{ source: part, quote: "'" }], placeholder: true };
  // `'$' + params.length - 1` would be a subtraction.
  return { kind: 'chunks', chunks: [/ [-+] \d+$/.test(part.expression) ? `(${part.expression})` : part.expression] };
}

function isExpression(chunk: Chunk | CutPart): chunk is { readonly expression: string } {
  return typeof chunk !== 'string' && 'expression' in chunk;
}

function renderTemplate(template: ts.TemplateExpression, own: readonly Segment[], cuts: readonly Cut[], file: ts.SourceFile): Rendered {
  const chunks: Chunk[] = [];
  let holes = false;
  const addLiteral = (node: ts.Node): void => {
    const segment = own.find((one): one is Literal => one.kind === 'literal' && one.offsets[0] === node.getStart(file) + 1);
    if (segment === undefined) return;
    for (const piece of remaining(segment, cuts)) {
      chunks.push(isExpression(piece) ? `\${${piece.expression}}` : piece);
      if (isExpression(piece)) holes = true;
    }
  };
  addLiteral(template.head);
  for (const span of template.templateSpans) {
    const cut = cuts.find((one) => one.segment.kind === 'hole' && one.segment.expression === span.expression);
    if (cut === undefined) {
      // Braces and what stands around the expression stay as they are.
      chunks.push({ start: span.expression.pos - 2, end: span.literal.getStart(file) + 1 });
      holes = true;
    } else {
      for (const part of cut.parts) {
        chunks.push(typeof part === 'string' ? part : `\${${part.expression}}`);
        if (typeof part !== 'string') holes = true;
      }
    }
    addLiteral(span.literal);
  }
  if (holes)
    return {
      kind: 'chunks',
      chunks: [
        { start: template.getStart(file), end: template.getStart(file) + 1 },
        ...chunks,
        { start: template.end - 1, end: template.end },
      ],
    };
  return chunks.length === 0
    ? { kind: 'gone' }
    : { kind: 'text', pieces: chunks.map((chunk) => pieceOf(chunk, '`', file)), placeholder: false };
}

function pieceOf(chunk: Chunk, quote: Quote, file: ts.SourceFile): Piece {
  return { source: typeof chunk === 'string' ? chunk : file.text.slice(chunk.start, chunk.end), quote };
}

/** What the cuts leave of a literal, with the placeholders in their places. */
function remaining(segment: Literal, cuts: readonly Cut[]): (Chunk | { readonly expression: string })[] {
  const chunks: (Chunk | { readonly expression: string })[] = [];
  let at = 0;
  const add = (until: number): void => {
    const start = segment.offsets[at] ?? 0;
    const end = segment.offsets[until] ?? 0;
    if (end > start) chunks.push({ start, end });
  };
  for (const cut of cuts.filter((one) => one.segment === segment).sort((a, b) => a.start - b.start)) {
    add(cut.start);
    chunks.push(...cut.parts.filter((part) => part !== ''));
    at = cut.end;
  }
  // All that the source has, also what is cut off later.
  add(segment.offsets.length - 1);
  return chunks;
}

/** A run of leaves that is written as one. */
interface Item {
  readonly first: number;
  last: number;
  readonly rendered: Rendered;
  pieces: Piece[];
  /** A placeholder was joined last, so what follows on its line may join too. */
  endsInPlaceholder: boolean;
}

function joinText(carrier: Carrier, leaves: readonly (readonly Rendered[])[]): Item[] {
  const items: Item[] = [];
  const add = (rendered: Rendered, index: number): void => {
    if (rendered.kind === 'gone') return;
    const leaf = carrier.leaves[index];
    const pieces = rendered.kind === 'text' ? [...rendered.pieces] : rendered.kind === 'same' && leaf !== undefined ? samePieces(leaf) : [];
    const placeholder = rendered.kind === 'text' && rendered.placeholder;
    const previous = items.at(-1);
    if (previous !== undefined && previous.pieces.length > 0 && pieces.length > 0) {
      const gaps = gapsBetween(carrier, previous.last, index);
      const apart = index - previous.last > 1 || placeholder || previous.endsInPlaceholder;
      if (apart && gaps.every((gap) => /^\s*\+\s*$/.test(gap)) && (placeholder || !gaps.some((gap) => gap.includes('\n')))) {
        items[items.length - 1] = {
          first: previous.first,
          last: index,
          rendered: { kind: 'text', pieces: [], placeholder: false },
          pieces: [...previous.pieces, ...pieces],
          endsInPlaceholder: placeholder,
        };
        return;
      }
    }
    items.push({ first: index, last: index, rendered, pieces, endsInPlaceholder: placeholder });
  };
  leaves.forEach((several, index) => {
    for (const rendered of several) add(rendered, index);
  });
  return items;
}

/** The text of a literal that no cut touches, for it may be joined with a placeholder. */
function samePieces(leaf: Leaf): Piece[] {
  const { expression } = leaf;
  if (!ts.isStringLiteralLike(expression)) return [];
  const file = expression.getSourceFile();
  const start = expression.getStart(file);
  return [{ source: file.text.slice(start + 1, expression.end - 1), quote: file.text[start] as Quote }];
}

function gapsBetween(carrier: Carrier, from: number, to: number): string[] {
  const gaps: string[] = [];
  for (let index = from; index < to; index += 1) {
    const left = carrier.leaves[index];
    const right = carrier.leaves[index + 1];
    if (left === undefined || right === undefined) continue;
    const file = left.expression.getSourceFile();
    gaps.push(file.text.slice(left.expression.end, right.expression.getStart(file)));
  }
  return gaps;
}

function renderItem(carrier: Carrier, item: Item, file: ts.SourceFile): readonly Chunk[] {
  if (item.rendered.kind === 'chunks') return item.rendered.chunks;
  if (item.rendered.kind !== 'same') return [literalOfPieces(item.pieces, quoteStyle(file))];
  const expression = carrier.leaves[item.first]?.expression;
  return expression === undefined ? [] : [{ start: expression.getStart(file), end: expression.end }];
}

/** What stands between two leaves: where others stood between them, the gap that breaks the line or has a comment. */
function joint(carrier: Carrier, from: number, to: number): readonly Chunk[] {
  const file = carrier.expression.getSourceFile();
  const left = carrier.leaves[from];
  const right = carrier.leaves[to];
  if (to === from) return [' + '];
  if (to === from + 1 && left !== undefined && right !== undefined)
    return [{ start: left.expression.end, end: right.expression.getStart(file) }];
  const gaps = gapsBetween(carrier, from, to);
  const telling = gaps.filter((gap) => !/^\s*\+\s*$/.test(gap));
  if (telling.length > 1) return telling.map((gap, index) => (index === 0 ? gap : gap.replace('+', '')));
  return [telling[0] ?? gaps.find((gap) => gap.includes('\n')) ?? ' + '];
}

/** What the slots cut out of each segment; undefined when a slot begins or ends in a text that stays. */
export function cutsFor(
  segments: readonly Segment[],
  places: Places,
  parameters: readonly Parameter[],
  written: readonly (readonly CutPart[])[],
): Cut[] | undefined {
  const cuts: Cut[] = [];
  let at = 0;
  let hole = 0;
  for (const segment of segments) {
    const length = segment.kind === 'hole' ? holeLength(places, hole) : segment.value.length;
    if (segment.kind === 'hole') hole += 1;
    const range = { start: at, end: at + length };
    at = range.end;
    for (const [index, { range: slot, expanded }] of parameters.entries()) {
      const start = Math.max(slot.start, range.start);
      const end = Math.min(slot.end, range.end);
      if (start >= end) continue;
      if (segment.kind === 'kept') return undefined;
      const placeholder = slot.start >= range.start && expanded === undefined ? (written[index] ?? []) : [];
      const parts = segment.kind === 'hole' && expanded !== undefined ? [{ expression: expanded }] : placeholder;
      cuts.push({ segment, start: start - range.start, end: end - range.start, parts });
    }
  }
  return cuts;
}

function holeLength(places: Places, hole: number): number {
  const range = places.ranges[hole];
  return range === undefined ? 0 : range.end - range.start;
}

/** An insertion right behind a replacement becomes part of it, for the order of two edits at one offset is nobody's to guess. */
export function mergedEdits(edits: readonly SourceEdit[]): SourceEdit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  return sorted.reduce<SourceEdit[]>((all, edit) => {
    const last = all.at(-1);
    if (last?.end === edit.start) all[all.length - 1] = { start: last.start, end: edit.end, text: last.text + edit.text };
    else all.push(edit);
    return all;
  }, []);
}
