/**
 * SQL drivers: where the text of a query goes in, where its values go, and what the driver makes of a value.
 * A receiver is the origin of the object that the method is called on (see `engine/program/origin.ts`).
 */

export type Dialect = 'postgresql' | 'mysql' | 'sqlite' | 'mssql' | 'generic';

/**
 * How the values are passed.
 * - `array`: one array after the text
 * - `array-or-arguments`: that, or each value an argument of its own
 * - `executor`: the text goes to a method that prepares it, the values to the methods of what that returns
 * - `replacements`: an array under that name in an object of options after the text
 * - `inputs`: each by a call of `input(name, value)` on the request that the text is given to
 * - `tag`: in the text itself, as a template that another method takes
 * - `none`: this method takes no parameters
 */
export type ValuesStyle = 'array' | 'array-or-arguments' | 'executor' | 'replacements' | 'inputs' | 'tag' | 'none';

/** What a driver does with a value that was part of the text before. */
export interface Binding {
  /** An object given as a value becomes SQL of its own: `{ a: 1 }` is written as `a` = 1. */
  readonly objectsBecomeSql: boolean;
  /**
   * What a number of JavaScript arrives as: `text` that takes the type of its place, a `literal` in the text,
   * an `integer` or a double by its value, always a `double`, or `typed`, as everything else, so that a text is one wherever it stands.
   */
  readonly numbers: 'text' | 'literal' | 'integer' | 'double' | 'typed';
  /** Every question mark is replaced by a value, also those in string literals and comments. */
  readonly everyQuestionMark: boolean;
  /** The same of `$1`, with what may stand behind it and says how the value is written. */
  readonly everyDollar?: true;
  /** What is written behind the placeholder of a list. */
  readonly listModifier?: string;
  /** What an array as one value is: the `list` in `IN (?)`, an `array` for `= ANY(?)`, or, by default, nothing that is of use. */
  readonly arrays?: 'list' | 'array';
  /** `undefined` as a value is an error. */
  readonly undefinedFails?: true;
}

export interface SqlSink {
  readonly methods: readonly string[];
  readonly values: ValuesStyle;
  /** Names of the text and the values in an object that is given in place of the text. */
  readonly options?: { readonly text: string; readonly values: string };
  /** For `executor`: the methods that take the values. */
  readonly executors?: readonly string[];
  /** For `executor`: other values may stand beside an argument, were it an array of values. */
  readonly besideArrays?: true;
  /** What the text may be the rest of, where it is a part of a statement: tried in this order, the whole statement is `''`. */
  readonly heads?: readonly string[];
  /** For `inputs`: what makes a request of the receiver, where that is none. */
  readonly request?: { readonly before: string; readonly behind: string };
  /** Overrides the driver's. */
  readonly binding?: Binding;
}

export interface SqlDriver {
  readonly name: string;
  readonly dialect: Dialect;
  readonly placeholder: 'question' | 'dollar' | 'named';
  /** Origin patterns (see `origin-pattern.ts`) of what the methods are called on. */
  readonly receivers: readonly string[];
  readonly sinks: readonly SqlSink[];
  readonly binding: Binding;
  /** SQLite as the driver builds it takes a name in double quotes for a text where there is no such column: https://www.sqlite.org/quirks.html#dblquote */
  readonly textInDoubleQuotes?: true;
  /** For what stands before several databases: how it says which. */
  readonly databases?: Databases;
  /** Set for a driver whose queries are recognised and not rewritten: what a person would write. */
  readonly byHand?: string;
}

/** Databases that a builder of queries may talk to. */
export interface Databases {
  /** Calls and constructors that are told, as origins. */
  readonly makers: readonly string[];
  /** The option that names the database. */
  readonly option: string;
  /** What it may name: the dialect, and what becomes of values. */
  readonly names: Readonly<Record<string, Pick<SqlDriver, 'dialect' | 'placeholder' | 'binding'>>>;
}

