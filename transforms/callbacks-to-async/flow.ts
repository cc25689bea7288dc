/**
 * Reads a function as steps. Each call with a callback must stand where nothing of the function runs after it, so that what
 * the callback does can follow the call. Whatever does not fit is an obstacle.
 */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import type { FunctionRole } from '../../engine/async/roles.ts';
import type { Reason } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { boundNames, firstFree, identifiersIn, isNameFree, isNameVisible } from '../../engine/source/names.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import { isEndingChain, readEnding } from './chains/endings.ts';
import { checkCallback, checkOwnThis, checkSignature } from './callback-form.ts';
import { bareExpression, closing, declaresInBlock, isBareReturn, type Code } from './code.ts';
import { Completions } from './completer.ts';
import { completionOf, completionsIn, editsOf } from './completion.ts';
import type { CountedLoop } from './counted.ts';
import { countedSteps, type CountedSteps } from './counted-steps.ts';
import { completes, endsHere, waitsFor } from './ends.ts';
import { checkOtherReturns, executorOf, isAwaited } from './executor.ts';
import { declaredInFront, sharedDeclarations, withoutIdleSteps } from './idle-declarations.ts';
import { KnownValues } from './known-values.ts';
import { calleeName, codeAfter, misplaced, Obstacle, Undecided } from './obstacle.ts';
import type { Rounds } from './rounds.ts';
import type { ResultShape } from './shape.ts';
import { aliasesOf, checkRounds, checkTask, declared, settled } from './sequence.ts';
import { hasNoError, isEmpty, type CallbackSite, type InlineCallback, type SiteFinder, type Taker } from './sites.ts';
import { mentions } from './mentions.ts';
import { isDefaulting, whenGiven } from './optional.ts';
import { itemsLeave, leaves, Specializer, statementsOf, type Item, type Known } from './specialize.ts';
import type { AwaitStep, Failure, GroupStep, Outlet, ResultList, Step, SwitchClause, TaskBody } from './steps.ts';
import { breaksOut, codeOf, isSeenBeside } from './clauses.ts';
import type { InTurn, NamedResults, TaskForm, TaskRun, Tasks } from './tasks.ts';

export interface Flow {
  readonly fn: FunctionNode;
  readonly taker: Taker | undefined;
  /** The `done` of a test. */
  readonly done: Taker | undefined;
  readonly steps: readonly Step[];
  /** The calls that will be awaited or handed on, outermost first. */
  readonly sites: readonly CallbackSite[];
  /** Callbacks whose code becomes part of the function. */
  readonly merged: readonly InlineCallback[];
  /** Those of them that `async` was given, and the call that gives their values, if that is one. */
  readonly inlined: ReadonlyMap<InlineCallback, CallbackSite | undefined>;
  /** Parameters that are given a variable of the code before, and can be that variable. */
  readonly aliases: ReadonlyMap<ts.Symbol, ts.Symbol>;
  /** Those of them whose first parameter becomes a variable: an error that is held, or a value. */
  readonly captures: ReadonlySet<InlineCallback>;
  /** `return new Promise(executor)`: its code becomes part of the function too. */
  readonly executor: InlineCallback | undefined;
  /** The framework or emitter that calls the function. */
  readonly place: FunctionRole | undefined;
  /** Calls that nothing waits for: their callback is left out, or is a function that others use too. */
  readonly loose: readonly CallbackSite[];
  /** Something is awaited; else the function stays as it is but for calls that nobody waits for. */
  readonly waits: boolean;
  /** Functions inside that become async with it. */
  readonly tasks: readonly Flow[];
  /** Why what it does is not quite the same. */
  readonly unsafe: Reason | undefined;
  /** Names for results of its tasks. */
  readonly names: readonly string[];
  /** What a function of the program gives that calls back with several values. */
  readonly shapeOf: (fn: FunctionNode) => ResultShape | undefined;
  /** What deals with a failure of the function, where that stood inside it. */
  readonly failure: Failure | undefined;
  /** Chains of promises that end it. */
  readonly chains: readonly ts.CallExpression[];
}

/** The calls that will be awaited or handed on, in the function and its tasks. */
export function allSites(flow: Flow): CallbackSite[] {
  return [...flow.sites, ...flow.tasks.flatMap(allSites)];
}

/** Why what the function and its tasks do is not quite the same. */
export function doubtIn(flow: Flow): Reason | undefined {
  return flow.unsafe ?? flow.tasks.map(doubtIn).find((reason) => reason !== undefined);
}

/** Those that nothing waits for. */
export function allLoose(flow: Flow): CallbackSite[] {
  return [...flow.loose, ...flow.tasks.flatMap(allLoose)];
}

/** @throws Obstacle */
export function readFlow(program: Program, finder: SiteFinder, tasks: Tasks, fn: FunctionNode): Flow {
  return new FlowReader(program, finder, tasks, fn).read();
}

/** @throws Obstacle */
export function readTask(program: Program, finder: SiteFinder, tasks: Tasks, fn: InlineCallback, form: TaskForm): Flow {
  return new FlowReader(program, finder, tasks, fn, form).read();
}

class FlowReader {
  readonly #program: Program;
  readonly #finder: SiteFinder;
  readonly #fn: FunctionNode;
  readonly #taker: Taker | undefined;
  readonly #done: Taker | undefined;
  readonly #inTest: boolean;
  /** Statements that were left out, or of which a part was taken, because there is a callback. */
  #choices = 0;
  readonly #sites: CallbackSite[] = [];
  readonly #merged: InlineCallback[] = [];
  readonly #inlined = new Map<InlineCallback, CallbackSite | undefined>();
  readonly #aliases = new Map<ts.Symbol, ts.Symbol>();
  /** Names of lists of results. */
  readonly #lists: string[] = [];
  readonly #withoutError = new Set<InlineCallback>();
  readonly #values: KnownValues;
  readonly #completions: Completions;
  readonly #tasks: Tasks;
  readonly #runs: TaskRun[] = [];
  /** Functions that are read as loops, those inside behind those around. */
  readonly #rounds: Rounds[] = [];
  readonly #loop: CountedLoop | undefined;
  readonly #chains: ts.CallExpression[] = [];
  /** Statements that served what is no longer there. */
  readonly #idle = new Set<ts.Node>();
  #executor: InlineCallback | undefined;
  #unsafe: Reason | undefined;

