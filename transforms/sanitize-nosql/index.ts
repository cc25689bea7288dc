/** Values from requests in MongoDB filters are compared, and can bring no operators of their own. */

import { ts } from 'ts-morph';
import { filterMethods } from '../../catalog/nosql.ts';
import type { Finding, Weakness } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { defineTransform } from '../../engine/transform.ts';
import { summaryOf } from '../summaries.ts';
import { filterCall, placesIn, type FilterCall, type Place } from './filters.ts';
import { mention } from './mention.ts';

const name = 'sanitize-nosql';
const weakness: Weakness = { cwe: 'CWE-943', severity: 'high' };

export const sanitizeNosql = defineTransform({
  name,
  summary: summaryOf(name),
  mention,
  *find({ program, candidates }) {
    const seen = new Set<ts.Expression>();
    for (const file of candidates) {
      for (const call of filterCalls(program, file)) {
        for (const place of placesIn(program, call.filter)) {
          // A filter in a variable may be given to several calls.
          if (seen.has(place.value)) continue;
          seen.add(place.value);
          yield findingOf(program, call, place);
        }
      }
    }
  },
});

function filterCalls(program: Program, file: ts.SourceFile): FilterCall[] {
  const found: FilterCall[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && filterMethods.has(node.expression.name.text)) {
      const call = filterCall(program, node);
      if (call !== undefined) found.push(call);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function findingOf(program: Program, { call, client, method }: FilterCall, place: Place): Finding {
  const site = program.spanOf(place.value);
  const value = short(place.value);
  if (place.kind !== 'value') {
    const code = place.kind === 'code';
    return {
      kind: 'refusal',
      transform: name,
      site,
      title: code ? `\`$where\` runs code that is put together` : `\`${method}\` takes \`${value}\` for a part of its filter`,
      reason: {
        code: 'operator-injection',
        message: code
          ? `\`${value}\` is JavaScript that the database runs, and is not a constant.`
          : `\`${value}\` may bring any fields and operators with it.`,
        help: code
          ? 'Write the condition with operators of the query language, such as `$expr`.'
          : 'Name the fields that may be asked for, each with `{ $eq: value }`.',
      },
      weakness,
    };
  }
  const version = program.packages.majorVersion(call.getSourceFile().fileName, client.equality.package);
  const old = version !== undefined && version < client.equality.since;
  return {
    kind: 'fix',
    id: `${name}:${site.path}:${site.start}`,
    transform: name,
    site,
    title: `compare with \`${value}\` by \`$eq\`, whatever it is`,
    safety: old ? 'unsafe' : 'safe',
    ...(old && {
      reason: {
        code: 'operator-injection',
        message: `${client.name} ${version} may not know \`$eq\`.`,
        help: `Update ${client.name}, or convert the value, as in \`String(${value})\`.`,
      },
    }),
    weakness,
    notes: [],
    edits: [{ kind: 'replace', ...site, text: wrapped(place) }],
    imports: [],
    preambles: [],
    dependsOn: [],
  };
}

function wrapped({ value, shorthand }: Place & { kind: 'value' }): string {
  return `${shorthand === undefined ? '' : `${shorthand}: `}{ $eq: ${value.getText()} }`;
}

function short(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
