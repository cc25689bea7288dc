/**
 * Functions of `async` that run one after another, read as statements of the function around them: what they gave to their callback goes
 * to a variable, or nowhere, and what follows comes behind it.
 */

import { ts } from 'ts-morph';
import { isFunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { boundNames, identifiersIn } from '../../engine/source/names.ts';
import { checkOwnThis } from './callback-form.ts';
import { isReassigned } from './chains/settled.ts';
import { mentions } from './mentions.ts';
import { Obstacle } from './obstacle.ts';
import type { CallbackSite, InlineCallback, SiteFinder } from './sites.ts';
import { leaves } from './specialize.ts';
import {
  waysOf,
  type AwaitStep,
  type BranchStep,
  type CompleteStep,
  type GiveStep,
  type HandOnStep,
  type Outlet,
  type Step,
} from './steps.ts';
import { isWritten } from './written.ts';

export interface Settling {
  readonly program: Program;
  readonly finder: SiteFinder;
  readonly outlet: Outlet;
  /** The code is the body of a loop, whose rounds `continue` ends. */
  readonly isRound: boolean;
}

/**
 * The steps of a function that ended in its callback, with what it gave in its place.
 * @throws Obstacle where the function ends in the middle, and what follows would have to be passed over
 */
export function settled(steps: readonly Step[], how: Settling): readonly Step[] {
  const result: Step[] = [];
  for (const [index, step] of steps.entries()) {
    const rest = steps.slice(index + 1);
    const isLast = rest.every((one) => one.kind === 'comments' || (one.kind === 'keep' && ts.isFunctionDeclaration(one.node)));
    if (step.kind === 'switch' && !isLast && !how.isRound && mayGive([step])) endsInside(step.node);
    if (step.kind === 'branch' && !isLast && !how.isRound && mayGive([step])) return [...result, withRest(step, rest, how)];
    result.push(settledStep(step, isLast, how));
  }
  return result;
}

/** Is there more than one way through the steps on which they give something? */
export function hasWays(steps: readonly Step[]): boolean {
  return steps.some(
    (step) => ((step.kind === 'branch' || step.kind === 'switch') && mayGive([step])) || (step.kind === 'group' && hasWays(step.steps)),
  );
}

function settledStep(step: Step, isLast: boolean, how: Settling): Step {
  switch (step.kind) {
    case 'complete':
      return step.outcome === 'throw' ? step : given(step, how);
    case 'hand-on':
      return taken(step, how);
    case 'branch':
      return {
        ...step,
        whole: step.whole && !mayGive([step]),
        then: settled(step.then, how),
        otherwise: step.otherwise && settled(step.otherwise, how),
      };
    case 'switch':
      return {
        ...step,
        whole: step.whole && !mayGive([step]),
        clauses: step.clauses.map((one) => ({ ...one, steps: settled(one.steps, how) })),
      };
    case 'await':
      return awaited(step, how);
    case 'chain':
      return endsInside(step.node);
    case 'opened':
      return { ...step, steps: settled(step.steps, how) };
    case 'group':
      if (step.rounds !== undefined) return endsInside(step.fn);
      return isLast ? { ...step, steps: settled(step.steps, how), declares: declared(step.steps, how.outlet), gives: true } : step;
    case 'keep':
      if (step.edits.some(({ text }) => /^return\b/.test(text) || /\breturn\b[^\n]*$/.test(text))) endsInside(step.node);
      return step;
    case 'give':
    case 'detached':
    case 'drop':
    case 'comments':
      return step;
  }
}

/** The parameters that are declared in front of code that fills them in several places. */
export function declared(steps: readonly Step[], outlet: Outlet): readonly ts.ParameterDeclaration[] {
  return outlet.kind === 'parameters' && hasWays(steps) ? outlet.parameters.filter((one) => one !== undefined) : [];
}

/** `if (known) return done(null, known);`: what follows is for the other case. */
function withRest(step: BranchStep, rest: readonly Step[], how: Settling): BranchStep {
  if (step.otherwise !== undefined || !isOver(step.then)) return endsInside(step.node);
  if (!mayGive(step.then)) throw new Error('the branch gives nothing');
  return { ...step, whole: false, then: settled(step.then, how), otherwise: settled(rest, how), takesRest: true };
}

/** Nothing of the function runs behind the steps. */
function isOver(steps: readonly Step[]): boolean {
  const last = steps.at(-1);
  if (last === undefined) return false;
  if (steps.some((one) => one.kind === 'await')) return true;
  if (last.kind === 'complete' || last.kind === 'hand-on' || last.kind === 'chain') return true;
  return last.kind === 'keep' && leaves(last.node);
}

/** Is the callback given a result somewhere in the steps? */
function mayGive(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    switch (step.kind) {
      case 'complete':
        return step.outcome === 'return';
      case 'hand-on':
      case 'chain':
        return true;
      case 'branch':
      case 'switch':
        return waysOf(step).some(mayGive);
      case 'await':
        return true;
      case 'opened':
      case 'group':
        return mayGive(step.steps);
      case 'keep':
        return step.edits.some(({ text }) => /\breturn\b/.test(text));
      case 'give':
      case 'detached':
      case 'drop':
      case 'comments':
        return false;
    }
  });
}

