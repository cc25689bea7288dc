/**
 * `--interactive`: each fix is shown with all its hunks, in however many files, and a person says yes or no. What was chosen is one run of
 * the engine with just these fixes, so it is verified together like any other.
 */

import { createInterface } from 'node:readline';
import type { Engine } from '../engine.ts';
import { fixKey, type FileEdit, type FileResult, type ReportedFinding, type RunOptions, type RunResult } from '../../engine/result.ts';
import { lineStarts } from '../../engine/text.ts';
import { patchOf } from '../patch.ts';
import { patchForScreen } from '../reporters/screen-diff.ts';
import { sourceTexts } from '../source-texts.ts';
import { counted, escapedLine, wrapped, type Colors, type Environment } from '../terminal.ts';
import { identitiesOf, keepDeclined, readDeclined } from './declined.ts';
import { edited } from './editor.ts';

export interface Asking {
  readonly engine: Engine;
  readonly options: RunOptions;
  readonly input: NodeJS.ReadableStream;
  readonly write: (text: string) => Promise<void>;
  readonly colors: Colors;
  readonly width: number;
  readonly env: Environment;
}

const help = `y  yes, apply this fix
n  no, and do not ask again
a  yes to this and all that this transform still has
k  yes to this and all of its kind (the same title)
s  skip the rest of this file
e  edit the result in $EDITOR
q  quit; what was chosen so far is applied
?  this help
`;

type Key = 'y' | 'n' | 'a' | 'k' | 's' | 'e' | 'q';

/** @returns what is to be written */
export async function choose(asking: Asking, preview: RunResult): Promise<RunResult> {
  const lines = linesOf(asking.input);
  const state = new Choosing(asking, preview);
  try {
    await state.say(state.opening());
    let round: RunResult | undefined = preview;
    while (round) round = await state.round(round, lines);
    return await state.finish();
  } finally {
    lines.close();
    keepDeclined(preview.root, state.declined);
  }
}

class Choosing {
  readonly declined: Set<string>;
  readonly #asking: Asking;
  readonly #first: RunResult;
  /** Texts with what an editor has made of them, and the fixes that were chosen before. */
  readonly #overlay = new Map<string, string>();
  readonly #onDisk = new Map<string, { readonly before: string; readonly bom: boolean }>();
  readonly #applied: ReportedFinding[] = [];
  readonly #wholeTransforms = new Set<string>();
  readonly #wholeKinds = new Set<string>();
  readonly #skippedFiles = new Set<string>();
  #chosen: ReportedFinding[] = [];

  constructor(asking: Asking, first: RunResult) {
    this.#asking = asking;
    this.#first = first;
    this.declined = readDeclined(first.root);
  }

  say(text: string): Promise<void> {
    return this.#asking.write(text);
  }

  opening(): string {
    const fixes = this.#first.findings.filter(({ status }) => status === 'fixed').length;
    const before = this.declined.size === 0 ? '' : ` What you declined before is not asked again (.nodelift/declined.json).`;
    return `${counted(fixes, 'fix', 'fixes')} to decide on; ? lists the keys.${before}\n`;
  }

  /** Asks for each fix of a run. @returns the next run, when an edit has changed the texts */
  async round(result: RunResult, lines: Lines): Promise<RunResult | undefined> {
    const fixes = result.findings.filter(({ status }) => status === 'fixed');
    const texts = sourceTexts({ root: result.root, files: result.files });
    const identities = identitiesOf(fixes, texts.lineOf);
    const open = fixes.filter((finding) => !this.declined.has(identities.get(finding) ?? ''));
    for (const [index, finding] of open.entries()) {
      if (this.#isChosenAlready(finding)) {
        this.#chosen.push(finding);
        continue;
      }
      if (this.#skippedFiles.has(finding.path)) continue;
      await this.say(this.#shown(finding, texts.textOf, `${index + 1}/${open.length}`));
      const key = await this.#key(lines);
      if (key === 'q') return undefined;
      if (key === 'n') this.declined.add(identities.get(finding) ?? '');
      if (key === 's') this.#skippedFiles.add(finding.path);
      if (key === 'a') this.#wholeTransforms.add(finding.transform);
      if (key === 'k') this.#wholeKinds.add(kindOf(finding));
      if (key === 'y' || key === 'a' || key === 'k') this.#chosen.push(finding);
      if (key === 'e') return this.#edit(finding, lines);
    }
    return undefined;
  }

  /** Everything that was chosen, as one result over the files on disk. */
  async finish(): Promise<RunResult> {
    if (this.#chosen.length > 0) await this.#apply(this.#chosen);
    const files = [...this.#overlay].flatMap(([path, after]): FileResult[] => {
      const disk = this.#onDisk.get(path);
      if (!disk || disk.before === after) return [];
      const fixes = this.#applied.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
      return [{ status: 'changed', path, before: disk.before, after, bom: disk.bom, fixes }];
    });
    const changed = new Set(files.map(({ path }) => path));
    const others = this.#first.files.flatMap((file): FileResult[] =>
      changed.has(file.path) ? [] : [file.status === 'changed' ? { status: 'unchanged', path: file.path } : file],
    );
    const left = this.#first.findings.filter(({ status }) => status !== 'fixed');
    return { ...this.#first, files: [...files, ...others], findings: [...this.#applied, ...left] };
  }

  #isChosenAlready(finding: ReportedFinding): boolean {
    return this.#wholeTransforms.has(finding.transform) || this.#wholeKinds.has(kindOf(finding));
  }

  async #key(lines: Lines): Promise<Key> {
    for (;;) {
      await this.say(`${this.#asking.colors.bold('Apply this fix?')} [y,n,a,k,s,e,q,?] `);
      const answer = await lines.next();
      // The end of the input is a way to quit.
      if (answer === undefined) return 'q';
      const key = keys.find((one) => one === answer.trim().toLowerCase());
      if (key) return key;
      await this.say(help);
    }
  }

