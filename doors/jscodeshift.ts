/** Our transforms in jscodeshift's shape, for the files of `jscodeshift/`, which can be given to `jscodeshift -t`. */

import path from 'node:path';
import { analyseAsync } from './errands.ts';

interface JscodeshiftFile {
  readonly path: string;
  readonly source: string;
}

interface JscodeshiftApi {
  readonly report?: (message: string) => void;
}

/**
 * jscodeshift gives one file at a time, and writes only that: a fix that needs changes in other files is left out, and reported,
 * unless `--wholeProgram=true` says that all files of the project are given.
 */
export async function transformFile(
  name: string,
  file: JscodeshiftFile,
  api: JscodeshiftApi,
  options: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const wholeProgram = isOn(options.wholeProgram);
  const { after, elsewhere } = await analyseAsync({
    file: path.resolve(file.path),
    text: file.source,
    transforms: [name],
    unsafe: isOn(options.unsafe),
    wholeProgram,
  });
  if (!wholeProgram)
    for (const title of elsewhere) api.report?.(`${title}: the fix changes other files too; run nodelift, or give --wholeProgram=true`);
  const mark = file.source.startsWith('\uFEFF') ? '\uFEFF' : '';
  return after === undefined ? undefined : mark + after;
}

function isOn(option: unknown): boolean {
  return option === true || option === 'true';
}
