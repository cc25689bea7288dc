/** A chain as statements, in the function that returns it, or at whose end it stands. */

import { ts } from 'ts-morph';
import { isAsync, type FunctionNode } from '../../../engine/async/functions.ts';
import type { FunctionRole } from '../../../engine/async/roles.ts';
import type { Program } from '../../../engine/program/program.ts';
import { sourceHabits, type SourceHabits } from '../../../engine/source/habits.ts';
import { indentationAt } from '../../../engine/source/indentation.ts';
import { closingComments, commentsIn, leadingComments, placed, trailingEnd } from '../../../engine/source/layout.ts';
import { boundNames, identifiersIn } from '../../../engine/source/names.ts';
import { slice, type TextEdit } from '../../../engine/source/slice.ts';
import { arrowEnd, asyncEdits } from '../host.ts';
import { expressParameters } from '../merge.ts';
import { nameMerged, type MergedFunction, type Naming } from '../naming.ts';
import { Obstacle } from '../obstacle.ts';
import { leaves } from '../specialize.ts';
import { returnsOf, type Chain, type Handler } from './chain.ts';

export interface ChainContext {
  readonly fn: FunctionNode;
  readonly role: FunctionRole | undefined;
  /** The statement that the chain is, or the chain itself as the body of an arrow function. */
  readonly place: ts.Statement | ts.Expression;
  /** The function's result is the chain's, rather than nothing that anyone looks at. */
  readonly returned: boolean;
  /** Nothing of the function stands behind the chain. */
  readonly atEnd: boolean;
}

interface Piece {
  readonly text: string;
  readonly blankBefore: boolean;
}

/** What a handler gives to the next one. */
interface Value {
  readonly text: string;
  readonly mayBePromise: boolean;
  readonly lead: string;
  readonly blankBefore: boolean;
}

/** @throws Obstacle */
export function convertChain(program: Program, chain: Chain, context: ChainContext): TextEdit[] {
  return new ChainConverter(program, chain, context).edits();
}

class ChainConverter {
  readonly #program: Program;
  readonly #chain: Chain;
  readonly #context: ChainContext;
  readonly #file: ts.SourceFile;
  readonly #habits: SourceHabits;
  readonly #naming: Naming;
  readonly #response: ts.Symbol | undefined;

  constructor(program: Program, chain: Chain, context: ChainContext) {
    this.#program = program;
    this.#chain = chain;
    this.#context = context;
    this.#file = context.place.getSourceFile();
    this.#habits = sourceHabits(this.#file);
    this.#naming = nameMerged(program, context.fn, mergedHandlers(chain), this.#habits.constant === 'var');
    this.#response = expressParameters(program, context.fn, context.role)?.response;
  }

