/** What a person has said about a promise: that nobody is to wait for it, or that nobody is to look at it. */

import { ts } from 'ts-morph';
import { leadingComments } from '../../engine/source/layout.ts';

const letGo =
  /fire[ -]?(?:and|&|n)[ -]?forget|no[- ]await|not awaited|without await|do(?:n't| not) (?:await|wait)|never awaited|intentionally (?:not|un)|in the background|no-floating-promises|no-misused-promises/i;

/** A comment at the statement says that the promise is let go on purpose. */
export function isLetGo(node: ts.Node): boolean {
  const file = node.getSourceFile();
  const ranges = [...leadingComments(file, node), ...(ts.getTrailingCommentRanges(file.text, node.end) ?? [])];
  return ranges.some((range) => letGo.test(file.text.slice(range.pos, range.end)));
}
