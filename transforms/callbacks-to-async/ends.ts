/** Where a function comes to its end, and whether it waits before. */

import { completionsIn } from './completion.ts';
import type { Flow } from './flow.ts';
import { leaves } from './specialize.ts';
import type { Step } from './steps.ts';

/** Does every way through the steps end the function with a result? Ways that leave it otherwise were refused before. */
export function completes(steps: readonly Step[]): boolean {
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
    case 'group':
      // Looked at when it was read.
      return step.rounds !== undefined || completes(step.steps);
    case 'opened':
      return completes(step.steps);
    case 'give':
      return step.outlet.kind === 'again';
    case 'await':
    case 'detached':
    case 'drop':
    case 'comments':
      return false;
  }
}

/** Do the steps rely on nothing of the function coming after them? */
export function endsHere(steps: readonly Step[]): boolean {
  return steps.some((step) => step.kind !== 'keep' && step.kind !== 'drop');
}

export function waitsFor(step: Step): boolean {
  if (step.kind === 'branch') return step.then.some(waitsFor) || step.otherwise?.some(waitsFor) === true;
  if (step.kind === 'group') return step.steps.some(waitsFor);
  return step.kind === 'await' || step.kind === 'hand-on';
}

/** Is there a way through a function with a callback that succeeds without waiting for anything? */
export function callsBackAtOnce({ taker, steps }: Flow): boolean {
  if (taker === undefined) return false;
  const first = steps.findIndex(waitsFor);
  return completionsIn(first === -1 ? steps : steps.slice(0, first)).some((step) => step.outcome === 'return');
}
