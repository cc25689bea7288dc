/** Functions that give an array, for programs whose types do not say so. Patterns of origin keys, see `origin-pattern.ts`. */

import { membersOf } from './origin-pattern.ts';

const listing = ['readdirSync()', 'readdir()', 'readdir(promisified)()', 'promises.readdir()'];

const lists = [
  ...['chunk', 'compact', 'concat', 'difference', 'drop', 'filter', 'flatten', 'flattenDeep', 'functions', 'initial'],
  ...['intersection', 'keys', 'map', 'pairs', 'partition', 'pluck', 'range', 'reject', 'rest', 'shuffle', 'sortBy'],
  ...['tail', 'take', 'times', 'toArray', 'toPairs', 'union', 'uniq', 'unique', 'uniqBy', 'unzip', 'values', 'where', 'without', 'zip'],
];

/** What a driver's query gives to its callback, or as a promise. */
const rows = [
  ...['pg.Pool.new', 'pg.Client.new', 'pg.Pool.new.connect(cb1)'].flatMap((client) => [
    `${client}.query(cb1).rows`,
    `${client}.query().rows`,
  ]),
  'sqlite3.Database.new**.all(cb1)',
  ...['mongodb.MongoClient.connect(cb1)**', 'mongodb**'].flatMap((client) => [
    `${client}.find().toArray(cb1)`,
    `${client}.find()**.toArray()`,
  ]),
];

export const arrayResults: readonly string[] = [
  ...rows,
  ...membersOf(['fs', 'graceful-fs', 'fs-extra', 'mz/fs'], listing),
  'glob.sync()',
  'glob.globSync()',
  'glob.glob.sync()',
  'glob.glob()',
  'glob(promisified)()',
  ...membersOf(['globby', 'fast-glob', 'tiny-glob/sync', 'klaw-sync', 'walk-sync', 'recursive-readdir-sync'], ['sync()']),
  ...membersOf(
    ['lodash', 'underscore'],
    lists.map((name) => `${name}()`),
  ),
];