function given(step: CompleteStep, { program, outlet }: Settling): GiveStep {
  const { node, value, others = [], unless, edits } = step;
  const values = value === undefined ? [] : [value, ...others];
  if (outlet.kind === 'parameters') {
    if (outlet.exact ? values.length !== outlet.parameters.length : values.length < outlet.parameters.length) {
      throw new Obstacle(node, 'callback-shape', 'What runs next looks at more than it is given.', 'Give it all that it takes.');
    }
    // The values are computed before the parameters are there.
    const names = new Set(outlet.parameters.slice(0, -1).flatMap((one) => (one === undefined ? [] : boundNames(one.name))));
    const isMixed = values.slice(1).some((one) => [...names].some((name) => usesSymbol(program, one, name)));
    if (isMixed)
      throw new Obstacle(node, 'callback-shape', 'The values that are given have names of each other.', 'Rename the parameters.');
  }
  return { kind: 'give', node, values, outlet, unless, edits };
}

function usesSymbol(program: Program, node: ts.Node, name: ts.Identifier): boolean {
  const symbol = program.symbolOf(name);
  return identifiersIn(node, name.text).some((one) => program.symbolOf(one) === symbol);
}

/** The callback handed on: `fs.readFile(path, 'utf8', callback)` is awaited, and its result goes where that of the callback went. */
function taken(step: HandOnStep, { finder, outlet }: Settling): AwaitStep {
  const { statement, site, edits, body } = step;
  const { target } = site;
  const values = outlet.kind === 'parameters' ? outlet.parameters : [];
  const looked = values.findLastIndex((one) => one !== undefined) + 1;
  const count = valuesOf(finder, site);
  if (outlet.kind === 'parameters' && (outlet.exact ? count !== values.length : looked > count)) {
    throw new Obstacle(site.call, 'callback-shape', 'What runs next looks at more than the call gives.', 'Write the callback out.');
  }
  if (target.kind === 'taker' && finder.shapeOf(target.fn) !== undefined && outlet.kind !== 'parameters' && outlet.kind !== 'nowhere') {
    throw new Obstacle(
      site.call,
      'callback-shape',
      'The call gives several values, of which the library makes an array.',
      'Give one value.',
    );
  }
  if (body !== undefined && (outlet.kind === 'list' || outlet.kind === 'variable')) {
    throw new Obstacle(site.call, 'callback-shape', 'What runs in turn inside has results of its own.', 'Name the results.');
  }
  const callback = outlet.kind === 'parameters' ? outlet.next : undefined;
  return {
    kind: 'await',
    statement,
    site,
    callback: callback ?? own(site),
    values: values.slice(0, looked),
    failure: { kind: 'propagate' },
    edits,
    outlet,
    ...(body !== undefined && { body }),
  };
}

/** Parameters that are given variables, where nobody sets either of the two again: they are one variable. */
export function aliasesOf(program: Program, { values }: GiveStep, outlet: Outlet & { kind: 'parameters' }): [ts.Symbol, ts.Symbol][] {
  return outlet.parameters.flatMap((parameter, index): [ts.Symbol, ts.Symbol][] => {
    const value = values[index];
    if (parameter === undefined || value === undefined || !ts.isIdentifier(value) || !ts.isIdentifier(parameter.name)) return [];
    const [own, given] = [program.symbolOf(parameter.name), program.symbolOf(value)];
    const declaration = given?.valueDeclaration;
    if (own === undefined || given === undefined || declaration === undefined) return [];
    if (!ts.isParameter(declaration) && !ts.isVariableDeclaration(declaration)) return [];
    const isSet = isReassigned(program, parameter.name, parameter.parent) || isSetBehind(program, value, given);
    return isSet ? [] : [[own, given]];
  });
}

/** Is the variable given another value after it was read here, as far as its own function shows? */
function isSetBehind(program: Program, read: ts.Identifier, variable: ts.Symbol): boolean {
  const home = functionOf(variable.valueDeclaration);
  return identifiersIn(read.getSourceFile(), read.text)
    .filter((one) => program.symbolOf(one) === variable && isWritten(one))
    .some((one) => one.pos > read.pos || home === undefined || functionOf(one) !== home || functionOf(read) !== home);
}

