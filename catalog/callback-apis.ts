/**
 * Functions of Node and of libraries that take an error-first callback last, and what gives a promise instead.
 * A row is a set of functions of one module that are alike. A call of a function that is not here is not known to call back.
 */

import { asyncFunctions } from './async-functions.ts';
import { libraryCallbacks } from './library-callbacks.ts';

/** How the same work is asked for as a promise. */
export type PromiseForm =
  /** The function of the same name in another module: `fs/promises`. */
  | { readonly kind: 'twin'; readonly specifier: string }
  /** `util.promisify` of the function, once for the module. */
  | { readonly kind: 'promisified' }
  /** `util.promisify` of the method, bound to the object that it belongs to. */
  | { readonly kind: 'bound' }
  /** `util.promisify` of what is called, which nothing is known of: made once for the module where that can be told to be the same. */
  | { readonly kind: 'assumed' }
  /** The same call without a callback returns a promise. */
  | { readonly kind: 'same' }
  /** What the method is called on is a promise itself: `request.get(url).end(cb)`. */
  | { readonly kind: 'receiver' }
  /** Nothing but whether `fs.promises.access` succeeds. */
  | { readonly kind: 'existence' }
  /** The same call without a callback, and a method of what it gives: `s3.getObject(…).promise()`. */
  | { readonly kind: 'behind'; readonly call: string }
  /** The same method behind a getter of promises: `pool.promise().query(…)`. */
  | { readonly kind: 'through'; readonly call: string };

/** What the promise resolves to, given the values that the callback gets after the error. */
export type PromiseResult =
  /** The first of the values, the others are lost; nothing when there is none. */
  | 'first'
  /** An object whose properties are named as the values are. */
  | 'object'
  /** An array of the values. */
  | 'array'
  /** The first of the values; the others are properties of it. */
  | 'properties';

export type TaskOrder =
  /** Side by side, for every item of a list. */
  | 'map'
  /** Side by side, each of an array. */
  | 'list'
  /** One after another, for every item of a list. */
  | 'each in turn'
  /** The same, with the index of the item between it and the callback. */
  | 'each with index'
  /** The same, and what each gives is gathered. */
  | 'map in turn'
  /** One after another, each of an array. */
  | 'series'
  /** The same, each given what the one before it gave. */
  | 'waterfall';

export interface CallbackApi {
  readonly module: string;
  /** From this major version on, up to and without `until`. */
  readonly since?: number;
  /** Of the version `since`, from this minor one on. */
  readonly sinceMinor?: number;
  readonly until?: number;
  /** `self`: the module is the function. `module`: functions of the module itself. `instance`: methods of whatever these give. `made`: the functions that such methods give. */
  readonly on: 'self' | 'module' | 'instance' | 'made';
  readonly names: readonly string[];
  readonly form: PromiseForm;
  /** The values after the error, in order. */
  readonly values: readonly string[];
  readonly result: PromiseResult;
  /** The callback has no error: its first parameter is a value. */
  readonly noError?: true;
  /** The callback gets its values on failure too, as properties of the error in the promise form. */
  readonly valuesOnError?: true;
  /** The first argument may be a file descriptor, which the promise form does not take. */
  readonly descriptor?: true;
  /** How many arguments it has, with the callback: with fewer, the last one is another function. */
  readonly takes?: number;
  /** It may call back before it returns. */
  readonly atOnce?: true;
  /** It gives a promise, and its callback is a mistake: not always is it called. */
  readonly isPromised?: true;
  /** It calls functions that it is given before it returns, and may call back then too. */
  readonly runsTasks?: true;
  /** How some of the functions run what they are given. */
  readonly runs?: readonly { readonly kind: TaskOrder; readonly names: readonly string[] }[];
  /** The callback may get values together with an error, which the promise form has not. */
  readonly losesValuesOnError?: true;
}

/** What is taken to call back once, with an error first, because its callback is written for that. */
export const assumedApi: CallbackApi = {
  module: '',
  on: 'instance',
  names: [],
  form: { kind: 'assumed' },
  values: ['value'],
  result: 'first',
};

