/**
 * Files that are nested too deeply for a recursive reader, as only machines and attackers write them. Whoever reads trees here, the
 * compiler first, goes down by calling itself, and the stack ends at some depth. Nothing is measured beforehand, which would cost
 * every run a walk: only when the stack did overflow are the deepest files looked for and left out, and the run is made again.
 */

import { ts } from 'ts-morph';
import { parseFile } from '../program/host.ts';
import type { Survey } from './survey.ts';

export function isStackOverflow(error: unknown): boolean {
  // Not `instanceof`: in a vm context, as under Jest, it is of another realm.
  if (typeof error !== 'object' || error === null || !('name' in error) || !('message' in error)) return false;
  return error.name === 'RangeError' && typeof error.message === 'string' && error.message.includes('call stack');
}

/** The deepest first, then what is still deep: no more is left out than has to be. */
const limits: readonly number[] = [1500, 500, 150];

/**
 * Does the work on the survey; when the stack overflows, on one without the files that are too deep, which are reported as failed.
 * @throws what the work throws
 */
export async function withoutTooDeep<T>(survey: Survey, work: (survey: Survey) => Promise<T>): Promise<T> {
  let present = survey;
  for (const limit of limits) {
    try {
      return await work(present);
    } catch (error) {
      if (!isStackOverflow(error)) throw error;
      present = leavingOut(present, limit);
    }
  }
  return work(present);
}

function leavingOut(survey: Survey, limit: number): Survey {
  const deep = survey.sources.filter(({ source }) => source.text.length > limit && isDeeper(source.path, source.text, limit));
  const paths = new Set(deep.map(({ source }) => source.path));
  const stays = ({ source }: Survey['sources'][number]): boolean => !paths.has(source.path);
  const selected = new Set(survey.inSelection.map(({ source }) => source.path));
  return {
    ...survey,
    sources: survey.sources.filter(stays),
    inSelection: survey.inSelection.filter(stays),
    likely: survey.likely.filter(stays),
    failures: [
      ...survey.failures,
      ...[...paths].map((path) => ({
        kind: 'file' as const,
        path,
        selected: selected.has(path),
        error: `is nested too deeply to be read (more than ${limit} levels); leave it out with --ignore`,
      })),
    ],
  };
}

function isDeeper(path: string, text: string, limit: number): boolean {
  let file: ts.SourceFile;
  try {
    file = parseFile(path, text);
  } catch (error) {
    if (isStackOverflow(error)) return true;
    throw error;
  }
  let level: ts.Node[] = [file];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    const next: ts.Node[] = [];
    for (const node of level) ts.forEachChild(node, (child) => void next.push(child));
    level = next;
  }
  return false;
}
