/**
 * Which functions can be converted together. A function that takes a callback needs all its callers converted, a caller needs
 * the functions that it awaits: optimistic first, then what cannot be done takes its dependants with it.
 */

import { ts } from 'ts-morph';
import type { Asynchrony } from '../../engine/async/asynchrony.ts';
import type { Use } from '../../engine/async/call-graph.ts';
import { isConstructed } from '../../engine/async/constructed.ts';
import { handlerPositions } from '../../engine/async/express-handler.ts';
import {
  argumentOf,
  calleeText,
  functionName,
  isAsync,
  isFunctionNode,
  isGenerator,
  outermost,
  type FunctionNode,
} from '../../engine/async/functions.ts';
import { roleOf, roleOfArgument, type FunctionRole } from '../../engine/async/roles.ts';
import type { Reason } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { runsInBrowser } from './browser.ts';
import { checkOwnThis } from './callback-form.ts';
import { earlyThrow, reasonOfEarly } from './chains/early-throw.ts';
import { PromiseUses } from './chains/uses.ts';
import { executorOf, isExecutorOfOther } from './executor.ts';
import { fakeClockIn } from './fake-clock.ts';
import { allLoose, allSites, doubtIn, readFlow, readTask, type Flow } from './flow.ts';
import { convert, type Conversion } from './host.ts';
import { awaitsIn, mayThrowExpression, Merger } from './merge.ts';
import { calleeName, Obstacle } from './obstacle.ts';
import { isAssumed, isPromised, isEmpty, type CallbackSite, type SiteFinder } from './sites.ts';
import { functionHood, mayBeUndefined } from './shift.ts';
import { Tasks } from './tasks.ts';
import { callbackified, visibleDifference } from './wrapper.ts';

export type Plan =
  | {
      readonly kind: 'possible';
      readonly flow: Flow;
      readonly conversion: Conversion;
      /** Functions of the program that it awaits. */
      readonly awaited: ReadonlySet<FunctionNode>;
      /** Functions that call it and must be converted with it. */
      readonly callers: ReadonlySet<FunctionNode>;
      /** Why the fix is unsafe. */
      readonly unsafe: Reason | undefined;
      /** It is called with a callback as before. */
      readonly keepsCallback?: true;
    }
  | { readonly kind: 'refused'; readonly reason: Reason };

type Possible = Plan & { kind: 'possible' };

export class Planner {
  readonly #program: Program;
  readonly #asynchrony: Asynchrony;
  readonly #finder: SiteFinder;
  readonly #tasks: Tasks;
  readonly #plans = new Map<FunctionNode, Plan>();
  /** Functions that keep their callbacks: those who call them promisify them. */
  readonly #kept = new Set<FunctionNode>();
  /** Functions that call back once on every way through them, if those of the program that they wait for do. */
  readonly #followed = new Map<FunctionNode, Flow>();

