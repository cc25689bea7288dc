/**
 * Writes a run's changes, lets a command such as `npm test` judge them, and takes back what it fails with.
 *
 * The command has to pass before anything is written. When it fails after, the guilty fixes are found among all by bisecting
 * (`engine/run/blame.ts`), which costs about log2(n) + 1 runs each. Fixes of separate groups of files are told apart by writing the
 * old or the new text of the files; within a group the run is made again with some of its fixes.
 *
 * The files hold something whole at every moment, and the journal knows all that they may hold: after an interrupt they are what
 * passed last, after a crash `undo` restores them.
 */

import { applyWrites, type Revisions, type WriteOutcome } from '../journal/index.ts';
import type { ReportedFinding, RunResult } from '../result.ts';
import { findGuilty } from '../run/blame.ts';
import { runCommand, type CommandResult } from './command.ts';
import { newLines } from './excerpt.ts';
import { changedFiles, dependentsOf, keyOf, unitsOf, type Unit } from './units.ts';

export interface CheckOptions {
  readonly command: string;
  /** Absolute: where the command is run. */
  readonly cwd: string;
  /** Milliseconds. By default the first run has no limit, and the others five times what it took, or a minute if that is more. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CheckEvent) => void;
  /** The same run again, with these fixes only. */
  readonly rerun: (chosen: ReadonlySet<string>) => Promise<RunResult>;
}

export type CheckEvent =
  | { readonly kind: 'begins'; readonly stage: CheckStage; readonly run: number; readonly fixes: number }
  | { readonly kind: 'ends'; readonly stage: CheckStage; readonly run: number; readonly fixes: number; readonly result: CommandResult };

export type CheckStage = 'before' | 'after' | 'search';

export interface CheckOutcome {
  readonly command: string;
  /**
   * - `passed`: with all that stays written
   * - `failed before`: nothing was written
   * - `nothing kept`: it fails with every fix, or also without them by now
   * - `interrupted`: what stays written has passed
   */
  readonly verdict: 'passed' | 'failed before' | 'nothing kept' | 'interrupted';
  /** How often the command was run. */
  readonly runs: number;
  /** The first run. */
  readonly before: CommandResult;
  readonly rolledBack: readonly RolledBack[];
}

export interface RolledBack {
  readonly finding: ReportedFinding;
  /** How the command ended when the fix came in, or, of a fix that builds on such a one, without it. */
  readonly ending: string;
  /** What the command said then and had not said before. */
  readonly excerpt: readonly string[];
  readonly output: string;
  /** The title of the guilty fix that this one builds on. */
  readonly buildsOn?: string;
}

export interface CheckedWrite {
  /** The run as it stands now: what was rolled back is refused. */
  readonly result: RunResult;
  readonly outcome: WriteOutcome;
  readonly check: CheckOutcome;
}

/** @throws UsageError as `applyWrites` does */
export async function writeChecked(result: RunResult, options: CheckOptions): Promise<CheckedWrite> {
  return new Check(result, options).finish();
}

const slowest = 60_000;
const timesSlower = 5;

class Check {
  readonly #result: RunResult;
  readonly #options: CheckOptions;
  readonly #units: readonly Unit[];
  readonly #after: ReadonlyMap<string, string>;
  /** Texts of the files of groups that are kept in part, by the keys of their fixes. */
  readonly #partial = new Map<string, ReadonlyMap<string, string>>();
  #runs = 0;
  #timeout: number | undefined;
  #passing = '';

  constructor(result: RunResult, options: CheckOptions) {
    this.#result = result;
    this.#options = options;
    this.#units = unitsOf(result);
    this.#after = new Map(changedFiles(result).map(({ path, after }) => [path, after]));
    this.#timeout = options.timeout;
  }

