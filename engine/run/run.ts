/**
 * The pipeline behind the survey: load, transform in rounds until nothing changes, verify, format.
 * A fault in one file or transform never stops the others.
 */

import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ts } from 'ts-morph';
import type { DiscoveredSource } from '../discover/index.ts';
import { UsageError } from '../errors.ts';
import { composed, sameOffsets, type OffsetMap } from '../offset-map.ts';
import { readProjectConfig, type ProjectConfig } from '../program/compiler-options.ts';
import { tellPlacesBy } from '../program/place.ts';
import { Program } from '../program/program.ts';
import { TimeLimitError } from '../program/time-limit.ts';
import { fixKey, type FileResult, type ReportedFinding, type RunOptions, type RunResult, type Warning } from '../result.ts';
import { lineStarts, positionAt, type Position, type SourceText, type Span } from '../text.ts';
import type { Transform, TransformOptions } from '../transform.ts';
import { editsAlone, type EditsAlone } from './alone.ts';
import { connected } from './closure.ts';
import { isStackOverflow } from './depth.ts';
import { Formatter } from './format.ts';
import { independent } from './independent.ts';
import { neighbourhood } from './neighbourhood.ts';
import { findAll, runPass, type PassInput, type PassResult } from './pass.ts';
import { reportedFindings, type FoundSite } from './reported.ts';
import { ownShare, resultOf } from './result.ts';
import { suppressions, type Suppression } from './suppression.ts';
import type { Survey } from './survey.ts';
import { syntaxFault } from './verify.ts';

/** Passes of one transform, and rounds over all of them; more means that two rewrites undo each other. */
const maxPasses = 12;
const maxRounds = 8;

/** One of the programs of a run. */
interface Part {
  readonly place: number;
  readonly count: number;
}

/** Seconds. */
const defaultFileTimeout = 60;

export class Run {
  readonly #options: RunOptions;
  readonly #transforms: readonly Transform[];
  readonly #survey: Survey;
  readonly #transformOptions: TransformOptions;
  readonly #warnings: Warning[] = [];
  readonly #faults = new Map<string, { readonly error: string; readonly stack?: string }>();
  readonly #onDisk = new Map<string, SourceText>();
  readonly #lineStarts = new Map<string, readonly number[]>();
  /** From the present text of a file to the one on disk. */
  readonly #offsets = new Map<string, OffsetMap>();
  readonly #fixed: FoundSite[] = [];
  /** What was found last and not applied, of the present program and of those before it. */
  readonly #openBy = new Map<Transform, FoundSite[]>();
  readonly #open: FoundSite[] = [];
  /** The new texts of the programs before. */
  readonly #after = new Map<string, string>();
  readonly #fixesIn = new Map<string, Set<string>>();
  readonly #alone: EditsAlone = new Map();
  readonly #usedSuppressions = new Set<string>();
  /** Keys of fixes that failed verification. */
  readonly #guilty = new Set<string>();
  readonly #suppressions = new WeakMap<ts.SourceFile, readonly Suppression[]>();

  #passes = 0;
  /** A transform that still found something to fix in its last pass. */
  #unsettled: string | undefined;

  constructor(options: RunOptions, transforms: readonly Transform[], survey: Survey) {
    this.#options = options;
    this.#transforms = transforms;
    this.#survey = survey;
    this.#transformOptions = { publicApi: 'keep', includeStartup: false, ...options.transformOptions };
  }

