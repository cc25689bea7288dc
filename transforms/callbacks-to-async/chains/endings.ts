/**
 * Chains that call back: `load(id).then(function (row) { …; done(); }, done)`. What the handlers tell the callback is what the chain
 * comes to, so that the function can await it.
 */

import { ts } from 'ts-morph';
import type { Reason } from '../../../engine/finding.ts';
import { unwrapped } from '../../../engine/async/functions.ts';
import type { TextEdit } from '../../../engine/source/slice.ts';
import type { Completer } from '../completer.ts';
import { completionOf, completionsIn, editsOf } from '../completion.ts';
import { completes } from '../ends.ts';
import { mentions } from '../mentions.ts';
import { Obstacle } from '../obstacle.ts';
import { isNothing, type InlineCallback } from '../sites.ts';
import { leaves } from '../specialize.ts';
import { waysOf, type CompleteStep, type Step } from '../steps.ts';
import {
  handlerOf,
  isAssumed,
  linksOf,
  readLink,
  reasonOfAssumption,
  returnsOf,
  shortText,
  type Chain,
  type ChainKnowledge,
  type Link,
} from './chain.ts';

/** A chain whose end is that of the function, and what its handlers come to. */
export interface Ending {
  readonly chain: Chain;
  /** What the chain gives is what the function gives; else the handlers say that themselves, or there is nothing to give. */
  readonly gives: boolean;
  /** Statements, or bodies of arrow functions, that call back. */
  readonly completions: ReadonlyMap<ts.Node, CompleteStep>;
  /** Other code of the handlers that changes. */
  readonly edits: readonly TextEdit[];
  readonly unsafe: Reason | undefined;
}

export interface EndingContext {
  readonly known: ChainKnowledge;
  readonly completer: Completer & { readonly succeeds: ts.Symbol };
  /** It is the `done` of a test: what fails without being handled fails the test all the same. */
  readonly inTest: boolean;
  /** @param error the handler is given an error */
  readonly stepsOf: (fn: InlineCallback, error: boolean) => readonly Step[];
}

/** Does the callback go to a handler of the chain, or is it called in one? */
export function isEndingChain({ program, flavours }: ChainKnowledge, call: ts.CallExpression, callback: ts.Symbol): boolean {
  const { links } = linksOf(flavours, call);
  return links.some((link) => link.call.arguments.some((one) => mentions(program, one, callback)));
}

/** @throws Obstacle */
export function readEnding(context: EndingContext, call: ts.CallExpression): Ending {
  return new EndingReader(context, call).read();
}

/** What a handler does about the callback. */
type Part =
  /** It has nothing to do with it. */
  | { readonly kind: 'other' }
  /** It calls back, at the end of each way through it. */
  | { readonly kind: 'ends'; readonly steps: readonly Step[]; readonly only: CompleteStep | undefined }
  /** The callback itself, given what a handler is given. */
  | { readonly kind: 'callback' }
  /** `done.bind(null, null)`: the callback, given no error. */
  | { readonly kind: 'bound' };

class EndingReader {
  readonly #context: EndingContext;
  readonly #call: ts.CallExpression;
  readonly #links: Link[] = [];
  readonly #completions = new Map<ts.Node, CompleteStep>();
  readonly #edits: TextEdit[] = [];
  #unsafe: Reason | undefined;
  #gives = false;
  /** What there is when all has gone well so far: nothing was told to the callback yet, or it was. */
  #succeeded: 'open' | 'ended' = 'open';
  /** A failure so far was told to the callback, and what follows would run behind that. */
  #isPassedOn = false;
  /** A failure may have been dealt with by nobody. */
  #mayFail = true;

  constructor(context: EndingContext, call: ts.CallExpression) {
    this.#context = context;
    this.#call = call;
  }

