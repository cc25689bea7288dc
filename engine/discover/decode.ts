/** From the bytes of a file to its text, or to one line on why it has none. */

import { isUtf8 } from 'node:buffer';

export type Decoded =
  { readonly kind: 'text'; readonly text: string; readonly bom: boolean } | { readonly kind: 'unreadable'; readonly error: string };

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Node reads sources as UTF-8; whatever is not exactly that is refused, so that text and bytes convert back and forth without loss.
 */
export function decode(bytes: Buffer): Decoded {
  if (looksLikeUtf16(bytes)) return unreadable('is UTF-16, which Node.js does not run; convert it to UTF-8 first');
  if (bytes.includes(0)) return unreadable('is binary, not source text; leave it out with --ignore');
  if (!isUtf8(bytes)) return unreadable(`is not valid UTF-8 (line ${firstInvalidLine(bytes)}); convert it to UTF-8 first`);
  const bom = bytes.subarray(0, 3).equals(utf8Mark);
  return { kind: 'text', text: bytes.toString('utf8', bom ? 3 : 0), bom };
}

/** The bytes of a source file; what {@link decode} takes apart. */
export function encode(text: string, bom: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return bom ? Buffer.concat([utf8Mark, bytes]) : bytes;
}

/** A `.ts` file may also be a video or a translation; neither is a fault of the project. */
export function foreignFormat(head: Buffer): string | undefined {
  if (head.length > 188 && head[0] === 0x47 && head[188] === 0x47) return 'an MPEG transport stream, not TypeScript';
  const text = head.toString('latin1', 0, 200);
  if (/^(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!DOCTYPE TS)/.test(text)) return 'a translation file in XML, not TypeScript';
  return undefined;
}

function unreadable(error: string): Decoded {
  return { kind: 'unreadable', error };
}

/** A UTF-16 mark, or, in what may be unmarked UTF-16, ASCII with every other byte zero. */
function looksLikeUtf16(bytes: Buffer): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const head = bytes.subarray(0, 64);
  if (head.length < 4) return false;
  const zeroAt = (parity: number): boolean => head.every((byte, index) => (byte === 0) === (index % 2 === parity));
  return zeroAt(0) || zeroAt(1);
}

/** No character of several bytes contains a line feed, so each line is valid, or not, on its own. */
function firstInvalidLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; ; line += 1) {
    const end = bytes.indexOf(10, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
