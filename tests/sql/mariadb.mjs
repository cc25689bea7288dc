/**
 * A real MariaDB for the real `mysql` and `mysql2` clients, in a temporary folder and on a free port, as the user who runs the tests.
 * It needs the server's programs: `apt-get install mariadb-server` on Debian; nothing of the system's own server is touched.
 */

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const mysql = createRequire(import.meta.url)('mysql2/promise');
const { username } = userInfo();
const small = ['--innodb-log-file-size=4M', '--innodb-buffer-pool-size=8M', '--innodb-data-file-path=ibdata1:4M:autoextend'];

/**
 * @param schema SQL that is run first
 * @returns the settings to connect with, `query` to look at the tables directly, and `stop`
 */
export async function startMariadb(schema) {
  const folder = mkdtempSync(path.join(tmpdir(), 'nodelift-mariadb-'));
  const data = path.join(folder, 'data');
  cpSync(emptyDatabase(), data, { recursive: true });
  const port = await freePort();
  const server = spawn(
    programOf('mariadbd', 'mysqld'),
    ['--no-defaults', `--user=${username}`, `--datadir=${data}`, `--socket=${folder}/socket`, `--pid-file=${folder}/pid`, `--port=${port}`]
      .concat(small)
      .concat(['--bind-address=127.0.0.1', '--skip-grant-tables', '--skip-networking=0', '--character-set-server=utf8mb4']),
    { stdio: 'ignore' },
  );
  process.on('exit', () => server.kill('SIGKILL'));
  const settings = { host: '127.0.0.1', port, user: 'root', charset: 'utf8mb4' };
  const connection = await connected(settings, server);
  await connection.query('CREATE DATABASE depot CHARACTER SET utf8mb4');
  await connection.changeUser({ database: 'depot' });
  for (const statement of schema.split(';').filter((one) => one.trim() !== '')) await connection.query(statement);
  Object.assign(process.env, { MYSQL_HOST: settings.host, MYSQL_PORT: String(port), MYSQL_USER: settings.user, MYSQL_DATABASE: 'depot' });
  return {
    settings: { ...settings, database: 'depot' },
    query: async (text) => (await connection.query(text))[0],
    stop: async () => {
      connection.destroy();
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A database with its system tables, made once for all tests. */
function emptyDatabase() {
  const template = path.join(tmpdir(), `nodelift-mariadb-empty-${username}`);
  if (existsSync(template)) return template;
  const made = mkdtempSync(path.join(tmpdir(), 'nodelift-mariadb-new-'));
  const data = path.join(made, 'data');
  mkdirSync(data);
  const options = [
    '--no-defaults',
    `--user=${username}`,
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...small,
  ];
  execFileSync(programOf('mariadb-install-db', 'mysql_install_db'), options, { stdio: 'ignore' });
  try {
    renameSync(data, template);
  } catch (error) {
    // Another test was faster.
    if (!existsSync(template)) throw error;
  }
  return template;
}

function programOf(...names) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/libexec'];
  for (const name of names) {
    for (const folder of folders) if (existsSync(path.join(folder, name))) return path.join(folder, name);
  }
  throw new Error(`The tests of mysql need ${names[0]}. On Debian: apt-get install mariadb-server`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function connected(settings, server) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await mysql.createConnection(settings);
    } catch (error) {
      if (tries > 300 || server.exitCode !== null) throw error;
      await sleep(100);
    }
  }
}
