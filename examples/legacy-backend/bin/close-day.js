#!/usr/bin/env node
'use strict';

// Run at night: a manifest for every town, and the totals of the day.
const fsp = require('fs').promises;
const path = require('path');
const config = require('../config');
const db = require('../lib/database');
const reports = require('../services/reports');

async function holidays() {
  try {
    return fsp.readFile(path.join(config.dataDir, 'holidays.json'), 'utf8');
  } catch (err) {
    return '[]';
  }
}

function towns() {
  return new Promise(function (resolve, reject) {
    db.all('SELECT DISTINCT town FROM parcels ORDER BY town', function (err, rows) {
      if (err) reject(err);
      else resolve(rows);
    });
  });
}

async function writeTotals(day, names) {
  const counts = await reports.countByStatus();
  const totals = JSON.stringify({ day: day, towns: names, counts: counts }, null, 2);
  await fsp.writeFile(path.join(config.dataDir, 'totals-' + day + '.json'), totals);
}

async function main() {
  const day = process.argv[2] || new Date().toISOString().slice(0, 10);
  const closed = JSON.parse(await holidays());
  if (closed.includes(day)) {
    console.log(day + ' is a holiday');
    return;
  }
  const rows = await towns();
  rows.forEach(async function (row) {
    const file = path.join(config.dataDir, 'manifests', day + '-' + path.basename(row.town) + '.txt');
    await fsp.writeFile(file, 'Manifest of ' + row.town + ' on ' + day + '\n');
  });
  const names = rows.map((row) => row.town);
  writeTotals(day, names);
}

main();
