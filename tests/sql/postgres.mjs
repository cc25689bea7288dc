/**
 * A real PostgreSQL inside the process, for the real `pg` client: PGlite behind a socket.
 * The client finds it through the `PG…` variables of the environment.
 */

import { PGlite } from '@electric-sql/pglite';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { version } = JSON.parse(readFileSync(new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url), 'utf8'));

/**
 * @param schema SQL that is run first
 * @returns `query` to look at the tables directly, and `stop`
 */
export async function startPostgres(schema) {
  const database = await PGlite.create({ loadDataDir: new Blob([readFileSync(await emptyDatabase())]) });
  await database.exec(schema);
  const server = createServer((socket) => void serve(database, socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  Object.assign(process.env, {
    PGHOST: '127.0.0.1',
    PGPORT: String(server.address().port),
    PGUSER: 'postgres',
    PGDATABASE: 'postgres',
    PGPASSWORD: 'x',
  });
  return {
    query: async (text) => (await database.query(text)).rows,
    stop: async () => {
      server.close();
      await database.close();
    },
  };
}

/** A database with its system tables, made once for all tests: making it takes ten times as long as reading it. */
async function emptyDatabase() {
  const template = path.join(tmpdir(), `nodelift-postgres-empty-${version}.tar`);
  if (existsSync(template)) return template;
  const database = await PGlite.create();
  const data = await database.dumpDataDir('none');
  await database.close();
  const made = `${template}.${process.pid}`;
  writeFileSync(made, Buffer.from(await data.arrayBuffer()));
  renameSync(made, template);
  return template;
}

/** One message after the other: PGlite has one session, and the clients of a scenario take turns. */
async function serve(database, socket) {
  let pending = Buffer.alloc(0);
  let started = false;
  socket.on('error', () => undefined);
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      // The first message has no type byte before its length.
      const lengthAt = started ? 1 : 0;
      if (pending.length < lengthAt + 4) break;
      const size = lengthAt + pending.readInt32BE(lengthAt);
      if (pending.length < size) break;
      const message = pending.subarray(0, size);
      pending = pending.subarray(size);
      if (!started && message.readInt32BE(4) === sslRequest) {
        socket.write('N');
        continue;
      }
      started = true;
      if (message[0] === terminate) return socket.end();
      const answer = await database.execProtocolRaw(message);
      if (!socket.destroyed) socket.write(answer);
    }
  }
}

const sslRequest = 80877103;
const terminate = 'X'.charCodeAt(0);
