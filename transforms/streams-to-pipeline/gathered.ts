/**
 * What becomes of a stream that is gathered: `text`, `json` or `buffer` of `stream/consumers` where that is the same, else a
 * `for await` loop. In the place of the promise around it, in an async function, or with `.then`.
 */

import { ts } from 'ts-morph';
import { isFunctionNode, isGenerator, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Fix, PreambleNeed, Reason, ReplaceEdit } from '../../engine/finding.ts';
import { importHabit, type Reference } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits, type SourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { closingComments, commentsIn, placed } from '../../engine/source/layout.ts';
import { firstFree, identifiersIn, isNameFree, isNameVisible, valueSymbol } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import type { TransformContext } from '../../engine/transform.ts';
import { closedGuard } from './closed-guard.ts';
import { Copied } from './copied.ts';
import { isSettler } from './endings.ts';
import type { Gathering } from './gathering.ts';
import { ownNodes, type InlineFunction } from './handler.ts';
import { decoded, joinedBytes, joinedText, parsedJson } from './joined.ts';
import { countsOnce } from './once.ts';
import { refusals, Refused } from './refusals.ts';
import { declaratorRemoval, removals } from './removal.ts';
import { answeredBy, requestFailure, type RequestFailure } from './request-failure.ts';
import { settlingBody, type SettlingBody } from './settling.ts';
import { nameOf } from './stream-name.ts';
import { functionAround } from './uses.ts';
import { inPlaceOf, placeIndentation, placeOf } from './wrapper.ts';

export type GatheredFix = Pick<Fix, 'safety' | 'notes' | 'edits' | 'imports' | 'preambles' | 'dependsOn'> & { readonly reason?: Reason };

/** @throws Refused */
export function rewriteGathering(context: TransformContext, gathering: Gathering): GatheredFix {
  const composer = new Gatherer(context, gathering);
  return composer.inPlaceOfPromise() ?? composer.awaited() ?? composer.settledBy();
}

type Told =
  | { readonly kind: 'listener' }
  | ({ readonly kind: 'request' } & RequestFailure)
  | { readonly kind: 'promise'; readonly reject: string }
  /** That the other end went away was no failure, and is passed over. */
  | { readonly kind: 'nobody' }
  /** It ended the process. */
  | { readonly kind: 'process' };

/** What a message that is cut off is said to have: by its own error, or where it was closed before. */
const cutOff = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'];

/** How the whole is read at once. */
interface Consumer {
  readonly name: 'text' | 'json' | 'buffer';
  /** What its result takes the place of; undefined for the variable itself. */
  readonly instead: ts.Expression | undefined;
  /** The places where the whole is put together, when there are several: each is replaced by its name. */
  readonly wholes: readonly ts.Expression[];
  /** Set the encoding first, so that the text is decoded as it was. */
  readonly encodes: boolean;
}

class Gatherer {
  readonly context: TransformContext;
  readonly program: Program;
  readonly gathering: Gathering;
  readonly file: ts.SourceFile;
  readonly path: string;
  readonly habits: SourceHabits;
  readonly #copied: Copied;
  /** Statements that the fix needs at the top of the file, besides those of what it calls. */
  readonly #preambles: PreambleNeed[] = [];

