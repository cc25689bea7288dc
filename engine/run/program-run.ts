/**
 * One program of a run: what the transforms find and change in it, in rounds until nothing changes, each change verified.
 * A fault in one file or transform never stops the others.
 */

import { setImmediate } from 'node:timers/promises';
import { ts } from 'ts-morph';
import { composed, sameOffsets, type OffsetMap } from '../offset-map.ts';
import { tellPlacesBy } from '../program/place.ts';
import { Program } from '../program/program.ts';
import { TimeLimitError } from '../program/time-limit.ts';
import { fixKey, type ReportedFinding, type RunOptions, type Warning } from '../result.ts';
import { lineStarts, positionAt, type Position, type SourceText, type Span } from '../text.ts';
import type { Transform, TransformOptions } from '../transform.ts';
import { editsAlone, type EditsAlone } from './alone.ts';
import { isStackOverflow } from './depth.ts';
import { neighbourhood } from './neighbourhood.ts';
import { findAll, runPass, type PassInput, type PassResult } from './pass.ts';
import { reportedFindings, type FoundSite } from './reported.ts';
import type { SiteFix } from './select.ts';
import { suppressions, type Suppression } from './suppression.ts';
import type { Timing } from './timing.ts';
import { syntaxFault } from './verify.ts';

/** Passes of one transform, and rounds over all of them; more means that two rewrites undo each other. */
const maxPasses = 12;
const maxRounds = 8;

/** The choices of a run that a program needs: plain data, which may be sent to a thread. */
export type ProgramOptions = Pick<
  RunOptions,
  'unsafe' | 'transformOptions' | 'knownTransforms' | 'verify' | 'fileTimeout' | 'chosen' | 'separately' | 'shard'
>;

/** One of the programs of a run. */
export interface Part {
  readonly place: number;
  readonly count: number;
  /** Absolute. */
  readonly root: string;
  readonly compilerOptions: ts.CompilerOptions;
  readonly members: readonly SourceText[];
  /** Paths of the members in which a site is likely. */
  readonly likely: readonly string[];
}

/** Why a file could not be done. */
export interface Fault {
  readonly error: string;
  readonly stack?: string;
}

/** Plain data, which may come from a thread. */
export interface ProgramOutcome {
  readonly findings: readonly ReportedFinding[];
  readonly warnings: readonly Warning[];
  readonly faults: ReadonlyMap<string, Fault>;
  /** The new texts of changed files, not formatted yet. */
  readonly after: ReadonlyMap<string, string>;
  /** The fixes in each of them. */
  readonly fixesIn: ReadonlyMap<string, ReadonlySet<string>>;
  /** The fixes found, where the run is shared out. */
  readonly sites: readonly SiteFix[];
}

/** Seconds. */
const defaultFileTimeout = 60;

export class ProgramRun {
  readonly #options: ProgramOptions;
  readonly #transforms: readonly Transform[];
  readonly #part: Part;
  readonly #timing: Timing;
  readonly #watch: Pick<RunOptions, 'onEvent' | 'signal'>;
  readonly #transformOptions: TransformOptions;
  readonly #warnings: Warning[] = [];
  readonly #faults = new Map<string, Fault>();
  readonly #onDisk = new Map<string, SourceText>();
  readonly #lineStarts = new Map<string, readonly number[]>();
  /** From the present text of a file to the one on disk. */
  readonly #offsets = new Map<string, OffsetMap>();
  readonly #fixed: FoundSite[] = [];
  /** What was found last and not applied. */
  readonly #openBy = new Map<Transform, FoundSite[]>();
  readonly #fixesIn = new Map<string, Set<string>>();
  readonly #alone: EditsAlone = new Map();
  readonly #usedSuppressions = new Set<string>();
  /** Keys of fixes that failed verification. */
  readonly #guilty = new Set<string>();
  readonly #suppressions = new WeakMap<ts.SourceFile, readonly Suppression[]>();

  #passes = 0;
  /** A transform that still found something to fix in its last pass. */
  #unsettled: string | undefined;

  constructor(
    options: ProgramOptions,
    transforms: readonly Transform[],
    part: Part,
    timing: Timing,
    watch: Pick<RunOptions, 'onEvent' | 'signal'>,
  ) {
    this.#options = options;
    this.#transforms = transforms;
    this.#part = part;
    this.#timing = timing;
    this.#watch = watch;
    this.#transformOptions = { publicApi: 'keep', includeStartup: false, ...options.transformOptions };
    for (const source of part.members) this.#onDisk.set(source.path, source);
  }

