/**
 * Runs one scenario on one copy of a case, and sends what happened to the parent as a list of trace entries.
 * Arguments: the folder of the copy, the scenario's file.
 */

import { createRequire } from 'node:module';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { once } from 'node:events';
import { inspect } from 'node:util';

const [dir = '', scenarioFile = ''] = process.argv.slice(2);
const trace = [];
const servers = [];

/** A value as it can be compared: errors by what a program can read of them, the folder's own name taken out. */
function plain(value) {
  if (value instanceof Error) {
    const { name, message, code, errno, syscall, path: file } = value;
    return plain({ error: { name, message, code, errno, syscall, path: file } });
  }
  if (Buffer.isBuffer(value)) return `buffer:${plain(value.toString('latin1'))}`;
  if (typeof value === 'string') return value.split(dir).join('<dir>');
  if (typeof value === 'function') return 'function';
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (value === undefined) return 'undefined';
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map || value instanceof Set) return inspect(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

/** What `process.getActiveResourcesInfo` calls work that ends by itself; servers, idle connections and timers may stay for ever. */
const requests = /^FSReq|^FileHandleCloseReq|(?:ReqWrap|ConnectWrap|WriteWrap|ShutdownWrap)$/;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const world = {
  dir,
  trace: (...values) => void trace.push(values.map(plain)),
  path: (...parts) => path.join(dir, ...parts),
  /** The exports of a module of the case: `module.exports`, or the namespace of an ES module. */
  load: async (relative) => {
    const file = path.join(dir, relative);
    if (/\.mjs$/.test(file)) return import(pathToFileURL(file));
    try {
      return createRequire(pathToFileURL(path.join(dir, 'scenario.cjs')))(file);
    } catch (error) {
      if (error.code === 'ERR_REQUIRE_ESM' || error.code === 'ERR_REQUIRE_ASYNC_MODULE') return import(pathToFileURL(file));
      throw error;
    }
  },
  require: createRequire(pathToFileURL(path.join(dir, 'scenario.cjs'))),
  /** Puts a package of one file into the copy. What may be linked there, for another package that needs it, is not written to. */
  standIn: (name, text) => {
    const folder = path.join(dir, 'node_modules', name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'index.js'), text);
  },
  /** Calls `work`, and traces what it returned or threw; a promise is waited for. */
  outcome: async (label, work) => {
    try {
      world.trace(label, 'returned', await work());
    } catch (error) {
      world.trace(label, 'threw', error);
    }
  },
  /** Listens with an Express app or a request handler; gives its address. */
  serve: async (app) => {
    const server = typeof app.listen === 'function' ? app.listen(0) : (await import('node:http')).createServer(app).listen(0);
    await once(server, 'listening');
    servers.push(server);
    return `http://127.0.0.1:${server.address().port}`;
  },
  /** Requests `url` and traces status and body. */
  get: async (url, init) => {
    const response = await fetch(url, init).catch((error) => ({
      status: `failed: ${error.cause?.code ?? error.message}`,
      text: async () => '',
    }));
    const body = await response.text().catch((error) => `cut off: ${error.cause?.code ?? error.message}`);
    world.trace(
      init?.method ?? 'GET',
      new URL(url).pathname + new URL(url).search,
      response.status,
      body.replace(/<pre>([^<]*)[\s\S]*<\/pre>/, '<pre>$1</pre>'),
    );
    return { status: response.status, body };
  },
  /** That long, and until the files and connections that are being worked on are done: a busy machine is slower than any number here. */
  sleep: async (milliseconds) => {
    await pause(milliseconds);
    const latest = Date.now() + 5_000;
    for (let quiet = 0; quiet < 10 && Date.now() < latest; quiet += 1) {
      await pause(1);
      if (process.getActiveResourcesInfo().some((name) => requests.test(name))) quiet = -1;
    }
  },
};

/** A thrown error and a rejection nobody handles both end a process: one kind of entry for both. */
function crash(error) {
  trace.push(['crash', plain(error)]);
  finish();
}
process.on('uncaughtException', crash);

for (const stream of ['log', 'info', 'warn', 'error']) {
  console[stream] = (...values) => void trace.push(['console', stream, ...values.map(plain)]);
}

function finish() {
  process.send({ trace, exitCode: process.exitCode ?? 0 }, () => process.exit(0));
}

const { default: scenario } = await import(pathToFileURL(scenarioFile));
process.chdir(dir);
await scenario(world);
// What is still on its way, such as a rejection that nobody handles, belongs to the trace.
await world.sleep(30);
for (const server of servers) server.closeAllConnections();
finish();
