/**
 * A jscodeshift transform in our pipeline: it is run once on each file, what it changed becomes one fix, and the fix is chosen, verified,
 * previewed, written and taken back like any other. Whether it keeps the behaviour is the codemod's word, not ours.
 */

import type { ts } from 'ts-morph';
import type { Finding } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { textEdits } from '../../engine/source/text-edits.ts';
import { dominantLineEnding } from '../../engine/text.ts';
import { defineTransform, type Transform } from '../../engine/transform.ts';
import type { Codemod, CodemodOptions } from './load.ts';

type Outcome =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly before: string; readonly after: string; readonly reports: readonly string[] }
  | { readonly kind: 'failed'; readonly error: string };

/** @param name its word in reports, when it is not the codemod's own */
export function codemodTransform(codemod: Codemod, options: CodemodOptions, name = codemod.name): Transform {
  /** Few codemods can take their own output, so each file is given to them once in a run. */
  const runs = new WeakMap<Program, Map<string, Outcome>>();
  const outcomesOf = (program: Program): Map<string, Outcome> => {
    const known = runs.get(program) ?? new Map<string, Outcome>();
    runs.set(program, known);
    return known;
  };
  return defineTransform({
    name,
    summary: `the jscodeshift transform ${codemod.file}`,
    // Only the codemod knows what it looks for.
    mention: /(?:)/,
    // A migration names packages that are not installed yet, and globals of another test runner.
    verified: 'migration',
    async prepare({ program, candidates }) {
      const outcomes = outcomesOf(program);
      for (const file of candidates) {
        const path = program.pathOf(file);
        if (!outcomes.has(path)) outcomes.set(path, await outcomeOf(codemod, options, file));
      }
    },
    *find({ program, candidates }) {
      const outcomes = outcomesOf(program);
      for (const file of candidates) {
        const path = program.pathOf(file);
        yield* findingsOf(name, path, file, outcomes.get(path));
      }
    },
  });
}

async function outcomeOf(codemod: Codemod, options: CodemodOptions, file: ts.SourceFile): Promise<Outcome> {
  const before = file.text;
  const reports: string[] = [];
  try {
    const parser = codemod.parser ?? options.parser ?? parserFor(file.fileName);
    const j = codemod.jscodeshift.withParser(parser as string);
    const api = { j, jscodeshift: j, stats: () => undefined, report: (message: string) => void reports.push(message) };
    const result = await codemod.transform({ path: file.fileName, source: before }, api, options);
    if (typeof result !== 'string' || result === '' || result === before) return { kind: 'same' };
    return { kind: 'changed', before, after: withLineEndings(result, before), reports };
  } catch (error) {
    return { kind: 'failed', error: (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '' };
  }
}

/** jscodeshift reads everything by the parser `babel` unless it is told otherwise, and then fails on TypeScript. */
function parserFor(fileName: string): string {
  if (/\.[cm]?ts$/.test(fileName)) return 'ts';
  return fileName.endsWith('.tsx') ? 'tsx' : 'babel';
}

/** recast writes the line ends of the machine that it runs on. */
function withLineEndings(text: string, before: string): string {
  return dominantLineEnding(before) === '\r\n' ? text.replace(/\r?\n/g, '\r\n') : text;
}

function* findingsOf(name: string, path: string, file: ts.SourceFile, outcome: Outcome | undefined): Iterable<Finding> {
  if (outcome?.kind === 'failed') {
    yield {
      kind: 'refusal',
      transform: name,
      site: { path, start: 0, end: Math.min(file.text.length, 1) },
      title: `${name} failed on this file`,
      reason: {
        code: 'codemod-failed',
        message: `The codemod threw: ${outcome.error}`,
        help: 'Give it the parser that the file needs, with --codemod-option parser=flow or the like, or report the failure to the maintainers of the codemod.',
      },
    };
    return;
  }
  // Once its work is in the file, or another transform has been there, there is nothing more to say.
  if (outcome?.kind !== 'changed' || file.text !== outcome.before) return;
  const edits = textEdits(outcome.before, outcome.after);
  const [first] = edits;
  if (first === undefined) return;
  yield {
    kind: 'fix',
    id: `${name}:${path}`,
    transform: name,
    site: { path, start: first.start, end: first.end },
    title: `${name} rewrites this file`,
    safety: 'safe',
    notes: outcome.reports,
    edits: edits.map((edit) => ({ kind: 'replace', path, ...edit })),
    imports: [],
    preambles: [],
    dependsOn: [],
  };
}
