/** The kinds of error that are not a fault of nodelift's own. */

/**
 * A mistake that a person can make: a path that does not exist, a tree with uncommitted changes, nothing to undo.
 * The message is one line that says what is wrong and what to do; the command line prints it and exits 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
