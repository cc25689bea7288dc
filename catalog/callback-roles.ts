/** What functions of Node and of libraries do with the callbacks that they are given. */

import { expectations } from './assertions.ts';
import { membersOf } from './origin-pattern.ts';

/**
 * Called once, later, with `(error, result…)`; what it returns is ignored, and an error that it throws is an `uncaughtException`.
 * Patterns of origin keys; the callback is the last argument.
 */
export const asyncCallbacks: readonly string[] = [
  ...membersOf(
    ['fs', 'graceful-fs', 'fs-extra'],
    [
      ...['access', 'appendFile', 'chmod', 'chown', 'close', 'copyFile', 'exists', 'fchmod', 'fchown', 'fdatasync', 'fstat', 'fsync'],
      ...[
        'ftruncate',
        'futimes',
        'lchmod',
        'lchown',
        'link',
        'lstat',
        'mkdir',
        'mkdtemp',
        'open',
        'opendir',
        'read',
        'readdir',
        'readFile',
      ],
      ...['readlink', 'realpath', 'rename', 'rm', 'rmdir', 'stat', 'symlink', 'truncate', 'unlink', 'utimes', 'write', 'writeFile'],
    ],
  ),
  ...membersOf(['child_process'], ['exec', 'execFile']),
  ...membersOf(['crypto'], ['pbkdf2', 'scrypt', 'randomBytes', 'randomFill', 'randomInt', 'hkdf', 'generateKeyPair', 'generateKey']),
  ...membersOf(
    ['zlib'],
    ['deflate', 'deflateRaw', 'gzip', 'gunzip', 'inflate', 'inflateRaw', 'unzip', 'brotliCompress', 'brotliDecompress'],
  ),
  ...membersOf(['dns'], ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveMx', 'resolveTxt', 'resolveSrv', 'resolveNs', 'reverse']),
  ...membersOf(['sqlite3.Database.new', 'sqlite3.verbose().Database.new'], ['run', 'get', 'all', 'exec', 'close']),
  ...membersOf(
    ['mysql.createConnection()', 'mysql.createPool()', 'mysql.createPool().getConnection(cb1)'],
    ['query', 'getConnection', 'beginTransaction', 'commit', 'end'],
  ),
  ...membersOf(
    ['mysql2.createConnection()', 'mysql2.createPool()', 'mysql2.createPool().getConnection(cb1)'],
    ['query', 'execute', 'getConnection', 'beginTransaction', 'commit', 'end'],
  ),
  // Asked once, answered once. From inquirer 1 on the second argument is passed over.
  ...['readline.createInterface().question', 'inquirer.prompt', 'prompt.get'],
  // A listener for one event, which comes once.
  ...membersOf(['http', 'https'], ['get', 'request']),
  ...membersOf(
    ['http.createServer()', 'https.createServer()', 'net.createServer()', 'express()', 'connect()', 'connect().use()'],
    ['listen', 'close'],
  ),
];

/**
 * Names of a parameter that is called when the function has finished: with an error first, or, as Connect and its like call it, with
 * an error alone, if at all.
 */
export const finishingCallbacks: ReadonlyMap<string, 'error' | 'step'> = new Map([
  ...['callback', 'cb', 'done'].map((name) => [name, 'error'] as const),
  ['next', 'step'] as const,
]);

/** Called at once, and what it returns is used: a promise there would be taken for the value. Patterns of origin keys. */
export const syncCallbacks: readonly string[] = [
  'global.JSON.parse',
  'global.JSON.stringify',
  'global.Array.from',
  'util.promisify',
  'util.callbackify',
  'util.deprecate',
  'util.inspect',
  // What they look for is an exception.
  ...membersOf(['assert', 'chai.assert'], ['throws', 'throw', 'doesNotThrow']),
  // The generator runs when it has returned.
  ...['inDir', 'inTmpDir'].map((name) => `yeoman-test**.${name}`),
  // Suites are collected while the file loads.
  ...membersOf(
    ['global', 'vitest', '@jest/globals', 'mocha', 'test'],
    ['describe', 'suite', 'context', 'xdescribe', 'xcontext', 'fdescribe'],
  ),
  ...membersOf(membersOf(['global', 'vitest', '@jest/globals', 'mocha', 'test'], ['describe', 'suite', 'context']), ['only', 'skip']),
];

/** Methods of arrays that call their first argument for each element, at once. */
export const iterationMethods: ReadonlySet<string> = new Set([
  ...['forEach', 'map', 'filter', 'some', 'every', 'find', 'findIndex', 'findLast', 'findLastIndex', 'flatMap', 'reduce', 'reduceRight'],
  ...['sort', 'toSorted'],
]);

/**
 * Functions that call their second argument for each element of the first, at once, and the method of arrays that does the same. Nothing at
 * all, such as `undefined`, is to them a list without elements; of an object they visit the values.
 */
export const collectionFunctions: readonly { readonly method: string; readonly names: readonly string[] }[] = [
  { method: 'forEach', names: ['each', 'forEach'] },
  { method: 'map', names: ['map', 'collect'] },
  { method: 'flatMap', names: ['flatMap'] },
  { method: 'filter', names: ['filter', 'select'] },
  { method: 'some', names: ['some', 'any'] },
  { method: 'every', names: ['every', 'all'] },
  { method: 'find', names: ['find', 'detect'] },
  { method: 'reduce', names: ['reduce', 'inject', 'foldl'] },
];

/** The libraries that have them. */
export const collectionLibraries: readonly {
  readonly module: string;
  /** A callback of `each` that returns `false` is not called again. */
  readonly stopsAtFalse: boolean;
}[] = [
  { module: 'lodash', stopsAtFalse: true },
  { module: 'underscore', stopsAtFalse: false },
];

/** Methods that add a listener to an EventEmitter. */
export const listenerMethods: ReadonlySet<string> = new Set(['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']);

/**
 * Events that come once to an emitter, when something begins or is over. Others may listen to the same event, or to a later one; `process` is
 * another matter: what listens to its end must be done at once.
 */
export const singleEvents: ReadonlySet<string> = new Set([
  ...['close', 'connect', 'end', 'error', 'exit', 'finish', 'listening', 'open', 'ready', 'secureConnect', 'spawn'],
]);

/** Emitters of Node, by patterns of origin keys, and those of their events that come before the end, or in its stead. */
export const singleEmitters: { readonly emitters: readonly string[]; readonly before: ReadonlySet<string> } = {
  emitters: [
    ...membersOf(['fs', 'graceful-fs', 'fs-extra'], ['createReadStream()', 'createWriteStream()']),
    ...membersOf(['child_process'], ['spawn()', 'fork()', 'exec()', 'execFile()']),
    ...['net.connect()', 'net.createConnection()', 'net.Socket.new', 'tls.connect()'],
  ],
  before: new Set(['connect', 'data', 'drain', 'error', 'open', 'pipe', 'readable', 'ready', 'spawn']),
};

/**
 * Names under which libraries take functions that they call more than once, at once, or for something else than a result.
 * What has such a name is never taken for a function that calls back once.
 */
export const repeatingMethods: ReadonlySet<string> = new Set([
  ...listenerMethods,
  ...iterationMethods,
  ...['all', 'always', 'apply', 'bind', 'call', 'catch', 'catchError', 'configure', 'done', 'each', 'error', 'fail', 'finally', 'handle'],
  ...[
    'hook',
    'mapError',
    'observe',
    'off',
    'otherwise',
    'param',
    'post',
    'pre',
    'process',
    'push',
    'queue',
    'register',
    'rejects',
    'schedule',
  ],
  ...['subscribe', 'tap', 'then', 'throws', 'unshift', 'use', 'watch', 'watchFile'],
]);

/**
 * Events whose listeners nobody relies on to have finished: each stands alone, and comes in its own time.
 * By pattern of the emitter's origin key.
 */
export const independentEvents: readonly { readonly emitters: readonly string[]; readonly events: readonly string[] }[] = [
  { emitters: ['http.createServer()', 'https.createServer()', 'http.Server.new', 'https.Server.new'], events: ['request', 'listening'] },
  { emitters: ['net.createServer()', 'net.Server.new'], events: ['listening'] },
  { emitters: ['global.process', 'process'], events: ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGWINCH'] },
];

/**
 * Events that bring messages in an order: a listener that waits lets the next message begin before it has finished with its own.
 * `disconnecting` is none: the rooms of the socket are gone when it returns.
 */
export const messageEvents: readonly {
  readonly emitters: readonly string[];
  readonly except?: readonly string[];
  readonly events?: readonly string[];
}[] = [
  {
    emitters: ['global.process', 'process', 'worker_threads.parentPort', 'worker_threads.Worker.new', 'child_process.fork()'],
    events: ['message'],
  },
  {
    emitters: membersOf(['socket.io()**', 'socket.io.Server.new**'], ['on(cb0)']),
    except: ['disconnect', 'disconnecting', 'error', 'newListener', 'removeListener'],
  },
];

/**
 * Assertions that fail when there is an error, `_` in its place. By the origin key of what is called, or of the root of a chain
 * such as `expect(_).to.be.null`. `anywhere`: they throw the error on, so that they may be left out outside of tests too.
 */
export const noErrorAssertions: readonly {
  readonly roots: readonly string[];
  readonly forms: readonly string[];
  readonly anywhere?: true;
}[] = [
  { roots: ['assert'], forms: ['.ifError(_)'], anywhere: true },
  {
    roots: ['assert', 'chai.assert'],
    forms: [
      ...['(!_)', '.ok(!_)', '.isNull(_)', '.isUndefined(_)', '.isNotOk(_)', '.notOk(_)', '.notExists(_)', '.isNotError(_)', '.ifError(_)'],
      ...['equal', 'strictEqual', 'deepEqual'].flatMap((name) => [`.${name}(_,null)`, `.${name}(_,undefined)`, `.${name}(null,_)`]),
    ],
  },
  { roots: ['should', 'chai.should()', 'global.should'], forms: ['.not.exist(_)', '.not.exists(_)'] },
  {
    roots: expectations,
    forms: [
      ...['.toBeNull()', '.toBe(null)', '.toEqual(null)', '.toBeUndefined()', '.toBeFalsy()', '.not.toBeTruthy()', '.not.toBeDefined()'],
      ...['.to.be.null', '.to.be.undefined', '.to.not.exist', '.not.to.exist', '.to.not.be.ok', '.not.to.be.ok', '.to.be.falsy'],
      ...[
        '.to.not.be.ok()',
        '.not.to.be.ok()',
        '.to.be(null)',
        '.to.be(undefined)',
        '.to.equal(null)',
        '.to.eql(null)',
        '.to.be.equal(null)',
      ],
    ].map((form) => `(_)${form}`),
  },
];
