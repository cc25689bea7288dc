/** SQL that is built from pieces becomes a fixed text with placeholders, and its values are passed beside it. */

import { ts } from 'ts-morph';
import type { Finding } from '../../engine/finding.ts';
import { defineTransform } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';
import { declareSql, isDeclaredFunction } from './declared.ts';
import { findingsFor } from './findings.ts';
import { settleHelpers } from './helper-fixes.ts';
import { mention } from './mention.ts';
import { isPromisifiedMethod, queryMethod } from './sinks.ts';
import { wrapperOf } from './wrappers.ts';

export const parameterizeSql = defineTransform({
  name: 'parameterize-sql',
  summary: summaryOf('parameterize-sql'),
  mention,
  *find({ program, candidates, options }) {
    declareSql(program, options);
    // Several calls of one function rest on the same fix of the function.
    const given = new Set<string>();
    const all: Finding[] = [];
    for (const file of candidates) {
      const calls: ts.CallExpression[] = [];
      const visit = (node: ts.Node): void => {
        if (
          ts.isCallExpression(node) &&
          (queryMethod(node) !== undefined ||
            isPromisifiedMethod(program, node) ||
            wrapperOf(program, node) !== undefined ||
            isDeclaredFunction(program, node))
        )
          calls.push(node);
        ts.forEachChild(node, visit);
      };
      visit(file);
      const findings = calls.flatMap((call): readonly Finding[] => findingsFor(program, call)).filter(isNew(given));
      findings.sort(
        (a, b) => (a.kind === 'fix' ? (a.site?.start ?? 0) : a.site.start) - (b.kind === 'fix' ? (b.site?.start ?? 0) : b.site.start),
      );
      all.push(...findings);
    }
    yield* settleHelpers(program, all);
  },
});

function isNew(given: Set<string>): (finding: Finding) => boolean {
  return (finding) => {
    const key = finding.kind === 'fix' ? finding.id : `${finding.site.path}:${finding.site.start}:${finding.reason.message}`;
    if (given.has(key)) return false;
    given.add(key);
    return true;
  };
}
