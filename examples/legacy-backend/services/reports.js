'use strict';

const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const config = require('../config');
const db = require('../lib/database');
const templates = require('../lib/templates');

function countByStatus() {
  return new Promise(function (resolve, reject) {
    db.all('SELECT status, COUNT(*) AS parcels FROM parcels GROUP BY status ORDER BY status', function (err, rows) {
      if (err) return reject(err);
      resolve(rows);
    });
  });
}

function renderDaily(counts) {
  const lines = counts.map(function (row) {
    return '<tr><td>' + row.status + '</td><td>' + row.parcels + '</td></tr>';
  });
  return templates.fill(templates.loadTemplate('daily.html'), { rows: lines.join('\n') });
}

function csvValue(value) {
  return '"' + String(value).replace(/"/g, '""') + '"';
}

// Writes the parcels that go to `town` to a file, for the driver; calls back with the number of them.
function writeManifest(town, cb) {
  db.all("SELECT id, recipient, weight FROM parcels WHERE town = '" + town + "' ORDER BY id", function (err, rows) {
    if (err) return cb(err);
    const file = path.join(config.dataDir, 'manifests', path.basename(town) + '.csv');
    const lines = rows.map(function (row) {
      return [row.id, csvValue(row.recipient), row.weight].join(',');
    });
    fs.writeFile(file, 'id,recipient,weight\n' + lines.join('\n') + '\n', function (err) {
      if (err) return cb(err);
      cb(null, rows.length);
    });
  });
}

// Packs a file for the archive, next to nothing but its own name.
function compress(file, cb) {
  const target = path.join(config.dataDir, 'archive', path.basename(file) + '.gz');
  fs.createReadStream(file)
    .on('error', cb)
    .pipe(zlib.createGzip())
    .on('error', cb)
    .pipe(fs.createWriteStream(target))
    .on('error', cb)
    .on('finish', function () {
      cb(null, target);
    });
}

module.exports = { countByStatus, renderDaily, writeManifest, compress };