const textBinding: Binding = { objectsBecomeSql: false, numbers: 'text', everyQuestionMark: false, arrays: 'array' };
/** `sqlstring` formats the text in the client: https://github.com/mysqljs/sqlstring#formatting-queries */
const formatBinding: Binding = { objectsBecomeSql: true, numbers: 'literal', everyQuestionMark: true, arrays: 'list' };
/** Strings become NVARCHAR, integers INT or BIGINT, other numbers FLOAT: `getTypeByValue` of mssql. */
const requestBinding: Binding = { objectsBecomeSql: false, numbers: 'integer', everyQuestionMark: false };
/** `mariadb` writes values as `sqlstring` does, but objects as JSON, and knows which question marks are placeholders. */
const encodedBinding: Binding = { objectsBecomeSql: false, numbers: 'literal', everyQuestionMark: false, arrays: 'list' };
/** `pg-promise` writes them too, in the place of every `$1`: https://vitaly-t.github.io/pg-promise/formatting.html */
const pgPromiseBinding: Binding = {
  objectsBecomeSql: false,
  numbers: 'literal',
  everyQuestionMark: false,
  everyDollar: true,
  arrays: 'list',
  listModifier: ':csv',
};
/** Prisma tells the database the types of what it gives it. */
const tagBinding: Binding = { objectsBecomeSql: false, numbers: 'typed', everyQuestionMark: false };
/** Prepared on the server; numbers are sent as doubles, objects as JSON. */
const preparedBinding: Binding = { objectsBecomeSql: false, numbers: 'double', everyQuestionMark: false };
/** `sqlite3` tells integers from doubles by their value; `better-sqlite3` binds all numbers as doubles. */
const integerBinding: Binding = { objectsBecomeSql: false, numbers: 'integer', everyQuestionMark: false };
const doubleBinding: Binding = { objectsBecomeSql: false, numbers: 'double', everyQuestionMark: false };

/** `knex.raw` reads question marks in literals too, takes `undefined` for a mistake, and hands the rest on to the driver. */
const knexDatabases: Databases['names'] = databasesOf({
  postgresql: [
    ['pg', 'postgres', 'postgresql', 'pg-native'],
    'question',
    { ...textBinding, everyQuestionMark: true, undefinedFails: true },
  ],
  mysql: [['mysql', 'mysql2'], 'question', { ...formatBinding, undefinedFails: true }],
  sqlite: [['sqlite3', 'sqlite'], 'question', { ...integerBinding, everyQuestionMark: true, undefinedFails: true }],
});
const doubles: Databases['names'] = databasesOf({
  sqlite: [['better-sqlite3'], 'question', { ...doubleBinding, everyQuestionMark: true, undefinedFails: true }],
});
/** Replacements are written into the text by Sequelize itself, whatever the database: a list as one. */
const replaced: Binding = { objectsBecomeSql: false, numbers: 'literal', everyQuestionMark: true, arrays: 'list', undefinedFails: true };
const sequelizeDatabases: Databases['names'] = databasesOf({
  postgresql: [['postgres', 'postgresql'], 'question', replaced],
  mysql: [['mysql', 'mariadb'], 'question', replaced],
  sqlite: [['sqlite'], 'question', replaced],
});
/** TypeORM hands texts and values on to the driver. */
const typeormDatabases: Databases['names'] = databasesOf({
  postgresql: [['postgres'], 'dollar', textBinding],
  mysql: [['mysql', 'mariadb'], 'question', formatBinding],
  sqlite: [['sqlite'], 'question', integerBinding],
});
const typeormDoubles: Databases['names'] = databasesOf({ sqlite: [['better-sqlite3'], 'question', doubleBinding] });

const mysqlClients = ['createConnection()', 'createPool()'].concat(
  ['createPool()', 'createPoolCluster()'].flatMap((pool) => [`${pool}.getConnection(cb1)`, `${pool}.getConnection(promisified)()`]),
);
const mysqlTypes = ['Connection.new', 'Pool.new', 'PoolConnection.new', 'PoolNamespace.new'];
const mssqlPools = ['ConnectionPool.new', 'Connection.new', 'connect()'].flatMap((pool) => [
  pool,
  `${pool}.connect()`,
  `${pool}.then(cb0)`,
  `${pool}.connect().then(cb0)`,
]);
const promiseClients = ['createConnection()', 'createPool()', 'createPool().getConnection()', 'createPoolCluster().getConnection()'];

function of(module: string, ways: readonly string[]): string[] {
  return ways.map((way) => `${module}.${way}`);
}

