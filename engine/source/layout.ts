/** Statements with the comments and blank lines that belong to them. */

import { ts } from 'ts-morph';
import type { Range } from '../text.ts';

/** A statement, or any other node that stands on lines of its own, with its comments. */
export interface Placed extends Range {
  /** A blank line stands before it, or before its comments. */
  readonly blankBefore: boolean;
}

/** The range of `node` with the comments on the lines above it and the comment behind it on its last line. */
export function placed(file: ts.SourceFile, node: ts.Node): Placed {
  const comments = leadingComments(file, node);
  const start = comments[0]?.pos ?? node.getStart(file);
  return { start, end: trailingEnd(file, node.end), blankBefore: hasBlankLine(file.text.slice(trailingEnd(file, node.pos), start)) };
}

/** The comments on the lines above `node`. */
export function leadingComments(file: ts.SourceFile, node: ts.Node): readonly ts.CommentRange[] {
  return ts.getLeadingCommentRanges(file.text, node.pos) ?? [];
}

/**
 * Where the expression begins, with the cast in front of it that JavaScript has: `/** @type {User} *\/ (found)`. A cast belongs to the
 * parentheses behind it, and is a comment on something else in any other place (TypeScript: "JSDoc reference", casts).
 */
export function startWithCast(file: ts.SourceFile, expression: ts.Node): number {
  const start = expression.getStart(file);
  if (file.text[start] !== '(') return start;
  const { pos } = expression;
  const before = [...(ts.getTrailingCommentRanges(file.text, pos) ?? []), ...(ts.getLeadingCommentRanges(file.text, pos) ?? [])].at(-1);
  return before !== undefined && /^\/\*\*[^]*@(?:type|satisfies)\b/.test(file.text.slice(before.pos, before.end)) ? before.pos : start;
}

/** The end of `node` with a comment that follows it on the same line. */
export function trailingEnd(file: ts.SourceFile, end: number): number {
  const trailing = ts.getTrailingCommentRanges(file.text, end) ?? [];
  return trailing.at(-1)?.end ?? end;
}

/** The comments before the closing brace of a block that belong to no statement. */
export function closingComments(file: ts.SourceFile, block: ts.Block): readonly ts.CommentRange[] {
  const from = block.statements.at(-1)?.end ?? block.getStart(file) + 1;
  const trailing = ts.getTrailingCommentRanges(file.text, from) ?? [];
  const start = trailing.at(-1)?.end ?? from;
  return (ts.getLeadingCommentRanges(file.text, start) ?? []).filter((range) => range.end < block.end && range.pos >= start);
}

/** Every comment inside `range`, strings and templates not mistaken for any. */
export function commentsIn(file: ts.SourceFile, range: Range): readonly ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>();
  const collect = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const one of ranges ?? []) if (one.pos >= range.start && one.end <= range.end) found.set(one.pos, one);
  };
  const visit = (node: ts.Node): void => {
    if (node.end < range.start || node.pos > range.end) return;
    // Tokens such as a brace have no node of their own among the children that `forEachChild` gives.
    const children = node.getChildren(file);
    if (children.length === 0) {
      if (node.kind === ts.SyntaxKind.JsxText) return;
      collect(ts.getLeadingCommentRanges(file.text, node.pos));
      collect(ts.getTrailingCommentRanges(file.text, node.end));
    }
    for (const child of children) visit(child);
  };
  visit(file);
  return [...found.values()].sort((a, b) => a.pos - b.pos);
}

/** Does the text, which is white space and comments, hold an empty line? */
export function hasBlankLine(text: string): boolean {
  return /(?:\n|\r(?!\n)|[\u2028\u2029])[ \t]*[\r\n\u2028\u2029]/.test(text);
}