const none: readonly string[] = [];
const one: readonly string[] = ['value'];
const fsTwin: PromiseForm = { kind: 'twin', specifier: 'fs/promises' };
const dnsTwin: PromiseForm = { kind: 'twin', specifier: 'dns/promises' };
const promisified: PromiseForm = { kind: 'promisified' };
const bound: PromiseForm = { kind: 'bound' };
const same: PromiseForm = { kind: 'same' };

/** `fs` functions whose twin in `fs/promises` takes the same arguments and gives the same value. */
export const fsTwins = {
  nothing: [
    'access',
    'chmod',
    'chown',
    'copyFile',
    'cp',
    'lchmod',
    'lchown',
    'link',
    'lutimes',
    'rename',
    'rm',
    'rmdir',
    'symlink',
    'truncate',
    'unlink',
    'utimes',
  ],
  nothingOfDescriptor: ['appendFile', 'writeFile'],
  value: ['lstat', 'mkdir', 'mkdtemp', 'opendir', 'readdir', 'readlink', 'realpath', 'stat', 'statfs'],
  valueOfDescriptor: ['readFile'],
} as const;

/** `fs` functions on file descriptors, and `open`, whose twin gives a `FileHandle` instead. */
export const fsDescriptors = {
  nothing: ['close', 'fchmod', 'fchown', 'fdatasync', 'fsync', 'ftruncate', 'futimes'],
  value: ['fstat', 'open'],
  read: ['read'],
  write: ['write'],
  readv: ['readv'],
  writev: ['writev'],
} as const;

/** Exports of `fs` that take a callback and have no row, each with its reason: the test asks for one or the other. */
export const fsWithout: Readonly<Record<string, string>> = {
  glob: 'its twin gives an async iterator',
  openAsBlob: 'returns a promise',
  unwatchFile: 'takes a listener',
  watch: 'takes a listener',
  watchFile: 'takes a listener',
};

const fsMethods = [...Object.values(fsTwins).flat(), ...Object.values(fsDescriptors).flat()];

const fsExtraMethods = [
  'copy',
  'emptyDir',
  'ensureDir',
  'ensureFile',
  'mkdirp',
  'mkdirs',
  'move',
  'outputFile',
  'outputJson',
  'remove',
  'writeJson',
  'writeJSON',
];

/** Commands of `redis` and `ioredis` that call back once. */
const redisCommands = (
  'append auth bgsave bitcount decr decrby del exists expire expireat flushall flushdb get getset hdel hexists hget hgetall hincrby hkeys ' +
  'hlen hmget hmset hset hsetnx hvals incr incrby keys lindex llen lpop lpush lrange lrem lset ltrim mget mset persist pexpire ping ' +
  'publish quit rename rpop rpoplpush rpush sadd scard sdiff select set setex setnx sinter sismember smembers spop srandmember srem ' +
  'strlen sunion ttl type zadd zcard zcount zincrby zrange zrangebyscore zrank zrem zremrangebyrank zremrangebyscore zrevrange zrevrank zscore'
).split(' ');

