/** The edits that put placeholders into the literals and take the holes out of what joins them. */

import { ts } from 'ts-morph';
import { literalOfPieces, quoteStyle, requote, type Piece, type Quote } from './quotes.ts';
import type { Places } from './places.ts';
import type { Carrier, Leaf, Literal, Segment } from './text.ts';

/** What is cut out of one segment, in characters of its value, and what takes its place. */
export interface Cut {
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
  /** The placeholder, in the segment where the slot begins; empty in the others. */
  readonly text: string;
}

export interface SourceEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @returns an edit for each carrier that changes; one inside another is part of the other's edit */
export function rewriteCarriers(carriers: readonly Carrier[], segments: readonly Segment[], cuts: readonly Cut[]): SourceEdit[] {
  const size = ({ expression }: Carrier): number => expression.end - expression.pos;
  let edits: SourceEdit[] = [];
  for (const carrier of [...carriers].sort((a, b) => size(a) - size(b))) {
    const source = new EditedSource(carrier.expression.getSourceFile(), edits);
    const edit = rewriteCarrier(carrier, segments, cuts, source);
    if (edit === undefined) continue;
    edits = [...edits.filter((one) => one.start < edit.start || one.end > edit.end), edit];
  }
  return edits;
}

/** A file's text with the edits made so far. */
class EditedSource {
  readonly file: ts.SourceFile;
  readonly #edits: readonly SourceEdit[];

  constructor(file: ts.SourceFile, edits: readonly SourceEdit[]) {
    this.file = file;
    this.#edits = edits;
  }

