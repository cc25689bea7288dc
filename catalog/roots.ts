/**
 * Roots: places of frameworks that are given a function and cope with the promise that it returns.
 * A row a place; what is not here is not a root.
 */

import { membersOf } from './origin-pattern.ts';

/** What becomes of an error that the function throws, and of a rejection of the promise that it returns. */
export type Rejection =
  /** The framework treats a rejection as it treats a throw. */
  | 'forwarded'
  /** The framework forwards a throw to `next(error)`, and ignores a rejection: the function must call `next` itself. */
  | 'ignored-next'
  /** Nobody catches either: a throw is an `uncaughtException`, a rejection an `unhandledRejection`, and both end the process. */
  | 'process'
  /** A throw ends the process; the framework deals with a rejection in its own way: in words of its own, or with an answer. */
  | 'reported';

export interface RootRow {
  /** The framework, as messages name it. */
  readonly framework: string;
  /** The npm package whose version decides; absent for Node itself. */
  readonly package?: string;
  /** From this major version on, up to and without `until`. An unknown version is taken for the oldest that has a row. */
  readonly since?: number;
  readonly until?: number;
  /** Patterns of origin keys, see `origin-pattern.ts`. */
  readonly callees: readonly string[];
  /** Which arguments: the last one, every function, or the one at an index; or those paths in a literal of options, or in a list of such. */
  readonly arguments: 'last' | 'functions' | number | readonly string[];
  readonly rejection: Rejection;
  /** With more parameters than this the function gets a callback, and may not return a promise too. */
  readonly maximumParameters?: number;
  /** It is middleware as Express has it, `(request, response, next)`: it answers, goes on, or fails by these. */
  readonly isMiddleware?: true;
  /**
   * It has a `next` that runs the functions which come after it before it returns: nobody looks at what they return (`at-once`), or `next`
   * gives a promise of them, and the framework answers when the first function's promise has ended (`promised`).
   */
  readonly goesOn?: 'at-once' | 'promised';
  /** The parameter behind those is called when the function is done: with an error, or with nothing. */
  readonly hasDone?: true;
  /** What that parameter is given behind the error is a result, which a promise would give. */
  readonly doneGives?: true;
  /** The member of that parameter to be called with an error, where one of the packages is in use, and none of the others. */
  readonly doneFails?: readonly { readonly packages: readonly string[]; readonly unless: readonly string[]; readonly member: string }[];
  /** What the function throws is a failed test, whatever it is. */
  readonly isTest?: true;
  /** The framework looks for an answer when the promise ends: no answer may be given from a callback inside. */
  readonly answersInBody?: boolean;
  /** What the promise gives is the answer, and nothing an empty one, unless the answer is on its way: the function must return its reply. */
  readonly answersByPromise?: true;
  /** Only where the first argument is one of these names. */
  readonly named?: readonly string[];
  /** Which parameter it answers through: the second one without this. */
  readonly answerParameter?: number;
  /** A stream or process that the function returns is waited for too: it may not be in a promise. */
  readonly waitsForReturned?: boolean;
  /** A function that returns nothing and takes no callback is never done: what was to follow it does not come. */
  readonly waitsForEver?: boolean;
  /** The function is called while one of these members is called or read, and what comes after that may rely on what it did. */
  readonly runsIn?: readonly string[];
  /** With this option, or with `true` in its place, the function tells its end in another way, and may return no promise too. */
  readonly unlessOption?: { readonly name: string; readonly because: string };
  /** The function is called for each element of a list, and for the next one without waiting for the one before. */
  readonly startsAll?: true;
  /** Packages any of which, in a version before the one given, may be the one in use: their versions cope with no promise. */
  readonly unlessBefore?: readonly { readonly package: string; readonly major: number; readonly minor: number }[];
}

const verbs = ['all', 'get', 'post', 'put', 'patch', 'delete', 'del', 'head', 'options', 'search', 'propfind', 'report'];

const expressPlaces = membersOf(
  [
    'express()**',
    // Up to 3 an application could be made so.
    'express.createServer()**',
    'express.Router()**',
    'express.Router.new**',
    'express.Application.new**',
    'express.Express.new**',
    'express.IRouter.new**',
  ],
  [...verbs, 'use', 'param'],
);

const routerPlaces = membersOf(['router()**', 'router.new**'], [...verbs, 'use', 'param']);

