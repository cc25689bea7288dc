/**
 * Which functions of the program may become asynchronous, and the fixes that make them so.
 *
 * Making `f` async means awaiting it at every call, which makes each caller async, up to a root that copes with a promise.
 * The question is answered on the call graph: optimistic first, then barriers propagate back along the calls. Each function is
 * looked at once, so the whole is linear in the graph.
 */

import { ts } from 'ts-morph';
import type { ChainLink, Edit, Fix, Reason, Safety } from '../finding.ts';
import { handedModule } from '../program/handed-modules.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import type { TransformOptions } from '../transform.ts';
import { awaitContextOf, isInTry, isReturned, type AwaitContext } from './await-context.ts';
import { awaitEdits } from './await-edits.ts';
import { graphOf, type CallGraph } from './call-graph.ts';
import { CallOrder } from './call-order.ts';
import { Effects } from './effects.ts';
import { FactFinder } from './fact-finder.ts';
import type { Facts, Obstacle } from './facts.ts';
import { asyncKeywordEdit, returnTypeEdits } from './function-edits.ts';
import { argumentOf, calleeText, functionName, isAsync, isFunctionNode, isGenerator, outermost, type FunctionNode } from './functions.ts';
import { LateListeners } from './late-listeners.ts';
import type { ModuleLoading } from './module-loading.ts';
import { plainReturns } from './plain-returns.ts';
import { PassingOn } from './passing-on.ts';
import { roleOfArgument, type ArgumentRole } from './roles.ts';
import { catchAtTopLevel, ScriptBodies } from './script-body.ts';
import { ScriptOrder } from './script-order.ts';
import { SharedState } from './shared-state.ts';
import { UnawaitedCalls } from './unawaited-calls.ts';

export type { FunctionNode } from './functions.ts';

/** May an `await` stand at a place? */
export type AwaitVerdict =
  /** It may already: in an async function, or at the top level of an ES module. */
  | { readonly kind: 'ready' }
  /** With these fixes applied, which `Asynchrony.fixes()` gives. A fix that relies on it lists them in `dependsOn`. */
  | {
      readonly kind: 'possible';
      readonly dependsOn: readonly string[];
      readonly safety: Safety;
      readonly reason?: Reason;
      readonly notes: readonly string[];
    }
  /** Behind a barrier: the reason carries the chain of calls to it. */
  | { readonly kind: 'refused'; readonly reason: Reason };

type Decision =
  | { readonly kind: 'possible'; readonly facts: Facts; unsafe: Reason | undefined }
  /** `via` is the function whose refusal this one follows from. */
  | { readonly kind: 'refused'; readonly obstacle: Obstacle; readonly via: FunctionNode | undefined; readonly at: ts.Node | undefined };

export class Asynchrony {
  readonly program: Program;
  readonly options: TransformOptions;
  /** Prefix for fix ids and the `transform` of the fixes made here. */
  readonly transform: string;
  readonly graph: CallGraph;
  readonly #loading: ModuleLoading;
  readonly #facts: FactFinder;
  readonly #shared: SharedState;
  readonly #order: CallOrder;
  readonly #unawaited: UnawaitedCalls;
  readonly #late: LateListeners;
  readonly #passing: PassingOn;
  readonly #hazards = new Map<ts.Node, Reason | undefined>();
  readonly #decisions = new Map<FunctionNode, Decision>();
  readonly #wanted = new Set<FunctionNode>();
  readonly #scripts: ScriptBodies;
  readonly #scriptOrder: ScriptOrder;
  readonly #wrapsScripts: boolean;
  /** Places at the top level of scripts that are to wait. */
  readonly #waitingInScripts = new Map<ts.SourceFile, Set<ts.Node>>();

  /** @param wrapsCallbackRoots see `Transform` */
  constructor(program: Program, options: TransformOptions, transform: string, wrapsCallbackRoots = false) {
    this.program = program;
    this.options = options;
    this.transform = transform;
    this.graph = graphOf(program);
    this.#loading = this.graph.loading;
    this.#scripts = new ScriptBodies(program, this.#loading);
    this.#scriptOrder = new ScriptOrder(program, this.graph);
    this.#wrapsScripts = wrapsCallbackRoots && options.includeStartup;
    this.#passing = new PassingOn(program, this.graph);
    this.#facts = new FactFinder(program, options, this.graph, this.#scripts, this.#passing, wrapsCallbackRoots);
    this.#shared = new SharedState(program, this.graph);
    const effects = new Effects(program, this.graph);
    this.#order = new CallOrder(program, this.graph, effects);
    this.#unawaited = new UnawaitedCalls(program, this.graph, effects);
    this.#late = new LateListeners(program);
  }