  constructor(context: TransformContext, gathering: Gathering) {
    this.context = context;
    this.program = context.program;
    this.gathering = gathering;
    this.file = gathering.list.getSourceFile();
    this.path = context.program.pathOf(this.file);
    this.habits = sourceHabits(this.file);
    this.#copied = new Copied(this.file);
    if (this.#usedElsewhere()) throw new Refused(refusals.gatheredElsewhere(gathering.holder.name.getText()));
  }

  /** `new Promise` around nothing but this. */
  inPlaceOfPromise(): GatheredFix | undefined {
    const { list, end, failure, source, kind } = this.gathering;
    if (!ts.isBlock(list) || !(ts.isArrowFunction(list.parent) || ts.isFunctionExpression(list.parent))) return undefined;
    const executor = list.parent;
    const promise = executor.parent;
    if (!ts.isNewExpression(promise) || promise.arguments?.[0] !== executor) return undefined;
    const isRejected = failure !== undefined && isSettler(this.program, failure, 1);
    if (failure !== undefined && !isRejected) return undefined;
    const before = this.#statementsBefore();
    if (before === undefined) return undefined;
    const settling = settlingBody(this.program, end);
    if (settling === undefined) throw new Refused(refusals.settledOften());
    const made = this.#madeHere(before);
    const others = before.filter((statement) => statement !== made && !this.#declaresHolder(statement));
    const consumer = this.#consumer();
    const unsafe = failure === undefined && kind.failure === 'emitted' ? refusals.gatheredCrash(nameOf(source)) : undefined;
    const pure = this.#purePromise(consumer, settling, others);
    const notes = [
      ...(failure === undefined && kind.failure === 'swallowed'
        ? [`When ${nameOf(source)} is cut off the promise rejects; it never settled before.`]
        : []),
      ...(pure === undefined ? ['A throw behind the end now rejects the promise; it ended the process.'] : []),
      ...this.#consumerNotes(pure ?? consumer),
    ];
    const result = (edits: ReplaceEdit[], reference: Reference | undefined): GatheredFix => ({
      safety: unsafe === undefined ? 'safe' : 'unsafe',
      ...(unsafe !== undefined && { reason: unsafe }),
      notes,
      edits,
      imports: reference?.imports ?? [],
      preambles: reference?.preambles ?? [],
      dependsOn: [],
    });
    const at = promise.getStart(this.file);
    if (pure !== undefined && !this.#hasComments([promise], [])) {
      const reference = this.#reference(pure.name, promise);
      const text = `${reference.text}(${this.#sourceText(pure, made)})`;
      return result([{ kind: 'replace', path: this.path, start: at, end: promise.end, text }], reference);
    }
    const place = placeOf(this.program, { promise, value: settling.value ?? promise });
    if (place === undefined || place.kind === 'expression') throw new Refused(refusals.settledOften());
    if (place.kind === 'awaited') throw new Refused(refusals.settledOften());
    if (!this.#namesAreFree(promise, others)) throw new Refused(refusals.handlerMerge());
    const { target } = place;
    const outer = placeIndentation(this.file, place);
    const to = place.kind === 'arrow-block' ? outer + this.habits.unit : outer;
    const { lines, reference } = this.#readingLines({
      consumer,
      made,
      others,
      to,
      at: target,
      body: settling.statements,
      edits: settling.edits,
      value: settling.value,
    });
    const edits = inPlaceOf(this.program, this.file, place, [...this.#copied.leftComments([place.target]), ...lines]);
    return result(edits, reference);
  }

  /** In a function that is async, or may become so, and has nothing more to do. */
  awaited(): GatheredFix | undefined {
    const { list, statements, end, failure, source } = this.gathering;
    const fn = functionAround(list);
    const last = statements.at(-1);
    if (!isFunctionNode(fn) || fn.body !== list || !ts.isBlock(list) || isGenerator(fn) || last === undefined || isExecutor(fn))
      return undefined;
    if (list.statements.at(-1) !== last) return undefined;
    if (failure !== undefined) return undefined;
    const verdict = this.context.asynchrony.awaitAt(last);
    // That a client leaves must not become a rejection that ends the process.
    if (verdict.kind === 'refused' || !this.#isHeard(fn, verdict.kind)) return undefined;
    if (!this.#mayFollow(fn, end)) return undefined;
    const consumer = this.#consumer();
    const to = indentationAt(this.file, last.getStart(this.file));
    const { body } = end;
    const reading = this.#readingLines({
      consumer,
      made: undefined,
      others: [],
      to,
      at: last,
      body: ts.isBlock(body) ? body.statements : [],
      edits: [],
      value: ts.isBlock(body) ? undefined : body,
      asStatement: true,
    });
    const reason = (verdict.kind === 'possible' ? verdict.reason : undefined) ?? refusals.gatheredAnswer(nameOf(source));
    const removed = new Set<ts.Statement>(statements.filter((one) => one !== last));
    const declared = this.#holderStatement();
    if (declared !== undefined && consumer !== undefined) removed.add(declared);
    const { eol } = this.habits;
    const edits: ReplaceEdit[] = removals(this.file, list.statements, removed).map((range) => ({
      kind: 'replace',
      path: this.path,
      ...range,
      text: '',
    }));
    const comments = this.#copied.leftComments([...removed, last]);
    // The declaration stays where it is when a loop fills it.
    const lines = consumer === undefined ? reading.lines.slice(reading.declared) : reading.lines;
    edits.push({
      kind: 'replace',
      path: this.path,
      start: last.getStart(this.file),
      end: last.end,
      text: [...comments, ...lines].join(eol + to),
    });
    return {
      safety: 'unsafe',
      reason,
      notes: [...this.#consumerNotes(consumer), ...(verdict.kind === 'possible' ? verdict.notes : [])],
      edits,
      imports: reading.reference?.imports ?? [],
      preambles: reading.reference?.preambles ?? [],
      dependsOn: verdict.kind === 'possible' ? verdict.dependsOn : [],
    };
  }

  /** `text(stream).then((body) => …, failure)`: nothing around it has to wait. */
  settledBy(): GatheredFix {
    const { list, statements, end, source, holder } = this.gathering;
    const last = statements.at(-1);
    const consumer = this.#consumer(true);
    const told = this.#toldFailure();
    if (told === undefined) throw new Refused(refusals.gatheredUnseen(nameOf(source)));
    if (consumer === undefined || last === undefined)
      throw new Refused(refusals.chunkWork('it does more than gather, or what is gathered is used in parts'));
    const declared = this.#holderStatement() ?? this.#holderAroundRequest();
    if (declared === undefined && !this.#isAmongOthers()) throw new Refused(refusals.gatheredElsewhere(holder.name.getText()));
    const to = indentationAt(this.file, last.getStart(this.file));
    const reference = this.#reference(consumer.name, last);
    const replaced = [...consumer.wholes, ...(consumer.instead === undefined ? [] : [consumer.instead])];
    const given = this.#firstDeclaration(replaced, end);
    const name = given?.name ?? (replaced.length === 0 ? holder.name.getText() : this.#freeName(end));
    const edits: TextEdit[] =
      given === undefined ? replaced.map((whole) => ({ start: whole.getStart(), end: whole.end, text: name })) : [given.removal];
    const open = end.getStart(this.file);
    const paren = this.file.text.indexOf('(', open);
    edits.push({ start: paren + 1, end: paren + 1, text: name });
    const success = this.#copy({ start: open, end: end.end }, to, edits);
    const failing = this.#toldText(told, to);
    const call = `${reference.text}(${this.#sourceText(consumer, undefined)})`;
    const { eol, unit, semicolon } = this.habits;
    const isShort = !/[\r\n]/.test(failing) && failing.length < 30;
    const deeper = (text: string): string => text.replace(/(\r?\n)(?=[^\r\n])/g, `$1${unit}`);
    const then = isShort
      ? `.then(${[success, ...(failing === '' ? [] : [failing])].join(', ')})`
      : `.then(${[success, failing].map((one) => eol + to + unit + deeper(one)).join(',')}${eol}${to})`;
    const removed = new Set<ts.Statement>(statements.filter((one) => one !== last));
    const around = declared?.parent;
    if (declared !== undefined && around === list) removed.add(declared);
    const comments = this.#copied.leftComments([...removed, last]);
    const gone = [
      ...removals(this.file, list.statements, removed),
      ...(declared === undefined ? [declaratorRemoval(this.file, holder)] : []),
      ...(declared === undefined || around === list || !isList(around) ? [] : removals(this.file, around.statements, new Set([declared]))),
    ];
    const result: ReplaceEdit[] = [
      ...gone.map((range): ReplaceEdit => ({ kind: 'replace', path: this.path, ...range, text: '' })),
      {
        kind: 'replace',
        path: this.path,
        start: last.getStart(this.file),
        end: last.end,
        text: [...comments, `${call}${then}${semicolon}`].join(eol + to),
      },
    ];
    const unsafe = this.#toldUnsafely(told);
    return {
      safety: unsafe === undefined ? 'safe' : 'unsafe',
      ...(unsafe !== undefined && { reason: unsafe }),
      notes: [
        ...(told.kind === 'request'
          ? [`When ${nameOf(source)} is cut off \`${told.handler.callee.getText()}\` is told now; nobody was told before.`]
          : []),
        ...this.#consumerNotes(consumer),
      ],
      edits: result,
      imports: reference.imports,
      preambles: [...reference.preambles, ...this.#preambles],
      dependsOn: [],
    };
  }

  /** Who is told that the stream failed: its own listener, whoever hears of its request, or the promise around it. */
  #toldFailure(): Told | undefined {
    const { failure, source, kind, list } = this.gathering;
    if (failure !== undefined) return { kind: 'listener' };
    if (kind.failure === 'emitted') return { kind: 'process' };
    if (kind.failure !== 'swallowed') return undefined;
    const request = requestFailure(this.program, source);
    if (request !== undefined) return { kind: 'request', ...request };
    const reject = rejectAround(this.program, list);
    return reject === undefined ? { kind: 'nobody' } : { kind: 'promise', reject };
  }

  #toldText(told: Told, to: string): string {
    switch (told.kind) {
      case 'listener':
        return this.#failureText(to);
      case 'promise':
        return told.reject;
      case 'process':
        return '';
      case 'nobody': {
        const { name, preambles } = closedGuard(this.program, this.file, this.habits, cutOff);
        this.#preambles.push(...preambles);
        return name;
      }
      case 'request': {
        const callee = told.handler.callee.getText();
        if (countsOnce(this.program, told.handler)) return callee;
        // A connection that fails tells the request as well: the handler must not be called twice.
        const { eol, unit, semicolon } = this.habits;
        const error = firstFree(['error', 'err'], (name) => name !== callee && name !== this.gathering.source.getText());
        const head = ts.isArrowFunction(this.gathering.end) ? `(${error}) =>` : `function (${error})`;
        const lines = [
          '// Of a failure of the connection itself the request has told.',
          `if (!${this.gathering.source.getText()}.socket.errored) ${callee}(${error})${semicolon}`,
        ];
        return `${head} {${lines.map((line) => eol + to + unit + line).join('')}${eol}${to}}`;
      }
    }
  }

  #toldUnsafely(told: Told): Reason | undefined {
    const name = nameOf(this.gathering.source);
    if (told.kind === 'promise') return refusals.gatheredReject(name);
    if (told.kind === 'process') return refusals.gatheredUnheard(name);
    if (told.kind !== 'request' || told.runsOut || countsOnce(this.program, told.handler)) return undefined;
    return refusals.gatheredAborted(name, told.handler.callee.getText());
  }

  /** `var body = '';` beside the request: each request has one of its own. */
  #holderAroundRequest(): ts.VariableStatement | undefined {
    const { holder, source } = this.gathering;
    const answered = answeredBy(this.program, source);
    const declarations = holder.parent;
    if (answered === undefined || !ts.isVariableDeclarationList(declarations) || declarations.declarations.length > 1) return undefined;
    const statement = declarations.parent;
    if (!ts.isVariableStatement(statement) || !isList(statement.parent)) return undefined;
    const around = statement.parent;
    for (let node: ts.Node = answered.call; node !== around; node = node.parent) {
      if (ts.isSourceFile(node) || ts.isFunctionLike(node) || ts.isIterationStatement(node, false)) return undefined;
    }
    return statement;
  }

  /** @param asExpression no statements can stand before */
  #consumer(asExpression = false): Consumer | undefined {
    const { holder, holds, isPlain, encoding, decodedAs, end } = this.gathering;
    const isEncoded = encoding !== undefined;
    const isUtf8 = (encoding ?? decodedAs) === 'utf8';
    if (!isPlain || !ts.isIdentifier(holder.name)) return undefined;
    const uses = this.#usesIn(end.body);
    const isKept = !this.#declaredBeside() && !(asExpression && (this.#isAmongOthers() || this.#holderAroundRequest() !== undefined));
    if (isKept || (holds === 'chunks' && uses.some(isChanged))) return undefined;
    const [only, ...more] = uses;
    const single = only !== undefined && more.length === 0 && !isInNestedFunction(only, end) ? only : undefined;
    const encodes = holds === 'text' && !isEncoded;
    switch (holds) {
      case 'text': {
        const parsed = single && isUtf8 ? parsedJson(this.program, single) : undefined;
        if (parsed !== undefined && !asExpression) return { name: 'json', instead: parsed, wholes: [], encodes: false };
        if (encodes && !asExpression) return undefined;
        return { name: 'text', instead: undefined, wholes: [], encodes };
      }
      case 'bytes':
        return { name: 'buffer', instead: undefined, wholes: [], encodes: false };
      case 'chunks': {
        const joined = single && joinedBytes(this.program, single);
        if (joined !== undefined) {
          const text = decoded(joined);
          const parsed = parsedJson(this.program, text ?? joined);
          if (parsed !== undefined && !asExpression) return { name: 'json', instead: parsed, wholes: [], encodes: false };
          return { name: 'buffer', instead: joined, wholes: [], encodes: false };
        }
        const text = single && isEncoded ? joinedText(single) : undefined;
        if (text !== undefined) return { name: 'text', instead: text, wholes: [], encodes: false };
        const wholes = uses.flatMap((use) => (isEncoded ? joinedText(use) : joinedBytes(this.program, use)) ?? []);
        if (wholes.length < uses.length || wholes.length < 2) return undefined;
        return { name: isEncoded ? 'text' : 'buffer', instead: undefined, wholes, encodes: false };
      }
    }
  }

  #consumerNotes(consumer: Consumer | undefined): string[] {
    const { encoding, decodedAs, holds } = this.gathering;
    if (consumer === undefined || encoding !== undefined || decodedAs !== 'utf8') return [];
    return [
      ...(holds === 'text' ? ['A character that two chunks share is whole now; it came out broken.'] : []),
      ...(consumer.name === 'json' ? ['A byte order mark before the JSON is passed over; it was an error.'] : []),
    ];
  }

  /** The promise is the consumer's own: nothing is done with its result. */
  #purePromise(consumer: Consumer | undefined, { value, statements }: SettlingBody, others: readonly ts.Statement[]): Consumer | undefined {
    if (value === undefined || others.length > 0 || statements.length > 1) return undefined;
    const bare = unwrapped(value);
    if (consumer === undefined) {
      const { holds, isPlain, holder, encoding } = this.gathering;
      const isWhole =
        holds === 'text' && isPlain && encoding === undefined && bare.getText() === holder.name.getText() && this.#declaredBeside();
      return isWhole ? { name: 'text', instead: undefined, wholes: [], encodes: true } : undefined;
    }
    if (consumer.wholes.length > 0) return undefined;
    const whole = consumer.instead ?? this.gathering.holder.name;
    return bare === whole || (consumer.instead === undefined && bare.getText() === whole.getText()) ? consumer : undefined;
  }

