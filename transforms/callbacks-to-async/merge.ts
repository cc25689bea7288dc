/**
 * May one `try` serve all the awaits of a list? Only when all have the same handler, and what else is under the `try` cannot
 * throw in a way that a user would notice: a second response, a callback called twice, a cleanup run again.
 */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { handlerPositions } from '../../engine/async/express-handler.ts';
import { isFunctionNode, type FunctionNode } from '../../engine/async/functions.ts';
import type { FunctionRole } from '../../engine/async/roles.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import type { TextEdit } from '../../engine/source/slice.ts';
import type { Flow } from './flow.ts';
import type { CallbackSite, InlineCallback } from './sites.ts';
import { repeatsWork } from './repeated-work.ts';
import { localBody, rootOf } from './roots.ts';
import { leaves } from './specialize.ts';
import {
  waysOf,
  type AwaitStep,
  type BranchStep,
  type CompleteStep,
  type Failure,
  type Step,
  type SwitchStep,
  type TaskBody,
} from './steps.ts';

export type Handler = Failure & { kind: 'handle' };

export interface Merged {
  readonly handler: Handler;
  /** What it serves; the awaits that are left keep a handler of their own inside. */
  readonly failures: ReadonlySet<Failure>;
  /** Something besides the awaited calls may throw, and reach the handler. */
  readonly catchesMore: boolean;
}

export class Merger {
  readonly #program: Program;
  readonly #flow: Flow;
  readonly #express: { readonly response: ts.Symbol | undefined; readonly next: ts.Symbol | undefined } | undefined;

  constructor(program: Program, flow: Flow) {
    this.#program = program;
    this.#flow = flow;
    this.#express = expressParameters(program, flow.fn, flow.place);
  }

