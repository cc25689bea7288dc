/**
 * Programs that build SQL in random ways, before and after: the same rows for ordinary values on real databases, and for any value
 * afterwards the rows that the conditions select, whatever the value holds: 640 programs with 8 sets of values each. `SQL_PROGRAMS` sets how many, `SQL_SEED` which.
 */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { compileFunction } from 'node:vm';
import type { Database } from 'sqlite3';
import { run } from '../../engine/run.ts';
import { transforms } from '../../transforms/registry.ts';
import { writeTree } from '../fixtures/cases.ts';
import { startPostgres, type Postgres } from '../sql/postgres.mjs';
import { items, preambles, programFrom, randomFrom, setsOfValues, type Engine, type SqlProgram, type Values } from './sql-programs.ts';

const count = Number(process.env.SQL_PROGRAMS ?? 640);
const seed = Number(process.env.SQL_SEED ?? 1);
const require = createRequire(import.meta.url);
const workplace = mkdtempSync(path.join(tmpdir(), 'nodelift-sql-'));

const schema = 'CREATE TABLE items (id integer, name text, town text, weight integer)';
const rows = items.map(({ id, name, town, weight }) => [id, name, town, weight]);

/** What is used of the client of `pg`, which has no types of its own. */
interface Client {
  connect(): Promise<void>;
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly { id: number }[] }>;
  end(): Promise<void>;
}

let postgres: Postgres;
let client: Client;
let sqlite: Database;

beforeAll(async () => {
  postgres = await startPostgres(schema);
  const pg = require('pg') as { readonly Client: new () => Client };
  client = new pg.Client();
  await client.connect();
  for (const row of rows) await client.query('INSERT INTO items VALUES ($1, $2, $3, $4)', row);
  const sqlite3 = require('sqlite3') as typeof import('sqlite3');
  sqlite = new sqlite3.Database(':memory:');
  await promisify(sqlite.exec.bind(sqlite))(schema);
  const insert = promisify(sqlite.run.bind(sqlite) as (sql: string, values: unknown[], done: (error: Error | null) => void) => void);
  for (const row of rows) await insert('INSERT INTO items VALUES (?, ?, ?, ?)', row);
}, 60_000);

afterAll(async () => {
  await client.end();
  await postgres.stop();
  sqlite.close();
  rmSync(workplace, { recursive: true });
});

/** The `find` of a module, with the drivers that are connected here. */
function load(engine: Engine, source: string): (values: Values) => Promise<readonly { id: number }[]> {
  const given: Readonly<Record<string, unknown>> = {
    pg: {
      Pool: class {
        query = client.query.bind(client);
      },
    },
    sqlite3: {
      Database: class {
        all = sqlite.all.bind(sqlite);
      },
    },
    util: { promisify },
  };
  const exports: { find?: (values: Values) => Promise<readonly { id: number }[]> } = {};
  const module = compileFunction(source, ['require', 'exports']) as (require: (name: string) => unknown, exports: object) => void;
  module((name) => given[name], exports);
  if (exports.find === undefined) throw new Error(`${engine}: no find`);
  return exports.find;
}

type Outcome = { readonly rows: readonly number[] } | { readonly error: string };

async function outcome(engine: Engine, source: string, values: Values): Promise<Outcome> {
  try {
    return { rows: (await load(engine, source)(values)).map(({ id }) => id) };
  } catch (error) {
    return { error: String(error) };
  }
}

describe(`parameterize-sql on ${count} programs of seed ${seed}`, () => {
  test('selects the same rows, and no value becomes SQL', async () => {
    const random = randomFrom(seed);
    const programs = Array.from({ length: count }, (_, index): SqlProgram =>
      programFrom(random, index % 2 === 0 ? 'postgresql' : 'sqlite'),
    );
    const tree: Record<string, string> = { '.git': '', 'package.json': '{ "dependencies": { "pg": "^8.0.0", "sqlite3": "^5.0.0" } }' };
    programs.forEach(({ engine, source }, index) => (tree[`program${index}.js`] = preambles[engine] + source));
    writeTree(workplace, tree);
    const result = await run({ cwd: workplace, transforms: transforms.filter(({ name }) => name === 'parameterize-sql'), unsafe: true });
    const after = new Map(result.files.flatMap((file) => (file.status === 'changed' ? [[file.path, file.after] as const] : [])));
    expect(result.files.filter(({ status }) => status === 'failed')).toEqual([]);
    const left = result.findings.filter(({ status }) => status === 'refused');
    if (process.env.SQL_SHOW !== undefined) for (const one of left) console.log(one.path, one.reason?.message, tree[one.path]);
    expect(left.length).toBeLessThanOrEqual(count * 0.02);
    const told = new Set(result.findings.map((finding) => finding.path));
    expect(
      Object.entries(tree)
        .filter(([name]) => name.startsWith('program') && !told.has(name))
        .map(([, source]) => source),
    ).toEqual([]);

    const wrong: string[] = [];
    let queries = 0;
    for (const [index, { engine, ordinary, hostile, selects }] of programs.entries()) {
      const name = `program${index}.js`;
      const now = after.get(name);
      if (now === undefined) continue;
      const say = (values: Values, why: string, is: unknown): number =>
        wrong.push(`seed ${seed}, ${name}, ${JSON.stringify(values)}: ${why}, not ${JSON.stringify(is)}\n${tree[name] ?? ''}\n${now}`);
      for (const values of ordinary) {
        const [was, is] = [await outcome(engine, tree[name] ?? '', values), await outcome(engine, now, values)];
        if (JSON.stringify(was) !== JSON.stringify(is) || 'error' in was) say(values, `was ${JSON.stringify(was)}`, is);
        queries += 1;
      }
      for (const values of hostile) {
        const is = await outcome(engine, now, values);
        const expected = selects(values);
        // What is no number where one has to be is an error to PostgreSQL, as is a pattern that ends in its escape.
        if ('error' in is ? expected.length > 0 || engine === 'sqlite' : JSON.stringify(is.rows) !== JSON.stringify(expected))
          say(values, `should be ${JSON.stringify(expected)}`, is);
        queries += 1;
      }
    }
    expect(wrong.slice(0, 3).join('\n\n')).toBe('');
    expect(await postgres.query('SELECT count(*)::int AS count FROM items')).toEqual([{ count: items.length }]);
    expect(queries).toBeGreaterThanOrEqual(count * 2 * setsOfValues * 0.98);
  }, 900_000);
});
