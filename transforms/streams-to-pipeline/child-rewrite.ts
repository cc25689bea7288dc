/**
 * A child process whose output was gathered by listeners: `await Promise.all([text(child.stdout), once(child, 'close')])` in the place of the
 * promise around it, else the same with `.then`.
 */

import { ts } from 'ts-morph';
import type { Fix, ImportNeed, PreambleNeed, Reason, ReplaceEdit } from '../../engine/finding.ts';
import { importHabit, type Reference } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits, type SourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { closingComments, placed } from '../../engine/source/layout.ts';
import { firstFree, identifiersIn, isNameFree, isNameVisible, valueSymbol } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import { isHarmlessUse, type ChildOutput, type Output } from './child-output.ts';
import { Copied } from './copied.ts';
import { isSettler } from './endings.ts';
import type { GatheredFix } from './gathered.ts';
import { ownNodes, type Handler, type InlineFunction } from './handler.ts';
import { joinedBytes, joinedText } from './joined.ts';
import { countsOnce } from './once.ts';
import { refusals, Refused } from './refusals.ts';
import { declaratorRemoval, removals } from './removal.ts';
import { settlingBody } from './settling.ts';
import { nameOf } from './stream-name.ts';
import { functionAround } from './uses.ts';
import { inPlaceOf, placeIndentation, placeOf } from './wrapper.ts';

/** @throws Refused */
export function rewriteChildOutput(program: Program, given: ChildOutput): GatheredFix {
  const reader = new ChildReader(program, given);
  return reader.inPlaceOfPromise() ?? reader.settled();
}

/** One output, read at once. */
interface Reading {
  readonly output: Output;
  readonly consumer: 'text' | 'buffer';
  /** The variable that takes the whole. */
  readonly name: string;
  /** What its name takes the place of, in the handler; empty where that is the variable that was gathered in. */
  readonly edits: readonly TextEdit[];
}

class ChildReader {
  readonly program: Program;
  readonly given: ChildOutput;
  readonly file: ts.SourceFile;
  readonly path: string;
  readonly habits: SourceHabits;
  readonly copied: Copied;
  readonly readings: readonly Reading[];
  readonly #imports: ImportNeed[] = [];
  readonly #preambles: PreambleNeed[] = [];

