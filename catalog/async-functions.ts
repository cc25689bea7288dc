/**
 * Functions of the library `async`, which run what they are given and call back once with an error first. From version 3 on they return
 * a promise when the callback is left out; `util.promisify` serves the others. What is given stays in callback style.
 * Left out: `queue` and its like, which have no end, and `during`, which version 3 has not.
 */

import type { CallbackApi, PromiseForm } from './callback-apis.ts';

interface AsyncRow {
  /** Before this version its callback was given no error. */
  readonly since?: number;
  readonly names: readonly string[];
  /** How many arguments there are, with the callback. */
  readonly takes: number;
  readonly gives: 'nothing' | 'results';
  /** The callback may be given several results, of which the promise that the library makes holds an array. */
  readonly several?: true;
  readonly runs?: CallbackApi['runs'];
}

const rows: readonly AsyncRow[] = [
  {
    names: ['each', 'eachSeries', 'forEach', 'forEachSeries', 'eachOf', 'eachOfSeries', 'forEachOf', 'forEachOfSeries'],
    takes: 3,
    gives: 'nothing',
    runs: [
      { kind: 'map', names: ['each', 'forEach'] },
      { kind: 'each in turn', names: ['eachSeries', 'forEachSeries'] },
      { kind: 'each with index', names: ['eachOfSeries', 'forEachOfSeries'] },
    ],
  },
  { names: ['eachLimit', 'forEachLimit', 'eachOfLimit', 'forEachOfLimit'], takes: 4, gives: 'nothing' },
  {
    names: ['map', 'mapSeries', 'mapValues', 'mapValuesSeries', 'sortBy', 'times', 'timesSeries'],
    takes: 3,
    gives: 'results',
    runs: [
      { kind: 'map', names: ['map'] },
      { kind: 'map in turn', names: ['mapSeries'] },
    ],
  },
  { names: ['mapLimit', 'mapValuesLimit', 'reduce', 'reduceRight', 'timesLimit'], takes: 4, gives: 'results' },
  {
    names: ['series', 'parallel', 'auto'],
    takes: 2,
    gives: 'results',
    runs: [
      { kind: 'list', names: ['parallel'] },
      { kind: 'series', names: ['series'] },
    ],
  },
  // What is given to them differs between versions, and stays as it is; what they give back is an error, or nothing that is looked at.
  { names: ['whilst', 'until', 'doWhilst', 'doUntil'], takes: 3, gives: 'nothing' },
  { names: ['retry'], takes: 2, gives: 'results' },
  { names: ['retry'], takes: 3, gives: 'results' },
  {
    names: ['filter', 'filterSeries', 'reject', 'rejectSeries', 'detect', 'detectSeries', 'some', 'someSeries', 'every', 'everySeries'],
    takes: 3,
    gives: 'results',
    since: 2,
  },
  { names: ['filterLimit', 'rejectLimit', 'detectLimit', 'someLimit', 'everyLimit'], takes: 4, gives: 'results', since: 2 },
  { names: ['parallelLimit'], takes: 3, gives: 'results' },
  { names: ['waterfall'], takes: 2, gives: 'results', several: true, runs: [{ kind: 'waterfall', names: ['waterfall'] }] },
];

function rowFor({ names, takes, gives, runs }: AsyncRow, form: PromiseForm, since?: number): CallbackApi {
  return {
    module: 'async',
    ...(since !== undefined && { since }),
    on: 'module',
    names,
    form,
    values: gives === 'nothing' ? [] : ['results'],
    result: 'first',
    takes,
    runsTasks: true,
    ...(runs !== undefined && { runs }),
    losesValuesOnError: true,
  };
}

export const asyncFunctions: readonly CallbackApi[] = [
  ...rows.filter(({ several }) => several === undefined).map((row) => rowFor(row, { kind: 'same' }, 3)),
  ...rows.map((row) => rowFor(row, { kind: 'promisified' }, row.since)),
];
