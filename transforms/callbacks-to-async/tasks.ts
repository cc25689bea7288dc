/**
 * Functions that are run for every item of a list at once, or side by side, and told of when all are done: they become async functions, and
 * what runs them `Promise.all`.
 */

import { ts } from 'ts-morph';
import type { TaskOrder } from '../../catalog/callback-apis.ts';
import { Arrays } from '../../engine/async/arrays.ts';
import type { CallGraph } from '../../engine/async/call-graph.ts';
import { isAsync, isFunctionNode, isGenerator, type FunctionNode } from '../../engine/async/functions.ts';
import type { Reason } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn, isNameFree, isNameVisible } from '../../engine/source/names.ts';
import type { Completer } from './completer.ts';
import { countedLoop, type CountedLoop } from './counted.ts';
import { doubtsOf } from './counted-steps.ts';
import { executorOf } from './executor.ts';
import type { Flow } from './flow.ts';
import { Obstacle } from './obstacle.ts';
import { checkRounds, checkTask, settled } from './sequence.ts';
import type { CallbackSite, InlineCallback, SiteFinder, Taker } from './sites.ts';
import { waysOf, type Step } from './steps.ts';

export type TaskRun =
  /** `Promise.all(list.map(task))`; `loop` where callbacks were counted. */
  | {
      readonly kind: 'map';
      readonly list: ts.Expression;
      readonly task: Flow;
      readonly loop?: CountedLoop;
      readonly doubt?: Reason | undefined;
    }
  /** `Promise.all([…])` of functions that are called with nothing but a callback. */
  | {
      readonly kind: 'list';
      readonly given: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression;
      readonly tasks: readonly Flow[];
      /** The results of tasks with names, each under its own. */
      readonly named?: NamedResults | undefined;
    }
  | InTurn;

/** One after another, as statements of the function around them. */
export interface InTurn {
  readonly kind: 'in turn';
  readonly order: Exclude<TaskOrder, 'map' | 'list'>;
  /** What a loop goes through. */
  readonly list: ts.Expression | undefined;
  readonly functions: readonly InlineCallback[];
  readonly named?: NamedResults | undefined;
  readonly doubt?: Reason | undefined;
}

export interface NamedResults {
  /** What the callback calls all of them. */
  readonly all: ts.Symbol;
  /** By the names that they had as its properties; those that nobody reads have none. */
  readonly names: ReadonlyMap<string, string>;
  /** In the order of the tasks. */
  readonly inOrder: readonly (string | undefined)[];
}

/** How a task says that it is done. */
export type TaskForm =
  | { readonly kind: 'callback'; readonly taker: Taker; readonly takesSeveral?: true }
  | { readonly kind: 'counted'; readonly loop: CountedLoop; readonly completer: Completer | undefined };

/** @throws Obstacle */
type ReadTask = (tasks: Tasks, fn: InlineCallback, form: TaskForm) => Flow;

export class Tasks {
  readonly #program: Program;
  readonly #finder: SiteFinder;
  readonly #arrays: Arrays;
  readonly #read: ReadTask;
  readonly #assumes: boolean;
  readonly #runs = new Map<ts.CallExpression, TaskRun | undefined>();
  /** Calls whose tasks could be async functions if that were taken to be the same. */
  readonly #doubtful = new Set<ts.CallExpression>();

  /** @param assumes what may not be quite the same is taken to be */
  constructor(program: Program, graph: CallGraph, finder: SiteFinder, read: ReadTask, assumes: boolean) {
    this.#assumes = assumes;
    this.#program = program;
    this.#finder = finder;
    this.#arrays = new Arrays(program, graph);
    this.#read = read;
  }

  /** How the tasks that the call is given are run, when all of them can be async functions. */
  runOf(call: ts.CallExpression): TaskRun | undefined {
    if (!this.#runs.has(call)) {
      this.#runs.set(call, undefined);
      this.#runs.set(call, this.#find(call));
    }
    return this.#runs.get(call);
  }

  /** Calls seen so far whose tasks could be async functions if that were taken to be the same. */
  get doubtful(): ReadonlySet<ts.CallExpression> {
    return this.#doubtful;
  }