  /** May an `await` stand where `node` is, once all that this takes is done? */
  awaitAt(node: ts.Node): AwaitVerdict {
    return this.#verdictIn(awaitContextOf(node), node);
  }

  /** May the function itself return a promise? `ready` when it is async already. */
  mayBecomeAsync(fn: FunctionNode): AwaitVerdict {
    if (isAsync(fn)) return { kind: 'ready' };
    const decision = this.#decide(fn);
    if (decision.kind === 'refused') return { kind: 'refused', reason: this.#reasonOf(fn) };
    this.#want(fn);
    const { unsafe } = decision;
    return {
      kind: 'possible',
      dependsOn: [this.#idOf(fn)],
      safety: unsafe === undefined ? 'safe' : 'unsafe',
      ...(unsafe !== undefined && { reason: unsafe }),
      notes: decision.facts.notes,
    };
  }

  /**
   * Must the promise of `call` be awaited where it stands, once the function around it is async?
   * Not when it is returned as it is outside `try`, nor when it is awaited already.
   */
  needsAwait(call: ts.Expression): boolean {
    if (ts.isAwaitExpression(outermost(call).parent)) return false;
    if (!isReturned(call) || isInTry(call)) return true;
    const context = awaitContextOf(call);
    if (context.kind !== 'function') return true;
    const decision = isAsync(context.fn) ? undefined : this.#decide(context.fn);
    // A body that goes into a `try` or a loop returns from there.
    return decision?.kind === 'possible' && decision.facts.form !== 'async';
  }

  /**
   * The fix that turns `expression.forEach(…)` into a loop over `expression`, when it is among those that the verdicts so far
   * referred to and is safe: a fix that depends on it may write the expression without parentheses.
   */
  loopOver(expression: ts.Expression): string | undefined {
    const access = expression.parent;
    const call = access.parent;
    if (!ts.isPropertyAccessExpression(access) || access.expression !== expression || !ts.isCallExpression(call)) return undefined;
    if (call.expression !== access) return undefined;
    const [first] = call.arguments;
    if (first === undefined || !isFunctionNode(first) || !this.#wanted.has(first)) return undefined;
    const decision = this.#decisions.get(first);
    const isLoop = decision?.kind === 'possible' && decision.facts.form === 'loop' && decision.unsafe === undefined;
    return isLoop ? this.#idOf(first) : undefined;
  }

  /** Why waiting at `node` may let something happen that the function relies on not to happen. */
  hazardOfWaitingAt(node: ts.Node): Reason | undefined {
    if (!this.#hazards.has(node)) {
      let hazard: Reason | undefined;
      for (const source of [this.#shared, this.#order, this.#unawaited, this.#late, this.#scriptOrder, this.#passing]) {
        hazard ??= source.hazardAt(node);
      }
      if (this.#wrapsScripts) hazard ??= this.#scripts.hazardAt(node);
      this.#hazards.set(node, hazard);
    }
    return this.#hazards.get(node);
  }

  /** The fixes that the verdicts so far referred to: "make `load` async", with the awaits at its calls. */
  *fixes(): Iterable<Fix> {
    const shared = this.#sharedCalls();
    for (const call of shared) yield this.#awaitFix(call);
    for (const fn of this.#wanted) {
      const decision = this.#decisions.get(fn);
      if (decision?.kind === 'possible') yield this.#fixOf(fn, decision, shared);
    }
    for (const [file, waiting] of this.#waitingInScripts) yield this.#scriptFix(file, [...waiting]);
  }

  #scriptFix(file: ts.SourceFile, waiting: readonly ts.Node[]): Fix {
    return {
      kind: 'fix',
      id: this.#scriptIdOf(file),
      transform: this.transform,
      site: undefined,
      title: `put what ${this.program.pathOf(file)} does into an async function`,
      safety: 'safe',
      notes: catchAtTopLevel(file, '') === '' ? [] : ['A failure of the script is reported and ends the process with code 1, as before.'],
      edits: this.#scripts.edits(file, waiting),
      imports: [],
      preambles: [],
      dependsOn: [],
    };
  }

  /** @returns the id of the fix that lets the place wait */
  #waitInScript(node: ts.Node): string {
    const file = node.getSourceFile();
    let waiting = this.#waitingInScripts.get(file);
    if (waiting === undefined) this.#waitingInScripts.set(file, (waiting = new Set()));
    waiting.add(node);
    return this.#scriptIdOf(file);
  }

  #scriptIdOf(file: ts.SourceFile): string {
    return `script:${this.program.pathOf(file)}`;
  }

  /** Calls that may run one or another of the functions: methods of several classes, callbacks. Their `await` belongs to all of them. */
  #sharedCalls(): ReadonlySet<ts.CallExpression> {
    const once = new Set<ts.CallExpression>();
    const shared = new Set<ts.CallExpression>();
    for (const fn of this.#wanted) {
      const decision = this.#decisions.get(fn);
      for (const call of decision?.kind === 'possible' ? decision.facts.awaited : []) {
        if (once.has(call)) shared.add(call);
        once.add(call);
      }
    }
    return shared;
  }

  #awaitFix(call: ts.CallExpression): Fix {
    const hazard = this.hazardOfWaitingAt(call);
    const context = awaitContextOf(call);
    return {
      kind: 'fix',
      id: this.#awaitIdOf(call),
      transform: this.transform,
      site: undefined,
      title: `await \`${calleeText(call)}\` (${placeOf(this.program, call)})`,
      safety: hazard === undefined ? 'safe' : 'unsafe',
      ...(hazard !== undefined && { reason: hazard }),
      notes: [],
      edits: this.needsAwait(call) ? awaitEdits(this.program.pathOf(call), call) : [],
      imports: [],
      preambles: [],
      dependsOn: this.#contextIds(context),
    };
  }

  #contextIds(context: AwaitContext): readonly string[] {
    if (context.kind === 'function') return isAsync(context.fn) ? [] : [this.#idOf(context.fn)];
    return context.kind === 'module' && this.#waitingInScripts.has(context.file) ? [this.#scriptIdOf(context.file)] : [];
  }

  #verdictIn(context: AwaitContext, node: ts.Node): AwaitVerdict {
    switch (context.kind) {
      case 'function':
        if (isAsync(context.fn)) return { kind: 'ready' };
        if (isGenerator(context.fn)) return { kind: 'refused', reason: this.#reasonOf(context.fn) };
        return this.mayBecomeAsync(context.fn);
      case 'barrier':
        return { kind: 'refused', reason: this.#directReason(context, node) };
      case 'module':
        return this.#verdictAtTopLevel(context.file, node);
    }
  }

  #verdictAtTopLevel(file: ts.SourceFile, node: ts.Node): AwaitVerdict {
    if (this.options.includeStartup && this.#loading.supportsTopLevelAwait(file)) return { kind: 'ready' };
    if (this.#wrapsScripts && this.#scripts.mayWait(file)) {
      return { kind: 'possible', dependsOn: [this.#waitInScript(node)], safety: 'safe', notes: [] };
    }
    const where = placeOf(this.program, node);
    const reason: Reason = {
      code: 'startup-code',
      message: `This runs once, while ${where} loads, and delays no request.`,
      help: this.options.includeStartup
        ? 'A CommonJS module cannot wait while it loads: move the code into an async function that the program awaits when it starts.'
        : 'Leave it, or run again with --include-startup.',
    };
    return { kind: 'refused', reason };
  }

  #directReason(context: AwaitContext & { kind: 'barrier' }, node: ts.Node): Reason {
    return {
      code: 'barrier',
      message: `It stands in ${context.what} (${placeOf(this.program, node)}), where nothing can be awaited.`,
      help: context.help,
      chain: [{ name: context.what, span: this.program.spanOf(context.node) }],
    };
  }

  /** Decides the function, and all that its becoming async would reach. */
  #decide(start: FunctionNode): Decision {
    const known = this.#decisions.get(start);
    if (known !== undefined) return known;
    const explored = this.#explore(start);
    this.#refuse(explored);
    while (this.#cutAtCallbacks(explored)) this.#refuse(explored);
    for (const [fn, facts] of explored) {
      if (!this.#decisions.has(fn)) this.#decisions.set(fn, { kind: 'possible', facts, unsafe: this.#hazardOf(facts) });
    }
    this.#spreadUnsafety(explored);
    const decision = this.#decisions.get(start);
    if (decision === undefined) throw new Error(`${functionName(start)} was not decided`);
    return decision;
  }

  #explore(start: FunctionNode): Map<FunctionNode, Facts> {
    const explored = new Map<FunctionNode, Facts>();
    const pending = [start];
    for (let fn = pending.pop(); fn !== undefined; fn = pending.pop()) {
      if (explored.has(fn) || this.#decisions.has(fn)) continue;
      const facts = this.#facts.of(fn);
      explored.set(fn, facts);
      if (facts.obstacle === undefined) pending.push(...facts.requires.map((required) => required.fn));
    }
    return explored;
  }

  /** From the obstacles back along the calls, breadth first, so that chains are as short as they can be. */
  #refuse(explored: ReadonlyMap<FunctionNode, Facts>): void {
    const dependants = dependantsIn(explored);
    const queue: FunctionNode[] = [];
    for (const [fn, { obstacle, requires }] of explored) {
      if (obstacle !== undefined) {
        this.#decisions.set(fn, { kind: 'refused', obstacle, via: undefined, at: undefined });
        queue.push(fn);
        continue;
      }
      const refused = requires.find((required) => !explored.has(required.fn) && this.#decisions.get(required.fn)?.kind === 'refused');
      const cause = refused && this.#decisions.get(refused.fn);
      if (refused === undefined || cause?.kind !== 'refused') continue;
      this.#decisions.set(fn, { kind: 'refused', obstacle: cause.obstacle, via: refused.fn, at: refused.at });
      queue.push(fn);
    }
    for (const refused of queue) {
      const cause = this.#decisions.get(refused);
      if (cause?.kind !== 'refused') continue;
      for (const dependant of dependants.get(refused) ?? []) {
        if (this.#decisions.has(dependant.fn)) continue;
        this.#decisions.set(dependant.fn, { kind: 'refused', obstacle: cause.obstacle, via: refused, at: dependant.at });
        queue.push(dependant.fn);
      }
    }
  }

  /**
   * Functions that are refused for what lies behind those who call them, but tell by a callback when they have finished, wait by themselves:
   * of several on a way those that are next to its end.
   * @returns are there any? What follows from the others is then to be found anew
   */
  #cutAtCallbacks(explored: Map<FunctionNode, Facts>): boolean {
    const cuts = new Map<FunctionNode, Facts>();
    for (const fn of explored.keys()) {
      const decision = this.#decisions.get(fn);
      if (decision?.kind !== 'refused' || decision.obstacle.code !== 'escapes' || decision.via === undefined) continue;
      const facts = decision.at && this.#facts.withoutCallers(fn, decision.at);
      if (facts !== undefined) cuts.set(fn, facts);
    }
    const isBehindAnother = (fn: FunctionNode): boolean => {
      const decision = this.#decisions.get(fn);
      const via = decision?.kind === 'refused' ? decision.via : undefined;
      return via !== undefined && (cuts.has(via) || isBehindAnother(via));
    };
    const next = [...cuts].filter(([fn]) => !isBehindAnother(fn));
    for (const [fn, facts] of next) explored.set(fn, facts);
    if (next.length > 0) for (const fn of explored.keys()) this.#decisions.delete(fn);
    return next.length > 0;
  }

  #hazardOf(facts: Facts): Reason | undefined {
    if (facts.hazard !== undefined) return facts.hazard;
    for (const call of [...facts.awaited, ...facts.scripts]) {
      const hazard = this.hazardOfWaitingAt(call);
      if (hazard !== undefined) return hazard;
    }
    return undefined;
  }

  /** A function is as unsafe as what it needs. */
  #spreadUnsafety(explored: ReadonlyMap<FunctionNode, Facts>): void {
    const dependants = dependantsIn(explored);
    const queue: FunctionNode[] = [];
    const mark = (fn: FunctionNode, reason: Reason): void => {
      const decision = this.#decisions.get(fn);
      if (decision?.kind !== 'possible') return;
      decision.unsafe ??= reason;
      queue.push(fn);
    };
    for (const [fn, { requires }] of explored) {
      const decision = this.#decisions.get(fn);
      if (decision?.kind !== 'possible') continue;
      const outside = requires.map((required) => this.#decisions.get(required.fn)).find((one) => one?.kind === 'possible' && one.unsafe);
      const reason = decision.unsafe ?? (outside?.kind === 'possible' ? outside.unsafe : undefined);
      if (reason !== undefined) mark(fn, reason);
    }
    for (const fn of queue) {
      const decision = this.#decisions.get(fn);
      if (decision?.kind !== 'possible' || decision.unsafe === undefined) continue;
      for (const dependant of dependants.get(fn) ?? []) {
        const next = this.#decisions.get(dependant.fn);
        if (next?.kind === 'possible' && next.unsafe === undefined) mark(dependant.fn, decision.unsafe);
      }
    }
  }

  #reasonOf(fn: FunctionNode): Reason {
    const path = this.#pathToObstacle(fn);
    const last = this.#decisions.get(path.at(-1) ?? fn);
    if (last?.kind !== 'refused') throw new Error(`${functionName(fn)} is not refused`);
    const { obstacle } = last;
    const code = obstacle.code === 'startup-code' && !this.#runsOnlyAtStartup(fn, new Set()) ? 'barrier' : obstacle.code;
    const chain = path.map((one): ChainLink => ({ name: functionName(one), span: nameSpan(this.program, one) }));
    if (obstacle.link !== undefined) chain.push(obstacle.link);
    return { code, message: `${sentence(path.map(functionName), obstacle)}.`, help: obstacle.help, chain };
  }

  /** The functions from `fn` on, each called by the next, to the one that cannot become async of itself. */
  #pathToObstacle(fn: FunctionNode): FunctionNode[] {
    const path: FunctionNode[] = [];
    this.#decide(fn);
    for (let current: FunctionNode | undefined = fn; current !== undefined;) {
      path.push(current);
      const decision: Decision | undefined = this.#decisions.get(current);
      current = decision?.kind === 'refused' ? decision.via : undefined;
    }
    return path;
  }

  /** Is the function called from nowhere but code that runs while modules load? */
  #runsOnlyAtStartup(fn: FunctionNode, visiting: Set<FunctionNode>): boolean {
    if (visiting.has(fn)) return true;
    visiting.add(fn);
    if (handedModule(this.program, fn) !== undefined) return true;
    return this.graph.usesOf(fn).every((use) => {
      if (use.kind === 'binding') return true;
      if (use.kind === 'argument')
        return runsAtOnce(roleOfArgument(this.program, use.call, use.index, use.option)) && this.#isStartupPlace(use.call, visiting);
      return use.kind === 'call' || use.kind === 'applied' ? this.#isStartupPlace(use.call, visiting) : use.kind !== 'public';
    });
  }