/** `fastify()` by each of its names, what hangs on it, and what a plug-in is given. */
const fastifyRoots = ['fastify()**', 'fastify.**'];
const fastifyApps = [...fastifyRoots, ...membersOf(fastifyRoots, ['register(cb0)**', 'register(cb0)**.register(cb0)**'])];

const koaRouters = ['koa-router()**', 'koa-router.new**', '@koa/router()**', '@koa/router.new**'];

/** Tests that run, and those that are put aside. */
const tests = ['it', 'test', 'specify', 'xit', 'xtest', 'xspecify', 'fit'];
const testFunctions = [...tests, 'before', 'after', 'beforeEach', 'afterEach', 'beforeAll', 'afterAll', 'setup', 'teardown'];
const testVariants = ['only', 'skip', 'concurrent', 'failing'];
const named = (prefix: string): string[] => [
  ...membersOf([prefix], testFunctions),
  ...membersOf(membersOf([prefix], ['it', 'test', 'specify']), testVariants),
];

export const roots: readonly RootRow[] = [
  // Router layers of 4.x call the function in a `try` that gives the error to `next`; they do not look at what it returns.
  {
    framework: 'Express 4',
    package: 'express',
    until: 5,
    callees: expressPlaces,
    arguments: 'functions',
    rejection: 'ignored-next',
    isMiddleware: true,
    goesOn: 'at-once',
  },
  // https://expressjs.com/en/guide/error-handling.html: from 5 on, `next(value)` is called when the promise rejects.
  {
    framework: 'Express 5',
    package: 'express',
    since: 5,
    callees: expressPlaces,
    arguments: 'functions',
    rejection: 'forwarded',
    isMiddleware: true,
    goesOn: 'at-once',
  },
  // `proto.handle` of 2 and 3 calls the function in a `try` that gives the error to `next`, and does not look at what it returns.
  {
    framework: 'Connect',
    package: 'connect',
    callees: membersOf(['connect()**', 'connect.createServer()**'], ['use']),
    arguments: 'functions',
    rejection: 'ignored-next',
    isMiddleware: true,
    goesOn: 'at-once',
  },
  // The router of Express by itself: layers of 1 call as those of Express 4 do, layers of 2 as those of Express 5.
  {
    framework: 'Router 1',
    package: 'router',
    until: 2,
    callees: routerPlaces,
    arguments: 'functions',
    rejection: 'ignored-next',
    isMiddleware: true,
    goesOn: 'at-once',
  },
  {
    framework: 'Router 2',
    package: 'router',
    since: 2,
    callees: routerPlaces,
    arguments: 'functions',
    rejection: 'forwarded',
    isMiddleware: true,
    goesOn: 'at-once',
  },
  {
    framework: 'Koa',
    package: 'koa',
    since: 2,
    callees: ['koa.new**.use', 'koa()**.use'],
    arguments: 0,
    rejection: 'forwarded',
    // `respond` of application.js, when the promise of koa-compose has ended.
    goesOn: 'promised',
  },
  {
    framework: 'Koa router',
    package: 'koa',
    callees: membersOf(koaRouters, [...verbs, 'use', 'param']),
    arguments: 'functions',
    rejection: 'forwarded',
    goesOn: 'promised',
  },
  // Up to 3 a promise of nothing is passed over when the reply was sent in the function.
  {
    framework: 'Fastify',
    package: 'fastify',
    until: 4,
    callees: membersOf(fastifyApps, verbs),
    arguments: 'last',
    rejection: 'forwarded',
    maximumParameters: 2,
    answersInBody: true,
  },
  // `wrapThenable` of 4 and 5, which an error handler goes through too. A reply is a thenable: https://fastify.dev/docs/latest/Reference/Reply/#then
  ...[
    { callees: membersOf(fastifyApps, verbs), arguments: 'last' as const, maximumParameters: 2 },
    { callees: membersOf(fastifyApps, [...verbs, 'route']), arguments: ['handler'], maximumParameters: 2 },
    { callees: membersOf(fastifyApps, ['setNotFoundHandler']), arguments: 'last' as const, maximumParameters: 2 },
    { callees: membersOf(fastifyApps, ['setErrorHandler']), arguments: 0, maximumParameters: 3, answerParameter: 2 },
  ].map((place): RootRow => ({
    framework: 'Fastify',
    package: 'fastify',
    since: 4,
    ...place,
    rejection: 'forwarded',
    answersByPromise: true,
  })),
  // `hookRunnerGenerator` of lib/hooks.js: what throws or rejects fails the request, and what gives neither a promise nor calls `done` stops it.
  ...[
    { named: ['onRequest', 'preValidation', 'preHandler', 'onResponse', 'onTimeout'], maximumParameters: 2 },
    { named: ['onError'], maximumParameters: 3 },
    { named: ['preParsing', 'preSerialization', 'onSend'], maximumParameters: 3, doneGives: true as const },
  ].flatMap(({ named, ...given }) =>
    [
      { callees: membersOf(fastifyApps, ['addHook']), named, arguments: 1 },
      { callees: membersOf(fastifyApps, [...verbs, 'route']), arguments: named },
    ].map((place): RootRow => ({
      framework: 'Fastify',
      package: 'fastify',
      since: 4,
      ...place,
      rejection: 'forwarded',
      ...given,
      hasDone: true,
      waitsForEver: true,
    })),
  ),
  // https://hapi.dev/api/#lifecycle-methods: from 17 on what a handler returns is awaited, in the `try` that it is called in.
  ...['hapi', '@hapi/hapi'].map((name): RootRow => ({
    framework: 'hapi',
    package: name,
    since: 17,
    callees: membersOf([`${name}.server()`, `${name}.Server()`, `${name}.Server.new`], ['route']),
    arguments: ['handler', 'options.handler', 'config.handler'],
    rejection: 'forwarded',
  })),
  // An EventEmitter calls its listeners and looks at nothing; nobody else listens on the request before the function runs.
  {
    framework: 'http server',
    callees: [
      'http.createServer',
      'https.createServer',
      'http2.createServer',
      'http2.createSecureServer',
      'http.Server.new',
      'https.Server.new',
    ],
    arguments: 'last',
    rejection: 'process',
  },
  // https://nodejs.org/api/fs.html#fswatchfilename-options-listener: called at each change, and what it returns is nobody's.
  { framework: 'a watcher of files', callees: ['fs.watch', 'fs.watchFile'], arguments: 'last', rejection: 'process' },
  {
    framework: 'timer',
    callees: [
      'timers.setTimeout',
      'timers.setInterval',
      'timers.setImmediate',
      'global.queueMicrotask',
      'global.process.nextTick',
      'process.nextTick',
    ],
    arguments: 0,
    rejection: 'process',
  },
  // What `parse` throws ends the script; the promise of an action is nobody's.
  {
    framework: 'commander',
    package: 'commander',
    callees: ['commander**.action'],
    arguments: 0,
    rejection: 'process',
    runsIn: ['parse'],
  },
  // https://yargs.js.org/docs/#api-reference-commandcmd-desc-builder-handler: a rejection prints the help and the error.
  {
    framework: 'yargs',
    package: 'yargs',
    since: 10,
    callees: ['yargs**.command'],
    arguments: 3,
    rejection: 'reported',
    runsIn: ['parse', 'argv'],
  },
  {
    framework: 'yargs',
    package: 'yargs',
    since: 10,
    callees: ['yargs**.command'],
    arguments: ['handler'],
    rejection: 'reported',
    runsIn: ['parse', 'argv'],
  },
  // Orchestrator (gulp 3) and async-done (gulp 4) wait for a promise, and take a rejection as an error of the task.
  {
    framework: 'gulp',
    package: 'gulp',
    until: 4,
    callees: ['gulp.task'],
    arguments: 'last',
    rejection: 'forwarded',
    maximumParameters: 0,
    hasDone: true,
    waitsForReturned: true,
  },
  ...[
    { callees: ['gulp.task', 'gulp.watch'], arguments: 'last' as const },
    { callees: ['gulp.series', 'gulp.parallel'], arguments: 'functions' as const },
  ].map((place): RootRow => ({
    framework: 'gulp',
    package: 'gulp',
    since: 4,
    ...place,
    rejection: 'forwarded',
    maximumParameters: 0,
    hasDone: true,
    waitsForReturned: true,
    waitsForEver: true,
  })),
  // `run` in lib/task/task.js of 10: what has a `then` is waited for, and its failure told as what an action throws is.
  {
    framework: 'jake',
    package: 'jake',
    since: 10,
    callees: membersOf(['jake', 'global'], ['task', 'file', 'rule']),
    arguments: 'functions',
    rejection: 'forwarded',
    unlessOption: { name: 'async', because: 'is over when it calls `complete`' },
  },
  {
    framework: 'Liftoff',
    package: 'liftoff',
    callees: ['liftoff', 'liftoff.new'],
    arguments: ['completions'],
    rejection: 'process',
  },
  // Nobody looks at what it returns; what it throws while a pipe writes is an `uncaughtException`.
  {
    framework: 'through2',
    package: 'through2',
    callees: ['through2', 'through2.obj', 'through2.ctor', 'pipe-iterators.thru', 'pipe-iterators.thru.obj', 'pipe-iterators.thru.ctor'],
    arguments: 'functions',
    rejection: 'process',
  },
  // Up to 8 what a handler returns is ignored, and what it throws is an `uncaughtException`; from 9 on an async handler takes no `next`, and its rejection is answered.
  {
    framework: 'Restify',
    package: 'restify',
    since: 5,
    until: 9,
    callees: membersOf(['restify.createServer()'], [...verbs, 'opts', 'use', 'pre']),
    arguments: 'functions',
    rejection: 'process',
    goesOn: 'at-once',
  },
  {
    framework: 'Restify',
    package: 'restify',
    since: 9,
    callees: membersOf(['restify.createServer()'], [...verbs, 'opts', 'use', 'pre']),
    arguments: 'functions',
    rejection: 'reported',
    maximumParameters: 2,
    hasDone: true,
  },
  // They call the function in a `try`, and take over the promise that it returns.
  {
    framework: 'a promise library',
    callees: [
      ...membersOf(['q'], ['fcall', 'try', 'fapply']),
      ...membersOf(['bluebird'], ['try', 'attempt', 'method']),
      ...membersOf(['when'], ['try', 'attempt']),
    ],
    arguments: 0,
    rejection: 'forwarded',
  },
  {
    framework: 'the test runner',
    callees: [...named('global'), ...named('vitest'), ...named('@jest/globals'), ...named('mocha')],
    arguments: 'functions',
    rejection: 'forwarded',
    maximumParameters: 0,
    hasDone: true,
    isTest: true,
    // Jasmine before 3 took no notice of what `done` is given.
    doneFails: [{ packages: ['jasmine', 'jasmine-core'], unless: ['mocha', 'jest', 'vitest'], member: 'fail' }],
    unlessBefore: [
      { package: 'mocha', major: 1, minor: 18 },
      { package: 'jasmine', major: 2, minor: 7 },
      { package: 'jasmine-core', major: 2, minor: 7 },
      { package: 'jasmine-node', major: 4, minor: 0 },
      { package: 'jest', major: 20, minor: 0 },
    ],
  },
  // Before 5 nobody looks at the promise; from then on a rejection fails the test, and a throw still ends the run.
  {
    framework: 'tape',
    package: 'tape',
    until: 5,
    callees: ['tape', ...membersOf(['tape'], ['only', 'test', 'skip'])],
    arguments: 'last',
    rejection: 'process',
    maximumParameters: 1,
  },
  {
    framework: 'tape',
    package: 'tape',
    since: 5,
    callees: ['tape', ...membersOf(['tape'], ['only', 'test', 'skip'])],
    arguments: 'last',
    rejection: 'reported',
    maximumParameters: 1,
    answersInBody: true,
    answerParameter: 0,
  },
  // A promise that ends, ends the test; a rejection is to it what a throw is.
  {
    framework: 'tap',
    package: 'tap',
    since: 10,
    callees: ['tap', ...membersOf(['tap'], ['only', 'test', 'skip'])],
    arguments: 'last',
    rejection: 'forwarded',
    maximumParameters: 1,
    answersInBody: true,
    answerParameter: 0,
  },
  {
    framework: 'node:test',
    callees: ['test', ...named('test')],
    arguments: 'last',
    rejection: 'forwarded',
    maximumParameters: 1,
    hasDone: true,
    isTest: true,
  },
  {
    framework: 'AVA',
    package: 'ava',
    callees: [
      'ava',
      ...membersOf(
        ['ava'],
        ['serial', 'only', 'failing', 'before', 'after', 'beforeEach', 'afterEach', 'after.always', 'afterEach.always'],
      ),
    ],
    arguments: 'last',
    rejection: 'forwarded',
    maximumParameters: 1,
  },
];

/** Decorators whose methods a framework calls, awaiting what they return: a rejection is to it what a throw is. Patterns of origin keys. */
export const decoratorRoots: readonly string[] = membersOf(
  ['@nestjs/common'],
  ['Get()', 'Post()', 'Put()', 'Patch()', 'Delete()', 'Options()', 'Head()', 'All()'],
);
