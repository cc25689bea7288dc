/** String literals in a file's own quotes, made from pieces of the source of others. */

import { ts } from 'ts-morph';

export type Quote = "'" | '"' | '`';

const styles = new WeakMap<ts.SourceFile, "'" | '"'>();

/** The quotes that most strings of the file have, of those that could have either. */
export function quoteStyle(file: ts.SourceFile): "'" | '"' {
  const known = styles.get(file);
  if (known !== undefined) return known;
  let single = 0;
  let double = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && !/['"]/.test(node.text)) {
      if (file.text[node.getStart(file)] === '"') double += 1;
      else single += 1;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const style = double > single ? '"' : "'";
  styles.set(file, style);
  return style;
}

/** A piece of a literal: source as it stands between quotes of a kind. */
export interface Piece {
  readonly source: string;
  readonly quote: Quote;
}

/** The literal of the pieces, in `preferred` quotes unless the others save escapes, as Prettier has it; multi-line ones as a template. */
export function literalOfPieces(pieces: readonly Piece[], preferred: "'" | '"'): string {
  const multiline = pieces.some(({ source, quote }) => quote === '`' && /[\r\n]/.test(source));
  if (multiline) return `\`${pieces.map((piece) => requote(piece, '`')).join('')}\``;
  const other = preferred === "'" ? '"' : "'";
  const plain = pieces.map((piece) => requote(piece, undefined)).join('');
  const count = (quote: string): number => plain.split(quote).length - 1;
  const quote = count(preferred) > count(other) ? other : preferred;
  return `${quote}${pieces.map((piece) => requote(piece, quote)).join('')}${quote}`;
}

/** The source of `piece` as it would stand between `quote`s; without the escapes of any when there is none. */
export function requote({ source, quote: own }: Piece, quote: Quote | undefined): string {
  return source.replace(/\\(?:\r\n|[^])|[^]/g, (unit, at: number) => {
    const escaped = unit.length > 1 && /^\\['"`$]$/.test(unit);
    // In a template `\${` is no hole; in a string `$` and `\`` need no escape.
    const character = escaped ? unit.slice(1) : unit;
    if (unit.length > 1 && !escaped) return unit;
    if (character === quote) return `\\${character}`;
    if (quote === '`' && character === '$' && (source[at + unit.length] === '{' || (escaped && own === '`'))) return '\\$';
    return character;
  });
}

/** `text` as it stands in a template literal. */
export function inTemplate(text: string): string {
  return text
    .replace(/[\\`]|\$(?=\{)/g, '\\$&')
    .replace(/\r/g, '\\r')
    .replace(/\n/g, '\\n');
}
