/** Which parts of a line of source are keywords, strings, numbers and comments, by TypeScript's own lexer. */

import { ts } from 'ts-morph';

export type TokenKind = 'comment' | 'keyword' | 'number' | 'string';

/** `[start, end)` of a line. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly kind: TokenKind;
}

const kinds: Partial<Record<number, TokenKind>> = {
  [ts.ClassificationType.comment]: 'comment',
  [ts.ClassificationType.keyword]: 'keyword',
  [ts.ClassificationType.numericLiteral]: 'number',
  [ts.ClassificationType.stringLiteral]: 'string',
  [ts.ClassificationType.regularExpressionLiteral]: 'string',
};

/** A line longer than this is data, not code that somebody reads. */
const LONGEST = 2000;

/** @returns for each line its tokens; what belongs to none is plain */
export function highlighted(lines: readonly string[]): readonly (readonly Token[])[] {
  const classifier = ts.createClassifier();
  let state = ts.EndOfLineState.None;
  return lines.map((line) => {
    if (line.length > LONGEST) return [];
    const { spans, endOfLineState } = classifier.getEncodedLexicalClassifications(line.replace(/[\r\n]+$/, ''), state, true);
    state = endOfLineState;
    const tokens: Token[] = [];
    for (let index = 0; index + 2 < spans.length; index += 3) {
      const kind = kinds[spans[index + 2] ?? 0];
      const start = spans[index] ?? 0;
      if (kind !== undefined) tokens.push({ start, end: start + (spans[index + 1] ?? 0), kind });
    }
    return tokens;
  });
}