  /** The one handler for the steps, when one `try` around them is right. */
  merged(steps: readonly Step[]): Merged | undefined {
    // The others deal with their failures where they stand.
    const awaits = awaitsIn(steps).filter(isLeftToHandler);
    const failures = this.#shared(awaits);
    const [handler] = failures ?? [];
    if (handler === undefined) return undefined;
    if (!this.#isReachable(handler)) return undefined;
    if (leavesWithFailure(steps)) return undefined;
    if (hasRounds(steps) && failures?.some(goesOn) === true) return undefined;
    // What the first round throws before it waits went to Express.
    if (this.mustForward && !this.isForwarding(handler) && hasRounds(steps) && this.firstEarlyThrow(steps) !== -1) return undefined;
    const catchesMore = steps.some((step) => this.#mayThrow(step));
    if (catchesMore && (this.#flow.taker ?? this.#flow.executor) !== undefined && !usesError(this.#program, handler)) return undefined;
    const subjects = this.#subjects(handler);
    if (catchesMore && !this.#isMadeForMore(handler)) return undefined;
    if (this.#isCalledBack(handler, steps)) return undefined;
    if (this.#throwsAfterEffect(steps, subjects, false)) return undefined;
    if (catchesMore && this.#repeatsWork(handler, steps)) return undefined;
    return { handler, failures: new Set(failures), catchesMore };
  }

  /**
   * The handlers that are one: all of them, or those that go on with Express's `next`, and so take anything. What was thrown where a
   * callback ran at once reached Express, and no handler of the function's own.
   */
  #shared(awaits: readonly AwaitStep[]): Handler[] | undefined {
    const handlers = awaits.flatMap(({ failure }) => (failure.kind === 'handle' ? [failure] : []));
    const [first] = handlers;
    if (first === undefined || handlers.length < awaits.length) return undefined;
    const key = codeKey(this.#program, first);
    const keepsApart = this.mustForward && awaits.some((step) => this.#mayCallBackAtOnce(step));
    if (key !== undefined && !keepsApart && handlers.every((one) => one.ends && codeKey(this.#program, one) === key)) return handlers;
    const forwarding = handlers.filter((one) => one.ends && this.isForwarding(one));
    const subjects = forwarding[0] === undefined ? undefined : this.#subjects(forwarding[0]);
    if (subjects === undefined) return undefined;
    const isQuiet = (one: Handler): boolean =>
      one.ends || (awaitsIn(one.steps).length === 0 && nodesOf(one.steps).every((node) => this.#effectsIn(node, subjects) === 'none'));
    return handlers.every(isQuiet) ? forwarding : undefined;
  }

  /**
   * Express 4 gives what a handler throws to `next`, and looks at no promise. So what a handler could throw before it had to wait must
   * reach `next` from inside.
   */
  get mustForward(): boolean {
    const { place } = this.#flow;
    return place?.kind === 'root' && place.row.rejection === 'ignored-next';
  }

  /** `next(err)`, and nothing else. */
  isForwarding(handler: Handler): boolean {
    const [step, ...others] = handler.steps;
    if (step === undefined || others.length > 0 || !('node' in step)) return false;
    const { node } = step;
    const call = ts.isExpressionStatement(node) || ts.isReturnStatement(node) ? node.expression : node;
    if (call === undefined || !ts.isCallExpression(call) || !this.isNext(call.expression)) return false;
    const [argument, ...more] = call.arguments;
    if (argument === undefined || more.length > 0 || !ts.isIdentifier(argument)) return false;
    return this.#program.symbolOf(argument) === this.#program.symbolOf(handler.error.name);
  }

  mayThrowAnywhere(steps: readonly Step[]): boolean {
    return steps.some((step) => this.#mayThrow(step));
  }

  /**
   * The first step that may throw before the function waits for the first time; -1 when there is none.
   * @param seesCallbacks what a callback throws counts too, where it runs inside the call
   */
  firstEarlyThrow(steps: readonly Step[], seesCallbacks = this.mustForward): number {
    for (const [index, step] of steps.entries()) {
      const early = this.#early(step, seesCallbacks);
      if (early === 'throws') return index;
      if (early === 'is over') break;
    }
    return -1;
  }

  /** What comes of a step before the function has waited; `is over`: no way through it is left that did not wait or end. */
  #early(step: Step, seesCallbacks: boolean): 'throws' | 'is over' | 'goes on' {
    switch (step.kind) {
      case 'await':
        if (step.body !== undefined && step.failure.kind !== 'handle' && this.mayThrowAnywhere(step.body.steps)) return 'throws';
        if (step.failure.kind !== 'handle' && (runsTasks(step) || mayThrowBeforeCall(step.site.call))) return 'throws';
        if (!this.#mayCallBackAtOnce(step)) return 'is over';
        // The callback ran inside the call then, and what it threw went the same way.
        if (step.failure.kind === 'propagate' && throwsItsError(this.#program, step.callback)) return 'throws';
        if (!seesCallbacks) return 'is over';
        return step.failure.kind === 'handle' && this.mayThrowAnywhere(step.failure.steps) ? 'throws' : 'goes on';
      case 'branch':
      case 'switch': {
        if (readFirst(step).some(mayThrowExpression)) return 'throws';
        const sides = waysOf(step);
        if (sides.some((side) => this.firstEarlyThrow(side, seesCallbacks) !== -1)) return 'throws';
        return isExhaustive(step) && sides.every((side) => side.some((one) => this.#early(one, seesCallbacks) === 'is over'))
          ? 'is over'
          : 'goes on';
      }
      case 'keep':
        if (this.#mayThrow(step)) return 'throws';
        return leaves(step.node) ? 'is over' : 'goes on';
      case 'detached':
        return mayThrowBeforeCall(step.site.call) ? 'throws' : 'goes on';
      case 'complete':
        return this.#mayThrow(step) ? 'throws' : 'is over';
      case 'chain':
        return mayThrowExpression(step.ending.chain.base) ? 'throws' : 'is over';
      case 'opened':
      case 'group': {
        const early = this.firstEarlyThrow(step.steps, seesCallbacks) !== -1;
        return early ? 'throws' : step.steps.some((one) => this.#early(one, seesCallbacks) === 'is over') ? 'is over' : 'goes on';
      }
      case 'give':
      case 'hand-on':
      case 'drop':
      case 'comments':
        return this.#mayThrow(step) ? 'throws' : 'goes on';
    }
  }

  /** A function of the program that calls back, or has others of the program do so, before it returns. */
  #mayCallBackAtOnce(step: AwaitStep): boolean {
    const { target } = step.site;
    if (runsTasks(step) || (target.kind === 'api' && target.api.atOnce === true)) return true;
    if (target.kind !== 'taker' || target.fn.body === undefined) return false;
    const names = new Set(target.fn.parameters.map(({ name }) => name.getText()));
    const isGiven = (node: ts.Node): boolean => ts.isIdentifier(node) && names.has(node.text);
    const visit = (node: ts.Node): true | undefined => {
      if (isFunctionNode(node)) return undefined;
      if (ts.isCallExpression(node)) {
        if (isGiven(node.expression)) return true;
        const handsOn = node.arguments.some((argument) => isGiven(argument) || isFunctionNode(argument));
        if (handsOn && this.#program.originOf(node.expression) === undefined) return true;
      }
      return ts.forEachChild(node, visit);
    };
    return visit(target.fn.body) === true;
  }

  #repeatsWork(handler: Handler, steps: readonly Step[]): boolean {
    const { response, next } = this.#express ?? {};
    const apart = new Set([response, next].filter((one) => one !== undefined));
    return repeatsWork(this.#program, nodesOf(handler.steps), nodesOf(steps), apart);
  }

  /** Would the handler repeat, for what is thrown behind it, what the functions did? */
  answersTwice(handler: Handler, body: TaskBody): boolean {
    const subjects = this.#subjects(handler);
    if (this.#isCalledBack(handler, body.steps)) return true;
    const hasEffect = nodesOf(body.steps).some((node) => this.#effectsIn(node, subjects) !== 'none');
    return this.#throwsAfterEffect(body.steps, subjects, false) || (body.loop !== undefined && hasEffect);
  }

  /** Is it Express's `next`, which takes whatever was thrown? */
  isNext(expression: ts.Expression): boolean {
    return ts.isIdentifier(expression) && this.#express?.next !== undefined && this.#program.symbolOf(expression) === this.#express.next;
  }

  /** Everything that the handler names is visible behind the `try` too. */
  #isReachable(handler: Handler): boolean {
    const error = this.#program.symbolOf(handler.error.name);
    const edits = editsIn(handler.steps);
    const visit = (node: ts.Node): boolean => {
      if (isDropped(node, edits)) return true;
      if (ts.isIdentifier(node)) {
        const symbol = this.#program.symbolOf(node);
        const declaration = symbol?.valueDeclaration;
        if (symbol === undefined || symbol === error || declaration === undefined) return true;
        return (
          !this.#flow.merged.some((callback) => isWithin(declaration, callback)) ||
          handler.steps.some((step) => 'node' in step && isWithin(declaration, step.node))
        );
      }
      return ts.forEachChild(node, (child) => (visit(child) ? undefined : true)) !== true;
    };
    return handler.steps.every((step) => !('node' in step) || visit(step.node));
  }

  /** What the handler acts on: the roots of its calls. In Express `next(err)` ends in an answer. */
  #subjects(handler: Handler): Set<ts.Symbol> {
    const subjects = new Set<ts.Symbol>();
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) {
        const root = rootOf(node.expression);
        const symbol = root && this.#program.symbolOf(root);
        if (symbol !== undefined && symbol.declarations?.some((one) => this.#program.owns(one)) === true) subjects.add(symbol);
      }
      ts.forEachChild(node, visit);
    };
    for (const step of handler.steps) if ('node' in step) visit(step.node);
    if (this.#express?.response !== undefined) subjects.add(this.#express.response);
    return subjects;
  }

  /**
   * May the handler get errors of other code too? One that answers a request or hands its error on may: that is what a person would have
   * it do. Others were written for the failure of the call that they stood behind: `callback({})`, `retry()`, `errors[0]`.
   */
  #isMadeForMore(handler: Handler): boolean {
    const answers = handler.steps.some((step) => 'node' in step && this.#answers(step.node));
    if (answers) return true;
    const [step, ...others] = handler.steps;
    if (step === undefined || others.length > 0 || !('node' in step)) return false;
    if (step.kind === 'complete') return true;
    const { node } = step;
    const call = ts.isExpressionStatement(node) || ts.isReturnStatement(node) ? node.expression : node;
    if (call === undefined) return ts.isThrowStatement(node);
    const error = this.#program.symbolOf(handler.error.name);
    return (
      ts.isCallExpression(call) &&
      call.arguments.some((argument) => ts.isIdentifier(argument) && this.#program.symbolOf(argument) === error)
    );
  }

  #answers(node: ts.Node): boolean {
    const found = [this.#express?.response, this.#express?.next];
    const visit = (one: ts.Node): boolean =>
      (ts.isIdentifier(one) && found.includes(this.#program.symbolOf(one)) && this.#program.symbolOf(one) !== undefined) ||
      ts.forEachChild(one, (child) => (visit(child) ? true : undefined)) === true;
    return visit(node);
  }

  /** A function of the program that the handler calls, and that the code under the `try` calls or passes on too: it would be called twice. */
  #isCalledBack(handler: Handler, steps: readonly Step[]): boolean {
    const called = new Set<ts.Symbol>();
    for (const step of handler.steps) if ('node' in step) this.#collectCalled(step.node, called);
    if (called.size === 0) return false;
    const isCalled = (symbol: ts.Symbol | undefined): boolean => symbol !== undefined && called.has(symbol);
    const seen = new Set<ts.Node>();
    const mentioned = (node: ts.Node): boolean => {
      if (ts.isIdentifier(node)) {
        const symbol = this.#program.symbolOf(node);
        const body = localBody(symbol) ?? this.#methodBody(node, symbol);
        // `finish()`, a function beside this one that calls it, or `self.finish()`, a method that does.
        const isNew = body !== undefined && !seen.has(body) && [...called].some((one) => isMember(one) || isSeenBy(one, body));
        if (isNew) seen.add(body);
        return isCalled(symbol) || (isNew && mentioned(body));
      }
      return ts.forEachChild(node, (child) => (mentioned(child) ? true : undefined)) === true;
    };
    return nodesOf(steps).some(mentioned);
  }

  /** Parameters and local variables that are called: callbacks, not functions declared for all to use. */
  #collectCalled(node: ts.Node, into: Set<ts.Symbol>): void {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const symbol = this.#program.symbolOf(node.expression);
      const declaration = symbol?.valueDeclaration;
      const isHeld = declaration !== undefined && (ts.isParameter(declaration) || ts.isVariableDeclaration(declaration));
      if (symbol !== undefined && isHeld && symbol !== this.#express?.next) into.add(symbol);
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const symbol = this.#program.symbolOf(node.expression.name);
      if (symbol !== undefined && this.#isHeldMember(symbol)) into.add(symbol);
    }
    ts.forEachChild(node, (child) => this.#collectCalled(child, into));
  }

  /** `callback` of `this.callback = callback;`: a member that is no method. */
  #isHeldMember(symbol: ts.Symbol): boolean {
    const declarations = symbol.declarations ?? [];
    return isMember(symbol) && declarations.length > 0 && declarations.every((one) => this.#program.owns(one) && givenFrom(one));
  }

  /** What `self.finish` of `self.finish(response)` is. */
  #methodBody({ parent }: ts.Identifier, symbol: ts.Symbol | undefined): ts.Node | undefined {
    if (symbol === undefined || !ts.isPropertyAccessExpression(parent) || !ts.isCallExpression(parent.parent)) return undefined;
    const declaration = symbol.declarations?.find((one) => this.#program.owns(one));
    if (declaration !== undefined && ts.isMethodDeclaration(declaration)) return declaration.body;
    const value = declaration === undefined ? undefined : this.#program.definitionOf(symbol);
    return value !== undefined && isFunctionNode(value) ? value.body : undefined;
  }

  /** Does code that may throw run after something that the handler's work would contradict? */
  #throwsAfterEffect(steps: readonly Step[], subjects: ReadonlySet<ts.Symbol>, effected: boolean): boolean {
    let had = effected;
    for (const step of steps) {
      if (step.kind === 'branch' || step.kind === 'switch') {
        if (had && readFirst(step).some(mayThrowExpression)) return true;
        const ways = waysOf(step);
        const before = had;
        if (ways.some((way) => this.#throwsAfterEffect(way, subjects, before))) return true;
        if (ways.some((way) => this.#fallsOutAfterEffect(way, subjects))) had = true;
        continue;
      }
      if (step.kind === 'group') {
        // A round may follow another.
        const own = step.rounds === undefined ? step.steps : [...step.steps, ...step.steps];
        if (this.#throwsAfterEffect(own, subjects, had)) return true;
        if (nodesOf(step.steps).some((node) => this.#effectsIn(node, subjects) !== 'none')) had = true;
        continue;
      }
      if (step.kind === 'await') {
        if (step.body !== undefined) {
          if (this.#throwsAfterEffect(step.body.steps, subjects, had)) return true;
          const hasEffect = nodesOf(step.body.steps).some((node) => this.#effectsIn(node, subjects) !== 'none');
          if (hasEffect && step.body.loop !== undefined && this.mayThrowAnywhere(step.body.steps)) return true;
          if (hasEffect) had = true;
          continue;
        }
        if (had && step.site.call.arguments.slice(0, -1).some(mayThrowExpression)) return true;
        continue;
      }
      if (step.kind !== 'keep' && step.kind !== 'complete') continue;
      const effect = this.#effectsIn(step.node, subjects);
      if (had && this.#mayThrow(step)) return true;
      if (effect === 'several') return true;
      if (effect === 'one' && !leavesAfterEffect(step.node)) had = true;
    }
    return false;
  }

  #fallsOutAfterEffect(steps: readonly Step[], subjects: ReadonlySet<ts.Symbol>): boolean {
    const last = steps.at(-1);
    // Code that follows an awaited call leaves the function with its list.
    if (steps.some((step) => step.kind === 'await')) return false;
    if (last === undefined || (last.kind === 'keep' && leaves(last.node)) || last.kind === 'complete') return false;
    return nodesOf(steps).some((node) => this.#effectsIn(node, subjects) !== 'none');
  }

  /** Calls on the subjects that a user sees. Setting a header or a status is not seen yet. */
  #effectsIn(node: ts.Node, subjects: ReadonlySet<ts.Symbol>): 'none' | 'one' | 'several' {
    let count = 0;
    const visit = (one: ts.Node): void => {
      if (isFunctionNode(one)) return;
      if (ts.isCallExpression(one)) {
        const root = rootOf(one.expression);
        const symbol = root && this.#program.symbolOf(root);
        const isChained = ts.isPropertyAccessExpression(one.parent) && ts.isCallExpression(one.parent.parent);
        if (symbol !== undefined && subjects.has(symbol) && !isChained && !isPreparation(one)) count += 1;
      }
      ts.forEachChild(one, visit);
    };
    visit(node);
    if (count <= 1) return count === 0 ? 'none' : 'one';
    // Several in the branches of one statement are alternatives, if each of them leaves.
    return ts.isIfStatement(node) && branchesAreAlternatives(node) ? 'one' : 'several';
  }

  #mayThrow(step: Step): boolean {
    switch (step.kind) {
      case 'keep':
        return mayThrowStatement(step.node, this.#quiet());
      case 'complete':
        return mayThrowValue(step);
      case 'branch':
      case 'switch':
        return readFirst(step).some(mayThrowExpression) || waysOf(step).some((way) => way.some((one) => this.#mayThrow(one)));
      case 'opened':
      case 'group':
        return step.steps.some((one) => this.#mayThrow(one));
      case 'give':
        return step.values.some(mayThrowExpression);
      case 'await':
        return step.body?.steps.some((one) => this.#mayThrow(one)) === true;
      case 'chain':
        return true;
      case 'detached':
      case 'hand-on':
      case 'drop':
      case 'comments':
        return false;
    }
  }

  /** Express calls what comes next in a `try` of its own. */
  #quiet(): (call: ts.CallExpression) => boolean {
    return (call) =>
      ts.isIdentifier(call.expression) &&
      this.#express?.next !== undefined &&
      this.#program.symbolOf(call.expression) === this.#express.next &&
      !call.arguments.some(mayThrowExpression);
  }
}

/** The handler's code, with names told apart by what they stand for. */
export function codeKey(program: Program, handler: Handler): string | undefined {
  const error = program.symbolOf(handler.error.name);
  const parts: string[] = [];
  const edits = editsIn(handler.steps);
  const visit = (node: ts.Node): void => {
    if (isDropped(node, edits)) return;
    if (ts.isIdentifier(node)) {
      const symbol = program.symbolOf(node);
      parts.push(symbol === error && symbol !== undefined ? '⟨error⟩' : `${node.text}#${symbol === undefined ? '' : idOf(symbol)}`);
      return;
    }
    const children = node.getChildren();
    if (children.length === 0) parts.push(node.getText());
    for (const child of children) visit(child);
  };
  for (const step of handler.steps) {
    if (step.kind === 'keep' || step.kind === 'complete') visit(step.node);
    else if ((step.kind === 'branch' || step.kind === 'switch') && step.whole && awaitsIn([step]).length === 0) visit(step.node);
    else return undefined;
  }
  // A trailing `return` or semicolon makes no difference at the end of the function.
  return parts
    .filter((part) => part !== ';' && part !== '{' && part !== '}')
    .join(' ')
    .replace(/^return /, '')
    .replace(/ return$/, '');
}

const ids = new WeakMap<ts.Symbol, number>();
let lastId = 0;

function idOf(symbol: ts.Symbol): number {
  let id = ids.get(symbol);
  if (id === undefined) ids.set(symbol, (id = lastId += 1));
  return id;
}

export function expressParameters(
  program: Program,
  fn: FunctionNode,
  place: FunctionRole | undefined,
): { readonly response: ts.Symbol | undefined; readonly next: ts.Symbol | undefined } | undefined {
  if (place?.kind !== 'root' || place.row.isMiddleware !== true) return undefined;
  const positions = handlerPositions(fn, place);
  const symbolAt = (index: number): ts.Symbol | undefined => {
    const parameter = fn.parameters[index];
    return parameter && program.symbolOf(parameter.name);
  };
  return { response: symbolAt(positions.response), next: symbolAt(positions.next) };
}

/** What is computed before one of the ways is taken. */
function readFirst(step: BranchStep | SwitchStep): readonly ts.Expression[] {
  if (step.kind === 'branch') return [step.condition];
  return [step.node.expression, ...step.clauses.flatMap(({ node }) => (ts.isCaseClause(node) ? [node.expression] : []))];
}

/** Is one of the ways taken in any case? */
function isExhaustive(step: BranchStep | SwitchStep): boolean {
  return step.kind === 'branch' || step.clauses.some(({ node }) => ts.isDefaultClause(node));
}

function hasRounds(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    if (step.kind === 'branch' || step.kind === 'switch') return waysOf(step).some(hasRounds);
    return step.kind === 'group' && (step.rounds !== undefined || hasRounds(step.steps));
  });
}

/** Does what deals with a failure begin another round? */
function goesOn({ steps }: Handler): boolean {
  return hasAgain(steps);
}

function hasAgain(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    if (step.kind === 'branch' || step.kind === 'switch') return waysOf(step).some(hasAgain);
    if (step.kind === 'await') return step.failure.kind === 'handle' && hasAgain(step.failure.steps);
    return step.kind === 'give' && step.outlet.kind === 'again';
  });
}

export function awaitsIn(steps: readonly Step[]): AwaitStep[] {
  return steps.flatMap((step) => {
    if (step.kind === 'await') return [step];
    if (step.kind === 'group' || step.kind === 'opened') return awaitsIn(step.steps);
    return waysOf(step).flatMap(awaitsIn);
  });
}

/** A failure that the function reports itself must not come to a handler that is meant for the awaited calls. */
function leavesWithFailure(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    if (step.kind === 'hand-on' || step.kind === 'chain') return true;
    if (step.kind === 'complete') return step.outcome === 'throw';
    // What it passed on itself would reach the handler now.
    if (step.kind === 'opened') return true;
    if (step.kind === 'group') return leavesWithFailure(step.steps);
    if (step.kind === 'branch' || step.kind === 'switch') return waysOf(step).some(leavesWithFailure);
    return step.kind === 'keep' && step.edits.some((edit) => edit.text.startsWith('throw'));
  });
}

export function usesError(program: Program, handler: Handler): boolean {
  const { name } = handler.error;
  const error = program.symbolOf(name);
  if (error === undefined) return false;
  const uses = (node: ts.Node, edits: readonly TextEdit[]): boolean =>
    edits.some((edit) => edit.text.startsWith(`${name.getText()}.`)) ||
    identifiersIn(node, error.name).some((identifier) => program.symbolOf(identifier) === error && !isDropped(identifier, edits));
  return handler.steps.some((step) => {
    switch (step.kind) {
      case 'keep':
      case 'complete':
      case 'branch':
      case 'switch':
        return uses(step.node, editsIn([step]));
      case 'await':
      case 'hand-on':
        return uses(step.statement, []);
      default:
        return false;
    }
  });
}

export function editsIn(steps: readonly Step[]): readonly TextEdit[] {
  return steps.flatMap((step) => {
    if (step.kind === 'branch' || step.kind === 'switch') return [...step.edits, ...waysOf(step).flatMap(editsIn)];
    return step.kind === 'keep' || step.kind === 'complete' ? step.edits : [];
  });
}

/** Code that an edit takes away. */
export function isDropped(node: ts.Node, edits: readonly TextEdit[]): boolean {
  return edits.some((edit) => edit.start < edit.end && edit.text === '' && edit.start <= node.getStart() && node.end <= edit.end);
}

/** `async.each(…)`, which calls what it is given before it returns. */
export function runsTasks({ site: { target } }: { readonly site: CallbackSite }): boolean {
  return target.kind === 'api' && target.api.runsTasks === true;
}

/** Is its failure dealt with by code that a `try` around several awaits could serve? */
export function isLeftToHandler({ failure }: AwaitStep): boolean {
  return failure.kind === 'handle' || failure.kind === 'propagate';
}

/** Making the error that is thrown does not throw another. */
function mayThrowValue({ value, outcome }: CompleteStep): boolean {
  if (value === undefined) return false;
  if (outcome === 'throw' && ts.isNewExpression(value)) return (value.arguments ?? []).some(mayThrowExpression);
  return mayThrowExpression(value);
}

function nodesOf(steps: readonly Step[]): ts.Node[] {
  return steps.flatMap((step) => {
    if (step.kind === 'keep' || step.kind === 'complete' || step.kind === 'give') return [step.node];
    if (step.kind === 'group' || step.kind === 'opened') return nodesOf(step.steps);
    if (step.kind === 'await' && step.body !== undefined) return nodesOf(step.body.steps);
    return waysOf(step).flatMap(nodesOf);
  });
}

/** Does the function stand where the parameter or variable is seen? */
function isSeenBy({ valueDeclaration }: ts.Symbol, fn: ts.Node): boolean {
  if (valueDeclaration === undefined) return false;
  for (let scope = valueDeclaration.parent; ; scope = scope.parent) {
    if (isFunctionNode(scope) || ts.isSourceFile(scope)) return isWithin(fn, scope);
  }
}

const preparations = new Set([
  'status',
  'set',
  'header',
  'type',
  'contentType',
  'cookie',
  'clearCookie',
  'setHeader',
  'append',
  'vary',
  'links',
  'location',
  'attachment',
  'get',
  'on',
  'once',
]);

function isPreparation(call: ts.CallExpression): boolean {
  return ts.isPropertyAccessExpression(call.expression) && preparations.has(call.expression.name.text);
}

function branchesAreAlternatives(node: ts.IfStatement): boolean {
  const single = (statement: ts.Statement): boolean => !ts.isBlock(statement) || statement.statements.length <= 1;
  return single(node.thenStatement) && (node.elseStatement === undefined || single(node.elseStatement));
}

function leavesAfterEffect(node: ts.Node): boolean {
  return leaves(node) || (ts.isIfStatement(node) && node.elseStatement === undefined && leaves(node.thenStatement));
}

/** Reading variables and constants, comparing them and making objects of them throws nothing that matters. */
export function mayThrowExpression(node: ts.Node): boolean {
  switch (node.kind) {
    case ts.SyntaxKind.CallExpression:
    case ts.SyntaxKind.NewExpression:
    case ts.SyntaxKind.TaggedTemplateExpression:
    case ts.SyntaxKind.ElementAccessExpression:
    case ts.SyntaxKind.AwaitExpression:
    case ts.SyntaxKind.YieldExpression:
    case ts.SyntaxKind.SpreadElement:
    case ts.SyntaxKind.SpreadAssignment:
      return true;
    case ts.SyntaxKind.PropertyAccessExpression:
      // `undefined.x` throws, and a result may be undefined.
      return true;
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ArrowFunction:
      return false;
    default:
      return ts.forEachChild(node, (child) => mayThrowExpression(child) || undefined) === true;
  }
}

/** What is read for a call, before it is made. */
function mayThrowBeforeCall(call: ts.CallExpression): boolean {
  const callee = call.expression;
  const isMember =
    ts.isPropertyAccessExpression(callee) && (ts.isIdentifier(callee.expression) || callee.expression.kind === ts.SyntaxKind.ThisKeyword);
  return (!isMember && mayThrowExpression(callee)) || call.arguments.some(mayThrowExpression);
}

function mayThrowStatement(node: ts.Node, quiet: (call: ts.CallExpression) => boolean): boolean {
  if (ts.isFunctionDeclaration(node)) return false;
  if (ts.isThrowStatement(node)) return true;
  let expression: ts.Node | undefined = node;
  if (ts.isExpressionStatement(node) || ts.isReturnStatement(node)) expression = node.expression;
  if (expression === undefined) return false;
  if (ts.isCallExpression(expression)) {
    if (quiet(expression)) return false;
    if (isLogging(expression) && !expression.arguments.some(mayThrowExpression)) return false;
  }
  return mayThrowExpression(expression);
}

function isLogging(call: ts.CallExpression): boolean {
  return (
    ts.isPropertyAccessExpression(call.expression) &&
    ts.isIdentifier(call.expression.expression) &&
    call.expression.expression.text === 'console'
  );
}

function isMember({ valueDeclaration }: ts.Symbol): boolean {
  return valueDeclaration !== undefined && (ts.isPropertyAccessExpression(valueDeclaration) || ts.isBinaryExpression(valueDeclaration));
}

/** Is it a member that is given what a name holds? */
function givenFrom(declaration: ts.Declaration): boolean {
  const assignment = ts.isBinaryExpression(declaration) ? declaration : declaration.parent;
  return ts.isBinaryExpression(assignment) && ts.isIdentifier(assignment.right);
}

/** `if (err) throw err` */
function throwsItsError(program: Program, { parameters: [error], body }: InlineCallback): boolean {
  if (error === undefined || !ts.isIdentifier(error.name)) return false;
  const symbol = program.symbolOf(error.name);
  const visit = (node: ts.Node): true | undefined => {
    if (isFunctionNode(node)) return undefined;
    if (ts.isThrowStatement(node) && ts.isIdentifier(node.expression) && program.symbolOf(node.expression) === symbol) return true;
    return ts.forEachChild(node, visit);
  };
  return visit(body) === true;
}
