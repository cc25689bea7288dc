/**
 * What a transform is, and what it is given. A transform finds sites and proposes findings; it never writes,
 * and knows neither the command line, nor the file system, nor another transform.
 */

import type { ts } from 'ts-morph';
import type { Asynchrony } from './async/asynchrony.ts';
import type { Finding } from './finding.ts';
import type { Program } from './program/program.ts';

/** The choices of a run that a transform may depend on. */
export interface TransformOptions {
  /** May functions that other packages can call change their signature? */
  readonly publicApi: 'keep' | 'change';
  /** Also rewrite code that runs once while modules load. */
  readonly includeStartup: boolean;
  /** What is told of a rejection that nobody else handles: a global function, or `module#member`. */
  readonly onRejection?: string;
  /** Clients of SQL drivers that the program does not show for what they are, by name, and the driver of each. */
  readonly sqlClients?: Readonly<Record<string, string>>;
  /** Functions that take a text and its values as the named driver does. */
  readonly sqlFunctions?: Readonly<Record<string, string>>;
}

export interface TransformContext {
  readonly program: Program;
  /** The selected files whose text passed `mention`. Sites are looked for here; edits may reach other files of the program. */
  readonly candidates: readonly ts.SourceFile[];
  readonly options: TransformOptions;
  /** Which functions may become asynchronous, and the fixes that make them so. Built on first use. */
  readonly asynchrony: Asynchrony;
}

export interface Transform {
  /** Its word on the command line, its folder in `transforms` and `fixtures`. */
  readonly name: string;
  /** One line for `nodelift list`. */
  readonly summary: string;
  /** A file whose text this does not match has no site, and is never parsed on this transform's account. */
  readonly mention: RegExp;
  /**
   * May what a function does that is given a callback, such as the `done` of a test, go into an async function of its own? A transform that
   * would rather be rid of the callback leaves it.
   */
  readonly wrapsCallbackRoots?: true;
  /** A `migration` names modules and globals that are there only afterwards; TypeScript's complaint of them is no fault of its fixes. */
  readonly verified?: 'migration';
  /** Awaited before each pass of `find`, for work that cannot be done at once. */
  prepare?(context: Pick<TransformContext, 'program' | 'candidates'>): Promise<void>;
  /** @returns the findings, fixes for others first or last alike; sites in source order. */
  find(context: TransformContext): Iterable<Finding>;
}

/** A transform whose code, and the compiler with it, is loaded when a file mentions something of it. */
export interface TransformOnDemand extends Pick<Transform, 'name' | 'summary' | 'mention'> {
  readonly load: () => Promise<Transform>;
}

/** Types the transform; checks nothing at run time but its name. */
export function defineTransform(transform: Transform): Transform {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(transform.name)) {
    throw new TypeError(`A transform's name is lower-case words joined by hyphens, not "${transform.name}".`);
  }
  return transform;
}