  /** Is the function one whose code becomes a task of the function around it? */
  isTask(fn: FunctionNode): boolean {
    const value = ts.isPropertyAssignment(fn.parent) ? fn.parent.parent : fn;
    const given = ts.isArrayLiteralExpression(value.parent) ? value.parent : value;
    const run = ts.isCallExpression(given.parent) ? this.runOf(given.parent) : undefined;
    if (run === undefined) return false;
    if (run.kind === 'in turn') return run.functions.some((one) => one === fn);
    return run.kind === 'map' ? run.task.fn === fn : run.tasks.some((task) => task.fn === fn);
  }

  #find(call: ts.CallExpression): TaskRun | undefined {
    try {
      const loop = countedLoop(this.#program, call);
      if (loop !== undefined) return this.#counted(loop);
      return this.#ofLibrary(call);
    } catch (obstacle) {
      if (obstacle instanceof Obstacle) return undefined;
      throw obstacle;
    }
  }

  #counted(loop: CountedLoop): TaskRun | undefined {
    if (spansLines(loop.task)) return undefined;
    const task = this.#read(this, loop.task, { kind: 'counted', loop, completer: this.#completerAround(loop.call) });
    const doubt = doubtsOf(loop, task);
    if (doubt !== undefined && !this.#assumes) {
      this.#doubtful.add(loop.call);
      return undefined;
    }
    return { kind: 'map', list: loop.list, task, loop, doubt };
  }

  /** `async.each(list, task, …)`, `async.parallel([task, task], …)`. */
  #ofLibrary(call: ts.CallExpression): TaskRun | undefined {
    const site = this.#finder.siteOf(call);
    const target = site?.target;
    const order = target?.kind === 'api' ? target.api.runs?.find(({ names }) => names.includes(target.name))?.kind : undefined;
    if (site === undefined || order === undefined) return undefined;
    const [given, task] = call.arguments;
    if (given === undefined) return undefined;
    if (order === 'each in turn' || order === 'each with index' || order === 'map in turn') return this.#loop(site, given, task, order);
    if (order === 'series' || order === 'waterfall') return this.#sequence(site, given, order);
    if (order === 'map') {
      if (task === undefined || !isInline(task)) return undefined;
      const own = this.#taskOf(task, 2);
      const list = this.#listOf(call, given);
      return list && { kind: 'map', list: given, task: own, doubt: list.doubt };
    }
    if (ts.isObjectLiteralExpression(given)) return this.#named(given, site.callback);
    if (!ts.isArrayLiteralExpression(given) || given.elements.length === 0) return undefined;
    const functions = given.elements.filter(isInline);
    if (functions.length < given.elements.length) return undefined;
    return { kind: 'list', given, tasks: functions.map((fn) => this.#taskOf(fn, 1)) };
  }

  #loop(
    { call, callback }: CallbackSite,
    given: ts.Expression,
    task: ts.Expression | undefined,
    order: InTurn['order'],
  ): InTurn | undefined {
    if (task === undefined || !isInline(task) || isFollowed(call)) return undefined;
    const parameters = order === 'each with index' ? 3 : 2;
    // The library counts the items before it begins.
    if (mentionsText(task.body, given.getText())) return undefined;
    if (order === 'map in turn' && !isNamed(callback)) return undefined;
    const flow = this.#taskOf(task, parameters);
    this.#checkInTurn(flow, true);
    checkRounds(this.#program, task, new Set<ts.Node>([task, ...flow.merged]));
    const list = this.#listOf(call, given);
    return list && { kind: 'in turn', order, list: given, functions: [task], doubt: list.doubt };
  }

  /** The library takes objects and nothing at all for a list too: what is not known to be an array is taken for one where that is allowed. */
  #listOf(call: ts.CallExpression, given: ts.Expression): { readonly doubt: Reason | undefined } | undefined {
    const proof = this.#arrays.proofOf(given);
    if (proof === 'array') return { doubt: undefined };
    if (proof === 'other') return undefined;
    if (this.#assumes) return { doubt: notSeenToBeArray(given) };
    this.#doubtful.add(call);
    return undefined;
  }

  #sequence({ call, callback }: CallbackSite, given: ts.Expression, order: 'series' | 'waterfall'): InTurn | undefined {
    if (isFollowed(call)) return undefined;
    if (ts.isObjectLiteralExpression(given) && order === 'series') {
      const run = this.#named(given, callback);
      if (run?.kind === 'list') for (const task of run.tasks) this.#checkInTurn(task, false);
      return run?.kind === 'list'
        ? { kind: 'in turn', order, list: undefined, functions: given.properties.flatMap(functionOf), named: run.named }
        : undefined;
    }
    if (!ts.isArrayLiteralExpression(given) || given.elements.length === 0) return undefined;
    const functions = given.elements.filter(isInline);
    if (functions.length < given.elements.length) return undefined;
    for (const [index, fn] of functions.entries()) {
      const count = order === 'waterfall' && index > 0 ? fn.parameters.length : 1;
      if (fn.parameters.slice(0, -1).some((parameter) => !isPlainParameter(parameter))) return undefined;
      this.#checkInTurn(this.#taskOf(fn, count, order === 'waterfall'), false);
    }
    if (order === 'series' && !isNamed(callback)) return undefined;
    return { kind: 'in turn', order, list: undefined, functions };
  }

  /** Can the code of the function stand in that of the function around it? */
  #checkInTurn({ fn, steps }: Flow, isRound: boolean): void {
    if (!isInline(fn)) return;
    checkTask(this.#program, fn);
    settled(steps, { program: this.#program, finder: this.#finder, outlet: { kind: 'nowhere' }, isRound });
  }

  /** `{ user: function (callback) { … }, orders: … }`, whose results are read by their names. */
  #named(given: ts.ObjectLiteralExpression, callback: CallbackSite['callback']): TaskRun | undefined {
    if (callback === undefined || ts.isIdentifier(callback)) return undefined;
    const keys: string[] = [];
    const functions: InlineCallback[] = [];
    for (const property of given.properties) {
      if (!ts.isPropertyAssignment(property) || !ts.isIdentifier(property.name) || !isInline(property.initializer)) return undefined;
      keys.push(property.name.text);
      functions.push(property.initializer);
    }
    if (functions.length === 0 || new Set(keys).size < keys.length) return undefined;
    const tasks = functions.map((fn) => this.#taskOf(fn, 1));
    const results = callback.parameters[1];
    if (results === undefined) return { kind: 'list', given, tasks };
    const all = ts.isIdentifier(results.name) ? this.#program.symbolOf(results.name) : undefined;
    const host = functionAround(callback);
    if (all === undefined || host === undefined) return undefined;
    const read = identifiersIn(callback.body, all.name).filter((one) => this.#program.symbolOf(one) === all);
    if (!read.every(({ parent }) => isMemberRead(parent, keys))) return undefined;
    const isRead = (key: string): boolean => read.some(({ parent }) => ts.isPropertyAccessExpression(parent) && parent.name.text === key);
    const isFree = (name: string): boolean => isNameFree(this.#program, name, host, new Set()) && !isNameVisible(this.#program, name, host);
    const names = new Map<string, string>();
    for (const key of keys.filter(isRead)) {
      const name = [key, joinedName(all.name, key)].find((one) => isFree(one) && ![...names.values()].includes(one));
      if (name === undefined) return undefined;
      names.set(key, name);
    }
    return { kind: 'list', given, tasks, named: { all, names, inOrder: keys.map((key) => names.get(key)) } };
  }

  /** @param parameters how many the function is called with */
  #taskOf(fn: InlineCallback, parameters: number, takesSeveral = false): Flow {
    const parameter = fn.parameters.at(-1);
    const symbol = parameter && this.#program.symbolOf(parameter.name);
    const isTask =
      isPlainParameter(parameter) && fn.parameters.length === parameters && !isAsync(fn) && !isGenerator(fn) && !spansLines(fn);
    if (parameter === undefined || symbol === undefined || !isTask) {
      throw new Obstacle(fn, 'callback-shape', 'The function is not given a callback alone.', 'Write it as an async function.');
    }
    const taker: Taker = { fn, parameter, symbol, optional: false, gives: true };
    const task = this.#read(this, fn, { kind: 'callback', taker, ...(takesSeveral && { takesSeveral }) });
    if (takesSeveral) return task;
    // The library makes an array of several values.
    if (handsOnSeveral(task.steps)) throw new Obstacle(fn, 'callback-shape', 'The callback may be given several values.', 'Give it one.');
    return task;
  }

  /** The callback of the function around the call, or the `resolve` and `reject` of its promise. */
  #completerAround(call: ts.Node): Completer | undefined {
    for (let node = call.parent; !ts.isSourceFile(node); node = node.parent) {
      if (!isFunctionNode(node)) continue;
      const own = this.#finder.takerOf(node) ?? this.#finder.doneOf(node);
      if (own !== undefined) return { succeeds: own.symbol, fails: own.symbol, isCallback: true };
      if (ts.isNewExpression(node.parent) && executorOf(this.#program, node.parent) === node) {
        const [succeeds, fails] = node.parameters.map((parameter) => this.#program.symbolOf(parameter.name));
        return { succeeds, fails, isCallback: false };
      }
      if (this.#finder.siteOfCallback(node) === undefined && !this.isTask(node)) return undefined;
    }
    return undefined;
  }
}

/** `albumTitle` for `album.title`; `titleResult` where they are all called results. */
function joinedName(all: string, key: string): string {
  return /^(?:res|results?|data|r)$/.test(all) ? `${key}Result` : all + key.charAt(0).toUpperCase() + key.slice(1);
}

/** The function that the callback's code may come to stand in, whatever of those around it that is. */
function functionAround(node: ts.Node): FunctionNode | undefined {
  let outer: FunctionNode | undefined;
  for (let current = node.parent; !ts.isSourceFile(current); current = current.parent) if (isFunctionNode(current)) outer = current;
  return outer;
}

function handsOnSeveral(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    if (step.kind === 'branch' || step.kind === 'switch') return waysOf(step).some(handsOnSeveral);
    if (step.kind === 'opened') return handsOnSeveral(step.steps);
    if (step.kind === 'await') return step.failure.kind === 'handle' && handsOnSeveral(step.failure.steps);
    return step.kind === 'hand-on' && step.site.target.kind === 'api' && step.site.target.api.values.length > 1;
  });
}

function notSeenToBeArray(given: ts.Expression): Reason {
  return {
    code: 'callback-shape',
    message: `That \`${given.getText().replace(/\s+/g, ' ')}\` is an array cannot be seen, and \`async\` takes objects and \`null\` too.`,
    help: 'See that it always is an array, then apply the fix with --unsafe.',
  };
}

/** The results, if the callback looks at them, have one name. */
function isNamed(callback: CallbackSite['callback']): boolean {
  if (callback === undefined || ts.isIdentifier(callback)) return true;
  const results = callback.parameters[1];
  return results === undefined || ts.isIdentifier(results.name);
}

/** Is the expression somewhere in the code, letter by letter? */
function mentionsText(node: ts.Node, text: string): boolean {
  if (ts.isExpression(node) && node.getText() === text) return true;
  return ts.forEachChild(node, (child) => mentionsText(child, text) || undefined) === true;
}

function functionOf(property: ts.ObjectLiteralElementLike): InlineCallback[] {
  return ts.isPropertyAssignment(property) && isInline(property.initializer) ? [property.initializer] : [];
}

/** Code behind the call runs first. */
function isFollowed(call: ts.CallExpression): boolean {
  const statement = call.parent;
  if (!ts.isExpressionStatement(statement) || !ts.isBlock(statement.parent)) return false;
  const { statements } = statement.parent;
  const [next, ...others] = statements.slice(statements.indexOf(statement) + 1).filter((one) => !ts.isFunctionDeclaration(one));
  return next !== undefined && !(others.length === 0 && ts.isReturnStatement(next) && next.expression === undefined);
}

function isPlainParameter(parameter: ts.ParameterDeclaration | undefined): boolean {
  return parameter?.dotDotDotToken === undefined && parameter?.initializer === undefined;
}

/** `results.user`, which is not assigned or called. */
function isMemberRead(node: ts.Node, keys: readonly string[]): boolean {
  if (!ts.isPropertyAccessExpression(node) || node.questionDotToken !== undefined || !keys.includes(node.name.text)) return false;
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && parent.left === node)
    return parent.operatorToken.kind < ts.SyntaxKind.FirstAssignment || parent.operatorToken.kind > ts.SyntaxKind.LastAssignment;
  if (ts.isPrefixUnaryExpression(parent))
    return parent.operator === ts.SyntaxKind.ExclamationToken || parent.operator === ts.SyntaxKind.MinusToken;
  if (ts.isCallExpression(parent)) return parent.expression !== node;
  return !ts.isPostfixUnaryExpression(parent) && !ts.isDeleteExpression(parent);
}

function isInline(node: ts.Node): node is ts.FunctionExpression | ts.ArrowFunction {
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node);
}

/** Text that must not be moved: a template literal of several lines. */
function spansLines(fn: ts.Node): boolean {
  const visit = (node: ts.Node): boolean =>
    ((ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) && /[\r\n]/.test(node.getText())) ||
    ts.forEachChild(node, (child) => (visit(child) ? true : undefined)) === true;
  return visit(fn);
}
