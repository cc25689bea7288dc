/**
 * The pattern language of `.gitignore`, as gitignore(5) describes it. The `ignore` package on npm asks for the parents of a path
 * each time, and so cannot express that a nested file takes a folder back in that an outer one leaves out; a walk never
 * enters what is ignored, and needs the verdict of one file of patterns on one entry only.
 */

export interface IgnorePattern {
  /** The line as it was written, for `--verbose`. */
  readonly written: string;
  /** Begins with `!`: takes back in what an earlier pattern leaves out. */
  readonly negated: boolean;
  /** Ends in a slash: means folders only. */
  readonly folderOnly: boolean;
  readonly matches: (entry: IgnorableEntry) => boolean;
}

export interface IgnorableEntry {
  /** Relative to the folder of the pattern file, with forward slashes and none at the end. */
  readonly path: string;
  readonly isFolder: boolean;
}

/** Reads the text of a pattern file. Lines that git would not understand match nothing, here too. */
export function parsePatterns(text: string, ignoreCase: boolean): IgnorePattern[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => parsePattern(line.replace(/\r$/, ''), ignoreCase))
    .filter((pattern) => pattern !== undefined);
}

/** The pattern that decides about an entry: the last one that matches it. */
export function decidingPattern(patterns: readonly IgnorePattern[], entry: IgnorableEntry): IgnorePattern | undefined {
  return patterns.findLast((pattern) => (entry.isFolder || !pattern.folderOnly) && pattern.matches(entry));
}

function parsePattern(line: string, ignoreCase: boolean): IgnorePattern | undefined {
  const written = line.replace(/(?<!\\)((?:\\\\)*) +$/, '$1');
  if (written === '' || written.startsWith('#')) return undefined;
  const negated = written.startsWith('!');
  let glob = negated ? written.slice(1) : written;
  const folderOnly = glob.endsWith('/');
  if (folderOnly) glob = glob.slice(0, -1);
  const anchored = glob.includes('/');
  if (glob.startsWith('/')) glob = glob.slice(1);
  if (glob === '') return undefined;
  const matchesText = compile(glob, ignoreCase);
  if (matchesText === undefined) return undefined;
  const matches: IgnorePattern['matches'] = anchored
    ? (entry) => matchesText(entry.path)
    : (entry) => matchesText(entry.path.slice(entry.path.lastIndexOf('/') + 1));
  return { written, negated, folderOnly, matches };
}

type TextMatcher = (text: string) => boolean;

/** Most patterns are a plain name or `*.ext`, and need no regular expression. */
function compile(glob: string, ignoreCase: boolean): TextMatcher | undefined {
  if (!ignoreCase) {
    if (!/[*?[\\]/.test(glob)) return (text) => text === glob;
    const suffix = /^\*([^*?[\\/]+)$/.exec(glob)?.[1];
    if (suffix !== undefined) return (text) => text.endsWith(suffix) && !text.includes('/');
  }
  const source = globToRegExp(glob);
  if (source === undefined) return undefined;
  try {
    const expression = new RegExp(source, ignoreCase ? 'isu' : 'su');
    return (text) => expression.test(text);
  } catch {
    return undefined; // such as a range from high to low
  }
}

/** `undefined` when the glob is broken: a backslash at its end, a bracket that is never closed. */
function globToRegExp(glob: string): string | undefined {
  let source = '^';
  for (let index = 0; index < glob.length;) {
    const rest = glob.slice(index);
    const atStart = index === 0 || glob[index - 1] === '/';
    const stars = /^\*+/.exec(rest)?.[0].length ?? 0;
    if (stars >= 2 && atStart && rest[stars] === '/') {
      source += '(?:.*/)?';
      index += stars + 1;
    } else if (stars >= 2 && atStart && stars === rest.length) {
      source += '.*';
      index += stars;
    } else if (stars > 0) {
      source += '[^/]*';
      index += stars;
    } else if (rest.startsWith('?')) {
      source += '[^/]';
      index += 1;
    } else if (rest.startsWith('[')) {
      const bracket = readBracket(rest);
      if (bracket === undefined) return undefined;
      source += bracket.source;
      index += bracket.length;
    } else {
      const escaped = rest.startsWith('\\') ? 1 : 0;
      const [character] = rest.slice(escaped);
      if (character === undefined) return undefined;
      source += escapeCharacter(character);
      index += escaped + character.length;
    }
  }
  return `${source}$`;
}

const characterClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

/** A bracket expression at the start of `text`, as a part of a regular expression that never matches a slash. */
function readBracket(text: string): { readonly source: string; readonly length: number } | undefined {
  const opening = /^\[[!^]?/.exec(text)?.[0] ?? '[';
  let index = opening.length;
  let content = '';
  // A closing bracket that comes first stands for itself.
  for (let first = true; text[index] !== ']' || first; first = false) {
    const rest = text.slice(index);
    const name = /^\[:([a-z]*):\]/.exec(rest);
    if (name !== null) {
      const characters = characterClasses[name[1] ?? ''];
      if (characters === undefined) return undefined;
      content += characters;
      index += name[0].length;
      continue;
    }
    const range = /^(\\?.)(?:-(\\?[^\]]))?/su.exec(rest);
    const from = range?.[1]?.replace(/^\\(?=.)/su, '');
    const to = range?.[2]?.replace(/^\\(?=.)/su, '');
    if (range === null || from === undefined || from === '\\') return undefined;
    content += to === undefined ? escapeCharacter(from) : `${escapeCharacter(from)}-${escapeCharacter(to)}`;
    index += range[0].length;
  }
  return { source: `(?!/)[${opening === '[' ? '' : '^'}${content}]`, length: index + 1 };
}

function escapeCharacter(character: string): string {
  return /[\p{L}\p{N}]/u.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
