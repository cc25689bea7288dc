/** Errors that are not a fault of nodelift's own: what people get wrong, and what the file system refuses. */

/**
 * A mistake that a person can make: a path that does not exist, a tree with uncommitted changes, nothing to undo.
 * The message is one line that says what is wrong and what to do; the command line prints it and exits 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The code of a system error such as `ENOENT`, or the error's own words. */
export function errorCode(error: unknown): string {
  // Not `instanceof Error`: in a vm context, as under Jest, the errors of Node's modules are of another realm.
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') return error.code;
  return String(error);
}

const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be too large',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk reports an error',
  EEXIST: 'something else has its name',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a file stands where a folder should be',
  ELOOP: 'a symbolic link leads back to itself',
  ENAMETOOLONG: 'the name is too long',
  ETXTBSY: 'it is being executed',
  EBUSY: 'it is in use',
};

/** What a system error means, in plain words: "permission denied". */
export function describeSystemError(error: unknown): string {
  const code = errorCode(error);
  return words[code] ?? code;
}