  /** @throws what a transform throws that no file is to blame for: an overflow of the stack, and the signal's reason */
  async outcome(): Promise<ProgramOutcome> {
    const { root, compilerOptions, members } = this.#part;
    const program = await this.#timing.of('load', () => new Program({ root, compilerOptions }, members));
    tellPlacesBy(program, (name, offset) => this.#positionOnDisk(name, offset).line);
    const ready = this.#withoutSyntaxErrors(program);
    if (this.#options.separately === true) {
      for (const [key, edits] of await this.#timing.of('separately', () => this.#editsAlone(program, ready))) this.#alone.set(key, edits);
    }
    await this.#rounds(program, ready);
    this.#reportStaleSuppressions(program, ready);
    for (const name of program.uncheckable) {
      const message = 'TypeScript itself fails when it checks this file, so what is fixed was verified without its diagnostics here.';
      this.#warnings.push({ path: name, message, failed: false });
    }
    const after = new Map<string, string>();
    for (const name of this.#offsets.keys()) {
      const text = program.file(name)?.text;
      if (text !== undefined) after.set(name, text);
    }
    const sites = this.#fixed.flatMap((found) => (found.status === 'refused' ? [] : [found.site]));
    return {
      findings: this.#findings(),
      warnings: this.#warnings,
      faults: this.#faults,
      after,
      fixesIn: this.#fixesIn,
      sites: this.#options.shard === undefined ? [] : sites,
    };
  }

  #findings(): ReportedFinding[] {
    const found = [...this.#fixed, ...[...this.#openBy.values()].flat()];
    const findings = reportedFindings(found, (name) => this.#onDisk.get(name)?.text ?? '');
    if (this.#alone.size === 0) return findings;
    return findings.map((finding) => {
      const edits = this.#alone.get(fixKey(finding.transform, finding.path, finding.start));
      return edits === undefined || finding.status === 'refused' ? finding : { ...finding, edits };
    });
  }

  /** Before anything is changed. A transform that fails here will fail, and be reported, where it is run. */
  async #editsAlone(program: Program, ready: ReadonlySet<string>): Promise<EditsAlone> {
    const alone: EditsAlone = new Map();
    for (const transform of this.#transforms) {
      const candidates = this.#candidates(program, transform, ready);
      if (candidates.length === 0) continue;
      try {
        await transform.prepare?.({ program, candidates });
        const found = findAll(this.#passInput(program, transform, candidates));
        const fixes = found.filter((one) => one.kind === 'fix');
        for (const [key, edits] of editsAlone(program, fixes)) alone.set(key, edits);
      } catch {
        program.forget();
        continue;
      }
    }
    return alone;
  }

  get #fileTimeout(): number {
    return this.#options.fileTimeout ?? defaultFileTimeout;
  }

  #candidates(program: Program, transform: Transform, ready: ReadonlySet<string>): ts.SourceFile[] {
    return [...ready].flatMap((name) => {
      const file = program.file(name);
      return file !== undefined && !this.#faults.has(name) && transform.mention.test(file.text) ? [file] : [];
    });
  }

  #isChosen(transform: string, site: Span): boolean {
    return this.#options.chosen?.has(this.#keyOf(transform, site)) ?? true;
  }

  #keyOf(transform: string, { path: name, start }: Span): string {
    return fixKey(transform, name, this.#positionOnDisk(name, start));
  }

  /** @param offset in the present text */
  #positionOnDisk(name: string, offset: number): Position {
    const starts = this.#lineStarts.get(name) ?? lineStarts(this.#onDisk.get(name)?.text ?? '');
    this.#lineStarts.set(name, starts);
    return positionAt(starts, this.#mapOf(name)(offset));
  }

  #withoutSyntaxErrors(program: Program): ReadonlySet<string> {
    const ready = new Set<string>();
    for (const name of this.#part.likely) {
      const file = program.file(name);
      if (file === undefined) continue;
      const fault = syntaxFault(file);
      if (fault === undefined) ready.add(name);
      else this.#faults.set(name, { error: `cannot be parsed: ${fault}` });
    }
    return ready;
  }