type DatabaseRow = readonly [names: readonly string[], placeholder: SqlDriver['placeholder'], binding: Binding];

function databasesOf(rows: Partial<Record<Dialect, DatabaseRow>>): Databases['names'] {
  return Object.fromEntries(
    Object.entries(rows).flatMap(([dialect, [names, placeholder, binding]]) =>
      names.map((name) => [name, { dialect: dialect as Dialect, placeholder, binding }] as const),
    ),
  );
}

export const sqlDrivers: readonly SqlDriver[] = [
  {
    name: 'pg',
    dialect: 'postgresql',
    placeholder: 'dollar',
    receivers: ['pg', 'pg.native'].flatMap((module) =>
      of(module, [
        'Pool.new',
        'Pool()',
        'Client.new',
        'Client()',
        'PoolClient.new',
        'ClientBase.new',
        'Pool.new.connect()',
        'Pool.new.connect(cb1)',
        'Pool.new.on(cb0)',
        'connect(cb1)',
      ]),
    ),
    sinks: [{ methods: ['query'], values: 'array', options: { text: 'text', values: 'values' } }],
    binding: textBinding,
  },
  {
    name: 'mysql',
    dialect: 'mysql',
    placeholder: 'question',
    // `promise-mysql` wraps the clients of `mysql` and hands on what it is given.
    receivers: [...of('mysql', [...mysqlClients, ...mysqlTypes]), ...of('promise-mysql', promiseClients)],
    sinks: [{ methods: ['query'], values: 'array', options: { text: 'sql', values: 'values' } }],
    binding: formatBinding,
  },
  {
    name: 'mysql2',
    dialect: 'mysql',
    placeholder: 'question',
    receivers: [
      ...of('mysql2', [...mysqlClients, ...mysqlTypes]),
      ...of('mysql2', ['createConnection().promise()', 'createPool().promise()', 'createPool().promise().getConnection()']),
      ...of('mysql2/promise', [...promiseClients, ...mysqlTypes]),
    ],
    sinks: [
      { methods: ['query'], values: 'array', options: { text: 'sql', values: 'values' } },
      { methods: ['execute'], values: 'array', options: { text: 'sql', values: 'values' }, binding: preparedBinding },
    ],
    binding: formatBinding,
  },
  {
    name: 'sqlite3',
    dialect: 'sqlite',
    placeholder: 'question',
    // `sqlite-async` wraps `sqlite3` and hands on what it is given.
    receivers: [
      ...['sqlite3', 'sqlite3.verbose()'].flatMap((module) =>
        of(module, ['Database.new', 'Database()', 'cached.Database.new', 'cached.Database()']),
      ),
      ...of('sqlite-async', ['open()', 'Database.open()', 'Database.new.open()']),
    ],
    sinks: [
      { methods: ['run', 'get', 'all', 'each'], values: 'array-or-arguments' },
      { methods: ['exec'], values: 'none' },
      { methods: ['prepare'], values: 'executor', executors: ['run', 'get', 'all', 'each'] },
    ],
    textInDoubleQuotes: true,
    binding: integerBinding,
  },
  {
    name: 'sqlite',
    dialect: 'sqlite',
    placeholder: 'question',
    // Up to version 3 the module itself is a client of what was opened last.
    receivers: ['sqlite', ...of('sqlite', ['open()', 'Database.new'])],
    sinks: [
      { methods: ['run', 'get', 'all', 'each'], values: 'array-or-arguments' },
      { methods: ['exec'], values: 'none' },
    ],
    textInDoubleQuotes: true,
    binding: integerBinding,
  },
  {
    name: 'better-sqlite3',
    dialect: 'sqlite',
    placeholder: 'question',
    receivers: ['better-sqlite3.new', 'better-sqlite3()', 'better-sqlite3.Database.new'],
    sinks: [
      { methods: ['exec'], values: 'none' },
      { methods: ['prepare'], values: 'executor', executors: ['run', 'get', 'all', 'iterate'], besideArrays: true },
    ],
    binding: doubleBinding,
  },
  {
    name: 'node:sqlite',
    dialect: 'sqlite',
    placeholder: 'question',
    receivers: of('sqlite', ['DatabaseSync.new']),
    sinks: [
      { methods: ['exec'], values: 'none' },
      { methods: ['prepare'], values: 'executor', executors: ['run', 'get', 'all', 'iterate'], besideArrays: true },
    ],
    binding: doubleBinding,
  },
  {
    name: '@vercel/postgres',
    dialect: 'postgresql',
    placeholder: 'dollar',
    receivers: of('@vercel/postgres', ['sql', 'db', 'createPool()', 'createClient()']),
    sinks: [{ methods: ['query'], values: 'array' }],
    binding: textBinding,
  },
  {
    name: 'postgres',
    dialect: 'postgresql',
    placeholder: 'dollar',
    receivers: ['postgres()'],
    sinks: [{ methods: ['unsafe'], values: 'array' }],
    binding: textBinding,
  },
  {
    name: 'mariadb',
    dialect: 'mysql',
    placeholder: 'question',
    receivers: ['mariadb', 'mariadb/promise', 'mariadb/callback'].flatMap((module) => of(module, [...promiseClients, ...mysqlClients])),
    sinks: [
      { methods: ['query'], values: 'array', options: { text: 'sql', values: 'values' } },
      { methods: ['execute'], values: 'array', options: { text: 'sql', values: 'values' }, binding: preparedBinding },
    ],
    binding: encodedBinding,
  },
  {
    name: 'pg-promise',
    dialect: 'postgresql',
    placeholder: 'dollar',
    receivers: ['pg-promise()()', 'pg-promise.default()()'].flatMap((db) => [db, `${db}.task(cb0)`, `${db}.tx(cb0)`]),
    sinks: [{ methods: ['query', 'none', 'one', 'many', 'oneOrNone', 'manyOrNone', 'any', 'result', 'multi'], values: 'array' }],
    binding: pgPromiseBinding,
  },
  {
    name: 'mssql',
    dialect: 'mssql',
    placeholder: 'named',
    receivers: of(
      'mssql',
      mssqlPools.flatMap((pool) => [`${pool}.request()**`, `${pool}.transaction()**.request()**`]).concat('Request.new**'),
    ),
    sinks: [{ methods: ['query', 'batch'], values: 'inputs' }],
    binding: requestBinding,
  },
  {
    name: 'mssql',
    dialect: 'mssql',
    placeholder: 'named',
    receivers: of('mssql', mssqlPools),
    // https://github.com/tediousjs/node-mssql#pool: a query of a pool is one of a new request.
    sinks: [{ methods: ['query', 'batch'], values: 'inputs', request: { before: '', behind: '.request()' } }],
    binding: requestBinding,
  },
  {
    name: 'mssql',
    dialect: 'mssql',
    placeholder: 'named',
    receivers: ['mssql'],
    sinks: [{ methods: ['query', 'batch'], values: 'inputs', request: { before: 'new ', behind: '.Request()' } }],
    binding: requestBinding,
  },
  {
    name: 'sequelize',
    dialect: 'generic',
    placeholder: 'question',
    receivers: of('sequelize', ['new', 'Sequelize.new']),
    sinks: [{ methods: ['query'], values: 'replacements' }],
    binding: textBinding,
    databases: {
      makers: of('sequelize', ['new', 'Sequelize.new']),
      option: 'dialect',
      names: sequelizeDatabases,
    },
    byHand: 'Write `?` or `:name` in the text and give the values as `replacements` in the options.',
  },
  {
    name: 'knex',
    dialect: 'generic',
    placeholder: 'question',
    receivers: ['knex()', 'knex.knex()', 'knex.Knex.new'].flatMap((one) => [one, `${one}.transaction()`, `${one}.transaction(cb0)`]),
    sinks: [{ methods: ['raw'], values: 'array', heads: ['', 'SELECT '] }],
    binding: textBinding,
    databases: { makers: ['knex()', 'knex.knex()'], option: 'client', names: { ...knexDatabases, ...doubles } },
    byHand: 'Write `?` in the text and give the values as an array in the second argument; `??` stands for an identifier.',
  },
  {
    name: 'knex',
    dialect: 'generic',
    placeholder: 'question',
    receivers: ['knex()**', 'knex.knex()**', 'knex.Knex.new**', 'knex()**.transaction(cb0)**', 'knex.knex()**.transaction(cb0)**'],
    sinks: [
      {
        methods: ['whereRaw', 'andWhereRaw', 'orWhereRaw', 'havingRaw', 'orHavingRaw'],
        values: 'array',
        heads: ['SELECT 1 FROM t WHERE '],
      },
      { methods: ['orderByRaw'], values: 'array', heads: ['SELECT 1 FROM t ORDER BY '] },
      { methods: ['joinRaw'], values: 'array', heads: ['SELECT 1 FROM t '] },
    ],
    binding: textBinding,
    databases: { makers: ['knex()', 'knex.knex()'], option: 'client', names: { ...knexDatabases, ...doubles } },
    byHand: 'Write `?` in the text and give the values as an array in the second argument; `??` stands for an identifier.',
  },
  {
    name: 'typeorm',
    dialect: 'generic',
    placeholder: 'question',
    receivers: [
      ...['DataSource.new', 'Connection.new', 'EntityManager.new', 'QueryRunner.new', 'Repository.new'],
      ...['getConnection()', 'getManager()', 'getRepository()', 'createConnection()'],
    ].flatMap((way) => [`typeorm.${way}**`, `typeorm.${way}**.transaction(cb0)**`]),
    sinks: [{ methods: ['query'], values: 'array' }],
    binding: textBinding,
    databases: {
      makers: ['typeorm.DataSource.new', 'typeorm.createConnection()', '@nestjs/typeorm.TypeOrmModule.forRoot()'],
      option: 'type',
      names: { ...typeormDatabases, ...typeormDoubles },
    },
    byHand: 'Write the placeholders of the database and give the values as an array in the second argument.',
  },
  {
    name: 'prisma',
    dialect: 'generic',
    placeholder: 'question',
    receivers: of('@prisma/client.PrismaClient', ['new', 'new.$transaction(cb0)']),
    sinks: [{ methods: ['$queryRawUnsafe', '$executeRawUnsafe'], values: 'tag' }],
    binding: tagBinding,
  },
];

