/** What is said of one call that sends SQL. */

import { ts } from 'ts-morph';
import type { ReasonCode } from '../../catalog/reasons.ts';
import type { Edit, Finding, Fix, Refusal } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Span } from '../../engine/text.ts';
import { branchedText, type BranchedText } from './branches.ts';
import { collectValues, type PlannedWay } from './collected.ts';
import { builtElsewhere, looksLikeSql } from './built.ts';
import { isEscapedName } from './evidence.ts';
import { number, valuesTaken, verify } from './placeholders.ts';
import { fixedHoleHelp, parameterFor, readQuery, type Obstacle, type Parameter, type Query } from './query.ts';
import { cutsFor, rewriteCarrier, type SourceEdit } from './rewrite.ts';
import { short, sinkOf, textOf, type Sink } from './sinks.ts';
import { isStatementWithParameters } from './statements.ts';
import { placeValues } from './given.ts';
import { TextReader, type Carrier } from './text.ts';
import { ownershipOf } from './ownership.ts';

const transform = 'parameterize-sql';
const followHelp = 'Write the text in one expression, or append to it without conditions, with placeholders for the values.';

export function findingsFor(program: Program, call: ts.CallExpression): readonly Finding[] {
  const text = textOf(program, call);
  if (text === undefined || ts.isStringLiteralLike(text.text)) return [];
  const built = builtElsewhere(program, text.text);
  const segments = built === undefined ? new TextReader(program, new Set()).read(text.text) : undefined;
  if (built === undefined && !segments?.some((segment) => segment.kind === 'hole')) return [];
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
  });
  if (sink === 'unknown') {
    if (segments === undefined || !looksLikeSql(segments)) return [];
    const receiver = ts.isPropertyAccessExpression(call.expression) ? short(call.expression.expression) : short(call.expression);
    return [
      refuse(
        'unknown-driver',
        `What \`${receiver}\` is cannot be proven: it comes from where it cannot be followed.`,
        'Pass the values as parameters in the way of the driver, or give the variable a type.',
      ),
    ];
  }
  const branched = sink.driver.byHand === undefined ? branchedText(program, text.text) : undefined;
  if (branched !== undefined) return branchedFindings(program, sink, branched, site, refuse);
  if (built !== undefined) {
    return [refuse('dynamic-text', built, followHelp)];
  }
  if (sink.driver.byHand !== undefined) {
    return segments !== undefined && looksLikeSql(segments)
      ? [refuse('unknown-driver', `nodelift knows \`${sink.driver.name}\` and does not rewrite its queries yet.`, sink.driver.byHand)]
      : [];
  }
  const query = readQuery(program, text.text, sink.driver.dialect);
  if (query === 'constant' || query === 'no-text') return [];
  if (query === 'unparsed') {
    const holes = (segments ?? []).filter((segment) => segment.kind === 'hole');
    const inPart = holes.map(({ expression }) => builtElsewhere(program, expression)).find((how) => how !== undefined);
    return inPart === undefined
      ? [
          refuse(
            'unparsed-sql',
            `The text is not ${sink.driver.dialect} SQL that the parser reads, whatever stands in its holes.`,
            'Write the placeholders by hand.',
          ),
        ]
      : [refuse('dynamic-text', inPart, followHelp)];
  }
  return new QueryFindings(program, sink, query, site, refuse).all();
}

