/** Libraries with promises of their own: what of them gives a promise, and what the methods of their promises are in the language's words. */

export type LibraryFlavour = 'bluebird' | 'q';

export interface PromiseLibrary {
  readonly module: string;
  readonly flavour: LibraryFlavour;
  /** Steps of origin keys behind the module whose call gives a promise; `''` is the module itself. */
  readonly makers: readonly string[];
  /** Steps whose call gives a function that gives a promise. */
  readonly promisifiers: readonly string[];
  /** Steps whose call gives a deferred. */
  readonly deferreds: readonly string[];
  /** Steps whose call takes functions, and waits for what they return, promise or not. */
  readonly waiters: readonly string[];
}

export const promiseLibraries: readonly PromiseLibrary[] = [
  // http://bluebirdjs.com/docs/api-reference.html
  {
    module: 'bluebird',
    flavour: 'bluebird',
    makers: [
      'resolve',
      'cast',
      'fulfilled',
      'reject',
      'rejected',
      'all',
      'props',
      'any',
      'some',
      'race',
      'join',
      'map',
      'mapSeries',
      'each',
      'reduce',
      'filter',
      'try',
      'attempt',
      'delay',
      'fromCallback',
      'fromNode',
      'bind',
    ],
    promisifiers: ['promisify', 'method'],
    deferreds: ['defer', 'pending'],
    waiters: ['attempt', 'each', 'filter', 'join', 'map', 'mapSeries', 'method', 'reduce', 'try', 'using'],
  },
  // https://github.com/kriskowal/q/wiki/API-Reference
  {
    module: 'q',
    flavour: 'q',
    makers: [
      '',
      'when',
      'resolve',
      'reject',
      'all',
      'allSettled',
      'spread',
      'fcall',
      'fapply',
      'try',
      'delay',
      'timeout',
      'nfcall',
      'nfapply',
      'ninvoke',
      'nsend',
      'npost',
      'nmcall',
      'denodeify()',
      'Promise',
      'promise',
    ],
    promisifiers: ['denodeify', 'nfbind', 'nbind', 'fbind'],
    deferreds: ['defer'],
    waiters: ['fbind', 'fcall', 'promised', 'try', 'when'],
  },
];

/** What the language's own promises are made by, where types do not tell: `var Promise = global.Promise || require('promise')`. */
export const nativeMakers: ReadonlySet<string> = new Set(
  ['all', 'allSettled', 'any', 'race', 'reject', 'resolve'].map((one) => `global.Promise.${one}`),
);

/** Calls that take promises, or values, in an array or one after the other, and wait for each. */
export const promiseGatherers: ReadonlySet<string> = new Set([
  ...['all', 'allSettled', 'any', 'race', 'resolve'].map((one) => `global.Promise.${one}`),
  ...['all', 'allSettled', 'any', 'join', 'race', 'resolve', 'some'].map((one) => `bluebird.${one}`),
  ...['all', 'allResolved', 'allSettled', 'any', 'race', 'resolve', 'when'].map((one) => `q.${one}`),
  'q',
]);

/** What a method of a library's promise is to the chain. */
export type LinkMeaning =
  | 'then'
  | 'catch'
  | 'finally'
  | 'spread'
  | 'tap'
  | 'return'
  | 'done'
  /** The handlers behind it are called on what it is given: https://bluebirdjs.com/docs/api/promise.bind.html */
  | 'bind'
  /** What the module's function of the same name does with the value in front: `load().map(fn)` is `Bluebird.map(await load(), fn)`. */
  | 'static'
  /** Known, with no plain equivalent. */
  | 'other';

export const promiseMethods: Readonly<Record<'native' | LibraryFlavour, ReadonlyMap<string, LinkMeaning>>> = {
  native: new Map([
    ['then', 'then'],
    ['catch', 'catch'],
    ['finally', 'finally'],
  ]),
  bluebird: new Map([
    ['then', 'then'],
    ['catch', 'catch'],
    ['caught', 'catch'],
    ['finally', 'finally'],
    ['lastly', 'finally'],
    ['spread', 'spread'],
    ['tap', 'tap'],
    ['return', 'return'],
    ['thenReturn', 'return'],
    ['done', 'done'],
    ['bind', 'bind'],
    ...['all', 'any', 'each', 'filter', 'map', 'mapSeries', 'props', 'race', 'reduce', 'some'].map(ofModule),
    ...['asCallback', 'call', 'cancel', 'cancellable', 'delay', 'disposer', 'error', 'get', 'nodeify'].map(other),
    ...['tapCatch', 'throw', 'thenThrow', 'timeout'].map(other),
  ]),
  q: new Map([
    ['then', 'then'],
    ['catch', 'catch'],
    ['fail', 'catch'],
    ['finally', 'finally'],
    ['fin', 'finally'],
    ['spread', 'spread'],
    ['tap', 'tap'],
    ['thenResolve', 'return'],
    ['done', 'done'],
    ...['all', 'allSettled', 'any'].map(ofModule),
    ...['delay', 'get', 'invoke', 'keys', 'nodeify', 'post', 'progress', 'thenReject', 'timeout'].map(other),
  ]),
};

/** Those of the others that take a function, and wait for what it returns, promise or not. */
export const waitingMethods: ReadonlySet<string> = new Set(['tapCatch']);

function ofModule(name: string): [string, LinkMeaning] {
  return [name, 'static'];
}

function other(name: string): [string, LinkMeaning] {
  return [name, 'other'];
}
