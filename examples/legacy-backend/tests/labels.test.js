'use strict';

const assert = require('node:assert/strict');
const { createHash, randomBytes } = require('node:crypto');
const { mkdir, readFile } = require('node:fs/promises');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { openDepot } = require('./depot');

// Larger than a stream's buffer, so that the copy takes more than one chunk.
const label = randomBytes(300_000);

let depot, customer, staff;

before(async () => {
  depot = await openDepot();
  customer = await depot.enrol('ada', 'customer');
  staff = await depot.enrol('sam', 'staff');
  for (const recipient of ['Grace Hopper', 'Alan Turing', 'Edsger Dijkstra']) {
    await depot.send('POST', '/parcels', { token: customer, body: { recipient, town: 'Austin', weight: 2 } });
  }
  // Where the label of parcel 3 should be, there is a folder.
  await mkdir(path.join(depot.dataDir, 'labels', '3.pdf'));
});

after(() => depot.close());

test('a label comes back as it was sent', async () => {
  const put = await depot.send('PUT', '/labels/1', { token: customer, body: label });
  assert.deepEqual([put.status, put.json], [201, { label: 1, bytes: label.length }]);
  const got = await depot.send('GET', '/labels/1', { token: customer });
  assert.equal(got.status, 200);
  assert.match(got.type, /^application\/pdf/);
  assert.ok(got.bytes.equals(label));
});

test('the checksum is that of the stored bytes', async () => {
  await depot.send('PUT', '/labels/1', { token: customer, body: label });
  const { json } = await depot.send('GET', '/labels/1/checksum', { token: customer });
  assert.deepEqual(json, { bytes: label.length, sha256: createHash('sha256').update(label).digest('hex') });
});

test('the archive gets a copy, byte for byte', async () => {
  await depot.send('PUT', '/labels/1', { token: customer, body: label });
  const { status, json } = await depot.send('POST', '/labels/1/archive', { token: staff });
  assert.deepEqual([status, json], [200, { archived: 1 }]);
  assert.ok((await readFile(path.join(depot.dataDir, 'archive', '1.pdf'))).equals(label));
});

test('a parcel without a label has nothing to show', async () => {
  for (const [method, url] of [
    ['GET', '/labels/2'],
    ['GET', '/labels/2/checksum'],
    ['POST', '/labels/2/archive'],
  ]) {
    const { status, json } = await depot.send(method, url, { token: staff });
    assert.deepEqual([url, status, json], [url, 404, { error: 'not found' }]);
  }
});

test('a label that cannot be read or written is answered with an error', async () => {
  for (const [method, url, body] of [
    ['GET', '/labels/3/checksum'],
    ['POST', '/labels/3/archive'],
    ['PUT', '/labels/3', Buffer.from('%PDF-1.4')],
  ]) {
    const { status, json } = await depot.send(method, url, { token: staff, body });
    assert.deepEqual([url, status, json], [url, 500, { error: 'internal error' }]);
  }
});

test('labels are for those who are logged in', async () => {
  assert.equal((await depot.send('PUT', '/labels/1', { body: Buffer.from('x') })).status, 401);
});
