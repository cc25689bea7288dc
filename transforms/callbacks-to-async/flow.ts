/**
 * Reads a function as steps. Each call with a callback must stand where nothing of the function runs after it, so that what
 * the callback does can follow the call. Whatever does not fit is an obstacle.
 */

import { ts } from 'ts-morph';
import { isAsync, isFunctionNode, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import { usesArguments, type FunctionRole } from '../../engine/async/roles.ts';
import { identifiersIn, replaceName } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import type { Program } from '../../engine/program/program.ts';
import { isTested } from './errors.ts';
import { decidedEdits } from './decided.ts';
import { completionOf, completionsIn, editsOf } from './completion.ts';
import { Obstacle, Undecided } from './obstacle.ts';
import { hasNoError, isDeferral, isNothing, type CallbackSite, type InlineCallback, type SiteFinder, type Taker } from './sites.ts';
import { mentions } from './mentions.ts';
import { editsIn, isDropped } from './merge.ts';
import { isDefaulting, whenGiven } from './optional.ts';
import { itemsLeave, leaves, Specializer, statementsOf, type Item, type Known } from './specialize.ts';
import { usesOwnThis } from './this.ts';
import { nodeOf, type AwaitStep, type Failure, type Step } from './steps.ts';

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
}

/** The functions that end the work with a result: the callback, or `resolve` and `reject`. */
interface Completer {
  readonly succeeds: ts.Symbol | undefined;
  readonly fails: ts.Symbol | undefined;
  readonly isCallback: boolean;
}

type Code = ts.Statement | ts.Expression;

