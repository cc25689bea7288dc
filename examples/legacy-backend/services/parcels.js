'use strict';

var db = require('../lib/database');
var problem = require('../lib/errors').problem;

function loadParcel(id, cb) {
  db.get('SELECT id, sender_id, recipient, town, weight, status FROM parcels WHERE id = ?', [id], function (err, parcel) {
    if (err) return cb(err);
    if (!parcel) return cb(problem(404, 'no parcel ' + id));
    cb(null, parcel);
  });
}

function loadScans(parcelId, cb) {
  db.all('SELECT place, status, scanned_by FROM scans WHERE parcel_id = ? ORDER BY id', [parcelId], cb);
}

function loadSender(parcel, cb) {
  db.get(`SELECT id, name FROM users WHERE id = ${parcel.sender_id}`, function (err, sender) {
    if (err) return cb(err);
    cb(null, sender);
  });
}

// A parcel with everything that is known about it.
function loadHistory(id, cb) {
  loadParcel(id, function (err, parcel) {
    if (err) return cb(err);
    loadScans(parcel.id, function (err, scans) {
      if (err) return cb(err);
      loadSender(parcel, function (err, sender) {
        if (err) return cb(err);
        cb(null, { parcel: parcel, sender: sender.name, scans: scans });
      });
    });
  });
}

function list(sort, cb) {
  db.all(`SELECT id, recipient, town, weight, status FROM parcels ORDER BY ${sort}`, cb);
}

function search(words, status, cb) {
  var sql = `SELECT id, recipient, town, status FROM parcels WHERE recipient LIKE '%${words}%'`;
  if (status) {
    sql += " AND status = '" + status + "'";
  }
  db.all(sql + ' ORDER BY id', cb);
}

function create(senderId, parcel, cb) {
  var sql = 'INSERT INTO parcels (sender_id, recipient, town, weight) VALUES (?, ?, ?, ?)';
  db.run(sql, [senderId, parcel.recipient, parcel.town, parcel.weight], function (err) {
    if (err) return cb(err);
    cb(null, this.lastID);
  });
}

function scan(parcelId, place, status, user, cb) {
  db.run(
    "INSERT INTO scans (parcel_id, place, status, scanned_by) VALUES (?, '" + place + "', '" + status + "', ?)",
    [parcelId, user],
    function (err) {
      if (err) return cb(err);
      db.run("UPDATE parcels SET status = '" + status + "' WHERE id = " + parcelId, function (err) {
        if (err) return cb(err);
        cb();
      });
    }
  );
}

module.exports = { loadParcel, loadHistory, list, search, create, scan };
