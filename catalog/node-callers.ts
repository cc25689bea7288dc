/** Functions of promise libraries that call a function of Node's style and give a promise of what its callback is given. */

export interface NodeCaller {
  /** Keys of origins, see `origin-pattern.ts`. */
  readonly callees: readonly string[];
  /**
   * `call`: the function, then its arguments. `apply`: the function, then an array of them. `invoke`: an object, the name of its method, the arguments.
   * `wait`: how many milliseconds.
   */
  readonly kind: 'call' | 'apply' | 'invoke' | 'wait';
}

/** https://github.com/kriskowal/q/wiki/API-Reference, http://bluebirdjs.com/docs/api/promise.delay.html */
export const nodeCallers: readonly NodeCaller[] = [
  { callees: ['q.nfcall'], kind: 'call' },
  { callees: ['q.nfapply'], kind: 'apply' },
  { callees: ['q.ninvoke', 'q.nsend', 'q.nmcall'], kind: 'invoke' },
  { callees: ['q.delay', 'bluebird.delay', 'bluebird.Promise.delay'], kind: 'wait' },
];
