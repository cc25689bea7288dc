/** Sets of fixes tried on the program: whether what they make together still parses, and has no fault that was not there before. */

import type { ts } from 'ts-morph';
import { assemble, type Assembled } from '../assemble.ts';
import type { Fix } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { faultsIn, gained, type Faults as FileFaults } from './diagnostics.ts';
import { isStackOverflow } from './depth.ts';
import { wasThereBefore } from './lasting-faults.ts';
import { isMeantByMigration } from './migration.ts';
import type { SiteFix } from './select.ts';
import { newFault } from './verify.ts';

/** What is wrong, by the file in which it shows itself. */
export type Faults = ReadonlyMap<string, string>;

export interface Attempt {
  readonly changes: ReadonlyMap<string, Assembled>;
  /** Empty when the fixes pass together. */
  readonly faults: Faults;
}

export interface TrialOptions {
  /** Also compare TypeScript's diagnostics. */
  readonly types: boolean;
  /** What a migration names before it is there is no fault. */
  readonly migrates: boolean;
}

/** What was found after the last fixes is what there is before the next. */
const faultsOfState = new WeakMap<object, ReadonlyMap<string, FileFaults>>();

export class Trial {
  readonly #program: Program;
  readonly #options: TrialOptions;
  readonly #originals = new Map<string, ts.SourceFile>();
  readonly #before: Map<string, FileFaults>;
  readonly #importers = new Map<string, readonly string[]>();
  #diagnosticsBefore: Program['diagnostics'] | undefined;
  #diagnosticsAnew: Program['diagnostics'] | undefined;
  readonly #beforeAnew = new Map<string, FileFaults>();
  /** The last attempt in which all files were looked at. */
  #whole: { readonly sites: ReadonlySet<SiteFix>; readonly faults: ReadonlyMap<string, FileFaults> } | undefined;

  constructor(program: Program, options: TrialOptions) {
    this.#program = program;
    this.#options = options;
    this.#before = new Map(faultsOfState.get(program.state));
  }