  edits(): TextEdit[] {
    const { place, fn } = this.#context;
    const isBody = !ts.isStatement(place);
    const isBare = !isBody && !ts.isBlock(place.parent) && !ts.isCaseOrDefaultClause(place.parent);
    const { eol, unit } = this.#habits;
    const outer = indentationAt(this.#file, isBody ? fn.getStart() : isBare ? place.parent.getStart() : place.getStart());
    const indentation = isBody || isBare ? outer + unit : outer;
    const pieces = this.#render(indentation);
    const code = this.#join(pieces, indentation);
    const text = this.#orphans(code, indentation) + code;
    const isLine = pieces.length === 1 && !/[\r\n]/.test(text);
    const block = `{${eol}${indentation}${text}${eol}${outer}}`;
    const keyword = isAsync(fn) ? [] : asyncEdits(fn);
    if (isBody) {
      const single = isLine ? /^return (?!\{)(.*?);?$/.exec(text)?.[1] : undefined;
      return [...keyword, { start: arrowEnd(place), end: place.end, text: ` ${single ?? block}` }];
    }
    return [...keyword, { start: place.getStart(), end: place.end, text: isBare && !isLine ? block : text }];
  }

  #render(indentation: string): Piece[] {
    const { failure, finally: last, thens } = this.#chain;
    const { unit } = this.#habits;
    const first = this.#firstOf();
    if (last === undefined && failure === undefined) return this.#straight(thens, indentation, false, first);
    if (failure !== undefined && !failure.coversLast) {
      if (last === undefined) return this.#scoped(indentation, first);
      const inner = indentation + unit;
      return [this.#try(this.#scoped(inner, { text: '', blankBefore: false }), undefined, last, indentation, first.blankBefore)];
    }
    const body = this.#straight(thens, indentation + unit, true, { text: '', blankBefore: false });
    return [this.#try(body, failure?.handler, last, indentation, first.blankBefore)];
  }

  #firstOf(): Piece {
    const { place } = this.#context;
    return { text: '', blankBefore: ts.isStatement(place) && placed(this.#file, place).blankBefore };
  }

  /** The handlers one after another. */
  #straight(thens: readonly Handler[], indentation: string, inTry: boolean, first: Piece): Piece[] {
    const pieces: Piece[] = [];
    let value: Value | undefined = this.#baseValue(indentation);
    for (const [index, handler] of thens.entries()) {
      const isLast = index === thens.length - 1;
      value = this.#then(handler, value, pieces, indentation, isLast, inTry);
      if (value === undefined && isLast) return this.#withBlank(pieces, first);
    }
    pieces.push(...this.#result(value, inTry));
    return this.#withBlank(pieces, first);
  }

  #withBlank(pieces: readonly Piece[], first: Piece): Piece[] {
    return pieces.map((piece, index) => (index === 0 ? { ...piece, blankBefore: first.blankBefore } : piece));
  }

  #baseValue(indentation: string): Value {
    const { base } = this.#chain;
    const text = slice(this.#file, { start: base.getStart(), end: base.end }, indentation, [
      ...this.#naming.edits,
      ...joinedLines(this.#file, base),
    ]);
    return { text, mayBePromise: true, lead: '', blankBefore: false };
  }

  /** Adds what the handler does; gives what it returns. */
  #then(
    handler: Handler,
    value: Value | undefined,
    pieces: Piece[],
    indentation: string,
    isLast: boolean,
    inTry: boolean,
  ): Value | undefined {
    if (handler.kind === 'named') {
      const argument = value === undefined ? '' : value.mayBePromise ? `await ${value.text}` : value.text;
      return {
        text: `${handler.expression.getText()}(${argument})`,
        mayBePromise: true,
        lead: value?.lead ?? '',
        blankBefore: value?.blankBefore ?? false,
      };
    }
    const { fn } = handler;
    const [parameter] = fn.parameters;
    const isUsed = parameter !== undefined && this.#isUsed(parameter, fn);
    if (value === undefined && isUsed) this.#noValue(fn);
    if (value !== undefined) pieces.push(this.#bound(value, isUsed ? parameter : undefined, fn));
    return this.#body(fn, pieces, indentation, isLast, inTry);
  }

  #bound(value: Value, parameter: ts.ParameterDeclaration | undefined, fn: ts.Node): Piece {
    const awaited = value.mayBePromise ? `await ${value.text}` : value.text;
    if (parameter === undefined) return { text: value.lead + awaited + this.#habits.semicolon, blankBefore: value.blankBefore };
    const pattern = slice(this.#file, { start: parameter.name.getStart(), end: parameter.name.end }, '', this.#naming.edits);
    const reassigned = boundNames(parameter.name).some((name) => this.#isReassigned(name, fn));
    const keyword = reassigned && this.#habits.constant === 'const' ? this.#habits.variable : this.#habits.constant;
    return { text: `${value.lead}${keyword} ${pattern} = ${awaited}${this.#habits.semicolon}`, blankBefore: value.blankBefore };
  }

  /** @param isEnd nothing of the chain follows: a `return` leaves the function */
  #body(
    fn: ts.ArrowFunction | ts.FunctionExpression,
    pieces: Piece[],
    indentation: string,
    isEnd: boolean,
    inTry: boolean,
  ): Value | undefined {
    if (!ts.isBlock(fn.body)) {
      return {
        text: this.#slice(unparenthesized(fn.body), indentation),
        mayBePromise: this.#mayBePromise(fn.body),
        lead: '',
        blankBefore: false,
      };
    }
    const { statements } = fn.body;
    const last = statements.at(-1);
    const result = last !== undefined && ts.isReturnStatement(last) ? last : undefined;
    const early = returnsOf(fn).filter((one) => one !== result);
    if (early.length > 0 && !isEnd) {
      throw new Obstacle(
        early[0] ?? fn,
        'callback-shape',
        'A handler in the middle of the chain returns early, and what follows would have to be passed over.',
        'Return at the end of the handler only.',
      );
    }
    const edits = inTry ? early.flatMap((one) => this.#awaitedReturn(one)) : [];
    for (const statement of result === undefined ? statements : statements.slice(0, -1)) {
      const range = placed(this.#file, statement);
      pieces.push({ text: slice(this.#file, range, indentation, [...this.#naming.edits, ...edits]), blankBefore: range.blankBefore });
    }
    for (const comment of closingComments(this.#file, fn.body)) {
      pieces.push({ text: slice(this.#file, { start: comment.pos, end: comment.end }, indentation), blankBefore: false });
    }
    if (result?.expression === undefined) {
      if (isEnd && this.#context.returned && !this.#context.atEnd) pieces.push(this.#bareReturn());
      else if (isEnd && !this.#context.atEnd && !(last !== undefined && leaves(last))) pieces.push(this.#bareReturn());
      return undefined;
    }
    const [comment] = leadingComments(this.#file, result);
    const lead = comment === undefined ? '' : slice(this.#file, { start: comment.pos, end: result.getStart() }, indentation);
    return {
      text: this.#slice(result.expression, indentation),
      mayBePromise: this.#mayBePromise(result.expression),
      lead,
      blankBefore: placed(this.#file, result).blankBefore,
    };
  }

  #bareReturn(): Piece {
    return { text: `return${this.#habits.semicolon}`, blankBefore: false };
  }

  /** A promise that is returned inside a `try` must fail there. */
  #awaitedReturn(statement: ts.ReturnStatement): TextEdit[] {
    const { expression } = statement;
    if (expression === undefined || !this.#mayBePromise(expression) || ts.isAwaitExpression(expression)) return [];
    return [{ start: expression.getStart(), end: expression.getStart(), text: 'await ' }];
  }

  /** The chain's own value, as the end of the function. */
  #result(value: Value | undefined, inTry: boolean): Piece[] {
    if (value === undefined) return [];
    const { semicolon } = this.#habits;
    const isAwaited = /^await\b/.test(value.text);
    const { returned, atEnd } = this.#context;
    if (returned) {
      const awaited = inTry && value.mayBePromise && !isAwaited ? `await ${value.text}` : value.text;
      return [{ text: `${value.lead}return ${awaited}${semicolon}`, blankBefore: value.blankBefore }];
    }
    const text = value.mayBePromise && !isAwaited ? `await ${value.text}` : value.text;
    const piece = { text: value.lead + text + semicolon, blankBefore: value.blankBefore };
    return atEnd ? [piece] : [piece, this.#bareReturn()];
  }

  /** `then(ok, fail)`: what `ok` throws does not reach `fail`. */
  #scoped(indentation: string, first: Piece): Piece[] {
    const { thens, failure } = this.#chain;
    const { eol, semicolon, unit, variable } = this.#habits;
    const last = thens.at(-1);
    if (failure === undefined || last === undefined) throw new Error('a chain without a failure handler has no scope for it');
    const inner = indentation + unit;
    const body: Piece[] = [];
    let value: Value | undefined = this.#baseValue(inner);
    for (const handler of thens.slice(0, -1)) value = this.#then(handler, value, body, inner, false, true);
    if (last.kind === 'named') {
      throw new Obstacle(
        last.expression,
        'callback-shape',
        'The last handler is given by name beside a rejection handler.',
        'Write it in place.',
      );
    }
    const [parameter] = last.fn.parameters;
    const isUsed = parameter !== undefined && this.#isUsed(parameter, last.fn);
    if (value === undefined && isUsed) this.#noValue(last.fn);
    const names = isUsed ? boundNames(parameter.name).map((name) => this.#naming.nameOf(name)) : [];
    if (value !== undefined) {
      const pattern = isUsed
        ? slice(this.#file, { start: parameter.name.getStart(), end: parameter.name.end }, '', this.#naming.edits)
        : '';
      const awaited = value.mayBePromise ? `await ${value.text}` : value.text;
      const assigned = pattern === '' ? awaited : pattern.startsWith('{') ? `(${pattern} = ${awaited})` : `${pattern} = ${awaited}`;
      body.push({ text: value.lead + assigned + semicolon, blankBefore: false });
    }
    const declared = names.length === 0 ? '' : `${variable} ${names.join(', ')}${semicolon}${eol}${indentation}`;
    const rest: Piece[] = [];
    const result = this.#body(last.fn, rest, indentation, true, false);
    rest.push(...this.#result(result, false));
    const attempt = this.#try(body, failure.handler, undefined, indentation, first.blankBefore, rest.length > 0);
    return [{ ...attempt, text: declared + attempt.text }, ...rest];
  }

  /** @param followed code of the function stands behind: the handler must leave it */
  #try(
    body: readonly Piece[],
    handler: Handler | undefined,
    last: Handler | undefined,
    indentation: string,
    blankBefore: boolean,
    followed = false,
  ): Piece {
    const { eol, unit } = this.#habits;
    const inner = indentation + unit;
    const block = (pieces: readonly Piece[]): string =>
      pieces.length === 0 ? '{}' : `{${eol}${inner}${this.#join(pieces, inner)}${eol}${indentation}}`;
    let text = `try ${block(body)}`;
    if (handler !== undefined) text += ` ${this.#catch(handler, inner, block, followed, last !== undefined)}`;
    if (last !== undefined) text += ` finally ${block(this.#finally(last, inner))}`;
    return { text, blankBefore };
  }

  #catch(handler: Handler, inner: string, block: (pieces: readonly Piece[]) => string, followed: boolean, beforeFinally: boolean): string {
    const pieces: Piece[] = [];
    const { semicolon } = this.#habits;
    const { returned } = this.#context;
    if (handler.kind === 'named') {
      const call = `${handler.expression.getText()}(${this.#errorName(handler.expression)})`;
      const isQuiet = this.#isQuiet(handler.expression);
      const text = returned ? `return ${beforeFinally && !isQuiet ? 'await ' : ''}${call}` : isQuiet ? call : `await ${call}`;
      pieces.push({ text: text + semicolon, blankBefore: false });
      if (followed && !returned) pieces.push(this.#bareReturn());
      const name = this.#errorName(handler.expression);
      return `catch (${name}) ${block(pieces)}`;
    }
    const { fn } = handler;
    const [parameter] = fn.parameters;
    const value = this.#body(fn, pieces, inner, true, beforeFinally);
    pieces.push(...this.#result(value, beforeFinally));
    const last = ts.isBlock(fn.body) ? fn.body.statements.at(-1) : undefined;
    const left = value !== undefined ? returned : last !== undefined && leaves(last);
    if (followed && !left && pieces.at(-1)?.text !== `return${semicolon}`) pieces.push(this.#bareReturn());
    const isUsed = parameter !== undefined && this.#isUsed(parameter, fn);
    return `catch${isUsed ? ` (${slice(this.#file, { start: parameter.name.getStart(), end: parameter.name.end }, '', this.#naming.edits)})` : ''} ${block(pieces)}`;
  }

  #errorName(expression: ts.Expression): string {
    const root = rootOf(expression)?.text;
    return root === 'err' ? 'error' : 'err';
  }

  /** Its value is not the chain's, but a promise is waited for. */
  #finally(handler: Handler, inner: string): Piece[] {
    if (handler.kind === 'named') {
      return [{ text: `await ${handler.expression.getText()}()${this.#habits.semicolon}`, blankBefore: false }];
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
    const pieces: Piece[] = [];
    const statements: readonly ts.Statement[] = ts.isBlock(fn.body) ? fn.body.statements : [];
    for (const statement of statements) {
      if (ts.isReturnStatement(statement)) continue;
      const range = placed(this.#file, statement);
      pieces.push({ text: slice(this.#file, range, inner, this.#naming.edits), blankBefore: range.blankBefore });
    }
    const result = ts.isBlock(fn.body) ? statements.find((one) => ts.isReturnStatement(one))?.expression : unparenthesized(fn.body);
    if (result !== undefined) {
      const text = this.#slice(result, inner);
      pieces.push({ text: (this.#mayBePromise(result) ? `await ${text}` : text) + this.#habits.semicolon, blankBefore: false });
    }
    return pieces;
  }

  /** `next` of Express and the console give nothing to wait for. */
  #isQuiet(expression: ts.Expression): boolean {
    const next = expressParameters(this.#program, this.#context.fn, this.#context.role)?.next;
    if (ts.isIdentifier(expression) && next !== undefined && this.#program.symbolOf(expression) === next) return true;
    return this.#program.originOf(expression)?.key.startsWith('global.console.') === true;
  }

  #mayBePromise(expression: ts.Expression): boolean {
    const bare = unparenthesized(expression);
    if (
      ts.isLiteralExpression(bare) ||
      ts.isObjectLiteralExpression(bare) ||
      ts.isArrayLiteralExpression(bare) ||
      ts.isTemplateExpression(bare) ||
      ts.isPrefixUnaryExpression(bare) ||
      ts.isTypeOfExpression(bare) ||
      bare.kind === ts.SyntaxKind.TrueKeyword ||
      bare.kind === ts.SyntaxKind.FalseKeyword ||
      bare.kind === ts.SyntaxKind.NullKeyword
    ) {
      return false;
    }
    if (ts.isAwaitExpression(bare)) return false;
    if (ts.isIdentifier(bare) && this.#isSettled(bare)) return false;
    if (ts.isCallExpression(bare)) {
      if (
        /^(?:global\.(?:JSON|Math|Number|String|Boolean|Date|Array|Object)\b|path\.)/.test(
          this.#program.originOf(bare.expression)?.key ?? '',
        )
      )
        return false;
      const root = rootOf(bare.expression);
      const symbol = root && this.#program.symbolOf(root);
      if (symbol !== undefined && symbol === this.#response) return false;
      if (this.#isQuiet(bare.expression)) return false;
    }
    const type = this.#program.checker.getTypeAtLocation(bare);
    const primitive =
      ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.VoidLike | ts.TypeFlags.Null;
    if ((type.flags & primitive) !== 0) return false;
    return (
      (type.flags & ts.TypeFlags.Object) === 0 ||
      type.getProperty('then') !== undefined ||
      this.#program.checker.typeToString(type) === '{}'
    );
  }

  /** What a handler is given has been waited for already; a local variable is what it was made of. */
  #isSettled(identifier: ts.Identifier): boolean {
    const symbol = this.#program.symbolOf(identifier);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined) return false;
    if (ts.isVariableDeclaration(declaration) && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0) {
      return ts.isIdentifier(declaration.name) && declaration.initializer !== undefined && !this.#mayBePromise(declaration.initializer);
    }
    if (!ts.isParameter(declaration)) return false;
    const handlers = [...this.#chain.thens, this.#chain.failure?.handler];
    const isHandler = handlers.some((one) => one?.kind === 'inline' && one.fn === declaration.parent);
    return isHandler && ts.isIdentifier(declaration.name) && !this.#isReassigned(declaration.name, declaration.parent);
  }

  #isUsed(parameter: ts.ParameterDeclaration, fn: ts.ArrowFunction | ts.FunctionExpression): boolean {
    return boundNames(parameter.name).some((name) => {
      const symbol = this.#program.symbolOf(name);
      return identifiersIn(fn.body, name.text).some((one) => this.#program.symbolOf(one) === symbol);
    });
  }

  #isReassigned(name: ts.Identifier, within: ts.Node): boolean {
    const symbol = this.#program.symbolOf(name);
    return identifiersIn(within, name.text).some(
      (one) =>
        this.#program.symbolOf(one) === symbol && ts.isBinaryExpression(one.parent) && one.parent.left === one && isAssignment(one.parent),
    );
  }

  #noValue(fn: ts.Node): never {
    throw new Obstacle(
      fn,
      'callback-shape',
      'A handler uses a value that the one before it does not give.',
      'Return the value, or leave the parameter out.',
    );
  }

  #slice(node: ts.Node, indentation: string): string {
    return slice(this.#file, { start: node.getStart(), end: node.end }, indentation, this.#naming.edits);
  }

  #join(pieces: readonly Piece[], indentation: string): string {
    const { eol } = this.#habits;
    return pieces.map((piece, index) => (index === 0 ? '' : eol + (piece.blankBefore ? eol : '') + indentation) + piece.text).join('');
  }

  /** Comments between the links, which belong to no statement, go in front. */
  #orphans(text: string, indentation: string): string {
    const { place } = this.#context;
    return commentsIn(this.#file, { start: place.getStart(), end: trailingEnd(this.#file, place.end) })
      .filter((comment) => comment.end <= place.end)
      .map((comment) => slice(this.#file, { start: comment.pos, end: comment.end }, indentation))
      .filter((comment) => !text.includes(comment.split(/\r?\n/, 1)[0] ?? comment))
      .map((comment) => comment + this.#habits.eol + indentation)
      .join('');
  }
}

/** `db\n  .load(id)` was broken for the links that followed; what is left fits a line again. */
function joinedLines(file: ts.SourceFile, base: ts.Expression): TextEdit[] {
  const edits: TextEdit[] = [];
  let node: ts.Expression = base;
  while (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) {
    if (ts.isPropertyAccessExpression(node)) {
      const dot = node.name.getStart(file) - 1;
      const gap = file.text.slice(node.expression.end, dot);
      if (/[\r\n]/.test(gap) && gap.trim() === '') edits.push({ start: node.expression.end, end: dot, text: '' });
    }
    node = node.expression;
  }
  return edits.length <= 2 ? edits : [];
}

/** Parameters of rejection handlers stay in their `catch`. */
function mergedHandlers(chain: Chain): MergedFunction[] {
  const merged: MergedFunction[] = [];
  for (const handler of chain.thens) {
    if (handler.kind === 'inline') merged.push({ fn: handler.fn, values: handler.fn.parameters, source: undefined });
  }
  return merged;
}

function unparenthesized(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ? unparenthesized(expression.expression) : expression;
}

function isAssignment(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function rootOf(expression: ts.Expression): ts.Identifier | undefined {
  let node: ts.Expression = expression;
  while (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) node = node.expression;
  return ts.isIdentifier(node) ? node : undefined;
}
