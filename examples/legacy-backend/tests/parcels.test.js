'use strict';

const assert = require('node:assert/strict');
const { mkdir, readFile, rm } = require('node:fs/promises');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { openDepot } = require('./depot');

let depot, customer, staff;

before(async () => {
  depot = await openDepot();
  customer = await depot.enrol('ada', 'customer');
  staff = await depot.enrol('sam', 'staff');
  for (const [recipient, town, weight] of [
    ['Grace Hopper', 'Arlington', 3.5],
    ['Alan Turing', 'Wilmslow', 1],
    ['Grace Murray', 'Wilmslow', 12],
  ]) {
    const { status } = await depot.send('POST', '/parcels', { token: customer, body: { recipient, town, weight } });
    assert.equal(status, 201);
  }
});

after(() => depot.close());

test('a parcel comes with its sender and its scans, in order', async () => {
  for (const [place, status] of [
    ['Arlington counter', 'received'],
    ['Richmond', 'on the way'],
  ]) {
    const scan = await depot.send('POST', '/parcels/1/scans', { token: staff, body: { place, status } });
    assert.equal(scan.status, 201);
  }
  const { status, json } = await depot.send('GET', '/parcels/1', { token: customer });
  assert.equal(status, 200);
  assert.deepEqual(json, {
    parcel: { id: 1, sender_id: 1, recipient: 'Grace Hopper', town: 'Arlington', weight: 3.5, status: 'on the way' },
    sender: 'ada',
    scans: [
      { place: 'Arlington counter', status: 'received', scanned_by: 'sam' },
      { place: 'Richmond', status: 'on the way', scanned_by: 'sam' },
    ],
  });
});

test('an unknown parcel is not found, by any of its addresses', async () => {
  for (const url of ['/parcels/99', '/parcels/99/slip', '/labels/99', '/labels/99/checksum']) {
    const { status, json } = await depot.send('GET', url, { token: staff });
    assert.deepEqual([url, status, json], [url, 404, { error: 'no parcel 99' }]);
  }
  assert.equal((await depot.send('POST', '/parcels/99/scans', { token: staff, body: { place: 'x', status: 'y' } })).status, 404);
});

test('the list is sorted by the column that is asked for', async () => {
  const { json } = await depot.send('GET', '/parcels?sort=weight', { token: customer });
  assert.deepEqual(
    json.map((parcel) => parcel.weight),
    [1, 3.5, 12],
  );
  assert.equal((await depot.send('GET', '/parcels?sort=colour', { token: customer })).status, 500);
});

test('the search finds part of a name, and narrows by status', async () => {
  const found = await depot.send('GET', '/parcels/search?q=grace', { token: customer });
  assert.deepEqual(
    found.json.map((parcel) => parcel.id),
    [1, 3],
  );
  const announced = await depot.send('GET', '/parcels/search?q=grace&status=announced', { token: customer });
  assert.deepEqual(
    announced.json.map((parcel) => parcel.id),
    [3],
  );
  assert.deepEqual((await depot.send('GET', '/parcels/search?q=nobody', { token: customer })).json, []);
});

test('the slip is the template with the parcel filled in', async () => {
  const { status, type, text } = await depot.send('GET', '/parcels/2/slip', { token: customer });
  assert.equal(status, 200);
  assert.match(type, /^text\/plain/);
  assert.equal(text, 'PARCEL 2\nTo: Alan Turing\n    Wilmslow\nWeight: 1 kg\n');
});

test('an announcement lies in the outbox when it is answered', async () => {
  const { status, json } = await depot.send('POST', '/parcels/2/announce', { token: staff });
  assert.deepEqual([status, json], [202, { announced: 2 }]);
  assert.equal(await readFile(path.join(depot.dataDir, 'outbox', '2.txt'), 'utf8'), 'Dear Alan Turing,\nparcel 2 is announced.\n');
});

test('only staff scan', async () => {
  const scan = await depot.send('POST', '/parcels/2/scans', { token: customer, body: { place: 'home', status: 'delivered' } });
  assert.deepEqual([scan.status, scan.json], [403, { error: 'for staff only' }]);
});

test('an audit log that cannot be written fails the scan, and the answer says so', async () => {
  await rm(path.join(depot.dataDir, 'audit.log'), { force: true });
  await mkdir(path.join(depot.dataDir, 'audit.log'));
  const scan = await depot.send('POST', '/parcels/3/scans', { token: staff, body: { place: 'Leeds', status: 'lost' } });
  assert.deepEqual([scan.status, scan.json], [500, { error: 'internal error' }]);
  const slip = await depot.send('GET', '/parcels/3/slip', { token: customer });
  assert.equal(slip.status, 200);
  await rm(path.join(depot.dataDir, 'audit.log'), { recursive: true });
});