  /** @param assumes what may not be quite the same is taken to be */
  constructor(program: Program, asynchrony: Asynchrony, finder: SiteFinder, assumes = false) {
    this.#program = program;
    this.#asynchrony = asynchrony;
    this.#finder = finder;
    this.#tasks = new Tasks(
      program,
      asynchrony.graph,
      finder,
      (tasks, fn, form) => checkCallbacks(readTask(program, finder, tasks, fn, form)),
      assumes,
    );
  }

  /** Plans for `hosts`, and for every function that they need. */
  plan(hosts: Iterable<FunctionNode>): ReadonlyMap<FunctionNode, Plan> {
    const pending = [...hosts];
    for (let fn = pending.pop(); fn !== undefined; fn = pending.pop()) {
      if (this.#plans.has(fn)) continue;
      const plan = this.#first(fn);
      this.#plans.set(fn, plan);
      if (plan.kind === 'possible') pending.push(...plan.awaited, ...plan.callers);
    }
    this.#settle();
    return this.#plans;
  }

  /** The fixes without which that of `fn` would be wrong. */
  needsOf(plan: Possible): FunctionNode[] {
    return [...plan.callers, ...[...plan.awaited].filter((fn) => !this.#kept.has(fn))];
  }

  /** What a function of the program throws before it waits went to Express, and now to the handler of its call. */
  notesOf(plan: Possible): string[] {
    const merger = new Merger(this.#program, plan.flow);
    if (!merger.mustForward) return [];
    const names = awaitsIn(plan.flow.steps).flatMap(({ failure, site: { target, call } }) => {
      const flow = target.kind === 'taker' ? this.#followed.get(target.fn) : undefined;
      const isOther = failure.kind === 'handle' && !merger.isForwarding(failure);
      return isOther && flow !== undefined && this.#mayThrowAtOnce(flow.fn, flow, true) ? [`\`${calleeName(call)}\``] : [];
    });
    return names.length === 0
      ? []
      : [`What ${[...new Set(names)].join(' and ')} may throw before waiting went to Express, and now reaches the handler of the call.`];
  }

  /** Calls seen so far that could be converted if what may not be quite the same were taken to be. */
  get doubtful(): ReadonlySet<ts.CallExpression> {
    return this.#tasks.doubtful;
  }

  /** The function around a call, through callbacks that will be merged into it. */
  hostOf(call: ts.Node): FunctionNode | ts.SourceFile {
    for (let node = call.parent; ; node = node.parent) {
      if (ts.isSourceFile(node)) return node;
      if (isFunctionNode(node) && !this.#isMerged(node)) return node;
    }
  }

  /** A callback of a known call, or the executor of a promise that is returned. */
  #isMerged(fn: FunctionNode): boolean {
    const outer = fn.parent;
    if (this.#finder.siteOfCallback(fn) !== undefined || this.#tasks.isTask(fn) || this.#finder.roundsOf(fn) !== undefined) return true;
    if (!ts.isNewExpression(outer) || executorOf(this.#program, outer) === undefined) return false;
    return ts.isReturnStatement(outer.parent) || (ts.isArrowFunction(outer.parent) && outer.parent.body === outer);
  }

  #first(fn: FunctionNode): Plan {
    return this.#attempt(() => {
      const isNew = isConstructed(this.#asynchrony.graph, fn);
      if (isNew || ts.isAccessor(fn) || isGenerator(fn)) {
        throw new Obstacle(
          fn,
          'barrier',
          `${functionName(fn)} cannot become async${isNew ? ', since async functions cannot be called with \`new\`' : ''}.`,
          'Move the calls into an async method.',
        );
      }
      if (runsInBrowser(this.#program, fn.getSourceFile())) {
        const help = 'Give the browser a file of its own, then run nodelift again.';
        throw new Obstacle(fn, 'barrier', `\`${this.#program.pathOf(fn)}\` is loaded by a browser, and left as it is.`, help);
      }
      this.#checkTask(fn);
      const taker = this.#finder.takerOf(fn);
      const flow = readFlow(this.#program, this.#finder, this.#tasks, fn);
      if (flow.taker !== undefined) this.#followed.set(fn, flow);
      checkCallbacks(flow);
      const conversion = convert(this.#program, flow, this.#kept, (one) => this.#finder.takerOf(one));
      const wrapped = this.#wrapped(fn, flow, conversion);
      if (wrapped !== undefined) return wrapped;
      const callers = new Set(taker === undefined ? [] : this.#callersOf(fn));
      callers.delete(fn);
      const awaited = new Set(takersIn([...allSites(flow), ...allLoose(flow)]));
      awaited.delete(fn);
      if (!flow.waits && awaited.size === 0)
        throw allSites(flow).length > 0 && allSites(flow).every(isEmpty) ? nothingFollows(fn) : this.#notWaitedFor(fn);
      const isHost = flow.waits && taker === undefined && flow.executor === undefined;
      const unsafe = isHost
        ? this.#checkHost(fn, flow, conversion)
        : (this.#ignoresThrows(fn, flow) ?? this.#givesDefault(fn, flow) ?? this.#throwsAtOnce(flow));
      return { kind: 'possible', flow, conversion, awaited, callers, unsafe: unsafe ?? doubtIn(flow) ?? assumption(flow) };
    });
  }

  /** A function of the public API that goes on taking a callback, with an async function inside. */
  #wrapped(fn: FunctionNode, flow: Flow, conversion: Conversion): Possible | undefined {
    if (flow.taker === undefined || this.#asynchrony.options.publicApi === 'change') return undefined;
    if (!this.#asynchrony.graph.usesOf(fn).some(({ kind }) => kind === 'public')) return undefined;
    const wrapped = callbackified(this.#program, flow, conversion);
    if (wrapped === undefined) return undefined;
    this.#kept.add(fn);
    const awaited = new Set(takersIn([...allSites(flow), ...allLoose(flow)]));
    const unsafe = visibleDifference(flow, this.#mayThrowAtOnce(fn, flow));
    return { kind: 'possible', flow, conversion: wrapped, awaited, callers: new Set(), unsafe, keepsCallback: true };
  }

  /** Functions given to the library `async`, alone or in a list, are called with a callback by it. */
  #checkTask(fn: FunctionNode): void {
    let value = outermost(fn);
    while (ts.isPropertyAssignment(value.parent) || ts.isObjectLiteralExpression(value.parent) || ts.isArrayLiteralExpression(value.parent))
      value = outermost(value.parent);
    const call = argumentOf(value)?.call;
    if (call === undefined || this.#program.originOf(call.expression)?.module.split('/', 1)[0] !== 'async') return;
    const name = calleeText(call);
    throw new Obstacle(
      fn,
      'escapes',
      `\`${name}\` gives the function its callback, and waits for that.`,
      `Write it as a loop with \`await\`, or as \`Promise.all\`, in place of \`${name}\`.`,
    );
  }

  #attempt(plan: () => Plan): Plan {
    try {
      return plan();
    } catch (error) {
      if (error instanceof Obstacle) return { kind: 'refused', reason: { code: error.code, message: error.message, help: error.help } };
      throw error;
    }
  }

  /** Hosts of the calls of a function that is to lose its callback. */
  #callersOf(fn: FunctionNode): FunctionNode[] {
    const callers: FunctionNode[] = [];
    let calls = 0;
    for (const use of this.#asynchrony.graph.usesOf(fn)) {
      if (use.kind === 'binding') continue;
      if (use.kind === 'argument' && this.#isPromisify(use.call)) {
        calls += 1;
        continue;
      }
      if (use.kind === 'public' && this.#asynchrony.options.publicApi === 'change') {
        calls += 1;
        continue;
      }
      if (use.kind !== 'call') throw obstacleOfUse(fn, use, this.#place(use.node));
      calls += 1;
      const host = this.hostOf(use.call);
      if (ts.isSourceFile(host)) {
        throw new Obstacle(
          use.call,
          'barrier',
          `\`${functionName(fn)}\` is called while a module loads (${this.#place(use.call)}), where nothing can be awaited.`,
          'Move that call into an async function.',
        );
      }
      callers.push(host);
    }
    if (calls === 0) {
      throw new Obstacle(
        fn,
        'unknown-callback',
        `No call of \`${functionName(fn)}\` is in the program, so who waits for its callback is unknown.`,
        'Include the files that call it, or convert it by hand.',
      );
    }
    return callers;
  }

  #isPromisify(call: ts.CallExpression | ts.NewExpression): boolean {
    return this.#program.originOf(call.expression)?.key === 'util.promisify';
  }

  /** May the function go on after it returned, as far as those who call it are concerned? They did not wait for its callbacks. */
  #checkHost(fn: FunctionNode, flow: Flow, conversion: Conversion): Reason | undefined {
    const role = roleOf(this.#program, fn);
    if (role.kind !== 'named') {
      this.#checkRole(fn, role);
      return undefined;
    }
    const uses = this.#asynchrony.graph.usesOf(fn).filter((use) => use.kind !== 'binding');
    // It deals with every failure itself, and who calls it looks neither at what it returns nor waits.
    const isSettled = !isAsync(fn) && awaitsIn(flow.steps).every(({ failure }) => failure.kind !== 'propagate');
    let catching: ts.CallExpression | undefined;
    let unwaited: ts.CallExpression | undefined;
    let outside: ts.Node | undefined;
    for (const use of uses) {
      if (use.kind === 'argument') {
        this.#checkRole(fn, roleOfArgument(this.#program, use.call, use.index));
      } else if (use.kind === 'public' && isSettled && this.#asynchrony.options.publicApi === 'change') {
        outside ??= use.node;
      } else if (use.kind !== 'call') {
        throw isSettled ? hostObstacle(fn, use, this.#place(use.node)) : this.#notWaitedFor(fn);
      } else if (isSettled && this.#isIgnored(use.call)) {
        if (!this.#endsTheProcess(use.call)) catching ??= use.call;
        unwaited ??= use.call;
      } else throw this.#notWaitedFor(fn, use.call);
    }
    if (uses.length === 0) throw this.#notWaitedFor(fn);
    const met = unwaited ?? outside;
    if (met === undefined) return undefined;
    const callback = this.#calledParameter(fn);
    if (callback !== undefined) {
      throw new Obstacle(
        fn,
        'control-flow',
        `\`${functionName(fn)}\` would return a promise and keep the callback \`${callback}\`, and those who call it wait for the callback (${this.#place(met)}).`,
        'Return what the callback gets, and await it there.',
      );
    }
    if (outside !== undefined) {
      return {
        code: 'public-api',
        message: `\`${functionName(fn)}\` is part of what the package exports, and those who call it get a promise, which they do not wait for.`,
        help: 'See that they look at no result, then apply the fix with --unsafe.',
      };
    }
    if (!conversion.covers && new Merger(this.#program, flow).mayThrowAnywhere(flow.steps)) {
      return {
        code: 'control-flow',
        message: `What \`${functionName(fn)}\` throws after it waited ended the process, and would be a rejection that nobody waits for (${this.#place(met)}).`,
        help: 'See what may be thrown there and where it should go, then apply it with --unsafe.',
      };
    }
    if (catching === undefined || !this.#mayThrowAtOnce(fn, flow)) return undefined;
    return {
      code: 'control-flow',
      message: `What \`${functionName(fn)}\` throws before it first waits reached the code that calls it (${this.#place(catching)}), and would be an unhandled rejection.`,
      help: 'See that nothing throws there, or that nobody relies on it, then apply it with --unsafe.',
    };
  }

  /** Does nobody look at what the call gives? It may be returned to those who call a callback, or a place that looks at no result. */
  #isIgnored(call: ts.CallExpression): boolean {
    const seen = new Set<FunctionNode>();
    const pending = [call];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { parent } = outermost(next);
      if (ts.isExpressionStatement(parent)) continue;
      const fn = ts.isReturnStatement(parent) ? functionAround(parent) : ts.isArrowFunction(parent) ? parent : undefined;
      if (fn === undefined) return false;
      if (seen.has(fn)) continue;
      seen.add(fn);
      const role = roleOf(this.#program, fn);
      if (role.kind !== 'named') {
        if (!this.#ignoresResult(role) && this.#finder.siteOfCallback(fn)?.target.kind !== 'api') return false;
        continue;
      }
      for (const use of this.#asynchrony.graph.usesOf(fn)) {
        if (use.kind === 'call') pending.push(use.call);
        else if (
          use.kind === 'argument' ? !this.#ignoresResult(roleOfArgument(this.#program, use.call, use.index)) : use.kind !== 'binding'
        )
          return false;
      }
    }
    return true;
  }

  #ignoresResult(role: FunctionRole): boolean {
    if (role.kind === 'root') return role.row.rejection === 'ignored-next' || role.row.rejection === 'process';
    return role.kind === 'listener' || role.kind === 'async-callback';
  }

  /** A call without a callback ignores failures; what was thrown at once reached it all the same. */
  #ignoresThrows(fn: FunctionNode, flow: Flow): Reason | undefined {
    if (flow.taker === undefined) return undefined;
    const isLoose = (call: ts.CallExpression): boolean => {
      const site = this.#finder.siteOf(call);
      return site !== undefined && site.callback === undefined;
    };
    const use = this.#asynchrony.graph.usesOf(fn).find((one) => one.kind === 'call' && isLoose(one.call));
    if (use === undefined || !this.#mayThrowAtOnce(fn, flow)) return undefined;
    return {
      code: 'control-flow',
      message: `What \`${functionName(fn)}\` throws before it first waits reached the code that calls it without a callback (${this.#place(use.node)}), and would be ignored.`,
      help: 'See that nothing throws there, or await that call; or apply the fix with --unsafe.',
    };
  }

  /** A function that returns `new Promise(…)`, and throws in front of it: those who do not await it get that at once. */
  #throwsAtOnce({ fn, executor, place }: Flow): Reason | undefined {
    if (executor === undefined || isAsync(fn) || place !== undefined) return undefined;
    const promise = { start: executor.parent.getStart(), end: executor.parent.end };
    if (earlyThrow(fn, promise) !== 'throw') return undefined;
    return new PromiseUses(this.#finder.chains, this.#asynchrony.options.publicApi === 'change').isAwaited(fn)
      ? undefined
      : reasonOfEarly(fn);
  }

  /** A call that gives `undefined` for what may be left out left it that way; a default takes its place. */
  #givesDefault(fn: FunctionNode, { taker }: Flow): Reason | undefined {
    const { parameter, value } = taker?.shift ?? {};
    if (taker === undefined || parameter === undefined || value === undefined) return undefined;
    const index = fn.parameters.indexOf(parameter);
    const use = this.#asynchrony.graph.usesOf(fn).find((one) => {
      const given = one.kind === 'call' ? one.call.arguments[index] : undefined;
      return given !== undefined && functionHood(this.#program, given) !== 'function' && mayBeUndefined(this.#program, given);
    });
    if (use === undefined) return undefined;
    return {
      code: 'callback-shape',
      message: `What \`${functionName(fn)}\` is given for \`${parameter.name.getText()}\` may be \`undefined\` (${this.#place(use.node)}): it stayed that, and becomes \`${value.getText()}\`.`,
      help: 'See that it is never `undefined` there, or that it makes no difference; then apply the fix with --unsafe.',
    };
  }

  /** A parameter that the function calls: a callback of a shape of its own, and not what a framework goes on with. */
  #calledParameter(fn: FunctionNode): string | undefined {
    const names = new Map<ts.Symbol, string>();
    const place = this.#finder.placeOf(fn);
    const next = place?.kind === 'root' && place.row.isMiddleware === true ? handlerPositions(fn, place).next : undefined;
    for (const [index, { name }] of fn.parameters.entries()) {
      const symbol = index !== next && ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
      if (symbol !== undefined && !this.#finder.isGivenContinuations(fn, index)) names.set(symbol, symbol.name);
    }
    const visit = (node: ts.Node): string | undefined => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        const symbol = this.#program.symbolOf(node.expression);
        const name = symbol && names.get(symbol);
        if (name !== undefined) return name;
      }
      return ts.forEachChild(node, visit);
    };
    return fn.body && visit(fn.body);
  }

  #mayThrowAtOnce(fn: FunctionNode, flow: Flow, seesCallbacks?: boolean): boolean {
    const isPlain = fn.parameters.every(
      ({ name, initializer }) => ts.isIdentifier(name) && (initializer === undefined || !mayThrowExpression(initializer)),
    );
    return !isPlain || new Merger(this.#program, flow).firstEarlyThrow(flow.steps, seesCallbacks) !== -1;
  }

  /** An exception that leaves a listener or a callback ends the process, and so does a rejection that nobody handles. */
  #endsTheProcess(call: ts.Node): boolean {
    for (let node = call.parent; !ts.isSourceFile(node); node = node.parent) {
      if (ts.isTryStatement(node)) return false;
      if (!isFunctionNode(node)) continue;
      const role = roleOf(this.#program, node);
      if (isAsync(node)) return false;
      return role.kind === 'root' ? role.row.rejection === 'process' : role.kind === 'listener' || role.kind === 'async-callback';
    }
    return false;
  }

  #checkRole(fn: FunctionNode, role: FunctionRole): void {
    switch (role.kind) {
      case 'root':
        if (this.#finder.doneOf(fn) !== undefined) return;
        if (role.row.maximumParameters !== undefined && fn.parameters.length > role.row.maximumParameters) break;
        if (role.row.answersInBody === true || role.row.answersByPromise === true) break;
        return;
      case 'listener':
      case 'async-callback':
        return;
      case 'iteration':
        throw new Obstacle(
          fn,
          'control-flow',
          `The callback of \`${role.method}\` runs for every item at once, and nothing waits for the calls in it.`,
          'Write a `for…of` loop with `await`, or `Promise.all`.',
        );
      default:
        break;
    }
    throw this.#notWaitedFor(fn);
  }

  /** @param call one that does not wait */
  #notWaitedFor(fn: FunctionNode, call?: ts.Node): Obstacle {
    if (ts.isNewExpression(fn.parent) && executorOf(this.#program, fn.parent) === fn) {
      return new Obstacle(
        fn,
        'callback-shape',
        'The promise that is made around the call does more than give what the call gives.',
        'Await the call in an async function, and do the rest around it.',
      );
    }
    if (ts.isNewExpression(fn.parent) && isExecutorOfOther(this.#program, fn.parent)) {
      return new Obstacle(
        fn,
        'escapes',
        "The promise that is made around the call is not the language's, and its methods may be called where that cannot be seen.",
        'Use `then`, `catch` and `finally` only on it, and await the call in an async function.',
      );
    }
    if (isAsync(fn)) {
      return new Obstacle(
        fn,
        'control-flow',
        `\`${functionName(fn)}\` is async and does not wait for the callback; those who await it would wait longer.`,
        'Decide whether they should, and await the call by hand.',
      );
    }
    return new Obstacle(
      fn,
      'control-flow',
      `\`${functionName(fn)}\` starts the work and returns; its callers do not wait for it${call === undefined ? '' : ` (${this.#place(call)})`}, and an async function would leave them a promise.`,
      'Give the function a callback, or make it and its callers async by hand.',
    );
  }

  /** Takes back what relies on something that cannot be done, until nothing does. */
  #settle(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const [fn, plan] of this.#plans) {
        if (plan.kind === 'refused') {
          if (this.#finder.takerOf(fn) === undefined || this.#kept.has(fn)) continue;
          this.#kept.add(fn);
        } else {
          const next = this.#reviewed(fn, plan);
          if (next === plan) continue;
          this.#plans.set(fn, next);
        }
        changed = true;
      }
    }
    for (const [fn, plan] of this.#plans) {
      if (plan.kind === 'possible' && [...plan.awaited].some((awaited) => this.#kept.has(awaited))) {
        this.#plans.set(fn, this.#withPromisified(plan));
      }
    }
  }

  #reviewed(fn: FunctionNode, plan: Possible): Plan {
    if (plan.flow.taker !== undefined && plan.keepsCallback === undefined) {
      const reason = this.#missingCaller(fn, plan);
      if (reason !== undefined) return { kind: 'refused', reason };
    }
    for (const awaited of plan.awaited) {
      if (this.#kept.has(awaited)) {
        const checked = this.#withPromisified(plan);
        if (checked.kind === 'refused') return checked;
      } else if (this.#isNested(awaited, fn)) {
        return { kind: 'refused', reason: nested(awaited) };
      }
    }
    // Without anything to await, and nothing that changes under it, it is left as it is.
    const idle = !plan.flow.waits && [...plan.awaited].every((awaited) => this.#kept.has(awaited));
    return idle
      ? this.#attempt(() => {
          throw this.#notWaitedFor(fn);
        })
      : plan;
  }

  #withPromisified(plan: Possible): Plan {
    const unproven = [...plan.awaited].find((fn) => this.#kept.has(fn) && !this.#callsBackOnce(fn));
    const clock = fakeClockIn(this.#program);
    return this.#attempt(() => {
      const waiting = clock === undefined ? undefined : [...plan.awaited].find((fn) => this.#waitsForTimer(fn));
      if (waiting !== undefined) throw ringsTooEarly(waiting, clock);
      const conversion = convert(this.#program, plan.flow, this.#kept, (one) => this.#finder.takerOf(one));
      return {
        ...plan,
        unsafe: plan.unsafe ?? (unproven && mayCallBackAgain(unproven)),
        conversion: (plan.keepsCallback && callbackified(this.#program, plan.flow, conversion)) ?? conversion,
      };
    });
  }

  #callsBackOnce(fn: FunctionNode): boolean {
    return this.#flowsBehind(fn).every((flow) => flow !== undefined && !allSites(flow).some(isAssumed));
  }

  /** Does it call back when a timer rings, by itself or by another function of the program? */
  #waitsForTimer(fn: FunctionNode): boolean {
    return this.#flowsBehind(fn).some((flow) => flow !== undefined && allSites(flow).some(({ target }) => target.kind === 'timer'));
  }

  /** Of the function, and of those of the program that it waits for; `undefined` where one could not be followed. */
  #flowsBehind(fn: FunctionNode): (Flow | undefined)[] {
    const seen = new Set([fn]);
    const flows: (Flow | undefined)[] = [];
    for (const next of seen) {
      const flow = this.#followed.get(next);
      flows.push(flow);
      for (const taker of flow === undefined ? [] : takersIn(allSites(flow))) seen.add(taker);
    }
    return flows;
  }

  /** Why the function must keep its callback, when one of its callers does. */
  #missingCaller(fn: FunctionNode, plan: Possible): Reason | undefined {
    for (const caller of plan.callers) {
      const other = this.#plans.get(caller);
      if (other?.kind === 'refused') return this.#causedBy(fn, caller, other.reason);
      if (this.#isNested(caller, fn)) return nested(caller);
    }
    for (const use of this.#asynchrony.graph.usesOf(fn)) {
      if (use.kind === 'argument') {
        return {
          code: 'escapes',
          message: `\`${functionName(fn)}\` is promisified (${this.#place(use.call)}), and keeps its callback for that.`,
          help: 'Make it async by hand, and drop the promisified form.',
        };
      }
      if (use.kind !== 'call') continue;
      const host = this.hostOf(use.call);
      const caller = ts.isSourceFile(host) ? undefined : this.#plans.get(host);
      if (caller?.kind === 'possible' && [...allSites(caller.flow), ...allLoose(caller.flow)].some((site) => site.call === use.call))
        continue;
      return {
        code: 'callback-shape',
        message: `\`${functionName(fn)}\` is called in a way that cannot become an await (${this.#place(use.call)}).`,
        help: 'Give that call a callback that is written in place, at the end of its function.',
      };
    }
    return undefined;
  }

  #isNested(inner: FunctionNode, outer: FunctionNode): boolean {
    return inner !== outer && inner.getSourceFile() === outer.getSourceFile() && outer.pos <= inner.pos && inner.end <= outer.end;
  }

  #causedBy(fn: FunctionNode, caller: FunctionNode, reason: Reason): Reason {
    const chain = [{ name: functionName(caller), span: this.#program.spanOf(caller.name ?? caller) }, ...(reason.chain ?? [])];
    const why = chain.length === 1 ? `: ${lowerFirst(reason.message)}` : '.';
    return {
      code: reason.code,
      message: `\`${functionName(fn)}\` is called by \`${functionName(caller)}\` (${this.#place(caller)}), which keeps giving it a callback${why}`,
      help: reason.help,
      chain,
    };
  }

  #place(node: ts.Node): string {
    const file = node.getSourceFile();
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    return `${this.#program.pathOf(node)}:${line + 1}`;
  }
}

function ringsTooEarly(fn: FunctionNode, clock: string | undefined): Obstacle {
  return new Obstacle(
    fn,
    'no-twin',
    `\`${functionName(fn)}\` calls back when a timer rings, \`${clock}\` rings it by hand, and what awaits it would go on later than the test looks.`,
    'Convert it together with the test.',
  );
}

function functionAround(node: ts.Node): FunctionNode | undefined {
  const fn = ts.findAncestor(node, (one) => isFunctionNode(one));
  return fn !== undefined && isFunctionNode(fn) ? fn : undefined;
}

function checkCallbacks(flow: Flow): Flow {
  for (const { callback } of flow.sites) if (callback !== undefined && !ts.isIdentifier(callback)) checkOwnThis(callback);
  return flow;
}

/** The functions of the program that are called. */
function takersIn(sites: readonly CallbackSite[]): FunctionNode[] {
  return sites.flatMap(({ target }) => (target.kind === 'taker' ? [target.fn] : []));
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function mayCallBackAgain(fn: FunctionNode): Reason {
  return {
    code: 'callback-shape',
    message: `Whether \`${functionName(fn)}\` calls back exactly once cannot be proven, and its promise settles once.`,
    help: 'See that it calls back once, and never after a failure of its own; then apply the fix with --unsafe.',
  };
}

function assumption(flow: Flow): Reason | undefined {
  const site = allSites(flow).find(isAssumed);
  if (site !== undefined && isPromised(site)) {
    return {
      code: 'unknown-callback',
      message: `\`${calleeName(site.call)}\` is promisified, and its callback is called only where no argument in front of it is left out.`,
      help: 'See that what the callback does is meant to be done, then apply the fix with --unsafe.',
    };
  }
  return (
    site && {
      code: 'unknown-callback',
      message: `That \`${calleeName(site.call)}\` calls back exactly once, with the error first, is taken from how its callback is written.`,
      help: 'See what its documentation says, then apply the fix with --unsafe.',
    }
  );
}

function nested(inner: FunctionNode): Reason {
  return {
    code: 'control-flow',
    message: `It contains \`${functionName(inner)}\`, which it also needs to be converted.`,
    help: 'Move the inner function out, then run nodelift again.',
  };
}

/** @param at its place, for messages */
function obstacleOfUse(fn: FunctionNode, use: Use & { kind: Exclude<Use['kind'], 'call' | 'binding'> }, at: string): Obstacle {
  const name = functionName(fn);
  switch (use.kind) {
    case 'public':
      return new Obstacle(
        use.node,
        'public-api',
        `\`${name}\` is part of what the package exports, and those who call it with a callback are not in the program.`,
        'Keep it, export an async function beside it, or run with --public-api=change.',
      );
    case 'override':
      return new Obstacle(use.node, 'barrier', `\`${name}\` overrides or implements ${use.of}.`, 'Change the base first.');
    case 'family':
      return new Obstacle(
        use.node,
        'barrier',
        `\`${name}\` overrides, or is overridden by, another method.`,
        'Convert the methods together, by hand.',
      );
    case 'escape':
      return new Obstacle(use.node, 'escapes', `\`${name}\` gets away (${at}): it ${use.how}.`, 'Call the function directly.');
    case 'argument':
    case 'applied':
    case 'bound':
    case 'construct':
      return new Obstacle(
        use.node,
        'escapes',
        `\`${name}\` is handed to other code (\`${use.call.expression.getText().replace(/\s+/g, '')}\`), which gives it a callback.`,
        'Call the function directly.',
      );
  }
}

/** Why a function that calls nobody back stays as it is: of those who call it not all are seen. */
function hostObstacle(fn: FunctionNode, use: Use & { kind: Exclude<Use['kind'], 'call' | 'binding' | 'argument'> }, at: string): Obstacle {
  if (use.kind !== 'public') return obstacleOfUse(fn, use, at);
  return new Obstacle(
    use.node,
    'public-api',
    `\`${functionName(fn)}\` is part of what the package exports; it starts the work and returns, and would give those who call it a promise.`,
    'Keep it, or run with --public-api=change.',
  );
}

function nothingFollows(fn: FunctionNode): Obstacle {
  return new Obstacle(
    fn,
    'control-flow',
    'The callback is empty, and there is nothing to write behind an `await`.',
    'Leave it, or await the call where its failure should be seen.',
  );
}
