/** How a file indents its code. */

import { ts } from 'ts-morph';
import { lineStarts } from '../text.ts';

const units = new WeakMap<ts.SourceFile, string>();

/** One step of the file's own indentation: a tab, or so many spaces; two spaces where the file does not tell. */
export function indentationUnit(file: ts.SourceFile): string {
  let unit = units.get(file);
  if (unit === undefined) {
    unit = guessUnit(file);
    units.set(file, unit);
  }
  return unit;
}

/** The white space that opens the line of `offset`. */
export function indentationAt(file: ts.SourceFile, offset: number): string {
  const { text } = file;
  let start = offset;
  while (start > 0 && !isLineBreak(text.charCodeAt(start - 1))) start -= 1;
  let end = start;
  while (text.charAt(end) === ' ' || text.charAt(end) === '\t') end += 1;
  return text.slice(start, end);
}

/** The steps from each block to its statements are counted; the commonest is the unit. */
function guessUnit(file: ts.SourceFile): string {
  const counts = new Map<string, number>();
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node)) {
      const [first] = node.statements;
      if (first !== undefined) {
        const outer = indentationAt(file, node.parent.getStart(file));
        const inner = indentationAt(file, first.getStart(file));
        const step = inner.slice(outer.length);
        if (inner.startsWith(outer) && step !== '' && /^(?:\t| {2,8})$/.test(step)) counts.set(step, (counts.get(step) ?? 0) + 1);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  if (best !== undefined) return best[0];
  const line = /^(\t| {2,8})\S/m.exec(file.text);
  return line?.[1] ?? '  ';
}

const frozenByFile = new WeakMap<ts.SourceFile, ReadonlySet<number>>();

/** The starts of lines whose leading white space is part of a value: inside template literals, continued strings and JSX text. */
export function frozenLines(file: ts.SourceFile): ReadonlySet<number> {
  const known = frozenByFile.get(file);
  if (known !== undefined) return known;
  const frozen = new Set<number>();
  const starts = lineStarts(file.text);
  const visit = (node: ts.Node): void => {
    if (isTextLiteral(node)) {
      const from = node.getStart(file);
      for (let index = lineAfter(starts, from); index < starts.length; index += 1) {
        const start = starts[index] ?? 0;
        if (start >= node.end) break;
        frozen.add(start);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  frozenByFile.set(file, frozen);
  return frozen;
}

function isTextLiteral(node: ts.Node): boolean {
  return (
    ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddle(node) ||
    ts.isTemplateTail(node) ||
    ts.isStringLiteral(node)
  );
}

/** Index of the first line that begins behind `offset`. */
function lineAfter(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isLineBreak(code: number): boolean {
  return code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
}
