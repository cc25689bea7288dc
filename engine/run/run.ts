/** The pipeline behind the survey: the programs that the files make, each transformed by itself, and the texts that come of it formatted. */

import path from 'node:path';
import { ts } from 'ts-morph';
import { UsageError } from '../errors.ts';
import { readProjectConfig, type ProjectConfig } from '../program/compiler-options.ts';
import type { FileResult, ReportedFinding, RunOptions, RunResult, Warning } from '../result.ts';
import type { SourceText } from '../text.ts';
import type { Transform } from '../transform.ts';
import { connected } from './closure.ts';
import { Formatter } from './format.ts';
import { independent } from './independent.ts';
import { ProgramRun, type Part, type ProgramOutcome } from './program-run.ts';
import { ownShare, resultOf } from './result.ts';
import type { Survey } from './survey.ts';
import { outcomesOfThreads } from './threads.ts';

export class Run {
  readonly #options: RunOptions;
  readonly #transforms: readonly Transform[];
  readonly #survey: Survey;
  readonly #warnings: Warning[] = [];

  constructor(options: RunOptions, transforms: readonly Transform[], survey: Survey) {
    this.#options = options;
    this.#transforms = transforms;
    this.#survey = survey;
  }

  async finish(): Promise<RunResult> {
    const { root, likely, timing } = this.#survey;
    const config = readProjectConfig(root, this.#tsconfig(root));
    if (config.error !== undefined) this.#reportConfig(root, config.file ?? '', config.error);

    const parts = likely.length === 0 ? [] : await timing.of('load', () => this.#parts(config));
    const outcomes = await this.#outcomes(parts);
    for (const { warnings } of outcomes) this.#warnings.push(...warnings);
    const own = ownShare(
      this.#options,
      this.#survey,
      outcomes.flatMap(({ sites }) => sites),
    );
    const files = await this.#fileResults(outcomes, own);
    return resultOf(this.#options, this.#survey, own, { files, findings: findingsOf(outcomes), warnings: this.#warnings });
  }

  /** Modules that the configuration names, for fixes to import. */
  #namedModules(): string[] {
    const [module] = this.#options.transformOptions?.onRejection?.split('#') ?? [];
    return module === undefined ? [] : [module];
  }

  #parts(config: ProjectConfig): readonly Part[] {
    const { root, likely } = this.#survey;
    const paths = new Set(likely.map(({ source }) => source.path));
    return this.#programs(config, paths).map((members, place, { length: count }) => ({
      place,
      count,
      root,
      compilerOptions: config.options,
      members,
      likely: members.flatMap((source) => (paths.has(source.path) ? [source.path] : [])),
    }));
  }

  /** The texts of each program, of which at least one has a likely site. */
  #programs({ mapsPaths }: ProjectConfig, paths: ReadonlySet<string>): readonly (readonly SourceText[])[] {
    const { root, sources } = this.#survey;
    const texts = sources.map(({ source }) => source);
    if (mapsPaths) return [texts];
    const named = this.#namedModules();
    const members = connected(texts, paths, named);
    // What fixes import everywhere belongs to all of them.
    if (named.some((module) => module.startsWith('.'))) return [members];
    return independent(members, root).filter((group) => group.some((source) => paths.has(source.path)));
  }

  async #outcomes(parts: readonly Part[]): Promise<readonly ProgramOutcome[]> {
    const { timing } = this.#survey;
    const { threads, signal, onEvent } = this.#options;
    // The fixes of a share are not sent from thread to thread.
    if (threads !== undefined && threads.count > 1 && parts.length > 1 && this.#options.shard === undefined) {
      return outcomesOfThreads(parts, this.#options, threads, timing);
    }
    const outcomes: ProgramOutcome[] = [];
    for (const part of parts) {
      const watch = { ...(signal && { signal }), ...(onEvent && { onEvent }) };
      outcomes.push(await new ProgramRun(this.#options, this.#transforms, part, timing, watch).outcome());
    }
    return outcomes;
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

  async #fileResults(outcomes: readonly ProgramOutcome[], own: (path: string) => boolean): Promise<FileResult[]> {
    const { root, sources, inSelection } = this.#survey;
    const onDisk = new Map(sources.map(({ source }) => [source.path, source]));
    const texts = new Map(outcomes.flatMap(({ after }) => [...after]));
    const fixesIn = new Map(outcomes.flatMap((outcome) => [...outcome.fixesIn]));
    const faults = new Map(outcomes.flatMap((outcome) => [...outcome.faults]));
    const formatter = new Formatter(root);
    const changed = new Map<string, FileResult>();
    const changedPaths = [...texts.keys()].filter(own).sort();
    let done = 0;
    for (const name of changedPaths) {
      this.#options.onEvent?.({ kind: 'progress', phase: 'format', done, total: changedPaths.length });
      done += 1;
      const source = onDisk.get(name);
      const after = texts.get(name);
      if (source === undefined || after === undefined) continue;
      const formatted = await this.#survey.timing.of('format', () => formatter.format(name, source.text, after));
      if (formatted === source.text) continue;
      changed.set(name, {
        status: 'changed',
        path: name,
        before: source.text,
        after: formatted,
        bom: source.bom,
        fixes: [...(fixesIn.get(name) ?? [])],
      });
    }
    const results: FileResult[] = [];
    for (const { source } of inSelection) {
      if (!own(source.path)) continue;
      const fault = faults.get(source.path);
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

/** Those of all programs, sorted by their files; a file is of one program. */
function findingsOf(outcomes: readonly ProgramOutcome[]): ReportedFinding[] {
  const all = outcomes.flatMap(({ findings }) => findings);
  return all.sort((a, b) => (a.path === b.path ? 0 : a.path < b.path ? -1 : 1));
}
