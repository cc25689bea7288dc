'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { mkdtemp, readFile, rm, writeFile } = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { promisify } = require('node:util');
const zlib = require('node:zlib');
const { openDepot } = require('./depot');

const closeDay = path.join(__dirname, '..', 'bin', 'close-day.js');
const gunzip = promisify(zlib.gunzip);
const run = promisify(execFile);

let depot, staff;

before(async () => {
  depot = await openDepot();
  staff = await depot.enrol('sam', 'staff');
  for (const [recipient, town] of [
    ['Grace "Amazing" Hopper', 'Arlington'],
    ['Alan Turing', 'Wilmslow'],
    ['Grace Murray', 'Wilmslow'],
  ]) {
    await depot.send('POST', '/parcels', { token: staff, body: { recipient, town, weight: 2 } });
  }
  await depot.send('POST', '/parcels/2/scans', { token: staff, body: { place: 'Leeds', status: 'lost' } });
  await writeFile(path.join(depot.dataDir, 'holidays.json'), '["2016-12-25"]');
});

after(() => depot.close());

test('the daily report counts parcels by status', async () => {
  const { status, text } = await depot.send('GET', '/reports/daily', { token: staff });
  assert.equal(status, 200);
  assert.match(text, /<tr><td>announced<\/td><td>2<\/td><\/tr>\n<tr><td>lost<\/td><td>1<\/td><\/tr>/);
});

test('a manifest lists the parcels of a town, and is packed for the archive', async () => {
  const { status, json } = await depot.send('POST', '/reports/manifests/Arlington', { token: staff });
  assert.deepEqual([status, json], [201, { parcels: 1, file: 'Arlington.csv.gz' }]);
  const csv = 'id,recipient,weight\n1,"Grace ""Amazing"" Hopper",2\n';
  assert.equal(await readFile(path.join(depot.dataDir, 'manifests', 'Arlington.csv'), 'utf8'), csv);
  const packed = await readFile(path.join(depot.dataDir, 'archive', 'Arlington.csv.gz'));
  assert.equal((await gunzip(packed)).toString(), csv);
});

test('the audit log is downloaded compressed', async () => {
  const { status, bytes } = await depot.send('GET', '/reports/audit.gz', { token: staff });
  assert.equal(status, 200);
  assert.match((await gunzip(bytes)).toString(), /^sam\tlogged in\nsam\tannounced parcel 1\n/);
});

test('an audit log that is not there is not found', async () => {
  await rm(path.join(depot.dataDir, 'audit.log'));
  assert.equal((await depot.send('GET', '/reports/audit.gz', { token: staff })).status, 404);
});

test('a manifest that cannot be written is an error', async () => {
  await rm(path.join(depot.dataDir, 'manifests'), { recursive: true });
  await writeFile(path.join(depot.dataDir, 'manifests'), '');
  const { status } = await depot.send('POST', '/reports/manifests/Wilmslow', { token: staff });
  assert.equal(status, 500);
  await rm(path.join(depot.dataDir, 'manifests'));
});

test('reports are for staff', async () => {
  const customer = await depot.enrol('ada', 'customer');
  assert.equal((await depot.send('GET', '/reports/daily', { token: customer })).status, 403);
});

test('closing the day writes a manifest for every town, and the totals', async () => {
  await run(process.execPath, [closeDay, '2016-12-23'], { env: { ...process.env, DEPOT_DATA: depot.dataDir } });
  const totals = JSON.parse(await readFile(path.join(depot.dataDir, 'totals-2016-12-23.json'), 'utf8'));
  assert.deepEqual(totals, {
    day: '2016-12-23',
    towns: ['Arlington', 'Wilmslow'],
    counts: [
      { status: 'announced', parcels: 2 },
      { status: 'lost', parcels: 1 },
    ],
  });
  const manifest = path.join(depot.dataDir, 'manifests', '2016-12-23-Wilmslow.txt');
  assert.equal(await readFile(manifest, 'utf8'), 'Manifest of Wilmslow on 2016-12-23\n');
});

test('nothing is closed on a holiday', async () => {
  const { stdout } = await run(process.execPath, [closeDay, '2016-12-25'], { env: { ...process.env, DEPOT_DATA: depot.dataDir } });
  assert.equal(stdout, '2016-12-25 is a holiday\n');
});

test('closing the day fails loudly when the holidays cannot be read', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'depot-broken-'));
  await writeFile(path.join(folder, 'holidays.json'), '[');
  await assert.rejects(run(process.execPath, [closeDay, '2016-12-23'], { env: { ...process.env, DEPOT_DATA: folder } }), { code: 1 });
  await rm(folder, { recursive: true });
});
