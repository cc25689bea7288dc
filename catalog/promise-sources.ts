/**
 * Functions of libraries without types of their own that return promises, and the loggers that errors are told to.
 * What is typed, Node itself and the program's own functions need no row. A row a fact.
 */

import { membersOf } from './origin-pattern.ts';

export interface PromiseSource {
  readonly package: string;
  /** From this major version on; absent when all versions do. */
  readonly since?: number;
  /** Patterns of the callee's origin key, see `origin-pattern.ts`. */
  readonly callees: readonly string[];
  /** Given a callback as its last argument it returns no promise. */
  readonly callbackInstead: boolean;
  /** What the promise stands for does not end, or has only begun when it settles. */
  readonly openEnded?: true;
  /** Origin keys of classes whose instances are promises. */
  readonly constructors?: readonly string[];
  /** Methods of the library's promises that give one again, besides `then`, `catch` and `finally`. */
  readonly continuations?: readonly string[];
  /** What becomes of a rejection that nobody handles, where the process does not end. */
  readonly unseen?: 'warning' | 'silence';
}

const bluebirdStatics = [
  'all',
  'allSettled',
  'any',
  'attempt',
  'delay',
  'each',
  'filter',
  'fromCallback',
  'join',
  'map',
  'mapSeries',
  'method()',
  'promisify()',
  'promisifyAll()**Async',
  'props',
  'race',
  'reduce',
  'reject',
  'resolve',
  'some',
  'try',
];
const qStatics = [
  'all',
  'allSettled',
  'any',
  'delay',
  'denodeify()',
  'fcall',
  'fapply',
  'nbind()',
  'ncall',
  'nfapply',
  'nfbind()',
  'nfcall',
  'ninvoke',
  'npost',
  'invoke',
  'reject',
  'resolve',
  'race',
  'try',
  'when',
  'Promise',
];

