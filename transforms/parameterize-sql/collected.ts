/** Values of a text that is built in branches: each is put into an array where its part of the text is appended. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { firstFree, isNameFree } from '../../engine/source/names.ts';
import type { BranchedText } from './branches.ts';
import type { Plan } from './findings.ts';
import { enclosingFunction, placeList } from './given.ts';
import { ownershipOf } from './ownership.ts';
import type { Parameter, Query } from './query.ts';
import type { SourceEdit } from './rewrite.ts';
import type { Sink } from './sinks.ts';
import type { Carrier } from './text.ts';
import { valueSource } from './values.ts';

export interface PlannedWay {
  readonly query: Query;
  readonly plan: Plan;
}

export interface Collected {
  readonly parameters: readonly Parameter[];
  readonly edits: readonly SourceEdit[];
  readonly carriers: readonly Carrier[];
}

/** Where a part of the text stands: in the call, before or behind the variable, or in the `n`th text that the variable is given. */
type Place = 'before' | 'behind' | number;

/** @returns what stands in the way, when the ways differ in what they would be rewritten to */
export function collectValues(program: Program, sink: Sink, branched: BranchedText, ways: readonly PlannedWay[]): Collected | string {
  const name = `\`${branched.use.text}\``;
  const texts = [branched.initial, ...branched.appends.map(({ expression }) => expression)];
  const placeOf = (expression: ts.Expression): Place | undefined => {
    const index = texts.findIndex((text) => contains(text, expression));
    if (index >= 0) return index;
    if (!contains(sink.text, expression)) return undefined;
    return expression.pos < branched.use.pos ? 'before' : 'behind';
  };
  const carriers = new Map<ts.Expression, { readonly carrier: Carrier; readonly edits: readonly SourceEdit[] }>();
  const values = new Map<Place, { readonly sources: readonly string[]; readonly parameters: readonly Parameter[] }>();
  for (const { plan } of ways) {
    if (plan.taken > 0) return `The text has placeholders already, and ${name} gets its text in several branches.`;
    for (const carrier of plan.carriers) {
      const edits = plan.edits(carrier);
      const known = carriers.get(carrier.expression);
      if (known !== undefined && JSON.stringify(known.edits) !== JSON.stringify(edits)) {
        return `The placeholders in a part of ${name} depend on which other parts it gets.`;
      }
      carriers.set(carrier.expression, { carrier, edits });
    }
    const here = new Map<Place, Parameter[]>();
    let rank = -1;
    for (const parameter of plan.parameters) {
      const places = new Set(parameter.parts.flatMap((part) => (typeof part === 'string' ? [] : [placeOf(part)])));
      const [place] = places;
      if (places.size !== 1 || place === undefined)
        return `A value stands in a part of the text that is neither in the call nor in ${name}.`;
      const own = place === 'before' ? 0 : place === 'behind' ? texts.length + 1 : place + 1;
      if (own < rank) return `The parts of ${name} are not in the order in which they are appended.`;
      rank = own;
      here.set(place, [...(here.get(place) ?? []), parameter]);
    }
    for (const [place, parameters] of here) {
      const sources = parameters.map((parameter) => valueSource(program, parameter));
      const known = values.get(place);
      if (known !== undefined && known.sources.join() !== sources.join())
        return `The values of a part of ${name} depend on which other parts it gets.`;
      values.set(place, { sources, parameters });
    }
  }
  const all = [...carriers.values()].map(({ carrier }) => carrier);
  const owned = ownershipOf(program, sink, all);
  if (owned !== undefined) return owned;
  const region = enclosingFunction(branched.declaration);
  const array = firstFree(['params', 'values', 'sqlParams'], (one) => isNameFree(program, one, region, new Set()));
  const sourcesAt = (place: Place): readonly string[] => values.get(place)?.sources ?? [];
  const given = placeList(program, sink, array, sourcesAt('before'), sourcesAt('behind'));
  if (given === undefined) return `The query is given values already, and ${name} gets its text in several branches.`;
  const edits = [
    ...[...carriers.values()].flatMap((one) => one.edits),
    ...declare(branched.declaration, array, sourcesAt(0)),
    ...branched.appends.flatMap(({ statement }, index) => push(statement, array, sourcesAt(index + 1))),
    ...given,
  ];
  return { parameters: [...values.values()].flatMap(({ parameters }) => parameters).sort(byPosition), edits, carriers: all };
}

function contains(outer: ts.Node, inner: ts.Node): boolean {
  return inner.getSourceFile() === outer.getSourceFile() && inner.pos >= outer.pos && inner.end <= outer.end;
}

function byPosition(a: Parameter, b: Parameter): number {
  const position = ({ parts }: Parameter): number => parts.find((part) => typeof part !== 'string')?.pos ?? 0;
  return position(a) - position(b);
}

function declare(statement: ts.VariableStatement, array: string, sources: readonly string[]): SourceEdit[] {
  const file = statement.getSourceFile();
  const { constant, semicolon, eol } = sourceHabits(file);
  return [
    {
      start: statement.end,
      end: statement.end,
      text: `${lineAfter(statement, eol)}${constant} ${array} = [${sources.join(', ')}]${semicolon}`,
    },
  ];
}

/** `params.push(…)` behind the statement, in braces where there are none. */
function push(statement: ts.ExpressionStatement, array: string, sources: readonly string[]): SourceEdit[] {
  if (sources.length === 0) return [];
  const file = statement.getSourceFile();
  const { semicolon, eol, unit } = sourceHabits(file);
  const call = `${array}.push(${sources.join(', ')})${semicolon}`;
  const start = statement.getStart();
  if (!ts.isIfStatement(statement.parent)) {
    return [{ start: statement.end, end: statement.end, text: `${lineAfter(statement, eol)}${call}` }];
  }
  const outer = indentationAt(file, statement.parent.getStart());
  const gap = file.text.slice(statement.pos, start);
  return [
    { start: gap.trim() === '' ? statement.pos : start, end: start, text: ` {${eol}${outer}${unit}` },
    { start: statement.end, end: statement.end, text: `${eol}${outer}${unit}${call}${eol}${outer}}` },
  ];
}

/** A line of its own, unless the statement shares its line with what is before it. */
function lineAfter(statement: ts.Statement, eol: string): string {
  const file = statement.getSourceFile();
  const start = statement.getStart();
  const before = file.text.slice(file.text.lastIndexOf('\n', start - 1) + 1, start);
  return before.trim() === '' ? `${eol}${indentationAt(file, start)}` : ' ';
}
