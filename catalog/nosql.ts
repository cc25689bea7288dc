/**
 * MongoDB clients: the methods that take a filter, and what they are called on. A receiver is an origin pattern
 * (see `origin-pattern.ts`); a row a client.
 */

export interface FilterSink {
  readonly methods: readonly string[];
  /** Which argument is the filter. */
  readonly argument: number;
}

export interface NosqlClient {
  readonly name: string;
  readonly receivers: readonly string[];
  readonly sinks: readonly FilterSink[];
  /** The package and its first version that knows `$eq`. */
  readonly equality: { readonly package: string; readonly since: number };
}

const filterFirst = [
  'find',
  'findOne',
  'findOneAndUpdate',
  'findOneAndDelete',
  'findOneAndRemove',
  'findOneAndReplace',
  'findAndModify',
  'update',
  'updateOne',
  'updateMany',
  'replaceOne',
  'remove',
  'deleteOne',
  'deleteMany',
  'count',
  'countDocuments',
];

const sinks: readonly FilterSink[] = [
  { methods: filterFirst, argument: 0 },
  { methods: ['distinct'], argument: 1 },
];

export const nosqlClients: readonly NosqlClient[] = [
  {
    name: 'mongodb',
    receivers: [
      'mongodb.MongoClient**.collection()',
      'mongodb.MongoClient**.connect(cb1)**.collection()',
      'mongodb.MongoClient**.then(cb0)**.collection()',
      'mongodb.Db.new.collection()',
      'mongodb.Collection.new',
    ],
    sinks,
    equality: { package: 'mongodb', since: 2 },
  },
  {
    name: 'mongoose',
    receivers: [
      'mongoose.model()',
      'mongoose.createConnection().model()',
      'mongoose.connection.collection()',
      'mongoose.connection.db.collection()',
      'mongoose.Model.new',
    ],
    sinks: [...sinks, { methods: ['exists', 'where'], argument: 0 }],
    equality: { package: 'mongoose', since: 4 },
  },
  {
    name: 'monk',
    receivers: ['monk().get()'],
    sinks,
    equality: { package: 'monk', since: 1 },
  },
];

/** Methods that take filters, and are called on other things too. */
export const filterMethods: ReadonlySet<string> = new Set(nosqlClients.flatMap(({ sinks: all }) => all.flatMap(({ methods }) => methods)));

/** Operators whose operands are filters again. */
export const filterLists: ReadonlySet<string> = new Set(['$and', '$or', '$nor']);

/** Operators whose operand is read as operators, where it is an object. */
export const operatorOperands: ReadonlySet<string> = new Set(['$not', '$elemMatch', '$expr', '$jsonSchema']);

/**
 * Parts of a request whose values may be objects, for whoever sends it: parsed bodies, query strings with brackets, cookies with JSON.
 * `params` and `headers` are strings, always.
 */
export const requestParts: readonly {
  readonly framework: string;
  readonly request: readonly string[];
  readonly parts: readonly string[];
}[] = [
  {
    framework: 'express',
    request: ['all', 'get', 'post', 'put', 'patch', 'delete', 'del', 'use', 'param']
      .flatMap((verb) => ['express()', 'express.Router()', 'express.Router.new'].map((router) => `${router}**.${verb}(cb0)`))
      .concat(['express.Request.new', 'express-serve-static-core.Request.new']),
    parts: ['body', 'query', 'cookies', 'signedCookies', 'param()'],
  },
  {
    framework: 'fastify',
    request: ['get', 'post', 'put', 'patch', 'delete'].map((verb) => `fastify()**.${verb}(cb0)`),
    parts: ['body', 'query'],
  },
  {
    framework: 'koa',
    request: [
      'koa.new.use(cb0)',
      ...['koa-router', '@koa/router'].flatMap((router) =>
        ['get', 'post', 'put', 'patch', 'del', 'delete', 'use', 'all'].map((verb) => `${router}.new**.${verb}(cb0)`),
      ),
    ],
    parts: ['request.body', 'request.query', 'query'],
  },
  { framework: 'url', request: ['url'], parts: ['parse().query'] },
  { framework: 'qs', request: ['qs'], parts: ['parse()'] },
];

/** Functions that make a handler of a handler, with the same parameters. */
export const handlerWrappers: readonly string[] = ['express-async-handler', 'express-async-handler.default', 'async-middleware.wrap'];

/** Strategies of Passport that read a name and a password, whatever they are, from the body: `new LocalStrategy((name, password, done) => …)`. */
export const strategies: readonly string[] = ['passport-local', 'passport-local.Strategy', 'passport-local.default'];
