/**
 * An ESLint plugin, for flat configurations: each transform is a rule, which reports the sites of a file as one types; a fix that stays in the
 * file is a suggestion. Fixes are never applied by `--fix`: nodelift itself verifies them together, and takes them back.
 */

import type { ESLint, Rule } from 'eslint';
import { summaries, type TransformName } from '../../transforms/summaries.ts';
import type { FileEdit, ReportedFinding } from '../../engine/result.ts';
import { lineStarts, type Position } from '../../engine/text.ts';
import { packageVersion } from '../../cli/package.ts';
import type { Analysis } from '../analysis.ts';
import { analyseSync } from '../errands.ts';

interface RuleOptions {
  /** Whether to report sites that nodelift leaves alone; start-up code is no problem where it stands, and only `all` reports it. */
  readonly refusals?: 'all' | 'most' | 'none';
}

/** All rules of a file ask for the same analysis. */
let last: { readonly file: string; readonly text: string; readonly analysis: Analysis } | undefined;

function analysisOf(file: string, text: string): Analysis {
  if (last?.file !== file || last.text !== text) last = { file, text, analysis: analyseSync({ file, text, separately: true }) };
  return last.analysis;
}

function ruleFor(name: TransformName, summary: string): Rule.RuleModule {
  return {
    meta: {
      type: 'suggestion',
      docs: { description: summary, recommended: true },
      hasSuggestions: true,
      messages: { site: '{{message}}', fix: '{{title}}' },
      schema: [{ type: 'object', properties: { refusals: { enum: ['all', 'most', 'none'] } }, additionalProperties: false }],
      defaultOptions: [{ refusals: 'most' }],
    },
    create(context) {
      const { physicalFilename, sourceCode } = context;
      // A text without a file has no project around it.
      if (physicalFilename.startsWith('<')) return {};
      const { refusals = 'most' } = (context.options[0] ?? {}) as RuleOptions;
      return {
        Program() {
          const { text } = sourceCode;
          const { findings, path } = analysisOf(physicalFilename, text);
          const starts = lineStarts(text);
          for (const finding of findings) {
            if (finding.transform !== name || !isReported(finding, refusals)) continue;
            context.report({
              loc: { start: located(finding.start), end: located(finding.end) },
              messageId: 'site',
              data: { message: messageOf(finding) },
              suggest: suggestionsFor(finding, path, starts),
            });
          }
        },
      };
    },
  };
}

function isReported({ status, reason }: ReportedFinding, refusals: RuleOptions['refusals']): boolean {
  if (status !== 'refused' || refusals === 'all') return true;
  return refusals === 'most' && reason?.code !== 'startup-code';
}

function messageOf({ title, status, reason, edits, requires }: ReportedFinding): string {
  if (status === 'refused') return `${title}; left alone (${reason?.code ?? ''}): ${reason?.message ?? ''} ${reason?.help ?? ''}`.trimEnd();
  const also = requires === undefined ? '' : ` It needs: ${requires.join(', ')}.`;
  const how = edits === undefined || new Set(edits.map(({ path }) => path)).size > 1 ? ' nodelift can fix it.' : '';
  return `${title}.${also}${how}${status === 'available' && reason ? ` ${reason.message}` : ''}`;
}

/** ESLint changes one file at a time. */
function suggestionsFor(
  { edits, title, safety }: ReportedFinding,
  path: string,
  starts: readonly number[],
): Rule.SuggestionReportDescriptor[] {
  if (edits === undefined || edits.some((edit) => edit.path !== path)) return [];
  const offset = ({ line, column }: Position): number => (starts[line - 1] ?? 0) + column - 1;
  const range = ({ start, end }: FileEdit): [number, number] => [offset(start), offset(end)];
  return [
    {
      messageId: 'fix',
      data: { title: safety === 'unsafe' ? `${title} (may change behaviour)` : title },
      fix: (fixer) => edits.map((edit) => fixer.replaceTextRange(range(edit), edit.text)),
    },
  ];
}

function located({ line, column }: Position): { line: number; column: number } {
  return { line, column: column - 1 };
}

const rules = Object.fromEntries(summaries.map(({ name, summary }) => [name, ruleFor(name, summary)]));

const plugin = {
  meta: { name: 'nodelift', version: packageVersion(), namespace: 'nodelift' },
  rules,
  configs: {} as Record<'recommended', NonNullable<ESLint.Plugin['configs']>[string]>,
} satisfies ESLint.Plugin;

plugin.configs.recommended = {
  name: 'nodelift/recommended',
  plugins: { nodelift: plugin },
  rules: Object.fromEntries(summaries.map(({ name }) => [`nodelift/${name}`, 'warn' as const])),
};

export default plugin;
