'use strict';

var crypto = require('crypto');
var fs = require('fs');
var path = require('path');
var express = require('express');
var config = require('../config');
var sessions = require('../lib/sessions');
var parcels = require('../services/parcels');

var router = express.Router();

function labelFile(parcel) {
  return path.join(config.dataDir, 'labels', parcel.id + '.pdf');
}

router.use(sessions.required);

router.param('id', function (req, res, next, id) {
  parcels.loadParcel(id, function (err, parcel) {
    if (err) return next(err);
    req.parcel = parcel;
    next();
  });
});

router.put('/:id', function (req, res, next) {
  var out = fs.createWriteStream(labelFile(req.parcel));
  req.on('data', function (chunk) {
    out.write(chunk);
  });
  req.on('end', function () {
    out.end();
  });
  req.on('error', next);
  out.on('error', next);
  out.on('finish', function () {
    res.status(201).json({ label: req.parcel.id, bytes: out.bytesWritten });
  });
});

router.get('/:id', function (req, res, next) {
  var file = labelFile(req.parcel);
  fs.stat(file, function (err, stats) {
    if (err) return next(err);
    res.type('pdf').set('Content-Length', stats.size);
    fs.createReadStream(file).pipe(res);
  });
});

router.get('/:id/checksum', function (req, res, next) {
  var file = labelFile(req.parcel);
  fs.stat(file, function (err, stats) {
    if (err) return next(err);
    fs.readFile(file, function (err, content) {
      if (err) return next(err);
      var sum = crypto.createHash('sha256').update(content).digest('hex');
      res.json({ bytes: stats.size, sha256: sum });
    });
  });
});

// Keeps a copy of the label, as it was when the parcel was handed over.
router.post('/:id/archive', sessions.staffOnly, function (req, res, next) {
  var source = fs.createReadStream(labelFile(req.parcel));
  var copy = fs.createWriteStream(path.join(config.dataDir, 'archive', req.parcel.id + '.pdf'));
  source.on('error', next);
  copy.on('error', next);
  source.on('data', function (chunk) {
    copy.write(chunk);
  });
  source.on('end', function () {
    copy.end();
  });
  copy.on('finish', function () {
    res.json({ archived: req.parcel.id });
  });
});

module.exports = router;
