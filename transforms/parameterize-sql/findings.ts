/** What is said of one call that sends SQL. */

import { ts } from 'ts-morph';
import type { ReasonCode } from '../../catalog/reasons.ts';
import type { Edit, Finding, Fix, Refusal } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Span } from '../../engine/text.ts';
import { collectValues } from './collected.ts';
import { builtByCall, isBuilt, looksLikeSql } from './built.ts';
import { isEscapedName, typeOf, withoutEscape } from './evidence.ts';
import { number, valuesTaken, verify } from './placeholders.ts';
import { fixedHoleHelp, parameterFor, readQuery, type Obstacle, type Parameter, type Query, type Read } from './query.ts';
import { cutsFor, isGone, mergedEdits, rewriteCarrier, type CutPart, type SourceEdit } from './rewrite.ts';
import { enclosingFunction, placeValues } from './given.ts';
import type { HelperEdits } from './helper-edits.ts';
import { helperFixId, noteHelpers } from './helper-fixes.ts';
import { placeInputs } from './inputs.ts';
import { short, sinkOf, textOf, type Sink } from './sinks.ts';
import { isStatementWithParameters } from './statements.ts';
import { tagEdits } from './tag.ts';
import type { Carrier } from './text.ts';
import { companionsOf, ownershipOf } from './ownership.ts';
import { contains, readWays } from './ways.ts';
import { wrapperFix, wrapperFixId } from './wrapper-fix.ts';

const transform = 'parameterize-sql';
const followHelp = 'Write the text in one expression, or append to it without conditions, with placeholders for the values.';

export function findingsFor(program: Program, call: ts.CallExpression): readonly Finding[] {
  const text = textOf(program, call);
  if (text === undefined || ts.isStringLiteralLike(text.text)) return [];
  const byCall = builtByCall(program, text.text);
  if (byCall === undefined && !isBuilt(program, text.text)) return [];
  const sink = sinkOf(program, call, text);
  if (sink === 'known') return [];
  const site = siteOf(program, call, text.text);
  const title = `\`${short(call.expression)}\` sends SQL that is built from pieces`;
  const refuse = (code: ReasonCode, message: string, help: string, where: Span = site): Refusal => ({
    kind: 'refusal',
    transform,
    site: where,
    title,
    reason: { code, message, help },
    weakness: { cwe: 'CWE-89', severity: 'high' },
  });
  if (sink === 'unknown') {
    if (!isSqlWithHoles(program, text.text)) return [];
    const receiver = ts.isPropertyAccessExpression(call.expression) ? short(call.expression.expression) : short(call.expression);
    return [
      refuse(
        'unknown-driver',
        `What \`${receiver}\` is cannot be proven: it comes from where it cannot be followed.`,
        'Pass the values as parameters in the way of the driver, or say in `sqlClients` of the configuration whose client it is.',
      ),
    ];
  }
  if ('module' in sink) {
    const message = `\`${sink.module}\` is not known to nodelift as a driver.`;
    const help = 'Pass the values as parameters in the way of the driver.';
    return isSqlWithHoles(program, text.text) ? [refuse('unknown-driver', message, help)] : [];
  }
  if (sink.driver.byHand !== undefined) {
    return isSqlWithHoles(program, text.text) ? [refuse('unknown-driver', notRewritten(sink.driver), sink.driver.byHand)] : [];
  }
  const findings = findingsOfQuery(program, sink, site, refuse, byCall);
  const { wrapper } = sink;
  const added = wrapper?.values.kind === 'to-be-added' && findings.some(({ kind }) => kind === 'fix');
  return added ? [...findings, wrapperFix(program, wrapper)] : findings;
}

function findingsOfQuery(program: Program, sink: Sink, site: Span, refuse: Refuse, byCall: string | undefined): readonly Finding[] {
  const read = readQuery(program, sink);
  switch (read.kind) {
    case 'constant':
      return [];
    case 'no-text':
      return byCall === undefined ? [] : [refuse('dynamic-text', byCall, followHelp)];
    case 'unfollowed':
      return [refuse('dynamic-text', read.why, followHelp)];
    case 'unparsed': {
      const why = [...read.unfollowed.values()][0] ?? byCall;
      if (why !== undefined) return [refuse('dynamic-text', why, followHelp)];
      const which = read.ways === 1 ? '' : ` on one of the ${read.ways} ways in which it may be put together`;
      return [
        refuse(
          'unparsed-sql',
          `The text is not ${sink.driver.dialect} SQL that the parser reads, whatever stands in its holes${which}.`,
          'Write the placeholders by hand.',
        ),
      ];
    }
    case 'queries':
      return queryFindings(program, sink, read, site, refuse);
  }
}