export const callbackApis: readonly CallbackApi[] = [
  { module: 'fs', on: 'module', names: fsTwins.nothing, form: fsTwin, values: none, result: 'first' },
  { module: 'fs', on: 'module', names: fsTwins.nothingOfDescriptor, form: fsTwin, values: none, result: 'first', descriptor: true },
  { module: 'fs', on: 'module', names: fsTwins.value, form: fsTwin, values: one, result: 'first' },
  { module: 'fs', on: 'module', names: fsTwins.valueOfDescriptor, form: fsTwin, values: one, result: 'first', descriptor: true },
  { module: 'fs', on: 'module', names: fsDescriptors.nothing, form: promisified, values: none, result: 'first' },
  { module: 'fs', on: 'module', names: fsDescriptors.value, form: promisified, values: one, result: 'first' },
  {
    module: 'fs',
    on: 'module',
    names: fsDescriptors.read,
    form: promisified,
    values: ['bytesRead', 'buffer'],
    result: 'object',
    losesValuesOnError: true,
  },
  {
    module: 'fs',
    on: 'module',
    names: fsDescriptors.write,
    form: promisified,
    values: ['bytesWritten', 'buffer'],
    result: 'object',
    losesValuesOnError: true,
  },
  {
    module: 'fs',
    on: 'module',
    names: fsDescriptors.readv,
    form: promisified,
    values: ['bytesRead', 'buffers'],
    result: 'object',
    losesValuesOnError: true,
  },
  {
    module: 'fs',
    on: 'module',
    names: fsDescriptors.writev,
    form: promisified,
    values: ['bytesWritten', 'buffers'],
    result: 'object',
    losesValuesOnError: true,
  },

  { module: 'fs', on: 'module', names: ['exists'], form: { kind: 'existence' }, values: one, result: 'first', noError: true },

  { module: 'dns', on: 'module', names: ['lookup'], form: dnsTwin, values: ['address', 'family'], result: 'object' },
  { module: 'dns', on: 'module', names: ['lookupService'], form: dnsTwin, values: ['hostname', 'service'], result: 'object' },
  {
    module: 'dns',
    on: 'module',
    names: [
      'resolve',
      'resolve4',
      'resolve6',
      'resolveAny',
      'resolveCaa',
      'resolveCname',
      'resolveMx',
      'resolveNaptr',
      'resolveNs',
      'resolvePtr',
      'resolveSoa',
      'resolveSrv',
      'resolveTxt',
      'reverse',
    ],
    form: dnsTwin,
    values: one,
    result: 'first',
  },

  {
    module: 'crypto',
    on: 'module',
    names: [
      'checkPrime',
      'generateKey',
      'generatePrime',
      'hkdf',
      'pbkdf2',
      'randomBytes',
      'randomFill',
      'randomInt',
      'scrypt',
      'sign',
      'verify',
    ],
    form: promisified,
    values: one,
    result: 'first',
  },
  { module: 'crypto', on: 'module', names: ['generateKeyPair'], form: promisified, values: ['publicKey', 'privateKey'], result: 'object' },

  {
    module: 'child_process',
    on: 'module',
    names: ['exec', 'execFile'],
    form: promisified,
    values: ['stdout', 'stderr'],
    result: 'object',
    valuesOnError: true,
  },

  {
    module: 'zlib',
    on: 'module',
    names: [
      'brotliCompress',
      'brotliDecompress',
      'deflate',
      'deflateRaw',
      'gunzip',
      'gzip',
      'inflate',
      'inflateRaw',
      'unzip',
      'zstdCompress',
      'zstdDecompress',
    ],
    form: promisified,
    values: one,
    result: 'first',
  },

  {
    module: 'stream',
    on: 'module',
    names: ['pipeline', 'finished'],
    form: { kind: 'twin', specifier: 'stream/promises' },
    values: none,
    result: 'first',
  },

  { module: 'fs-extra', since: 3, on: 'module', names: fsMethods, form: same, values: one, result: 'first' },
  {
    module: 'fs-extra',
    since: 3,
    on: 'module',
    names: fsExtraMethods,
    form: same,
    values: none,
    result: 'first',
  },
  {
    module: 'fs-extra',
    until: 3,
    on: 'module',
    names: [...fsMethods, 'readJson', 'readJSON'],
    form: promisified,
    values: one,
    result: 'first',
  },
  { module: 'fs-extra', until: 3, on: 'module', names: fsExtraMethods, form: promisified, values: none, result: 'first' },
  { module: 'fs-extra', since: 3, on: 'module', names: ['readJson', 'readJSON'], form: same, values: one, result: 'first' },
  {
    module: 'graceful-fs',
    on: 'module',
    names: [...fsTwins.value, ...fsTwins.valueOfDescriptor],
    form: promisified,
    values: one,
    result: 'first',
  },
  {
    module: 'graceful-fs',
    on: 'module',
    names: [...fsTwins.nothing, ...fsTwins.nothingOfDescriptor],
    form: promisified,
    values: none,
    result: 'first',
  },
  // Nothing is opened for it, so that there is nothing to wait for when too many files are open.
  { module: 'graceful-fs', on: 'module', names: ['exists'], form: { kind: 'existence' }, values: one, result: 'first', noError: true },
  { module: 'jsonfile', since: 4, on: 'module', names: ['readFile'], form: same, values: one, result: 'first' },
  { module: 'jsonfile', since: 4, on: 'module', names: ['writeFile'], form: same, values: none, result: 'first' },

  // The packages are functions themselves.
  { module: 'mkdirp', until: 1, on: 'self', names: [], form: promisified, values: one, result: 'first' },
  { module: 'rimraf', until: 4, on: 'self', names: [], form: promisified, values: none, result: 'first' },
  { module: 'ncp', on: 'self', names: [], form: promisified, values: none, result: 'first' },
  { module: 'ncp', on: 'module', names: ['ncp'], form: promisified, values: none, result: 'first' },
  { module: 'glob', until: 9, on: 'self', names: [], form: promisified, values: one, result: 'first' },
  { module: 'request', on: 'self', names: [], form: promisified, values: ['response', 'body'], result: 'properties' },
  {
    module: 'request',
    on: 'module',
    names: ['del', 'delete', 'get', 'head', 'options', 'patch', 'post', 'put'],
    form: promisified,
    values: ['response', 'body'],
    result: 'properties',
  },
  // `req.login` of passport, `req.session.destroy` of express-session, `res.render` of Express itself.
  { module: 'express', on: 'instance', names: ['logIn', 'login'], form: bound, values: none, result: 'first' },
  { module: 'express', on: 'instance', names: ['destroy', 'regenerate'], form: bound, values: none, result: 'first' },
  { module: 'express', on: 'instance', names: ['download', 'sendFile'], form: bound, values: none, result: 'first' },
  { module: 'express', on: 'instance', names: ['render'], form: bound, values: ['html'], result: 'first' },

  { module: 'bcrypt-nodejs', on: 'module', names: ['compare', 'genSalt', 'hash'], form: promisified, values: one, result: 'first' },
  { module: 'bcrypt', until: 1, on: 'module', names: ['compare', 'genSalt', 'hash'], form: promisified, values: one, result: 'first' },
  { module: 'bcryptjs', until: 2, on: 'module', names: ['compare', 'genSalt', 'hash'], form: promisified, values: one, result: 'first' },
  { module: 'bcrypt', since: 1, on: 'module', names: ['compare', 'genSalt', 'hash'], form: same, values: one, result: 'first' },
  { module: 'bcryptjs', since: 2, on: 'module', names: ['compare', 'genSalt', 'hash'], form: same, values: one, result: 'first' },
  { module: 'jsonwebtoken', on: 'module', names: ['sign', 'verify'], form: promisified, values: one, result: 'first', atOnce: true },

  { module: 'pg', since: 7, on: 'instance', names: ['query'], form: same, values: one, result: 'first' },
  { module: 'pg', since: 7, on: 'instance', names: ['end'], form: same, values: none, result: 'first' },
  { module: 'mysql', on: 'instance', names: ['query'], form: bound, values: ['results', 'fields'], result: 'first' },
  {
    module: 'mysql',
    on: 'instance',
    names: ['beginTransaction', 'commit', 'connect', 'end', 'ping', 'rollback'],
    form: bound,
    values: none,
    result: 'first',
  },
  { module: 'mysql', on: 'instance', names: ['getConnection'], form: bound, values: one, result: 'first' },
  {
    module: 'mysql2',
    on: 'instance',
    names: ['execute', 'query'],
    form: { kind: 'through', call: 'promise()' },
    values: ['rows', 'fields'],
    result: 'array',
  },
  { module: 'sqlite3', on: 'instance', names: ['all', 'get'], form: bound, values: one, result: 'first' },
  { module: 'sqlite3', on: 'instance', names: ['close', 'exec', 'run'], form: bound, values: none, result: 'first' },
  {
    module: 'redis',
    until: 4,
    on: 'instance',
    names: redisCommands,
    form: bound,
    values: one,
    result: 'first',
  },
  {
    module: 'ioredis',
    on: 'instance',
    names: redisCommands,
    form: same,
    values: one,
    result: 'first',
  },
  { module: 'nodemailer', since: 2, on: 'instance', names: ['sendMail'], form: same, values: one, result: 'first' },
  ...libraryCallbacks,
  ...asyncFunctions,
];