  read(): Ending {
    const { known } = this.#context;
    const { base, links } = linksOf(known.flavours, this.#call);
    const isOfCallback = links[0]?.meaning === 'then' && links[0].call.arguments.some((one) => this.#isAbout(one));
    const assumed = isAssumed(known, base, links, isOfCallback) ? reasonOfAssumption(base) : undefined;
    let hasOuterThis = false;
    for (const link of links) {
      const { call, meaning } = link;
      if (meaning === 'bind') hasOuterThis = call.arguments[0]?.kind === ts.SyntaxKind.ThisKeyword;
      if (!call.arguments.some((one) => this.#isAbout(one))) {
        for (const own of readLink(known, link, hasOuterThis)) this.#plain(own);
      } else if (meaning === 'then' || meaning === 'done') {
        this.#then(call, hasOuterThis);
      } else if (meaning === 'catch' && call.arguments.length === 1) {
        this.#then(call, hasOuterThis);
      } else if (meaning === 'finally' && call.arguments.length === 1) {
        this.#finally(call);
      } else {
        throw new Obstacle(
          call,
          'callback-shape',
          `What \`${link.method}\` does with \`${this.#name}\` has no plain equivalent.`,
          'Write it with `then` and `catch`, or await it by hand.',
        );
      }
    }
    if (this.#succeeded === 'open') this.#neverCalls(this.#call);
    if (this.#mayFail && !this.#context.inTest) {
      throw new Obstacle(
        this.#call,
        'control-flow',
        `A failure of the chain never reaches \`${this.#name}\`, and awaiting it would send it there.`,
        `Add \`${this.#name}\` as the handler of failures first.`,
      );
    }
    return {
      chain: { expression: this.#call, base, links: this.#links, assumed: false },
      gives: this.#gives,
      completions: this.#completions,
      edits: this.#edits,
      unsafe: assumed ?? this.#unsafe,
    };
  }

  get #name(): string {
    return this.#context.completer.succeeds.name;
  }

  #isAbout(argument: ts.Node): boolean {
    return mentions(this.#context.known.program, argument, this.#context.completer.succeeds);
  }

  /** A link that does not know the callback. */
  #plain(link: Link): void {
    const recovers = link.kind === 'catch' || (link.kind === 'then' && link.failure !== undefined);
    const follows = link.kind !== 'catch' && link.kind !== 'finally';
    if (follows && this.#succeeded === 'ended') this.#runsBehind(link.call);
    if (this.#isPassedOn && (recovers || follows)) this.#runsBehind(link.call);
    if (recovers && this.#succeeded === 'ended') this.#neverCalls(link.call);
    this.#checkThrows(link);
    this.#links.push(link);
    this.#mayFail = !recovers || link.kind === 'then';
  }

  /** `.then(ok, failed)`, or `.catch(failed)`. */
  #then(call: ts.CallExpression, hasOuterThis: boolean): void {
    const { known } = this.#context;
    const isCatch = ts.isPropertyAccessExpression(call.expression) && linksOf(known.flavours, call).links.at(-1)?.meaning === 'catch';
    const [first, second, ...others] = call.arguments;
    if (others.length > 0) this.#shape(call);
    const ok = isCatch || first === undefined || isNothing(first) ? undefined : first;
    const failed = isCatch ? first : second !== undefined && isNothing(second) ? undefined : second;
    if (this.#isPassedOn) this.#runsBehind(call);
    if (ok !== undefined && this.#succeeded === 'ended') this.#runsBehind(call);

    const failure = failed === undefined ? undefined : this.#partOf(failed, true);
    const passesOn = failure !== undefined && failed !== undefined && this.#isPass(failure, failed);
    const success = ok === undefined ? undefined : this.#partOf(ok, false);
    const isPure = success !== undefined && ok !== undefined && this.#isPure(success, ok);
    const kept = failed === undefined || passesOn ? undefined : handlerOf(known, failed, { hasOuterThis });

    if (failure?.kind === 'other' && success !== undefined && success.kind !== 'other') this.#neverCalls(call);
    if (kept !== undefined && ok === undefined) this.#catch(call, kept, failure);
    else if (ok !== undefined && !(isPure && kept === undefined)) {
      const handler = isPure && success.kind !== 'ends' ? this.#shape(call) : handlerOf(known, ok, { hasOuterThis });
      const link: Link = { kind: 'then', call, handler, failure: kept };
      this.#checkThrows(link);
      this.#links.push(link);
    }
    if (success !== undefined && success.kind !== 'other') this.#succeeded = 'ended';
    if (failure !== undefined && (passesOn || failure.kind === 'ends')) this.#isPassedOn = true;
    if (failed === undefined && success?.kind === 'other') this.#mayFail = true;
    else if (failed !== undefined) this.#mayFail = success?.kind === 'other';
    if (failure?.kind === 'ends' && !passesOn) this.#note(failure);
    if (success?.kind === 'ends' && !(isPure && kept === undefined)) this.#note(success);
  }

  /** What is thrown in a handler would come to the handlers of failures behind it, and what the callback was told did not. */
  #checkThrows(link: Link): void {
    if (!(link.kind === 'catch' || (link.kind === 'then' && link.failure !== undefined))) return;
    const thrown = [...this.#completions.values()].find(({ outcome, unless }) => outcome === 'throw' || unless !== undefined);
    if (thrown !== undefined) {
      throw new Obstacle(
        thrown.node,
        'callback-shape',
        `The error that \`${this.#name}\` is given here would come to a handler behind it.`,
        'Give the handlers to one `then`, or throw the error and let the last handler pass it on.',
      );
    }
  }

  #catch(call: ts.CallExpression, handler: ReturnType<typeof handlerOf>, failure: Part | undefined): void {
    if (failure?.kind === 'other' && this.#succeeded === 'ended') this.#neverCalls(call);
    const before = this.#links.at(-1);
    const thrown = this.#soleThrow(before);
    if (before?.kind === 'then' && before.failure === undefined && thrown && failure?.kind === 'ends') {
      // `.then(() => done(new Error('…'))).catch(…)`: what the first tells the callback does not reach the second.
      this.#links[this.#links.length - 1] = { ...before, failure: handler };
      return;
    }
    const link: Link = { kind: 'catch', call, handler, filters: [] };
    this.#checkThrows(link);
    this.#links.push(link);
  }

  /** Its handler does nothing but give the callback an error that it makes. */
  #soleThrow(link: Link | undefined): boolean {
    if (link?.kind !== 'then' || link.handler.kind !== 'inline') return false;
    const { body } = link.handler.fn;
    const [only, ...others]: readonly ts.Node[] = ts.isBlock(body) ? body.statements : [body];
    const step = only !== undefined && others.length === 0 ? this.#completions.get(only) : undefined;
    return step?.outcome === 'throw' && step.value !== undefined && ts.isNewExpression(unwrapped(step.value));
  }

  /** `.finally(done)`: whatever came of the chain, it is told of nothing. */
  #finally(call: ts.CallExpression): void {
    const [handler] = call.arguments;
    if (handler === undefined || this.#succeeded === 'ended' || this.#isPassedOn) this.#runsBehind(call);
    const part = this.#partOf(handler, false);
    if (part.kind === 'other' || !(part.kind !== 'ends' || this.#isPure(part, handler))) this.#shape(call);
    if (this.#mayFail) {
      if (!this.#context.inTest) this.#shape(call);
      this.#unsafe ??= {
        code: 'callback-shape',
        message: `\`${this.#name}\` is told of no failure here, and of what nobody handles a runner may hear too late: the test would fail where it passed.`,
        help: 'See that the test should fail then, and apply the fix with --unsafe.',
      };
    }
    this.#succeeded = 'ended';
    this.#gives = false;
  }

  #partOf(argument: ts.Expression, error: boolean): Part {
    if (!this.#isAbout(argument)) return { kind: 'other' };
    const bare = unwrapped(argument);
    const { program } = this.#context.known;
    const { completer } = this.#context;
    if (ts.isIdentifier(bare)) return { kind: 'callback' };
    if (ts.isArrowFunction(bare) || ts.isFunctionExpression(bare)) {
      const steps = this.#context.stepsOf(bare, error);
      if (!completes(steps)) this.#neverCalls(bare);
      const all = steps.filter(({ kind }) => kind !== 'comments');
      const [only] = all;
      return { kind: 'ends', steps, only: all.length === 1 && only?.kind === 'complete' ? only : undefined };
    }
    if (ts.isCallExpression(bare) && ts.isPropertyAccessExpression(bare.expression) && bare.expression.name.text === 'bind') {
      const isOwn = program.symbolOf(bare.expression.expression) === completer.succeeds;
      const [that, none, ...others] = bare.arguments;
      const isKept = that !== undefined && (isNothing(that) || that.kind === ts.SyntaxKind.ThisKeyword) && others.length === 0;
      if (isOwn && isKept && none === undefined) return { kind: 'callback' };
      if (isOwn && isKept && none !== undefined && isNothing(none)) return { kind: 'bound' };
    }
    return this.#shape(argument);
  }

  /** It gives the callback the error, and nothing else: what a function that awaits does by itself. */
  #isPass(part: Part, handler: ts.Expression): boolean {
    if (part.kind === 'callback') return true;
    if (part.kind !== 'ends') return false;
    const { only } = part;
    return only?.outcome === 'throw' && only.value !== undefined && this.#isParameter(only.value, handler);
  }

  /** It only says that all is well, with what it was given or with nothing. */
  #isPure(part: Part, handler: ts.Expression): boolean {
    const { inTest, known } = this.#context;
    switch (part.kind) {
      case 'other':
        return false;
      case 'bound':
        this.#gives = !inTest;
        return true;
      case 'callback':
        if (!inTest) this.#shape(handler);
        if (!this.#givesNothing()) {
          this.#unsafe ??= {
            code: 'callback-shape',
            message: `\`${this.#name}\` is given what the chain comes to, and takes anything for an error: if that is not nothing, the test would pass where it failed.`,
            help: 'See that it is nothing, then apply the fix with --unsafe.',
          };
        }
        return true;
      case 'ends': {
        const { only } = part;
        if (only?.outcome !== 'return' || only.unless !== undefined) return false;
        if (only.value === undefined) return only.shape === undefined;
        if (only.others !== undefined && only.others.length > 0) return false;
        if (only.shape !== undefined || !this.#isParameter(only.value, handler)) return false;
        const inline = unwrapped(handler);
        const [parameter] = ts.isArrowFunction(inline) || ts.isFunctionExpression(inline) ? inline.parameters : [];
        this.#gives = parameter !== undefined && known.program.symbolOf(parameter.name) !== undefined && !inTest;
        return true;
      }
    }
  }

  #isParameter(value: ts.Expression, handler: ts.Expression): boolean {
    const { program } = this.#context.known;
    const bare = unwrapped(handler);
    if (!ts.isIdentifier(value) || !(ts.isArrowFunction(bare) || ts.isFunctionExpression(bare))) return false;
    const [parameter] = bare.parameters;
    return parameter !== undefined && program.symbolOf(parameter.name) === program.symbolOf(value);
  }

  /** The handler before it returns nothing. */
  #givesNothing(): boolean {
    const last = this.#links.at(-1);
    if (last?.kind !== 'then' || last.failure !== undefined || last.handler.kind !== 'inline') return false;
    const { fn } = last.handler;
    return ts.isBlock(fn.body) && returnsOf(fn).every(({ expression }) => expression === undefined);
  }

  #note({ steps }: Part & { kind: 'ends' }): void {
    for (const step of completionsIn(steps)) this.#completions.set(step.node, step);
    const [last] = steps.slice(-1);
    for (const step of steps) {
      if (step.kind === 'keep') this.#edits.push(...step.edits);
      else if (step.kind === 'branch' && step.whole) this.#edits.push(...tailEdits(step, step === last));
      else if (!(step.kind === 'comments' || (step.kind === 'complete' && isWhole(step.node)))) this.#shape(stepNode(step) ?? this.#call);
    }
  }

  #neverCalls(node: ts.Node): never {
    throw new Obstacle(
      node,
      'callback-shape',
      `There is a way through the chain that never calls \`${this.#name}\`.`,
      'Call it exactly once on every way, then run nodelift again.',
    );
  }

  #runsBehind(node: ts.Node): never {
    throw new Obstacle(
      node,
      'callback-shape',
      `A handler of the chain runs behind the one that calls \`${this.#name}\`.`,
      `Call \`${this.#name}\` at the end of the chain.`,
    );
  }

  #shape(node: ts.Node): never {
    throw new Obstacle(
      node,
      'callback-shape',
      `How the chain calls \`${this.#name}\` has no plain equivalent: \`${shortText(node)}\`.`,
      'Write it with `then` and `catch`, whose handlers call it at their end.',
    );
  }
}