function notRewritten({ name, databases }: Sink['driver']): string {
  return databases === undefined
    ? `nodelift knows \`${name}\` and does not rewrite its queries.`
    : `Which database \`${name}\` talks to is not told where it can be read, by one \`${databases.option}\` for all of the program.`;
}

function isSqlWithHoles(program: Program, text: ts.Expression): boolean {
  const read = readWays(program, text, new Set());
  return read.kind === 'ways' && read.ways.some((segments) => looksLikeSql(segments) && segments.some(({ kind }) => kind === 'hole'));
}

/** Every way in which the text may be put together is a query of its own; all have to be rewritten alike. */
function queryFindings(program: Program, sink: Sink, read: Read & { kind: 'queries' }, site: Span, refuse: Refuse): readonly Finding[] {
  const all = read.queries.map((query) => ({ query, findings: new QueryFindings(program, sink, query, read.unfollowed, site, refuse) }));
  const fixed = unique(all.flatMap(({ findings }) => findings.fixed()));
  if (all.some(({ query, findings }) => query.places.slots.length > 0 && !findings.takesValues())) {
    const message = 'A question mark in a name that is part of the text would be taken for a placeholder.';
    return fixed.length > 0 ? fixed : [refuse('mixed-parameters', message, 'Choose the name from a fixed list.')];
  }
  const prepared: { readonly query: Query; readonly prepared: Prepared; readonly findings: QueryFindings }[] = [];
  for (const { query, findings } of all) {
    if (query.places.slots.length === 0) continue;
    const one = findings.prepare();
    if (one.kind === 'refusal') return [...fixed, one];
    prepared.push({ query, prepared: one, findings });
  }
  const [first] = prepared;
  if (first === undefined) return fixed;
  // What stands in another function can be given to the call there alone.
  const isHere = read.queries.every(({ holes }) => holes.every(({ expression }) => contains(enclosingFunction(expression), sink.call)));
  const straight = read.ways === 1 && isHere ? first.findings.straight(first.prepared, read.seen) : undefined;
  if (straight?.kind === 'fix') return [...fixed, straight];
  if (sink.row.values === 'inputs' || sink.row.values === 'tag') {
    return [...fixed, straight ?? refuse('dynamic-text', 'The text is put together in several ways or places.', followHelp)];
  }
  const collected = collectValues(program, sink, read, prepared);
  if (typeof collected !== 'string') return [...fixed, first.findings.made(collected.parameters, collected.edits, collected.helpers)];
  return [...fixed, straight ?? refuse('dynamic-text', collected, followHelp)];
}

function unique(refusals: readonly Refusal[]): Refusal[] {
  return [...new Map(refusals.map((one) => [`${one.site.start}:${one.reason.message}`, one])).values()];
}

/** The call up to the end of the text: not the callback that follows it. */
function siteOf(program: Program, call: ts.CallExpression, text: ts.Expression): Span {
  const inside = text.pos >= call.pos && text.end <= call.end;
  return { path: program.pathOf(call), start: call.getStart(), end: inside ? text.end : call.expression.end };
}

type Refuse = (code: ReasonCode, message: string, help: string, where?: Span) => Refusal;

/** A query whose values can be parameters. */
export interface Prepared {
  readonly kind: 'prepared';
  readonly parameters: readonly Parameter[];
  /** How many values the text has placeholders for already. */
  readonly taken: number;
  /**
   * The text with placeholders: what is written for each parameter, and where its number is not the same on all ways, what stands for it.
   * @returns why it cannot be
   */
  readonly complete: (written: readonly string[], shown?: readonly (readonly CutPart[])[]) => Completed | Refusal;
}

export interface Completed {
  readonly kind: 'completed';
  readonly carriers: readonly { readonly carrier: Carrier; readonly edits: readonly SourceEdit[] }[];
}

class QueryFindings {
  readonly #program: Program;
  readonly #sink: Sink;
  readonly #query: Query;
  readonly #unfollowed: ReadonlyMap<ts.Expression, string>;
  readonly #site: Span;
  readonly #refuse: Refuse;

