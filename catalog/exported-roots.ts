/** Files whose exported functions a framework takes for what it is handed elsewhere: the tasks that a gulpfile exports. */

export interface ExportedRoot {
  /** The framework of the rows in `roots.ts` that say what becomes of such a function. */
  readonly framework: string;
  /** The npm package whose version decides, and the first one that looks at exports. */
  readonly package: string;
  readonly since: number;
  /** The file's path. */
  readonly files: RegExp;
}

export const exportedRoots: readonly ExportedRoot[] = [
  // lib/shared/register-exports.js of gulp-cli: `gulpInst.task(taskName, task)` for each function. The file may be a folder of the name.
  { framework: 'gulp', package: 'gulp', since: 4, files: /(?:^|\/)gulpfile(?:\.(?:babel|esm))?\.[cm]?[jt]s(?:\/index\.[cm]?[jt]s)?$/i },
];
