/**
 * What a run takes and gives back: the contract between the engine and whoever asked, the command line,
 * the library's users and the tests alike.
 */

import type { ReplaceEdit, Reason, Safety, Weakness } from './finding.ts';
import type { Position } from './text.ts';
import type { Transform, TransformOnDemand, TransformOptions } from './transform.ts';

export interface RunOptions {
  /** Files and folders to look for sites in, absolute or relative to `cwd`. Defaults to `cwd` itself. */
  readonly paths?: readonly string[];
  readonly cwd?: string;
  /** In the order in which they are applied. */
  readonly transforms: readonly (Transform | TransformOnDemand)[];
  /** Also apply the fixes that may change behaviour. */
  readonly unsafe?: boolean;
  /** Globs, in `.gitignore` syntax, to leave out. */
  readonly ignore?: readonly string[];
  /** Honour `.gitignore` and its relatives; true by default. */
  readonly gitignore?: boolean;
  readonly tsconfig?: string;
  readonly transformOptions?: Partial<TransformOptions>;
  /** Names of all transforms there are, for suppression comments; those of `transforms` by default. */
  readonly knownTransforms?: readonly string[];
  /** Compare TypeScript's diagnostics before and after each fix; true by default. That the new text parses is always checked. */
  readonly verify?: boolean;
  /** Seconds that one file may take a transform, before it is left alone and named; 60 by default. */
  readonly fileTimeout?: number;
  /** Look for sites only in the files that git says have changed since the branch left this commit. The whole program is still read. */
  readonly since?: string;
  /** Look for sites only in the files that are staged. */
  readonly staged?: boolean;
  /** Keep only one machine's share of the fixes. */
  readonly shard?: Shard;
  /** Keys, by {@link fixKey}, of the fixes that are wanted; others are kept away, with what depends on them. All by default. */
  readonly chosen?: ReadonlySet<string>;
  /** Also say of each fix what it would do alone, in {@link ReportedFinding.edits}. */
  readonly separately?: boolean;
  /** Texts that stand for those on disk, as an editor holds them, by path relative to the root. */
  readonly overlay?: ReadonlyMap<string, string>;
  /** Packages that have nothing to do with each other are transformed in threads. All in this one by default. */
  readonly threads?: Threads;
  readonly onEvent?: (event: RunEvent) => void;
  readonly signal?: AbortSignal;
}

/** At most `count` at a time; `script` calls `workInThread` with the transforms that `RunOptions.transforms` are of. */
export interface Threads {
  readonly script: URL;
  readonly count: number;
}

/** One machine's share of a run: the `index`th, from 1, of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export type RunEvent =
  | { readonly kind: 'phase'; readonly phase: Phase; readonly total?: number }
  | { readonly kind: 'progress'; readonly phase: Phase; readonly done: number; readonly total: number; readonly path?: string };

export type Phase = 'discover' | 'read' | 'load' | 'transform' | 'verify' | 'format';

/** A file left out of the run, and the rule that left it out. */
export interface LeftOut {
  readonly path: string;
  readonly rule: LeftOutRule;
  /** The pattern or the fact behind the rule, for `--verbose`. */
  readonly detail: string;
}

/** `extension`: named by a person or by its extension, and yet no JavaScript or TypeScript. */
export type LeftOutRule = 'gitignore' | 'ignore' | 'vendored' | 'minified' | 'generated' | 'symlink' | 'extension';

export interface RunResult {
  /** Absolute. */
  readonly root: string;
  readonly transforms: readonly string[];
  readonly files: readonly FileResult[];
  readonly findings: readonly ReportedFinding[];
  readonly leftOut: readonly LeftOut[];
  /** Things a person should know that concern no single site: a stale suppression, a tsconfig that could not be read. */
  readonly warnings: readonly Warning[];
  readonly scanned: number;
  readonly candidates: number;
  /** Milliseconds of wall time by phase; transforms by their own names. */
  readonly timing: ReadonlyMap<string, number>;
}

export interface Warning {
  readonly message: string;
  readonly path?: string;
  readonly start?: Position;
  /** Makes the exit code 3: something that was asked for could not be read. */
  readonly failed: boolean;
}

export type FileResult =
  | {
      readonly status: 'changed';
      readonly path: string;
      readonly before: string;
      readonly after: string;
      readonly bom: boolean;
      readonly fixes: readonly string[];
    }
  | { readonly status: 'unchanged'; readonly path: string }
  | { readonly status: 'failed'; readonly path: string; readonly error: string; readonly stack?: string };

/**
 * A finding as people see it. Positions are in the file as it was before the run.
 * - `fixed`: in `after` of its files
 * - `available`: an unsafe fix, held back
 * - `refused`: left alone for `reason`
 */
export interface ReportedFinding {
  readonly id: string;
  readonly transform: string;
  readonly path: string;
  readonly start: Position;
  readonly end: Position;
  readonly status: 'fixed' | 'available' | 'refused';
  readonly safety: Safety;
  readonly title: string;
  readonly notes: readonly string[];
  readonly reason?: Reason;
  /** CWE number and severity, for sites that are a weakness. */
  readonly weakness?: Weakness;
  /** Id of the fix; findings that were fixed together share none, each fix has one site. */
  readonly fix?: string;
  /** Titles of the fixes that had to come with it, such as "make `load` async". */
  readonly requires?: readonly string[];
  /** In which pass of the run it was made: a later one may build on it. */
  readonly pass?: number;
  /** Ids of the fixes of other sites without which this one would be wrong. */
  readonly dependsOn?: readonly string[];
  /** What the fix would do to the files on disk if it were the only one; given when the run was asked for it, and the fix can stand alone. */
  readonly edits?: readonly FileEdit[];
}

/** Replace the text from `start` to `end`, exclusive, of a file on disk. */
export interface FileEdit {
  readonly path: string;
  readonly start: Position;
  readonly end: Position;
  readonly text: string;
}

/**
 * What stays the same of a fix from run to run over the same files, whatever else is chosen: its transform and its place on disk.
 * Fixes that one transform makes at one place share a key, and are chosen together.
 */
export function fixKey(transform: string, path: string, { line, column }: Position): string {
  return `${transform}:${path}:${line}:${column}`;
}

export type { ReplaceEdit };
