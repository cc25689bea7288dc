/** What making one function async takes: the calls to be awaited, the functions that must become async with it, and what stands in the way. */

import type { ts } from 'ts-morph';
import type { ReasonCode } from '../../catalog/reasons.ts';
import type { ChainLink, Edit, Reason } from '../finding.ts';
import type { FunctionNode } from './functions.ts';

/** Why a function cannot become async, whatever the others do. */
export interface Obstacle {
  readonly code: ReasonCode;
  /**
   * The function itself, when it is what stands in the way: "the constructor of `Server` (server.js:4)". `what` is then its
   * predicate: "cannot wait". Else `what` is a clause that calls the function "it": "it is handed to `tasks.add` (tasks.js:9), which is not in the program".
   */
  readonly self?: string;
  readonly what: string;
  readonly help: string;
  /** The place in the way, as the last link of the chain; none when it is the function itself. */
  readonly link?: ChainLink;
}

export interface Facts {
  readonly obstacle: Obstacle | undefined;
  /** Functions that must become async too, with the place that demands it. */
  readonly requires: readonly { readonly fn: FunctionNode; readonly at: ts.Node }[];
  /** Places at the top level of scripts that must wait: what those scripts do goes into an async function. */
  readonly scripts: readonly ts.CallExpression[];
  /** Calls whose promise must be awaited, in source order. */
  readonly awaited: readonly ts.CallExpression[];
  /** Edits besides the keyword, the types and the awaits. */
  readonly edits: readonly Edit[];
  readonly form: FunctionForm;
  readonly notes: readonly string[];
  /** Why it may behave differently. */
  readonly hazard: Reason | undefined;
}

/** What becomes of the function. */
export type FunctionForm =
  | 'async'
  /** Async, with its body in `try … catch (error) { next(error); }`. */
  | 'next'
  /** What it does goes into an async function of its own, `(async () => { … })().catch(done)`. */
  | 'wrapped'
  /** The body of a `for…of` loop: no function any more. */
  | 'loop';
