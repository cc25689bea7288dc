/**
 * What nodelift has to say of one file that somebody else opened: ESLint, or jscodeshift. The whole project is read all the same, once for
 * all of its files as they are on disk; a text that only an editor holds is looked at by itself, with the project around it.
 */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { findRoot } from '../engine/discover/index.ts';
import { fixKey, type ReportedFinding, type RunOptions, type RunResult } from '../engine/result.ts';
import { run } from '../engine/run.ts';
import { transforms } from '../transforms/registry.ts';

export interface AnalysisRequest {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  /** Names; all by default. */
  readonly transforms?: readonly string[];
  readonly unsafe?: boolean;
  /** Say what each fix does alone. */
  readonly separately?: boolean;
  /** Also fixes that change other files. The caller has to see to it that those are given to nodelift too. */
  readonly wholeProgram?: boolean;
}

export interface Analysis {
  /** Of the file, relative to its root: what `FileEdit.path` calls it. */
  readonly path: string;
  readonly findings: readonly ReportedFinding[];
  /** The text with the fixes that change only this file, or with all of them; `undefined` when there are none. */
  readonly after: string | undefined;
  /** Fixes of sites in this file that are left out of `after`, because they change other files too. */
  readonly elsewhere: readonly string[];
}

interface Project {
  readonly began: number;
  readonly result: Promise<RunResult>;
}

const projects = new Map<string, Project>();
let lastTexts: { readonly key: string; readonly result: Promise<RunResult> }[] = [];
const KEPT = 20;

export async function analyse(request: AnalysisRequest): Promise<Analysis> {
  const file = realpathSync(request.file);
  const { root } = findRoot([file], path.dirname(file));
  const relative = path.relative(root, file).split(path.sep).join('/');
  const text = request.text.replace(/^\uFEFF/, '');
  const result = await resultFor(request, root, file, relative, text);
  const findings = result.findings.filter((finding) => finding.path === relative);
  const changed = result.files.find((one) => one.path === relative && one.status === 'changed');
  const elsewhere = findings.filter((finding) => finding.status === 'fixed' && filesOf(result, finding) > 1).map(({ title }) => title);
  return { path: relative, findings, after: changed?.status === 'changed' ? changed.after : undefined, elsewhere };
}

function resultFor(request: AnalysisRequest, root: string, file: string, relative: string, text: string): Promise<RunResult> {
  const { unsafe = false, separately = false, wholeProgram = false } = request;
  const selected = transforms.filter(({ name }) => request.transforms?.includes(name) ?? true);
  const key = [root, unsafe, separately, wholeProgram, ...selected.map(({ name }) => name)].join('\0');
  const options: RunOptions = { cwd: root, transforms: selected, unsafe, separately, knownTransforms: transforms.map(({ name }) => name) };
  const project = projects.get(key) ?? { began: Date.now(), result: ownFixes({ ...options, paths: [root] }, wholeProgram) };
  projects.set(key, project);
  if (isOnDisk(file, text) && statSync(file).mtimeMs <= project.began) return project.result;

  const textKey = [key, relative, text].join('\0');
  const known = lastTexts.find((one) => one.key === textKey);
  if (known) return known.result;
  const result = ownFixes({ ...options, paths: [file], overlay: new Map([[relative, text]]) }, wholeProgram);
  lastTexts = [{ key: textKey, result }, ...lastTexts].slice(0, KEPT);
  return result;
}

/** Fixes that reach into other files stay in the findings, and out of the texts. */
async function ownFixes(options: RunOptions, wholeProgram: boolean): Promise<RunResult> {
  const all = await run(options);
  if (wholeProgram || all.findings.every((finding) => filesOf(all, finding) <= 1)) return all;
  const own = all.findings.filter((finding) => finding.status === 'fixed' && filesOf(all, finding) <= 1);
  const chosen = new Set(own.map(({ transform, path: name, start }) => fixKey(transform, name, start)));
  const result = await run({ ...options, chosen, separately: false });
  const changed = new Map(result.files.map((file) => [file.path, file]));
  // What the fixes reach is told by the first run, what is to be written by the second.
  const files = all.files.map((file) => {
    const now = changed.get(file.path) ?? { status: 'unchanged', path: file.path };
    return file.status === 'changed' && now.status === 'changed'
      ? { ...now, fixes: file.fixes }
      : file.status === 'changed'
        ? { ...file, after: file.before }
        : file;
  });
  return { ...all, files };
}

function filesOf({ files }: RunResult, { fix }: ReportedFinding): number {
  return fix === undefined ? 0 : files.filter((file) => file.status === 'changed' && file.fixes.includes(fix)).length;
}

function isOnDisk(file: string, text: string): boolean {
  return readFileSync(file, 'utf8').replace(/^\uFEFF/, '') === text;
}
