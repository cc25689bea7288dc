/**
 * Comments by which a person keeps nodelift away from a line or a file:
 * `// nodelift-ignore-next-line [transform…] [-- reason]` and `/* nodelift-ignore-file [transform…] *\/`.
 */

import { ts } from 'ts-morph';
import { lineStarts, positionAt, type Position } from '../text.ts';

export interface Suppression {
  readonly scope: 'file' | 'next-line';
  /** Transforms it names; empty for all. */
  readonly transforms: readonly string[];
  readonly position: Position;
  /** For `next-line`: the first line after it that holds code, 1-based. */
  readonly line: number;
}

const pattern = /nodelift-ignore-(file|next-line)(?![\w-])([^\n\r]*)/g;

/** Costs nothing for a file that does not mention nodelift. */
export function suppressions(file: ts.SourceFile): Suppression[] {
  if (!file.text.includes('nodelift-ignore-')) return [];
  const starts = lineStarts(file.text);
  return [...file.text.matchAll(pattern)].flatMap((match) => {
    if (!isInComment(file, match.index)) return [];
    const [words = ''] = (match[2] ?? '').replace(/\*\/.*$/, '').split(/\s--(?:\s|$)/);
    const position = positionAt(starts, match.index);
    return [
      {
        scope: match[1] === 'file' ? 'file' : 'next-line',
        transforms: words.split(/[\s,]+/).filter((word) => word !== ''),
        position,
        line: nextCodeLine(file, starts, position.line),
      },
    ];
  });
}

/** Does the suppression keep `transform` away from a site that begins on `line`? */
export function suppresses(suppression: Suppression, transform: string, line: number): boolean {
  if (suppression.transforms.length > 0 && !suppression.transforms.includes(transform)) return false;
  return suppression.scope === 'file' || suppression.line === line;
}

/** Inside a string, a template, a regular expression or JSX text the words mean nothing. */
function isInComment(file: ts.SourceFile, offset: number): boolean {
  let node: ts.Node = file;
  for (;;) {
    const child: ts.Node | undefined = ts.forEachChild(node, (one) => (one.pos <= offset && offset < one.end ? one : undefined));
    if (child === undefined) break;
    node = child;
  }
  const holdsText =
    ts.isStringLiteralLike(node) || ts.isRegularExpressionLiteral(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node);
  return !((holdsText || ts.isTemplateTail(node) || ts.isJsxText(node)) && offset >= node.getStart(file));
}

function nextCodeLine(file: ts.SourceFile, starts: readonly number[], line: number): number {
  for (let next = line + 1; next <= starts.length; next += 1) {
    const text = file.text.slice(starts[next - 1], starts[next]).trim();
    if (text !== '' && !text.startsWith('//') && !text.startsWith('*') && !text.startsWith('/*')) return next;
  }
  return line + 1;
}
