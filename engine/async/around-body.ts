/** The edits that put something around all that a function does: `try { … } catch …`, `(async () => { … })()`. */

import type { ts } from 'ts-morph';
import type { Edit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { sourceHabits } from '../source/habits.ts';
import { indentationAt } from '../source/indentation.ts';

/**
 * @param closing further lines of it bring their own indentation, which is one unit deeper than that of the brace that ends `body`
 * @param from the end of the statements that stay before it
 */
export function editsAroundBody(program: Program, body: ts.Block, opening: string, closing: string, from?: number): Edit[] {
  const file = body.getSourceFile();
  const path = program.pathOf(body);
  const { eol, unit } = sourceHabits(file);
  const base = indentationAt(file, body.end - 1);
  const inner = base + unit;
  const open = from ?? body.getStart() + 1;
  const close = body.end - 1;
  const { text } = file;
  const lineOfClose = Math.max(text.lastIndexOf('\n', close - 1), text.lastIndexOf('\r', close - 1)) + 1;
  const ownLines = /^[ \t]*$/.test(text.slice(lineOfClose, close)) && lineOfClose > open;
  if (!ownLines) {
    // `{ res.send(read(file)); }` on one line.
    const first = skipBlanks(text, open);
    const last = skipBlanksBack(text, close);
    return [
      { kind: 'replace', path, start: open, end: first, text: `${eol}${inner}${opening}${eol}${inner}${unit}` },
      { kind: 'indent', path, start: first, end: last },
      { kind: 'replace', path, start: last, end: close, text: `${eol}${inner}${closing}${eol}${base}` },
    ];
  }
  return [
    { kind: 'replace', path, start: open, end: open, text: `${eol}${inner}${opening}` },
    { kind: 'indent', path, start: open, end: lineOfClose },
    { kind: 'replace', path, start: lineOfClose, end: lineOfClose, text: `${inner}${closing}${eol}` },
  ];
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at += 1;
  return at;
}

function skipBlanksBack(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text.charAt(at - 1))) at -= 1;
  return at;
}
