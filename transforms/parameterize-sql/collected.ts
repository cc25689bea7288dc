/**
 * Values of a text that is put together in several statements: each is put into an array where its part of the text is.
 * The numbers of placeholders that are not the same on all ways are read from the array's length.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { arrayName } from './array-name.ts';
import { arrayOf, isPureCondition, listOfValues, type ListedValue } from './choices.ts';
import type { Completed, Prepared } from './findings.ts';
import { enclosingFunction, placeList } from './given.ts';
import type { GivenUp } from './given-up.ts';
import { otherReader, ownershipOf } from './ownership.ts';
import type { Parameter, Query } from './query.ts';
import { mappedTexts } from './frames.ts';
import { Helpers, NotGiven, type HelperEdits } from './helper-edits.ts';
import { arrayBefore, arrayBehind, blockWith, pushBefore, pushBehind } from './pushes.ts';
import type { CutPart, SourceEdit } from './rewrite.ts';
import { short, type Sink } from './sinks.ts';
import { valueSource } from './values.ts';
import { contains, type HelperCalls } from './ways.ts';

export interface PreparedWay {
  readonly query: Query;
  readonly prepared: Prepared;
}

export interface Collected {
  readonly parameters: readonly Parameter[];
  readonly edits: readonly SourceEdit[];
  /** What becomes of the functions that make parts of the text. */
  readonly helpers: readonly HelperEdits[];
}

/** The statement that puts a part of the text together, a function without a block that does, or the call itself. */
type Home = ts.Statement | ts.ArrowFunction | 'call';

/** A parameter as it occurs on one way. */
interface Occurrence {
  readonly parameter: Parameter;
  readonly key: number;
  readonly home: Home;
  readonly run: number;
  /** In the order in which the values are put into the array, from 1. */
  readonly number: number;
}

class Uncollectable extends Error {}

/** @returns what stands in the way, when the ways differ in what they would be rewritten to */
export function collectValues(
  program: Program,
  sink: Sink,
  { seen, calls, givenUp }: { readonly seen: ReadonlySet<ts.Identifier>; readonly calls: HelperCalls; readonly givenUp: GivenUp },
  ways: readonly PreparedWay[],
): Collected | string {
  try {
    return new Collector(program, sink, seen, calls, givenUp, ways).collect();
  } catch (error) {
    if (error instanceof Uncollectable || error instanceof NotGiven) return error.message;
    throw error;
  }
}

class Collector {
  readonly #program: Program;
  readonly #sink: Sink;
  readonly #seen: ReadonlySet<ts.Identifier>;
  readonly #ways: readonly PreparedWay[];
  readonly #occurrences: readonly (readonly Occurrence[])[];
  readonly #helpers: Helpers;
  /** Statements at which the values that were collected are given up. */
  readonly #anew: ReadonlySet<ts.Statement>;
  readonly #array: string;
  readonly #dollar: boolean;

  constructor(
    program: Program,
    sink: Sink,
    seen: ReadonlySet<ts.Identifier>,
    calls: HelperCalls,
    givenUp: GivenUp,
    ways: readonly PreparedWay[],
  ) {
    this.#helpers = new Helpers(program, calls);
    this.#program = program;
    this.#sink = sink;
    this.#seen = seen;
    this.#ways = ways;
    this.#dollar = sink.driver.placeholder === 'dollar';
    if (ways.some(({ prepared }) => prepared.taken > 0))
      throw new Uncollectable('The text has placeholders already, and is put together in several statements.');
    this.#occurrences = ways.map((way) => this.#occurrencesOn(way));
    this.#anew = this.#begunAnew(givenUp);
    this.#helpers.keep(this.#homes());
    this.#array = arrayName(program, sink.call, [...new Set([sink.call, ...this.#anchors()].map((node) => enclosingFunction(node)))]);
  }

