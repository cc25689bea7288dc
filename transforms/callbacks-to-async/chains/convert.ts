/**
 * A chain as statements. It is written from its last link inwards: a rejection handler is a `catch` around all that comes before it, a
 * `then` is what follows all that comes before it, and every part is told where its value goes.
 */

import { ts } from 'ts-morph';
import { outermost, unwrapped } from '../../../engine/async/functions.ts';
import { isResolvedWithNothing, plainReturn, rejectionOf, resolvedValue } from '../../../engine/async/plain-returns.ts';
import type { Program } from '../../../engine/program/program.ts';
import { habitsOf, type SourceHabits } from '../../../engine/source/habits.ts';
import { indentationAt } from '../../../engine/source/indentation.ts';
import {
  closingComments,
  commentsIn,
  hasBlankLine,
  leadingComments,
  placed,
  startWithCast,
  trailingEnd,
} from '../../../engine/source/layout.ts';
import { boundNames, firstFree, identifiersIn, isNameFree, isNameVisible, renameEdits } from '../../../engine/source/names.ts';
import { slice, type TextEdit } from '../../../engine/source/slice.ts';
import type { Range } from '../../../engine/text.ts';
import { arrowEnd, endOfBody } from '../host.ts';
import { expressParameters } from '../merge.ts';
import { nameMerged, type MergedFunction, type Naming } from '../naming.ts';
import { Obstacle } from '../obstacle.ts';
import type { InlineCallback } from '../sites.ts';
import { completionOf } from '../completion.ts';
import { leaves, statementsOf } from '../specialize.ts';
import type { CompleteStep } from '../steps.ts';
import { declaresVar, returnsIn, returnsOf, testOf, type Chain, type ErrorFilter, type Handler, type Link } from './chain.ts';
import type { Ending } from './endings.ts';
import type { Place } from './places.ts';
import { handedOn } from './handed-on.ts';
import { isReassigned, Settled } from './settled.ts';
import { awaited, isCompound, isIdle, isLast, nothing, opened, type Code, type Piece, type Sink, type Value } from './sink.ts';

type Bind = Extract<Sink, { kind: 'bind' }>;
type NamedHandler = Extract<Handler, { kind: 'named' }>;

/** What is written, and where. */
interface At {
  readonly indentation: string;
  /** A `try` of the function is around it. */
  readonly inTry: boolean;
  /** What comes of the value may have been given to its variable already, by code that failed behind that. */
  readonly mayBeFilled?: boolean;
}

/** What takes a function that settles a promise. */
const executors: ReadonlySet<string> = new Set([
  'global.Promise',
  'any-promise',
  'bluebird',
  'bluebird.Promise',
  'es6-promise.Promise',
  'lie',
  'native-promise-only',
  'pinkie-promise',
  'promise',
  'q.Promise',
  'q.promise',
  'rsvp.Promise',
]);

/** @throws Obstacle */
export function convertChain(program: Program, chain: Chain, place: Place): TextEdit[] {
  return new ChainConverter(program, chain, place).edits();
}

/**
 * A chain that calls back, as statements at `indentation`.
 * @param around edits of the code that it stands in
 * @throws Obstacle
 */
export function convertEnding(program: Program, ending: Ending, place: Place, indentation: string, around: readonly TextEdit[]): string {
  return new ChainConverter(program, ending.chain, place, { ending, around }).text(indentation);
}

class ChainConverter {
  readonly #program: Program;
  readonly #chain: Chain;
  readonly #place: Place;
  readonly #file: ts.SourceFile;
  readonly #habits: SourceHabits;
  readonly #naming: Naming;
  readonly #settled: Settled;
  readonly #handedOn: ReadonlyMap<ts.Symbol, ts.Symbol>;
  readonly #response: ts.Symbol | undefined;
  readonly #next: ts.Symbol | undefined;
  readonly #temporaries: string[] = [];
  /** Statements behind a blank line that stood in front of what was around them. */
  readonly #apart = new Set<ts.Statement>();
  readonly #ending: Ending | undefined;

  constructor(program: Program, chain: Chain, place: Place, called?: { readonly ending: Ending; readonly around: readonly TextEdit[] }) {
    this.#ending = called?.ending;
    this.#program = program;
    this.#chain = chain;
    this.#place = place;
    this.#file = place.fn.getSourceFile();
    this.#habits = habitsOf(place.fn);
    const express = expressParameters(program, place.fn, place.role);
    this.#response = express?.response;
    this.#next = express?.next;
    this.#settled = new Settled(program, chain.links, (callee) => this.#isQuiet(callee));
    this.#handedOn = handedOn(program, chain.links, this.#settled);
    const naming = nameMerged(program, place.fn, mergedHandlers(chain), {
      functionWide: this.#habits.constant === 'var',
      isFragment: called !== undefined,
      aliases: this.#handedOn,
    });
    this.#naming = { ...naming, edits: [...naming.edits, ...tapNames(program, chain, naming), ...(called?.around ?? [])] };
  }

