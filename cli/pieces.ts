/** A line of source cut where a token or a changed word begins or ends. */

import type { Token, TokenKind } from './highlight.ts';
import type { Stretch } from './word-diff.ts';

export interface Piece {
  readonly text: string;
  /** `undefined` for what is plain. */
  readonly kind: TokenKind | undefined;
  readonly isChanged: boolean;
}

export function piecesOf(line: string, tokens: readonly Token[], changed: readonly Stretch[]): Piece[] {
  const cuts = new Set([0, line.length]);
  for (const { start, end } of [...tokens, ...changed]) cuts.add(start).add(Math.min(end, line.length));
  const sorted = [...cuts].filter((cut) => cut <= line.length).sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => {
    const start = sorted[index] ?? 0;
    return {
      text: line.slice(start, end),
      kind: tokens.find((one) => one.start <= start && start < one.end)?.kind,
      isChanged: changed.some((one) => one.start <= start && start < one.end),
    };
  });
}