  constructor(program: Program, given: ChildOutput) {
    this.program = program;
    this.given = given;
    this.file = given.list.getSourceFile();
    this.path = program.pathOf(this.file);
    this.habits = sourceHabits(this.file);
    this.copied = new Copied(this.file);
    this.#checkUses();
    this.readings = given.outputs.map((output) => this.#reading(output));
  }

  /** `new Promise` around nothing but this. */
  inPlaceOfPromise(): GatheredFix | undefined {
    const { list, end, failure, child, event } = this.given;
    const executor = list.parent;
    if (!ts.isBlock(list) || !(ts.isArrowFunction(executor) || ts.isFunctionExpression(executor))) return undefined;
    const promise = executor.parent;
    if (!ts.isNewExpression(promise) || promise.arguments?.[0] !== executor) return undefined;
    if (failure !== undefined && !isSettler(this.program, failure, 1)) return undefined;
    const settling = settlingBody(this.program, end);
    if (settling === undefined) throw new Refused(refusals.settledOften());
    const place = placeOf(this.program, { promise, value: settling.value ?? promise });
    if (place === undefined || place.kind === 'expression' || place.kind === 'awaited') throw new Refused(refusals.settledOften());
    const before = this.#statementsBeside(list, executor);
    if (!this.#namesAreFree(promise, before)) throw new Refused(refusals.handlerMerge());
    const outer = placeIndentation(this.file, place);
    const to = place.kind === 'arrow-block' ? outer + this.habits.unit : outer;
    const kept = before.map((statement) => this.copied.copy(placed(this.file, statement), to));
    const { names, calls } = this.#parts(promise);
    const keyword = this.readings.some(({ output }) => this.#isChanged(output)) ? this.habits.variable : this.habits.constant;
    const edits = [...settling.edits, ...this.readings.flatMap((reading) => reading.edits)];
    const reading = [
      `${this.#all(`${keyword} [${names.join(', ')}] = await `, calls, to)}${this.habits.semicolon}`,
      ...this.#endLines(settling.statements, settling.value, edits, to),
    ];
    const unsafe =
      failure === undefined ? refusals.gatheredCrash(nameOf(child)) : event === 'exit' ? refusals.waitsForOutput(nameOf(child)) : undefined;
    const text = [...kept, ...this.copied.leftComments([place.target]), ...reading];
    return this.#fix(inPlaceOf(this.program, this.file, place, text), unsafe, [
      'A throw behind the end now rejects the promise; it ended the process.',
    ]);
  }

  /** `Promise.all(…).then(…)`, in the place of the last statement that listens. */
  settled(): GatheredFix {
    const { list, child, end, failure, event, outputs, statements } = this.given;
    if (failure !== undefined && !this.#tellsTheSame(failure, end)) throw new Refused(refusals.closeFollowsError(nameOf(child), event));
    const listening = [...outputs.flatMap((output) => output.statements), ...statements].sort((a, b) => a.pos - b.pos);
    const last = listening.at(-1);
    if (last === undefined) throw new Error('A child has listeners.');
    const to = indentationAt(this.file, last.getStart(this.file));
    const { names, calls } = this.#parts(last);
    const edits = this.readings.flatMap((reading) => [...reading.edits]);
    edits.push(parametersEdit(this.file, end, `[${names.join(', ')}]`));
    const success = this.copied.copyNode(end, to, edits);
    const failing = failure === undefined ? '' : this.copied.copyNode(failure.kind === 'named' ? failure.callee : failure.fn, to);
    const { eol, unit, semicolon } = this.habits;
    const isShort = !/[\r\n]/.test(failing) && failing.length < 30;
    const deeper = (text: string): string => text.replace(/(\r?\n)(?=[^\r\n])/g, `$1${unit}`);
    const then = isShort
      ? `.then(${[success, ...(failing === '' ? [] : [failing])].join(', ')})`
      : `.then(${[success, failing].map((one) => eol + to + unit + deeper(one)).join(',')}${eol}${to})`;
    const removed = new Set<ts.Statement>(listening.filter((one) => one !== last));
    const result: ReplaceEdit[] = [];
    for (const { holder } of outputs) {
      const alone = soleDeclaration(holder);
      if (alone === undefined) result.push({ kind: 'replace', path: this.path, ...declaratorRemoval(this.file, holder), text: '' });
      else removed.add(alone);
    }
    const comments = this.copied.leftComments([...removed, last]);
    const text = [...comments, `${this.#all('', calls, to)}${then}${semicolon}`].join(eol + to);
    result.push(
      ...removals(this.file, list.statements, removed).map((range): ReplaceEdit => ({
        kind: 'replace',
        path: this.path,
        ...range,
        text: '',
      })),
      { kind: 'replace', path: this.path, start: last.getStart(this.file), end: last.end, text },
    );
    const later = `\`exit\` of ${nameOf(child)} may come before the end of its output, which is waited for now.`;
    return this.#fix(result, this.#settledUnsafely(failure), failure === undefined && event === 'exit' ? [later] : []);
  }

  #settledUnsafely(failure: Handler | undefined): Reason | undefined {
    const { event, child } = this.given;
    if (failure === undefined) return refusals.childUnseen(nameOf(child));
    if (event === 'exit') return refusals.waitsForOutput(nameOf(child));
    return countsOnce(this.program, failure) ? undefined : refusals.childToldTwice(nameOf(child));
  }

  #fix(edits: readonly ReplaceEdit[], unsafe: Reason | undefined, notes: readonly string[]): GatheredFix {
    const isDecoded = this.given.outputs.some(
      ({ holds, encoding, decodedAs }) => holds === 'text' && encoding === undefined && decodedAs === 'utf8',
    );
    const decoding = isDecoded ? ['A character that two chunks share is whole now; it came out broken.'] : [];
    return {
      safety: unsafe === undefined ? 'safe' : 'unsafe',
      ...(unsafe !== undefined && { reason: unsafe }),
      notes: [...notes, ...decoding],
      edits,
      imports: this.#imports,
      preambles: this.#preambles,
      dependsOn: [],
    } satisfies Partial<Fix>;
  }

