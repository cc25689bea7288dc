/**
 * Which functions of the program may become asynchronous, and the fixes that make them so.
 *
 * Making `f` async means awaiting it at every call, which makes each caller async, up to a root that copes with a promise.
 * The question is answered on the call graph: optimistic first, then barriers propagate back along the calls.
 */

import type { ts } from 'ts-morph';
import type { Fix, Reason, Safety } from '../finding.ts';
import type { Program } from '../program/program.ts';
import type { TransformOptions } from '../transform.ts';
import { CallGraph } from './call-graph.ts';
import type { FunctionNode } from './functions.ts';

export type { FunctionNode } from './functions.ts';

/** May an `await` stand at a place? */
export type AwaitVerdict =
  /** It may already: in an async function, or at the top level of an ES module. */
  | { readonly kind: 'ready' }
  /** With these fixes applied, which `Asynchrony.fixes()` gives. A fix that relies on it lists them in `dependsOn`. */
  | {
      readonly kind: 'possible';
      readonly dependsOn: readonly string[];
      readonly safety: Safety;
      readonly reason?: Reason;
      readonly notes: readonly string[];
    }
  /** Behind a barrier: the reason carries the chain of calls to it. */
  | { readonly kind: 'refused'; readonly reason: Reason };

export class Asynchrony {
  readonly program: Program;
  readonly options: TransformOptions;
  /** Prefix for fix ids and the `transform` of the fixes made here. */
  readonly transform: string;
  readonly graph: CallGraph;

  constructor(program: Program, options: TransformOptions, transform: string) {
    this.program = program;
    this.options = options;
    this.transform = transform;
    this.graph = new CallGraph(program);
  }

  /** May an `await` stand where `node` is, once all that this takes is done? */
  awaitAt(_node: ts.Node): AwaitVerdict {
    throw new Error('not there yet');
  }

  /** May the function itself return a promise? `ready` when it is async already. */
  mayBecomeAsync(_fn: FunctionNode): AwaitVerdict {
    throw new Error('not there yet');
  }

  /**
   * Must the promise of `call` be awaited where it stands, once the function around it is async?
   * Not when it is returned as it is outside `try`, nor when it is awaited already.
   */
  needsAwait(_call: ts.Expression): boolean {
    throw new Error('not there yet');
  }

  /** The fixes that the verdicts so far referred to: "make `load` async", with the awaits at its calls. */
  *fixes(): Iterable<Fix> {
    // Nothing was asked for yet.
  }
}
