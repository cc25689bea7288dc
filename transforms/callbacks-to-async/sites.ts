/**
 * Calls that are given an error-first callback: of a function that the catalog knows, or of a function of the program that
 * treats its last parameter as such a callback.
 */

import { ts } from 'ts-morph';
import { assumedApi, type CallbackApi } from '../../catalog/callback-apis.ts';
import { repeatingMethods } from '../../catalog/callback-roles.ts';
import { isWithin } from '../../engine/async/ancestors.ts';
import { callbackApiOf } from '../../engine/async/callback-api.ts';
import { isAsync, isFunctionNode, isGenerator, outermost, type FunctionNode } from '../../engine/async/functions.ts';
import type { CallGraph } from '../../engine/async/call-graph.ts';
import { roleOf, roleOfArgument, type FunctionRole } from '../../engine/async/roles.ts';
import type { Origin } from '../../engine/program/origin.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import type { ChainKnowledge } from './chains/chain.ts';
import { Flavours } from './chains/flavour.ts';
import { isCertainlyError } from './errors.ts';
import { mentions } from './mentions.ts';
import { namedCallback, onlyUse } from './named.ts';
import { isNoop, isOptional } from './optional.ts';
import { findRounds, type Rounds } from './rounds.ts';
import { Shapes, type ResultShape } from './shape.ts';
import { functionHood, shiftOf, type Shift } from './shift.ts';
import type { TaskRun } from './tasks.ts';

/** Written in place, or declared beside it and used there alone. */
export type InlineCallback = ts.FunctionExpression | ts.ArrowFunction | (ts.FunctionDeclaration & { readonly body: ts.Block });

export interface CallbackSite {
  readonly call: ts.CallExpression;
  /** Written in place, or passed on by name; `undefined` where a callback that may be left out is. */
  readonly callback: InlineCallback | ts.Identifier | undefined;
  readonly target: Target;
}

export type Target =
  | { readonly kind: 'api'; readonly api: CallbackApi; readonly name: string }
  /** A function of the program that calls back. */
  | { readonly kind: 'taker'; readonly fn: FunctionNode }
  /** `setTimeout(() => { …; cb(null, value); }, delay)`: nothing comes of it but time. */
  | { readonly kind: 'timer'; readonly name: 'setTimeout' | 'setImmediate' }
  /** Functions that are run side by side. */
  | { readonly kind: 'tasks'; readonly run: TaskRun; readonly gives: boolean };

/** A function whose last parameter is an error-first callback, by what it does with it. */
export interface Taker {
  readonly fn: FunctionNode;
  readonly parameter: ts.ParameterDeclaration;
  readonly symbol: ts.Symbol;
  /** It may be left out. */
  readonly optional: boolean;
  /** It may be given a value, and not only an error. */
  readonly gives: boolean;
  /** The parameter in front of it may be left out. */
  readonly shift?: Shift | undefined;
}

export class SiteFinder {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #sites = new Map<ts.CallExpression, CallbackSite | undefined>();
  /** The calls that were found to be none, in the order in which they were looked at. */
  readonly #none: ts.CallExpression[] = [];
  readonly #takers = new Map<FunctionNode, Taker | undefined>();
  readonly #rounds = new Map<ts.Node, Rounds | undefined>();
  readonly #assumes: boolean;
  readonly #shapes: Shapes;
  /** What is known of promises. */
  readonly chains: ChainKnowledge;

  /** @param assumes a function that nothing is known of is taken to call back once, where its callback is written for that */
  constructor(program: Program, graph: CallGraph, assumes = false) {
    this.#program = program;
    this.#graph = graph;
    this.#assumes = assumes;
    this.#shapes = new Shapes(program, graph, this);
    this.chains = { program, graph, flavours: new Flavours(program, graph) };
  }