  #isStartupPlace(node: ts.Node, visiting: Set<FunctionNode>): boolean {
    const context = awaitContextOf(node);
    return context.kind === 'module' || (context.kind === 'function' && this.#runsOnlyAtStartup(context.fn, visiting));
  }

  /** The function and all that it requires will be among `fixes()`. */
  #want(start: FunctionNode): void {
    const pending = [start];
    for (let fn = pending.pop(); fn !== undefined; fn = pending.pop()) {
      if (this.#wanted.has(fn)) continue;
      const decision = this.#decisions.get(fn);
      if (decision?.kind !== 'possible') continue;
      this.#wanted.add(fn);
      pending.push(...decision.facts.requires.map((required) => required.fn));
      for (const call of decision.facts.scripts) this.#waitInScript(call);
    }
  }

  #idOf(fn: FunctionNode): string {
    return `async:${this.program.pathOf(fn)}:${fn.getStart()}`;
  }

  #awaitIdOf(call: ts.CallExpression): string {
    return `await:${this.program.pathOf(call)}:${call.getStart()}:${call.end}`;
  }

  #fixOf(fn: FunctionNode, decision: Decision & { kind: 'possible' }, shared: ReadonlySet<ts.CallExpression>): Fix {
    const { facts } = decision;
    const path = this.program.pathOf(fn);
    const hazard = this.#hazardOf(facts);
    const loop = facts.form === 'loop';
    const own: Edit[] = loop || facts.form === 'wrapped' ? [] : [asyncKeywordEdit(path, fn), ...returnTypeEdits(this.program, fn)];
    const awaits = facts.awaited
      .filter((call) => !shared.has(call) && this.needsAwait(call))
      .flatMap((call) => awaitEdits(this.program.pathOf(call), call));
    const required = facts.requires.map((one) => this.#idOf(one.fn)).filter((id) => id !== this.#idOf(fn));
    const awaited = facts.awaited.filter((call) => shared.has(call)).map((call) => this.#awaitIdOf(call));
    return {
      kind: 'fix',
      id: this.#idOf(fn),
      transform: this.transform,
      site: undefined,
      title: this.#titleOf(fn, facts),
      safety: hazard === undefined ? 'safe' : 'unsafe',
      ...(hazard !== undefined && { reason: hazard }),
      notes: facts.notes,
      edits: [...own, ...this.#returnsOf(fn, facts), ...facts.edits, ...awaits],
      imports: [],
      preambles: [],
      dependsOn: [...new Set([...required, ...awaited, ...facts.scripts.map((call) => this.#scriptIdOf(call.getSourceFile()))])],
    };
  }

  /** `return Promise.resolve(value)` beside what is awaited now. */
  #returnsOf(fn: FunctionNode, { form }: Facts): Edit[] {
    if (form !== 'async') return [];
    const path = this.program.pathOf(fn);
    return plainReturns(this.program, fn).map((edit) => ({ kind: 'replace', path, ...edit }));
  }

  #titleOf(fn: FunctionNode, { form }: Facts): string {
    switch (form) {
      case 'loop':
        return `turn the \`${iterationOf(fn)}\` into a loop (${placeOf(this.program, fn)})`;
      case 'wrapped':
        return `put the body of \`${functionName(fn)}\` into an async function`;
      case 'async':
      case 'next':
        return `make \`${functionName(fn)}\` async`;
    }
  }
}

/** "`load` cannot become async: it is called by `start`, which is called by the constructor of `Server` (server.js:4), which cannot wait" */
function sentence(names: readonly string[], { self, what }: Obstacle): string {
  const [first, ...others] = names;
  if (self !== undefined && others.length === 0) return `${self.charAt(0).toUpperCase()}${self.slice(1)} ${what}`;
  const callers = self === undefined ? others.map((name) => `\`${name}\``) : [...others.slice(0, -1).map((name) => `\`${name}\``), self];
  const called =
    callers.length === 0 ? '' : `it is called by ${callers.join(', which is called by ')}, ${self === undefined ? 'and ' : 'which '}`;
  const last = names.at(-1) ?? '';
  // `what` speaks of the last function as "it".
  const predicate = called !== '' && self === undefined ? what.replace(/^it /, `\`${last}\` `) : what;
  return `\`${first ?? ''}\` cannot become async: ${called}${predicate}`;
}

/** The array method that the function is the callback of. */
function iterationOf(fn: FunctionNode): string {
  const callee = argumentOf(fn)?.call.expression;
  return callee !== undefined && ts.isPropertyAccessExpression(callee) ? callee.name.text : 'forEach';
}

/** Is the callback called before the call that is given it returns? Of a parameter, the calls are uses of their own. */
function runsAtOnce(role: ArgumentRole): boolean {
  return (
    role.kind === 'iteration' ||
    role.kind === 'collection' ||
    role.kind === 'sync-callback' ||
    role.kind === 'executor' ||
    role.kind === 'parameter'
  );
}

function dependantsIn(explored: ReadonlyMap<FunctionNode, Facts>): Map<FunctionNode, { fn: FunctionNode; at: ts.Node }[]> {
  const dependants = new Map<FunctionNode, { fn: FunctionNode; at: ts.Node }[]>();
  for (const [fn, { requires }] of explored) {
    for (const required of requires) {
      const list = dependants.get(required.fn);
      if (list === undefined) dependants.set(required.fn, [{ fn, at: required.at }]);
      else list.push({ fn, at: required.at });
    }
  }
  return dependants;
}

function nameSpan(program: Program, fn: FunctionNode): ChainLink['span'] {
  if (fn.name !== undefined) return program.spanOf(fn.name);
  const start = fn.getStart();
  return { path: program.pathOf(fn), start, end: fn.body?.getStart() ?? fn.end };
}