  slice(start: number, end: number): string {
    const inside = this.#edits.filter((edit) => edit.start >= start && edit.end <= end).sort((a, b) => a.start - b.start);
    let text = '';
    let at = start;
    for (const edit of inside) {
      text += this.file.text.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return text + this.file.text.slice(at, end);
  }
}

function rewriteCarrier(
  carrier: Carrier,
  segments: readonly Segment[],
  cuts: readonly Cut[],
  source: EditedSource,
): SourceEdit | undefined {
  const leaves = carrier.leaves.map((leaf) => renderLeaf(leaf, segments, cuts, source));
  const [first] = carrier.leaves;
  const last = carrier.leaves.at(-1);
  if (first === undefined || last === undefined || leaves.every((leaf) => leaf.kind === 'same')) return undefined;
  const items = joinText(carrier, leaves);
  const text = items.map((item, index) => {
    const next = items[index + 1];
    return renderItem(carrier, item, source) + (next === undefined ? '' : joint(gapsBetween(carrier, item.last, next.first)));
  });
  return { start: first.expression.getStart(source.file), end: last.expression.end, text: text.length === 0 ? "''" : text.join('') };
}

type Rendered =
  | { readonly kind: 'same' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'text'; readonly pieces: readonly Piece[]; readonly placeholder: boolean }
  | { readonly kind: 'source'; readonly text: string };

function renderLeaf(leaf: Leaf, segments: readonly Segment[], cuts: readonly Cut[], source: EditedSource): Rendered {
  const own = segments.filter((segment) => segment.leaf === leaf);
  const ownCuts = cuts.filter((cut) => own.includes(cut.segment));
  if (ownCuts.length === 0) return { kind: 'same' };
  const { file } = source;
  if (leaf.kind === 'other') {
    const text = ownCuts.map((cut) => cut.text).join('');
    return text === '' ? { kind: 'gone' } : { kind: 'text', pieces: [{ source: text, quote: "'" }], placeholder: true };
  }
  const quote = file.text[leaf.expression.getStart(file)] as Quote;
  if (!ts.isTemplateExpression(leaf.expression)) {
    const pieces = own.flatMap((segment) => (segment.kind === 'literal' ? remaining(segment, ownCuts, quote, file) : []));
    return pieces.length === 0 ? { kind: 'gone' } : { kind: 'text', pieces, placeholder: false };
  }
  return renderTemplate(leaf.expression, own, ownCuts, source);
}

function renderTemplate(template: ts.TemplateExpression, own: readonly Segment[], cuts: readonly Cut[], edited: EditedSource): Rendered {
  const { file } = edited;
  const pieces: Piece[] = [];
  let source = '';
  let holes = false;
  const addLiteral = (node: ts.Node): void => {
    const segment = own.find((one): one is Literal => one.kind === 'literal' && one.offsets[0] === node.getStart(file) + 1);
    if (segment === undefined) return;
    for (const piece of remaining(segment, cuts, '`', file)) {
      pieces.push(piece);
      source += piece.quote === '`' ? piece.source : requote(piece, '`');
    }
  };
  addLiteral(template.head);
  for (const span of template.templateSpans) {
    const cut = cuts.find((one) => one.segment.kind === 'hole' && one.segment.expression === span.expression);
    if (cut === undefined) {
      // Braces and what stands around the expression stay as they are.
      source += edited.slice(span.expression.pos - 2, span.literal.getStart(file) + 1);
      holes = true;
    } else if (cut.text !== '') {
      pieces.push({ source: cut.text, quote: '`' });
      source += cut.text;
    }
    addLiteral(span.literal);
  }
  if (holes) return { kind: 'source', text: `\`${source}\`` };
  return pieces.length === 0 ? { kind: 'gone' } : { kind: 'text', pieces, placeholder: false };
}

/** What the cuts leave of a literal, with the placeholders in their places. */
function remaining(segment: Literal, cuts: readonly Cut[], quote: Quote, file: ts.SourceFile): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const add = (end: number): void => {
    const source = file.text.slice(segment.offsets[at], segment.offsets[end]);
    if (source !== '') pieces.push({ source, quote });
  };
  for (const cut of cuts.filter((one) => one.segment === segment).sort((a, b) => a.start - b.start)) {
    add(cut.start);
    if (cut.text !== '') pieces.push({ source: cut.text, quote });
    at = cut.end;
  }
  add(segment.value.length);
  return pieces;
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

function joinText(carrier: Carrier, leaves: readonly Rendered[]): Item[] {
  const items: Item[] = [];
  leaves.forEach((rendered, index) => {
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

function renderItem(carrier: Carrier, item: Item, source: EditedSource): string {
  const expression = carrier.leaves[item.first]?.expression;
  if (item.rendered.kind === 'same') return expression === undefined ? '' : source.slice(expression.getStart(source.file), expression.end);
  if (item.rendered.kind === 'source') return item.rendered.text;
  return literalOfPieces(item.pieces, quoteStyle(source.file));
}

/** Of the gaps around what vanished, the one that breaks the line or has a comment. */
function joint(gaps: readonly string[]): string {
  const telling = gaps.filter((gap) => !/^\s*\+\s*$/.test(gap));
  if (telling.length > 1) return telling.map((gap, index) => (index === 0 ? gap : gap.replace('+', ''))).join('');
  return telling[0] ?? gaps.find((gap) => gap.includes('\n')) ?? gaps[0] ?? ' + ';
}

/** What the slots cut out of each segment; undefined when a slot begins or ends in a text that stays. */
export function cutsFor(segments: readonly Segment[], places: Places, written: readonly string[]): Cut[] | undefined {
  const cuts: Cut[] = [];
  let at = 0;
  let hole = 0;
  for (const segment of segments) {
    const length = segment.kind === 'hole' ? holeLength(places, hole) : segment.value.length;
    if (segment.kind === 'hole') hole += 1;
    const range = { start: at, end: at + length };
    at = range.end;
    for (const [index, slot] of places.slots.entries()) {
      const start = Math.max(slot.start, range.start);
      const end = Math.min(slot.end, range.end);
      if (start >= end) continue;
      if (segment.kind === 'kept') return undefined;
      const text = slot.start >= range.start ? (written[index] ?? '') : '';
      cuts.push({ segment, start: start - range.start, end: end - range.start, text });
    }
  }
  return cuts;
}

function holeLength(places: Places, hole: number): number {
  const range = places.ranges[hole];
  return range === undefined ? 0 : range.end - range.start;
}
