/** `xs.forEach(callback)`, `xs.map(callback)` and their like as a `for…of` loop, whose body may wait: one element after the other, as before. */

import { ts } from 'ts-morph';
import type { Edit } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { sourceHabits } from '../source/habits.ts';
import { indentationAt } from '../source/indentation.ts';
import { commentsIn } from '../source/layout.ts';
import { boundNames, identifiersIn, renameEdits, valueSymbol } from '../source/names.ts';
import { isWithin } from './ancestors.ts';
import type { ArrayProof, Arrays } from './arrays.ts';
import { outermost, shortText, unwrapped, type FunctionNode } from './functions.ts';
import { holesOf } from './holes.ts';
import type { Iterated } from './iterated.ts';
import { enclosing, freshName, isWrittenIn, loopPlace, takesName, type LoopPlace } from './loop-places.ts';
import { isCommaExpression, loopReturns, type LoopReturns } from './loop-returns.ts';
import { returnedBy } from './promise-returning.ts';
import { usesArguments } from './roles.ts';
import { roundVariables } from './round-variables.ts';

export type LoopPlan =
  /** `unproven` says what must be an array without holes, if nothing tells that it is one. */
  | {
      readonly kind: 'edits';
      readonly edits: readonly Edit[];
      readonly unproven: { readonly receiver: string; readonly isArray: boolean } | undefined;
    }
  /** A clause that says why a loop would not do the same. */
  | { readonly kind: 'impossible'; readonly what: string };

/** Array methods that a loop can take the place of. */
/** Methods that visit every element, whatever the callback gives: where nobody looks at what comes of it they are `forEach`. */
const visits = new Set(['map', 'flatMap', 'filter']);

const methods = new Set(['forEach', 'map', 'flatMap', 'filter', 'some', 'every', 'find', 'findIndex', 'reduce']);

/**
 * @param iterated what is where, or why there is no loop for it
 * @param handed what is handed to the method: the function where it is written, or its name
 */
export function loopPlan(program: Program, arrays: Arrays, iterated: Iterated | string, fn: FunctionNode, handed: ts.Expression): LoopPlan {
  if (typeof iterated === 'string') return impossible(iterated);
  const { method, receiver, library } = iterated;
  if (!methods.has(method)) return impossible(`\`${method}\` needs what its callback returns at once`);
  const proof = arrays.proofOf(receiver);
  const holes = holesOf(program, receiver);
  const values = library && valuesOf(program, library, proof, receiver);
  if (library === undefined) {
    if (proof === 'other') return impossible(`\`${shortText(receiver)}\` cannot be proven to be an array`);
    if (holes === 'made') return impossible('the array may have holes');
  } else if (values === undefined && proof !== 'array') {
    return impossible(`nothing tells that \`${shortText(receiver)}\` is an array`);
  }
  const isPlain = values !== undefined || (proof === 'array' && (holes === 'none' || library !== undefined));
  const unproven = isPlain ? undefined : { receiver: shortText(receiver), isArray: proof === 'array' };
  const callback = callbackOf(fn, handed, iterated);
  if (typeof callback === 'string') return impossible(callback);
  if (library !== undefined && proof !== 'array' && callback.kind === 'inline' && takesKey(callback.fn, method)) {
    return impossible(`its callback takes a key too, and nothing tells that \`${shortText(receiver)}\` is an array`);
  }
  const loop = new Loop(program, iterated, callback, values);
  const edits = loop.edits();
  return typeof edits === 'string' ? impossible(edits) : { kind: 'edits', edits, unproven };
}

function impossible(what: string): LoopPlan {
  return { kind: 'impossible', what };
}

/** What gives the elements to a loop, where the list may be an object or nothing at all; `undefined` where it is an array for sure. */
function valuesOf(
  program: Program,
  { values }: NonNullable<Iterated['library']>,
  proof: ArrayProof,
  receiver: ts.Expression,
): string | undefined {
  return proof === 'array' && isThere(program, receiver) ? undefined : values;
}

/** An array that is written there, or given by a call, or by one that a variable was made with. */
function isThere(program: Program, list: ts.Expression): boolean {
  const bare = unwrapped(list);
  if (ts.isArrayLiteralExpression(bare) || ts.isCallExpression(bare)) return true;
  const symbol = ts.isIdentifier(bare) ? program.symbolOf(bare) : undefined;
  const value = symbol && program.definitionOf(symbol);
  return value !== undefined && isThere(program, value);
}