  /**
   * Applies the fixes to the texts that were there at first. The program holds the changes afterwards, unless one does not even parse.
   * @param among the files to ask TypeScript about, else all that the changes may affect
   */
  attempt(sites: readonly SiteFix[], among?: ReadonlySet<string>): Attempt {
    this.#program.restore(this.#originals);
    const { changes, faults } = assembleAll(this.#program, sites);
    if (faults.size > 0 || changes.size === 0) return { changes, faults };
    const affected = this.#options.types ? this.#affectedBy(changes.keys(), among) : undefined;
    const known = affected && this.#knownOf(sites);
    // The texts at first are the same in each attempt.
    const diagnosticsBefore = affected && (this.#diagnosticsBefore ??= this.#program.diagnostics);
    for (const path of changes.keys()) {
      const file = this.#program.file(path);
      if (file !== undefined) this.#originals.set(path, file);
    }
    this.#program.update(new Map([...changes].map(([path, { text }]) => [path, text])));
    if (affected === undefined || diagnosticsBefore === undefined) return { changes, faults };
    const diagnosticsAfter = this.#program.diagnostics;
    const faultsAfter = new Map<string, FileFaults>();
    faultsOfState.set(this.#program.state, faultsAfter);
    if (among === undefined) this.#whole = { sites: new Set(sites), faults: faultsAfter };
    for (const path of affected) {
      const after = known?.get(path) ?? faultsIn(diagnosticsAfter(path));
      faultsAfter.set(path, after);
      const news = this.#withoutLasting(path, after);
      const fault = news.size === 0 ? undefined : this.#gained(path, news, diagnosticsBefore);
      if (fault !== undefined) faults.set(path, fault);
    }
    return { changes, faults };
  }

  /** What the last attempt said of files that are now as they were in it, and so is what they import. */
  #knownOf(sites: readonly SiteFix[]): ReadonlyMap<string, FileFaults> {
    if (this.#whole === undefined) return new Map();
    const { sites: last, faults } = this.#whole;
    const now = new Set(sites);
    const differing = [...sites.filter((site) => !last.has(site)), ...[...last].filter((site) => !now.has(site))];
    const changed = this.#affectedBy(differing.flatMap(pathsOfSite));
    return new Map([...faults].filter(([path]) => !changed.has(path)));
  }

  /** Those of which it has to be asked whether they are new. */
  #withoutLasting(path: string, after: FileFaults): FileFaults {
    const before = this.#originals.get(path) ?? this.#program.file(path);
    if (after.size === 0 || before === undefined) return after;
    const changed = [...this.#originals.values()];
    return new Map([...after].filter(([fault, count]) => !wasThereBefore(fault, count, before, changed)));
  }

  /**
   * What a checker says of a file depends now and then on what it was asked before: it suggests other names only so many times, and gives
   * up types that lead back to themselves. The one of the texts from before has been asked all kinds of things by the transforms, so a
   * fault counts only when one that was asked nothing does not know it either.
   */
  #gained(path: string, after: FileFaults, diagnostics: Program['diagnostics']): string | undefined {
    const isMeant = this.#isMeant(path);
    const fault = gained(this.#faultsBefore(path, diagnostics), after, isMeant);
    return fault === undefined ? undefined : gained(this.#faultsBeforeAnew(path), after, isMeant);
  }

  #faultsBeforeAnew(path: string): FileFaults {
    this.#diagnosticsAnew ??= this.#program.diagnosticsAnew(this.#originals);
    let before = this.#beforeAnew.get(path);
    if (before === undefined) this.#beforeAnew.set(path, (before = faultsIn(this.#diagnosticsAnew(path))));
    return before;
  }

  #isMeant(path: string): (fault: string) => boolean {
    const before = this.#originals.get(path);
    if (before === undefined) return () => false;
    return (fault) => isOfModuleNamedBefore(fault, before) || (this.#options.migrates && isMeantByMigration(fault, before));
  }

  #faultsBefore(path: string, diagnostics: (path: string) => readonly ts.Diagnostic[]): FileFaults {
    let before = this.#before.get(path);
    if (before === undefined) this.#before.set(path, (before = faultsIn(diagnostics(path))));
    return before;
  }

  /** The fixes whose work can be seen in a faulty file. */
  suspects(sites: readonly SiteFix[], faults: Faults): ReadonlySet<SiteFix> {
    this.#program.restore(this.#originals);
    const reach = new Map<string, boolean>();
    const reaches = (path: string): boolean => {
      let known = reach.get(path);
      if (known === undefined) reach.set(path, (known = [...this.#affectedBy([path])].some((affected) => faults.has(affected))));
      return known;
    };
    return new Set(sites.filter((site) => [site.fix, ...site.requires].some((fix) => [...pathsOf(fix)].some(reaches))));
  }

  #affectedBy(paths: Iterable<string>, among?: ReadonlySet<string>): Set<string> {
    const affected = new Set([...paths].flatMap((path) => [path, ...this.#importersOf(path)]));
    return among === undefined ? affected : new Set([...affected].filter((path) => among.has(path)));
  }

  /** The files in which the work of the fix can be seen. */
  affectedBy(site: SiteFix): ReadonlySet<string> {
    this.#program.restore(this.#originals);
    return this.#affectedBy(pathsOfSite(site));
  }

  /** There a missed await shows itself. Asked for once, since the texts of the trial are made anew each time. */
  #importersOf(path: string): readonly string[] {
    let importers = this.#importers.get(path);
    if (importers === undefined) {
      const file = this.#program.file(path);
      const uses = file === undefined ? [] : this.#program.references.toModule(file);
      this.#importers.set(path, (importers = uses.map((use) => this.#program.pathOf(use))));
    }
    return importers;
  }
}

function pathsOfSite({ fix, requires }: SiteFix): string[] {
  return [fix, ...requires].flatMap((one) => [...pathsOf(one)]);
}

function pathsOf({ edits, imports, preambles }: Fix): Set<string> {
  return new Set([...edits, ...imports, ...preambles].map(({ path }) => path));
}

function assembleAll(program: Program, sites: readonly SiteFix[]): { changes: Map<string, Assembled>; faults: Map<string, string> } {
  const byPath = new Map<string, Set<Fix>>();
  for (const site of sites) {
    for (const fix of [site.fix, ...site.requires]) {
      for (const path of pathsOf(fix)) byPath.set(path, (byPath.get(path) ?? new Set()).add(fix));
    }
  }
  const changes = new Map<string, Assembled>();
  const faults = new Map<string, string>();
  for (const [path, fixes] of byPath) {
    const file = program.file(path);
    if (file === undefined) {
      faults.set(path, 'it is not a file of the program');
      continue;
    }
    try {
      const assembled = assemble(file, path, [...fixes], program.isEsModule(file));
      const fault = newFault(file, assembled.text, program.parsed(path, assembled.text));
      if (fault !== undefined) faults.set(path, fault);
      else if (assembled.text !== file.text) changes.set(path, assembled);
    } catch (error) {
      if (isStackOverflow(error)) throw error;
      // Edits that overlap, or lead out of the file: a fault of the fix, like a text that does not parse.
      faults.set(path, error instanceof Error ? error.message : String(error));
    }
  }
  return { changes, faults };
}

/** `require('rimraf').sync` is no fault to the compiler where the package is not installed, and `require('rimraf')` is one. */
function isOfModuleNamedBefore(fault: string, before: ts.SourceFile): boolean {
  const name = /^Cannot find module '([^']+)'/.exec(fault)?.[1];
  return name !== undefined && (before.text.includes(`'${name}'`) || before.text.includes(`"${name}"`));
}