/** Every way through the branches is a query of its own; all have to be rewritten alike. */
function branchedFindings(program: Program, sink: Sink, branched: BranchedText, site: Span, refuse: Refuse): readonly Finding[] {
  const ways: { readonly query: Query; readonly findings: QueryFindings }[] = [];
  for (const way of branched.ways) {
    const query = readQuery(program, sink.text, sink.driver.dialect, way);
    if (query === 'constant') continue;
    if (query === 'no-text') return [refuse('dynamic-text', `\`${branched.use.text}\` is given what is no text.`, followHelp)];
    if (query === 'unparsed') {
      const which = `On one of the ${branched.ways.length} ways through the branches that append to \`${branched.use.text}\``;
      return [refuse('dynamic-text', `${which}, the text is not ${sink.driver.dialect} SQL that the parser reads.`, followHelp)];
    }
    ways.push({ query, findings: new QueryFindings(program, sink, query, site, refuse) });
  }
  const fixed = unique(ways.flatMap(({ findings }) => findings.fixed()));
  if (ways.some(({ query, findings }) => query.places.slots.length > 0 && !findings.takesValues())) return fixed;
  const planned: (PlannedWay & { readonly findings: QueryFindings })[] = [];
  for (const { query, findings } of ways) {
    if (query.places.slots.length === 0) continue;
    const plan = findings.plan();
    if (plan.kind === 'refusal') return [...fixed, plan];
    planned.push({ query, plan, findings });
  }
  const [first] = planned;
  if (first === undefined) return fixed;
  const collected = collectValues(program, sink, branched, planned);
  if (typeof collected === 'string') return [...fixed, refuse('dynamic-text', collected, followHelp)];
  const { parameters, edits, carriers } = collected;
  return [...fixed, first.findings.made(parameters, edits, carriers)];
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

export interface Plan {
  readonly kind: 'plan';
  readonly parameters: readonly Parameter[];
  /** Where the placeholders are written. */
  readonly carriers: readonly Carrier[];
  readonly edits: (carrier: Carrier) => readonly SourceEdit[];
  /** For each parameter, how many of the values given already come before it. */
  readonly before: readonly number[];
  readonly taken: number;
}

class QueryFindings {
  readonly #program: Program;
  readonly #sink: Sink;
  readonly #query: Query;
  readonly #site: Span;
  readonly #refuse: Refuse;

  constructor(program: Program, sink: Sink, query: Query, site: Span, refuse: Refuse) {
    this.#program = program;
    this.#sink = sink;
    this.#query = query;
    this.#site = site;
    this.#refuse = refuse;
  }

  all(): readonly Finding[] {
    return this.takesValues() ? [...this.fixed(), this.#fix()] : this.fixed();
  }

  /** Holes for which no placeholder can stand. */
  fixed(): readonly Refusal[] {
    return this.#query.places.fixed.filter(({ hole }) => !this.#isEscapedName(hole)).map((one) => this.#fixedHole(one.hole, one.kind));
  }

  takesValues(): boolean {
    const { places } = this.#query;
    // A fragment may hold anything, placeholders too: the values around it cannot be numbered.
    return places.slots.length > 0 && !places.fixed.some(({ kind }) => kind === 'fragment' || kind === 'comment');
  }

  /** `connection.escapeId(column)`: safe as it is. */
  #isEscapedName(hole: number): boolean {
    const expression = this.#query.holes[hole]?.expression;
    return expression !== undefined && isEscapedName(this.#program, expression);
  }

  #fixedHole(hole: number, kind: 'identifier' | 'keyword' | 'fragment' | 'comment'): Refusal {
    const expression = this.#query.holes[hole]?.expression;
    const where = expression === undefined ? this.#site : this.#program.spanOf(expression);
    const built = expression && builtElsewhere(this.#program, expression);
    if (built !== undefined) return this.#refuse('dynamic-text', built, followHelp, where);
    const name = expression === undefined ? 'The value' : `\`${short(expression)}\``;
    const what = { identifier: 'a name', keyword: 'a keyword', fragment: 'a part of the statement', comment: 'a comment' }[kind];
    return this.#refuse('identifier-position', `${name} stands for ${what}, which no placeholder can.`, fixedHoleHelp(kind), where);
  }

  #fix(): Finding {
    const plan = this.plan();
    if (plan.kind === 'refusal') return plan;
    const { parameters, carriers } = plan;
    const owned = ownershipOf(this.#program, this.#sink, carriers);
    if (owned !== undefined) return this.#refuse('dynamic-text', owned, 'Give each query a text of its own.');
    const edits = carriers.flatMap((carrier) => plan.edits(carrier));
    const values = placeValues(this.#program, this.#sink, carriers, parameters, plan.before, plan.taken);
    if (values.kind === 'refused') return this.#refuse(values.code, values.message, values.help);
    return this.made(parameters, [...edits, ...values.edits], carriers);
  }

  /** The parameters, and the text with their placeholders. */
  plan(): Plan | Refusal {
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
    const kind = isStatementWithParameters(places.statements, driver.dialect);
    if (kind !== undefined) return this.#refuse('statement-kind', kind, help);
    const parameters: Parameter[] = [];
    for (const slot of places.slots) {
      const parameter = parameterFor(this.#program, this.#sink, this.#query, slot);
      if ('code' in parameter) return this.#obstacle(parameter);
      parameters.push(parameter);
    }
    // `$${index + 1}` for each of a list: where the numbers end is not known here.
    const list = this.#query.segments.some((segment) => segment.kind === 'kept' && /^\$\d+$/.test(segment.value));
    const numbered = list ? undefined : number(places, parameters, driver);
    if (numbered === undefined) {
      return this.#refuse(
        'mixed-parameters',
        'The text has placeholders with names of their own.',
        'Add the new values under names of their own.',
      );
    }
    const verdict = verify(places, parameters, numbered.written, this.#sink);
    if (verdict === 'question-mark') {
      return this.#refuse(
        'mixed-parameters',
        'A `?` in the text is no placeholder, and the driver would replace it once values are passed.',
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
    const cuts = cutsFor(this.#query.segments, places, parameters, numbered.written);
    if (cuts === undefined) {
      return this.#refuse(
        'dynamic-text',
        'The quotes around a value are part of a constant.',
        'Write the quotes where the value is, or a placeholder.',
      );
    }
    const carriers = [...new Set(cuts.map((cut) => cut.segment.leaf.carrier))];
    return {
      kind: 'plan',
      parameters,
      carriers,
      edits: (carrier) => rewriteCarrier(carrier, this.#query.segments, cuts),
      before: numbered.before,
      taken: valuesTaken(places, driver),
    };
  }

  #obstacle({ code, message, help, expression }: Obstacle): Refusal {
    return this.#refuse(code, message, help, this.#program.spanOf(expression));
  }

  made(parameters: readonly Parameter[], edits: readonly SourceEdit[], carriers: readonly Carrier[]): Fix {
    const names = parameters.flatMap(({ parts }) => parts.filter((part) => typeof part !== 'string')).map((part) => `\`${short(part)}\``);
    const unsafe = parameters.find(({ bound }) => bound.unsafe !== undefined);
    const path = this.#program.pathOf(carriers[0]?.expression ?? this.#sink.call);
    return {
      kind: 'fix',
      id: `${transform}:${this.#site.path}:${this.#site.start}`,
      transform,
      site: this.#site,
      title: `pass ${list(names)} as ${names.length === 1 ? 'a parameter' : 'parameters'} of \`${short(this.#sink.call.expression)}\``,
      safety: unsafe === undefined ? 'safe' : 'unsafe',
      ...(unsafe?.bound.unsafe !== undefined && {
        reason: {
          code: 'parameter-type',
          message: `\`${unsafe.parts.map((part) => (typeof part === 'string' ? part : part.getText())).join('')}\`: ${unsafe.bound.unsafe}.`,
          help: 'Check the value on the database, or convert it where it comes from.',
        },
      }),
      notes: [...new Set(parameters.flatMap(({ bound }) => bound.note ?? []))],
      edits: merged(edits).map((edit): Edit => ({ kind: 'replace', path, ...edit })),
      imports: [],
      preambles: [],
      dependsOn: [],
    };
  }
}

function list(names: readonly string[]): string {
  const unique = [...new Set(names)];
  return unique.length <= 1 ? (unique[0] ?? 'the values') : `${unique.slice(0, -1).join(', ')} and ${unique.at(-1) ?? ''}`;
}

/** An insertion right behind a replacement becomes part of it, for the order of two edits at one offset is nobody's to guess. */
function merged(edits: readonly SourceEdit[]): SourceEdit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  return sorted.reduce<SourceEdit[]>((all, edit) => {
    const last = all.at(-1);
    if (last?.end === edit.start) all[all.length - 1] = { start: last.start, end: edit.end, text: last.text + edit.text };
    else all.push(edit);
    return all;
  }, []);
}