/** A statement of the handler itself, or all of it, and no part of `if (cb) cb(null, row);`. */
function isWhole(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isBlock(parent) ? ts.isFunctionLike(parent.parent) : ts.isFunctionLike(parent);
}

function stepNode(step: Step): ts.Node | undefined {
  return 'node' in step ? step.node : undefined;
}

/** The edits of a branch: what says nothing at the end of the function is left out. */
function tailEdits(step: Step & { kind: 'branch' }, atEnd: boolean): TextEdit[] {
  if (!atEnd) return editsOf([step]);
  const edits = [...step.edits];
  for (const way of waysOf(step)) {
    const last = way.at(-1);
    for (const one of way) {
      if (one.kind === 'branch') edits.push(...tailEdits(one, one === last));
      else if (one.kind === 'complete') edits.push(...((one === last ? withoutEnd(one) : undefined) ?? completionOf(one)));
      else edits.push(...editsOf([one]));
    }
  }
  return edits;
}

/** `done();` behind other statements at the end: it is gone with its line. */
function withoutEnd({ node, outcome, value, unless, shape, drops }: CompleteStep): TextEdit[] | undefined {
  if (outcome !== 'return' || value !== undefined || unless !== undefined || shape !== undefined || drops !== undefined) return undefined;
  if (!ts.isStatement(node) || !ts.isBlock(node.parent) || !leavesNothing(node)) return undefined;
  const { statements } = node.parent;
  const before = statements[statements.indexOf(node) - 1];
  return before === undefined || node !== statements.at(-1) ? undefined : [{ start: before.end, end: node.end, text: '' }];
}

/** No comment stands in front of it. */
function leavesNothing(node: ts.Statement): boolean {
  return node.getSourceFile().text.slice(node.pos, node.getStart()).trim() === '' && !(ts.isBlock(node) && leaves(node));
}