/** `function (file, index) { … }`, of which only the file is asked for. */
function isUnused({ name }: ts.ParameterDeclaration, body: ts.Node): boolean {
  return ts.isIdentifier(name) && identifiersIn(body, name.text).length === 0;
}

function takesKey(fn: FunctionNode, method: string): boolean {
  return fn.parameters.length > (method === 'reduce' ? 2 : 1);
}

type Callback =
  /** Its body becomes the loop's. */
  | { readonly kind: 'inline'; readonly fn: ts.ArrowFunction | ts.FunctionExpression }
  /** It is called in the loop, by this text. */
  | { readonly kind: 'named'; readonly text: string };

function callbackOf(fn: FunctionNode, handed: ts.Expression, { method, rest, library }: Iterated): Callback | string {
  const first = unwrapped(handed);
  const reduces = method === 'reduce';
  if (rest.length > 1 || (reduces && rest.length !== 1)) return `\`${method}\` is given no start`;
  const that = reduces ? undefined : rest[0];
  // Whether it becomes the callback's `this` is a question of the library's version.
  if (that !== undefined && library !== undefined && !ts.isArrowFunction(fn)) return `\`${method}\` is given a \`this\``;
  if (library?.stopsAtFalse === true && method === 'forEach' && first !== fn && returnedBy(fn).length > 0) {
    return 'the callback may return `false`, which ends the iteration';
  }
  const inline = ts.isArrowFunction(fn) || ts.isFunctionExpression(fn) ? fn : undefined;
  if (inline !== undefined && (first === inline || isBoundToThis(first, inline))) {
    const keepsThis = that === undefined || that.kind === ts.SyntaxKind.ThisKeyword;
    if (!keepsThis && !ts.isIdentifier(that)) return `\`${method}\` is given a \`this\``;
    const own = ts.isFunctionExpression(inline) && usesThis(inline.body);
    const isBound = first !== inline || that?.kind === ts.SyntaxKind.ThisKeyword;
    if (own && !isBound) return 'the callback has a `this` of its own';
    if (ts.isFunctionExpression(inline) && usesArguments(inline.body)) return 'the callback has `arguments` of its own';
    if (ts.isFunctionExpression(inline) && inline.name !== undefined && identifiersIn(inline.body, inline.name.text).length > 0) {
      return 'the callback uses its own name';
    }
    return { kind: 'inline', fn: inline };
  }
  if (!ts.isIdentifier(first) && !ts.isPropertyAccessExpression(first)) return 'its callback is not written in place';
  if (reduces || fn.parameters.length > 1 || fn.parameters.some(({ dotDotDotToken }) => dotDotDotToken !== undefined)) {
    return 'its callback takes more than the element';
  }
  const { body } = fn;
  const ownThis = !ts.isArrowFunction(fn) && body !== undefined && usesThis(body);
  if (body === undefined || usesArguments(body) || (ownThis && !ts.isIdentifier(first)) || that !== undefined) {
    return 'its callback has a `this` or `arguments` of its own';
  }
  return { kind: 'named', text: first.getText() };
}

/** `function (x) { this.add(x); }.bind(this)` */
function isBoundToThis(handed: ts.Expression, fn: ts.Node): boolean {
  if (!ts.isCallExpression(handed) || handed.arguments.length !== 1 || handed.arguments[0]?.kind !== ts.SyntaxKind.ThisKeyword)
    return false;
  const callee = handed.expression;
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 'bind' && unwrapped(callee.expression) === fn;
}

class Loop {
  readonly #program: Program;
  readonly #call: ts.CallExpression;
  readonly #receiver: ts.Expression;
  readonly #method: string;
  readonly #rest: readonly ts.Expression[];
  readonly #stopsAtFalse: boolean;
  readonly #values: string | undefined;
  readonly #callback: Callback;
  readonly #file: ts.SourceFile;
  readonly #path: string;
  readonly #eol: string;
  readonly #unit: string;
  readonly #semicolon: string;

