/** The file that a path of the project stands for, and whether it may be written. */

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isInside } from '../discover/index.ts';
import { describeSystemError, errorCode } from '../errors.ts';

export interface Target {
  /** Absolute; symbolic links on the way are resolved, so that they stay. */
  readonly real: string;
  /** As `stat` gives it, with the bits of the file's type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Has other names, which must show the new text too. */
  readonly hardLinked: boolean;
}

export type TargetResult =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly error: string };

/**
 * A file without any write permission was protected by somebody, and is refused, although a rename would get past that.
 *
 * @param path relative to the root
 */
export function findTarget(root: string, path: string): TargetResult {
  try {
    const real = realpathSync.native(join(root, path));
    if (!isInside(realpathSync.native(root), real)) return refused('is a link that leads out of the project, and was left as it is');
    const stats = statSync(real);
    const { mode, uid, gid, nlink } = stats;
    if (!stats.isFile()) return refused('is not a file any more, and was left as it is');
    if ((mode & 0o222) === 0) return refused('is read-only, and was left as it is; make it writable and run nodelift again');
    accessSync(real, constants.W_OK);
    return { kind: 'target', target: { real, mode, uid, gid, hardLinked: nlink > 1 && !isInstalled(path) } };
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return { kind: 'missing' };
    return refused(`cannot be written: ${describeSystemError(error)}`);
  }
}

/** Package managers link installed files to a store that other projects share, and that must keep the old text. */
function isInstalled(path: string): boolean {
  return path.split('/').includes('node_modules');
}

function refused(error: string): TargetResult {
  return { kind: 'refused', error };
}
