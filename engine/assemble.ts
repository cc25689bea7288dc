/** The new text of one file, from the fixes that were chosen. */

import MagicString from 'magic-string';
import { ts } from 'ts-morph';
import type { Edit, Fix, ImportNeed, IndentEdit, PreambleNeed, ReplaceEdit } from './finding.ts';
import { completeImports } from './imports/complete.ts';
import { composed, offsetMap, type OffsetMap } from './offset-map.ts';
import { indentationUnit } from './source/indentation.ts';
import { lineStarts } from './text.ts';

export interface Assembled {
  readonly text: string;
  /** From the new text to the old. */
  readonly origin: OffsetMap;
}

/** Two fixes want to change the same text. A fault of the transform: `selectFixes` keeps such fixes apart. */
export class OverlapError extends Error {
  override readonly name = 'OverlapError';
}

/**
 * @param file the tree that the fixes' edits refer to
 * @param path of the file, relative to the root: edits of other files are passed over
 * @throws OverlapError naming both fixes
 */
export function assemble(file: ts.SourceFile, path: string, fixes: readonly Fix[], esModule: boolean): Assembled {
  const replaces: { edit: ReplaceEdit; fix: Fix }[] = [];
  const indents: IndentEdit[] = [];
  const imports: ImportNeed[] = [];
  const preambles: PreambleNeed[] = [];
  for (const fix of fixes) {
    for (const edit of fix.edits) {
      if (edit.path !== path) continue;
      if (edit.kind === 'indent') indents.push(edit);
      else replaces.push({ edit, fix });
    }
    imports.push(...fix.imports.filter((need) => need.path === path));
    preambles.push(...fix.preambles.filter((need) => need.path === path));
  }
  // Insertions at one place keep the order of the fixes, unless one is around the other; a replacement that begins there follows them.
  const ordered = replaces.sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || outerFirst(a.edit, b.edit));
  for (let index = 1; index < ordered.length; index += 1) {
    const previous = ordered[index - 1];
    const current = ordered[index];
    if (previous === undefined || current === undefined) continue;
    if (current.edit.start < previous.edit.end) {
      throw new OverlapError(`${path}: “${previous.fix.title}” and “${current.fix.title}” change the same text.`);
    }
  }
  const indented = applyIndents(file, indents, withoutNeedlessParentheses(ordered.map(({ edit }) => edit)));
  const magic = new MagicString(file.text);
  for (const edit of indented) {
    if (edit.start === edit.end) magic.appendLeft(edit.start, edit.text);
    else if (edit.text === '') magic.remove(edit.start, edit.end);
    else magic.update(edit.start, edit.end, edit.text);
  }
  const edited = magic.toString();
  const origin = offsetMap(indented.map((edit) => ({ start: edit.start, end: edit.end, length: edit.text.length })));
  const completed = completeImports(file, edited, imports, preambles, esModule);
  const completion = offsetMap(completed.edits.map((edit) => ({ start: edit.start, end: edit.end, length: edit.text.length })));
  return { text: completed.text, origin: composed(origin, completion) };
}

function outerFirst(a: ReplaceEdit, b: ReplaceEdit): number {
  if (a.wraps === b.wraps) return 0;
  return (b.wraps ?? Infinity) - (a.wraps ?? Infinity);
}

/** `for (const name of (await list())) {`, whose parentheses were there for `(await list()).forEach(…)`. */
function withoutNeedlessParentheses(replaces: readonly ReplaceEdit[]): readonly ReplaceEdit[] {
  const changed = new Map<ReplaceEdit, ReplaceEdit>();
  for (const opening of replaces) {
    const { wraps, text } = opening;
    if (wraps === undefined || !text.startsWith('(await ')) continue;
    const head = replaces.some((edit) => edit.end === opening.start && edit.start < edit.end && edit.text.endsWith(' of '));
    const behind = replaces.some((edit) => edit.start === wraps && edit.end > wraps && edit.text.startsWith(') {'));
    const closing = replaces.find((edit) => edit.start === wraps && edit.end === wraps && edit.text.endsWith(')'));
    if (!head || !behind || closing === undefined) continue;
    changed.set(opening, { ...opening, text: text.slice(1) });
    changed.set(closing, { ...closing, text: closing.text.slice(0, -1) });
  }
  return changed.size === 0 ? replaces : replaces.map((edit) => changed.get(edit) ?? edit);
}

