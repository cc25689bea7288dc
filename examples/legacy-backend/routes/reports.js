'use strict';

const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const express = require('express');
const config = require('../config');
const audit = require('../lib/audit');
const sessions = require('../lib/sessions');
const reports = require('../services/reports');

const router = express.Router();

router.use(sessions.staffOnly);

router.get('/daily', function (req, res, next) {
  reports
    .countByStatus()
    .then(function (counts) {
      return reports.renderDaily(counts);
    })
    .then(function (html) {
      res.type('html').send(html);
    })
    .catch(next);
});

router.get('/audit.gz', function (req, res, next) {
  res.type('application/gzip');
  fs.createReadStream(audit.file)
    .on('error', next)
    .pipe(zlib.createGzip())
    .pipe(res);
});

router.post('/manifests/:town', function (req, res, next) {
  reports.writeManifest(req.params.town, function (err, count) {
    if (err) return next(err);
    const file = path.join(config.dataDir, 'manifests', path.basename(req.params.town) + '.csv');
    reports.compress(file, function (err, target) {
      if (err) return next(err);
      res.status(201).json({ parcels: count, file: path.basename(target) });
    });
  });
});

module.exports = router;