  collect(): Collected {
    const carriers = new Map<ts.Expression, Completed['carriers'][number]>();
    this.#ways.forEach(({ prepared }, way) => {
      const occurrences = this.#occurrences[way] ?? [];
      const of = (parameter: Parameter): Occurrence | undefined => occurrences.find((one) => one.parameter === parameter);
      const written = prepared.parameters.map((parameter) => this.#written(parameter, of(parameter)?.number ?? 0));
      const shown = prepared.parameters.map((parameter) => this.#shown(parameter, of(parameter)));
      const completed = prepared.complete(written, shown);
      if (completed.kind === 'refusal') throw new Uncollectable(completed.reason.message);
      for (const one of completed.carriers) {
        const known = carriers.get(one.carrier.expression);
        if (known !== undefined && JSON.stringify(known.edits) !== JSON.stringify(one.edits)) {
          throw new Uncollectable(`What \`${short(one.carrier.expression)}\` becomes depends on which other parts the text gets.`);
        }
        carriers.set(one.carrier.expression, one);
      }
    });
    const all = [...carriers.values()];
    const own = all.filter(({ carrier }) => this.#helpers.around(carrier.expression) === undefined);
    const others = all.filter((one) => !own.includes(one)).map(({ carrier }) => carrier);
    const owned =
      ownershipOf(
        this.#program,
        this.#sink,
        own.map(({ carrier }) => carrier),
        this.#seen,
      ) ?? otherReader(this.#program, this.#sink, others, this.#seen);
    if (owned !== undefined) throw new Uncollectable(owned);
    const handed = this.#helpers.calls().filter((call) => this.#helpers.around(call) === undefined);
    const edits = [
      ...own.flatMap((one) => one.edits),
      ...this.#statements(),
      ...this.#call(),
      ...handed.map((call) => this.#helpers.handOn(call, this.#array)),
    ];
    const parameters = [...new Map(this.#occurrences.flat().map(({ key, parameter }) => [key, parameter])).entries()]
      .sort(([a], [b]) => a - b)
      .map(([, parameter]) => parameter);
    if (this.#helpers.owners().length > 0 && parameters.some(({ unescaping }) => unescaping !== undefined))
      throw new Uncollectable('A value is escaped in a statement of its own.');
    const helpers = this.#helpers.owners().map((owner): HelperEdits => {
      const inside = all.filter(({ carrier }) => this.#helpers.around(carrier.expression) === owner).flatMap((one) => one.edits);
      const pushes = this.#homes()
        .filter((home) => this.#helpers.around(home) === owner)
        .flatMap((home) => this.#push(home));
      return this.#helpers.edits(owner, [...inside, ...pushes]);
    });
    return { parameters, edits, helpers };
  }

  #occurrencesOn({ query, prepared }: PreparedWay): Occurrence[] {
    const found = prepared.parameters.map((parameter) => {
      const holes = parameter.slot.parts.flatMap((part) => (typeof part === 'number' ? (query.holes[part] ?? []) : []));
      const first = holes[0]?.expression;
      const runs = new Set(holes.map(({ leaf }) => leaf.carrier.run));
      const [run] = runs;
      if (first === undefined || run === undefined) throw new Error('A slot has at least one hole.');
      if (runs.size > 1)
        throw new Uncollectable(`\`${short(first)}\` and what is in the same quotes are put into the text by different statements.`);
      return { parameter, key: this.#helpers.keyOf(first), home: this.#homeOf(first), run };
    });
    // Placeholders that push their values do so in the order of the text.
    const runOf = ({ run }: { readonly run: number }): number => (this.#dollar ? Math.ceil(run) : run);
    const inOrder = found.map((one, index) => ({ ...one, index })).sort((a, b) => runOf(a) - runOf(b) || a.index - b.index);
    const numbered = inOrder.map((one, index) => ({ ...one, number: index + 1 }));
    if (!this.#dollar) this.#checkOrder(numbered);
    return numbered;
  }

  /** Where the array has to begin anew. */
  #begunAnew({ anew, lost }: GivenUp): ReadonlySet<ts.Statement> {
    const collected: ts.Expression[] = [];
    this.#ways.forEach(({ query }, way) => {
      for (const { parameter, home } of this.#occurrences[way] ?? []) {
        if (home === 'call') continue;
        collected.push(...parameter.slot.parts.flatMap((part) => (typeof part === 'number' ? (query.holes[part]?.expression ?? []) : [])));
      }
    });
    const isCollected = (value: ts.Expression): boolean => collected.some((one) => contains(one, value) || contains(value, one));
    const unused = [...lost].find((value) => isCollected(value));
    if (unused !== undefined)
      throw new Uncollectable(`\`${short(unused)}\` is put into a part of the text that is not sent in every case where it is made.`);
    const found = new Set<ts.Statement>();
    for (const [assignment, values] of anew) {
      if (![...values].some((value) => isCollected(value))) continue;
      const { parent } = assignment;
      if (!ts.isExpressionStatement(parent)) throw new Uncollectable(`\`${short(assignment)}\` gives the text up that was there.`);
      found.add(parent);
    }
    return found;
  }

  /** Question marks take the values in the order of the text: those of the call's own text before and behind the others. */
  #checkOrder(numbered: readonly (Occurrence & { readonly index: number })[]): void {
    const collected = numbered.filter(({ home }) => home !== 'call');
    const inText = [...collected].sort((a, b) => a.index - b.index);
    const [first] = inText;
    const last = inText.at(-1);
    const between =
      first !== undefined &&
      last !== undefined &&
      numbered.some(({ home, index }) => home === 'call' && index > first.index && index < last.index);
    if (between || inText.some((one, index) => one !== collected[index])) {
      throw new Uncollectable('The parts of the text are not put together in the order in which they stand in it.');
    }
  }

  #homeOf(hole: ts.Expression): Home {
    for (let node: ts.Node = hole; ; node = node.parent) {
      if (node === this.#sink.text) return 'call';
      if (ts.isStatement(node)) return this.#plainHome(node);
      if (ts.isArrowFunction(node) && !ts.isBlock(node.body) && this.#returnsText(node)) return node;
      if (ts.isFunctionLike(node) || ts.isSourceFile(node)) throw new Uncollectable('A part of the text is made by a function.');
    }
  }

  #plainHome(node: ts.Statement): ts.Statement {
    const plain = ts.isVariableStatement(node)
      ? node.declarationList.declarations.length === 1 || !this.#dollar
      : ts.isReturnStatement(node)
        ? this.#returnsText(enclosingFunction(node))
        : ts.isExpressionStatement(node) && !isShortCircuit(node.expression);
    if (!plain) throw new Uncollectable(`A part of the text is put together in \`${short(node)}\`, where values cannot be collected.`);
    return node;
  }

  /** A function that is called for each value of a list, where it stands, or one whose calls get the array. */
  #returnsText(node: ts.Node): boolean {
    return isTurned(node) || this.#helpers.isOwner(node);
  }

  /** What fills the array around the call: statements and functions there, and calls of other functions that are given it. */
  #anchors(): (Exclude<Home, 'call'> | ts.CallExpression)[] {
    const all = [...this.#homes(), ...this.#helpers.calls()];
    const outer = all.filter((one) => this.#helpers.around(one) === undefined);
    const anew = [...this.#anew].filter((one) => !all.includes(one));
    return [...outer, ...(anew as ts.ExpressionStatement[])].sort((a, b) => a.pos - b.pos);
  }

  #arrayIn(home: Home): string {
    const owner = home === 'call' ? undefined : this.#helpers.around(home);
    return owner === undefined ? this.#array : this.#helpers.arrayOf(owner);
  }

  #homes(): Exclude<Home, 'call'>[] {
    return [...new Set(this.#occurrences.flat().flatMap(({ home }) => (home === 'call' ? [] : [home])))].sort((a, b) => a.pos - b.pos);
  }

  /** Does a function put a part of this text together while it is evaluated? */
  #holdsHomes(home: Home): boolean {
    const outer = home === 'call' ? this.#sink.text : home;
    return [...this.#homes(), ...this.#helpers.calls()].some((one) => one !== home && contains(outer, one));
  }

  #isInHelper(home: Home): boolean {
    return home !== 'call' && this.#helpers.around(home) !== undefined;
  }

  /** Do the placeholders push their values themselves, because others are pushed meanwhile, or there is no place for a statement? */
  #isInline(home: Home): boolean {
    return this.#dollar && (isReturned(home) || this.#holdsHomes(home) || this.#isInHelper(home));
  }

  /** What the parser is shown: the number as it is on this way. */
  #written({ bound }: Parameter, number: number): string {
    return this.#dollar ? bound.placeholder.replace('?', () => `$${number}`) : bound.placeholder;
  }

  #shown(parameter: Parameter, occurrence: Occurrence | undefined): readonly CutPart[] {
    const { placeholder } = parameter.bound;
    if (occurrence === undefined || !this.#dollar || !this.#isDynamic(occurrence.home)) {
      return [this.#written(parameter, occurrence?.number ?? 0)];
    }
    const [before = '', behind = ''] = placeholder.split('?');
    return [`${before}$`, { expression: this.#numberOf(occurrence) }, behind];
  }

  /** Are numbers written as the array's length? In all statements that push, if in one of them. */
  #isDynamic(home: Home): boolean {
    if (this.#isInline(home)) return true;
    return home === 'call' || this.#isFirst(home) ? this.#varies(home) : this.#homes().some((one) => this.#varies(one));
  }

  /** The statement that the array is declared behind, with its values. */
  #isFirst(home: Exclude<Home, 'call'>): boolean {
    const [first] = this.#anchors();
    if (isReturned(home) || this.#holdsHomes(home)) return false;
    return home === first && statementIn(commonBlock([...this.#anchors(), this.#sink.call]), home) === home && !this.#varies(home);
  }

  /** Is a number of this statement's placeholders not the same on all ways, or in all turns of a loop? */
  #varies(home: Home): boolean {
    const numbers = new Map<number, number>();
    for (const { home: own, key, number } of this.#occurrences.flat()) {
      if (own !== home) continue;
      const known = numbers.get(key);
      if (known !== undefined && known !== number) return true;
      numbers.set(key, number);
    }
    return false;
  }

  #numberOf({ home, key, parameter }: Occurrence): string {
    const array = this.#arrayIn(home);
    if (this.#isInline(home) || this.#hasChoices(home)) return `${array}.push(${valueSource(this.#program, parameter)})`;
    const keys = this.#keysOf(home);
    const index = keys.indexOf(key);
    if (home === 'call') return `${array}.length + ${index + 1}`;
    const behind = keys.length - index - 1;
    return behind === 0 ? `${array}.length` : `${array}.length - ${behind}`;
  }

  /** The parameters of a statement, in the order of its source. */
  #keysOf(home: Home): number[] {
    return [...this.#of(home).keys()].sort((a, b) => a - b);
  }

  #of(home: Home): Map<number, Parameter> {
    return new Map(this.#occurrences.flat().flatMap((one) => (one.home === home ? [[one.key, one.parameter] as const] : [])));
  }

  /** Are some of the values there only on some of the ways on which the statement runs? */
  #hasChoices(home: Home): boolean {
    return this.#listed(home).some(({ choices }) => choices.length > 0);
  }

  #listed(home: Home): ListedValue[] {
    const parameters = this.#of(home);
    return this.#keysOf(home).flatMap((key) => {
      const parameter = parameters.get(key);
      const hole = parameter?.parts.find((part) => typeof part !== 'string');
      if (parameter === undefined || hole === undefined) return [];
      const source = valueSource(this.#program, parameter);
      const differs = this.#occurrences.flat().some((one) => one.key === key && valueSource(this.#program, one.parameter) !== source);
      if (differs) throw new Uncollectable(`What \`${short(hole)}\` becomes depends on which other parts the text gets.`);
      const outer = home === 'call' ? this.#sink.text : home;
      return [{ source, choices: choicesAround(hole, outer) }];
    });
  }

  #sources(home: Home): string[] {
    const listed = this.#listed(home);
    const impure = listed.flatMap(({ choices }) => choices).find(({ choice }) => !isPureCondition(choice.condition));
    if (impure !== undefined) throw new Uncollectable(`\`${short(impure.choice.condition)}\` would be asked twice.`);
    return listOfValues(listed);
  }

  /** The array, and what is pushed to it. */
  #statements(): SourceEdit[] {
    const homes = this.#homes().filter((home) => !this.#isInHelper(home));
    const [first, ...others] = this.#anchors();
    if (first === undefined) return this.#pushesInCall() ? this.#arrayBeforeCall() : [];
    const block = commonBlock([first, ...others, this.#sink.call]);
    const declaration = (values: readonly string[]): string => this.#declaration(first, values);
    if (ts.isArrowFunction(block)) {
      return [...blockWith(block, [declaration([])]), ...homes.flatMap((home) => this.#push(home))];
    }
    const at = statementIn(block, first);
    const last = homes.at(-1) ?? first;
    if (homes.length > 1 && this.#isStraight(homes))
      return [...arrayBehind(last as ts.Statement, declaration(homes.flatMap((home) => this.#sources(home))))];
    const alone = !ts.isCallExpression(first) && !isReturned(first) && !this.#holdsHomes(first);
    const whole = at === first && alone && !(this.#dollar && this.#varies(first));
    const edits = whole ? arrayBehind(at, declaration(this.#sources(first))) : arrayBefore(at, declaration([]));
    const emptied = [...this.#anew]
      .filter((one) => !homes.includes(one) && !(whole && one === first))
      .flatMap((one) => pushBehind(one, `${this.#array} = []`));
    return [...edits, ...emptied, ...homes.filter((home) => !whole || home !== first).flatMap((home) => this.#push(home))];
  }

  /** The call's own placeholders push the values: `$${params.push(town)}`. */
  #pushesInCall(): boolean {
    return this.#dollar && this.#isDynamic('call') && (this.#hasChoices('call') || this.#isInline('call'));
  }

  #arrayBeforeCall(): SourceEdit[] {
    let node: ts.Node = this.#sink.call;
    while (!ts.isStatement(node)) {
      if (ts.isFunctionLike(node) || ts.isSourceFile(node))
        throw new Uncollectable('The numbers of the placeholders depend on a choice, and there is no place for an array of the values.');
      node = node.parent;
    }
    if (!hasStatements(node.parent))
      throw new Uncollectable('The numbers of the placeholders depend on a choice, and there is no place for an array of the values.');
    return [...arrayBefore(node, this.#declaration(node, []))];
  }

  #declaration(beside: ts.Node, values: readonly string[]): string {
    const file = beside.getSourceFile();
    const typed = /\.[cm]?tsx?$/.test(file.fileName) ? ': unknown[]' : '';
    const { constant } = sourceHabits(file);
    const keyword = this.#anew.size > 0 && constant === 'const' ? 'let' : constant;
    return `${keyword} ${this.#array}${typed} = ${arrayOf(values)}`;
  }

  /** One way through statements that follow one another: all values in one array. */
  #isStraight(homes: readonly Exclude<Home, 'call'>[]): boolean {
    const [first] = homes;
    const last = homes.at(-1);
    if (homes.length !== this.#anchors().length || homes.some((home) => isReturned(home) || this.#holdsHomes(home))) return false;
    if (this.#occurrences.length !== 1 || first === undefined || last === undefined) return false;
    const { parent } = first;
    if (!hasStatements(parent) || homes.some((home) => home.parent !== parent)) return false;
    if (new Set(this.#occurrences[0]?.map(({ key }) => key)).size !== this.#occurrences[0]?.length) return false;
    const { statements } = parent as ts.Block;
    return statements
      .slice(statements.indexOf(first as ts.Statement), statements.indexOf(last as ts.Statement))
      .every((one) => homes.includes(one));
  }

  #push(home: Exclude<Home, 'call'>): readonly SourceEdit[] {
    const dynamic = this.#dollar && this.#isDynamic(home);
    // The placeholders push the values themselves.
    const isAnew = this.#anew.has(home as ts.Statement);
    if ((this.#isInline(home) || (dynamic && this.#hasChoices(home))) && this.#mayFail(home))
      throw new Uncollectable('A part of the text is put together in a `try`, and the query is sent behind it.');
    if (this.#isInline(home) || (dynamic && this.#hasChoices(home)))
      return isAnew ? pushBefore(home as ts.Statement, `${this.#array} = []`) : [];
    const sources = this.#sources(home);
    const call = isAnew ? `${this.#array} = ${arrayOf(sources)}` : `${this.#arrayIn(home)}.push(${sources.join(', ')})`;
    if (isReturned(home)) {
      if (this.#holdsHomes(home)) throw new Uncollectable('A function that makes a part of the text has functions in it that make others.');
      return ts.isArrowFunction(home) ? blockWith(home, [call]) : pushBefore(home, call);
    }
    // Where a value cannot be made, the text stays what it was.
    return dynamic || this.#mayFail(home) ? pushBefore(home, call) : pushBehind(home, call);
  }

  /** Is the part put together in a `try` that the query is not sent in, so that it is sent without what failed there? */
  #mayFail(home: ts.Node): boolean {
    for (let node = home; !ts.isSourceFile(node); node = node.parent) {
      const { parent } = node;
      if (ts.isTryStatement(parent) && parent.tryBlock === node && !contains(node, this.#sink.call)) return true;
    }
    return false;
  }

  #call(): readonly SourceEdit[] {
    const own = this.#listed('call');
    const collected = this.#anchors().length > 0;
    if (this.#pushesInCall()) {
      const given = placeList(this.#program, this.#sink, this.#array, [], []);
      if (given === undefined) throw new Uncollectable('The query is given values already, and is put together in several ways.');
      return given;
    }
    if (!collected) {
      const given = placeList(this.#program, this.#sink, undefined, this.#sources('call'), []);
      if (given === undefined) throw new Uncollectable('The query is given values already, and is put together in several ways.');
      return given;
    }
    const positions = this.#occurrences.map((way) =>
      Math.min(...way.filter(({ home }) => home !== 'call').map(({ parameter }) => parameter.slot.start)),
    );
    const isBefore = this.#keysOf('call').map((key) =>
      this.#occurrences.some((way, index) =>
        way.some((one) => one.key === key && one.parameter.slot.start < (positions[index] ?? 0) && Number.isFinite(positions[index])),
      ),
    );
    const before = this.#dollar ? [] : own.filter((_value, index) => isBefore[index] === true);
    const behind = this.#dollar ? own : own.filter((_value, index) => isBefore[index] !== true);
    this.#sources('call');
    const given = placeList(this.#program, this.#sink, this.#array, listOfValues(before), listOfValues(behind));
    if (given === undefined) throw new Uncollectable('The query is given values already, and is put together in several statements.');
    return given;
  }
}

/** Is the text what a function returns? A statement has no place behind it. */
function isReturned(home: Home): home is ts.ArrowFunction | ts.ReturnStatement {
  return home !== 'call' && (ts.isArrowFunction(home) || ts.isReturnStatement(home));
}

/** A function that is called for each value of a list, where it stands. */
function isTurned(node: ts.Node): boolean {
  const call = node.parent;
  return ts.isCallExpression(call) && mappedTexts(call)?.callback === node;
}

function isShortCircuit(expression: ts.Expression): boolean {
  return ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
}

/** The conditional expressions between a hole and the statement or text that it is a part of, the outermost first. */
function choicesAround(hole: ts.Expression, outer: ts.Node): ListedValue['choices'] {
  const found: { choice: ts.ConditionalExpression; branch: boolean }[] = [];
  for (let node: ts.Node = hole; node !== outer && !ts.isSourceFile(node); node = node.parent) {
    const { parent } = node;
    if (!contains(outer, parent) || !ts.isConditionalExpression(parent) || parent.condition === node) continue;
    found.unshift({ choice: parent, branch: parent.whenTrue === node });
  }
  return found;
}

/** What holds all of them, or a function without a block around all of them, which gets one. */
function commonBlock(nodes: readonly ts.Node[]): ts.Node {
  const [first, ...others] = nodes;
  for (let block = first?.parent; block !== undefined; block = block.parent) {
    const around = block;
    if (!others.every((node) => contains(around, node))) continue;
    if (hasStatements(around) || (ts.isArrowFunction(around) && !ts.isBlock(around.body))) return around;
  }
  throw new Uncollectable('The parts of the text are in different files.');
}

function hasStatements(node: ts.Node): boolean {
  return ts.isBlock(node) || ts.isSourceFile(node) || ts.isModuleBlock(node);
}

function statementIn(block: ts.Node, inner: ts.Node): ts.Statement {
  let node: ts.Node = inner;
  while (node.parent !== block) node = node.parent;
  return node as ts.Statement;
}
