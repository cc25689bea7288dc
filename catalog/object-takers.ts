/** Functions that are handed an object and call none of its methods. By origin key. */

import { expectations, lookingAssertions, spying } from './assertions.ts';
import { membersOf } from './origin-pattern.ts';

const collections = ['lodash', 'underscore'];

/** They look at it, or at what it holds, and keep nothing; a function that they are handed they do not call. */
export const inspecting: ReadonlySet<string> = new Set([
  ...membersOf(['global.Object'], ['keys', 'freeze', 'seal', 'isFrozen', 'getOwnPropertyNames']),
  'global.JSON.stringify',
  ...membersOf(['global.console'], ['log', 'error', 'warn', 'info', 'debug', 'dir']),
  'assert',
  ...membersOf(['util'], ['inspect', 'isArray', 'format']),
  // They link two prototypes, and put the second constructor under a name of their own, `super_`.
  ...['util.inherits', 'inherits'],
  ...membersOf(collections, [
    'get',
    'has',
    'isArray',
    'isEmpty',
    'isEqual',
    'isFunction',
    'isObject',
    'isPlainObject',
    'isString',
    'keys',
    'size',
  ]),
  ...lookingAssertions,
]);

/**
 * They look at what they are handed, and in a version take an async function for none: 3.10.1 of lodash, which `^3` installs, asks for
 * `[object Function]`, and that of an async function is `[object AsyncFunction]`.
 */
export const blindToAsync: readonly { readonly callee: string; readonly package: string; readonly major: number }[] = [
  { callee: 'lodash.isFunction', package: 'lodash', major: 3 },
  { callee: 'lodash/isFunction', package: 'lodash', major: 3 },
];

/** Of an object they call no method. */
export const onlyLooking: ReadonlySet<string> = new Set([
  ...inspecting,
  ...expectations,
  ...spying,
  // https://github.com/remy/undefsafe: reads what stands at a path, or sets it.
  'undefsafe',
  // What is put into a member's place is taken away again; calls go by the member's name as before.
  ...membersOf(['sinon'], ['stub', 'spy', 'mock']),
]);

/** They give the object back, or another one with the same members. */
export const givingBack: ReadonlySet<string> = new Set([
  ...membersOf(['global.Object'], ['freeze', 'seal']),
  ...membersOf(collections, ['clone', 'cloneDeep']),
  ...['clone', 'lodash.clone', 'lodash.clonedeep', 'cloneextend.clone', 'structuredClone'],
]);

/** They copy members from their later arguments to the first, and give that back. */
export const mixing: ReadonlySet<string> = new Set([
  'global.Object.assign',
  ...membersOf(collections, ['assign', 'extend', 'defaults', 'merge']),
  ...['extend', 'xtend', 'object-assign', 'util._extend', 'merge-descriptors', 'utils-merge', 'node.extend', 'lodash.assign'],
  ...membersOf(['utilities'], ['mixin', 'enhance']),
]);
