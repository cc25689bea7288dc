/**
 * Libraries whose calls give promises, for programs whose types do not say so. `instance` means whatever the module's functions
 * and classes give, however deep.
 */

export interface PromiseApi {
  readonly module: string;
  readonly since?: number;
  readonly until?: number;
  /** Names of functions and methods; absent where every call that is chained by `then` is meant. */
  readonly names?: readonly string[];
}

export const promiseApis: readonly PromiseApi[] = [
  { module: 'axios' },
  { module: 'bcrypt', since: 1 },
  { module: 'bcryptjs', since: 2 },
  { module: 'fs-extra', since: 3 },
  { module: 'got', since: 9 },
  { module: 'ioredis' },
  { module: 'knex' },
  { module: 'mongodb', since: 2 },
  { module: 'mongoose', since: 5 },
  { module: 'mysql2/promise' },
  { module: 'node-fetch', since: 2 },
  { module: 'nodemailer', since: 3 },
  { module: 'pg', since: 7 },
  { module: 'pg-promise' },
  { module: 'redis', since: 4 },
  { module: 'sequelize', since: 5 },
  { module: 'sqlite' },
  { module: 'typeorm' },
  { module: 'undici' },
];