function functionOf(node: ts.Node | undefined): ts.Node | undefined {
  for (let current = node?.parent; current !== undefined; current = current.parent) if (isFunctionNode(current)) return current;
  return undefined;
}

/** May the steps fail otherwise than by an exception that nobody thought of? */
export function mayFail(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    switch (step.kind) {
      case 'complete':
        return step.outcome === 'throw' || step.unless !== undefined;
      case 'give':
        return step.unless !== undefined;
      case 'await':
        if (step.failure.kind === 'handle') return mayFail(step.failure.steps);
        return step.failure.kind === 'propagate' && (step.body === undefined || mayFail(step.body.steps));
      case 'branch':
      case 'switch':
        return waysOf(step).some(mayFail);
      case 'group':
        return mayFail(step.steps);
      case 'keep':
        return step.edits.some(({ text }) => /\bthrow\b/.test(text));
      case 'hand-on':
      case 'chain':
      case 'opened':
        return true;
      case 'detached':
      case 'drop':
      case 'comments':
        return false;
    }
  });
}

/** How many values the callback of the call is given. */
export function valuesOf(finder: SiteFinder, { target }: CallbackSite): number {
  switch (target.kind) {
    case 'api':
      return target.api.values.length;
    case 'taker':
      return finder.shapeOf(target.fn)?.names.length ?? (finder.takerOf(target.fn)?.gives === true ? 1 : 0);
    case 'timer':
      return 0;
    case 'tasks':
      return target.gives ? 1 : 0;
  }
}

/** The function that the call stands in. */
function own({ call }: CallbackSite): InlineCallback {
  for (let node: ts.Node = call.parent; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) return node;
  }
  throw new Error('a call that hands a callback on stands in the function that has it');
}

/** A handler of a failure that ends the function with a result ends it in the middle. */
function awaited(step: AwaitStep, how: Settling): AwaitStep {
  const { failure } = step;
  if (failure.kind !== 'handle' || !mayGive(failure.steps)) return step;
  if (!how.isRound) return endsInside(step.statement);
  return { ...step, failure: { ...failure, steps: settled(failure.steps, how) } };
}

function endsInside(node: ts.Node): never {
  throw new Obstacle(
    node,
    'control-flow',
    'A function that is given to `async` calls back in the middle of its code, and what follows would have to be passed over.',
    'Call back at the end of the function only.',
  );
}

/** What a function that becomes a part of another must not do. */
export function checkTask(program: Program, fn: InlineCallback): void {
  checkOwnThis(fn);
  const symbol = ts.isArrowFunction(fn) ? undefined : fn.name && program.symbolOf(fn.name);
  if (symbol !== undefined && mentions(program, fn.body, symbol)) {
    throw new Obstacle(fn, 'callback-shape', 'The function calls itself.', 'Write the repetition as a loop.');
  }
}

/**
 * Variables of a function that becomes the body of a loop: declared by `var` they would be those of all rounds.
 * @param merged functions whose code becomes part of the body
 * @throws Obstacle
 */
export function checkRounds(program: Program, fn: InlineCallback, merged: ReadonlySet<ts.Node>): void {
  const isWide = sourceHabits(fn.getSourceFile()).constant === 'var';
  const own = new Set<ts.Symbol>();
  const add = (name: ts.BindingName): void => {
    for (const one of boundNames(name)) {
      const symbol = program.symbolOf(one);
      if (symbol !== undefined) own.add(symbol);
    }
  };
  const collect = (node: ts.Node): void => {
    if (isFunctionNode(node)) {
      if (!merged.has(node)) return;
      if (isWide) for (const { name } of node.parameters) add(name);
    }
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) {
      for (const { name, initializer } of node.declarations) {
        const isOfLoop = ts.isForOfStatement(node.parent) || ts.isForInStatement(node.parent);
        if (initializer === undefined && !isOfLoop) refuseRound(node, `\`${name.getText()}\` begins each round undefined`);
        add(name);
      }
    }
    if (isWide && ts.isVariableDeclaration(node)) add(node.name);
    ts.forEachChild(node, collect);
  };
  collect(fn);
  const check = (node: ts.Node, isKept: boolean): void => {
    if (isKept && ts.isIdentifier(node)) {
      const symbol = program.symbolOf(node);
      if (symbol !== undefined && own.has(symbol)) refuseRound(node, `\`${node.text}\` is captured in each round`);
    }
    const kept = isKept || (isFunctionNode(node) && !merged.has(node));
    ts.forEachChild(node, (child) => check(child, kept));
  };
  check(fn, false);
}

function refuseRound(node: ts.Node, what: string): never {
  throw new Obstacle(node, 'control-flow', `${what}, and all rounds of a loop would share it.`, 'Declare it by `let` or `const`.');
}
