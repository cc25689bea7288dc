/**
 * Libraries whose calls give promises, for programs whose types do not say so. `instance` means whatever the module's functions
 * and classes give, however deep.
 */

export interface PromiseApi {
  readonly module: string;
  readonly since?: number;
  readonly until?: number;
  /** The promises are Bluebird's, with methods of their own. */
  readonly flavour?: 'bluebird';
}

export const promiseApis: readonly PromiseApi[] = [
  { module: 'axios' },
  { module: 'bcrypt', since: 1 },
  { module: 'bcryptjs', since: 2 },
  { module: 'del', since: 2 },
  { module: 'execa' },
  { module: 'fs-extra', since: 3 },
  { module: 'fs-promise' },
  { module: 'globby', since: 4 },
  { module: 'got', since: 9 },
  // Bluebird until 4: https://github.com/redis/ioredis/blob/main/CHANGELOG.md
  { module: 'ioredis', since: 4 },
  { module: 'ioredis', until: 4, flavour: 'bluebird' },
  // Bluebird until 0.20: https://github.com/knex/knex/blob/master/CHANGELOG.md
  { module: 'knex', since: 1 },
  { module: 'knex', until: 1, flavour: 'bluebird' },
  { module: 'make-dir' },
  { module: 'mongodb', since: 2 },
  { module: 'mongoose', since: 5 },
  { module: 'mysql2/promise' },
  { module: 'mz/child_process' },
  { module: 'mz/fs' },
  { module: 'node-fetch', since: 1 },
  { module: 'nodemailer', since: 3 },
  { module: 'pg', since: 7 },
  { module: 'pg-promise' },
  { module: 'redis', since: 4 },
  { module: 'request-promise', flavour: 'bluebird' },
  { module: 'request-promise-native' },
  // Bluebird until 6: https://sequelize.org/docs/v6/other-topics/upgrade/
  { module: 'sequelize', since: 6 },
  { module: 'sequelize', until: 6, flavour: 'bluebird' },
  { module: 'sqlite' },
  { module: 'typeorm' },
  { module: 'undici' },
];