  /** Modules that the configuration names, for fixes to import. */
  #namedModules(): string[] {
    const [module] = this.#transformOptions.onRejection?.split('#') ?? [];
    return module === undefined ? [] : [module];
  }

  async finish(): Promise<RunResult> {
    const { root, sources, inSelection, likely, timing } = this.#survey;
    const config = readProjectConfig(root, this.#tsconfig(root));
    if (config.error !== undefined) this.#reportConfig(root, config.file ?? '', config.error);

    for (const { source } of sources) this.#onDisk.set(source.path, source);
    if (likely.length > 0) {
      const programs = await timing.of('load', () => this.#programs(config));
      for (const [place, members] of programs.entries()) {
        const loaded = await timing.of('load', () => new Program({ root, compilerOptions: config.options }, members));
        await this.#inProgram(loaded, { place, count: programs.length });
      }
    }
    const sites = this.#fixed.flatMap((found) => (found.status === 'refused' ? [] : [found.site]));
    const own = ownShare(this.#options, this.#survey, sites);
    const files = await this.#fileResults(inSelection, own);
    return resultOf(this.#options, this.#survey, own, { files, findings: this.#findings(), warnings: this.#warnings });
  }

  /** The texts of each program, of which at least one has a likely site. */
  #programs({ mapsPaths }: ProjectConfig): readonly (readonly SourceText[])[] {
    const { root, sources, likely } = this.#survey;
    const texts = sources.map(({ source }) => source);
    if (mapsPaths) return [texts];
    const paths = new Set(likely.map(({ source }) => source.path));
    const named = this.#namedModules();
    const members = connected(texts, paths, named);
    // What fixes import everywhere belongs to all of them.
    if (named.some((module) => module.startsWith('.'))) return [members];
    return independent(members, root).filter((group) => group.some((source) => paths.has(source.path)));
  }

  /** @param part of the whole, for the progress bar */
  async #inProgram(program: Program, part: Part): Promise<void> {
    const { likely, timing } = this.#survey;
    tellPlacesBy(program, (name, offset) => this.#positionOnDisk(name, offset).line);
    const ready = this.#withoutSyntaxErrors(program, likely);
    if (this.#options.separately === true) {
      for (const [key, edits] of await timing.of('separately', () => this.#editsAlone(program, ready))) this.#alone.set(key, edits);
    }
    await this.#rounds(program, ready, part);
    this.#reportStaleSuppressions(program, ready);
    for (const found of this.#openBy.values()) this.#open.push(...found);
    this.#openBy.clear();
    for (const name of this.#offsets.keys()) {
      const after = program.file(name)?.text;
      if (after !== undefined) this.#after.set(name, after);
    }
  }

  #findings(): ReportedFinding[] {
    const found = [...this.#fixed, ...this.#open];
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

  #tsconfig(root: string): string | undefined {
    const { tsconfig, cwd } = this.#options;
    if (tsconfig === undefined) return undefined;
    const absolute = path.resolve(cwd ?? root, tsconfig);
    if (!ts.sys.fileExists(absolute))
      throw new UsageError(`The tsconfig "${tsconfig}" does not exist; name another with --tsconfig, or leave the option out.`);
    return absolute;
  }

  #reportConfig(root: string, file: string, error: string): void {
    const name = path.relative(root, file);
    if (this.#options.tsconfig !== undefined) throw new UsageError(`${name} cannot be used: ${error}`);
    this.#warnings.push({ path: name, message: `cannot be used (${error}); the program was read with default options.`, failed: true });
  }

  #withoutSyntaxErrors(program: Program, likely: readonly DiscoveredSource[]): ReadonlySet<string> {
    const ready = new Set<string>();
    for (const { source } of likely) {
      const file = program.file(source.path);
      if (file === undefined) continue;
      const fault = syntaxFault(file);
      if (fault === undefined) ready.add(source.path);
      else this.#faults.set(source.path, { error: `cannot be parsed: ${fault}` });
    }
    return ready;
  }

  async #rounds(program: Program, ready: ReadonlySet<string>, { place, count }: Part): Promise<void> {
    const { onEvent } = this.#options;
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
        const outcome = await this.#survey.timing.of(transform.name, () => this.#exhaust(program, transform, ready));
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
      this.#options.signal?.throwIfAborted();
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

  async #fileResults(inSelection: readonly DiscoveredSource[], own: (path: string) => boolean): Promise<FileResult[]> {
    const formatter = new Formatter(this.#survey.root);
    const changed = new Map<string, FileResult>();
    const changedPaths = [...this.#offsets.keys()].filter(own).sort();
    let done = 0;
    for (const name of changedPaths) {
      this.#options.onEvent?.({ kind: 'progress', phase: 'format', done, total: changedPaths.length });
      done += 1;
      const source = this.#onDisk.get(name);
      const after = this.#after.get(name);
      if (source === undefined || after === undefined) continue;
      const formatted = await this.#survey.timing.of('format', () => formatter.format(name, source.text, after));
      if (formatted === source.text) continue;
      changed.set(name, {
        status: 'changed',
        path: name,
        before: source.text,
        after: formatted,
        bom: source.bom,
        fixes: [...(this.#fixesIn.get(name) ?? [])],
      });
    }
    const results: FileResult[] = [];
    for (const { source } of inSelection) {
      if (!own(source.path)) continue;
      const fault = this.#faults.get(source.path);
      // A fault of a transform does not undo what others did to the file.
      results.push(
        changed.get(source.path) ??
          (fault === undefined ? { status: 'unchanged', path: source.path } : { status: 'failed', path: source.path, ...fault }),
      );
      if (fault !== undefined && changed.has(source.path)) this.#warnings.push({ path: source.path, message: fault.error, failed: true });
      changed.delete(source.path);
    }
    return [...results, ...changed.values()];
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
