/** One pass of one transform over the program: find, choose, assemble, verify. */

import { ts } from 'ts-morph';
import { assemble, OverlapError, type Assembled } from '../assemble.ts';
import { Asynchrony } from '../async/asynchrony.ts';
import type { Finding, Fix, Refusal } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { lineStarts, positionAt } from '../text.ts';
import type { Transform, TransformOptions } from '../transform.ts';
import { select, siteFixes, type SiteFix } from './select.ts';
import { suppresses, type Suppression } from './suppression.ts';
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
  const { program, transform, candidates, options } = input;
  let asynchrony: Asynchrony | undefined;
  const findings = [
    ...transform.find({
      program,
      candidates,
      options,
      get asynchrony() {
        return (asynchrony ??= new Asynchrony(program, options, transform.name));
      },
    }),
  ];
  const refusals: Refusal[] = [];
  const fixes: Fix[] = [];
  for (const finding of unsuppressed(findings, input)) {
    if (finding.kind === 'refusal') refusals.push(finding);
    else fixes.push(finding);
  }
  const selection = select(siteFixes(fixes), input.unsafe);
  const verified = applyVerified(program, selection.sites, refusals);
  return { applied: verified.applied, heldBack: selection.heldBack, refused: refusals, changes: verified.changes };
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

/** All fixes together when that passes, which is nearly always; else one by one, and those that fail become refusals. */
function applyVerified(program: Program, sites: readonly SiteFix[], refusals: Refusal[]): Verified {
  const together = assembleAll(program, sites);
  if (together.faults.size === 0) return { applied: sites, changes: together.changes };
  const guilty = new Set(sites.filter((site) => touches(site, together.faults)));
  const kept = sites.filter((site) => !guilty.has(site));
  for (const site of guilty) {
    const attempt = assembleAll(program, [...kept, site]);
    const [fault] = attempt.faults;
    if (fault === undefined) kept.push(site);
    else refusals.push(verificationFailed(site, `${fault[0]}: ${fault[1]}`));
  }
  return { applied: kept, changes: assembleAll(program, kept).changes };
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
