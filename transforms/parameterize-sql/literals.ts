/** Literals of text, and where their characters stand in the source. */

import { ts } from 'ts-morph';
import { unwrap } from './unwrap.ts';

/** A string by its own form: a literal, a template, or a concatenation with one of these in it. */
export function isTextual(expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  if (ts.isStringLiteralLike(inner) || ts.isTemplateExpression(inner)) return true;
  return (
    ts.isBinaryExpression(inner) &&
    inner.operatorToken.kind === ts.SyntaxKind.PlusToken &&
    (isTextual(inner.left) || isTextual(inner.right))
  );
}

/** Where in `raw` each UTF-16 unit of `cooked` begins, and one more for the end. */
export function characterOffsets(raw: string, cooked: string): number[] | undefined {
  const offsets: number[] = [];
  let index = 0;
  while (index < raw.length) {
    const match = /^(?:\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|0(?!\d)|\r\n|[^])|\r\n|[^])/.exec(
      raw.slice(index, index + 12),
    );
    const [source] = match ?? [''];
    const units = unitsOf(source);
    for (let unit = 0; unit < units; unit += 1) offsets.push(index);
    index += source.length;
  }
  offsets.push(raw.length);
  return offsets.length === cooked.length + 1 ? offsets : undefined;
}

function unitsOf(source: string): number {
  if (/^\\(\r\n|[\r\n\u2028\u2029])$/.test(source)) return 0;
  const code = /^\\u\{([0-9a-fA-F]+)\}$/.exec(source)?.[1];
  return code !== undefined && Number.parseInt(code, 16) > 0xffff ? 2 : 1;
}
