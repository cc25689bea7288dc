/** Names of methods that may send SQL. */

import { queryLikeMethods, sqlDrivers } from '../../catalog/sql-drivers.ts';

export const queryMethods: ReadonlySet<string> = new Set([
  ...queryLikeMethods,
  ...sqlDrivers.flatMap((driver) => driver.sinks.flatMap((row) => row.methods)),
]);
