/**
 * A real SQLite for the synchronous drivers `better-sqlite3` and `node:sqlite`: the one would have to be compiled for minutes, the
 * other needs a newer Node. What they do with a query is a few lines; the engine is SQLite, as WebAssembly.
 */

import { createRequire } from 'node:module';

const SQL = await createRequire(import.meta.url)('sql.js')();
const databases = new Map();

/** Both drivers' class for a database; one of a name is the same for all. */
export class Database {
  #database;

  constructor(name) {
    if (!databases.has(name)) databases.set(name, new SQL.Database());
    this.#database = databases.get(name);
  }

  exec(text) {
    this.#database.exec(text);
  }

  prepare(text) {
    const rowsOf = (values) => {
      const statement = this.#database.prepare(text);
      try {
        // As with the drivers, what SQLite has no type for is no value, and each placeholder has one.
        const wrong = values.flat().find((value) => !['number', 'string', 'bigint'].includes(typeof value) && value !== null);
        if (wrong !== undefined || values.flat().length !== values.flat().filter((value) => value !== undefined).length) {
          throw new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null');
        }
        statement.bind(values.flat());
        const rows = [];
        while (statement.step()) rows.push(statement.getAsObject());
        return rows;
      } finally {
        statement.free();
      }
    };
    return {
      all: (...values) => rowsOf(values),
      get: (...values) => rowsOf(values)[0],
      run: (...values) => {
        rowsOf(values);
        return { changes: this.#database.getRowsModified() };
      },
      iterate: (...values) => rowsOf(values)[Symbol.iterator](),
    };
  }
}