  /** The call that the function is the callback of. */
  siteOfCallback(fn: ts.Node): CallbackSite | undefined {
    const call = ts.isFunctionDeclaration(fn) ? onlyUse(this.#program, fn)?.parent : fn.parent;
    if (call === undefined) return undefined;
    const site = ts.isCallExpression(call) ? this.siteOf(call) : undefined;
    return site?.callback === fn ? site : undefined;
  }

  /** A function that calls itself, to be read as a loop of the function around it. */
  roundsOf(fn: ts.Node): Rounds | undefined {
    if (!this.#rounds.has(fn)) {
      const rounds = findRounds(
        {
          program: this.#program,
          isMerged: (one) => this.siteOfCallback(one) !== undefined,
          isSite: (call) => this.siteOf(call) !== undefined,
        },
        fn,
      );
      this.#rounds.set(fn, rounds);
    }
    return this.#rounds.get(fn);
  }

  siteOf(call: ts.CallExpression): CallbackSite | undefined {
    if (!this.#sites.has(call)) {
      const site = this.#findSite(call);
      this.#sites.set(call, site);
      if (site === undefined) this.#none.push(call);
    }
    return this.#sites.get(call);
  }

  takerOf(fn: FunctionNode): Taker | undefined {
    if (!this.#takers.has(fn)) {
      // A recursive function is none, until something else is found; what was no site for that reason is looked at again.
      this.#takers.set(fn, undefined);
      const known = this.#none.length;
      const taker = this.#findTaker(fn);
      this.#takers.set(fn, taker);
      if (taker !== undefined) this.#forget(known);
    }
    return this.#takers.get(fn);
  }

  /** What a function gives that calls back with several values. */
  shapeOf(fn: FunctionNode): ResultShape | undefined {
    return this.#shapes.of(fn);
  }

  /** Forgets what was found to be no site, but for the first `count` of them. */
  #forget(count: number): void {
    for (const call of this.#none.splice(count)) this.#sites.delete(call);
  }

  /** The `done` of a test, which it calls when it is done, with an error or without. */
  doneOf(fn: FunctionNode): Taker | undefined {
    const role = roleOf(this.#program, fn);
    if (role.kind !== 'root' || role.row.maximumParameters === undefined || role.row.hasDone !== true) return undefined;
    if (role.row.doneGives === true) return undefined;
    const parameter = fn.parameters[role.row.maximumParameters];
    if (parameter === undefined || parameter !== fn.parameters.at(-1) || !ts.isIdentifier(parameter.name)) return undefined;
    if (parameter.initializer !== undefined || parameter.dotDotDotToken !== undefined || isAsync(fn)) return undefined;
    const symbol = this.#program.symbolOf(parameter.name);
    return symbol && { fn, parameter, symbol, optional: false, gives: false };
  }

  /** A function that looks like an error-first callback, given to something that is not known to take one. */
  isUnknownCallback(call: ts.CallExpression): boolean {
    const callback = call.arguments.at(-1);
    if (callback === undefined || !(ts.isFunctionExpression(callback) || ts.isArrowFunction(callback))) return false;
    // A handler of a chain is no callback, whatever the chain is of.
    if (ts.isPropertyAccessExpression(call.expression) && /^(?:then|catch|fail|finally)$/.test(call.expression.name.text)) return false;
    if (this.#isStored(call)) return false;
    return this.siteOf(call) === undefined && looksErrorFirst(callback) && this.#isOfUnknown(callback);
  }

  /** `args.push(function (err) { … })`: put where others find it. A queue of tasks is given a task in front of the callback. */
  #isStored({ expression: callee, arguments: given }: ts.CallExpression): boolean {
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:push|unshift)$/.test(callee.name.text)) return false;
    return given.length === 1 || this.#program.checker.isArrayType(this.#program.checker.getTypeAtLocation(callee.expression));
  }

  #isOfUnknown(callback: InlineCallback): boolean {
    const role = roleOf(this.#program, callback);
    return role.kind === 'unknown-callback' || role.kind === 'parameter' || role.kind === 'async-callback';
  }

