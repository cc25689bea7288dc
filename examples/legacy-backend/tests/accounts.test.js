'use strict';

const assert = require('node:assert/strict');
const { readFile } = require('node:fs/promises');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { openDepot } = require('./depot');

let depot;

before(async () => {
  depot = await openDepot();
  const { status } = await depot.send('POST', '/register', { body: { name: 'ada', password: 'parcel' } });
  assert.equal(status, 201);
});

after(() => depot.close());

test('a customer logs in and is known by the token', async () => {
  const login = await depot.send('POST', '/login', { body: { name: 'ada', password: 'parcel' } });
  assert.equal(login.status, 200);
  assert.equal(login.json.role, 'customer');
  const me = await depot.send('GET', '/me', { token: login.json.token });
  assert.deepEqual(me.json, { name: 'ada', role: 'customer' });
});

test('the login is in the audit log by the time it is answered', async () => {
  await depot.send('POST', '/register', { body: { name: 'bea', password: 'parcel' } });
  await depot.send('POST', '/login', { body: { name: 'bea', password: 'parcel' } });
  assert.match(await readFile(path.join(depot.dataDir, 'audit.log'), 'utf8'), /^bea\tlogged in$/m);
});

test('a wrong password and an unknown name get the same answer', async () => {
  const wrong = await depot.send('POST', '/login', { body: { name: 'ada', password: 'letter' } });
  const unknown = await depot.send('POST', '/login', { body: { name: 'eve', password: 'parcel' } });
  assert.equal(wrong.status, 401);
  assert.deepEqual([unknown.status, unknown.json], [wrong.status, wrong.json]);
});

test('a name is given once', async () => {
  const again = await depot.send('POST', '/register', { body: { name: 'ada', password: 'other' } });
  assert.equal(again.status, 409);
  assert.equal(again.json.error, 'the name is taken');
});

test('registering without a password is a bad request', async () => {
  assert.equal((await depot.send('POST', '/register', { body: { name: 'cy' } })).status, 400);
});

test('without a token nobody is let in', async () => {
  assert.equal((await depot.send('GET', '/me')).status, 401);
  assert.equal((await depot.send('GET', '/parcels', { token: 'made-up' })).status, 401);
});