  /** What `Promise.all` is given, and the names for what it gives. */
  #parts(at: ts.Node): { names: string[]; calls: string[] } {
    const { child, event, end } = this.given;
    const { quote } = this.habits;
    const calls = this.readings.map(({ output, consumer }) => {
      const isText = output.encoding !== undefined || output.holds === 'text';
      const source =
        output.source.getText(this.file) + (isText ? `.setEncoding(${quote}${output.encoding ?? output.decodedAs}${quote})` : '');
      return `${this.#reference('stream/consumers', consumer, at)}(${source})`;
    });
    // An `exit` is waited for as it was: what the outputs still give comes later.
    calls.push(`${this.#reference('events', 'once', at)}(${child.text}, ${quote}${event}${quote})`);
    const names = this.readings.map(({ name }) => name);
    const given = end.parameters.map(({ name }) => name.getText(this.file));
    if (given.length > 0) names.push(`[${given.join(', ')}]`);
    return { names, calls };
  }

  /** `Promise.all([…])`, on one line if it fits. */
  #all(lead: string, calls: readonly string[], to: string): string {
    const line = `${lead}Promise.all([${calls.join(', ')}])`;
    if (to.length + line.length <= 100) return line;
    const { eol, unit } = this.habits;
    return `${lead}Promise.all([${calls.map((call) => eol + to + unit + call).join(',')}${eol}${to}])`;
  }

  #reference(specifier: string, name: string, at: ts.Node): string {
    const reference: Reference = importHabit(this.program, this.file).reference(specifier, name, at);
    this.#imports.push(...reference.imports);
    this.#preambles.push(...reference.preambles);
    return reference.text;
  }

  #reading(output: Output): Reading {
    const { holder, holds, isPlain, encoding, source } = output;
    const isEncoded = encoding !== undefined;
    const refuse = (): never => {
      throw new Refused(refusals.chunkWork('it does more than gather, or what is gathered is used in parts'));
    };
    if (!isPlain || !ts.isIdentifier(holder.name)) return refuse();
    if (holder.parent.parent.parent !== this.given.list) throw new Refused(refusals.gatheredElsewhere(holder.name.text));
    if (holds === 'text') return { output, consumer: 'text', name: holder.name.text, edits: [] };
    if (holds === 'bytes') return { output, consumer: 'buffer', name: holder.name.text, edits: [] };
    const wholes = this.#usesIn(this.given.end, holder.name).map((use) => (isEncoded ? joinedText(use) : joinedBytes(this.program, use)));
    const taken = ts.isPropertyAccessExpression(source) ? source.name.text : 'output';
    const end = this.given.end;
    const own = this.program.symbolOf(holder.name);
    const symbols = new Set(own === undefined ? [] : [own]);
    const name = firstFree([taken, 'output'], (one) => {
      return isNameFree(this.program, one, end, symbols) && (one === own?.name || !isNameVisible(this.program, one, end));
    });
    const edits = wholes.map((whole): TextEdit => {
      return whole === undefined ? refuse() : { start: whole.getStart(), end: whole.end, text: name };
    });
    return { output, consumer: isEncoded ? 'text' : 'buffer', name, edits };
  }

  #usesIn(region: ts.Node, name: ts.Identifier): ts.Identifier[] {
    const own = this.program.checker.getSymbolAtLocation(name);
    return identifiersIn(region, name.text).filter((identifier) => valueSymbol(this.program, identifier) === own);
  }

  #isChanged({ holder }: Output): boolean {
    if (!ts.isIdentifier(holder.name)) return false;
    return this.#usesIn(this.given.end, holder.name).some(({ parent }) => ts.isBinaryExpression(parent) && isAssignment(parent, holder));
  }

  /** What the outputs are gathered in is used by their handlers and at the end, and the child by nobody who could mind. */
  #checkUses(): void {
    const { outputs, end, child } = this.given;
    for (const { holder, data } of outputs) {
      if (!ts.isIdentifier(holder.name)) continue;
      const all = this.#usesIn(this.file, holder.name).filter((use) => use !== holder.name);
      const isOwn = (use: ts.Identifier): boolean => [data, end].some((fn) => use.pos >= fn.pos && use.end <= fn.end);
      if (!all.every(isOwn)) throw new Refused(refusals.gatheredElsewhere(holder.name.text));
    }
    const symbol = this.program.symbolOf(child);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) {
      throw new Refused(refusals.outside(nameOf(child)));
    }
    if (functionAround(declaration) !== functionAround(this.given.list)) throw new Refused(refusals.outside(nameOf(child)));
    const other = this.program.references.to(symbol).find((use) => !isHarmlessUse(this.program, use, this.given));
    if (other !== undefined) throw new Refused(refusals.elsewhere(nameOf(child), other.parent.getText().split('\n', 1)[0] ?? ''));
  }

  /** The other statements of the executor: they make variables, or do something at once, and settle nothing. */
  #statementsBeside(list: ts.Block, executor: InlineFunction): ts.Statement[] {
    const { outputs, statements } = this.given;
    const own = new Set<ts.Statement>([...outputs.flatMap((output) => output.statements), ...statements]);
    const settlers = executor.parameters.map(({ name }) => name.getText(this.file));
    return list.statements.flatMap((statement) => {
      if (own.has(statement)) return [];
      const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : undefined;
      if (declared?.every((one) => outputs.some(({ holder }) => holder === one)) === true) return [];
      // A declaration of several is left to the other form.
      const isMixed = declared?.some((one) => outputs.some(({ holder }) => holder === one)) === true;
      const isPlain = ts.isVariableStatement(statement) || ts.isExpressionStatement(statement);
      if (isMixed || !isPlain || settlers.some((name) => identifiersIn(statement, name).length > 0)) {
        throw new Refused(refusals.settledOften());
      }
      return [statement];
    });
  }

  #namesAreFree(promise: ts.NewExpression, before: readonly ts.Statement[]): boolean {
    const fn = functionAround(promise);
    const { end } = this.given;
    const declared = [...before, end.body].flatMap((node) => ownNodes(node, ts.isVariableDeclaration)).map(({ name }) => name.getText());
    const own = [...declared, ...this.readings.map(({ name }) => name), ...end.parameters.map(({ name }) => name.getText())];
    return own.every((name) => identifiersIn(fn, name).every((one) => one.pos >= promise.pos && one.end <= promise.end));
  }

  #endLines(statements: readonly ts.Statement[], value: ts.Expression | undefined, edits: readonly TextEdit[], to: string): string[] {
    const { end } = this.given;
    const { semicolon } = this.habits;
    if (value !== undefined && statements.length <= 1) {
      return [`return ${this.copied.copyNode(value, to, edits)}${semicolon}`];
    }
    const lines: string[] = [];
    for (const [index, statement] of statements.entries()) {
      const range = placed(this.file, statement);
      if (index > 0 && range.blankBefore) lines.push('');
      lines.push(this.copied.copy(range, to, edits).replace(/\s+$/, ''));
    }
    if (!ts.isBlock(end.body)) return lines;
    return [...lines, ...closingComments(this.file, end.body).map((one) => this.copied.copy({ start: one.pos, end: one.end }, to))];
  }

  /** Do the handlers of the failure and of the end call the same function, so that nobody waits for a second call? */
  #tellsTheSame(failure: Handler, end: InlineFunction): boolean {
    const told = (root: ts.Node): ts.Symbol[] =>
      callsIn(root).flatMap(({ expression }) => {
        const symbol = ts.isIdentifier(expression) ? this.program.symbolOf(expression) : undefined;
        return symbol === undefined ? [] : [symbol];
      });
    const named = failure.kind === 'named' ? this.program.symbolOf(failure.callee) : undefined;
    const ofFailure = failure.kind === 'named' ? (named === undefined ? [] : [named]) : told(failure.fn.body);
    const ofEnd = told(end.body);
    return ofFailure.some((symbol) => ofEnd.includes(symbol) && isCallback(symbol));
  }
}

