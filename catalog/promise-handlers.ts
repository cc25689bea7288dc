/**
 * Methods of a library's promise that wait for what the function returns that they are given: to them a rejection is what a throw is.
 * `then`, `catch` and `finally` with one handler each are those of any promise, and stand nowhere here.
 */

import { promiseLibraries, promiseMethods, type PromiseLibrary } from './promise-libraries.ts';
import type { RootRow } from './roots.ts';

interface HandlerMethods {
  readonly module: PromiseLibrary['module'];
  readonly framework: string;
  readonly names: readonly string[];
  readonly arguments: RootRow['arguments'];
  readonly startsAll?: true;
}

const rows: readonly HandlerMethods[] = [
  // q.js: `done` is `then`, and throws what nobody handled in a tick of its own.
  { module: 'q', framework: 'Q', names: ['done', 'fail', 'fin', 'spread', 'tap'], arguments: 'functions' },
  // The last argument of `catch` is the handler; what stands before it, and may be a function too, tells which errors are meant.
  { module: 'bluebird', framework: 'Bluebird', names: ['catch', 'caught', 'error', 'tapCatch'], arguments: 'last' },
  { module: 'bluebird', framework: 'Bluebird', names: ['done', 'lastly', 'spread', 'tap'], arguments: 'functions' },
  // One element after the other: http://bluebirdjs.com/docs/api/promise.mapseries.html
  { module: 'bluebird', framework: 'Bluebird', names: ['each', 'mapSeries', 'reduce'], arguments: 0 },
  { module: 'bluebird', framework: 'Bluebird', names: ['filter', 'map'], arguments: 0, startsAll: true },
];

export interface HandlerRow {
  readonly names: ReadonlySet<string>;
  /** The origin key of a promise of the library, in its own shape: made by a function of the library, and given on by methods of promises. */
  readonly promise: RegExp;
  readonly row: RootRow;
}

export const handlerRows: readonly HandlerRow[] = rows.map(({ module, framework, names, arguments: taken, startsAll }) => ({
  names: new Set(names),
  promise: promisePattern(module),
  row: { framework, callees: [], arguments: taken, rejection: 'forwarded', ...(startsAll && { startsAll }) },
}));

/** The same methods as functions of the module, which take the list first: `Promise.each(files, remove)`. */
export const listRows: readonly RootRow[] = rows
  .filter((one) => one.arguments === 0)
  .map(({ module, framework, names, startsAll }) => ({
    framework,
    callees: names.map((name) => `${module}.${name}`),
    arguments: 1,
    rejection: 'forwarded',
    ...(startsAll && { startsAll }),
  }));

function promisePattern(module: string): RegExp {
  const library = promiseLibraries.find((one) => one.module === module);
  if (library === undefined) throw new Error(`${module} is no library of promises`);
  const escaped = (steps: readonly string[]): string => steps.map((step) => step.replace(/[.()]/g, '\\$&')).join('|');
  const made = [
    `(?:\\.(?:${escaped(library.makers.filter((one) => one !== ''))}))\\(\\)`,
    ...(library.makers.includes('') ? ['\\(\\)'] : []),
    `\\.(?:${escaped(library.promisifiers)})\\(\\)\\(\\)`,
    `\\.(?:${escaped(library.deferreds)})\\(\\)\\.promise`,
    '(?:\\.Promise)?\\.new',
  ];
  const methods = [...promiseMethods[library.flavour].keys()].filter((name) => name !== 'done');
  return new RegExp(`^${module}(?:${made.join('|')})(?:\\.(?:${methods.join('|')})\\(\\))*$`);
}