  /** The fix with all that was chosen before it; then the person's own hand; then the rest is looked for anew. */
  async #edit(finding: ReportedFinding, lines: Lines): Promise<RunResult> {
    const before = new Map(this.#overlay);
    const chosen = this.#chosen;
    const result = await this.#apply([...chosen, finding]);
    const touched = result.files.filter(
      (file) => file.status === 'changed' && finding.fix !== undefined && this.#touches(result, finding, file.path),
    );
    lines.pause();
    for (const { path } of touched) {
      const text = edited(path, this.#overlay.get(path) ?? '', this.#asking.env);
      if (text !== undefined) this.#overlay.set(path, text);
    }
    lines.resume();
    const next = await this.#run();
    const broken = next.files.find((file) => file.status === 'failed' && this.#overlay.has(file.path));
    if (broken?.status !== 'failed') return next;
    await this.say(`${this.#asking.colors.red('The edited text is not used:')} ${escapedLine(`${broken.path} ${broken.error}`)}\n`);
    this.#overlay.clear();
    for (const [path, text] of before) this.#overlay.set(path, text);
    this.#applied.splice(this.#applied.length - chosen.length - 1);
    this.#chosen = chosen;
    return this.#run();
  }

  #touches(result: RunResult, { transform, path, start }: ReportedFinding, file: string): boolean {
    const found = result.findings.find((one) => fixKey(one.transform, one.path, one.start) === fixKey(transform, path, start));
    return result.files.some(
      (one) => one.status === 'changed' && one.path === file && found?.fix !== undefined && one.fixes.includes(found.fix),
    );
  }

  /** Applies fixes of the present texts in memory. */
  async #apply(fixes: readonly ReportedFinding[]): Promise<RunResult> {
    const result = await this.#run(new Set(fixes.map(({ transform, path, start }) => fixKey(transform, path, start))));
    for (const file of result.files) {
      if (file.status !== 'changed') continue;
      if (!this.#onDisk.has(file.path)) this.#onDisk.set(file.path, { before: file.before, bom: file.bom });
      this.#overlay.set(file.path, file.after);
    }
    this.#applied.push(...result.findings.filter(({ status }) => status === 'fixed'));
    this.#chosen = [];
    return result;
  }

  #run(chosen?: ReadonlySet<string>): Promise<RunResult> {
    const { engine, options } = this.#asking;
    return engine.run({ ...options, separately: true, overlay: this.#overlay, ...(chosen && { chosen }) });
  }

  #shown(finding: ReportedFinding, textOf: (path: string) => string | undefined, count: string): string {
    const { colors, width } = this.#asking;
    const { title, transform, path, start, safety, reason, notes, requires, edits } = finding;
    const mark = safety === 'unsafe' ? colors.yellow('unsafe') : colors.green('safe');
    const remarks = [
      ...(reason ? [`${reason.code}: ${reason.message}`] : []),
      ...notes,
      ...(requires ?? []).map((one) => `with it: ${one}`),
    ];
    return [
      '',
      `${colors.bold(escapedLine(title))} (${transform}, ${mark}) ${colors.dim(count)}`,
      colors.dim(escapedLine(`${path}:${start.line}:${start.column}`)),
      ...remarks.flatMap((remark) => wrapped(escapedLine(remark), width - 2).map((line) => `  ${line}`)),
      edits ? hunksOf(edits, textOf, colors) : '  It builds on fixes above, and is shown with them in the result.\n',
    ].join('\n');
  }
}

function hunksOf(edits: readonly FileEdit[], textOf: (path: string) => string | undefined, colors: Colors): string {
  const paths = [...new Set(edits.map(({ path }) => path))];
  return paths
    .map((path) => {
      const before = textOf(path) ?? '';
      const after = replaced(
        before,
        edits.filter((edit) => edit.path === path),
      );
      return patchForScreen(patchOf(path, before, after), { before, after }, colors);
    })
    .join('');
}

function replaced(text: string, edits: readonly FileEdit[]): string {
  const starts = lineStarts(text);
  const offset = ({ line, column }: FileEdit['start']): number => (starts[line - 1] ?? text.length) + column - 1;
  return [...edits]
    .reverse()
    .reduce((result, { start, end, text: fresh }) => result.slice(0, offset(start)) + fresh + result.slice(offset(end)), text);
}

const keys: readonly Key[] = ['y', 'n', 'a', 'k', 's', 'e', 'q'];

function kindOf({ transform, title }: ReportedFinding): string {
  return `${transform}\t${title}`;
}

interface Lines {
  /** `undefined` at the end of the input. */
  next(): Promise<string | undefined>;
  pause(): void;
  resume(): void;
  close(): void;
}

/** What is typed before it is asked for waits. */
function linesOf(input: NodeJS.ReadableStream): Lines {
  const reader = createInterface({ input });
  const typed: string[] = [];
  let waiting: ((line: string | undefined) => void) | undefined;
  let ended = false;
  reader.on('line', (line) => {
    const take = waiting;
    waiting = undefined;
    if (take) take(line);
    else typed.push(line);
  });
  reader.on('close', () => {
    ended = true;
    waiting?.(undefined);
  });
  return {
    next: () => {
      const line = typed.shift();
      if (line !== undefined || ended) return Promise.resolve(line);
      return new Promise((resolve) => (waiting = resolve));
    },
    pause: () => void reader.pause(),
    resume: () => void reader.resume(),
    close: () => reader.close(),
  };
}
