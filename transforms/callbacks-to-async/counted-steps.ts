/** The steps of work that was counted: one failure is that of the whole, and every other way must end in the count. */

import { ts } from 'ts-morph';
import { isWithin } from '../../engine/async/ancestors.ts';
import { isFunctionNode } from '../../engine/async/functions.ts';
import type { Reason } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import type { CountedLoop } from './counted.ts';
import { completes } from './ends.ts';
import type { Flow } from './flow.ts';
import { codeKey } from './merge.ts';
import { Obstacle } from './obstacle.ts';
import { leaves } from './specialize.ts';
import { waysOf, type AwaitStep, type Failure, type Step } from './steps.ts';

type Handler = Failure & { kind: 'handle' };

export interface CountedSteps {
  readonly steps: readonly Step[];
  /** What deals with a failure of any item, as it stood in the work for one. */
  readonly failure: Handler | undefined;
}

/**
 * The steps of the task, with every failure that ended all of the work thrown on.
 * @throws Obstacle
 */
export function countedSteps(program: Program, loop: CountedLoop, steps: readonly Step[]): CountedSteps {
  const lifted: Handler[] = [];
  const result = thrownOn(program, loop, steps, lifted);
  if (!completes(result)) refuse(loop.task, 'There is a way through the work for an item on which it is never counted.');
  const [first] = lifted;
  const key = first && codeKey(program, first);
  if (lifted.some((one) => key === undefined || codeKey(program, one) !== key))
    refuse(loop.task, 'Failures of the items are dealt with in different ways.');
  return { steps: result, failure: first };
}

function thrownOn(program: Program, loop: CountedLoop, steps: readonly Step[], lifted: Handler[]): Step[] {
  return steps.map((step): Step => {
    switch (step.kind) {
      case 'await': {
        if (step.failure.kind !== 'handle') return step;
        const failure = { ...step.failure, steps: step.failure.steps.filter(({ kind }) => kind !== 'drop') };
        if (!failure.ends || !endsAll(failure.steps, loop)) {
          return { ...step, failure: { ...failure, steps: thrownOn(program, loop, failure.steps, lifted) } };
        }
        if (!isOutside(program, failure, loop))
          refuse(loop.task, 'What is done about a failure needs what only the work for the item has.');
        lifted.push(failure);
        return { ...step, failure: { kind: 'propagate' } };
      }
      case 'branch':
        return {
          ...step,
          then: thrownOn(program, loop, step.then, lifted),
          ...(step.otherwise !== undefined && { otherwise: thrownOn(program, loop, step.otherwise, lifted) }),
        };
      case 'switch':
        return { ...step, clauses: step.clauses.map((one) => ({ ...one, steps: thrownOn(program, loop, one.steps, lifted) })) };
      case 'complete':
        if (step.outcome === 'return' && !(ts.isStatement(step.node) && loop.ends.has(step.node))) {
          refuse(step.node, 'The whole is ended from the work for one item.');
        }
        return step;
      case 'keep':
        if (returnsFrom(step.node)) refuse(step.node, 'The work for an item is left without being counted.');
        return step;
      case 'hand-on':
      case 'chain':
      case 'opened':
      case 'give':
      case 'group':
        return refuse(loop.task, 'The callback of the whole is handed on from the work for one item.');
      case 'detached':
      case 'drop':
      case 'comments':
        return step;
    }
  });
}

/** Code for a failure that leaves the work for good, and counts nothing. */
function endsAll(steps: readonly Step[], loop: CountedLoop): boolean {
  return steps.length > 0 && steps.every((step) => step.kind === 'keep') && !steps.some(({ node }) => isCounting(node, loop));
}

function isCounting(node: ts.Node, loop: CountedLoop): boolean {
  return [...loop.ends, ...loop.counts].some((one) => isWithin(one, node));
}

function isOutside(program: Program, handler: Handler, loop: CountedLoop): boolean {
  const error = program.symbolOf(handler.error.name);
  const visit = (node: ts.Node, own: ts.Node): boolean => {
    if (node.kind === ts.SyntaxKind.ThisKeyword) return false;
    const symbol = ts.isIdentifier(node) ? program.symbolOf(node) : undefined;
    const declaration = symbol?.valueDeclaration;
    if (symbol !== error && declaration !== undefined && isWithin(declaration, loop.task) && !isWithin(declaration, own)) return false;
    return ts.forEachChild(node, (child) => (visit(child, own) ? undefined : true)) !== true;
  };
  return handler.steps.every((step) => step.kind === 'keep' && visit(step.node, step.node));
}

function returnsFrom(node: ts.Node): boolean {
  if (isFunctionNode(node) || ts.isClassLike(node)) return false;
  return ts.isReturnStatement(node) || ts.forEachChild(node, (child) => (returnsFrom(child) ? true : undefined)) === true;
}

function refuse(node: ts.Node, message: string): never {
  throw new Obstacle(node, 'control-flow', message, 'Write the work for an item as a function, and await `Promise.all` of it.');
}

/** Why the whole is not quite what it was. */
export function doubtsOf(loop: CountedLoop, task: Flow): Reason | undefined {
  if (!loop.isGuarded) {
    return {
      code: 'control-flow',
      message: 'For an empty list nothing was ever counted, and what follows did not run; now it does.',
      help: 'See that this is what was meant, then apply the fix with --unsafe.',
    };
  }
  if (!mayFail(task.steps)) return undefined;
  if (loop.flag !== undefined) {
    if (loop.flag.isQuiet) return undefined;
    return {
      code: 'control-flow',
      message: 'Once an item has failed, the others did nothing more when their work was done; now they do.',
      help: 'See that nobody minds, then apply the fix with --unsafe.',
    };
  }
  return {
    code: 'control-flow',
    message: 'Where several items fail, each of them ended the whole; now the first one does.',
    help: 'See that this is what was meant, then apply the fix with --unsafe.',
  };
}

function mayFail(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    if (step.kind === 'branch' || step.kind === 'switch') return waysOf(step).some(mayFail);
    if (step.kind === 'complete') return step.outcome === 'throw';
    return step.kind === 'await' && mayFailAt(step);
  });
}

function mayFailAt({ failure }: AwaitStep): boolean {
  if (failure.kind === 'handle')
    return mayFail(failure.steps) || failure.steps.some((step) => 'node' in step && step.kind === 'keep' && leaves(step.node));
  return failure.kind === 'propagate';
}
