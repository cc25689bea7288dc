/** Recognises code that no person maintains, by what stands in it: generated, bundled, minified. */

import type { LeftOut } from '../result.ts';

export type MachineWritten = Pick<LeftOut, 'rule' | 'detail'>;

/** What a machine wrote is nobody's legacy: its source is elsewhere, and the next build overwrites every fix. */
export function recogniseMachineWritten(text: string): MachineWritten | undefined {
  const comment = leadingComments(text.slice(0, 4096));
  const marker = comment === '' ? undefined : findMarker(comment);
  if (marker !== undefined) return { rule: 'generated', detail: `its first comment says "${marker}"` };
  const bundler = bundlerBanners.find((banner) => banner.pattern.test(text.slice(0, 4096)));
  if (bundler !== undefined) return { rule: 'generated', detail: `bundled by ${bundler.name}` };
  if (isMinified(text)) return { rule: 'minified', detail: 'most of its code stands in very long lines' };
  return undefined;
}

/** The comments before the first code; a hashbang and directives may stand between them. */
function leadingComments(head: string): string {
  const prologue = /^\uFEFF?(?:#!.*)?(?:\s+|\/\/.*|\/\*[^]*?(?:\*\/|$)|(['"])use \w+\1;?)*/.exec(head)?.[0] ?? '';
  return /\/[/*]/.test(prologue) ? prologue : '';
}

/** Each says that the file itself is generated, not that it is about generated things. */
const markers: readonly RegExp[] = [
  /@generated\b/,
  /\bDO NOT (?:EDIT|MODIFY)\b/,
  /\bdo not (?:edit|modify|change) (?:this file|it|directly|manually|by hand)\b/i,
  /\b(?:this|the following) (?:file|code|module|source|script|class) (?:is|was|has been) (?:\w+ ){0,2}?(?:auto-?)?generated\b/i,
  /^[\s*/!#-]*(?:(?:this is an? )?auto-?generated|(?:auto|automatically|machine)[ -]generated|(?:code )?generated) (?:file|code|by|from)\b/im,
];

/** Written once by a scaffold, and maintained by people since. */
const scaffold = /\b(?:yeoman|yo|generator-[\w-]+|[\w-]+-generator|create-[\w-]+|scaffold\w*|boilerplate|template)\b/i;

function findMarker(comment: string): string | undefined {
  for (const line of comment.split(/\r?\n/)) {
    const found = markers.map((marker) => marker.exec(line)?.[0]).find((match) => match !== undefined);
    if (found !== undefined && (!/generated (?:by|from)/i.test(found) || !scaffold.test(line))) {
      return found.replace(/^[\s*/!#-]+/, '');
    }
  }
  return undefined;
}

/** At the start of a line: the same text in the middle of one is a string of a tool for bundles. */
const bundlerBanners: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'webpack', pattern: /^(?:\/\*{6}\/[ \t]|\(function webpackUniversalModuleDefinition\(|webpackJsonp\()/m },
  { name: 'webpack', pattern: /^\(?(?:window|self|globalThis|this)(?:\.|\[")webpack(?:Jsonp|Chunk)/m },
  {
    name: 'Browserify',
    pattern:
      /^[!;]?(?:require=)?\(function ?\w?\((?:\)\{function \w\()?\w,\w,\w\)\{function \w\(\w,\w\)\{if\(!\w\[\w\]\)\{if\(!\w\[\w\]\)/m,
  },
  // Version 1 and before.
  {
    name: 'Browserify',
    pattern:
      /^(?:\(function ?\(\) ?\{)?var require = function ?\(file, cwd\) ?\{\s+var resolved = require\.resolve\(file, cwd \|\| '\/'\);/m,
  },
  // With a name of its own for those who load it by a `<script>`.
  {
    name: 'Browserify',
    pattern:
      /^[!;]?\(function ?\(f\) ?\{if ?\(typeof exports ?={2,3} ?['"]object['"] ?&& ?typeof module ?!={1,2} ?['"]undefined['"]\) ?\{module\.exports ?= ?f\(\);?\}/m,
  },
  { name: 'Parcel', pattern: /^(?:parcelRequire\w* ?=|\/\/ modules are defined as an array\b)/m },
  { name: 'esbuild', pattern: /^var __create = Object\.create;\r?\n(?:var __\w+ = [^\n]*\n){3}/m },
  { name: 'SystemJS', pattern: /^\uFEFF?"bundle";/ },
];

/** No person writes lines so long, and no minifier that breaks lines does so earlier. */
const longLine = 250;
/** Keywords tell code from the other things that stand in long lines: regular expressions, tables, embedded binary data. */
const keyword = /\b(?:function|return|var|let|const|if|for|this|new|typeof|void)\b|=>/g;
const charactersPerKeyword = 300;
/** What a compiler says of its work, with the map in the comment itself. */
const sourceMap = /^\s*(?:\/\/|\/\*)[#@] sourceMappingURL=/;

function isMinified(text: string): boolean {
  let inLongLines = 0;
  let inMaps = 0;
  let keywords = 0;
  let sampled = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end - start > longLine && sourceMap.test(text.slice(start, start + 40))) {
      inMaps += end - start;
    } else if (end - start > longLine) {
      inLongLines += end - start;
      const sample = text.slice(start, Math.min(end, start + 4000));
      sampled += sample.length;
      keywords += sample.match(keyword)?.length ?? 0;
    }
    start = end + 1;
  }
  const isMost = inLongLines > 2 * longLine && inLongLines * 2 > text.length - inMaps;
  return isMost && keywords * charactersPerKeyword > sampled;
}