  constructor(program: Program, finder: SiteFinder, tasks: Tasks, fn: FunctionNode, form?: TaskForm) {
    this.#program = program;
    this.#finder = finder;
    this.#tasks = tasks;
    this.#fn = fn;
    this.#loop = form?.kind === 'counted' ? form.loop : undefined;
    this.#taker = form?.kind === 'callback' ? form.taker : finder.takerOf(fn);
    this.#done = finder.doneOf(fn);
    const place = finder.placeOf(fn);
    this.#values = new KnownValues(program);
    this.#completions = new Completions(program, finder, this.#values, this.#merged);
    this.#inTest = place?.kind === 'root' && place.row.isTest === true;
    const own = this.#taker ?? this.#done;
    const takesSeveral = form?.kind === 'callback' && form.takesSeveral === true ? { takesSeveral: true as const } : {};
    const shape = form === undefined && this.#taker !== undefined ? finder.shapeOf(fn) : undefined;
    if (own !== undefined)
      this.#completions.completer = {
        succeeds: own.symbol,
        fails: own.symbol,
        isCallback: true,
        ignoresValue: this.#taker === undefined,
        shape,
        ...takesSeveral,
      };
    else if (form?.kind === 'counted') this.#completions.completer = form.completer;
  }

  read(): Flow {
    const { body } = this.#fn;
    if (this.#taker !== undefined) checkSignature(this.#program, this.#fn);
    if (body === undefined) throw new Error('a function without a body is no host');
    const statements: readonly Code[] = ts.isBlock(body) ? body.statements : [body];
    const none: Known = new Map();
    const items = statements.map((node): Item => ({ kind: 'statement', node, known: none }));
    const { steps, failure } = this.#ofLoop(this.#list(items, true));
    const own = this.#taker ?? this.#done;
    if (own !== undefined && !completes(steps)) {
      throw new Obstacle(
        this.#fn,
        'callback-shape',
        `There is a way through the function that never calls \`${own.symbol.name}\`.`,
        'Call the callback exactly once on every path, then run nodelift again.',
      );
    }
    const waits = this.#taker !== undefined || this.#executor !== undefined || steps.some(waitsFor);
    return {
      fn: this.#fn,
      taker: this.#taker,
      done: this.#done,
      steps,
      sites: this.#sites,
      merged: this.#merged,
      inlined: this.#inlined,
      aliases: this.#aliases,
      captures: new Set(this.#merged.filter((one) => this.#withoutError.has(one) || this.#completions.isCaptured(one.parameters[0]?.name))),
      executor: this.#executor,
      loose: this.#looseCalls(),
      place: this.#finder.placeOf(this.#fn),
      waits,
      tasks: this.#runs.flatMap((run) => (run.kind === 'map' ? [run.task] : run.kind === 'list' ? run.tasks : [])),
      unsafe: this.#unsafe,
      names: [...this.#runs.flatMap((run) => (run.kind === 'map' ? [] : [...(run.named?.names.values() ?? [])])), ...this.#lists],
      shapeOf: (fn) => this.#finder.shapeOf(fn),
      failure,
      chains: this.#chains,
    };
  }

  #ofLoop(steps: readonly Step[]): CountedSteps {
    return this.#loop === undefined ? { steps, failure: undefined } : countedSteps(this.#program, this.#loop, steps);
  }

  #looseCalls(): CallbackSite[] {
    const found: CallbackSite[] = [];
    const visit = (node: ts.Node): void => {
      if (node !== this.#fn && isFunctionNode(node) && !this.#isPart(node)) return;
      const site = ts.isCallExpression(node) ? this.#finder.siteOf(node) : undefined;
      if (site !== undefined && this.#isLoose(site)) {
        if (!ts.isExpressionStatement(node.parent) && !(site.callback !== undefined && ts.isReturnStatement(node.parent))) {
          throw new Obstacle(
            node,
            'control-flow',
            `What \`${calleeName(site.call)}\` returns is used here.`,
            'Give it a callback, or await it by hand.',
          );
        }
        found.push(site);
      }
      ts.forEachChild(node, visit);
    };
    visit(this.#fn);
    return found;
  }

  /** Its callback is left out; or it is given to a function of the program by a name that stands for more than the callback. */
  #isLoose({ callback, target }: CallbackSite): boolean {
    if (callback === undefined) return true;
    if (!ts.isIdentifier(callback) || target.kind !== 'taker') return false;
    const declaration = this.#program.symbolOf(callback)?.declarations?.[0];
    if (this.#finder.shapeOf(target.fn) !== undefined) return false;
    return (
      declaration !== undefined &&
      (ts.isFunctionDeclaration(declaration) || (ts.isVariableDeclaration(declaration) && isConstant(declaration)))
    );
  }

  /** Does the code of the inner function become part of this one? */
  #isPart(fn: FunctionNode): boolean {
    return fn === this.#executor || this.#merged.some((callback) => callback === fn);
  }

  /** @param tail nothing of the function runs after the list */
  #list(items: readonly Item[], tail: boolean): Step[] {
    const steps: Step[] = [];
    for (let index = 0; index < items.length; index += 1) {
      const item = items[index];
      if (item === undefined) break;
      const next = items[index + 1];
      const isLast = items.slice(index + 1).every((later) => later.kind === 'statement' && ts.isFunctionDeclaration(later.node));
      const returns = next?.kind === 'statement' && isBareReturn(next.node);
      const own = this.#item(item, (isLast && tail) || returns);
      steps.push(...own.steps);

      // What the call needed of a `return` behind it is part of the step now.
      if (own.ends && returns) {
        index += 1;
        const ended = steps.at(-1);
        if (ended?.kind === 'complete') steps[steps.length - 1] = { ...ended, drops: next.node };
      } else if (own.ends && !isLast && !this.#leavesAnyway(item)) {
        throw new Obstacle(
          item.node,
          'callback-shape',
          'Code behind this runs only when the callback is left out, and an async function cannot tell.',
          'Split the function: one for those who give a callback, one for those who do not.',
        );
      }
    }
    return steps.map((step) => (step.kind === 'keep' && this.#idle.has(step.node) ? { kind: 'drop', node: step.node } : step));
  }

  #leavesAnyway(item: Item): boolean {
    return itemsLeave([item]);
  }

  /** @param tail nothing of the function runs after the item; `ends`: the steps rely on that */
  #item(item: Item, tail: boolean): { steps: readonly Step[]; ends: boolean } {
    if (item.kind === 'rethrow') {
      return { steps: [{ kind: 'complete', node: item.node, outcome: 'throw', value: item.error, edits: [] }], ends: true };
    }
    const given =
      item.kind === 'if' && this.#taker !== undefined ? whenGiven(this.#program, this.#taker.symbol, item.condition) : undefined;
    if (item.kind === 'if' && given !== undefined) {
      this.#choices += 1;
      const steps = this.#list((given ? item.then : item.otherwise) ?? [], tail);
      return { steps, ends: endsHere(steps) };
    }
    if (item.kind === 'if') {
      const then = this.#branch(item.then, tail);
      const otherwise = item.otherwise && this.#branch(item.otherwise, tail);
      return {
        steps: [
          {
            kind: 'branch',
            node: item.node,
            condition: item.condition,
            then,
            otherwise,
            edits: this.#values.edits(item.condition, item.known),
            whole: false,
          },
        ],
        ends: false,
      };
    }
    return this.#code(item.node, item.known, tail);
  }

  #branch(items: readonly Item[], tail: boolean): Step[] {
    return this.#list(items, tail || itemsLeave(items));
  }

  #code(node: Code, known: Known, tail: boolean): { steps: readonly Step[]; ends: boolean } {
    const isReturn = ts.isReturnStatement(node);
    if (ts.isFunctionDeclaration(node) && this.#finder.siteOfCallback(node) !== undefined) return this.#dropped(node);
    if (ts.isStatement(node) && this.#declaresRounds(node)) return this.#dropped(node);
    const own = this.#taker;
    if (own !== undefined && mentions(this.#program, node, own.symbol)) {
      if (node === own.shift?.statement) return this.#dropped(own.shift.statement);
      if (ts.isStatement(node) && isDefaulting(this.#program, own.symbol, node)) return this.#dropped(node);
      const chosen = this.#whenGiven(node, own.symbol);
      if (chosen !== undefined) {
        this.#choices += 1;
        const steps = this.#chosen(chosen, known, tail || isReturn);
        return { steps, ends: endsHere(steps) };
      }
    }
    if (ts.isStatement(node) && (this.#loop?.counts.has(node) === true || this.#loop?.flag?.statements.has(node) === true))
      return this.#dropped(node);
    if (ts.isStatement(node) && this.#loop?.ends.has(node) === true) {
      this.#choices += 1;
      if (!tail) codeAfter(node, 'the items are counted');
      return { steps: [{ kind: 'complete', node, outcome: 'return', value: undefined, edits: [] }], ends: true };
    }
    const expression = bareExpression(node);
    const call = expression !== undefined && ts.isCallExpression(expression) ? expression : undefined;
    if (call !== undefined && this.#isOfRounds(call)) return { steps: this.#round(node, call, known, tail || isReturn), ends: true };
    const found = call && this.#finder.siteOf(call);
    const site = found === undefined || this.#isLoose(found) ? undefined : found;
    const run = call === undefined || site !== undefined ? undefined : this.#tasks.runOf(call);
    if (call !== undefined && run?.kind === 'map' && run.loop !== undefined) {
      if (!tail) codeAfter(call, 'all is begun');
      return { steps: this.#counted(node, call, run, run.loop, known), ends: true };
    }
    const executor = expression === undefined ? undefined : executorOf(this.#program, expression);
    if (executor !== undefined && this.#completions.completer === undefined && !isAwaited(node) && (isReturn || !ts.isStatement(node))) {
      return { steps: this.#promise(executor, known), ends: true };
    }
    if (call !== undefined && this.#completions.isCompletion(call)) {
      if (!tail && !isReturn) codeAfter(call, 'the callback is called');
      return { steps: [this.#completions.completion(node, call, known)], ends: true };
    }
    if (call !== undefined && site !== undefined) {
      const steps = this.#site(node, site, known, tail || isReturn);
      return { steps, ends: steps[0]?.kind !== 'detached' };
    }
    if (call !== undefined && this.#isEndingChain(call)) {
      if (!tail && !isReturn) codeAfter(call, 'the chain is begun');
      return { steps: [this.#chain(node, call, known)], ends: true };
    }
    const inner = this.#innerCalls(node);
    if (inner.length === 0) {
      this.#checkPlain(node);
      return { steps: [{ kind: 'keep', node, edits: this.#values.edits(node, known) }], ends: false };
    }
    return { steps: [this.#compound(node, known, tail, inner)], ends: false };
  }

  #isEndingChain(call: ts.CallExpression): boolean {
    const { completer } = this.#completions;
    if (completer?.isCallback !== true || completer.succeeds === undefined) return false;
    return isEndingChain(this.#finder.chains, call, completer.succeeds);
  }

  /** A chain whose handlers call back. */
  #chain(node: Code, call: ts.CallExpression, known: Known): Step {
    const { completer } = this.#completions;
    if (completer?.succeeds === undefined) throw new Error('a chain calls nobody back');
    if (this.#done === undefined && ts.isReturnStatement(node)) {
      throw new Obstacle(
        node,
        'callback-shape',
        `The function returns a promise, and calls \`${completer.succeeds.name}\` too.`,
        'Give those who call it one of the two.',
      );
    }
    const ending = readEnding(
      {
        known: this.#finder.chains,
        completer: { ...completer, succeeds: completer.succeeds },
        inTest: this.#done !== undefined,
        stepsOf: (fn, error) => this.#handlerSteps(fn, error, known),
      },
      call,
    );
    this.#unsafe ??= ending.unsafe;
    this.#chains.push(call);
    return { kind: 'chain', node, ending };
  }

  /** The code of a handler of a chain that calls back. */
  #handlerSteps(fn: InlineCallback, error: boolean, known: Known): Step[] {
    const [parameter] = fn.parameters;
    const symbol = error && parameter !== undefined ? this.#program.symbolOf(parameter.name) : undefined;
    const own = symbol === undefined ? known : with_(known, symbol, 'error');
    const before = this.#sites.length + this.#runs.length + this.#chains.length;
    const body: readonly Code[] = ts.isBlock(fn.body) ? fn.body.statements : [fn.body];
    const items = body.map((one): Item => ({ kind: 'statement', node: one, known: own }));
    const steps = this.#list(items, true);
    if (this.#sites.length + this.#runs.length + this.#chains.length > before) {
      throw new Obstacle(fn, 'callback-shape', 'A handler of the chain goes on by callbacks.', 'Await the chain by hand first.');
    }
    return steps;
  }

  /** `var next = function () { … };`, of a function that is read as a loop where it is called. */
  #declaresRounds(node: ts.Statement): boolean {
    if (ts.isFunctionDeclaration(node)) return this.#finder.roundsOf(node) !== undefined;
    const value = ts.isVariableStatement(node) ? node.declarationList.declarations[0]?.initializer : undefined;
    return value !== undefined && isFunctionNode(value) && this.#finder.roundsOf(value) !== undefined;
  }

  /** The loop that the call begins. */
  #begunBy(call: ts.CallExpression): Rounds | undefined {
    let callee: ts.Expression = call.expression;
    while (ts.isParenthesizedExpression(callee)) callee = callee.expression;
    let fn: ts.Node | undefined = callee;
    if (ts.isIdentifier(callee)) {
      const declaration = this.#program.symbolOf(callee)?.valueDeclaration;
      fn = declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
    }
    const rounds = fn !== undefined && isFunctionNode(fn) ? this.#finder.roundsOf(fn) : undefined;
    return rounds?.start === call ? rounds : undefined;
  }

  #isOfRounds(call: ts.CallExpression): boolean {
    return this.#rounds.some(({ again, later }) => again.has(call) || later.has(call)) || this.#begunBy(call) !== undefined;
  }

  /** The call begins a loop, or a round of one. */
  #round(node: Code, call: ts.CallExpression, known: Known, tail: boolean): Step[] {
    if (!tail) codeAfter(call, `\`${calleeName(call)}\` is called`);
    this.#choices += 1;
    const begun = this.#begunBy(call);
    if (begun !== undefined) return [this.#loopOf(node, begun, known)];
    const rounds = this.#rounds.at(-1);
    if (rounds === undefined || !(rounds.again.has(call) || rounds.later.has(call))) return misplaced(call);
    const [value] = rounds.again.has(call) ? call.arguments : [];
    const edits = value === undefined ? [] : this.#values.edits(value, known);
    const again: Step = {
      kind: 'give',
      node,
      values: value === undefined ? [] : [value],
      outlet: { kind: 'again', parameter: rounds.fn.parameters[0] },
      unless: undefined,
      edits,
    };
    if (rounds.again.has(call)) return [again];
    const name = call.expression.getText().endsWith('setImmediate') ? 'setImmediate' : 'setTimeout';
    const site: CallbackSite = { call, callback: rounds.fn, target: { kind: 'timer', name } };
    const [, delay] = call.arguments;
    const delayEdits = delay === undefined ? [] : this.#values.edits(delay, known);
    this.#sites.push(site);
    const waited: Step = {
      kind: 'await',
      statement: node,
      site,
      callback: rounds.fn,
      values: [],
      failure: { kind: 'propagate' },
      edits: delayEdits,
    };
    return [waited, again];
  }

  #loopOf(statement: Code, rounds: Rounds, known: Known): GroupStep {
    const { fn, start } = rounds;
    const body: readonly Code[] = ts.isBlock(fn.body) ? fn.body.statements : [fn.body];
    this.#rounds.push(rounds);
    this.#merged.push(fn);
    // Its parameter becomes a variable.
    this.#withoutError.add(fn);
    const steps = this.#continuation(
      fn,
      body.map((node): Item => ({ kind: 'statement', node, known })),
    );
    this.#rounds.pop();
    if (!completes(steps)) {
      throw new Obstacle(
        fn,
        'control-flow',
        `There is a way through \`${calleeName(start)}\` that neither calls it again nor ends the function.`,
        'Return from the function where the work is done.',
      );
    }
    checkRounds(this.#program, fn, new Set<ts.Node>(this.#merged));
    return { kind: 'group', fn, steps, declares: [], gives: false, rounds: { statement, start } };
  }

  /** What is counted to its end is awaited, and what ran at the end follows. */
  #counted(statement: Code, call: ts.CallExpression, run: TaskRun & { kind: 'map' }, loop: CountedLoop, known: Known): Step[] {
    this.#runs.push(run);
    const edits = this.#values.edits(loop.list, known);
    const site: CallbackSite = { call, callback: loop.task, target: { kind: 'tasks', run, gives: false } };
    const failure = run.task.failure ?? { kind: 'propagate' };
    this.#unsafe ??= run.doubt;
    for (const idle of [loop.idle, loop.flag?.idle]) if (idle !== undefined) this.#idle.add(idle);
    const finish = loop.finish.map((node): Item => ({ kind: 'statement', node, known }));
    return [{ kind: 'await', statement, site, callback: loop.task, values: [], failure, edits }, ...this.#list(finish, true)];
  }

  /** What `if (cb) cb(err);` and `cb && cb(err);` are when there is a callback. */
  #whenGiven(node: Code, callback: ts.Symbol): readonly Code[] | undefined {
    if (ts.isIfStatement(node)) {
      const value = whenGiven(this.#program, callback, node.expression);
      if (value === undefined) return undefined;
      const branch = value ? node.thenStatement : node.elseStatement;
      return branch === undefined ? [] : statementsOf(branch);
    }
    const expression = bareExpression(node);
    if (expression === undefined || !ts.isBinaryExpression(expression)) return undefined;
    if (expression.operatorToken.kind !== ts.SyntaxKind.AmpersandAmpersandToken) return undefined;
    return whenGiven(this.#program, callback, expression.left) === true ? [expression.right] : undefined;
  }

  #dropped(node: ts.Statement): { steps: readonly Step[]; ends: boolean } {
    this.#choices += 1;
    return { steps: [{ kind: 'drop', node }], ends: false };
  }

  #chosen(nodes: readonly Code[], known: Known, tail: boolean): Step[] {
    return this.#list(
      nodes.map((node): Item => ({ kind: 'statement', node, known })),
      tail,
    );
  }

  /** `return new Promise((resolve, reject) => { … })` at the end of the function. */
  #promise(executor: InlineCallback, known: Known): Step[] {
    checkCallback(this.#program, executor);
    checkOwnThis(executor);
    checkOtherReturns(this.#program, this.#fn, executor);
    const [succeeds, fails] = executor.parameters.map((parameter) => this.#program.symbolOf(parameter.name));
    this.#completions.completer = { succeeds, fails, isCallback: false };
    this.#executor = executor;
    const body: readonly Code[] = ts.isBlock(executor.body) ? executor.body.statements : [executor.body];
    const steps = this.#list(
      body.map((node): Item => ({ kind: 'statement', node, known })),
      true,
    );
    if (!completes(steps)) {
      throw new Obstacle(
        executor,
        'callback-shape',
        'There is a way through the promise that never settles it.',
        'Call `resolve` or `reject` exactly once on every path, then run nodelift again.',
      );
    }
    this.#completions.completer = undefined;
    return steps;
  }

  /** A statement with asynchronous calls or completions inside. */
  #compound(node: Code, known: Known, tail: boolean, inner: readonly ts.CallExpression[]): Step {
    if (ts.isIfStatement(node)) {
      const read = (statement: ts.Statement): Step[] => {
        const items = statementsOf(statement).map((one): Item => ({ kind: 'statement', node: one, known }));
        // `else { // nothing to do }` says so.
        return items.length === 0 ? this.#closing(statement) : this.#branch(items, tail);
      };
      const before = this.#choices;
      const then = read(node.thenStatement);
      const otherwise = node.elseStatement && read(node.elseStatement);
      return {
        kind: 'branch',
        node,
        condition: node.expression,
        then,
        otherwise,
        edits: this.#values.edits(node.expression, known),
        whole: this.#choices === before,
      };
    }
    const asynchronous = inner.find((call) => this.#isStep(call));
    if (ts.isSwitchStatement(node)) return this.#switch(node, known, tail, asynchronous ?? node);
    const opened = ts.isTryStatement(node) ? this.#opened(node, known, tail) : undefined;
    if (opened !== undefined) return opened;
    if (asynchronous !== undefined) misplaced(asynchronous);
    if (ts.isTryStatement(node)) return this.#try(node, known, tail);
    if (this.#completions.completer !== undefined) this.#completions.checkReturns(node, inner);
    this.#completions.checkOtherUses(node, inner);
    const edits = this.#values.edits(node, known).slice();
    for (const call of inner) {
      const statement = call.parent;
      if (!ts.isReturnStatement(statement)) codeAfter(call, 'the callback is called');
      edits.push(...completionOf(this.#completions.completion(statement, call, known)));
    }
    return { kind: 'keep', node, edits };
  }

  /** @param within a call that is to be awaited in one of the clauses */
  #switch(node: ts.SwitchStatement, known: Known, tail: boolean, within: ts.Node): Step {
    const before = this.#choices;
    const { clauses } = node.caseBlock;
    return {
      kind: 'switch',
      node,
      clauses: clauses.map((clause, index): SwitchClause => {
        const { statements, end } = codeOf(clause);
        if (clause.statements.length === 0) return { node: clause, steps: [] };
        const goesOn = end === undefined && index < clauses.length - 1 && !statements.some(leaves);
        const isLeft = this.#completions.completer !== undefined && statements.some((one) => breaksOut(one));
        if (goesOn || isLeft || isSeenBeside(this.#program, clause)) misplaced(within);
        const items = statements.map((one): Item => ({ kind: 'statement', node: one, known }));
        const steps = this.#branch(items, tail);
        const last = steps.at(-1);
        return {
          node: clause,
          steps: last?.kind === 'complete' && end !== undefined ? [...steps.slice(0, -1), { ...last, drops: end }] : steps,
        };
      }),
      edits: this.#values.edits(node.expression, known),
      whole: this.#choices === before,
    };
  }

  /** `try { … } catch (e) { return cb(e); }` is what an async function does by itself. */
  #opened(node: ts.TryStatement, known: Known, tail: boolean): Step | undefined {
    const { catchClause, tryBlock } = node;
    const variable = catchClause?.variableDeclaration?.name;
    if (catchClause === undefined || variable === undefined || node.finallyBlock !== undefined) return undefined;
    if (!tryBlock.statements.every((one) => this.#mayStandBeside(one, tryBlock))) return undefined;
    const [only, ...others] = this.#statements(catchClause.block, known, tail || catchClause.block.statements.some(leaves));
    if (only?.kind !== 'complete' || only.outcome !== 'throw' || others.length > 0 || only.value === undefined) return undefined;
    if (!ts.isIdentifier(only.value) || this.#program.symbolOf(only.value) !== this.#program.symbolOf(variable)) return undefined;
    return { kind: 'opened', node, steps: this.#statements(tryBlock, known, tail || tryBlock.statements.some(leaves)) };
  }

  /** Would what the statement declares be told from everything else where its block is gone? */
  #mayStandBeside(statement: ts.Statement, block: ts.Block): boolean {
    if (!declaresInBlock(statement)) return true;
    if (!ts.isVariableStatement(statement)) return false;
    const names = statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
    return names.every((name) => identifiersIn(this.#fn, name.text).every((one) => isWithin(one, block)));
  }

  #statements(block: ts.Block, known: Known, tail: boolean): Step[] {
    return this.#list(
      block.statements.map((one): Item => ({ kind: 'statement', node: one, known })),
      tail,
    );
  }

  /** Completions in the blocks of a `try` that waits for nothing. */
  #try(node: ts.TryStatement, known: Known, tail: boolean): Step {
    const blocks = [node.tryBlock, node.catchClause?.block, node.finallyBlock];
    const edits = this.#values.edits(node, known).slice();
    for (const block of blocks) {
      if (block === undefined) continue;
      const items = block.statements.map((one): Item => ({ kind: 'statement', node: one, known }));
      const before = this.#choices;
      const steps = this.#list(items, (tail && node.finallyBlock === undefined) || block.statements.some(leaves));
      if (this.#choices > before) this.#completions.usedOtherwise(block, this.#completions.completer?.succeeds?.name ?? '');
      const completions = completionsIn(steps);
      if (block === node.finallyBlock && completions.length > 0) codeAfter(block, 'the callback is called');
      const thrown = completions.find((step) => step.outcome === 'throw');
      if (block === node.tryBlock && thrown !== undefined) {
        throw new Obstacle(
          thrown.node,
          'callback-shape',
          'An error is given to the callback inside a `try` whose `catch` would get it instead.',
          'Move the call of the callback out of the `try`.',
        );
      }
      edits.push(...editsOf(steps).filter((edit) => !edits.some((one) => one.start === edit.start && one.end === edit.end)));
    }
    return { kind: 'keep', node, edits };
  }

  #site(statement: Code, found: CallbackSite, known: Known, tail: boolean): Step[] {
    const site = this.#withTasks(found);
    if (site.call.questionDotToken !== undefined || site.call.arguments.some(ts.isSpreadElement)) {
      throw new Obstacle(site.call, 'callback-shape', 'The call has spread arguments or is optional.', 'Write the call out.');
    }
    const edits = this.#values.edits(site.call, known, site.callback);
    const { callback } = site;
    if (!tail && isInTurn(site)) codeAfter(site.call, `\`${calleeName(site.call)}\` is called`);
    if (!tail || (ts.isExpressionStatement(statement) && this.#isAside(site))) return [this.#detached(statement, site, known, edits)];
    this.#sites.push(site);
    if (callback === undefined) throw new Error('a call without a callback is no step');
    if (ts.isIdentifier(callback)) {
      if (this.#completions.completer?.isCallback === true && this.#program.symbolOf(callback) === this.#completions.completer.succeeds) {
        this.#checkShape(site);
        if (isInTurn(site)) return this.#handedOnInTurn(statement, site, site.target.run, known, edits);
        return [{ kind: 'hand-on', statement, site, edits }];
      }
      throw new Obstacle(
        callback,
        'escapes',
        `The callback \`${callback.text}\` is passed on by name, and its code is elsewhere.`,
        'Write the callback where it is used, then run nodelift again.',
      );
    }
    if (!isInTurn(site)) return this.#inline(statement, site, callback, known, edits);
    const body = this.#inTurn(site.target.run, known, callback);
    return this.#inline(statement, site, callback, known, edits).map((step, index) =>
      index === 0 && step.kind === 'await' ? { ...step, body } : step,
    );
  }

  /** What is handed on gives what the function itself gives elsewhere. */
  #checkShape({ call, target }: CallbackSite): void {
    const { completer } = this.#completions;
    const given = target.kind === 'taker' ? this.#finder.shapeOf(target.fn) : undefined;
    if (completer?.takesSeveral === true || completer?.shape === given) return;
    throw new Obstacle(
      call,
      'callback-shape',
      `\`${calleeName(call)}\` does not give as many values as the function does elsewhere.`,
      'Give one object that holds them, everywhere.',
    );
  }

  /** The callback of the whole is handed on: what is thrown, and what the last function gives, is the function's own. */
  #handedOnInTurn(statement: Code, site: CallbackSite, run: InTurn, known: Known, edits: readonly TextEdit[]): Step[] {
    const body = this.#inTurn(run, known, undefined);
    return run.order === 'waterfall' ? [...body.steps] : [{ kind: 'hand-on', statement, site, edits, body }];
  }

  /** @param callback of the whole; without it the last function of a waterfall ends the function as it did */
  #inTurn(run: InTurn, known: Known, callback: InlineCallback | undefined): TaskBody {
    const { functions, order, named } = run;
    const results = run.order === 'map in turn' || (order === 'series' && named === undefined) ? this.#resultList(callback) : undefined;
    const groups = functions.map((fn, index): GroupStep => {
      const steps = this.#task(fn, known, order);
      const next = functions[index + 1];
      if (order === 'waterfall' && next === undefined && callback === undefined)
        return { kind: 'group', fn, steps, declares: [], gives: false };
      const outlet = this.#outletOf(order, index, next, callback, named, results);
      return this.#settledGroup(fn, steps, outlet, run.list !== undefined);
    });
    const [fn] = functions;
    if (run.list === undefined || fn === undefined) return { steps: groups, loop: undefined, results };
    const merged = new Set<ts.Node>(this.#merged);
    checkRounds(this.#program, fn, merged);
    const [item, index] = fn.parameters.slice(0, -1).map((one) => (this.#values.isUsed(fn.body, one) ? one : undefined));
    return { steps: groups, loop: { list: run.list, item, index }, results };
  }

  /** The code of a function that `async` is given, as a part of this one. */
  #task(fn: InlineCallback, known: Known, order: InTurn['order']): Step[] {
    const parameter = fn.parameters.at(-1);
    const symbol = parameter && this.#program.symbolOf(parameter.name);
    if (symbol === undefined) throw new Error('a function that async is given has a callback');
    checkTask(this.#program, fn);
    const around = this.#completions.completer;
    for (const own of [around?.succeeds, around?.fails, this.#taker?.symbol]) {
      if (own !== undefined && mentions(this.#program, fn.body, own)) this.#completions.usedOtherwise(fn.body, own.name);
    }
    const takesSeveral = order === 'waterfall' ? { takesSeveral: true as const } : {};
    this.#completions.completer = { succeeds: symbol, fails: symbol, isCallback: true, ...takesSeveral };
    this.#merged.push(fn);
    this.#inlined.set(fn, this.#inlined.get(fn));
    const body: readonly Code[] = ts.isBlock(fn.body) ? fn.body.statements : [fn.body];
    const items = body.map((node): Item => ({ kind: 'statement', node, known }));
    const steps = this.#continuation(fn, items);
    this.#completions.completer = around;
    return steps;
  }

  #outletOf(
    order: InTurn['order'],
    index: number,
    next: InlineCallback | undefined,
    callback: InlineCallback | undefined,
    named: NamedResults | undefined,
    results: ResultList | undefined,
  ): Outlet {
    const name = named?.inOrder[index];
    if (name !== undefined) return { kind: 'variable', name };
    if (results !== undefined) return { kind: 'list', list: results };
    if (order !== 'waterfall') return { kind: 'nowhere' };
    const taker = next ?? callback;
    if (taker === undefined) return { kind: 'nowhere' };
    const parameters = next === undefined ? taker.parameters.slice(1) : taker.parameters.slice(0, -1);
    const used = parameters.map((one) => (this.#values.isUsed(taker.body, one) ? one : undefined));
    if (next === undefined) while (used.length > 0 && used.at(-1) === undefined) used.pop();
    return { kind: 'parameters', parameters: used, next: taker, exact: next !== undefined };
  }

  #settledGroup(fn: InlineCallback, steps: readonly Step[], outlet: Outlet, isRound: boolean): GroupStep {
    const own = settled(steps, { program: this.#program, finder: this.#finder, outlet, isRound });
    if (outlet.kind === 'parameters') {
      const giver = own.find((step) => step.kind === 'await' && step.outlet === outlet);
      if (giver?.kind === 'await') this.#inlined.set(outlet.next, giver.site);
      const last = own.at(-1);
      if (last?.kind === 'give')
        for (const [parameter, value] of aliasesOf(this.#program, last, outlet)) this.#aliases.set(parameter, value);
    }
    return { kind: 'group', fn, steps: own, declares: declared(steps, outlet), gives: true };
  }

  /** Results that nobody looks at are not gathered. */
  #resultList(callback: InlineCallback | undefined): ResultList | undefined {
    const parameter = callback?.parameters[1];
    if (callback !== undefined && parameter === undefined) return undefined;
    if (callback !== undefined && parameter !== undefined) {
      return this.#values.isUsed(callback.body, parameter) ? { name: parameter.name.getText() } : undefined;
    }
    const isFree = (name: string): boolean =>
      !this.#lists.includes(name) && isNameFree(this.#program, name, this.#fn, new Set()) && !isNameVisible(this.#program, name, this.#fn);
    const name = firstFree(['results', 'allResults', 'results2'], isFree);
    this.#lists.push(name);
    return { name };
  }

  /** What the library runs side by side can become `Promise.all`. */
  #withTasks(site: CallbackSite): CallbackSite {
    const run = this.#tasks.runOf(site.call);
    if (run === undefined || site.target.kind !== 'api') return site;
    this.#runs.push(run);
    if (run.kind !== 'list') this.#unsafe ??= run.doubt;
    if (run.kind !== 'map' && run.named !== undefined) this.#values.takeApart(run.named);
    return { ...site, target: { kind: 'tasks', run, gives: site.target.api.values.length > 0 } };
  }

  /** Code stands behind the call, and runs first: the call stays as it is if its callback has nothing to go on with. */
  #detached(statement: Code, site: CallbackSite, known: Known, edits: readonly TextEdit[]): Step {
    const { callback, call } = site;
    const refuse = (): never => codeAfter(call, `\`${calleeName(call)}\` is called`);
    if (callback === undefined || ts.isIdentifier(callback) || !ts.isExpressionStatement(statement)) return refuse();
    // The code behind ran after the callback then, and not before it.
    if (site.target.kind === 'api' && site.target.api.atOnce === true) return refuse();
    checkCallback(this.#program, callback);
    const [error] = callback.parameters;
    const body: readonly Code[] = ts.isBlock(callback.body) ? callback.body.statements : [callback.body];
    const symbol = error && this.#program.symbolOf(error.name);
    if (body.some((one) => this.#innerCalls(one).length > 0)) refuse();
    this.#sites.push(site);
    if (body.length === 0) return { kind: 'detached', statement, site, callback, error: undefined, steps: [], edits };
    if (error === undefined || symbol === undefined) return refuse();
    const success = new Specializer(this.#program, symbol, 'none', with_(known, symbol, 'none'), this.#inTest).list(body);
    if (success.some((item) => item.kind !== 'statement' || !isBareReturn(item.node))) refuse();
    const failing = new Specializer(this.#program, symbol, 'error', with_(known, symbol, 'error'), this.#inTest).list(body);
    if (callback.parameters.slice(1).some((value) => this.#values.isUsed(callback.body, value))) refuse();
    return { kind: 'detached', statement, site, callback, error, steps: this.#list(failing, true), edits };
  }

  /** Its callback is empty, as those in front of it are, and nobody is told of the end: nothing has to wait. */
  #isAside(site: CallbackSite): boolean {
    return this.#completions.completer === undefined && this.#merged.length === 0 && [...this.#sites, site].every(isEmpty);
  }

  #inline(statement: Code, site: CallbackSite, callback: InlineCallback, known: Known, edits: readonly TextEdit[]): Step[] {
    checkCallback(this.#program, callback);
    const error = hasNoError(site) ? undefined : callback.parameters[0];
    const values = this.#values.asProperties(site, callback, hasNoError(site) ? callback.parameters : callback.parameters.slice(1));
    const body: readonly Code[] = ts.isBlock(callback.body) ? callback.body.statements : [callback.body];
    const symbol = error && this.#program.symbolOf(error.name);
    if (error === undefined || symbol === undefined || !body.some((one) => mentions(this.#program, one, symbol))) {
      if (losesValues(site)) this.#values.checkValuesOnError(values, [callback.body]);
      const items = body.map((node): Item => ({ kind: 'statement', node, known }));
      this.#merged.push(callback);
      if (hasNoError(site)) this.#withoutError.add(callback);
      const failure: Failure = site.target.kind === 'timer' ? { kind: 'propagate' } : { kind: 'ignore' };
      return [this.#awaited(statement, site, callback, values, failure, edits), ...this.#continuation(callback, items)];
    }
    const before = { sites: this.#sites.length, merged: this.#merged.length, completer: this.#completions.completer };
    try {
      return this.#split(statement, site, callback, error, symbol, values, known, edits);
    } catch (obstacle) {
      if (!(obstacle instanceof Undecided) || obstacle.symbol !== symbol) throw obstacle;
      this.#sites.length = before.sites;
      this.#merged.length = before.merged;
      this.#completions.completer = before.completer;
    }
    if (losesValues(site)) this.#values.checkValuesOnError(values, [callback.body]);
    this.#merged.push(callback);
    this.#completions.captured.add(symbol);
    const items = body.map((node): Item => ({ kind: 'statement', node, known }));
    const failure: Failure = { kind: 'capture', error };
    return [this.#awaited(statement, site, callback, values, failure, edits), ...this.#continuation(callback, items)];
  }

  /** What runs when there is an error goes into a handler, what runs when there is none follows the call. */
  #split(
    statement: Code,
    site: CallbackSite,
    callback: InlineCallback,
    error: ts.ParameterDeclaration,
    symbol: ts.Symbol,
    values: readonly ts.ParameterDeclaration[],
    known: Known,
    edits: readonly TextEdit[],
  ): Step[] {
    const body: readonly Code[] = ts.isBlock(callback.body) ? callback.body.statements : [callback.body];
    this.#merged.push(callback);
    this.#values.noteValuesOnError(site, error, symbol, values);
    const every = new Specializer(this.#program, symbol, 'none', with_(known, symbol, 'none'), this.#inTest).list(body);
    const everyFailing = new Specializer(this.#program, symbol, 'error', with_(known, symbol, 'error'), this.#inTest).list(body);
    const given = [error, ...values].flatMap(({ name }) => boundNames(name)).map((name) => this.#program.symbolOf(name));
    const shared = sharedDeclarations(
      this.#program,
      every,
      everyFailing,
      given.filter((one) => one !== undefined),
    );
    if (every.length > 1 && areTheSame(every, everyFailing)) {
      throw new Undecided(symbol, callback, 'The callback does the same with an error and without one.', 'Return when there is an error.');
    }
    const [success, failing] = [every.slice(shared), everyFailing.slice(shared)];
    const declared = everyFailing.slice(0, shared);
    const isLooked = values.some((value) => success.some(({ node }) => this.#values.isUsed(node, value)));
    const passing = isLooked && givesOnError(site) ? undefined : this.#passing(error, symbol, success, failing);
    if (passing !== undefined)
      return [
        ...this.#list(declared, false),
        this.#awaited(statement, site, callback, values, passing, edits),
        ...this.#continuation(callback, success),
      ];
    const tail = this.#commonTail(success, failing, symbol);
    const onlySuccess = success.slice(0, success.length - tail);
    const onlyFailure = failing.slice(0, failing.length - tail);
    if (tail > 0 && onlySuccess.length > 0) {
      throw new Undecided(
        symbol,
        callback,
        'The callback has code for failure, code for success, and code for both behind them.',
        'Return from the branch for failure.',
      );
    }
    const failure = this.#failure(error, symbol, tail > 0 ? onlyFailure : [...declared, ...onlyFailure], tail > 0);
    if (failure.kind === 'handle' && (site.target.kind === 'taker' || losesValues(site)))
      this.#values.checkValuesOnError(values, failure.steps);
    // Values that only the failure looked at are in the error.
    const looked = this.#values.areInError(symbol) ? success.map((item) => item.node) : [callback.body];
    const awaited = (steps: Failure): Step => this.#awaited(statement, site, callback, values, steps, edits, looked);
    if (tail > 0) return [...this.#list(declared, false), awaited(failure), ...this.#continuation(callback, success)];
    // What both ways look at is declared once, in front of the call.
    const { inFront, left } = declaredInFront(failure, declared);
    const behind = every.filter(({ node }) => !inFront.some((step) => step.node === node));
    return [...inFront, awaited(left), ...this.#continuation(callback, behind)];
  }

  /**
   * `if (err && err.code !== 'ENOENT') { … } else { … }`: some errors end the function, and with the others it goes on as without one.
   * @returns nothing where it is not so
   */
  #passing(error: ts.ParameterDeclaration, symbol: ts.Symbol, success: readonly Item[], failing: readonly Item[]): Failure | undefined {
    const [only, ...others] = failing;
    if (only?.kind !== 'if' || others.length > 0 || only.otherwise === undefined || success.length === 0) return undefined;
    const isSame = areTheSame(success, only.otherwise) && only.otherwise.every(({ node }) => !mentions(this.#program, node, symbol));
    if (!isSame || only.then.some(({ node }) => this.#innerCalls(node).some((call) => this.#isStep(call)))) return undefined;
    const then = this.#list(only.then, true);
    const isOver = itemsLeave(only.then) || completes(then);
    // Its own end was the end of the function; now there is code behind it.
    if (!isOver && this.#completions.completer !== undefined) return undefined;
    const end: Step = { kind: 'complete', node: only.condition, outcome: 'return', value: undefined, edits: [] };
    const branch: Step = {
      kind: 'branch',
      node: only.node,
      condition: only.condition,
      then: isOver ? then : [...then, end],
      otherwise: undefined,
      edits: this.#values.edits(only.condition, only.known),
      whole: false,
    };
    return { kind: 'handle', error, steps: [branch], ends: false };
  }

  #failure(error: ts.ParameterDeclaration, symbol: ts.Symbol, items: readonly Item[], continues: boolean): Failure {
    if (items.length === 0) return continues ? { kind: 'ignore' } : { kind: 'handle', error, steps: [], ends: true };
    const before = this.#sites.length;
    const steps = withoutIdleSteps(this.#list(items, !continues));
    if (this.#sites.length > before && continues) misplaced(this.#sites[before]?.call ?? error);
    if (continues && completionsIn(steps).some((step) => !leaves(step.node))) codeAfter(error, 'the callback is called');
    const [only, ...others] = steps.filter(({ kind }) => kind !== 'drop');
    if (only !== undefined && others.length === 0 && this.#throwsOn(only, symbol)) return { kind: 'propagate' };
    return { kind: 'handle', error, steps, ends: !continues };
  }

  /** `throw err`, or `cb(err)`. */
  #throwsOn(step: Step, symbol: ts.Symbol): boolean {
    const thrown =
      step.kind === 'complete' && step.outcome === 'throw'
        ? step.value
        : step.kind === 'keep' && ts.isThrowStatement(step.node)
          ? step.node.expression
          : undefined;
    return thrown !== undefined && ts.isIdentifier(thrown) && this.#program.symbolOf(thrown) === symbol;
  }

  #awaited(
    statement: Code,
    site: CallbackSite,
    callback: InlineCallback,
    values: readonly ts.ParameterDeclaration[],
    failure: Failure,
    edits: readonly TextEdit[],
    looked: readonly ts.Node[] = [callback.body],
  ): AwaitStep {
    const used = values.map((value) => (looked.some((node) => this.#values.isUsed(node, value)) ? value : undefined));
    while (used.length > 0 && used.at(-1) === undefined) used.pop();
    const mayLack = failure.kind === 'capture' || (failure.kind === 'handle' && !failure.ends);
    if (mayLack && used.length > 0 && this.#rounds.length > 0 && sourceHabits(callback.getSourceFile()).constant === 'var') {
      throw new Obstacle(
        callback,
        'control-flow',
        'What the callback is given would be left over from the round before where there is an error.',
        'End the round where there is an error, or declare variables by `let`.',
      );
    }
    const named = namedResults(site);
    if (named !== undefined) return { kind: 'await', statement, site, callback, values: [], failure, edits, names: named.inOrder };
    return { kind: 'await', statement, site, callback, values: used, failure, edits };
  }

  /** What follows the await, with the comments that close the callback's block. */
  #continuation(callback: InlineCallback, items: readonly Item[]): Step[] {
    return [...this.#list(items, true), ...this.#closing(callback.body)];
  }

  /** The comments behind the last statement of a block. */
  #closing(block: ts.Node): Step[] {
    const comments = ts.isBlock(block) ? closing(block) : [];
    return comments.length === 0 ? [] : [{ kind: 'comments', comments, blankBefore: false }];
  }

  /** How many items at the end run in both cases, and say nothing of the error. */
  #commonTail(success: readonly Item[], failing: readonly Item[], symbol: ts.Symbol): number {
    let count = 0;
    while (count < Math.min(success.length, failing.length)) {
      const one = success[success.length - 1 - count];
      const two = failing[failing.length - 1 - count];
      if (one?.kind !== 'statement' || two?.kind !== 'statement' || one.node !== two.node) break;
      if (mentions(this.#program, one.node, symbol)) break;
      count += 1;
    }
    return count;
  }

  /** Calls of the callback, and asynchronous calls, in the code of the function itself. */
  #innerCalls(node: ts.Node): ts.CallExpression[] {
    const found: ts.CallExpression[] = [];
    const visit = (one: ts.Node): void => {
      if (isFunctionNode(one) || ts.isClassLike(one)) return;
      if (ts.isCallExpression(one) && (this.#completions.isCompletion(one) || this.#isStep(one))) found.push(one);
      ts.forEachChild(one, visit);
    };
    visit(node);
    return found;
  }

  #isStep(call: ts.CallExpression): boolean {
    const site = this.#finder.siteOf(call);
    return (site !== undefined && !this.#isLoose(site)) || this.#tasks.runOf(call) !== undefined || this.#isOfRounds(call);
  }

  /** Code that is kept must not call back in a way of its own. */
  #checkPlain(node: ts.Node): void {
    this.#checkUnknown(node);
    if (this.#completions.completer === undefined) return;
    if (this.#loop === undefined) this.#completions.checkReturns(node, []);
    this.#completions.checkOtherUses(node, []);
  }

  /** A callback of something unknown goes on where nothing here can follow. */
  #checkUnknown(node: ts.Node): void {
    const visit = (one: ts.Node): void => {
      if (isFunctionNode(one) || ts.isClassLike(one)) return;
      if (ts.isCallExpression(one) && this.#finder.isUnknownCallback(one)) {
        throw new Obstacle(
          one,
          'unknown-callback',
          `\`${calleeName(one)}\` is given what looks like an error-first callback, and is not known.`,
          'Await a promise form of it, then run nodelift again.',
        );
      }
      ts.forEachChild(one, visit);
    };
    visit(node);
  }
}

function namedResults({ target }: CallbackSite): NamedResults | undefined {
  return target.kind === 'tasks' && target.run.kind !== 'map' ? target.run.named : undefined;
}

function isInTurn(site: CallbackSite): site is CallbackSite & { readonly target: { readonly kind: 'tasks'; readonly run: InTurn } } {
  return site.target.kind === 'tasks' && site.target.run.kind === 'in turn';
}

function losesValues({ target }: CallbackSite): boolean {
  if (target.kind === 'tasks') return true;
  return target.kind === 'api' && target.api.losesValuesOnError === true;
}

/** May the callback get values together with an error? */
function givesOnError(site: CallbackSite): boolean {
  return site.target.kind === 'taker' || losesValues(site) || (site.target.kind === 'api' && site.target.api.valuesOnError === true);
}

function isConstant(declaration: ts.VariableDeclaration): boolean {
  return (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
}

function with_(known: Known, symbol: ts.Symbol, truth: 'error' | 'none'): Known {
  return new Map([...known, [symbol, truth]]);
}

/** Nothing depends on whether there is an error but what the statements are given. */
function areTheSame(success: readonly Item[], failing: readonly Item[]): boolean {
  return (
    success.length === failing.length && success.every((item, index) => item.kind === 'statement' && failing[index]?.node === item.node)
  );
}
