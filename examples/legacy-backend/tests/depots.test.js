'use strict';

const assert = require('node:assert/strict');
const { writeFile } = require('node:fs/promises');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { openDepot } = require('./depot');

let depot, staff;

before(async () => {
  depot = await openDepot();
  staff = await depot.enrol('sam', 'staff');
  const { status, json } = await depot.send('PUT', '/depots/leeds', { token: staff, body: { name: 'Leeds', lanes: [1, 2, 5], pin: 4711 } });
  assert.deepEqual([status, json], [201, { depot: 'Leeds' }]);
});

after(() => depot.close());

test('the right PIN shows the lanes', async () => {
  const { status, json } = await depot.send('POST', '/depots/leeds/unlock', { body: { pin: 4711 } });
  assert.deepEqual([status, json], [200, { depot: 'Leeds', lanes: [1, 2, 5] }]);
});

test('a wrong PIN does not', async () => {
  const { status, json } = await depot.send('POST', '/depots/leeds/unlock', { body: { pin: '0000' } });
  assert.deepEqual([status, json], [403, { error: 'wrong pin' }]);
});

test('a depot can be set up again, with another PIN', async () => {
  await depot.send('PUT', '/depots/york', { token: staff, body: { name: 'York', lanes: [1], pin: 1 } });
  await depot.send('PUT', '/depots/york', { token: staff, body: { name: 'York', lanes: [1, 2], pin: 2 } });
  assert.equal((await depot.send('POST', '/depots/york/unlock', { body: { pin: 1 } })).status, 403);
  assert.deepEqual((await depot.send('POST', '/depots/york/unlock', { body: { pin: 2 } })).json.lanes, [1, 2]);
});

test('a depot that does not exist is not found', async () => {
  assert.equal((await depot.send('POST', '/depots/nowhere/unlock', { body: { pin: 1 } })).status, 404);
});

test('a damaged depot file is an internal error, and the next request is served', async () => {
  await writeFile(path.join(depot.dataDir, 'depots', 'hull.json'), '{ "name": "Hu');
  const { status, json } = await depot.send('POST', '/depots/hull/unlock', { body: { pin: 1 } });
  assert.deepEqual([status, json], [500, { error: 'internal error' }]);
  assert.equal((await depot.send('POST', '/depots/leeds/unlock', { body: { pin: 4711 } })).status, 200);
});

test('pages are read from the templates', async () => {
  const help = await depot.send('GET', '/pages/help');
  assert.equal(help.status, 200);
  assert.match(help.type, /^text\/html/);
  assert.match(help.text, /This is depot \d+\.\d+\.\d+\./);
  assert.equal((await depot.send('GET', '/pages/missing')).status, 404);
  assert.equal((await depot.send('GET', '/elsewhere')).status, 404);
});