/** Middleware of Express that gives each request a method for a client of the driver whose module is its first argument. */
export const clientMiddleware: readonly {
  readonly module: string;
  readonly method: string;
  readonly driver: string;
  readonly receiver: string;
}[] = [
  // https://www.npmjs.com/package/express-myconnection
  { module: 'express-myconnection', method: 'getConnection', driver: 'mysql', receiver: 'mysql.createPool().getConnection(cb1)' },
];

/** Method names under which code that is not known to be a driver's often takes SQL. */
export const queryLikeMethods: ReadonlySet<string> = new Set([
  'query',
  'execute',
  'run',
  'get',
  'all',
  'each',
  'exec',
  'prepare',
  'raw',
  'one',
  'any',
  'many',
  'none',
]);

/** Functions that make a value safe to be part of the text; a placeholder needs them no more. By origin key. */
export const escapeFunctions: ReadonlySet<string> = new Set([
  'mysql.escape',
  'mysql2.escape',
  'mysql2/promise.escape',
  'sqlstring.escape',
  ...['mysql', 'mysql2'].flatMap((module) => of(module, [...mysqlClients, ...mysqlTypes]).map((receiver) => `${receiver}.escape`)),
  ...of('mysql2/promise', promiseClients).map((receiver) => `${receiver}.escape`),
  'pg.escapeLiteral',
  ...of('pg', ['Client.new', 'Pool.new.connect()', 'Pool.new.connect(cb1)', 'PoolClient.new']).map(
    (receiver) => `${receiver}.escapeLiteral`,
  ),
]);

/** Functions that make an identifier safe to be part of the text. By origin key. */
export const escapeIdentifierFunctions: ReadonlySet<string> = new Set([
  'mysql.escapeId',
  'mysql2.escapeId',
  'sqlstring.escapeId',
  ...['mysql', 'mysql2'].flatMap((module) => of(module, [...mysqlClients, ...mysqlTypes]).map((receiver) => `${receiver}.escapeId`)),
  'pg.escapeIdentifier',
  ...of('pg', ['Client.new', 'Pool.new.connect()', 'Pool.new.connect(cb1)', 'PoolClient.new']).map(
    (receiver) => `${receiver}.escapeIdentifier`,
  ),
]);
