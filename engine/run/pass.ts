/** One pass of one transform over the program: find, choose, assemble, verify. */

import type { ts } from 'ts-morph';
import type { Assembled } from '../assemble.ts';
import { Asynchrony } from '../async/asynchrony.ts';
import type { Finding, Fix, Refusal } from '../finding.ts';
import type { Program } from '../program/program.ts';
import { lineStarts, positionAt, type Span } from '../text.ts';
import type { Transform, TransformContext, TransformOptions } from '../transform.ts';
import { findGuilty, type Verdict } from './blame.ts';
import { select, siteFixes, type SiteFix } from './select.ts';
import { suppresses, type Suppression } from './suppression.ts';
import { besidesUntouched } from './untouched.ts';
import { Trial, type Faults } from './trial.ts';

export interface PassInput {
  readonly program: Program;
  readonly transform: Transform;
  readonly candidates: readonly ts.SourceFile[];
  readonly options: TransformOptions;
  readonly unsafe: boolean;
  /** Whether TypeScript's diagnostics are compared before and after. That the new text parses is always checked. */
  readonly verify: boolean;
  /** Is a fix for the site wanted? One that is not is kept away, with what depends on it. */
  readonly isChosen: (transform: string, site: Span) => boolean;
  /** Seconds that one file may take; no limit where there is none. */
  readonly fileTimeout: number | undefined;
  readonly suppressionsOf: (file: ts.SourceFile) => readonly Suppression[];
  /** Did a fix for the site fail verification before? */
  readonly wasGuilty: (transform: string, site: Span) => boolean;
  /** Told of each site whose fix fails verification. */
  readonly onGuilty: (transform: string, site: Span) => void;
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
  const findings = findAll(input);
  const refusals: Refusal[] = [];
  const fixes: Fix[] = [];
  const suppressed = new Set(findings.flatMap((finding) => (finding.kind === 'fix' ? [finding.id] : [])));
  for (const finding of unsuppressed(findings, input)) {
    if (finding.kind === 'refusal') {
      refusals.push(finding);
    } else if (finding.site === undefined || input.isChosen(finding.transform, finding.site)) {
      fixes.push(finding);
      suppressed.delete(finding.id);
    }
  }
  const selection = select(siteFixes(fixes, suppressed), input.unsafe);
  const verified = applyVerified(input, selection.sites, refusals);
  return { applied: verified.applied, heldBack: selection.heldBack, refused: refusals, changes: verified.changes };
}

/** What the transform says of the candidates; the program is not touched. */
export function findAll({ program, transform, candidates, options, fileTimeout }: PassInput): Finding[] {
  let asynchrony: Asynchrony | undefined;
  const context: TransformContext = {
    program,
    candidates,
    options,
    get asynchrony() {
      return (asynchrony ??= new Asynchrony(program, options, transform.name, transform.wrapsCallbackRoots));
    },
  };
  const find = (): Finding[] => besidesUntouched([...transform.find(context)], program);
  return fileTimeout === undefined ? find() : program.within(fileTimeout + candidates.length * secondsAFile, find);
}

/** What each file may take on average, besides the one that takes long: many times what it does. */
const secondsAFile = 0.2;

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
 * All fixes together when that passes, which is nearly always; else the guilty ones become refusals, with what depends on them.
 * Leaves the program with the texts of what was applied.
 */
function applyVerified(input: PassInput, sites: readonly SiteFix[], refusals: Refusal[]): Verified {
  const { program, transform, verify } = input;
  if (sites.length === 0) return { applied: [], changes: new Map() };
  const trial = new Trial(program, { types: verify, migrates: transform.verified === 'migration' });
  const verdict = apartFromSuspects(trial, sites, input) ?? together(trial, sites);
  for (const { unit, failure } of verdict.blamed) {
    refusals.push(verificationFailed(unit, failure, verdict.blamed, transform));
    if (unit.fix.site !== undefined) input.onGuilty(transform.name, unit.fix.site);
  }
  return { applied: verdict.kept, changes: verdict.changes };
}

interface TrialVerdict extends Verdict<SiteFix, Faults> {
  readonly changes: ReadonlyMap<string, Assembled>;
}

function together(trial: Trial, sites: readonly SiteFix[]): TrialVerdict {
  const { faults, changes } = trial.attempt(sites);
  return faults.size === 0 ? { kept: sites, blamed: [], changes } : withoutGuilty(trial, sites, faults);
}

