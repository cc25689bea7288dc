/** Our own documentation on a terminal: headings bold, code indented, the marks of emphasis left away. Piped, it is plain text. */

import { escapedSource, wrapped, type Colors } from './terminal.ts';

/** The section of `markdown` under the heading `title` (in backquotes or not), without its own heading. */
export function sectionOf(markdown: string, title: string): string | undefined {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => headingOf(line)?.text === title);
  if (start === -1) return undefined;
  const level = headingOf(lines[start] ?? '')?.level ?? 0;
  const length = lines.slice(start + 1).findIndex((line) => (headingOf(line)?.level ?? Infinity) <= level);
  const end = length === -1 ? lines.length : start + 1 + length;
  return lines
    .slice(start + 1, end)
    .join('\n')
    .trim();
}

function headingOf(line: string): { level: number; text: string } | undefined {
  const [, marks, text] = /^(#+) +(.*?)\s*$/.exec(line) ?? [];
  return marks === undefined || text === undefined ? undefined : { level: marks.length, text: text.replaceAll('`', '') };
}

export function renderMarkdown(markdown: string, width: number, colors: Colors): string {
  const rendered: string[] = [];
  let paragraph: string[] = [];
  let inCode = false;
  const endParagraph = (): void => {
    rendered.push(...renderParagraph(paragraph, width, colors));
    paragraph = [];
  };
  for (const line of markdown.trimEnd().split('\n')) {
    const heading = inCode ? undefined : headingOf(line);
    if (/^\s*```/.test(line)) {
      endParagraph();
      inCode = !inCode;
    } else if (inCode) {
      rendered.push(`    ${colors.cyan(escapedSource(line))}`.trimEnd());
    } else if (heading) {
      endParagraph();
      rendered.push(colors.bold(inline(heading.text, colors)));
    } else if (line.trim() === '' || isTableRow(line)) {
      endParagraph();
      rendered.push(inline(line, colors));
    } else {
      if (/^\s*([-*]|\d+\.) /.test(line)) endParagraph();
      paragraph.push(line);
    }
  }
  endParagraph();
  return `${rendered.join('\n')}\n`;
}

function isTableRow(line: string): boolean {
  return line.startsWith('|');
}

/** Wrapped to the width; the further lines of a list item stand under its text. */
function renderParagraph(lines: readonly string[], width: number, colors: Colors): string[] {
  const [first] = lines;
  if (first === undefined) return [];
  const bullet = /^\s*(?:[-*]|\d+\.) /.exec(first)?.[0] ?? '';
  const text = lines
    .map((line) => line.trim())
    .join(' ')
    .slice(bullet.trimStart().length);
  return wrapped(inline(text, colors), width - bullet.length).map(
    (line, index) => (index === 0 ? bullet : ' '.repeat(bullet.length)) + line,
  );
}

function inline(text: string, colors: Colors): string {
  return escapedSource(text)
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, (_, words: string) => colors.bold(words))
    .replace(/`([^`]+)`/g, (_, code: string) => (colors.isColorSupported ? colors.cyan(code) : `\`${code}\``));
}