  /** @param values the function that gives the elements of what may be no array */
  constructor(program: Program, { call, receiver, method, rest, library }: Iterated, callback: Callback, values: string | undefined) {
    this.#program = program;
    this.#call = call;
    this.#receiver = receiver;
    this.#method = visits.has(method) && ts.isExpressionStatement(outermost(call).parent) ? 'forEach' : method;
    this.#rest = rest;
    this.#stopsAtFalse = library?.stopsAtFalse === true && method === 'forEach';
    this.#values = values;
    this.#callback = callback;
    this.#file = call.getSourceFile();
    this.#path = program.pathOf(call);
    const habits = sourceHabits(this.#file);
    this.#eol = habits.eol;
    this.#unit = habits.unit;
    this.#semicolon = habits.semicolon;
  }

  edits(): Edit[] | string {
    const callback = this.#callback;
    const fn = callback.kind === 'inline' ? callback.fn : undefined;
    const names = fn === undefined ? this.#newNames() : this.#namesOf(fn);
    if (typeof names === 'string') return names;
    const place = loopPlace(this.#program, {
      call: this.#call,
      receiver: this.#receiver,
      method: this.#method,
      fn: fn ?? this.#call,
      accumulator: names.accumulator,
    });
    if (typeof place === 'string') return place;
    const result = resultOf(place);
    if (fn !== undefined) {
      const unfit = this.#unfit(fn, names, result);
      if (unfit !== undefined) return unfit;
    }
    const base = this.#baseOf(place);
    const returns: LoopReturns = {
      program: this.#program,
      method: this.#method,
      stopsAtFalse: this.#stopsAtFalse,
      result,
      element: names.element,
      index: names.index,
      accumulator: names.accumulator === undefined ? undefined : fn?.parameters[0]?.name.getText(),
      eol: this.#eol,
      unit: this.#unit,
      semicolon: this.#semicolon,
    };
    const end = this.#ending(place, base);
    const body = this.#bodyEdits(returns, names, base, end);
    return typeof body === 'string' ? body : [...this.#openingEdits(place, base, names), ...body, ...end.edits];
  }

  /** The indentation of the loop itself. */
  #baseOf(place: LoopPlace): string {
    const own = place.kind === 'body' ? place.body : place.statement;
    const base = indentationAt(this.#file, own.getStart());
    return place.kind === 'body' ? base + this.#unit : base;
  }

  #namesOf(fn: ts.ArrowFunction | ts.FunctionExpression): Names | string {
    const [first, ...rest] = fn.parameters;
    const own = this.#method === 'reduce' ? rest : [first, ...rest].filter((one) => one !== undefined);
    const [element, index] = own;
    if (own.length > 2) return 'the callback takes the array itself';
    if (fn.parameters.some((parameter) => parameter.initializer !== undefined || parameter.dotDotDotToken !== undefined)) {
      return 'the callback has default or rest parameters';
    }
    if (this.#method === 'reduce' && (first === undefined || !ts.isIdentifier(first.name))) return 'the accumulator has no name';
    const isUsed = !ts.isExpressionStatement(outermost(this.#call).parent);
    const needsElement = isUsed && (this.#method === 'filter' || this.#method === 'find');
    if (needsElement && (element === undefined || !ts.isIdentifier(element.name))) return 'the callback takes the element apart';
    const needsIndex = isUsed && this.#method === 'findIndex';
    if (needsIndex && index === undefined) return '`findIndex` gives an index that its callback does not take';
    const fresh = element === undefined ? this.#freshName('_') : element.name.getText();
    const keyword = fn.parameters.some(({ name }) => boundNames(name).some(({ text }) => isWrittenIn(fn, text))) ? 'let' : 'const';
    return {
      element: fresh,
      index: index === undefined || (!needsIndex && isUnused(index, fn.body)) ? undefined : index.name.getText(),
      accumulator: this.#method === 'reduce' ? this.#accumulatorOf(fn) : undefined,
      keyword,
    };
  }

  /** It becomes a variable of the function around, where its name may be that of something else. */
  #accumulatorOf(fn: ts.ArrowFunction | ts.FunctionExpression): string | undefined {
    const name = fn.parameters[0]?.name.getText();
    if (name === undefined || !takesName(this.#call, fn, name)) return name;
    return freshName(this.#call, 'result');
  }

  /** `files.forEach(remove)`: what `files` has is a `file`. */
  #newNames(): Names {
    const receiver = unwrapped(this.#receiver);
    const last = ts.isPropertyAccessExpression(receiver) ? receiver.name.text : ts.isIdentifier(receiver) ? receiver.text : '';
    const singular = last.endsWith('ies') ? `${last.slice(0, -3)}y` : /[^s]s$/.test(last) ? last.slice(0, -1) : 'item';
    const index = this.#method === 'findIndex' ? this.#freshName('index') : undefined;
    return { element: this.#freshName(/^[a-z]\w+$/i.test(singular) ? singular : 'item'), index, accumulator: undefined, keyword: 'const' };
  }

  #freshName(wanted: string): string {
    const scope = enclosing(this.#call) ?? this.#file;
    const isFree = (name: string): boolean =>
      identifiersIn(scope, name).length === 0 &&
      (this.#callback.kind === 'inline' || !new RegExp(`\\b${name}\\b`).test(this.#callback.text));
    for (const name of [wanted, 'item', 'element']) if (isFree(name)) return name;
    for (let number = 2; ; number += 1) if (isFree(`${wanted}${number}`)) return `${wanted}${number}`;
  }

  #unfit(fn: ts.ArrowFunction | ts.FunctionExpression, names: Names, result: string | undefined): string | undefined {
    const own = fn.parameters.flatMap((parameter) => boundNames(parameter.name).map((name) => name.text));
    if (own.some((name) => this.#isNeededByReceiver(name))) return 'the array and the element have the same name';
    if (result !== undefined && result !== names.accumulator && (own.includes(result) || identifiersIn(fn, result).length > 0)) {
      return `the callback has a \`${result}\` of its own`;
    }
    if (ts.isBlock(fn.body) && fn.body.statements.some((statement) => redeclares(statement, own))) {
      return 'the callback declares its parameter anew';
    }
    return unfitBody(this.#program, fn, this.#receiver);
  }

  /** Not what a function in it calls one of its own: `files.filter((file) => …).forEach((file) => …)`. */
  #isNeededByReceiver(name: string): boolean {
    return identifiersIn(this.#receiver, name).some((identifier) => {
      const declaration = valueSymbol(this.#program, identifier)?.valueDeclaration;
      return declaration === undefined || !isWithin(declaration, this.#receiver);
    });
  }

  #replace(start: number, end: number, text: string): Edit {
    return { kind: 'replace', path: this.#path, start, end, text };
  }

  /** From the start of the statement to the array, with what must be declared before the loop. */
  #openingEdits(place: LoopPlace, base: string, names: Names): Edit[] {
    const variable = names.index === undefined ? names.element : `[${names.index}, ${names.element}]`;
    const opening = `for (${names.keyword} ${variable} of ${this.#around()[0]}`;
    const receiverStart = this.#receiver.getStart();
    const line = (text: string): string => `${text}${this.#semicolon}${this.#eol}${base}`;
    const [start] = this.#rest;
    // `reduce` begins with what it is given; the text is moved as it is.
    const first = this.#method === 'reduce' && start !== undefined ? start.getText() : startOf[this.#method];
    switch (place.kind) {
      case 'statement':
      case 'returned':
        return [this.#replace(place.statement.getStart(), receiverStart, opening)];
      case 'declared':
        return [this.#replace(place.statement.getStart(), receiverStart, line(`${place.head} = []`) + opening)];
      case 'before':
        return [this.#replace(place.statement.getStart(), receiverStart, line(declaration(place, first)) + opening)];
      case 'body': {
        const bodyStart = place.body.getStart();
        const declared = place.name === undefined ? '' : line(declaration({ keyword: place.keyword, name: place.name }, first));
        return [this.#replace(bodyStart, receiverStart, `{${this.#eol}${base}${declared}${opening}`)];
      }
    }
  }

  /** From the array to the end of the loop. */
  #bodyEdits(returns: LoopReturns, names: Names, base: string, end: Ending): Edit[] | string {
    const entries = names.index === undefined ? '' : '.entries()';
    const closing = `${this.#around()[1]}${entries}) {`;
    const callback = this.#callback;
    const inner = `${this.#eol}${base}${this.#unit}`;
    const close = `${this.#eol}${base}}${end.text}`;
    const ends = loopReturns(returns, base);
    if (callback.kind === 'named') {
      const text = ends.text(`await ${callback.text}(${names.element})`);
      return [this.#replace(this.#receiver.end, end.until, closing + inner + text + close)];
    }
    const { body } = callback.fn;
    if (!ts.isBlock(body)) {
      const value = this.#method === 'forEach' ? body : withoutParentheses(body);
      const around = ends.around(value);
      if (typeof around === 'string') return around;
      const [head, tail] = around;
      return [
        this.#replace(this.#receiver.end, value.getStart(), closing + inner + head),
        ...this.#renamed(callback.fn, names, []),
        this.#replace(value.end, end.until, tail + close),
      ];
    }
    const list = ends.edits(this.#path, body);
    if (typeof list === 'string') return list;
    const variables = roundVariables(this.#program, callback.fn, variableLists(body));
    list.push(...variables.edits.map(({ start, end, text }) => this.#replace(start, end, text)));
    list.push(...this.#renamed(callback.fn, names, list));
    const fresh = variables.fresh.length === 0 ? '' : `${inner}let ${variables.fresh.join(', ')}${this.#semicolon}`;
    const comments = keptComments(this.#file, this.#receiver.end, body.getStart());
    return [
      this.#replace(this.#receiver.end, body.getStart() + 1, closing + comments + fresh),
      this.#replace(body.end - 1, end.until, `}${end.text}`),
      ...list,
      ...this.#outdents(body, base),
    ];
  }

  /** The body of a callback that stood on a line of its own, behind the array, was deeper than the body of a loop is. */
  #outdents(body: ts.Block, base: string): Edit[] {
    const depth = indentationAt(this.#file, body.end - 1);
    const deeper = depth.startsWith(base) ? depth.slice(base.length) : '';
    const units = deeper.length / this.#unit.length;
    if (deeper !== this.#unit.repeat(units)) return [];
    return Array.from({ length: units }, () => ({ kind: 'indent', path: this.#path, start: body.getStart(), end: body.end - 1, by: -1 }));
  }

  /** Where the accumulator is mentioned, except in what other edits take away. */
  #renamed(fn: ts.ArrowFunction | ts.FunctionExpression, { accumulator }: Names, others: readonly Edit[]): Edit[] {
    const name = accumulator === undefined ? undefined : fn.parameters[0]?.name;
    if (accumulator === undefined || name === undefined || !ts.isIdentifier(name) || name.text === accumulator) return [];
    const symbol = valueSymbol(this.#program, name);
    const isTaken = (start: number, end: number): boolean =>
      others.some((other) => other.kind === 'replace' && other.start <= start && end <= other.end);
    return (symbol === undefined ? [] : renameEdits(this.#program, symbol, fn.body, accumulator))
      .filter(({ start, end }) => !isTaken(start, end))
      .map(({ start, end, text }) => this.#replace(start, end, text));
  }

  /** What follows the loop: the rest of the statement, with the name where the call was. */
  #ending(place: LoopPlace, base: string): Ending {
    const { end } = this.#call;
    const { text } = this.#file;
    const wrap = this.#method === 'flatMap' ? '.flat()' : '';
    switch (place.kind) {
      case 'statement':
      case 'declared': {
        // Without semicolons, one at the start of the next line guards that line.
        const guard = /\n\s*;$/.exec(place.statement.getText());
        return { text: '', until: place.statement.end - (guard?.[0].length ?? 0), edits: [] };
      }
      case 'returned': {
        const last = place.ends ? '' : `${this.#eol}${base}return${this.#semicolon}`;
        return { text: last, until: place.statement.end, edits: [] };
      }
      case 'before': {
        // Nobody asks for the result.
        if (ts.isExpressionStatement(place.statement) && outermost(this.#call) === place.statement.expression) {
          return { text: '', until: place.statement.end, edits: [] };
        }
        const before = text.slice(place.statement.getStart(), this.#call.getStart());
        return { text: `${this.#eol}${base}${before}${place.name}${wrap}`, until: end, edits: [] };
      }
      case 'body':
        return this.#bodyEnding(place, base, wrap);
    }
  }

  #bodyEnding(place: LoopPlace & { kind: 'body' }, base: string, wrap: string): Ending {
    const { end } = this.#call;
    const outer = base.slice(0, base.length - this.#unit.length);
    const close = `${this.#eol}${outer}}`;
    const body = this.#callback.kind === 'inline' ? this.#callback.fn.body : undefined;
    // What is written anew is indented already.
    const indent: Edit[] =
      body !== undefined && ts.isBlock(body) ? [{ kind: 'indent', path: this.#path, start: body.getStart(), end: body.end - 1 }] : [];
    if (place.name === undefined) return { text: close, until: place.body.end, edits: indent };
    const inside = withoutParentheses(place.body);
    const before = this.#file.text.slice(inside.getStart(), this.#call.getStart());
    const returned = `${this.#eol}${base}return ${before}${place.name}${wrap}`;
    const last = `${this.#semicolon}${close}`;
    if (inside.end === end) return { text: returned + last, until: place.body.end, edits: indent };
    return { text: returned, until: end, edits: [...indent, this.#replace(inside.end, place.body.end, last)] };
  }

  /** What stands before and behind the list. */
  #around(): readonly [string, string] {
    if (this.#values !== undefined) return [`${this.#values}(`, ')'];
    return isFromOutside(this.#program, this.#receiver, this.#call) ? ['[...', ']'] : ['', ''];
  }
}

interface Ending {
  /** Written behind the loop. */
  readonly text: string;
  /** The end of the text that the loop and this take the place of. */
  readonly until: number;
  readonly edits: readonly Edit[];
}

interface Names {
  readonly element: string;
  readonly index: string | undefined;
  readonly accumulator: string | undefined;
  readonly keyword: 'const' | 'let';
}

/** What the result is before the first element. */
const startOf: Readonly<Record<string, string | undefined>> = {
  map: '[]',
  flatMap: '[]',
  filter: '[]',
  some: 'false',
  every: 'true',
  find: undefined,
  findIndex: '-1',
};

function declaration({ keyword, name }: { readonly keyword: string; readonly name: string }, first: string | undefined): string {
  return first === undefined ? `${keyword} ${name}` : `${keyword} ${name} = ${first}`;
}

function resultOf(place: LoopPlace): string | undefined {
  return place.kind === 'statement' || place.kind === 'returned' ? undefined : place.name;
}

/** An arrow function needs them around an object, an argument does not; around `a, b` both do. */
function withoutParentheses(body: ts.Expression): ts.Expression {
  if (!ts.isParenthesizedExpression(body)) return body;
  const { expression } = body;
  if (isCommaExpression(expression)) return body;
  const text = body.getText();
  const outside = text.slice(1, expression.getStart() - body.getStart()) + text.slice(expression.end - body.getStart(), -1);
  return outside.trim() === '' ? expression : body;
}

function unfitBody(program: Program, fn: ts.ArrowFunction | ts.FunctionExpression, receiver: ts.Expression): string | undefined {
  let problem: string | undefined;
  const list = receiver.getText();
  const visit = (node: ts.Node): void => {
    if (problem !== undefined) return;
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === list && isChange(node)) {
      problem = 'the callback changes the array';
    }
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  visit(fn.body);
  if (problem !== undefined || !ts.isBlock(fn.body)) return problem;
  return roundVariables(program, fn, variableLists(fn.body)).unfit;
}

/** Those declared with `var`, not in functions within. */
function variableLists(body: ts.Block): ts.VariableDeclarationList[] {
  const lists: ts.VariableDeclarationList[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) lists.push(node);
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return lists;
}

const mutating = new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse']);

/** `names.push`, `names.length = 0`; not `index < names.length`. */
function isChange(access: ts.PropertyAccessExpression): boolean {
  if (access.name.text !== 'length') return mutating.has(access.name.text);
  const { parent } = access;
  if (ts.isBinaryExpression(parent)) return parent.left === access && isAssignmentOperator(parent.operatorToken.kind);
  return ts.isPostfixUnaryExpression(parent) || (ts.isPrefixUnaryExpression(parent) && changesOperand(parent.operator));
}

function isAssignmentOperator(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function changesOperand(operator: ts.PrefixUnaryOperator): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}

function redeclares(statement: ts.Statement, names: readonly string[]): boolean {
  return (
    ts.isVariableStatement(statement) &&
    statement.declarationList.declarations.some((declaration) => boundNames(declaration.name).some((name) => names.includes(name.text)))
  );
}

function usesThis(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node) || ts.isClassLike(node)) return false;
  return ts.forEachChild(node, usesThis) === true;
}

function keptComments(file: ts.SourceFile, start: number, end: number): string {
  const comments = commentsIn(file, { start, end });
  return comments.map((comment) => ` ${file.text.slice(comment.pos, comment.end)}`).join('');
}

/** The methods look at the length once; what another task adds to a list that outlives the function must not be visited. */
function isFromOutside(program: Program, receiver: ts.Expression, call: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(receiver)) return true;
  if (!ts.isIdentifier(receiver)) return false;
  const declaration = program.checker.getSymbolAtLocation(receiver)?.valueDeclaration;
  if (declaration === undefined) return true;
  if (enclosing(declaration) === enclosing(call)) return false;
  const isConstant = ts.isVariableDeclaration(declaration) && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
  const symbol = program.symbolOf(receiver);
  if (!isConstant || symbol === undefined) return true;
  return program.references.to(symbol).some((identifier) => {
    const { parent } = identifier;
    if (parent === declaration || ts.isForOfStatement(parent)) return false;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === identifier) return isChange(parent);
    return true;
  });
}