  async finish(): Promise<CheckedWrite> {
    const { signal, timeout } = this.#options;
    const before = await this.#run('before', 0);
    if (before.kind !== 'passed') {
      const verdict = before.kind === 'interrupted' ? 'interrupted' : 'failed before';
      return this.#nothingWritten(before, verdict);
    }
    this.#passing = before.output;
    this.#timeout = timeout ?? Math.max(slowest, before.milliseconds * timesSlower);

    let kept: ReadonlyMap<string, string> = new Map();
    let rolledBack: readonly RolledBack[] = [];
    let keptUnits: readonly Unit[] = [];
    let verdict: CheckOutcome['verdict'] = 'interrupted';
    const outcome = await applyWrites(this.#result.root, changedFiles(this.#result), {
      ...(signal && { signal }),
      revise: async (revisions) => {
        // What stands on the disk when this ends has passed, however it ends.
        const settle = (texts: ReadonlyMap<string, string>): Promise<void> => revisions.set((kept = texts));
        try {
          const first = await this.#run('after', this.#units.length);
          if (first.kind === 'passed') {
            kept = this.#after;
            keptUnits = this.#units;
            verdict = 'passed';
            return;
          }
          if (first.kind === 'interrupted') {
            await settle(new Map());
            return;
          }
          const found = await this.#search(first, revisions, (units, texts) => {
            keptUnits = units;
            kept = texts;
          });
          if (found === undefined) {
            await settle(kept);
            return;
          }
          ({ keptUnits, rolledBack } = found);
          await settle(await this.#textsOf(keptUnits, revisions));
          verdict = keptUnits.length === 0 ? 'nothing kept' : 'passed';
        } catch (error) {
          await settle(kept);
          if (signal?.aborted !== true) throw error;
        }
      },
    });
    if (outcome.skipped.length > 0) return this.#nothingWritten(before, 'interrupted', outcome);
    const check = { command: this.#options.command, verdict, runs: this.#runs, before, rolledBack };
    return { result: this.#resultWith(keptUnits, kept, rolledBack), outcome, check };
  }

  /** @returns `undefined` when it was interrupted */
  async #search(
    first: CommandResult,
    revisions: Revisions,
    onPass: (units: readonly Unit[], texts: ReadonlyMap<string, string>) => void,
  ): Promise<{ readonly keptUnits: readonly Unit[]; readonly rolledBack: readonly RolledBack[] } | undefined> {
    const steps = findGuilty(this.#units, first, { dependents: (guilty) => dependentsOf(guilty, this.#units) });
    let step = steps.next();
    while (!step.done) {
      const units = step.value;
      this.#options.signal?.throwIfAborted();
      const texts = await this.#textsOf(units, revisions);
      await revisions.set(texts);
      const result = await this.#run('search', units.length);
      if (result.kind === 'interrupted') return undefined;
      if (result.kind === 'passed') {
        this.#passing = result.output;
        onPass(units, texts);
      }
      step = steps.next(result.kind === 'passed' ? undefined : result);
    }
    const { kept, blamed } = step.value;
    let guilty: Unit | undefined;
    const rolledBack = blamed.flatMap(({ unit, failure }): RolledBack[] => {
      if (guilty === undefined || !dependentsOf(guilty, this.#units).has(unit)) guilty = unit;
      const buildsOn = guilty === unit ? undefined : guilty.findings[0]?.title;
      const { ending, output } = failure;
      const excerpt = newLines(output, this.#passing);
      return unit.findings.map((finding) => ({ finding, ending, excerpt, output, ...(buildsOn !== undefined && { buildsOn }) }));
    });
    return { keptUnits: kept, rolledBack };
  }

  async #run(stage: CheckStage, fixes: number): Promise<CommandResult> {
    const { command, cwd, signal, onEvent } = this.#options;
    this.#runs += 1;
    onEvent?.({ kind: 'begins', stage, run: this.#runs, fixes });
    const timeout = this.#timeout;
    const result = await runCommand(command, { cwd, ...(timeout !== undefined && { timeout }), ...(signal && { signal }) });
    onEvent?.({ kind: 'ends', stage, run: this.#runs, fixes, result });
    return result;
  }

  /** The texts of the files that the units change; the others keep their old ones. */
  async #textsOf(units: readonly Unit[], revisions: Revisions): Promise<ReadonlyMap<string, string>> {
    const chosen = new Set(units);
    const texts = new Map<string, string>();
    const inPart: Unit[] = [];
    for (const group of new Set(units.map((unit) => unit.group))) {
      const all = this.#units.filter((unit) => unit.group === group);
      const some = all.filter((unit) => chosen.has(unit));
      if (some.length < all.length) {
        inPart.push(...some);
        continue;
      }
      for (const path of all.flatMap(({ paths }) => paths)) {
        const after = this.#after.get(path);
        if (after !== undefined) texts.set(path, after);
      }
    }
    if (inPart.length > 0) for (const [path, text] of await this.#textsInPart(inPart, revisions)) texts.set(path, text);
    return texts;
  }

  async #textsInPart(units: readonly Unit[], revisions: Revisions): Promise<ReadonlyMap<string, string>> {
    const keys = units.map(({ key }) => key).sort();
    const known = this.#partial.get(keys.join('\0'));
    if (known !== undefined) return known;
    const before = new Map(changedFiles(this.#result).map((file) => [file.path, file.before]));
    // The run reads what is on the disk.
    await revisions.set(new Map());
    const files = changedFiles(await this.#options.rerun(new Set(keys)));
    // A file that is no longer as it was read is left to who changed it.
    const texts = new Map(files.filter((file) => before.get(file.path) === file.before).map((file) => [file.path, file.after]));
    this.#partial.set(keys.join('\0'), texts);
    return texts;
  }

  #nothingWritten(before: CommandResult, verdict: CheckOutcome['verdict'], outcome?: WriteOutcome): CheckedWrite {
    const paths = verdict === 'interrupted' ? changedFiles(this.#result).map(({ path }) => path) : [];
    return {
      result: this.#result,
      outcome: outcome ?? { journal: undefined, written: [], failed: [], skipped: paths },
      check: { command: this.#options.command, verdict, runs: this.#runs, before, rolledBack: [] },
    };
  }

  /** What is no longer in the files is no longer fixed. */
  #resultWith(kept: readonly Unit[], texts: ReadonlyMap<string, string>, rolledBack: readonly RolledBack[]): RunResult {
    const keptKeys = new Set(kept.map(({ key }) => key));
    const keptFixes = new Set(kept.flatMap(({ findings }) => findings.map(({ fix }) => fix)));
    const reasons = new Map(rolledBack.map((one) => [one.finding.id, one]));
    return {
      ...this.#result,
      files: this.#result.files.map((file) => {
        if (file.status !== 'changed') return file;
        const after = texts.get(file.path);
        if (after === undefined || after === file.before) return { status: 'unchanged', path: file.path };
        return { ...file, after, fixes: file.fixes.filter((fix) => keptFixes.has(fix)) };
      }),
      findings: this.#result.findings.flatMap((finding): ReportedFinding[] => {
        if (finding.status !== 'fixed' || keptKeys.has(keyOf(finding))) return [finding];
        const blame = reasons.get(finding.id);
        // Without a verdict, because it was interrupted, it is as it would be in a preview.
        return blame === undefined ? [] : [refused(finding, blame, this.#options.command)];
      }),
    };
  }
}

function refused({ fix: _, ...finding }: ReportedFinding, { ending, excerpt, buildsOn }: RolledBack, command: string): ReportedFinding {
  const said = excerpt[0] === undefined ? '' : `: ${excerpt[0].trim()}`;
  const message =
    buildsOn === undefined
      ? `With this fix, “${command}” ${ending}${said}; so it was rolled back.`
      : `It builds on “${buildsOn}”, with which “${command}” ${ending}, so it was rolled back too.`;
  const help =
    'Read what the check says: either the fix is wrong, which is a fault of nodelift to be reported, or the check relies on the old way.';
  return { ...finding, status: 'refused', reason: { code: 'check-failed', message, help } };
}