/** Turns indents into insertions at line starts, and indents the lines of the replacements inside them. */
function applyIndents(file: ts.SourceFile, indents: readonly IndentEdit[], replaces: readonly ReplaceEdit[]): ReplaceEdit[] {
  if (indents.length === 0) return [...replaces];
  const unit = indentationUnit(file);
  const inTemplate = templateLines(file);
  const depthOf = (around: readonly IndentEdit[]): number => around.reduce((depth, { by = 1 }) => depth + by, 0);
  const depthAt = (offset: number): number => depthOf(indents.filter((indent) => indent.start < offset && offset < indent.end));
  const result: ReplaceEdit[] = replaces.map((edit) => {
    // What is inserted where the indented range ends belongs to what is around it.
    const isIn = ({ start, end }: IndentEdit): boolean =>
      start < edit.start && (edit.end < end || (edit.end === end && edit.end > edit.start));
    const depth = depthOf(indents.filter(isIn));
    if (depth === 0 || !edit.text.includes('\n')) return edit;
    if (depth < 0) return { ...edit, text: edit.text.replaceAll(`\n${unit.repeat(-depth)}`, '\n') };
    const indentation = unit.repeat(depth);
    // The indentation of a line stands before what is inserted at its start: the line itself needs one of its own.
    const isWholeLine = edit.start === edit.end && edit.text.endsWith('\n') && isLineStart(file.text, edit.start);
    return { ...edit, text: indentLines(edit.text, indentation) + (isWholeLine ? indentation : '') };
  });
  for (const start of lineStarts(file.text)) {
    const depth = depthAt(start);
    if (depth === 0 || inTemplate(start) || /[\r\n]/.test(file.text.charAt(start))) continue;
    if (replaces.some((edit) => (edit.start < start || takesLines(file.text, edit)) && edit.start <= start && start < edit.end)) continue;
    const path = indents[0]?.path ?? '';
    if (depth > 0) result.push({ kind: 'replace', path, start, end: start, text: unit.repeat(depth) });
    else if (file.text.startsWith(unit.repeat(-depth), start)) {
      const end = start + unit.length * -depth;
      const isTaken = replaces.some((edit) => edit.start < end && edit.end > start);
      if (!isTaken) result.push({ kind: 'replace', path, start, end, text: '' });
    }
  }
  // At one place the indentation stands before what a fix inserts there.
  return result.sort((a, b) => a.start - b.start || a.end - b.end || Number(/\S/.test(a.text)) - Number(/\S/.test(b.text)));
}

function isLineStart(text: string, offset: number): boolean {
  return offset === 0 || /[\r\n]/.test(text.charAt(offset - 1));
}

/** Whole lines go, and with them the place for their indentation. */
function takesLines(text: string, edit: ReplaceEdit): boolean {
  return edit.text === '' && /[\r\n]/.test(text.charAt(edit.end - 1));
}

/** Indents every line of new code but the first, the insides of template literals excepted. */
function indentLines(text: string, indentation: string): string {
  const parsed = ts.createSourceFile('replacement.ts', text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TSX);
  const inTemplate = templateLines(parsed);
  let result = '';
  let from = 0;
  for (const start of lineStarts(text).slice(1)) {
    result += text.slice(from, start);
    if (!inTemplate(start) && start < text.length && !/[\r\n]/.test(text.charAt(start))) result += indentation;
    from = start;
  }
  return result + text.slice(from);
}

/** Is the offset inside the text of a template literal, where white space counts? */
function templateLines(file: ts.SourceFile): (offset: number) => boolean {
  const ranges: { start: number; end: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) {
      ranges.push({ start: node.getStart(file), end: node.end });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return (offset) => ranges.some((range) => range.start < offset && offset < range.end);
}

export type { Edit };
