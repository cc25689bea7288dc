/** Where a function comes to its end, and whether it waits before. */

import { ts } from 'ts-morph';
import { completionsIn } from './completion.ts';
import type { Flow } from './flow.ts';
import { leaves } from './specialize.ts';
import { waysOf, type Step, type SwitchStep } from './steps.ts';

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
    case 'chain':
      return true;
    case 'branch':
      return step.otherwise !== undefined && completes(step.then) && completes(step.otherwise);
    case 'switch':
      return endsOnAllWays(step);
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

/** Is there a clause for whatever it is, and does each end with a result? */
function endsOnAllWays({ clauses }: SwitchStep): boolean {
  const last = clauses.length - 1;
  return (
    clauses.some(({ node }) => ts.isDefaultClause(node)) &&
    clauses.every(({ steps }, index) => (steps.length === 0 && index < last) || completes(steps))
  );
}

/** Do the steps rely on nothing of the function coming after them? */
export function endsHere(steps: readonly Step[]): boolean {
  return steps.some((step) => step.kind !== 'keep' && step.kind !== 'drop');
}

export function waitsFor(step: Step): boolean {
  if (step.kind === 'branch' || step.kind === 'switch') return waysOf(step).some((way) => way.some(waitsFor));
  if (step.kind === 'group' || step.kind === 'opened') return step.steps.some(waitsFor);
  return step.kind === 'await' || step.kind === 'hand-on' || step.kind === 'chain';
}

/** Is there a way through a function with a callback that succeeds without waiting for anything? */
export function callsBackAtOnce({ taker, steps }: Flow): boolean {
  if (taker === undefined) return false;
  const first = steps.findIndex(waitsFor);
  return completionsIn(first === -1 ? steps : steps.slice(0, first)).some((step) => step.outcome === 'return');
}