/** What was guilty in an earlier pass most likely is again: the others by themselves, and then those one by one. */
function apartFromSuspects(trial: Trial, sites: readonly SiteFix[], input: PassInput): TrialVerdict | undefined {
  const suspects = new Set(sites.filter(({ fix }) => fix.site !== undefined && input.wasGuilty(fix.transform, fix.site)));
  if (suspects.size === 0 || suspects.size > retriedAtMost) return undefined;
  const suspected = new Set([...suspects].map(({ fix }) => fix));
  if (sites.some((site) => site.requires.some((fix) => suspected.has(fix)))) return undefined;
  const others = sites.filter((site) => !suspects.has(site));
  if (others.length > 0 && trial.attempt(others).faults.size > 0) return undefined;
  const blamed: { readonly unit: SiteFix; readonly failure: Faults }[] = [];
  const kept = new Set(others);
  for (const unit of suspects) {
    kept.add(unit);
    const { faults } = trial.attempt(inOrder(sites, kept), trial.affectedBy(unit));
    if (faults.size === 0) continue;
    kept.delete(unit);
    blamed.push({ unit, failure: faults });
  }
  const { faults, changes } = trial.attempt(inOrder(sites, kept), kept.size === others.length ? new Set() : undefined);
  return faults.size === 0 ? { kept: inOrder(sites, kept), blamed, changes } : undefined;
}

function inOrder(sites: readonly SiteFix[], some: ReadonlySet<SiteFix>): SiteFix[] {
  return sites.filter((site) => some.has(site));
}

const retriedAtMost = 8;

/**
 * While the guilty ones are looked for, only those files are looked at in which something was wrong; what is left in the end is tried
 * on all files, and where that shows another fault, it goes on.
 */
function withoutGuilty(trial: Trial, sites: readonly SiteFix[], faults: Faults): TrialVerdict {
  const shown = new Set(faults.keys());
  const blamed: Verdict<SiteFix, Faults>['blamed'][number][] = [];
  let rest = sites;
  let present = faults;
  for (;;) {
    const verdict = blame(trial, rest, present, shown);
    blamed.push(...verdict.blamed);
    rest = verdict.kept;
    const { faults: left, changes } = trial.attempt(rest);
    if (left.size === 0) return { kept: rest, blamed, changes };
    for (const path of left.keys()) shown.add(path);
    present = left;
  }
}

function blame(trial: Trial, sites: readonly SiteFix[], faults: Faults, shown: ReadonlySet<string>): Verdict<SiteFix, Faults> {
  const isFaulty = (some: Iterable<SiteFix>): Faults | undefined => {
    const attempt = trial.attempt(inOrder(sites, new Set(some)), shown);
    return attempt.faults.size === 0 ? undefined : attempt.faults;
  };
  const suspects = trial.suspects(sites, faults);
  const trusted = sites.filter((site) => !suspects.has(site));
  // What a fix requires has fewer requirements than itself, so it comes before it.
  const byDependency = sites.filter((site) => suspects.has(site)).sort((a, b) => a.requires.length - b.requires.length);
  const dependents = ({ fix }: SiteFix): ReadonlySet<SiteFix> => new Set(sites.filter((site) => site.requires.includes(fix)));
  const steps = findGuilty([...trusted, ...byDependency], faults, { trusted: trusted.length, dependents });
  let step = steps.next();
  while (!step.done) step = steps.next(isFaulty(step.value));

  // One that was wrong only as long as another was not there yet is right with all that is kept. Where many fail, that is not why.
  const kept = new Set(step.value.kept);
  const failing = new Set(step.value.blamed.map(({ unit }) => unit));
  for (const unit of failing.size > retriedAtMost ? [] : failing) {
    const buildsOnGuilty = [...failing].some(({ fix }) => unit.requires.includes(fix));
    if (buildsOnGuilty || isFaulty([...kept, unit]) !== undefined) continue;
    kept.add(unit);
    failing.delete(unit);
  }
  return { kept: inOrder(sites, kept), blamed: step.value.blamed.filter(({ unit }) => failing.has(unit)) };
}

function verificationFailed({ fix, requires }: SiteFix, faults: Faults, blamed: TrialVerdict['blamed'], { verified }: Transform): Refusal {
  if (fix.site === undefined) throw new Error(`“${fix.title}” has no site, and cannot fail on its own.`);
  const guilty = blamed.find(({ unit }) => requires.includes(unit.fix))?.unit.fix;
  const [place, fault] = [...faults][0] ?? ['', ''];
  const message =
    guilty === undefined
      ? `With this fix, ${place} would have a fault that it does not have now (${fault}), so the fix was dropped.`
      : `It builds on “${guilty.title}”, which did not pass verification, so it was dropped too.`;
  return {
    kind: 'refusal',
    transform: fix.transform,
    site: fix.site,
    title: fix.title,
    reason: {
      code: 'verification-failed',
      message,
      help:
        verified === 'migration'
          ? 'This is a fault of the codemod: report it to its maintainers with the code around this line, or make the change by hand.'
          : 'This is a fault of nodelift: please report it with the code around this line. Rewrite the place by hand meanwhile.',
    },
  };
}
