/** What discovery takes and gives back. */

import type { LeftOut } from '../result.ts';
import type { SourceText } from '../text.ts';

export interface DiscoverOptions {
  /** Absolute and free of symbolic links, as `findRoot` gives it. */
  readonly root: string;
  /** Files and folders under the root in which sites are looked for, as `findRoot` gives them. */
  readonly selected: readonly string[];
  /** Globs in `.gitignore` syntax, relative to the root. They also hold for what is selected. */
  readonly ignore?: readonly string[];
  /** Honour `.gitignore` and its relatives; true by default. */
  readonly gitignore?: boolean;
  /** Discovery rejects with the signal's reason when it is aborted. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DiscoverProgress) => void;
  /** Where `HOME`, `XDG_CONFIG_HOME` and git's own variables are looked up; `process.env` by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface DiscoverProgress {
  readonly phase: 'discover' | 'read';
  /** Folders listed, or files read. */
  readonly done: number;
  /** Known so far while folders are listed; final while files are read. */
  readonly total: number;
}

/** Everything is sorted by path, by code units, whatever order the file system has. */
export interface Discovery {
  readonly sources: readonly DiscoveredSource[];
  /** Folders end in a slash; what lies in them was not looked at, and is not listed. */
  readonly leftOut: readonly LeftOut[];
  readonly failures: readonly ReadFailure[];
}

/**
 * A source file as it was read. Its bytes are exactly the text in UTF-8 behind the byte order mark, if there is one,
 * so a change on disk shows when the bytes are compared: no other fingerprint is needed.
 */
export interface DiscoveredSource {
  readonly source: SourceText;
  /** Sites are looked for here; the others are read because they may call what is changed. What a machine wrote is among those, and left out too. */
  readonly selected: boolean;
}

/** A file or folder that could not be read; the others were. */
export interface ReadFailure {
  readonly kind: 'file' | 'folder';
  /** Relative to the root, with forward slashes; `.` for the root itself. */
  readonly path: string;
  readonly selected: boolean;
  /** What is wrong and what to do, to be put behind the path: "is UTF-16, …". */
  readonly error: string;
}
