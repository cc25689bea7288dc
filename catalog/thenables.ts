/**
 * Values with a `then` method that are no promises: nothing happens until `then` is called or they are awaited.
 * A statement that only builds one does nothing, and to await it would start what never ran.
 */

export interface ThenableSource {
  readonly package: string;
  /** What it is, as messages name it. */
  readonly what: string;
  /** Origin keys of the call that a chain begins with. */
  readonly origins: readonly string[];
  /** Members of the chain after which the value is a promise, and has begun. */
  readonly started: readonly string[];
}

export const thenableSources: readonly ThenableSource[] = [
  // https://knexjs.org/guide/interfaces.html#promises
  {
    package: 'knex',
    what: 'knex query',
    origins: [
      'knex()()',
      'knex.knex()()',
      'knex().select()',
      'knex().insert()',
      'knex().raw()',
      'knex().from()',
      'knex().schema.createTable()',
    ],
    started: ['then', 'catch', 'finally', 'asCallback', 'stream', 'pipe'],
  },
  // https://mongoosejs.com/docs/queries.html#queries-are-not-promises
  {
    package: 'mongoose',
    what: 'Mongoose query',
    origins: [
      'find',
      'findOne',
      'findById',
      'findByIdAndDelete',
      'findByIdAndUpdate',
      'findOneAndDelete',
      'findOneAndUpdate',
      'findOneAndReplace',
      'countDocuments',
      'estimatedDocumentCount',
      'deleteOne',
      'deleteMany',
      'distinct',
      'replaceOne',
      'updateOne',
      'updateMany',
      'where',
    ].map((method) => `mongoose.model().${method}()`),
    started: ['exec', 'then', 'catch', 'finally', 'cursor'],
  },
];

/** Classes of libraries that extend `Promise` and yet start only when they are awaited, by package and name. */
export const lazyPromiseTypes: readonly { readonly package: string; readonly type: string; readonly what: string }[] = [
  // https://www.prisma.io/docs/orm/prisma-client/queries/transactions: "PrismaPromise"
  { package: '@prisma/client', type: 'PrismaPromise', what: 'Prisma query' },
  // https://github.com/porsager/postgres#queries: "not executed until it is awaited"
  { package: 'postgres', type: 'PendingQuery', what: 'postgres query' },
  { package: 'drizzle-orm', type: 'QueryPromise', what: 'Drizzle query' },
];
