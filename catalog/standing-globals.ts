/** Globals that every Node has that is supported, and what legacy code puts in their place where they are missing. */

/** As expressions they are never undefined: in `global.Promise || require('promise')` the left side is taken. */
export const standingGlobals: ReadonlySet<string> = new Set([
  'Array',
  'Buffer',
  'Error',
  'JSON',
  'Map',
  'Math',
  'Object',
  'Promise',
  'Proxy',
  'Reflect',
  'Set',
  'Symbol',
  'WeakMap',
  'WeakSet',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'process',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** Modules that are nothing but the global where there is one. */
export const standIns: ReadonlyMap<string, string> = new Map([
  // https://github.com/floatdrop/pinkie-promise/blob/master/index.js
  ['pinkie-promise', 'Promise'],
  // https://github.com/getify/native-promise-only/blob/master/lib/npo.src.js
  ['native-promise-only', 'Promise'],
]);