/** @throws Obstacle */
export function readFlow(program: Program, finder: SiteFinder, fn: FunctionNode): Flow {
  return new FlowReader(program, finder, fn).read();
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
  /** Error parameters that become variables. */
  /** Values that a callback gets together with its error, and where the error has them. */
  readonly #onError = new Map<ts.Symbol, { readonly value: ts.Symbol; readonly text: string }[]>();
  /** Values that are properties of the first one. */
  readonly #properties: { readonly value: ts.Symbol; readonly text: string }[] = [];
  readonly #captured = new Set<ts.Symbol>();
  readonly #withoutError = new Set<InlineCallback>();
  #completer: Completer | undefined;
  #executor: InlineCallback | undefined;

  constructor(program: Program, finder: SiteFinder, fn: FunctionNode) {
    this.#program = program;
    this.#finder = finder;
    this.#fn = fn;
    this.#taker = finder.takerOf(fn);
    this.#done = finder.doneOf(fn);
    const place = finder.placeOf(fn);
    this.#inTest = place?.kind === 'root' && place.row.isTest === true;
    const own = this.#taker ?? this.#done;
    if (own !== undefined) this.#completer = { succeeds: own.symbol, fails: own.symbol, isCallback: true };
  }

  read(): Flow {
    const { body } = this.#fn;
    if (this.#taker !== undefined) checkSignature(this.#program, this.#fn);
    if (body === undefined) throw new Error('a function without a body is no host');
    const statements: readonly Code[] = ts.isBlock(body) ? body.statements : [body];
    const none: Known = new Map();
    const items = statements.map((node): Item => ({ kind: 'statement', node, known: none }));
    const steps = this.#list(items, true);
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
      captures: new Set(this.#merged.filter((one) => this.#withoutError.has(one) || this.#isCapturedName(one.parameters[0]?.name))),
      executor: this.#executor,
      loose: this.#looseCalls(),
      place: this.#finder.placeOf(this.#fn),
      waits,
    };
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
    return steps;
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
            edits: this.#knownEdits(item.condition, item.known),
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
    const own = this.#taker;
    if (own !== undefined && mentions(this.#program, node, own.symbol)) {
      if (ts.isStatement(node) && isDefaulting(this.#program, own.symbol, node)) return this.#dropped(node);
      const chosen = this.#whenGiven(node, own.symbol);
      if (chosen !== undefined) {
        this.#choices += 1;
        const steps = this.#chosen(chosen, known, tail || isReturn);
        return { steps, ends: endsHere(steps) };
      }
    }
    const expression = bareExpression(node);
    const call = expression !== undefined && ts.isCallExpression(expression) ? expression : undefined;
    const found = call && this.#finder.siteOf(call);
    const site = found === undefined || this.#isLoose(found) ? undefined : found;
    const executor = expression === undefined ? undefined : executorOf(this.#program, expression);
    if (executor !== undefined && this.#completer === undefined && !isAwaited(node) && (isReturn || !ts.isStatement(node))) {
      return { steps: this.#promise(executor, known), ends: true };
    }
    if (call !== undefined && this.#isCompletion(call)) {
      if (!tail && !isReturn) this.#codeAfter(call, 'the callback is called');
      return { steps: [this.#completion(node, call, known)], ends: true };
    }
    if (call !== undefined && site !== undefined) {
      const steps = this.#site(node, site, known, tail || isReturn);
      return { steps, ends: steps[0]?.kind !== 'detached' };
    }
    const inner = this.#innerCalls(node);
    if (inner.length === 0) {
      this.#checkPlain(node);
      return { steps: [{ kind: 'keep', node, edits: this.#knownEdits(node, known) }], ends: false };
    }
    return { steps: [this.#compound(node, known, tail, inner)], ends: false };
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
    this.#checkCallback(executor);
    this.#checkOtherReturns(executor);
    const [succeeds, fails] = executor.parameters.map((parameter) => this.#program.symbolOf(parameter.name));
    this.#completer = { succeeds, fails, isCallback: false };
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
    this.#completer = undefined;
    return steps;
  }

  /** An async function gives a promise for whatever it returns; a plain one that returns something else too would change. */
  #checkOtherReturns(executor: InlineCallback): void {
    const visit = (node: ts.Node): void => {
      if (node !== this.#fn && isFunctionNode(node)) return;
      if (ts.isReturnStatement(node) && !isInside(executor, node) && !this.#isPromise(node.expression)) {
        throw new Obstacle(
          node,
          'callback-shape',
          'The function returns a promise in one place, and something else here.',
          'Return a promise everywhere.',
        );
      }
      ts.forEachChild(node, visit);
    };
    if (!isAsync(this.#fn)) visit(this.#fn);
  }

  #isPromise(expression: ts.Expression | undefined): boolean {
    if (expression === undefined) return false;
    const key = ts.isCallExpression(expression) ? this.#program.originOf(expression.expression)?.key : undefined;
    return (key !== undefined && /^global\.Promise\.\w+$/.test(key)) || executorOf(this.#program, expression) !== undefined;
  }

  /** A statement with asynchronous calls or completions inside. */
  #compound(node: Code, known: Known, tail: boolean, inner: readonly ts.CallExpression[]): Step {
    if (ts.isIfStatement(node)) {
      const read = (statement: ts.Statement): Step[] => {
        const items = statementsOf(statement).map((one): Item => ({ kind: 'statement', node: one, known }));
        return this.#branch(items, tail);
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
        edits: this.#knownEdits(node.expression, known),
        whole: this.#choices === before,
      };
    }
    const asynchronous = inner.find((call) => this.#isStep(call));
    if (asynchronous !== undefined) this.#misplaced(asynchronous);
    if (ts.isTryStatement(node)) return this.#opened(node, known, tail) ?? this.#try(node, known, tail);
    if (this.#completer !== undefined) this.#checkReturns(node, inner);
    this.#checkOtherUses(node, inner);
    const edits = this.#knownEdits(node, known).slice();
    for (const call of inner) {
      const statement = call.parent;
      if (!ts.isReturnStatement(statement)) this.#codeAfter(call, 'the callback is called');
      edits.push(...completionOf(this.#completion(statement, call, known)));
    }
    return { kind: 'keep', node, edits };
  }

  /** `try { … } catch (e) { return cb(e); }` is what an async function does by itself. */
  #opened(node: ts.TryStatement, known: Known, tail: boolean): Step | undefined {
    const { catchClause, tryBlock } = node;
    const variable = catchClause?.variableDeclaration?.name;
    if (catchClause === undefined || variable === undefined || node.finallyBlock !== undefined) return undefined;
    if (tryBlock.statements.some(declaresInBlock)) return undefined;
    const [only, ...others] = this.#statements(catchClause.block, known, tail || catchClause.block.statements.some(leaves));
    if (only?.kind !== 'complete' || only.outcome !== 'throw' || others.length > 0 || only.value === undefined) return undefined;
    if (!ts.isIdentifier(only.value) || this.#program.symbolOf(only.value) !== this.#program.symbolOf(variable)) return undefined;
    return { kind: 'opened', node, steps: this.#statements(tryBlock, known, tail || tryBlock.statements.some(leaves)) };
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
    const edits = this.#knownEdits(node, known).slice();
    for (const block of blocks) {
      if (block === undefined) continue;
      const items = block.statements.map((one): Item => ({ kind: 'statement', node: one, known }));
      const before = this.#choices;
      const steps = this.#list(items, (tail && node.finallyBlock === undefined) || block.statements.some(leaves));
      if (this.#choices > before) this.#usedOtherwise(block, this.#completer?.succeeds?.name ?? '');
      const completions = completionsIn(steps);
      if (block === node.finallyBlock && completions.length > 0) this.#codeAfter(block, 'the callback is called');
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

  #site(statement: Code, site: CallbackSite, known: Known, tail: boolean): Step[] {
    if (site.call.questionDotToken !== undefined || site.call.arguments.some(ts.isSpreadElement)) {
      throw new Obstacle(site.call, 'callback-shape', 'The call has spread arguments or is optional.', 'Write the call out.');
    }
    const edits = this.#knownEdits(site.call, known, site.callback);
    const { callback } = site;
    if (!tail) return [this.#detached(statement, site, known, edits)];
    this.#sites.push(site);
    if (callback === undefined) throw new Error('a call without a callback is no step');
    if (ts.isIdentifier(callback)) {
      if (this.#completer?.isCallback === true && this.#program.symbolOf(callback) === this.#completer.succeeds) {
        return [{ kind: 'hand-on', statement, site, edits }];
      }
      throw new Obstacle(
        callback,
        'escapes',
        `The callback \`${callback.text}\` is passed on by name, and its code is elsewhere.`,
        'Write the callback where it is used, then run nodelift again.',
      );
    }
    return this.#inline(statement, site, callback, known, edits);
  }

  /** Code stands behind the call, and runs first: the call stays as it is if its callback has nothing to go on with. */
  #detached(statement: Code, site: CallbackSite, known: Known, edits: readonly TextEdit[]): Step {
    const { callback, call } = site;
    const refuse = (): never => this.#codeAfter(call, `\`${calleeName(call)}\` is called`);
    if (callback === undefined || ts.isIdentifier(callback) || !ts.isExpressionStatement(statement)) return refuse();
    this.#checkCallback(callback);
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
    if (callback.parameters.slice(1).some((value) => this.#isUsed(callback.body, value))) refuse();
    return { kind: 'detached', statement, site, callback, error, steps: this.#list(failing, true), edits };
  }

  #inline(statement: Code, site: CallbackSite, callback: InlineCallback, known: Known, edits: readonly TextEdit[]): Step[] {
    this.#checkCallback(callback);
    const error = hasNoError(site) ? undefined : callback.parameters[0];
    const values = this.#valuesAsProperties(site, callback, hasNoError(site) ? callback.parameters : callback.parameters.slice(1));
    const body: readonly Code[] = ts.isBlock(callback.body) ? callback.body.statements : [callback.body];
    const symbol = error && this.#program.symbolOf(error.name);
    if (error === undefined || symbol === undefined || !body.some((one) => mentions(this.#program, one, symbol))) {
      const items = body.map((node): Item => ({ kind: 'statement', node, known }));
      this.#merged.push(callback);
      if (hasNoError(site)) this.#withoutError.add(callback);
      const failure: Failure = site.target.kind === 'timer' ? { kind: 'propagate' } : { kind: 'ignore' };
      return [this.#awaited(statement, site, callback, values, failure, edits), ...this.#continuation(callback, items)];
    }
    const before = { sites: this.#sites.length, merged: this.#merged.length, completer: this.#completer };
    try {
      return this.#split(statement, site, callback, error, symbol, values, known, edits);
    } catch (obstacle) {
      if (!(obstacle instanceof Undecided) || obstacle.symbol !== symbol) throw obstacle;
      this.#sites.length = before.sites;
      this.#merged.length = before.merged;
      this.#completer = before.completer;
    }
    if (losesValues(site)) this.#checkValuesOnError(values, [callback.body]);
    this.#merged.push(callback);
    this.#captured.add(symbol);
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
    this.#valuesOnError(site, error, symbol, values);
    const success = new Specializer(this.#program, symbol, 'none', with_(known, symbol, 'none'), this.#inTest).list(body);
    const failing = new Specializer(this.#program, symbol, 'error', with_(known, symbol, 'error'), this.#inTest).list(body);
    const shared = this.#commonTail(success, failing, symbol);
    const onlySuccess = success.slice(0, success.length - shared);
    const onlyFailure = failing.slice(0, failing.length - shared);
    if (shared > 0 && onlySuccess.length > 0) {
      throw new Undecided(
        symbol,
        callback,
        'The callback has code for failure, code for success, and code for both behind them.',
        'Return from the branch for failure.',
      );
    }
    const failure = this.#failure(error, symbol, onlyFailure, shared > 0);
    if (failure.kind === 'handle' && (site.target.kind === 'taker' || losesValues(site))) this.#checkValuesOnError(values, failure.steps);
    // Values that only the failure looked at are in the error.
    const looked = this.#onError.has(symbol) ? success.map((item) => item.node) : [callback.body];
    return [this.#awaited(statement, site, callback, values, failure, edits, looked), ...this.#continuation(callback, success)];
  }

  /** Where the callback gets values together with an error, the code for failure reads them from it: that is where the promise form has them. */
  #valuesOnError(site: CallbackSite, error: ts.ParameterDeclaration, symbol: ts.Symbol, values: readonly ts.ParameterDeclaration[]): void {
    if (site.target.kind !== 'api' || site.target.api.valuesOnError !== true) return;
    const names = site.target.api.values;
    for (const [index, { name }] of values.entries()) {
      const value = ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
      const property = names[index];
      if (value === undefined || property === undefined) continue;
      const list = this.#onError.get(symbol) ?? [];
      list.push({ value, text: `${error.name.getText()}.${property}` });
      this.#onError.set(symbol, list);
    }
  }

  /** The code for a failure must not look at results that only the callback got: `async.map` tells how far it came. */
  #checkValuesOnError(values: readonly ts.ParameterDeclaration[], code: readonly (Step | ts.Node)[]): void {
    const looked = values.find((value) =>
      code.some((one) => {
        if ('pos' in one) return this.#isUsed(one, value);
        const node = one.kind === 'complete' ? one.value : nodeOf(one);
        const names = node === undefined || !ts.isIdentifier(value.name) ? [] : identifiersIn(node, value.name.text);
        return names.some(
          (name) => this.#program.symbolOf(name) === this.#program.symbolOf(value.name) && !isDropped(name, editsIn([one])),
        );
      }),
    );
    if (looked === undefined) return;
    throw new Obstacle(
      looked,
      'callback-shape',
      `\`${looked.name.getText()}\` is looked at when there is an error too, and a promise gives the error alone.`,
      'Handle the error before the results, or keep the callback.',
    );
  }

  #failure(error: ts.ParameterDeclaration, symbol: ts.Symbol, items: readonly Item[], continues: boolean): Failure {
    if (items.length === 0) return continues ? { kind: 'ignore' } : { kind: 'handle', error, steps: [], ends: true };
    const before = this.#sites.length;
    const steps = this.#list(items, !continues);
    if (this.#sites.length > before && continues) this.#misplaced(this.#sites[before]?.call ?? error);
    if (continues && completionsIn(steps).some((step) => !leaves(step.node))) this.#codeAfter(error, 'the callback is called');
    const [only, ...others] = steps;
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
    const used = values.map((value) => (looked.some((node) => this.#isUsed(node, value)) ? value : undefined));
    while (used.length > 0 && used.at(-1) === undefined) used.pop();
    return { kind: 'await', statement, site, callback, values: used, failure, edits };
  }

  #isUsed(node: ts.Node, value: ts.ParameterDeclaration): boolean {
    if (!ts.isIdentifier(value.name)) return true;
    const symbol = this.#program.symbolOf(value.name);
    return symbol !== undefined && mentions(this.#program, node, symbol);
  }

  /** What follows the await, with the comments that close the callback's block. */
  #continuation(callback: InlineCallback, items: readonly Item[]): Step[] {
    const steps = this.#list(items, true);
    if (!ts.isBlock(callback.body)) return steps;
    const comments = closing(callback.body);
    return comments.length === 0 ? steps : [...steps, { kind: 'comments', comments, blankBefore: false }];
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

  #isCompletion(call: ts.CallExpression): boolean {
    return this.#resultOf(call) !== undefined;
  }

  #completes(callee: ts.Expression): boolean {
    if (!ts.isIdentifier(callee) || this.#completer === undefined) return false;
    const symbol = this.#program.symbolOf(callee);
    return symbol !== undefined && (symbol === this.#completer.succeeds || symbol === this.#completer.fails);
  }

  /** What the callback is given, when the call calls it: at once, or in the next tick, where a promise goes on anyway. */
  #resultOf(call: ts.CallExpression): readonly ts.Expression[] | undefined {
    if (this.#completes(call.expression)) return call.arguments;
    if (this.#completer?.isCallback !== true || !isDeferral(this.#program, call)) return undefined;
    const [deferred, ...given] = call.arguments;
    if (deferred === undefined) return undefined;
    if (this.#completes(deferred)) return given;
    if (!(ts.isFunctionExpression(deferred) || ts.isArrowFunction(deferred)) || given.length > 0) return undefined;
    const body: readonly Code[] = ts.isBlock(deferred.body) ? deferred.body.statements : [deferred.body];
    const [only, ...others] = body;
    const inner = only !== undefined && others.length === 0 ? bareExpression(only) : undefined;
    if (inner === undefined || !ts.isCallExpression(inner) || !this.#completes(inner.expression)) return undefined;
    return inner.arguments.every((argument) => this.#isIdle(argument)) ? inner.arguments : undefined;
  }

  /** `cb(err)` throws, `cb(null, value)` returns; likewise `reject` and `resolve`. */
  #completion(node: Code, call: ts.CallExpression, known: Known): Step & { kind: 'complete' } {
    if (this.#completer?.isCallback === false) return this.#settlement(node, call, known, this.#completer);
    const given = this.#resultOf(call) ?? [];
    const [first, value, ...others] = given;
    const name = this.#completer?.succeeds?.name ?? '';
    if (others.length > 0) {
      throw new Obstacle(
        call,
        'callback-shape',
        `\`${name}\` is given several values, and a promise has one.`,
        `Give \`${name}\` one object that holds them.`,
      );
    }
    if (given.some(ts.isSpreadElement)) {
      throw new Obstacle(call, 'callback-shape', `What \`${name}\` is given cannot be seen.`, 'Write the arguments out.');
    }
    const edits = [...(value === undefined ? [] : this.#knownEdits(value, known))];
    if (first === undefined || isNothing(first) || this.#isKnown(first, known) === 'none') {
      return { kind: 'complete', node, outcome: 'return', value: value === undefined || isUndefined(value) ? undefined : value, edits };
    }
    const decided = this.#decided(first, known);
    const isOpen = this.#isCapturedName(decided) && !isTested(this.#program, decided);
    if (this.#isKnown(decided, known) === 'error' || (!isOpen && this.#finder.isError(decided))) {
      if (value !== undefined && !isNothing(unwrapped(value)) && !this.#isIdle(value)) {
        throw new Obstacle(call, 'callback-shape', `\`${name}\` is given an error and a value at once.`, 'Give it the error alone.');
      }
      return { kind: 'complete', node, outcome: 'throw', value: decided, edits: this.#knownEdits(decided, known) };
    }
    if (ts.isIdentifier(decided) && standsInList(node) && (value === undefined || this.#isIdle(value))) {
      return {
        kind: 'complete',
        node,
        outcome: 'return',
        value: value === undefined || isUndefined(value) ? undefined : value,
        unless: decided,
        edits,
      };
    }
    throw new Obstacle(
      call,
      'callback-shape',
      `Whether \`${first.getText()}\` is an error, given to \`${name}\`, cannot be told.`,
      `Call \`${name}\` in two places: once with an error, once without.`,
    );
  }

  #isCapturedName(name: ts.Node | undefined): boolean {
    const symbol = name !== undefined && ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
    return symbol !== undefined && this.#captured.has(symbol);
  }

  /** Nothing happens when the value is computed; methods of a result were not called when there was none. */
  #isIdle(value: ts.Expression): boolean {
    const visit = (node: ts.Node): boolean => {
      if (isFunctionNode(node)) return true;
      if (ts.isAwaitExpression(node) || ts.isYieldExpression(node) || ts.isDeleteExpression(node)) return false;
      if (ts.isNewExpression(node) && !/^global\.\w*Error$/.test(this.#program.originOf(node.expression)?.key ?? '')) return false;
      if (ts.isTaggedTemplateExpression(node) || ts.isPostfixUnaryExpression(node)) return false;
      if (
        ts.isPrefixUnaryExpression(node) &&
        node.operator >= ts.SyntaxKind.PlusPlusToken &&
        node.operator <= ts.SyntaxKind.MinusMinusToken
      )
        return false;
      if (ts.isBinaryExpression(node) && isAssignment(node)) return false;
      if (ts.isCallExpression(node) && !this.#isOfResult(node.expression)) return false;
      return ts.forEachChild(node, (child) => (visit(child) ? undefined : true)) !== true;
    };
    return visit(value);
  }

  /** `orders.map`, where `orders` is what a merged callback is given after the error. */
  #isOfResult(callee: ts.Expression): boolean {
    if (!ts.isPropertyAccessExpression(callee)) return false;
    let root: ts.Expression = callee.expression;
    while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = root.expression;
    const declaration = ts.isIdentifier(root) ? this.#program.symbolOf(root)?.valueDeclaration : undefined;
    if (declaration === undefined || !ts.isParameter(declaration) || declaration.parent.parameters[0] === declaration) return false;
    return this.#merged.some((callback) => callback === declaration.parent);
  }

  #settlement(node: Code, call: ts.CallExpression, known: Known, completer: Completer): Step & { kind: 'complete' } {
    const [value, ...others] = call.arguments;
    const fails = this.#program.symbolOf(call.expression) === completer.fails;
    if (others.length > 0 || call.arguments.some(ts.isSpreadElement) || (fails && value === undefined)) {
      throw new Obstacle(call, 'callback-shape', 'The promise is not settled with one value.', 'Give it one value.');
    }
    if (fails) {
      const thrown = this.#decided(value ?? call, known);
      return { kind: 'complete', node, outcome: 'throw', value: thrown, edits: this.#knownEdits(thrown, known) };
    }
    const isVoid = value === undefined || isUndefined(value);
    return {
      kind: 'complete',
      node,
      outcome: 'return',
      value: isVoid ? undefined : value,
      edits: isVoid ? [] : this.#knownEdits(value, known),
    };
  }

  /** `err || new Error('…')`, when it is known which. */
  #decided(expression: ts.Expression, known: Known): ts.Expression {
    if (ts.isParenthesizedExpression(expression)) return this.#decided(expression.expression, known);
    if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.BarBarToken) {
      const truth = this.#isKnown(expression.left, known);
      if (truth === 'error') return expression.left;
      if (truth === 'none') return expression.right;
    }
    return expression;
  }

  #isKnown(expression: ts.Expression, known: Known): 'error' | 'none' | undefined {
    const symbol = ts.isIdentifier(expression) ? this.#program.symbolOf(expression) : undefined;
    return symbol && known.get(symbol);
  }

  /** Where it is known whether there is an error, what asks for it is decided; what is left of its name is `null` where there is none. */
  #knownEdits(node: ts.Node, known: Known, except?: ts.Node): TextEdit[] {
    const read = this.#properties.flatMap(({ value, text }) => this.#readEdits(node, value, text));
    const decided = [...known].flatMap(([symbol, truth]) => [
      ...decidedEdits(this.#program, node, symbol, truth, except),
      ...(truth === 'error' ? this.#valueEdits(node, symbol) : []),
    ]);
    return [...decided, ...read.filter((edit) => !decided.some((other) => other.start <= edit.start && edit.end <= other.end))];
  }

  /** `stderr`, given together with an error, is `err.stderr`. */
  #valueEdits(node: ts.Node, error: ts.Symbol): TextEdit[] {
    return (this.#onError.get(error) ?? []).flatMap(({ value, text }) => this.#readEdits(node, value, text));
  }

  #readEdits(node: ts.Node, value: ts.Symbol, text: string): TextEdit[] {
    return identifiersIn(node, value.name)
      .filter((identifier) => this.#program.symbolOf(identifier) === value)
      .map((identifier) => replaceName(identifier, text));
  }

  /** `body`, where the promise gives the response alone, is `response.body`. */
  #valuesAsProperties(
    site: CallbackSite,
    callback: InlineCallback,
    values: readonly ts.ParameterDeclaration[],
  ): readonly ts.ParameterDeclaration[] {
    if (site.target.kind !== 'api' || site.target.api.result !== 'properties') return values;
    const [first, ...others] = values;
    if (first === undefined || !this.#isUsed(callback.body, first)) return values;
    for (const [index, { name }] of others.entries()) {
      const value = ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
      const property = site.target.api.values[index + 1];
      if (value !== undefined && property !== undefined) this.#properties.push({ value, text: `${first.name.getText()}.${property}` });
    }
    return [first];
  }

  /** Calls of the callback, and asynchronous calls, in the code of the function itself. */
  #innerCalls(node: ts.Node): ts.CallExpression[] {
    const found: ts.CallExpression[] = [];
    const visit = (one: ts.Node): void => {
      if (isFunctionNode(one) || ts.isClassLike(one)) return;
      if (ts.isCallExpression(one) && (this.#isCompletion(one) || this.#isStep(one))) found.push(one);
      ts.forEachChild(one, visit);
    };
    visit(node);
    return found;
  }

  #isStep(call: ts.CallExpression): boolean {
    const site = this.#finder.siteOf(call);
    return site !== undefined && !this.#isLoose(site);
  }

  /** Code that is kept must not call back in a way of its own. */
  #checkPlain(node: ts.Node): void {
    this.#checkUnknown(node);
    if (this.#completer === undefined) return;
    this.#checkReturns(node, []);
    this.#checkOtherUses(node, []);
  }

  /** @param completions calls that may name the callback */
  #checkOtherUses(node: ts.Node, completions: readonly ts.CallExpression[]): void {
    for (const symbol of [this.#completer?.succeeds, this.#completer?.fails]) {
      if (symbol === undefined) continue;
      const others = identifiersIn(node, symbol.name).filter((one) => !completions.some((call) => isInside(one, call)));
      if (others.some((one) => this.#program.symbolOf(one) === symbol)) this.#usedOtherwise(node, symbol.name);
    }
  }

  #usedOtherwise(node: ts.Node, name: string): never {
    throw new Obstacle(
      node,
      'callback-shape',
      `\`${name}\` is used other than by calling it, or passing it on as a callback.`,
      'Call it once at the end of each path.',
    );
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

  /** A `return` that does not call back leaves the caller waiting, which a promise would not. */
  #checkReturns(node: ts.Node, completions: readonly ts.CallExpression[]): void {
    const visit = (one: ts.Node): void => {
      if (isFunctionNode(one) || ts.isClassLike(one)) return;
      if (ts.isReturnStatement(one) && !completions.some((call) => call.parent === one)) {
        throw new Obstacle(
          one,
          'callback-shape',
          `The code returns here without calling \`${this.#completer?.succeeds?.name ?? ''}\`.`,
          'Call the callback exactly once on every path, then run nodelift again.',
        );
      }
      ts.forEachChild(one, visit);
    };
    visit(node);
  }

  #checkCallback(callback: InlineCallback): void {
    const refuse = (what: string, help: string): never => {
      throw new Obstacle(callback, 'callback-shape', what, help);
    };
    if (callback.modifiers !== undefined || ('asteriskToken' in callback && callback.asteriskToken !== undefined)) {
      refuse('The callback is async or a generator itself.', 'Make it a plain function.');
    }
    for (const parameter of callback.parameters) {
      if (parameter.dotDotDotToken !== undefined || parameter.initializer !== undefined) {
        refuse('The callback has rest parameters or defaults.', 'Name the parameters that the callback uses.');
      }
    }
    const [error] = callback.parameters;
    if (error !== undefined && !ts.isIdentifier(error.name))
      refuse('The error is taken apart in the parameter list.', 'Give the error a name.');
    if (ts.isArrowFunction(callback)) return;
    if (usesOwnThis(callback.body)) {
      refuse(
        'The callback uses `this` or `arguments`, which would be those of the function around it.',
        'Take what is needed into a variable.',
      );
    }
    const symbol = callback.name && this.#program.symbolOf(callback.name);
    if (symbol !== undefined && mentions(this.#program, callback.body, symbol)) {
      refuse('The callback calls itself.', 'Write the repetition as a loop.');
    }
  }

  #codeAfter(node: ts.Node, what: string): never {
    throw new Obstacle(
      node,
      'control-flow',
      `Code behind the place where ${what} runs before it is done.`,
      'Move that code in front of the call, or into the callback.',
    );
  }

  #misplaced(call: ts.Node): never {
    const name = ts.isCallExpression(call) ? calleeName(call) : call.getText();
    throw new Obstacle(
      call,
      'control-flow',
      `\`${name}\` is called in a loop, a \`try\`, a \`switch\` or an expression, and what follows does not wait for it.`,
      'Write the steps one after another, then run nodelift again.',
    );
  }
}

function losesValues({ target }: CallbackSite): boolean {
  return target.kind === 'api' && target.api.losesValuesOnError === true;
}

function isConstant(declaration: ts.VariableDeclaration): boolean {
  return (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
}

/** A function that looks at its arguments, or is declared several times, cannot just lose one. */
function checkSignature(program: Program, fn: FunctionNode): void {
  const symbol = fn.name && program.symbolOf(fn.name);
  if ((symbol?.declarations ?? []).filter((one) => ts.isFunctionDeclaration(one) || ts.isMethodDeclaration(one)).length > 1) {
    throw new Obstacle(fn, 'callback-shape', 'The function has several signatures.', 'Convert its overloads by hand.');
  }
  if (fn.body !== undefined && !ts.isArrowFunction(fn) && usesArguments(fn.body)) {
    throw new Obstacle(fn, 'callback-shape', 'The function looks at its `arguments`.', 'Name the parameters that it takes.');
  }
}

function with_(known: Known, symbol: ts.Symbol, truth: 'error' | 'none'): Known {
  return new Map([...known, [symbol, truth]]);
}

function bareExpression(node: Code): ts.Expression | undefined {
  if (ts.isExpressionStatement(node)) return unvoided(node.expression);
  if (ts.isReturnStatement(node)) return node.expression && unvoided(node.expression);
  return ts.isStatement(node) ? undefined : unvoided(node);
}

function unvoided(expression: ts.Expression): ts.Expression {
  if (ts.isVoidExpression(expression)) return unvoided(expression.expression);
  return ts.isParenthesizedExpression(expression) ? unvoided(expression.expression) : expression;
}

/** Its names would be seen outside of the block. */
function declaresInBlock(statement: ts.Statement): boolean {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return true;
  return ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0;
}

/** A statement in a block, in whose place there may be two. */
function standsInList(node: Code): boolean {
  return !ts.isStatement(node) || ts.isBlock(node.parent) || ts.isSourceFile(node.parent) || ts.isCaseOrDefaultClause(node.parent);
}

function isAssignment(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isUndefined(expression: ts.Expression): boolean {
  return isNothing(expression) && expression.kind !== ts.SyntaxKind.NullKeyword;
}

function isBareReturn(node: ts.Node): boolean {
  return ts.isReturnStatement(node) && node.expression === undefined;
}

export function calleeName(call: ts.CallExpression): string {
  return call.expression.getText().replace(/\s+/g, '');
}

function closing(block: ts.Block): readonly ts.CommentRange[] {
  const file = block.getSourceFile();
  const from = block.statements.at(-1)?.end ?? block.getStart(file) + 1;
  return (ts.getLeadingCommentRanges(file.text, from) ?? []).filter((range) => range.end < block.end);
}

/** Does every way through the steps end the function with a result? Ways that leave it otherwise were refused before. */
function completes(steps: readonly Step[]): boolean {
  const failuresDo = steps.every(
    (step) => step.kind !== 'await' || step.failure.kind !== 'handle' || !step.failure.ends || completes(step.failure.steps),
  );
  return failuresDo && steps.some(endsWithResult);
}

function endsWithResult(step: Step): boolean {
  switch (step.kind) {
    case 'complete':
    case 'hand-on':
      return true;
    case 'branch':
      return step.otherwise !== undefined && completes(step.then) && completes(step.otherwise);
    case 'keep':
      return leaves(step.node);
    case 'opened':
      return completes(step.steps);
    case 'await':
    case 'detached':
    case 'drop':
    case 'comments':
      return false;
  }
}

/** Do the steps rely on nothing of the function coming after them? */
function endsHere(steps: readonly Step[]): boolean {
  return steps.some((step) => step.kind !== 'keep' && step.kind !== 'drop');
}

function waitsFor(step: Step): boolean {
  if (step.kind === 'branch') return step.then.some(waitsFor) || step.otherwise?.some(waitsFor) === true;
  return step.kind === 'await' || step.kind === 'hand-on';
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
}

/** The function given to `new Promise`. */
export function executorOf(program: Program, expression: ts.Expression): InlineCallback | undefined {
  if (!ts.isNewExpression(expression)) return undefined;
  const [executor, ...others] = expression.arguments ?? [];
  if (executor === undefined || others.length > 0 || !(ts.isArrowFunction(executor) || ts.isFunctionExpression(executor))) return undefined;
  return program.originOf(expression.expression)?.key === 'global.Promise' ? executor : undefined;
}

/** `return await new Promise(…)` may stand in a `try`. */
function isAwaited(node: Code): boolean {
  for (let current: ts.Node = node; !isFunctionNode(current) && !ts.isSourceFile(current); current = current.parent) {
    if (ts.isTryStatement(current)) return true;
  }
  return false;
}

/** Is there a way through a function with a callback that succeeds without waiting for anything? */
export function callsBackAtOnce({ taker, steps }: Flow): boolean {
  if (taker === undefined) return false;
  const first = steps.findIndex(waitsFor);
  return completionsIn(first === -1 ? steps : steps.slice(0, first)).some((step) => step.outcome === 'return');
}
