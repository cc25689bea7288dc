/** Functions that give an array, for programs whose types do not say so. Patterns of origin keys, see `origin-pattern.ts`. */

import { membersOf } from './origin-pattern.ts';

const listing = ['readdirSync()', 'readdir()', 'readdir(promisified)()', 'promises.readdir()'];

const lists = [
  ...['chunk', 'compact', 'concat', 'difference', 'drop', 'filter', 'flatten', 'flattenDeep', 'functions', 'initial'],
  ...['intersection', 'keys', 'map', 'pairs', 'partition', 'pluck', 'range', 'reject', 'rest', 'shuffle', 'sortBy'],
  ...['tail', 'take', 'times', 'toArray', 'toPairs', 'union', 'uniq', 'unique', 'uniqBy', 'unzip', 'values', 'where', 'without', 'zip'],
];

export const arrayResults: readonly string[] = [
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