  async #rounds(program: Program, ready: ReadonlySet<string>): Promise<void> {
    const { onEvent } = this.#watch;
    const { place, count } = this.#part;
    const transforms = this.#transforms;
    const settled = new Set<Transform>();
    let done = 0;
    for (let round = 0; round < maxRounds && settled.size < transforms.length; round += 1) {
      for (const transform of transforms) {
        if (settled.has(transform)) continue;
        onEvent?.({
          kind: 'progress',
          phase: 'transform',
          done: place * transforms.length + done,
          total: count * transforms.length,
          path: transform.name,
        });
        const outcome = await this.#timing.of(transform.name, () => this.#exhaust(program, transform, ready));
        // What this one changed the others have to look at again.
        if (outcome.changed) settled.clear();
        if (outcome.settled) settled.add(transform);
        done = settled.size;
      }
    }
    if (settled.size < transforms.length || this.#unsettled !== undefined) {
      const names = this.#unsettled ?? transforms.map((transform) => transform.name).join(', ');
      this.#warnings.push({
        message: `${names} did not settle: rewrites undo each other, a fault of nodelift's own. Read the diff with care.`,
        failed: false,
      });
    }
  }

  /**
   * Repeats a transform until it finds no more to fix: over all files at first, then around what the last pass changed. What that
   * made possible elsewhere is found in the next round, which looks at all files again.
   * @returns settled: its last pass looked at all files, and changed nothing
   */
  async #exhaust(
    program: Program,
    transform: Transform,
    ready: ReadonlySet<string>,
  ): Promise<{ readonly changed: boolean; readonly settled: boolean }> {
    let changed = false;
    let around: ReadonlySet<string> = ready;
    for (let pass = 0; pass < maxPasses; pass += 1) {
      // A turn of the event loop, for Ctrl-C and for the progress bar.
      await setImmediate();
      this.#watch.signal?.throwIfAborted();
      const all = this.#candidates(program, transform, ready);
      const candidates = all.filter((file) => around.has(program.pathOf(file)));
      const isWhole = candidates.length === all.length;
      if (candidates.length === 0) {
        if (isWhole) this.#openBy.delete(transform);
        return { changed, settled: isWhole };
      }
      this.#passes += 1;
      await transform.prepare?.({ program, candidates });
      const result = this.#pass(program, transform, candidates);
      if (result === undefined) return { changed, settled: isWhole };
      if (isWhole) this.#openBy.set(transform, this.#openSites(transform, result));
      if (result.changes.size === 0) return { changed, settled: isWhole };
      this.#accept(result);
      changed = true;
      around = neighbourhood(program, result.changes.keys());
    }
    this.#unsettled = transform.name;
    return { changed, settled: true };
  }

  /** What was found and not applied in the pass that has just been made. */
  #openSites(transform: Transform, { heldBack, refused }: PassResult): FoundSite[] {
    const mapOf = this.#presentMaps();
    const pass = this.#passes;
    return [
      ...heldBack.map((site): FoundSite => ({ status: 'available', site, id: `${transform.name}#${pass}#${site.fix.id}`, pass, mapOf })),
      ...refused.map((refusal): FoundSite => ({ status: 'refused', refusal, mapOf })),
    ];
  }

  #passInput(program: Program, transform: Transform, candidates: readonly ts.SourceFile[]): PassInput {
    return {
      program,
      transform,
      candidates,
      options: this.#transformOptions,
      unsafe: this.#options.unsafe ?? false,
      verify: this.#options.verify ?? true,
      fileTimeout: this.#fileTimeout,
      isChosen: (name, site) => this.#isChosen(name, site),
      wasGuilty: (name, site) => this.#guilty.has(this.#keyOf(name, site)),
      onGuilty: (name, site) => this.#guilty.add(this.#keyOf(name, site)),
      suppressionsOf: (file) => this.#suppressionsOf(file),
      onSuppressed: (name, suppression) => this.#usedSuppressions.add(`${name}:${suppression.position.line}`),
    };
  }

  /** A transform that throws, or takes too long, is tried again with fewer files, so that the file at fault is named and the others are still done. */
  #pass(program: Program, transform: Transform, candidates: readonly ts.SourceFile[]): PassResult | undefined {
    const input = (files: readonly ts.SourceFile[]): PassInput => this.#passInput(program, transform, files);
    try {
      return runPass(input(candidates));
    } catch (fault) {
      if (isStackOverflow(fault)) throw fault;
      program.forget();
      const sound = this.#sound(program, transform, candidates, fault);
      if (sound.length > 0 && sound.length < candidates.length) return runPass(input(sound));
      // No file alone is slow: the machine is, or there are many of them.
      if (sound.length > 0 && fault instanceof TimeLimitError) return runPass({ ...input(sound), fileTimeout: undefined });
      if (sound.length > 0) {
        // Each file alone is sound, so it is what they are together that the transform cannot take.
        const message = fault instanceof Error ? fault.message : String(fault);
        this.#warnings.push({ message: `${transform.name} failed, a fault of nodelift's own: ${message}`, failed: true });
      }
      return undefined;
    }
  }

  /** Files that the transform can take. By halves, for each try looks at the whole program again; a file at fault is named. */
  #sound(program: Program, transform: Transform, files: readonly ts.SourceFile[], fault: unknown): readonly ts.SourceFile[] {
    const [only] = files;
    if (files.length === 1 && only !== undefined) {
      this.#faults.set(program.pathOf(only), faultOf(transform, fault, this.#fileTimeout));
      return [];
    }
    const middle = files.length >> 1;
    return [files.slice(0, middle), files.slice(middle)].flatMap((half) => {
      try {
        findAll(this.#passInput(program, transform, half));
        return half;
      } catch (error) {
        program.forget();
        return this.#sound(program, transform, half, error);
      }
    });
  }

  #accept(result: PassResult): void {
    const mapOf = this.#presentMaps();
    for (const site of result.applied) {
      // A transform's ids are unique within one pass.
      const id = `${site.fix.transform}#${this.#passes}#${site.fix.id}`;
      this.#fixed.push({ status: 'fixed', site, id, pass: this.#passes, mapOf });
      for (const fix of [site.fix, ...site.requires]) {
        for (const edit of fix.edits) {
          const ids = this.#fixesIn.get(edit.path) ?? new Set();
          this.#fixesIn.set(edit.path, ids.add(id));
        }
      }
    }
    for (const [name, { origin }] of result.changes) this.#offsets.set(name, composed(this.#mapOf(name), origin));
  }

  #mapOf(name: string): OffsetMap {
    return this.#offsets.get(name) ?? sameOffsets;
  }

  /** The maps as they are now, whatever is rewritten later. */
  #presentMaps(): (name: string) => OffsetMap {
    const maps = new Map(this.#offsets);
    return (name) => maps.get(name) ?? sameOffsets;
  }

  #suppressionsOf(file: ts.SourceFile): readonly Suppression[] {
    let found = this.#suppressions.get(file);
    if (found === undefined) this.#suppressions.set(file, (found = suppressions(file)));
    return found;
  }

  /** A suppression is stale when a transform that it names was run over its file and found nothing there. */
  #reportStaleSuppressions(program: Program, ready: ReadonlySet<string>): void {
    const names = new Set(this.#transforms.map((transform) => transform.name));
    const known = this.#options.knownTransforms ?? [...names];
    for (const name of ready) {
      const file = program.file(name);
      for (const suppression of file === undefined ? [] : this.#suppressionsOf(file)) {
        const { position, transforms, scope } = suppression;
        const start = { line: position.line, column: position.column };
        const unknown = transforms.find((transform) => !known.includes(transform));
        if (unknown !== undefined) {
          this.#warnings.push({ path: name, start, message: `names a transform that does not exist: “${unknown}”.`, failed: false });
          continue;
        }
        const wholly = (transforms.length === 0 ? known : transforms).every((transform) => names.has(transform));
        if (!wholly || this.#usedSuppressions.has(`${name}:${position.line}`)) continue;
        this.#warnings.push({
          path: name,
          start,
          message: `nodelift-ignore-${scope} keeps nothing away any more; remove the comment.`,
          failed: false,
        });
      }
    }
  }
}

function faultOf(transform: Transform, fault: unknown, fileTimeout: number): { readonly error: string; readonly stack?: string } {
  if (fault instanceof TimeLimitError) {
    return {
      error: `is left alone: ${transform.name} takes more than ${fileTimeout} s for it; allow more with --file-timeout`,
    };
  }
  const message = fault instanceof Error ? fault.message : String(fault);
  const stack = fault instanceof Error ? fault.stack : undefined;
  return { error: `${transform.name} failed here, a fault of nodelift's own: ${message}`, ...(stack !== undefined && { stack }) };
}
