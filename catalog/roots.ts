/**
 * Roots: places of frameworks that are given a function and cope with the promise that it returns.
 * A row a place; what is not here is not a root.
 */

/** What becomes of an error that the function throws, and of a rejection of the promise that it returns. */
export type Rejection =
  /** The framework treats a rejection as it treats a throw. */
  | 'forwarded'
  /** The framework forwards a throw to `next(error)`, and ignores a rejection: the function must call `next` itself. */
  | 'ignored-next'
  /** Nobody catches either: a throw is an `uncaughtException`, a rejection an `unhandledRejection`, and both end the process. */
  | 'process';

export interface RootRow {
  /** The framework, as messages name it. */
  readonly framework: string;
  /** The npm package whose version decides; absent for Node itself. */
  readonly package?: string;
  /** From this major version on, up to and without `until`. */
  readonly since?: number;
  readonly until?: number;
  /** Origin keys of the callee. */
  readonly callees: readonly string[];
  /** Which arguments: `last`, all functions from an index on, or one index. */
  readonly arguments: 'last' | 'functions' | number;
  readonly rejection: Rejection;
}

export const roots: readonly RootRow[] = [];