  edits(): TextEdit[] {
    const { range } = this.#place;
    // A variable in front of the chain that takes one of its values too.
    const before = this.#naming.edits.filter(({ end }) => end <= Math.min(range.start, range.outer));
    return [...before, ...this.#own()];
  }

  #own(): TextEdit[] {
    const { fn, form, range, clause, block: line } = this.#place;
    const { eol, unit } = this.#habits;
    const outer =
      clause?.indentation ?? indentationAt(this.#file, form === 'body' ? fn.getStart() : form === 'bare' ? range.outer : range.start);
    const isPlaced = clause?.isOwnLine ?? (form === 'statement' && line === undefined);
    const indentation = isPlaced ? indentationAt(this.#file, range.start) : outer + unit;
    const pieces = this.#all(indentation);
    const code = this.#join(pieces, indentation);
    const text = this.#orphans(code, indentation) + code;
    const isLine = pieces.length === 1 && !/[\r\n]/.test(text);
    const block = `{${eol}${indentation}${text}${eol}${outer}}`;
    if (form === 'body') {
      const single = isLine ? /^return (?!\{)(.*?);?$/.exec(text)?.[1] : undefined;
      const start = arrowEnd(this.#chain.expression);
      if (single !== undefined) return [{ start, end: range.end, text: ` ${single}` }];
      return [{ start, end: endOfBody(fn, range.end), text: ` ${text === '' ? '{}' : block}` }];
    }
    if (clause !== undefined && !isLine && (!clause.isOwnLine || pieces.some((piece) => /^(?:const|let)\b/.test(piece.text)))) {
      return [{ start: clause.start, end: clause.end, text: ` ${block}` }];
    }
    if (line !== undefined && !isLine) return [{ ...line, text: `${eol}${indentation}${text}${eol}${outer}` }];
    return [{ start: range.start, end: range.end, text: form === 'bare' && !isLine ? block : text }];
  }

  text(indentation: string): string {
    const code = this.#join(this.#all(indentation), indentation);
    return this.#orphans(code, indentation) + code;
  }

  #all(indentation: string): readonly Piece[] {
    const { sink, atEnd, inTry, blankBefore, isAwaited } = this.#place;
    const code = this.#run(this.#chain.links, this.#sinkOf(sink), { indentation, inTry });
    if (isAwaited && !code.falls && sink.kind !== 'return') {
      // Its variable would be gone, and the code behind it could be seen to be dead.
      throw new Obstacle(this.#chain.expression, 'callback-shape', 'The chain fails on every way.', 'Throw the error instead.');
    }
    const pieces = [...code.pieces];
    if (code.falls && !atEnd && (sink.kind === 'return' || this.#ending !== undefined)) pieces.push(this.#bareReturn());
    return pieces.map((piece, index) => (index === 0 ? { ...piece, blankBefore } : piece));
  }

  #sinkOf(sink: Place['sink']): Sink {
    if (sink.kind !== 'declare') return sink;
    const pattern = sink.name.getText();
    return { kind: 'bind', keyword: sink.keyword, pattern, type: sink.type, names: boundNames(sink.name).map((one) => one.text) };
  }

  /** The links, with the value of the last one going to `sink`. */
  #run(links: readonly Link[], sink: Sink, at: At): Code {
    const link = links.at(-1);
    if (link === undefined) return this.#emit(sink, this.#baseValue(at.indentation), at);
    const rest = links.slice(0, -1);
    switch (link.kind) {
      case 'then':
        return link.failure === undefined
          ? this.#then(rest, link.handler, sink, at)
          : this.#scoped(rest, link.handler, link.failure, link.call, sink, at);
      case 'spread':
        return this.#spread(rest, link, sink, at);
      case 'tap':
        return this.#tap(rest, link.handler, sink, at);
      case 'return': {
        const before = this.#run(rest, { kind: 'drop' }, at);
        return joined(before, () => this.#emit(sink, this.#valueOf(link.value, at), at));
      }
      case 'static':
        return this.#static(rest, link, sink, at);
      case 'catch':
      case 'finally':
        return this.#guarded(rest, link, sink, at);
    }
  }

  #then(rest: readonly Link[], handler: Handler, sink: Sink, at: At): Code {
    if (handler.kind === 'named') {
      if (!handler.takesValue) {
        const before = this.#run(rest, { kind: 'drop' }, at);
        return joined(before, () => this.#emit(sink, this.#called(handler), at));
      }
      const wrap = (value: string): string => callText(handler, value);
      const isQuiet = !this.#settled.mayGivePromise(handler.expression);
      // A call in a call in a call is no straight line.
      if (mayBranch(rest) || sink.kind === 'wrap') {
        const name = this.#temporary(handler);
        const before = this.#run(rest, this.#bindTo(name), at);
        return joined(before, () => this.#emit(sink, this.#called(handler, name), at));
      }
      return this.#run(rest, { kind: 'wrap', wrap, isQuiet, inner: sink }, at);
    }
    const { fn } = handler;
    const kept = givesValue(rest) ? this.#keptIn(fn, sink) : undefined;
    if (kept !== undefined) {
      const before = this.#run(rest, { kind: 'assign', pattern: this.#slice(kept.target, at.indentation) }, at);
      return ts.isBlock(fn.body) ? joined(before, () => this.#body(fn, sink, at, kept.statement)) : before;
    }
    const before = this.#run(rest, this.#parameterSink(fn, at), at);
    return joined(before, () => this.#body(fn, sink, at));
  }

  /** `page = text;`, first of all that a handler does, and all that it does with `text`: `page = await …`. */
  #keptIn(fn: InlineCallback, sink: Sink): { readonly target: ts.Expression; readonly statement: ts.Statement | undefined } | undefined {
    const [parameter, ...others] = fn.parameters;
    if (parameter === undefined || others.length > 0 || !ts.isIdentifier(parameter.name)) return undefined;
    const statement = ts.isBlock(fn.body) ? fn.body.statements[0] : undefined;
    if (statement === undefined && sink.kind !== 'drop' && sink.kind !== 'end') return undefined;
    const expression = !ts.isBlock(fn.body)
      ? unwrapped(fn.body)
      : statement && ts.isExpressionStatement(statement)
        ? statement.expression
        : undefined;
    if (expression === undefined || !ts.isBinaryExpression(expression) || expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken)
      return undefined;
    const { left: target, right } = expression;
    const symbol = this.#program.symbolOf(parameter.name);
    const uses = identifiersIn(fn.body, parameter.name.text).filter((one) => this.#program.symbolOf(one) === symbol);
    if (uses.length !== 1 || uses[0] !== right || !this.#isFixed(target, fn)) return undefined;
    return commentsIn(this.#file, { start: (statement ?? expression).pos, end: trailingEnd(this.#file, (statement ?? expression).end) })
      .length > 0
      ? undefined
      : { target, statement };
  }

  /** Is the place the same before the value is there as it is behind it? */
  #isFixed(target: ts.Expression, fn: InlineCallback): boolean {
    if (ts.isIdentifier(target)) {
      const declaration = this.#program.symbolOf(target)?.valueDeclaration;
      return declaration === undefined || declaration.pos < fn.pos || declaration.end > fn.end;
    }
    if (!ts.isPropertyAccessExpression(target) || target.questionDotToken !== undefined) return false;
    const { expression: object } = target;
    if (object.kind === ts.SyntaxKind.ThisKeyword) return ts.isArrowFunction(fn);
    if (!ts.isIdentifier(object)) return false;
    const declaration = this.#program.symbolOf(object)?.valueDeclaration;
    if (declaration === undefined || (declaration.pos >= fn.pos && declaration.end <= fn.end)) return false;
    return !isReassigned(this.#program, object, this.#file);
  }

  /** `.map(fn)`, which is `Bluebird.map(value, fn)`. */
  #static(rest: readonly Link[], link: Extract<Link, { kind: 'static' }>, sink: Sink, at: At): Code {
    const given = link.rest.map((one) => this.#slice(one, at.indentation));
    const wrap = (value: string): string => `${link.callee}(${[value, ...given].join(', ')})`;
    if (rest.length === 0) return this.#emit(sink, { ...plainValue(wrap(this.#baseValue(at.indentation).text)), mayBePromise: true }, at);
    if (!mayBranch(rest) && sink.kind !== 'wrap' && rest.at(-1)?.kind !== 'static') {
      return this.#run(rest, { kind: 'wrap', wrap, isQuiet: false, inner: sink }, at);
    }
    const name = this.#temporary();
    const before = this.#run(rest, this.#bindTo(name), at);
    return joined(before, () => this.#emit(sink, { ...plainValue(wrap(name)), mayBePromise: true }, at));
  }

  #parameterSink(fn: InlineCallback, at: At): Sink {
    const [parameter] = fn.parameters;
    return parameter !== undefined && this.#isUsed(parameter, fn) ? this.#bindParameter(parameter, fn, at) : { kind: 'drop' };
  }

  #bindParameter(parameter: ts.ParameterDeclaration, fn: ts.Node, { indentation }: At): Bind {
    const pattern = slice(this.#file, { start: parameter.name.getStart(), end: parameter.name.end }, indentation, this.#naming.edits);
    const names = boundNames(parameter.name);
    const stands = names.map((name) => this.#naming.standOf(name));
    const changes = stands.includes('held') || names.some((name) => isReassigned(this.#program, name, fn));
    const keyword = changes && this.#habits.constant === 'const' ? this.#habits.variable : this.#habits.constant;
    return {
      kind: 'bind',
      keyword: stands.includes('reused') ? '' : keyword,
      pattern,
      type: parameter.type === undefined ? '' : `: ${parameter.type.getText()}`,
      names: names.map((name) => this.#naming.nameOf(name)),
      isThere: names.some((name) => this.#isHandedOn(name)),
    };
  }

  #isHandedOn(name: ts.Identifier): boolean {
    const symbol = this.#program.symbolOf(name);
    return symbol !== undefined && this.#handedOn.has(symbol);
  }

  #bindTo(name: string): Bind {
    return { kind: 'bind', keyword: this.#habits.constant, pattern: name, type: '', names: [name] };
  }

  /** `.spread((a, b) => …)`: the elements are waited for, each. */
  #spread(rest: readonly Link[], link: Extract<Link, { kind: 'spread' }>, sink: Sink, at: At): Code {
    const { handler, call } = link;
    if (handler.kind === 'named') {
      throw new Obstacle(call, 'callback-shape', 'The elements go to a function by name.', 'Write the handler in place.');
    }
    const { fn } = handler;
    const names = fn.parameters.map((one) =>
      slice(this.#file, { start: one.name.getStart(), end: one.name.end }, at.indentation, this.#naming.edits),
    );
    const bind: Bind = {
      kind: 'bind',
      keyword: fn.parameters.some((one) => boundNames(one.name).some((name) => isReassigned(this.#program, name, fn)))
        ? this.#habits.variable
        : this.#habits.constant,
      pattern: `[${names.join(', ')}]`,
      type: '',
      names: fn.parameters.flatMap((one) => boundNames(one.name)).map((name) => this.#naming.nameOf(name)),
    };
    const bound: Sink = names.length === 0 ? { kind: 'drop' } : bind;
    const isAll = rest.length === 0 && this.#givesAll(this.#chain.base);
    const all = this.#place.promise;
    const into: Sink = isAll ? bound : { kind: 'wrap', wrap: (value) => `${all}.all(${value})`, isQuiet: false, inner: bound };
    if (!isAll && mayBranch(rest)) {
      throw new Obstacle(call, 'callback-shape', 'What is spread comes from more than one place.', 'Await it by hand before `spread`.');
    }
    const before = this.#run(rest, into, at);
    return joined(before, () => this.#body(fn, sink, at));
  }

  /** Is it `Promise.all(…)`, whose elements have been waited for? */
  #givesAll(base: ts.Expression): boolean {
    const bare = unwrapped(base);
    return (
      ts.isCallExpression(bare) && /^(?:global\.Promise|bluebird|q)\.(?:all|join)$/.test(this.#program.originOf(bare.expression)?.key ?? '')
    );
  }

  #tap(rest: readonly Link[], handler: Handler, sink: Sink, at: At): Code {
    const drop: Sink = { kind: 'drop' };
    if (handler.kind === 'inline' && (sink.kind === 'drop' || sink.kind === 'end')) return this.#then(rest, handler, drop, at);
    const bind = handler.kind === 'inline' ? this.#tapped(handler.fn, at) : this.#bindTo(this.#temporary(handler));
    if (sink.kind === 'bind' && handler.kind === 'inline' && sink.pattern === bind.pattern) {
      return joined(this.#run(rest, sink, at), () => this.#body(handler.fn, drop, at));
    }
    const before = this.#run(rest, bind, at);
    return joined(before, () => {
      const own = handler.kind === 'inline' ? this.#body(handler.fn, drop, at) : this.#emit(drop, this.#called(handler, bind.pattern), at);
      return joined(own, () => this.#emit(sink, { ...plainValue(bind.pattern), isIdle: true }, at));
    });
  }

  /** The value that a handler looks at, to be had behind it too. */
  #tapped(fn: InlineCallback, at: At): Bind {
    const [parameter] = fn.parameters;
    if (parameter === undefined) return this.#bindTo(this.#temporary());
    if (ts.isIdentifier(parameter.name) && !isReassigned(this.#program, parameter.name, fn)) return this.#bindParameter(parameter, fn, at);
    throw new Obstacle(
      parameter,
      'callback-shape',
      'The handler takes the value apart or changes it, and it is needed as it was behind it.',
      'Await it by hand.',
    );
  }

  /** A function by name, called with a variable. */
  #called(handler: NamedHandler, argument = ''): Value {
    return {
      ...plainValue(callText(handler, argument)),
      mayBePromise: this.#settled.mayGivePromise(handler.expression),
      isOfCallback: isUntypedParameter(this.#program, handler.callee),
    };
  }

  /** `then(ok, fail)`: what `ok` throws does not reach `fail`. */
  #scoped(rest: readonly Link[], ok: Handler, fail: Handler, call: ts.CallExpression, sink: Sink, at: At): Code {
    const inner: At = { indentation: at.indentation + this.#habits.unit, inTry: true };
    const temporary = ok.kind === 'named' ? this.#temporary(ok) : undefined;
    const bind = ok.kind === 'inline' ? this.#parameterSink(ok.fn, at) : this.#bindTo(temporary ?? '');
    const { declared, sink: fill } = opened(bind, this.#habits.variable, this.#habits.semicolon);
    const attempt = this.#run(rest, fill, inner);
    const behind = ok.kind === 'inline' ? this.#body(ok.fn, sink, at) : this.#emit(sink, this.#called(ok, temporary ?? ''), at);
    const failed = this.#catchBody(fail, [], sink, { ...at, indentation: inner.indentation });
    const pieces = [...failed.code.pieces];
    if (failed.code.falls && behind.pieces.length > 0) {
      if (!isLast(sink)) {
        throw new Obstacle(
          call,
          'callback-shape',
          'What follows the second argument of `then` is also reached behind the first, which the second must not catch for.',
          'Split the chain into two awaits.',
        );
      }
      pieces.push(this.#bareReturn());
    }
    const piece = this.#try(attempt.pieces, `catch${failed.parameter} ${this.#block(pieces, inner.indentation)}`, at);
    return {
      pieces: [...declared, piece, ...behind.pieces],
      falls: behind.falls || (failed.code.falls && isLast(sink) && behind.pieces.length === 0),
    };
  }

  /** `catch` and `finally` are around all that comes before them, and around nothing else. */
  #guarded(rest: readonly Link[], link: Extract<Link, { kind: 'catch' | 'finally' }>, sink: Sink, at: At): Code {
    if (sink.kind === 'wrap') {
      const name = this.#temporary();
      const before = this.#guarded(rest, link, this.#bindTo(name), at);
      return joined(before, () => this.#emit(sink, { ...plainValue(name), isIdle: true }, at));
    }
    const { declared, sink: fill } = opened(sink, this.#habits.variable, this.#habits.semicolon);
    const inner: At = { indentation: at.indentation + this.#habits.unit, inTry: true };
    if (link.kind === 'finally') {
      const code = this.#withFinally(rest, this.#finally(link.handler, inner), fill, at);
      return { pieces: [...declared, ...code.pieces], falls: code.falls };
    }
    const attempt = this.#run(rest, fill, inner);
    const failed = this.#catchBody(link.handler, link.filters, fill, {
      ...at,
      indentation: inner.indentation,
      mayBeFilled: mayBranch(rest),
    });
    const piece = this.#try(attempt.pieces, `catch${failed.parameter} ${this.#block(failed.code.pieces, inner.indentation)}`, at);
    return { pieces: [...declared, piece], falls: attempt.falls || failed.code.falls };
  }

  #try(body: readonly Piece[], handlers: string, at: At): Piece {
    return { text: `try ${this.#block(body, at.indentation + this.#habits.unit)} ${handlers}`, blankBefore: false };
  }

  /** One `try` with both where a `catch` comes before: its handler is inside the `finally` as it was. */
  #withFinally(rest: readonly Link[], last: readonly Piece[], sink: Sink, at: At): Code {
    const handlers = `finally ${this.#block(last, at.indentation + this.#habits.unit)}`;
    const before = rest.at(-1);
    if (before?.kind === 'catch') {
      const { pieces, falls } = this.#guarded(rest.slice(0, -1), before, sink, { ...at, inTry: true });
      const [only, ...others] = pieces;
      if (only !== undefined && others.length === 0) return { pieces: [{ ...only, text: `${only.text} ${handlers}` }], falls };
    }
    const attempt = this.#run(rest, sink, { indentation: at.indentation + this.#habits.unit, inTry: true });
    return { pieces: [this.#try(attempt.pieces, handlers, at)], falls: attempt.falls };
  }

  #catchBody(handler: Handler, filters: readonly ErrorFilter[], sink: Sink, at: At): { readonly code: Code; readonly parameter: string } {
    if (handler.kind === 'named') {
      const name = this.#errorName(handler.expression);
      const code = this.#emit(sink, this.#called(handler, name), at);
      return { code: joined(this.#filtered(filters, name), () => code), parameter: ` (${name})` };
    }
    const { fn } = handler;
    const [parameter] = fn.parameters;
    const isUsed = parameter !== undefined && this.#isUsed(parameter, fn);
    if (filters.length > 0 && parameter !== undefined && !ts.isIdentifier(parameter.name)) {
      throw new Obstacle(parameter, 'callback-shape', 'The handler takes the error apart.', 'Give the error a name.');
    }
    // It stands where the `catch` does, one step less deep than the body.
    const outer = at.indentation.slice(0, -this.#habits.unit.length);
    const pattern = isUsed
      ? slice(this.#file, { start: parameter.name.getStart(), end: parameter.name.end }, outer, this.#naming.edits)
      : undefined;
    const name = pattern ?? (filters.length > 0 ? this.#errorName(fn) : '');
    const code = joined(this.#filtered(filters, name), () => this.#body(fn, sink, at));
    return { code, parameter: name === '' ? '' : ` (${name})` };
  }

  /** `.catch(NotFound, …)` passes on what it is not for. */
  #filtered(filters: readonly ErrorFilter[], name: string): Code {
    if (filters.length === 0) return nothing;
    const tests = filters.map(({ kind, expression }) => {
      if (kind === 'class') return `${name} instanceof ${expression.getText()}`;
      const test = testOf(expression);
      if (test === undefined) throw new Error('what asks for an error is one expression');
      const { parameter, body } = test;
      const symbol = this.#program.symbolOf(parameter.name);
      const edits = identifiersIn(body, parameter.name.getText())
        .filter((one) => this.#program.symbolOf(one) === symbol)
        .map((one): TextEdit => ({ start: one.getStart(), end: one.end, text: name }));
      return slice(this.#file, { start: body.getStart(), end: body.end }, '', edits);
    });
    const [only] = filters;
    const body = only === undefined ? undefined : testOf(only.expression)?.body;
    const [first] = tests;
    if (tests.length === 1 && body !== undefined && first !== undefined) {
      return { pieces: [{ text: `if (${negated(body, first)}) throw ${name}${this.#habits.semicolon}`, blankBefore: false }], falls: true };
    }
    return { pieces: [{ text: `if (!(${tests.join(' || ')})) throw ${name}${this.#habits.semicolon}`, blankBefore: false }], falls: true };
  }

  #errorName(at: ts.Node): string {
    return ['err', 'error', 'failure'].find((name) => identifiersIn(at, name).length === 0) ?? 'reason';
  }

  /** Its value is not the chain's, but a promise is waited for. */
  #finally(handler: Handler, at: At): readonly Piece[] {
    if (handler.kind === 'named') {
      const wait = this.#settled.mayGivePromise(handler.expression) ? 'await ' : '';
      return [{ text: `${wait}${callText(handler, '')}${this.#habits.semicolon}`, blankBefore: false }];
    }
    const { fn } = handler;
    const [early] = returnsOf(fn).filter((one) => !(ts.isBlock(fn.body) && fn.body.statements.at(-1) === one));
    if (early !== undefined) {
      throw new Obstacle(
        early,
        'callback-shape',
        'The `finally` handler returns early, which would override the result.',
        'Write it without `return`.',
      );
    }
    return this.#body(fn, { kind: 'drop' }, at).pieces;
  }

  /** What the handler does, with what it returns going to `sink`, and the comments between the links in front of it. */
  #body(fn: InlineCallback, sink: Sink, at: At, done?: ts.Statement): Code {
    return this.#commented(fn, this.#bodyOf(fn, sink, at, done), at);
  }

  #commented(fn: InlineCallback, code: Code, at: At): Code {
    const range = gapBefore(fn);
    const before = range === undefined ? [] : commentsIn(this.#file, range);
    const comments = [...commentsAtBrace(this.#file, neighbour(fn, -1)), ...before];
    const [first] = comments;
    if (range === undefined || first === undefined) return code;
    const texts = comments.map((comment) => slice(this.#file, { start: comment.pos, end: comment.end }, at.indentation));
    const lead = texts.join(this.#habits.eol + at.indentation);
    const blankBefore = hasBlankLine(this.#file.text.slice(range.start, first.pos));
    const [piece, ...others] = code.pieces;
    if (piece === undefined) return { ...code, pieces: [{ text: lead, blankBefore }] };
    const text = lead + this.#habits.eol + at.indentation + piece.text;
    return { ...code, pieces: [{ text, blankBefore: blankBefore || piece.blankBefore }, ...others] };
  }

  /** @param done the first statement, where what it does is done */
  #bodyOf(fn: InlineCallback, sink: Sink, at: At, done?: ts.Statement): Code {
    const ended = this.#ending?.completions.get(fn.body);
    if (ended !== undefined) return this.#completed(ended, at);
    if (!ts.isBlock(fn.body)) return this.#given(fn.body, sink, at);
    const statements = this.#withoutPassingOn(fn.body.statements).filter((one) => one !== done);
    const last = statements.at(-1);
    const all = returnsOf(fn).filter((one) => one !== last && this.#ending?.completions.has(one) !== true);
    const rejections = all.filter((one) => !isInOwnTry(one) && one.expression && rejectionOf(this.#program, one.expression));
    const early = all.filter((one) => !rejections.includes(one));
    const passedOn = neighbour(fn, 1) === undefined ? [] : commentsAtBrace(this.#file, fn);
    const closing = closingComments(this.#file, fn.body).filter(({ pos }) => !passedOn.some((one) => one.pos === pos));
    const comments = closing.map((comment): Piece => ({
      text: slice(this.#file, { start: comment.pos, end: comment.end }, at.indentation),
      blankBefore: false,
    }));
    if (early.length === 0 || isLast(sink)) {
      const code = this.#list(statements, sink, at, all);
      return { pieces: [...code.pieces, ...comments], falls: code.falls };
    }
    const { declared, sink: fill } = opened(sink, this.#habits.variable, this.#habits.semicolon);
    const code = this.#branches(statements, fill, at);
    return { pieces: [...declared, ...code.pieces, ...comments], falls: code.falls };
  }

  /** `try { … } catch (err) { return Promise.reject(err); }`, whose block may stand alone in an async function. */
  #withoutPassingOn(statements: readonly ts.Statement[]): readonly ts.Statement[] {
    return statements.flatMap((statement, index) => {
      const block = passedOn(this.#program, this.#file, statement);
      if (block === undefined || declaresInBlock(block)) return [statement];
      const [early] = returnsIn(block);
      const isLast = index === statements.length - 1 && early === block.statements.at(-1);
      if (early !== undefined && !isLast) return [statement];
      const [first] = block.statements;
      if (first !== undefined && placed(this.#file, statement).blankBefore) this.#apart.add(first);
      return block.statements;
    });
  }

  /** What an arrow function without a block gives. */
  #given(expression: ts.Expression, sink: Sink, at: At): Code {
    const rejection = rejectionOf(this.#program, expression);
    if (rejection !== undefined) return { pieces: [{ text: this.#thrown(rejection, at), blankBefore: false }], falls: false };
    if (looksAtNothing(sink) && isResolvedWithNothing(this.#program, expression)) return this.#emitNothing(sink, at, expression);
    return this.#emit(sink, this.#valueOf(resolvedValue(this.#program, expression) ?? expression, at), at);
  }

  #thrown({ error }: { readonly error: ts.Expression | undefined }, at: At): string {
    return `throw ${error === undefined ? 'undefined' : this.#slice(error, at.indentation)}${this.#habits.semicolon}`;
  }

  /** Statements as they are, but for the last `return`. */
  #list(statements: readonly ts.Statement[], sink: Sink, at: At, early: readonly ts.ReturnStatement[]): Code {
    const last = statements.at(-1);
    const ended = last && this.#ending?.completions.get(last);
    if (ended !== undefined) {
      const before = statements.slice(0, -1).map((statement) => this.#kept(statement, at, this.#endingEdits()));
      const own = this.#completed(ended, at);
      return { pieces: [...before, ...own.pieces], falls: own.falls };
    }
    const result = last !== undefined && ts.isReturnStatement(last) ? last : undefined;
    const edits = [...early.flatMap((one) => this.#earlyReturn(one, at)), ...this.#endingEdits()];
    const pieces = (result === undefined ? statements : statements.slice(0, -1)).map((statement) => this.#kept(statement, at, edits));
    if (result === undefined) {
      if (statements.some(leaves)) return { pieces, falls: false };
      return { pieces: [...pieces, ...this.#emitNothing(sink, at, last).pieces], falls: true };
    }
    // Among others that are returned, the last value is returned too.
    const isOneOfMany = sink.kind === 'end' && early.some(({ expression }) => expression !== undefined);
    const own = this.#returned(result, isOneOfMany && this.#mayBePromise(result) ? { kind: 'return' } : sink, at);
    return { pieces: [...pieces, ...own.pieces], falls: own.falls };
  }

  #mayBePromise({ expression }: ts.ReturnStatement): boolean {
    return expression !== undefined && this.#settled.mayBePromise(unwrapped(expression));
  }

  #endingEdits(): readonly TextEdit[] {
    return this.#ending?.edits ?? [];
  }

  /** The end of a handler that calls back. */
  #completed(step: CompleteStep, at: At): Code {
    const { node, outcome, value, unless, shape } = step;
    if (outcome === 'return' && value === undefined && unless === undefined && shape === undefined) {
      const comments = ts.isStatement(node) ? leadingComments(this.#file, node) : [];
      const texts = comments.map((one) => slice(this.#file, { start: one.pos, end: one.end }, at.indentation));
      return { pieces: texts.map((text) => ({ text, blankBefore: false })), falls: true };
    }
    const edits = completionOf(step);
    if (ts.isStatement(node)) return { pieces: [this.#kept(node, at, edits)], falls: false };
    const range = { start: node.getStart(), end: node.end };
    const text = slice(this.#file, range, at.indentation, withRenames(edits, this.#naming.edits)) + this.#habits.semicolon;
    return { pieces: [{ text, blankBefore: false }], falls: false };
  }

  #kept(statement: ts.Statement, at: At, edits: readonly TextEdit[]): Piece {
    const range = placed(this.#file, statement);
    return {
      text: slice(this.#file, range, at.indentation, withRenames(edits, this.#naming.edits)),
      blankBefore: range.blankBefore || this.#apart.has(statement),
    };
  }

  #returned(statement: ts.ReturnStatement, sink: Sink, at: At): Code {
    const { expression } = statement;
    const range = placed(this.#file, statement);
    const [comment] = leadingComments(this.#file, statement);
    const lead = comment === undefined ? '' : slice(this.#file, { start: comment.pos, end: statement.getStart() }, at.indentation);
    const tail = this.#file.text.slice(statement.end, range.end);
    if (expression === undefined || (looksAtNothing(sink) && isResolvedWithNothing(this.#program, expression))) {
      const own = this.#emitNothing(sink, at, statement);
      const comments = lead === '' ? [] : [{ text: lead.trimEnd(), blankBefore: range.blankBefore }];
      return { pieces: [...comments, ...own.pieces], falls: true };
    }
    const rejection = rejectionOf(this.#program, expression);
    if (rejection !== undefined) {
      return { pieces: [{ text: lead + this.#thrown(rejection, at) + tail, blankBefore: range.blankBefore }], falls: false };
    }
    const value = resolvedValue(this.#program, expression) ?? expression;
    const code = this.#emit(sink, { ...this.#valueOf(value, at), lead, blankBefore: range.blankBefore }, at);
    const end = code.pieces.at(-1);
    if (end === undefined)
      return lead === '' ? code : { pieces: [{ text: lead.trimEnd(), blankBefore: range.blankBefore }], falls: code.falls };
    return { pieces: [...code.pieces.slice(0, -1), { ...end, text: end.text + tail }], falls: code.falls };
  }

  /** A promise that is returned inside a `try` must fail there. */
  #earlyReturn(statement: ts.ReturnStatement, at: At): TextEdit[] {
    const { expression } = statement;
    if (expression === undefined) return [];
    if (rejectionOf(this.#program, expression) !== undefined && !isInOwnTry(statement)) return plainReturn(this.#program, statement);
    const value = resolvedValue(this.#program, expression);
    const isPlain = value === undefined ? isResolvedWithNothing(this.#program, expression) : !this.#settled.mayBePromise(value);
    if (isPlain) return plainReturn(this.#program, statement);
    if (!at.inTry || !this.#settled.mayBePromise(expression)) return [];
    if (isInOwnTry(statement)) {
      throw new Obstacle(
        statement,
        'callback-shape',
        'A promise is returned from a `try` of a handler, whose `catch` does not see it fail.',
        'Await it by hand.',
      );
    }
    const bare = unwrapped(expression);
    const [open, close] = isCompound(bare) && bare === expression ? ['await (', ')'] : ['await ', ''];
    return [
      { start: expression.getStart(), end: expression.getStart(), text: open },
      ...(close === '' ? [] : [{ start: expression.end, end: expression.end, text: close }]),
    ];
  }

  /** Statements that return early, in code that goes on behind them: what follows an early `return` stands in an `else`. */
  #branches(statements: readonly ts.Statement[], sink: Sink, at: At): Code {
    const pieces: Piece[] = [];
    for (const [index, statement] of statements.entries()) {
      if (returnsIn(statement).length === 0) {
        pieces.push(this.#kept(statement, at, []));
        if (leaves(statement)) return { pieces, falls: false };
        continue;
      }
      const rest = statements.slice(index + 1);
      if (ts.isReturnStatement(statement)) {
        const own = this.#returned(statement, sink, at);
        return { pieces: [...pieces, ...own.pieces], falls: own.falls };
      }
      if (ts.isIfStatement(statement)) {
        const own = this.#if(statement, rest, sink, at);
        return { pieces: [...pieces, ...own.pieces], falls: own.falls };
      }
      if (
        ts.isTryStatement(statement) &&
        rest.length === 0 &&
        statement.finallyBlock === undefined &&
        statement.catchClause !== undefined
      ) {
        return { pieces: [...pieces, this.#ownTry(statement, statement.catchClause, sink, at)], falls: true };
      }
      throw new Obstacle(
        returnsIn(statement)[0] ?? statement,
        'callback-shape',
        'A handler in the middle of the chain returns early, and what follows would have to be passed over.',
        'Return at the end of the handler only.',
      );
    }
    return { pieces: [...pieces, ...this.#emitNothing(sink, at, statements.at(-1)).pieces], falls: true };
  }

  #if(node: ts.IfStatement, rest: readonly ts.Statement[], sink: Sink, at: At): Code {
    const inner: At = { ...at, indentation: at.indentation + this.#habits.unit };
    const { thenStatement, elseStatement } = node;
    if (rest.length > 0 && (!leaves(thenStatement) || (elseStatement !== undefined && declaresInBlock(elseStatement)))) {
      throw new Obstacle(
        node,
        'callback-shape',
        'A handler in the middle of the chain returns early on some way through a branch.',
        'Return at the end of the handler only.',
      );
    }
    const range = placed(this.#file, node);
    const lead = slice(this.#file, { start: range.start, end: node.getStart() }, at.indentation);
    const condition = this.#slice(node.expression, at.indentation);
    const then = this.#branches(statementsOf(thenStatement), sink, inner);
    const { blankBefore } = range;
    if (!then.falls && elseStatement === undefined) {
      const behind = this.#branches(rest, sink, at);
      const text = `${lead}if (${condition}) ${this.#block(then.pieces, inner.indentation)}`;
      return { pieces: [{ text, blankBefore }, ...behind.pieces], falls: behind.falls };
    }
    const others = [...(elseStatement === undefined ? [] : statementsOf(elseStatement)), ...rest];
    const [first] = others;
    if (
      first !== undefined &&
      ts.isIfStatement(first) &&
      (others.length === 1 || returnsIn(first).length > 0) &&
      leadingComments(this.#file, first).length === 0
    ) {
      const chained = this.#branches(others, sink, at);
      const [only, ...more] = chained.pieces;
      if (only !== undefined && more.length === 0 && then.pieces.length > 0) {
        const text = `${lead}if (${condition}) ${this.#block(then.pieces, inner.indentation)} else ${only.text}`;
        return { pieces: [{ text, blankBefore }], falls: then.falls || chained.falls };
      }
    }
    const otherwise = this.#branches(others, sink, inner);
    const falls = then.falls || otherwise.falls;
    const block = (code: Code): string => this.#block(code.pieces, inner.indentation);
    if (then.pieces.length === 0 && otherwise.pieces.length > 0) {
      return { pieces: [{ text: `${lead}if (${negated(node.expression, condition)}) ${block(otherwise)}`, blankBefore }], falls };
    }
    const text = `${lead}if (${condition}) ${block(then)}${otherwise.pieces.length === 0 ? '' : ` else ${block(otherwise)}`}`;
    return { pieces: [{ text, blankBefore }], falls };
  }

  #ownTry(node: ts.TryStatement, clause: ts.CatchClause, sink: Sink, at: At): Piece {
    const inner: At = { indentation: at.indentation + this.#habits.unit, inTry: true };
    for (const one of returnsIn(node.tryBlock)) {
      if (one.expression !== undefined && (this.#settled.mayBePromise(one.expression) || sink.kind === 'wrap')) {
        throw new Obstacle(
          one,
          'callback-shape',
          'A handler in the middle of the chain returns a promise from a `try`, whose `catch` does not see it fail.',
          'Return at the end of the handler only.',
        );
      }
    }
    const body = this.#branches(node.tryBlock.statements, sink, inner);
    const failed = this.#branches(clause.block.statements, sink, { ...inner, inTry: at.inTry });
    const range = placed(this.#file, node);
    const lead = slice(this.#file, { start: range.start, end: node.getStart() }, at.indentation);
    const name = clause.variableDeclaration === undefined ? '' : ` (${this.#slice(clause.variableDeclaration, at.indentation)})`;
    const block = (code: Code): string => this.#block(code.pieces, inner.indentation);
    return { text: `${lead}try ${block(body)} catch${name} ${block(failed)}`, blankBefore: range.blankBefore };
  }

  /** The value, put where it goes. */
  #emit(sink: Sink, value: Value, at: At): Code {
    const { semicolon } = this.#habits;
    const { lead, blankBefore } = value;
    const one = (text: string, falls: boolean): Code => ({
      pieces: [{ text: lead + this.#guardedStart(text) + semicolon, blankBefore }],
      falls,
    });
    switch (sink.kind) {
      case 'return':
        return one(`return ${at.inTry ? awaited(value) : value.text}`, false);
      case 'end':
      case 'drop':
        // Nobody waits for the end of the function, and so not for what a callback gives there.
        if (sink.kind === 'end' && value.isOfCallback === true && this.#place.isLoose && !at.inTry) return one(value.text, true);
        if (!value.mayBePromise && value.isIdle) {
          return lead === '' ? nothing : { pieces: [{ text: lead.trimEnd(), blankBefore }], falls: true };
        }
        return one(awaited(value), true);
      case 'bind':
        if (sink.isThere === true) return lead === '' ? nothing : { pieces: [{ text: lead.trimEnd(), blankBefore }], falls: true };
        return one(`${sink.keyword === '' ? '' : `${sink.keyword} `}${sink.pattern}${sink.type} = ${awaited(value)}`, true);
      case 'assign': {
        const text = `${sink.pattern} = ${awaited(value)}`;
        return one(sink.pattern.startsWith('{') ? `(${text})` : text, true);
      }
      case 'wrap':
        return this.#emit(sink.inner, { ...plainValue(sink.wrap(awaited(value))), mayBePromise: !sink.isQuiet, lead, blankBefore }, at);
    }
  }

  /** What would be read as a block, a declaration, or the rest of the line before. */
  #guardedStart(text: string): string {
    if (/^(?:\{|function\b|class\b|async function\b)/.test(text)) return `${this.#habits.semicolon === '' ? ';' : ''}(${text})`;
    return this.#habits.semicolon === '' && /^[([`]/.test(text) ? `;${text}` : text;
  }

  /** The end of a handler that returns nothing. */
  #emitNothing(sink: Sink, at: At, node: ts.Node | undefined): Code {
    switch (sink.kind) {
      case 'wrap':
        return this.#emit(sink.inner, { ...plainValue(sink.wrap('')), mayBePromise: !sink.isQuiet }, at);
      case 'bind':
        throw new Obstacle(
          node ?? this.#chain.expression,
          'callback-shape',
          'A handler uses a value that the one before it does not give.',
          'Return the value, or leave the parameter out.',
        );
      case 'assign':
        if (!/^[\w$]+$/.test(sink.pattern)) break;
        return at.mayBeFilled === true ? this.#emit(sink, plainValue('undefined'), at) : nothing;
      default:
        return nothing;
    }
    throw new Obstacle(
      node ?? this.#chain.expression,
      'callback-shape',
      'A handler takes a value apart that the one before it does not always give.',
      'Return the value on every way.',
    );
  }

  #baseValue(indentation: string): Value {
    const bare = unwrapped(this.#chain.base);
    if (ts.isCallExpression(bare) && this.#program.originOf(bare.expression)?.key === 'bluebird.bind') {
      // The handlers run later than the code behind the call.
      return { ...plainValue(`${this.#place.promise}.resolve()`), mayBePromise: true };
    }
    const base = resolvedValue(this.#program, this.#chain.base) ?? this.#chain.base;
    const value = { mayBePromise: true, isCompound: isCompound(base) };
    const whole = { start: startWithCast(this.#file, base), end: base.end };
    const dot = joinedDots(this.#file, base).at(-1);
    const { edits } = this.#naming;
    if (dot === undefined) return { ...plainValue(slice(this.#file, whole, indentation, edits)), ...value };
    const joins = joinedDots(this.#file, base).map(({ start, end }): TextEdit => ({ start, end, text: '' }));
    const before = slice(this.#file, { start: whole.start, end: dot.end }, indentation, [...edits, ...joins]);
    // What follows a dot on a line of its own stood as far in as that line; compilers let it stand as far in as the line of the base.
    const [first, last] = [indentationAt(this.#file, dot.end), indentationAt(this.#file, whole.end - 1)];
    const from = last.length < first.length ? last : first;
    return { ...plainValue(before + slice(this.#file, { start: dot.end, end: whole.end }, indentation, edits, from)), ...value };
  }

  #valueOf(expression: ts.Expression, at: At): Value {
    const isCast = startWithCast(this.#file, expression) < expression.getStart();
    const bare = ts.isParenthesizedExpression(expression) && !isCast ? unwrappedOnce(expression) : expression;
    return {
      text: this.#slice(bare, at.indentation),
      mayBePromise: this.#settled.mayBePromise(bare),
      isCompound: isCompound(bare),
      isIdle: isIdle(bare),
      isOfCallback: ts.isCallExpression(bare) && isUntypedParameter(this.#program, bare.expression),
      lead: '',
      blankBefore: false,
    };
  }

  /** `next` of Express, methods of its response, and the console give nothing to wait for. */
  #isQuiet(callee: ts.Expression): boolean {
    if (this.#program.originOf(callee)?.key.startsWith('global.console.') === true) return true;
    const root = rootOf(callee);
    const symbol = root && this.#program.symbolOf(root);
    if (symbol === undefined) return false;
    if (callee === root && (this.#place.callbacks.has(symbol) || this.#isSettler(symbol))) return true;
    return symbol === this.#response || (callee === root && symbol === this.#next);
  }

  /** `resolve` and `reject`, where they are given: `new Promise(function (resolve, reject) { … })`. */
  #isSettler({ valueDeclaration: parameter }: ts.Symbol): boolean {
    if (parameter === undefined || !ts.isParameter(parameter)) return false;
    const { parent } = outermost(parameter.parent);
    return ts.isNewExpression(parent) && executors.has(this.#program.originOf(parent.expression)?.key ?? '');
  }

  #isUsed(parameter: ts.ParameterDeclaration, fn: InlineCallback): boolean {
    return boundNames(parameter.name).some((name) => {
      const symbol = this.#program.symbolOf(name);
      return identifiersIn(fn.body, name.text).some((one) => this.#program.symbolOf(one) === symbol);
    });
  }

  /** A name for what goes to a function: what its parameter is called, if that can be seen. */
  #temporary(taker?: NamedHandler): string {
    const { fn } = this.#place;
    const isFree = (name: string): boolean =>
      !this.#temporaries.includes(name) && isNameFree(this.#program, name, fn, new Set()) && !isNameVisible(this.#program, name, fn);
    const [signature] = taker === undefined ? [] : this.#program.checker.getTypeAtLocation(taker.callee).getCallSignatures();
    const parameter = signature?.declaration?.parameters[taker?.bound.length ?? 0];
    const own = parameter !== undefined && ts.isParameter(parameter) && ts.isIdentifier(parameter.name) && parameter.name.text.length > 1;
    const name = firstFree([...(own ? [parameter.name.getText()] : []), 'result'], isFree);
    this.#temporaries.push(name);
    return name;
  }

  #bareReturn(): Piece {
    return { text: `return${this.#habits.semicolon}`, blankBefore: false };
  }

  #slice(node: ts.Node, indentation: string): string {
    return slice(this.#file, { start: startWithCast(this.#file, node), end: node.end }, indentation, this.#naming.edits);
  }

  #block(pieces: readonly Piece[], inner: string): string {
    const { eol, unit } = this.#habits;
    if (pieces.length === 0) return '{}';
    return `{${eol}${inner}${this.#join(pieces, inner)}${eol}${inner.slice(0, inner.length - unit.length)}}`;
  }

  #join(pieces: readonly Piece[], indentation: string): string {
    const { eol } = this.#habits;
    return pieces.map((piece, index) => (index === 0 ? '' : eol + (piece.blankBefore ? eol : '') + indentation) + piece.text).join('');
  }

  /** It stands for a parameter that is not there, and is gone with its place. */
  #namesParameter({ pos, end }: ts.CommentRange): boolean {
    return this.#chain.links.some((link) =>
      [link.call, ...link.call.arguments].some(
        (one) => isInline(one) && one.parameters.length === 0 && one.parameters.pos <= pos && end <= one.body.pos,
      ),
    );
  }

  /** A handler that is not written here takes its comments of one line with it. */
  #isOfLeftOut({ pos, end }: ts.CommentRange): boolean {
    const { expression, links } = this.#chain;
    if (this.#ending !== undefined || links.at(-1)?.call === expression || /[\r\n]/.test(this.#file.text.slice(pos, end))) return false;
    return expression.arguments.pos <= pos && end <= expression.arguments.end;
  }

  /** Comments between the links, which belong to no statement, go in front. */
  #orphans(text: string, indentation: string): string {
    const { range } = this.#place;
    return commentsIn(this.#file, { start: range.start, end: trailingEnd(this.#file, range.end) })
      .filter((comment) => comment.end <= range.end && !this.#namesParameter(comment) && !this.#isOfLeftOut(comment))
      .map((comment) => slice(this.#file, { start: comment.pos, end: comment.end }, indentation))
      .filter((comment) => !text.includes(comment.split(/\r?\n/, 1)[0] ?? comment))
      .map((comment) => comment + this.#habits.eol + indentation)
      .join('');
  }
}

/** The block of a `try` that only passes its error on. */
function passedOn(program: Program, file: ts.SourceFile, statement: ts.Statement): ts.Block | undefined {
  if (!ts.isTryStatement(statement) || statement.finallyBlock !== undefined) return undefined;
  const { tryBlock, catchClause } = statement;
  const name = catchClause?.variableDeclaration?.name;
  const [only, ...others] = catchClause?.block.statements ?? [];
  if (name === undefined || only === undefined || others.length > 0 || !ts.isReturnStatement(only)) return undefined;
  const error = only.expression && rejectionOf(program, only.expression)?.error;
  const isSame = error !== undefined && ts.isIdentifier(error) && program.symbolOf(error) === program.symbolOf(name);
  const comments =
    commentsIn(file, { start: tryBlock.statements.end, end: statement.end }).length + leadingComments(file, statement).length;
  return isSame && comments === 0 && tryBlock.statements.length > 0 ? tryBlock : undefined;
}

/** `next` and `done`, which a function is given, and of which nothing says that they give a promise. */
function isUntypedParameter(program: Program, callee: ts.Expression): boolean {
  if (!ts.isIdentifier(callee)) return false;
  const declaration = program.symbolOf(callee)?.valueDeclaration;
  if (declaration === undefined || !ts.isParameter(declaration)) return false;
  return (program.checker.getTypeAtLocation(callee).flags & ts.TypeFlags.Any) !== 0;
}

/** What is returned there is `undefined` for all that anyone sees. */
function looksAtNothing({ kind }: Sink): boolean {
  return kind === 'return' || kind === 'end' || kind === 'drop';
}

/** A name inside a place that another edit replaces is gone with it. */
function withRenames(edits: readonly TextEdit[], renames: readonly TextEdit[]): TextEdit[] {
  const isGone = (rename: TextEdit): boolean =>
    edits.some((edit) => edit.start <= rename.start && rename.end <= edit.end && edit.start < edit.end);
  return [...edits, ...renames.filter((rename) => !isGone(rename))];
}

/** What stands between the handler and the link, or the handler, before it. */
function gapBefore(fn: InlineCallback): Range | undefined {
  let argument: ts.Node = fn;
  while (!ts.isCallExpression(argument.parent) || argument.parent.expression === argument) {
    if (ts.isStatement(argument.parent)) return undefined;
    argument = argument.parent;
  }
  const { expression: callee, arguments: args } = argument.parent;
  const index = args.findIndex((one) => one === argument);
  const before = index > 0 ? args[index - 1] : ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
  if (before === undefined) return undefined;
  return { start: trailingEnd(fn.getSourceFile(), before.end), end: argument.getStart() };
}

/** The handler in front of a handler, or behind it: of the same call, or of the next one in the chain. */
function neighbour(fn: InlineCallback, step: -1 | 1): InlineCallback | undefined {
  const { parent } = fn;
  if (!ts.isCallExpression(parent)) return undefined;
  const beside = parent.arguments[parent.arguments.findIndex((one) => one === fn) + step];
  if (beside !== undefined) return isInline(beside) ? beside : undefined;
  const member = step === 1 ? parent.parent : parent.expression;
  if (!ts.isPropertyAccessExpression(member)) return undefined;
  const next = step === 1 ? member.parent : member.expression;
  if (!ts.isCallExpression(next) || (step === 1 && next.expression !== member)) return undefined;
  const first = next.arguments.at(step === 1 ? 0 : -1);
  return first !== undefined && isInline(first) ? first : undefined;
}

function isInline(node: ts.Node): node is ts.FunctionExpression | ts.ArrowFunction {
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node);
}

/** Comments in front of the closing brace that stand as far out as it: they are about what comes behind it. */
function commentsAtBrace(file: ts.SourceFile, fn: InlineCallback | undefined): readonly ts.CommentRange[] {
  if (fn === undefined || !ts.isBlock(fn.body)) return [];
  const { body } = fn;
  const columnOf = (offset: number): number => file.getLineAndCharacterOfPosition(offset).character;
  const last = body.statements.at(-1);
  const brace = columnOf(body.end - 1);
  if (last === undefined || columnOf(last.getStart()) <= brace) return [];
  return closingComments(file, body).filter(({ pos }) => columnOf(pos) <= brace);
}

/** What a block declares would be seen by the code that moves into it. */
function declaresInBlock(statement: ts.Statement): boolean {
  return (
    ts.isBlock(statement) &&
    statement.statements.some((one) => ts.isVariableStatement(one) || ts.isClassDeclaration(one) || ts.isFunctionDeclaration(one))
  );
}

const opposites = new Map([
  ['===', '!=='],
  ['!==', '==='],
  ['==', '!='],
  ['!=', '=='],
]);

/** The condition's opposite, as a person writes it. */
function negated(node: ts.Expression, text: string): string {
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    const operand = text.replace(/^!\s*/, '');
    return ts.isParenthesizedExpression(node.operand) ? operand.slice(1, -1) : operand;
  }
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.getText();
    const opposite = opposites.get(operator);
    const parts = text.split(` ${operator} `);
    if (opposite !== undefined && parts.length === 2) return parts.join(` ${opposite} `);
  }
  return ts.isIdentifier(node) || ts.isCallExpression(node) || ts.isPropertyAccessExpression(node) ? `!${text}` : `!(${text})`;
}

function plainValue(text: string): Value {
  return { text, mayBePromise: false, isCompound: false, isIdle: false, lead: '', blankBefore: false };
}

/** The call of a function by name, with what was bound to it in front. */
function callText({ callee, bound }: NamedHandler, value: string): string {
  return `${callee.getText()}(${[...bound.map((one) => one.getText()), ...(value === '' ? [] : [value])].join(', ')})`;
}

/** Code and what follows it, where that can be reached. */
function joined(before: Code, behind: () => Code): Code {
  if (!before.falls) return before;
  const own = behind();
  return { pieces: [...before.pieces, ...own.pieces], falls: own.falls };
}

/** The value of the links may come from several places of their code. */
function mayBranch(links: readonly Link[]): boolean {
  const last = links.at(-1);
  return last !== undefined && (last.kind === 'catch' || last.kind === 'finally' || (last.kind === 'then' && last.failure !== undefined));
}

/** One value comes of the links, in one place of their code. */
function givesValue(links: readonly Link[]): boolean {
  const last = links.at(-1);
  if (last === undefined) return true;
  if (last.kind !== 'then' || last.failure !== undefined || last.handler.kind !== 'inline') return false;
  const { fn } = last.handler;
  return resultOf(last.handler) !== undefined && isStraight(fn);
}

/** The statement stands in a `try` of the handler itself. */
function isInOwnTry(statement: ts.Statement): boolean {
  for (let node: ts.Node = statement; !ts.isSourceFile(node.parent) && !ts.isFunctionLike(node.parent); node = node.parent) {
    if (ts.isTryStatement(node.parent) && (node.parent.tryBlock === node || node.parent.finallyBlock !== undefined)) return true;
  }
  return false;
}

/** The white space before dots: `db\n  .load(id)` was broken for the links that followed, and what is left fits a line again. */
function joinedDots(file: ts.SourceFile, base: ts.Expression): Range[] {
  const gaps: Range[] = [];
  let node: ts.Expression = base;
  while (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) {
    if (ts.isPropertyAccessExpression(node)) {
      const dot = node.name.getStart(file) - 1;
      const gap = file.text.slice(node.expression.end, dot);
      if (/[\r\n]/.test(gap) && gap.trim() === '') gaps.unshift({ start: node.expression.end, end: dot });
    }
    node = node.expression;
  }
  return gaps.length <= 2 ? gaps : [];
}

/** Parameters of rejection handlers stay in their `catch`; what they declare by `var` does not. */
function mergedHandlers(chain: Chain): MergedFunction[] {
  const merged: MergedFunction[] = [];
  let giver = callIn(chain.base);
  let isDirect = true;
  let lines = 0;
  const add = (handler: Handler, isBlock: boolean, isFollowed: boolean): void => {
    if (handler.kind !== 'inline') return;
    const whole = isStraight(handler.fn) ? { lines, isDirect } : {};
    if (!isBlock) merged.push({ fn: handler.fn, values: handler.fn.parameters, source: undefined, giver, ...whole });
    else if (declaresVar(handler.fn.body)) merged.push({ fn: handler.fn, values: handler.fn.parameters, source: undefined });
    else if (isFollowed) merged.push({ fn: handler.fn, values: [], source: undefined, isBlock: true });
  };
  for (const [index, link] of chain.links.entries()) {
    if (link.kind === 'return' || link.kind === 'static') continue;
    if (sameValue(chain, index) !== undefined && link.handler.kind === 'inline') {
      merged.push({ fn: link.handler.fn, values: [], source: undefined });
      continue;
    }
    const isBlock = link.kind === 'catch' || link.kind === 'finally';
    const isFollowed = index < chain.links.length - 1;
    const isGuarded = isBlock || (link.kind === 'then' && link.failure !== undefined);
    // What comes before it stands in a `try`, and it does not.
    if (isGuarded) lines += 1;
    isDirect &&= link.kind === 'then' && !isGuarded;
    add(link.handler, isBlock, isFollowed);
    // The first handler's parameter is assigned in front of the second.
    if (link.kind === 'then' && link.failure !== undefined) add(link.failure, true, true);
    if (!isBlock && link.kind !== 'tap') giver = resultOf(link.handler);
    isDirect = !isGuarded && link.handler.kind === 'inline' && isStraight(link.handler.fn);
  }
  return merged;
}

/** Nothing of it is passed over by an early `return`. */
function isStraight(fn: InlineCallback): boolean {
  return returnsOf(fn).every((one) => ts.isBlock(fn.body) && fn.body.statements.at(-1) === one);
}

/** The parameter of the next handler, where that is given what the handler of a `tap` was, under the same name. */
function sameValue(chain: Chain, index: number): ts.ParameterDeclaration | undefined {
  const link = chain.links[index];
  const next = chain.links[index + 1];
  if (link?.kind !== 'tap' || next?.kind !== 'then' || link.handler.kind !== 'inline' || next.handler.kind !== 'inline') return undefined;
  const [own] = link.handler.fn.parameters;
  const [parameter] = next.handler.fn.parameters;
  if (own === undefined || parameter === undefined || !ts.isIdentifier(own.name)) return undefined;
  return own.name.text === parameter.name.getText() ? parameter : undefined;
}

function tapNames(program: Program, chain: Chain, naming: Naming): TextEdit[] {
  return chain.links.flatMap((link, index) => {
    const next = sameValue(chain, index);
    if (next === undefined || link.kind !== 'tap' || link.handler.kind !== 'inline' || !ts.isIdentifier(next.name)) return [];
    const [own] = link.handler.fn.parameters;
    const symbol = own && program.symbolOf(own.name);
    const name = naming.nameOf(next.name);
    return symbol === undefined || name === symbol.name ? [] : renameEdits(program, symbol, link.handler.fn, name);
  });
}

/** The call that a handler returns the result of. */
function resultOf(handler: Handler): ts.CallExpression | undefined {
  if (handler.kind === 'named') return undefined;
  const { body } = handler.fn;
  const last = ts.isBlock(body) ? body.statements.at(-1) : body;
  const result = last !== undefined && ts.isReturnStatement(last) ? last.expression : ts.isBlock(body) ? undefined : body;
  return result && callIn(result);
}

function callIn(expression: ts.Expression): ts.CallExpression | undefined {
  const bare = unwrapped(expression);
  if (ts.isAwaitExpression(bare)) return callIn(bare.expression);
  return ts.isCallExpression(bare) ? bare : undefined;
}

function unwrappedOnce(expression: ts.ParenthesizedExpression): ts.Expression {
  return ts.isParenthesizedExpression(expression.expression) ? unwrappedOnce(expression.expression) : expression.expression;
}

function rootOf(expression: ts.Expression): ts.Identifier | undefined {
  let node: ts.Expression = expression;
  while (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) node = node.expression;
  return ts.isIdentifier(node) ? node : undefined;
}
