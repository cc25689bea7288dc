/** One pass of one transform over the program: find, choose, assemble, verify. */

import { ts } from 'ts-morph';
import { assemble, OverlapError, type Assembled } from '../assemble.ts';
import { Asynchrony } from '../async/asynchrony.ts';
import type { Finding, Fix, Refusal } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { lineStarts, positionAt } from '../text.ts';
import type { Transform, TransformContext, TransformOptions } from '../transform.ts';
import { select, siteFixes, type SiteFix } from './select.ts';
import { suppresses, type Suppression } from './suppression.ts';
import { faultsOf, gained, type Faults } from './diagnostics.ts';
import { newFault } from './verify.ts';

export interface PassInput {
  readonly program: Program;
  readonly transform: Transform;
  readonly candidates: readonly ts.SourceFile[];
  readonly options: TransformOptions;
  readonly unsafe: boolean;
  readonly suppressionsOf: (file: ts.SourceFile) => readonly Suppression[];
  /** Told of each suppression that kept a finding away. */
  readonly onSuppressed: (path: string, suppression: Suppression) => void;
}

export interface PassResult {
  readonly applied: readonly SiteFix[];
  readonly heldBack: readonly SiteFix[];
  readonly refused: readonly Refusal[];
  /** New texts, by path. */
  readonly changes: ReadonlyMap<string, Assembled>;
}

export function runPass(input: PassInput): PassResult {
  const { program } = input;
  const findings = findAll(input);
  const refusals: Refusal[] = [];
  const fixes: Fix[] = [];
  const suppressed = new Set(findings.flatMap((finding) => (finding.kind === 'fix' ? [finding.id] : [])));
  for (const finding of unsuppressed(findings, input)) {
    if (finding.kind === 'refusal') {
      refusals.push(finding);
    } else {
      fixes.push(finding);
      suppressed.delete(finding.id);
    }
  }
  const selection = select(siteFixes(fixes, suppressed), input.unsafe);
  const verified = applyVerified(program, selection.sites, refusals);
  return { applied: verified.applied, heldBack: selection.heldBack, refused: refusals, changes: verified.changes };
}

/** What the transform says of the candidates; the program is not touched. */
export function findAll({ program, transform, candidates, options }: PassInput): Finding[] {
  let asynchrony: Asynchrony | undefined;
  const context: TransformContext = {
    program,
    candidates,
    options,
    get asynchrony() {
      return (asynchrony ??= new Asynchrony(program, options, transform.name));
    },
  };
  return [...transform.find(context)];
}

function* unsuppressed(findings: readonly Finding[], input: PassInput): Iterable<Finding> {
  const starts = new Map<string, readonly number[]>();
  for (const finding of findings) {
    const file = finding.site && input.program.file(finding.site.path);
    const found = file && input.suppressionsOf(file);
    if (finding.site === undefined || file === undefined || found === undefined || found.length === 0) {
      yield finding;
      continue;
    }
    const { path, start } = finding.site;
    if (!starts.has(path)) starts.set(path, lineStarts(file.text));
    const { line } = positionAt(starts.get(path) ?? [0], start);
    const by = found.find((suppression) => suppresses(suppression, input.transform.name, line));
    if (by === undefined) yield finding;
    else input.onSuppressed(path, by);
  }
}

interface Verified {
  readonly applied: readonly SiteFix[];
  readonly changes: ReadonlyMap<string, Assembled>;
}

/**
 * All fixes together when that passes, which is nearly always; else one by one, and those that fail become refusals.
 * Leaves the program with the texts of what was applied.
 */
function applyVerified(program: Program, sites: readonly SiteFix[], refusals: Refusal[]): Verified {
  if (sites.length === 0) return { applied: [], changes: new Map() };
  const trial = new Trial(program);
  const together = trial.attempt(sites);
  if (together.faults.size === 0) return { applied: sites, changes: together.changes };
  // Fixes that share what they require stand or fall together with it; the faulty files' own come first under suspicion.
  const suspects = sites.filter((site) => touches(site, together.faults));
  const [guilty, kept] = suspects.length > 0 ? [suspects, sites.filter((site) => !suspects.includes(site))] : [sites, []];
  const applied = [...kept];
  let changes = trial.attempt(applied).changes;
  for (const site of guilty) {
    const attempt = trial.attempt([...applied, site]);
    const [fault] = attempt.faults;
    if (fault === undefined) {
      applied.push(site);
      changes = attempt.changes;
    } else {
      refusals.push(verificationFailed(site, `${fault[0]}: ${fault[1]}`));
    }
  }
  changes = trial.attempt(applied).changes;
  return { applied, changes };
}