  constructor(program: Program, sink: Sink, query: Query, unfollowed: ReadonlyMap<ts.Expression, string>, site: Span, refuse: Refuse) {
    this.#program = program;
    this.#sink = sink;
    this.#query = query;
    this.#unfollowed = unfollowed;
    this.#site = site;
    this.#refuse = refuse;
  }

  /** Holes for which no placeholder can stand. */
  fixed(): readonly Refusal[] {
    return this.#query.places.fixed.filter(({ hole }) => !this.#isEscapedName(hole)).map((one) => this.#fixedHole(one.hole, one.kind));
  }

  takesValues(): boolean {
    const { places } = this.#query;
    // A fragment may hold anything, placeholders too: the values around it cannot be numbered.
    if (places.slots.length === 0 || places.fixed.some(({ kind }) => kind === 'fragment' || kind === 'comment')) return false;
    return !this.#replacesEverywhere() || !places.fixed.some(({ hole }) => this.#isEscapedName(hole) || this.#mayGoOn(hole));
  }

  /** The driver looks for placeholders in all that is sent, in quotes too. */
  #replacesEverywhere(): boolean {
    const { everyQuestionMark, everyDollar } = this.#sink.binding;
    return everyQuestionMark || everyDollar === true;
  }

  /** Behind a word that is no table's name, a text may be more than the rest of it: `ORDER BY id${rest}`. */
  #mayGoOn(hole: number): boolean {
    const { filled, ranges } = this.#query.places;
    const { start, end } = ranges[hole] ?? { start: 0, end: 0 };
    if (!/\w$/.test(filled.slice(0, start)) || /^\w/.test(filled.slice(end))) return false;
    return !/(?:\b(?:from|into|update|join|table)\s+[\w.`]*|_)$/i.test(filled.slice(0, start));
  }

  /** `connection.escapeId(column)`: safe as it is. */
  #isEscapedName(hole: number): boolean {
    const expression = this.#query.holes[hole]?.expression;
    return expression !== undefined && isEscapedName(this.#program, expression);
  }

  #fixedHole(hole: number, kind: 'identifier' | 'keyword' | 'fragment' | 'comment'): Refusal {
    const expression = this.#query.holes[hole]?.expression;
    const where = expression === undefined ? this.#site : this.#program.spanOf(expression);
    const built = expression && (this.#unfollowed.get(expression) ?? builtByCall(this.#program, expression));
    if (built !== undefined) return this.#refuse('dynamic-text', built, followHelp, where);
    const name = expression === undefined ? 'The value' : `\`${short(expression)}\``;
    const what = { identifier: 'a name', keyword: 'a keyword', fragment: 'a part of the statement', comment: 'a comment' }[kind];
    return this.#refuse('identifier-position', `${name} stands for ${what}, which no placeholder can.`, fixedHoleHelp(kind), where);
  }

  /** The values given in the call, where the text is the same on all ways. */
  straight(prepared: Prepared, seen: ReadonlySet<ts.Identifier>): Fix | Refusal {
    const { parameters, taken } = prepared;
    if (this.#sink.row.values === 'inputs') return this.#byName(prepared, seen);
    if (this.#sink.row.values === 'tag') return this.#tagged(prepared);
    const numbered = number(this.#query.places, parameters, this.#sink.driver);
    if (numbered === undefined) {
      return this.#refuse(
        'mixed-parameters',
        'The text has placeholders with names of their own.',
        'Add the new values under names of their own.',
      );
    }
    const completed = prepared.complete(numbered.written);
    if (completed.kind === 'refusal') return completed;
    const carriers = completed.carriers.map(({ carrier }) => carrier);
    const companions = this.#companions(carriers, seen);
    const owned = ownershipOf(this.#program, this.#sink, carriers, new Set([...seen, ...companions.map(({ use }) => use)]));
    if (owned !== undefined) return this.#refuse('dynamic-text', owned, 'Give each query a text of its own.');
    const edits = completed.carriers.flatMap((one) => one.edits);
    for (const sink of [this.#sink, ...companions.map((one) => one.sink)]) {
      const values = placeValues(this.#program, sink, carriers, parameters, numbered.before, taken);
      if (values.kind === 'refused') return this.#refuse(values.code, values.message, values.help);
      const { call } = sink;
      // Values that are kept where the text is built would be kept once for each of the queries.
      if (companions.length > 0 && values.edits.some(({ start, end }) => start < call.pos || end > call.end))
        return this.#refuse(
          'dynamic-text',
          'Several queries send the text, and its values may change between them.',
          'Give each query a text of its own.',
        );
      edits.push(...values.edits);
    }
    return this.made(parameters, edits, []);
  }

  /** Queries by the same client with the same text, which get the same values. */
  #companions(carriers: readonly Carrier[], seen: ReadonlySet<ts.Identifier>): { readonly use: ts.Identifier; readonly sink: Sink }[] {
    return companionsOf(this.#program, this.#sink, carriers, seen).flatMap((use) => {
      const call = use.parent as ts.CallExpression;
      const sink = sinkOf(this.#program, call, { text: use });
      if (typeof sink === 'string' || 'module' in sink || sink.row !== this.#sink.row || sink.wrapper !== undefined) return [];
      const read = readQuery(this.#program, sink);
      return read.kind === 'queries' && read.ways === 1 ? [{ use, sink }] : [];
    });
  }

  /** The values in the text itself, which becomes a template with a tag. */
  #tagged(prepared: Prepared): Fix | Refusal {
    const edits = tagEdits(this.#program, this.#sink, this.#query, prepared.parameters);
    if (typeof edits === 'string')
      return this.#refuse('dynamic-text', edits, 'Write the query as a template behind the tag, with the values in it.');
    const completed = prepared.complete(prepared.parameters.map(({ bound }) => bound.placeholder));
    return completed.kind === 'refusal' ? completed : this.made(prepared.parameters, edits, []);
  }

  /** The values given by name. */
  #byName(prepared: Prepared, seen: ReadonlySet<ts.Identifier>): Fix | Refusal {
    const { parameters } = prepared;
    const placed = placeInputs(this.#program, this.#sink, this.#query, parameters);
    if (typeof placed === 'string')
      return this.#refuse('dynamic-text', placed, 'Make a request for each query, and build the text where it is sent.');
    const completed = prepared.complete(placed.written);
    if (completed.kind === 'refusal') return completed;
    const owned = ownershipOf(
      this.#program,
      this.#sink,
      completed.carriers.map(({ carrier }) => carrier),
      seen,
    );
    if (owned !== undefined) return this.#refuse('dynamic-text', owned, 'Give each query a text of its own.');
    return this.made(parameters, [...completed.carriers.flatMap((one) => one.edits), ...placed.edits], []);
  }

  /** The parameters, and how the text is completed with their placeholders. */
  prepare(): Prepared | Refusal {
    const { places } = this.#query;
    const { driver, row, method } = this.#sink;
    const help = 'Write the statement so that the values can be passed as parameters.';
    if (row.values === 'none') {
      return this.#refuse(
        'statement-kind',
        `\`${method}\` of ${driver.name} takes no parameters.`,
        'Use a method that does, for one statement at a time.',
      );
    }
    // `$${index + 1}` for each of a list: where the numbers end is not known here.
    if (this.#query.segments.some((segment) => segment.kind === 'kept' && (segment.numbers === true || /^\$\d+$/.test(segment.value)))) {
      return this.#refuse(
        'mixed-parameters',
        'The text has placeholders already whose numbers are computed.',
        'Add the placeholders and the values by hand, in the same order.',
      );
    }
    const kind = isStatementWithParameters(places.statements, { dialect: driver.dialect, numbers: this.#sink.binding.numbers });
    if (kind !== undefined) return this.#refuse('statement-kind', kind, help);
    const parameters: Parameter[] = [];
    for (const slot of places.slots) {
      const parameter = parameterFor(this.#program, this.#sink, this.#query, slot);
      if ('code' in parameter) return this.#obstacle(parameter);
      parameters.push(parameter);
    }
    return {
      kind: 'prepared',
      parameters,
      taken: valuesTaken(places, driver),
      complete: (written, shown) => this.#complete(parameters, written, shown ?? written.map((one) => [one])),
    };
  }

  #complete(parameters: readonly Parameter[], written: readonly string[], shown: readonly (readonly CutPart[])[]): Completed | Refusal {
    const { places, segments } = this.#query;
    const verdict = verify(places, parameters, written, this.#sink);
    if (verdict === 'question-mark') {
      return this.#refuse(
        'mixed-parameters',
        `A \`${this.#sink.binding.everyDollar === true ? '$' : '?'}\` in the text is no placeholder, and the driver would replace it once values are passed.`,
        'Pass that part of the text as a value too.',
      );
    }
    if (verdict === 'differs') {
      return this.#refuse(
        'unparsed-sql',
        'With placeholders the text is not the same statement to the parser.',
        'Write the placeholders by hand.',
      );
    }
    const cuts = cutsFor(segments, places, parameters, shown);
    if (cuts === undefined) {
      return this.#refuse(
        'dynamic-text',
        'The quotes around a value are part of a constant.',
        'Write the quotes where the value is, or a placeholder.',
      );
    }
    const carriers = [...new Set(cuts.map((cut) => cut.segment.leaf.carrier))];
    const nested = carriers.find(({ expression }) =>
      carriers.some((other) => other.whole && other.expression !== expression && contains(other.expression, expression)),
    );
    if (nested !== undefined) {
      return this.#refuse(
        'dynamic-text',
        `\`${short(nested.expression)}\` is a text inside another that a call puts together.`,
        followHelp,
      );
    }
    const left = carriers.filter(
      (one) =>
        !isGone(one.expression, segments, cuts) ||
        !carriers.some((other) => other !== one && other.expression !== one.expression && contains(other.expression, one.expression)),
    );
    return { kind: 'completed', carriers: left.map((carrier) => ({ carrier, edits: rewriteCarrier(carrier, segments, cuts) })) };
  }

  #obstacle({ code, message, help, expression }: Obstacle): Refusal {
    return this.#refuse(code, message, help, this.#program.spanOf(expression));
  }

  /** What is a number, a boolean or escaped does no harm as a part of the text. */
  #severity(parameters: readonly Parameter[]): 'low' | 'high' {
    const harmless = (part: string | ts.Expression): boolean =>
      typeof part === 'string' ||
      withoutEscape(this.#program, part) !== undefined ||
      ['integer', 'number', 'boolean'].includes(typeOf(this.#program, part));
    return parameters.every(({ parts }) => parts.every(harmless)) ? 'low' : 'high';
  }

  made(parameters: readonly Parameter[], edits: readonly SourceEdit[], helpers: readonly HelperEdits[]): Fix {
    const names = parameters.flatMap(({ parts }) => parts.filter((part) => typeof part !== 'string')).map((part) => `\`${short(part)}\``);
    const unsafe = parameters.find(({ bound }) => bound.unsafe !== undefined);
    const path = this.#program.pathOf(this.#sink.call);
    const wrapper = this.#sink.wrapper?.values.kind === 'to-be-added' ? [wrapperFixId(this.#program, this.#sink.wrapper)] : [];
    const fix: Fix = {
      kind: 'fix',
      id: `${transform}:${this.#site.path}:${this.#site.start}`,
      transform,
      site: this.#site,
      title: titleOf(names, short(this.#sink.call.expression)),
      safety: unsafe === undefined ? 'safe' : 'unsafe',
      ...(unsafe?.bound.unsafe !== undefined && {
        reason: {
          code: 'parameter-type',
          message: `\`${unsafe.parts.map((part) => (typeof part === 'string' ? part : part.getText())).join('')}\`: ${unsafe.bound.unsafe}.`,
          help: 'Check the value on the database, or convert it where it comes from.',
        },
      }),
      weakness: { cwe: 'CWE-89', severity: this.#severity(parameters) },
      notes: [...new Set(parameters.flatMap(({ bound }) => bound.note ?? []))],
      edits: mergedEdits([...edits, ...unescapings(parameters)]).map((edit): Edit => ({ kind: 'replace', path, ...edit })),
      imports: [],
      preambles: [],
      dependsOn: [...wrapper, ...helpers.map(({ owner }) => helperFixId(this.#program, owner))],
    };
    noteHelpers(fix, helpers, (why) => this.#refuse('dynamic-text', why, followHelp));
    return fix;
  }
}

/** The same variable may stand for several values. */
function unescapings(parameters: readonly Parameter[]): readonly SourceEdit[] {
  return [...new Map(parameters.flatMap(({ unescaping = [] }) => unescaping).map((edit) => [edit.start, edit])).values()];
}

const longestTitle = 80;

function titleOf(names: readonly string[], callee: string): string {
  const unique = [...new Set(names)];
  const [only] = unique;
  const end = `of \`${callee}\``;
  const named = `pass ${unique.length <= 1 ? (only ?? 'the values') : `${unique.slice(0, -1).join(', ')} and ${unique.at(-1) ?? ''}`}`;
  const whole = `${named} as ${unique.length === 1 ? 'a parameter' : 'parameters'} ${end}`;
  if (whole.length <= longestTitle) return whole;
  return unique.length === 1 ? `pass a value as a parameter ${end}` : `pass ${names.length} values as parameters ${end}`;
}