  /** The place of a framework or an emitter that the function is given to, in place or by name. */
  placeOf(fn: FunctionNode): FunctionRole | undefined {
    const role = roleOf(this.#program, fn);
    if (role.kind !== 'named') return isPlace(role) ? role : undefined;
    for (const use of this.#graph.usesOf(fn)) {
      if (use.kind !== 'argument') continue;
      const given = roleOfArgument(this.#program, use.call, use.index);
      if (isPlace(given)) return given;
    }
    return undefined;
  }

  #findSite(call: ts.CallExpression): CallbackSite | undefined {
    const timer = timerOf(this.#program, call);
    if (timer !== undefined) return this.#delays(timer.callback) ? { call, ...timer } : undefined;
    const loose = this.#withoutCallback(call);
    if (loose !== undefined) return { call, callback: undefined, target: { kind: 'taker', fn: loose } };
    const callback = call.arguments.at(-1);
    if (callback === undefined) return undefined;
    if (!ts.isFunctionExpression(callback) && !ts.isArrowFunction(callback) && !ts.isIdentifier(callback)) return undefined;
    if (ts.isIdentifier(callback) && (this.#isPromisified(call) || isTakenAsPromise(call))) return undefined;
    const target = this.#targetOf(call);
    if (target === undefined) return undefined;
    if (ts.isIdentifier(callback) && !this.#mayBeCallback(callback)) return undefined;
    const named = ts.isIdentifier(callback) ? namedCallback(this.#program, call, callback) : undefined;
    return { call, callback: named !== undefined && this.#isReached(call, named) ? named : callback, target };
  }

  /** `promisify((callback) => connect().query(sql, callback))` */
  #isPromisified(call: ts.CallExpression): boolean {
    const { parent: made } = call;
    if (!ts.isArrowFunction(made) || !ts.isCallExpression(made.parent)) return false;
    return this.#program.originOf(made.parent.expression)?.key === 'util.promisify';
  }

  /** Does a function around it wait for the timer, for it calls back inside? */
  #delays(callback: InlineCallback): boolean {
    for (let node: ts.Node = callback.parent; !ts.isSourceFile(node); node = node.parent) {
      if (!isFunctionNode(node)) continue;
      const completed = this.takerOf(node)?.symbol ?? this.doneOf(node)?.symbol;
      if (completed !== undefined && mentions(this.#program, callback.body, completed)) return true;
    }
    return false;
  }

  /** Is the call in the function that declares the callback, or in callbacks that become part of it? */
  #isReached(call: ts.CallExpression, named: InlineCallback): boolean {
    for (let node: ts.Node = call.parent; node !== named.parent; node = node.parent) {
      if (isFunctionNode(node) && this.siteOfCallback(node) === undefined) return false;
      if (ts.isSourceFile(node)) return false;
    }
    return true;
  }

  #targetOf(call: ts.CallExpression): Target | undefined {
    const origin = asMember(this.#program.originOf(call.expression));
    const api = origin && callbackApiOf(this.#program, origin, call);
    if (api !== undefined) return { kind: 'api', api, name: origin?.steps.at(-1) ?? '' };
    const fn = this.#graph.calleeOf(call);
    if (fn === undefined) return this.#assumes ? this.#assumed(call) : undefined;
    if (fn === call.expression) return undefined;
    const taker = this.takerOf(fn);
    if (taker === undefined) return undefined;
    const index = fn.parameters.indexOf(taker.parameter);
    const last = call.arguments.at(-1);
    if (taker.shift === undefined || last === undefined) return index === call.arguments.length - 1 ? { kind: 'taker', fn } : undefined;
    if (call.arguments.some(ts.isSpreadElement)) return undefined;
    // The callback stands where it belongs, or one place before that.
    const before = call.arguments[index - 1];
    const isShifted = before === last && functionHood(this.#program, before) === 'function';
    const isInPlace = index === call.arguments.length - 1 && (before === undefined || functionHood(this.#program, before) !== 'function');
    return isShifted || isInPlace ? { kind: 'taker', fn } : undefined;
  }

  /** A function or method out of sight, given a function that does with its first parameter what one does with an error. */
  #assumed(call: ts.CallExpression): Target | undefined {
    const { expression } = call;
    const callback = call.arguments.at(-1);
    if (callback === undefined || !(ts.isFunctionExpression(callback) || ts.isArrowFunction(callback))) return undefined;
    if (!ts.isIdentifier(expression) && !ts.isPropertyAccessExpression(expression)) return undefined;
    const name = ts.isIdentifier(expression) ? expression.text : expression.name.text;
    const promised = promisifiedApi(this.#program, call);
    if (promised !== undefined) return { kind: 'api', api: promised, name };
    if (repeatingMethods.has(name) || /^on[A-Z]/.test(name) || callback.parameters.length > 2) return undefined;
    return looksErrorFirst(callback) && this.#isOfUnknown(callback) ? { kind: 'api', api: assumedApi, name } : undefined;
  }

  /** A function of the program that is called without the callback that it could do without. */
  #withoutCallback(call: ts.CallExpression): FunctionNode | undefined {
    const fn = this.#graph.calleeOf(call);
    if (fn === undefined || fn === call.expression || call.arguments.some(ts.isSpreadElement)) return undefined;
    const taker = this.takerOf(fn);
    if (taker?.optional !== true) return undefined;
    const missing = fn.parameters.indexOf(taker.parameter) - call.arguments.length;
    // What stands in front of the callback may be the callback.
    const last = missing === 0 && taker.shift !== undefined ? call.arguments.at(-1) : undefined;
    return missing >= 0 && (last === undefined || functionHood(this.#program, last) === 'none') ? fn : undefined;
  }

  /** An options object that is the last argument is no callback. */
  #mayBeCallback(name: ts.Identifier): boolean {
    const symbol = this.#program.symbolOf(name);
    const declaration = symbol?.declarations?.[0];
    if (symbol === undefined || declaration === undefined) return false;
    if (ts.isParameter(declaration)) {
      const owner = declaration.parent;
      return owner.parameters.at(-1) === declaration;
    }
    const type = this.#program.checker.getTypeAtLocation(name);
    return type.getCallSignatures().length > 0;
  }

  #findTaker(fn: FunctionNode): Taker | undefined {
    if (isAsync(fn) || isGenerator(fn) || fn.body === undefined) return undefined;
    if (ts.isConstructorDeclaration(fn) || ts.isAccessor(fn)) return undefined;
    const parameter = fn.parameters.at(-1);
    if (parameter === undefined || !ts.isIdentifier(parameter.name)) return undefined;
    if (parameter.dotDotDotToken !== undefined) return undefined;
    if (parameter.initializer !== undefined && !isNoop(this.#program, parameter.initializer)) return undefined;
    const named = identifiersIn(fn.body, parameter.name.text);
    // What the tree tells costs nothing, and most functions have no last parameter that is called or handed on.
    if (!named.some((use) => ts.isCallExpression(use.parent))) return undefined;
    if (roleOf(this.#program, fn).kind !== 'named') return undefined;
    const symbol = this.#program.symbolOf(parameter.name);
    if (symbol === undefined) return undefined;
    const uses = named.filter((identifier) => this.#program.symbolOf(identifier) === symbol);
    if (!uses.some((use) => this.#isErrorFirstUse(use))) return undefined;
    // The `next` of a route handler has the shape of a callback, and the role of another. Asked last, for it looks at all uses of the function.
    if (this.placeOf(fn) !== undefined || this.isGivenContinuations(fn, fn.parameters.length - 1)) return undefined;
    const gives = uses.some(
      ({ parent }) =>
        ts.isCallExpression(parent) &&
        (parent.expression.kind !== ts.SyntaxKind.Identifier ||
          this.#program.symbolOf(parent.expression) !== symbol ||
          parent.arguments.length > 1),
    );
    const shift = shiftOf(this.#program, fn, parameter);
    const others = shift === undefined ? uses : uses.filter((use) => !isWithin(use, shift.statement));
    return { fn, parameter, symbol, optional: isOptional(parameter, others), gives, shift };
  }

  /** Is the parameter, wherever the function is called, what a framework gave one of the callers to go on with: the `next` of a route handler? */
  isGivenContinuations(fn: FunctionNode, index: number): boolean {
    const seen = new Set([fn]);
    const pending = [{ fn, index }];
    let given = false;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const use of this.#graph.usesOf(next.fn)) {
        if (use.kind !== 'call') continue;
        const parameter = this.#parameterIn(use.call.arguments[next.index]);
        if (parameter === undefined) return false;
        const owner = parameter.parent;
        if (!isFunctionNode(owner)) return false;
        const place = this.placeOf(owner);
        if (place?.kind === 'root' && this.doneOf(owner) === undefined) given = true;
        else if (place !== undefined || roleOf(this.#program, owner).kind !== 'named') return false;
        else if (!seen.has(owner)) pending.push({ fn: owner, index: owner.parameters.indexOf(parameter) });
        seen.add(owner);
      }
    }
    return given;
  }

  #parameterIn(argument: ts.Expression | undefined): ts.ParameterDeclaration | undefined {
    const symbol = argument && ts.isIdentifier(argument) ? this.#program.symbolOf(argument) : undefined;
    return symbol?.declarations?.find(ts.isParameter);
  }

  /** `cb(null, …)`, `cb(err)` of an error, or `cb` as the callback of a known call. */
  #isErrorFirstUse(use: ts.Identifier): boolean {
    const { parent } = use;
    if (!ts.isCallExpression(parent)) return false;
    if (parent.arguments[0] === use && isDeferral(this.#program, parent)) {
      const [, error] = parent.arguments;
      return error === undefined || isNothing(error) || this.isError(error);
    }
    if (parent.expression !== use) {
      return (this.#isGivenFailures(use) && isStatement(parent)) || (parent.arguments.at(-1) === use && this.siteOf(parent) !== undefined);
    }
    const [first] = parent.arguments;
    if (first === undefined) return false;
    if (isNothing(first)) return parent.arguments.length > 1 || first.kind === ts.SyntaxKind.NullKeyword;
    return this.isError(first);
  }

  /** The callbacks of the functions around a node. */
  callbacksAround(node: ts.Node): ReadonlySet<ts.Symbol> {
    const found = new Set<ts.Symbol>();
    for (let around = node.parent; !ts.isSourceFile(around); around = around.parent) {
      const own = isFunctionNode(around) ? (this.takerOf(around) ?? this.doneOf(around)) : undefined;
      if (own !== undefined) found.add(own.symbol);
    }
    return found;
  }

  /** `promise.catch(failed)`, `promise.then(done, failed)` */
  #isGivenFailures(handler: ts.Node): boolean {
    const call = handler.parent;
    if (!ts.isCallExpression(call)) return false;
    const index = call.arguments.findIndex((one) => one === handler);
    const role = index === -1 ? undefined : roleOfArgument(this.#program, call, index);
    return role?.kind === 'then' && (role.method === 'catch' || (role.method === 'then' && index === 1));
  }

  /** The error that a callback of a known call is given, or anything that is certainly an error. */
  isError(expression: ts.Expression): boolean {
    const declaration = ts.isIdentifier(expression) ? this.#program.symbolOf(expression)?.declarations?.[0] : undefined;
    if (declaration !== undefined && ts.isParameter(declaration) && declaration.parent.parameters[0] === declaration) {
      const site = this.siteOfCallback(declaration.parent);
      if (site !== undefined && !hasNoError(site)) return true;
      if (this.#isGivenFailures(declaration.parent)) return true;
    }
    return isCertainlyError(this.#program, this.#graph, expression);
  }
}

/** Is the chain that the call is a link of a statement, so that nobody gets its promise? */
function isStatement(call: ts.CallExpression): boolean {
  let node: ts.Node = call;
  while (ts.isPropertyAccessExpression(node.parent) || ts.isCallExpression(node.parent)) node = node.parent;
  return ts.isExpressionStatement(node.parent);
}

/** `process.nextTick(fn, …)`, `setImmediate(fn, …)`: the function is called a little later, with what follows it. */
export function isDeferral(program: Program, call: ts.CallExpression): boolean {
  return /^(?:global\.process\.nextTick|process\.nextTick|(?:timers|global)\.setImmediate)$/.test(
    program.originOf(call.expression)?.key ?? '',
  );
}

/** A timer whose handle nobody keeps. */
function timerOf(
  program: Program,
  call: ts.CallExpression,
): { readonly callback: InlineCallback; readonly target: Target & { kind: 'timer' } } | undefined {
  const [callback, , ...others] = call.arguments;
  if (callback === undefined || others.length > 0 || !(ts.isFunctionExpression(callback) || ts.isArrowFunction(callback))) return undefined;
  if (callback.parameters.length > 0 || !(ts.isExpressionStatement(call.parent) || ts.isReturnStatement(call.parent))) return undefined;
  const name = /^(?:timers|global)\.(setTimeout|setImmediate)$/.exec(program.originOf(call.expression)?.key ?? '')?.[1];
  if (name !== 'setTimeout' && name !== 'setImmediate') return undefined;
  return name === 'setImmediate' && call.arguments.length > 1 ? undefined : { callback, target: { kind: 'timer', name } };
}

function isPlace(role: FunctionRole): boolean {
  return role.kind === 'root' || role.kind === 'listener';
}

/** The first parameter is called an error, and tested as one, or passed on where an error belongs. */
function looksErrorFirst(callback: InlineCallback): boolean {
  const [first] = callback.parameters;
  if (first === undefined || !ts.isIdentifier(first.name) || !/^_?(?:e|er|err|error)$|(?:Err|Error)$/.test(first.name.text)) return false;
  const { text } = first.name;
  let tested = false;
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
      const condition = ts.isIfStatement(node) ? node.expression : node.condition;
      if (identifiersIn(condition, text).length > 0) tested = true;
    }
    if (!tested) ts.forEachChild(node, visit);
  };
  visit(callback.body);
  return tested;
}

/** Nothing proves that the function calls back once. */
export function isAssumed(site: CallbackSite): boolean {
  return isPromised(site) || (site.target.kind === 'api' && site.target.api.form.kind === 'assumed');
}

/** What is called gives a promise, and was given a callback by mistake. */
export function isPromised({ target }: CallbackSite): boolean {
  return target.kind === 'api' && target.api.isPromised === true;
}

/** `const read = promisify(fs.readFile);` called as `fs.readFile` is: what the promise gives is what the row of the function says. */
function promisifiedApi(program: Program, call: ts.CallExpression): CallbackApi | undefined {
  const { expression: callee } = call;
  const origin = program.originOf(callee);
  if (origin?.steps.at(-1) === '(promisified)') {
    const row = callbackApiOf(program, { ...origin, steps: origin.steps.slice(0, -1) }, call);
    return { ...(row ?? assumedApi), form: { kind: 'same' }, isPromised: true };
  }
  const symbol = ts.isIdentifier(callee) ? program.symbolOf(callee) : undefined;
  const made = symbol && program.definitionOf(symbol);
  const isMade = made !== undefined && ts.isCallExpression(made) && program.originOf(made.expression)?.key === 'util.promisify';
  return isMade ? { ...assumedApi, form: { kind: 'same' }, isPromised: true } : undefined;
}

/** `function () {}`, which is there because the callee wants a callback. */
export function isEmpty({ callback, target }: CallbackSite): boolean {
  if (target.kind !== 'api' && target.kind !== 'taker') return false;
  return callback !== undefined && !ts.isIdentifier(callback) && ts.isBlock(callback.body) && callback.body.statements.length === 0;
}

/** `fs.exists` tells its callback what it found, and never of an error. */
export function hasNoError({ target }: CallbackSite): boolean {
  return target.kind === 'api' && target.api.noError === true;
}

/** `null` or `undefined`, written as such. */
export function isNothing(expression: ts.Expression): boolean {
  return (
    expression.kind === ts.SyntaxKind.NullKeyword ||
    (ts.isIdentifier(expression) && expression.text === 'undefined') ||
    (ts.isVoidExpression(expression) && ts.isNumericLiteral(expression.expression))
  );
}

/** `require('async/waterfall')` is `require('async').waterfall`. */
function asMember(origin: Origin | undefined): Origin | undefined {
  const name = origin?.steps.length === 0 ? /^async\/(\w+)$/.exec(origin.module)?.[1] : undefined;
  return name === undefined ? origin : { module: 'async', steps: [name], key: `async.${name}` };
}

/** `stat(file).then(…)`: what follows the arguments tells that no callback is among them. */
function isTakenAsPromise(call: ts.CallExpression): boolean {
  const value = outermost(call);
  const { parent } = value;
  if (ts.isAwaitExpression(parent)) return true;
  return ts.isPropertyAccessExpression(parent) && parent.expression === value && /^(?:then|catch|finally)$/.test(parent.name.text);
}
