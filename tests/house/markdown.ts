/** What tests ask of our own pages: their headings and their code. */

export interface CodeBlock {
  readonly language: string;
  /** The rest of the opening line: `file=transforms/x/index.ts`. */
  readonly info: string;
  readonly code: string;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks = markdown.replaceAll('\r\n', '\n').matchAll(/^```([a-z]*) *(.*)\n([^]*?)^```$/gm);
  return [...blocks].map(([, language = '', info = '', code = '']) => ({ language, info, code }));
}

/** The texts of the headings, in order, without the backquotes around them. */
export function headings(markdown: string): string[] {
  const prose = markdown.replace(/^```[^]*?^```$/gm, '');
  return [...prose.matchAll(/^#+ +(.*?) *$/gm)].map(([, text = '']) => text.replace(/^`(.*)`$/, '$1'));
}