export const promiseSources: readonly PromiseSource[] = [
  // http://bluebirdjs.com/docs/error-explanations.html: an unhandled rejection is printed, and the process goes on
  {
    package: 'bluebird',
    callees: membersOf(['bluebird'], bluebirdStatics),
    constructors: ['bluebird', 'bluebird.Promise'],
    continuations: [
      'all',
      'bind',
      'call',
      'delay',
      'each',
      'filter',
      'get',
      'map',
      'mapSeries',
      'props',
      'reduce',
      'return',
      'spread',
      'tap',
      'timeout',
    ],
    callbackInstead: false,
    unseen: 'warning',
  },
  // https://github.com/kriskowal/q/wiki/API-Reference: "unhandled rejections" are only collected
  {
    package: 'q',
    callees: ['q', ...membersOf(['q'], qStatics)],
    constructors: ['q.Promise'],
    continuations: ['all', 'delay', 'fcall', 'fin', 'get', 'invoke', 'post', 'progress', 'spread', 'tap', 'timeout'],
    callbackInstead: false,
    unseen: 'silence',
  },
  // https://node-postgres.com/apis/pool, /apis/client
  {
    package: 'pg',
    since: 7,
    callees: [
      'pg.Pool.new.query',
      'pg.Pool.new.connect',
      'pg.Pool.new.end',
      'pg.Pool.new.connect().query',
      'pg.Client.new.query',
      'pg.Client.new.connect',
      'pg.Client.new.end',
    ],
    callbackInstead: true,
  },
  { package: 'pg-pool', callees: ['pg-pool.new.query', 'pg-pool.new.connect', 'pg-pool.new.end'], callbackInstead: true },
  // https://sidorares.github.io/node-mysql2/docs/documentation/promise-wrapper
  {
    package: 'mysql2',
    callees: [
      'mysql2/promise.createConnection',
      'mysql2/promise.createConnection().query',
      'mysql2/promise.createConnection().execute',
      'mysql2/promise.createConnection().end',
      'mysql2/promise.createConnection().beginTransaction',
      'mysql2/promise.createConnection().commit',
      'mysql2/promise.createConnection().rollback',
      'mysql2/promise.createPool().query',
      'mysql2/promise.createPool().execute',
      'mysql2/promise.createPool().end',
      'mysql2/promise.createPool().getConnection',
      'mysql2/promise.createPool().getConnection().query',
      'mysql2/promise.createPool().getConnection().execute',
    ],
    callbackInstead: false,
  },
  // https://github.com/kriasoft/node-sqlite
  {
    package: 'sqlite',
    since: 4,
    callees: ['sqlite.open', 'sqlite.open().run', 'sqlite.open().exec', 'sqlite.open().get', 'sqlite.open().all', 'sqlite.open().close'],
    callbackInstead: false,
  },
  // https://axios-http.com/docs/api_intro
  {
    package: 'axios',
    callees: [
      'axios',
      'axios.get',
      'axios.post',
      'axios.put',
      'axios.patch',
      'axios.delete',
      'axios.head',
      'axios.request',
      'axios.create().get',
      'axios.create().post',
      'axios.create().put',
      'axios.create().patch',
      'axios.create().delete',
      'axios.create().request',
    ],
    callbackInstead: false,
  },
  { package: 'node-fetch', callees: ['node-fetch'], callbackInstead: false },
  // https://github.com/jprichardson/node-fs-extra#methods: all of its asynchronous methods
  {
    package: 'fs-extra',
    since: 3,
    callees: [
      'fs-extra.copy',
      'fs-extra.emptyDir',
      'fs-extra.ensureDir',
      'fs-extra.ensureFile',
      'fs-extra.mkdirp',
      'fs-extra.move',
      'fs-extra.outputFile',
      'fs-extra.outputJson',
      'fs-extra.readJson',
      'fs-extra.remove',
      'fs-extra.writeJson',
      'fs-extra.readFile',
      'fs-extra.writeFile',
      'fs-extra.appendFile',
      'fs-extra.unlink',
    ],
    callbackInstead: true,
  },
  // https://www.mongodb.com/docs/drivers/node/current/: from 5.0 on there are no callbacks
  {
    package: 'mongodb',
    since: 4,
    callees: membersOf(
      ['mongodb.MongoClient.new**.collection()'],
      [
        'insertOne',
        'insertMany',
        'updateOne',
        'updateMany',
        'replaceOne',
        'deleteOne',
        'deleteMany',
        'findOne',
        'countDocuments',
        'createIndex',
      ],
    ),
    callbackInstead: true,
  },
  { package: 'mongodb', since: 4, callees: membersOf(['mongodb.MongoClient.new'], ['connect', 'close']), callbackInstead: true },
  { package: 'bcrypt', callees: ['bcrypt.hash', 'bcrypt.compare', 'bcrypt.genSalt'], callbackInstead: true },
  { package: 'bcryptjs', callees: ['bcryptjs.hash', 'bcryptjs.compare', 'bcryptjs.genSalt'], callbackInstead: true },
  // https://github.com/redis/node-redis/blob/master/docs/v3-to-v4.md
  {
    package: 'redis',
    since: 4,
    callees: [
      'redis.createClient().connect',
      'redis.createClient().get',
      'redis.createClient().set',
      'redis.createClient().setEx',
      'redis.createClient().del',
      'redis.createClient().expire',
      'redis.createClient().incr',
      'redis.createClient().publish',
      'redis.createClient().quit',
    ],
    callbackInstead: false,
  },
  {
    package: 'ioredis',
    callees: ['ioredis.new.get', 'ioredis.new.set', 'ioredis.new.setex', 'ioredis.new.del', 'ioredis.new.incr', 'ioredis.new.publish'],
    callbackInstead: true,
  },
  // https://nodemailer.com/usage/
  {
    package: 'nodemailer',
    since: 2,
    callees: ['nodemailer.createTransport().sendMail', 'nodemailer.createTransport().verify'],
    callbackInstead: true,
  },
  // https://mongoosejs.com/docs/api/query.html#Query.prototype.exec(): a query starts when it is executed, and gives a promise then
  {
    package: 'mongoose',
    since: 5,
    callees: [
      'mongoose.connect',
      'mongoose.disconnect',
      'mongoose.model().create',
      'mongoose.model().insertMany',
      'mongoose.model().bulkWrite',
      'mongoose.model().new.save',
      'mongoose.model()**.exec',
    ],
    callbackInstead: true,
  },
  // https://fastify.dev/docs/latest/Reference/Server/#listen: it settles when the server has begun
  { package: 'fastify', since: 4, callees: ['fastify().listen'], callbackInstead: true, openEnded: true },
];

/** Methods that tell a person of an error, taking the error as their first argument. */
export interface LoggerSource {
  readonly package: string;
  /** Patterns of the logger's origin key. */
  readonly loggers: readonly string[];
  readonly method: string;
}

export const loggerSources: readonly LoggerSource[] = [
  {
    package: 'winston',
    loggers: ['winston', 'winston.createLogger()', 'winston.createLogger().child()', 'winston.Logger.new', 'winston.loggers.get()'],
    method: 'error',
  },
  { package: 'pino', loggers: ['pino()', 'pino.pino()', 'pino().child()'], method: 'error' },
  { package: 'bunyan', loggers: ['bunyan.createLogger()', 'bunyan.createLogger().child()', 'bunyan.new'], method: 'error' },
  { package: 'log4js', loggers: ['log4js.getLogger()'], method: 'error' },
  { package: 'loglevel', loggers: ['loglevel'], method: 'error' },
  { package: 'signale', loggers: ['signale', 'signale.Signale.new'], method: 'error' },
  { package: 'consola', loggers: ['consola', 'consola.consola'], method: 'error' },
];

/** Functions whose promise says only when they are done: what fails is told elsewhere. Patterns of the callee's origin key. */
export const neverRejecting: readonly string[] = [
  'global.Promise.allSettled',
  // https://nodejs.org/api/test.html: a failing test is reported by the runner
  ...membersOf(['test'], ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach']),
  ...membersOf(['test.test', 'test.it', 'test.describe', 'test.suite'], ['only', 'skip', 'todo']),
  ...membersOf(['test'], ['only', 'skip', 'todo']),
  'test',
];