interface Attempt {
  readonly changes: ReadonlyMap<string, Assembled>;
  readonly faults: ReadonlyMap<string, string>;
}

/** Tries sets of fixes on the program, each on the texts that were there at first. */
class Trial {
  readonly #program: Program;
  readonly #originals = new Map<string, ts.SourceFile>();
  readonly #before = new Map<string, Faults>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** The program holds the changes afterwards. */
  attempt(sites: readonly SiteFix[]): Attempt {
    this.#program.restore(this.#originals);
    const { changes, faults } = assembleAll(this.#program, sites);
    if (faults.size > 0 || changes.size === 0) return { changes, faults };
    const affected = this.#affectedBy(changes.keys());
    for (const path of affected) if (!this.#before.has(path)) this.#before.set(path, faultsOf(this.#program, path));
    for (const path of changes.keys()) {
      const file = this.#program.file(path);
      if (file !== undefined) this.#originals.set(path, file);
    }
    this.#program.update(new Map([...changes].map(([path, { text }]) => [path, text])));
    for (const path of affected) {
      const fault = gained(this.#before.get(path) ?? new Map(), faultsOf(this.#program, path));
      if (fault !== undefined) faults.set(path, fault);
    }
    return { changes, faults };
  }

  /** The changed files, and those that import them: there a missed await shows itself. */
  #affectedBy(paths: Iterable<string>): Set<string> {
    const affected = new Set<string>();
    for (const path of paths) {
      affected.add(path);
      const file = this.#program.file(path);
      const uses = file === undefined ? [] : this.#program.references.toModule(file);
      for (const use of uses) affected.add(this.#program.pathOf(use));
    }
    return affected;
  }
}

function touches(site: SiteFix, faults: ReadonlyMap<string, string>): boolean {
  return [site.fix, ...site.requires].some((fix) => fix.edits.some((edit) => faults.has(edit.path)));
}

function assembleAll(program: Program, sites: readonly SiteFix[]): { changes: Map<string, Assembled>; faults: Map<string, string> } {
  const byPath = new Map<string, Set<Fix>>();
  for (const site of sites) {
    for (const fix of [site.fix, ...site.requires]) {
      for (const { path } of [...fix.edits, ...fix.imports, ...fix.preambles]) {
        const set = byPath.get(path) ?? new Set();
        byPath.set(path, set.add(fix));
      }
    }
  }
  const changes = new Map<string, Assembled>();
  const faults = new Map<string, string>();
  for (const [path, fixes] of byPath) {
    const file = program.file(path);
    if (file === undefined) throw new Error(`A fix names ${path}, which is not a file of the program.`);
    try {
      const assembled = assemble(file, path, [...fixes], program.isEsModule(file));
      const fault = newFault(file, assembled.text);
      if (fault === undefined) {
        if (assembled.text !== file.text) changes.set(path, assembled);
      } else {
        faults.set(path, fault);
      }
    } catch (error) {
      if (!(error instanceof OverlapError)) throw error;
      faults.set(path, error.message);
    }
  }
  return { changes, faults };
}

function verificationFailed({ fix }: SiteFix, fault: string): Refusal {
  if (fix.site === undefined) throw new Error(`“${fix.title}” has no site, and cannot fail on its own.`);
  return {
    kind: 'refusal',
    transform: fix.transform,
    site: fix.site,
    title: fix.title,
    reason: {
      code: 'verification-failed',
      message: `The rewritten file would not load (${fault}), so the fix was dropped.`,
      help: 'This is a fault of nodelift: please report it with the code around this line. Rewrite the place by hand meanwhile.',
    },
  };
}
