/**
 * What a transform says of the sites it finds: fixes and refusals, and the edits that fixes are made of.
 */

import type { ReasonCode } from '../catalog/reasons.ts';
import type { Span } from './text.ts';

/** Replace `[start, end)` of the file's text by `text`; an insertion when `start === end`. */
export interface ReplaceEdit {
  readonly kind: 'replace';
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /**
   * For an insertion that opens something around an expression, such as `await `: where that ends. Of several at one place, the
   * one around more comes first, and those that are around nothing before it.
   * A parenthesis that it opens for a member access is left out where other edits take that away for the head of a loop.
   */
  readonly wraps?: number;
}

/**
 * Indent every line that begins inside `(start, end)` by one unit of the file's own indentation,
 * lines inside template literals excepted. It never conflicts with a replacement in the range.
 */
export interface IndentEdit {
  readonly kind: 'indent';
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** One unit less: the lines stood deeper for a reason that is gone. */
  readonly by?: -1;
}

export type Edit = ReplaceEdit | IndentEdit;

export type Safety = 'safe' | 'unsafe';

/** A binding that the edits of a fix refer to, to be added to the file's imports if it is not there. See `engine/imports`. */
export interface ImportNeed {
  readonly path: string;
  /** As the file will spell it, such as `fs/promises` or `node:fs/promises`. */
  readonly specifier: string;
  /** The exported name; `default` or `*` for the whole module. */
  readonly name: string;
  /** The local name; the edits use it. */
  readonly local: string;
}

/** A statement that must stand once at the top of a file, after its imports, such as `const exec = promisify(cp.exec);`. */
export interface PreambleNeed {
  readonly path: string;
  /** Without trailing semicolon; `engine/imports` adds one if the file uses them. Identical texts are added once. */
  readonly text: string;
}

/** Why a site was left alone, or why a fix is unsafe. */
export interface Reason {
  readonly code: ReasonCode;
  /** One sentence about this site, naming what is in the way. */
  readonly message: string;
  /** What a person would do next. */
  readonly help: string;
  /** For a barrier: the calls that lead from the function to it, the barrier last. */
  readonly chain?: readonly ChainLink[];
}

/** What a site is to the security of the program, for reports that are read by scanners. */
export interface Weakness {
  /** As https://cwe.mitre.org names it: `CWE-89` is SQL injection, `CWE-943` the same for other query languages. */
  readonly cwe: `CWE-${number}`;
  /** `high` unless what is put into the query is known to be harmless, such as a number. */
  readonly severity: 'low' | 'medium' | 'high';
}

export interface ChainLink {
  readonly name: string;
  readonly span: Span;
}

/** An atomic set of edits. All of it is applied, or none. */
export interface Fix {
  readonly kind: 'fix';
  /** Unique within one `find`; stable for the same input. */
  readonly id: string;
  readonly transform: string;
  /** The legacy code; `undefined` for a fix that only serves others, such as "make `load` async". */
  readonly site: Span | undefined;
  readonly title: string;
  readonly safety: Safety;
  /** Why it is unsafe. */
  readonly reason?: Reason;
  /** Set where the legacy code is a weakness that has a number. */
  readonly weakness?: Weakness;
  /** Remarks for the reader of the diff, each a sentence: "a throw in the callback now reaches the handler". */
  readonly notes: readonly string[];
  readonly edits: readonly Edit[];
  readonly imports: readonly ImportNeed[];
  readonly preambles: readonly PreambleNeed[];
  /** Ids of the fixes without which this one would be wrong. */
  readonly dependsOn: readonly string[];
}

/** A site that is recognised and left alone. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly transform: string;
  readonly site: Span;
  /** What stands there, such as "`readFileSync` blocks the event loop". */
  readonly title: string;
  readonly reason: Reason;
  /** Set where the code that is left is a weakness that has a number. */
  readonly weakness?: Weakness;
}

export type Finding = Fix | Refusal;