  /** The lines that read the stream and do what the `end` handler did. */
  #readingLines(wanted: {
    readonly consumer: Consumer | undefined;
    readonly made: ts.Statement | undefined;
    readonly others: readonly ts.Statement[];
    readonly to: string;
    readonly at: ts.Node;
    readonly body: readonly ts.Statement[];
    readonly edits: readonly TextEdit[];
    readonly value: ts.Expression | undefined;
    readonly asStatement?: boolean;
  }): { lines: string[]; reference: Reference | undefined; declared: number } {
    const { consumer, to, at, body, value } = wanted;
    const { holder, end } = this.gathering;
    const { semicolon } = this.habits;
    const lines = wanted.others.map((statement) => this.#copy(placed(this.file, statement), to));
    let declared = 0;
    let reference: Reference | undefined;
    const edits = [...wanted.edits];
    const keepsSource = wanted.made !== undefined && this.#needsSource(wanted.made, body, value);
    if (wanted.made !== undefined && (keepsSource || consumer === undefined)) lines.push(this.#copy(placed(this.file, wanted.made), to));
    const sourceMade = keepsSource || consumer === undefined ? undefined : wanted.made;
    if (consumer === undefined) {
      const holding = this.#holderStatement();
      lines.push(
        holding === undefined
          ? `${this.habits.variable} ${holder.getText(this.file)}${semicolon}`
          : this.#copy(placed(this.file, holding), to),
      );
      declared = lines.length;
      lines.push(this.#loop(to));
    } else {
      reference = this.#reference(consumer.name, at);
      const call = `await ${reference.text}(${this.#sourceText(consumer, sourceMade)})`;
      if (consumer.instead !== undefined) {
        const { parent } = consumer.instead;
        const isHead = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
        edits.push({ start: consumer.instead.getStart(), end: consumer.instead.end, text: isHead ? `(${call})` : call });
      } else {
        const keyword = this.#usesIn(end.body).some(isChanged) ? this.habits.variable : this.habits.constant;
        const name = consumer.wholes.length === 0 ? holder.name.getText() : this.#freeName(at);
        edits.push(...consumer.wholes.map((whole) => ({ start: whole.getStart(), end: whole.end, text: name })));
        lines.push(`${keyword} ${name} = ${call}${semicolon}`);
      }
    }
    if (value !== undefined && body.length <= 1) {
      const text = this.#copy({ start: value.getStart(this.file), end: value.end }, to, edits);
      const [only] = body;
      if (only !== undefined) lines.push(...this.#commentLines(only, to));
      lines.push(wanted.asStatement === true ? `${text}${semicolon}` : `return ${text}${semicolon}`);
    } else {
      for (const [index, statement] of body.entries()) {
        const range = placed(this.file, statement);
        if (index > 0 && range.blankBefore) lines.push('');
        lines.push(this.#copy(range, to, edits).replace(/\s+$/, ''));
      }
    }
    if (ts.isBlock(end.body)) {
      for (const comment of closingComments(this.file, end.body)) lines.push(this.#copy({ start: comment.pos, end: comment.end }, to));
    }
    return { lines, reference, declared };
  }

  #commentLines(statement: ts.Statement, to: string): string[] {
    const range = placed(this.file, statement);
    const start = statement.getStart(this.file);
    return range.start < start ? [this.#copy({ start: range.start, end: start }, to).trimEnd()] : [];
  }

  #loop(to: string): string {
    const { data, source } = this.gathering;
    const { eol, unit, semicolon } = this.habits;
    const chunk = data.parameters[0]?.name.getText() ?? 'chunk';
    const head = `for await (${this.habits.constant === 'var' ? 'const' : this.habits.constant} ${chunk} of ${source.getText()}${this.gathering.encoding !== undefined ? this.#encoding() : ''})`;
    if (!ts.isBlock(data.body)) {
      const body = withoutParentheses(data.body);
      return `${head} ${this.#copy({ start: body.getStart(this.file), end: body.end }, to)}${semicolon}`;
    }
    const [only, ...more] = data.body.statements;
    const edits = continueEdits(data);
    if (only !== undefined && more.length === 0 && !this.#hasComments([data.body], [])) {
      const text = this.#copy({ start: only.getStart(this.file), end: only.end }, to, edits);
      return `${head} ${text}${text.endsWith(';') || semicolon === '' ? '' : semicolon}`;
    }
    const lines = data.body.statements.map((statement) => to + unit + this.#copy(placed(this.file, statement), to + unit, edits));
    return `${head} {${eol}${lines.join(eol)}${eol}${to}}`;
  }

  /** What stands in the executor besides the listening; undefined when that is more than declarations. */
  #statementsBefore(): ts.Statement[] | undefined {
    const { list, statements } = this.gathering;
    const others: ts.Statement[] = [];
    for (const statement of list.statements) {
      if (statements.includes(statement)) continue;
      if (!ts.isVariableStatement(statement)) return undefined;
      others.push(statement);
    }
    return others;
  }

  #declaresHolder(statement: ts.Statement): boolean {
    return statement === this.#holderStatement();
  }

  /** The statement that declares nothing but the variable. */
  #holderStatement(): ts.VariableStatement | undefined {
    const { holder, list } = this.gathering;
    const declarations = holder.parent;
    const statement = declarations.parent;
    if (!ts.isVariableDeclarationList(declarations) || declarations.declarations.length > 1 || !ts.isVariableStatement(statement))
      return undefined;
    return statement.parent === list ? statement : undefined;
  }

  /** `var chunks = [], started = Date.now();` of the list. */
  #isAmongOthers(): boolean {
    const { holder, list } = this.gathering;
    const { parent: declarations } = holder;
    return ts.isVariableDeclarationList(declarations) && declarations.declarations.length > 1 && declarations.parent.parent === list;
  }

  #declaredBeside(): boolean {
    return this.#holderStatement() !== undefined;
  }

  /** `const stream = fs.createReadStream(file);` of the same block. */
  #madeHere(before: readonly ts.Statement[]): ts.Statement | undefined {
    const { source } = this.gathering;
    const symbol = ts.isIdentifier(source) ? this.program.symbolOf(source) : undefined;
    return before.find(
      (statement) =>
        ts.isVariableStatement(statement) &&
        statement.declarationList.declarations.length === 1 &&
        statement.declarationList.declarations[0] === symbol?.valueDeclaration,
    );
  }

  #needsSource(made: ts.Statement, body: readonly ts.Statement[], value: ts.Expression | undefined): boolean {
    const name = this.gathering.source.getText();
    return (
      [...body, ...(value === undefined ? [] : [value])].some((node) => identifiersIn(node, name).length > 0) ||
      !ts.isVariableStatement(made)
    );
  }

  /** The stream, as the argument of the consumer. */
  #sourceText(consumer: Consumer, made: ts.Statement | undefined): string {
    const { source } = this.gathering;
    const declaration = made !== undefined && ts.isVariableStatement(made) ? made.declarationList.declarations[0] : undefined;
    const base =
      declaration?.initializer === undefined
        ? source.getText()
        : this.#copy({ start: declaration.initializer.getStart(this.file), end: declaration.initializer.end }, '');
    return consumer.encodes || (consumer.name === 'text' && this.gathering.encoding !== undefined) ? base + this.#encoding() : base;
  }

  #encoding(): string {
    const { quote } = this.habits;
    const { encoding, decodedAs } = this.gathering;
    return `.setEncoding(${quote}${encoding ?? decodedAs}${quote})`;
  }

  #failureText(to: string): string {
    const { failure } = this.gathering;
    if (failure === undefined) return '';
    const node = failure.kind === 'named' ? failure.callee : failure.fn;
    return this.#copy({ start: node.getStart(this.file), end: node.end }, to);
  }

  #usesIn(region: ts.Node): ts.Identifier[] {
    const { name } = this.gathering.holder;
    if (!ts.isIdentifier(name)) return [];
    const own = this.program.checker.getSymbolAtLocation(name);
    return identifiersIn(region, name.text).filter((identifier) => valueSymbol(this.program, identifier) === own);
  }

  #usedElsewhere(): boolean {
    const { holder, data, end } = this.gathering;
    const all = this.#usesIn(this.file).filter((use) => use !== holder.name);
    const own = new Set([...this.#usesIn(data), ...this.#usesIn(end)]);
    return all.some((use) => !own.has(use));
  }

  #namesAreFree(promise: ts.NewExpression, others: readonly ts.Statement[]): boolean {
    const fn = functionAround(promise);
    const declared = [...others, ...this.gathering.end.body.getChildren(), ...this.gathering.list.statements]
      .flatMap((node) => ownNodes(node, ts.isVariableDeclaration))
      .map(({ name }) => name.getText());
    const inside = new Set(identifiersOf(promise));
    return declared.every((name) => identifiersIn(fn, name).every((identifier) => inside.has(identifier)));
  }

  /** Does somebody look at the promise of the function, or will, once it is made async? */
  #isHeard(fn: FunctionNode, verdict: 'ready' | 'possible'): boolean {
    const role = roleOf(this.program, fn);
    if (role.kind === 'named') return true;
    return (
      role.kind === 'root' && (role.row.rejection === 'forwarded' || (role.row.rejection === 'ignored-next' && verdict === 'possible'))
    );
  }

  /** May the statements of the `end` handler stand at the end of the function itself? */
  #mayFollow(fn: ts.Node, end: InlineFunction): boolean {
    if (!ts.isBlock(end.body)) return true;
    if (ownNodes(end.body, ts.isReturnStatement).some(({ expression }) => expression !== undefined && !isCallOrPlain(expression)))
      return false;
    const names = ownNodes(end.body, ts.isVariableDeclaration).map(({ name }) => name.getText());
    const functions = ownNodes(end.body, ts.isFunctionDeclaration).flatMap(({ name }) => name?.text ?? []);
    const inside = new Set(identifiersOf(end));
    return [...names, ...functions].every((name) => identifiersIn(fn, name).every((identifier) => inside.has(identifier)));
  }

  /** `const body = Buffer.concat(chunks);` where the handler begins: what is read can have that name at once. */
  #firstDeclaration([whole, ...others]: readonly ts.Expression[], end: InlineFunction): { name: string; removal: TextEdit } | undefined {
    const declaration = whole?.parent;
    if (others.length > 0 || declaration === undefined || !ts.isVariableDeclaration(declaration) || !ts.isBlock(end.body)) return undefined;
    const [statement, next] = end.body.statements;
    if (
      statement === undefined ||
      next === undefined ||
      declaration.parent.parent !== statement ||
      commentsIn(this.file, { start: end.body.getStart(this.file), end: next.getStart(this.file) }).length > 0
    )
      return undefined;
    const { name, type, parent: list } = declaration;
    if (!ts.isIdentifier(name) || type !== undefined || !ts.isVariableDeclarationList(list) || list.declarations.length > 1)
      return undefined;
    return { name: name.text, removal: { start: statement.getStart(this.file), end: next.getStart(this.file), text: '' } };
  }

  #freeName(region: ts.Node): string {
    return firstFree(
      ['body', 'content', 'data'],
      (name) => !isNameVisible(this.program, name, region) && isNameFree(this.program, name, region, new Set()),
    );
  }

  #reference(name: Consumer['name'], at: ts.Node): Reference {
    return importHabit(this.program, this.file).reference('stream/consumers', name, at);
  }

  #copy(range: { start: number; end: number }, to: string, edits: readonly TextEdit[] = []): string {
    return this.#copied.copy(range, to, edits);
  }

  #hasComments(nodes: readonly ts.Node[], without: readonly ts.Node[]): boolean {
    return nodes.some((node) =>
      commentsIn(this.file, { start: node.getStart(this.file), end: node.end }).some(
        (comment) => !without.some((one) => comment.pos >= one.pos && comment.end <= one.end),
      ),
    );
  }
}