/** A parameter or a variable: something that is called back, rather than a function that only logs. */
function isCallback({ valueDeclaration }: ts.Symbol): boolean {
  return valueDeclaration !== undefined && (ts.isParameter(valueDeclaration) || ts.isVariableDeclaration(valueDeclaration));
}

function callsIn(root: ts.Node): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

function isAssignment({ left, operatorToken }: ts.BinaryExpression, holder: ts.VariableDeclaration): boolean {
  const { kind } = operatorToken;
  return left.getText() === holder.name.getText() && kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** The statement that declares nothing but the variable. */
function soleDeclaration(holder: ts.VariableDeclaration): ts.VariableStatement | undefined {
  const declarations = holder.parent;
  if (!ts.isVariableDeclarationList(declarations) || declarations.declarations.length > 1) return undefined;
  return ts.isVariableStatement(declarations.parent) ? declarations.parent : undefined;
}

/** The parameters of the function, in parentheses that it may not have had. */
function parametersEdit(file: ts.SourceFile, fn: InlineFunction, text: string): TextEdit {
  const [first] = fn.parameters;
  const last = fn.parameters.at(-1);
  if (first === undefined || last === undefined) {
    const at = file.text.indexOf('(', fn.getStart(file)) + 1;
    return { start: at, end: at, text };
  }
  const hasParentheses = fn.getChildren(file).some((child) => child.kind === ts.SyntaxKind.OpenParenToken);
  return { start: first.getStart(file), end: last.end, text: hasParentheses ? text : `(${text})` };
}
