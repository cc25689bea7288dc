'use strict';

// Starts the app on a free port, with a data folder of its own, and speaks HTTP to it.
const { once } = require('node:events');
const { mkdtemp, rm } = require('node:fs/promises');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');

async function openDepot() {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'depot-'));
  process.env.DEPOT_DATA = dataDir;
  process.env.DEPOT_QUIET = '1';
  const app = require('../app');
  const db = require('../lib/database');
  const server = http.createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${server.address().port}`;

  // JSON goes out as JSON, bytes as they are; `json` is what came back, if it was JSON.
  async function send(method, url, { body, token } = {}) {
    const headers = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (body && !Buffer.isBuffer(body)) headers['content-type'] = 'application/json';
    const response = await fetch(base + url, { method, headers, body: body && !Buffer.isBuffer(body) ? JSON.stringify(body) : body });
    const bytes = Buffer.from(await response.arrayBuffer());
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      type,
      bytes,
      text: bytes.toString(),
      json: type.includes('json') ? JSON.parse(bytes.toString()) : undefined,
    };
  }

  async function enrol(name, role) {
    await send('POST', '/register', { body: { name, password: `${name}'s secret`, role } });
    const { json } = await send('POST', '/login', { body: { name, password: `${name}'s secret` } });
    return json.token;
  }

  async function close() {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await promisify(db.close.bind(db))();
    await rm(dataDir, { recursive: true, force: true });
  }

  return { dataDir, send, enrol, close };
}

module.exports = { openDepot };