function identifiersOf(region: ts.Node): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(region);
  return found;
}

function isChanged(use: ts.Identifier): boolean {
  const { parent } = use;
  if (ts.isBinaryExpression(parent) && parent.left === use) {
    return parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
  }
  return ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent);
}

function isInNestedFunction(node: ts.Node, fn: ts.Node): boolean {
  for (let current = node.parent; current !== fn; current = current.parent) if (ts.isFunctionLike(current)) return true;
  return false;
}

function isCallOrPlain(expression: ts.Expression): boolean {
  return ts.isCallExpression(expression) || expression.kind === ts.SyntaxKind.NullKeyword || expression.getText() === 'undefined';
}

function withoutParentheses(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ? withoutParentheses(expression.expression) : expression;
}

function isList(node: ts.Node | undefined): node is ts.Block | ts.SourceFile {
  return node !== undefined && (ts.isBlock(node) || ts.isSourceFile(node));
}

function isExecutor(fn: ts.Node): boolean {
  return ts.isNewExpression(fn.parent) && fn.parent.arguments?.[0] === fn;
}

function continueEdits(fn: InlineFunction): TextEdit[] {
  return ownNodes(fn.body, ts.isReturnStatement).map((statement) => ({
    start: statement.getStart(),
    end: statement.getStart() + 'return'.length,
    text: 'continue',
  }));
}

/** `reject` of the nearest `new Promise` whose executor holds the list in a callback. */
function rejectAround(program: Program, list: ts.Node): string | undefined {
  for (let node = list.parent; !ts.isSourceFile(node); node = node.parent) {
    if (!isFunctionNode(node) || !isExecutor(node)) continue;
    const reject = node.parameters[1]?.name;
    if (reject === undefined || !ts.isIdentifier(reject)) return undefined;
    const visible = program.checker.resolveName(reject.text, list, ts.SymbolFlags.Value, false);
    const isOwn = visible !== undefined && visible === program.checker.getSymbolAtLocation(reject);
    return isOwn && isSettler(program, { kind: 'named', callee: reject }, 1) ? reject.text : undefined;
  }
  return undefined;
}
