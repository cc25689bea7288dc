'use strict';

const express = require('express');
const audit = require('../lib/audit');
const notices = require('../lib/notices');
const sessions = require('../lib/sessions');
const templates = require('../lib/templates');
const problem = require('../lib/errors').problem;
const parcels = require('../services/parcels');

const router = express.Router();

router.use(sessions.required);

router.get('/', function (req, res, next) {
  parcels.list(req.query.sort || 'id', function (err, rows) {
    if (err) return next(err);
    res.json(rows);
  });
});

router.get('/search', function (req, res, next) {
  parcels.search(req.query.q || '', req.query.status, function (err, rows) {
    if (err) return next(err);
    res.json(rows);
  });
});

router.post('/', function (req, res, next) {
  if (!req.body.recipient || !req.body.town) return next(problem(400, 'recipient and town are needed'));
  parcels.create(req.user.id, { recipient: req.body.recipient, town: req.body.town, weight: Number(req.body.weight) || 0 }, function (err, id) {
    if (err) return next(err);
    audit.record(req.user.name, 'announced parcel ' + id, function (err) {
      if (err) return next(err);
      res.status(201).json({ id: id });
    });
  });
});

router.get('/:id', function (req, res, next) {
  parcels.loadHistory(req.params.id, function (err, history) {
    if (err) return next(err);
    res.json(history);
  });
});

// What the customer prints and sticks on the box.
router.get('/:id/slip', function (req, res, next) {
  parcels.loadParcel(req.params.id, function (err, parcel) {
    if (err) return next(err);
    const slip = templates.fill(templates.loadTemplate('slip.txt'), parcel);
    audit.record(req.user.name, 'printed slip ' + parcel.id, function (err) {
      if (err) console.error('not in the audit log:', err.message);
    });
    res.type('text').send(slip);
  });
});

router.post('/:id/scans', sessions.staffOnly, function (req, res, next) {
  const place = String(req.body.place);
  const status = String(req.body.status);
  parcels.loadParcel(req.params.id, function (err, parcel) {
    if (err) return next(err);
    parcels.scan(parcel.id, place, status, req.user.name, function (err) {
      if (err) return next(err);
      audit.record(req.user.name, 'scanned parcel ' + parcel.id, function (err) {
        if (err) return next(err);
        res.status(201).json({ id: parcel.id, status: status });
      });
    });
  });
});

router.post('/:id/announce', sessions.staffOnly, function (req, res, next) {
  parcels.loadParcel(req.params.id, function (err, parcel) {
    if (err) return next(err);
    notices.announce(parcel).then(function () {
      res.status(202).json({ announced: parcel.id });
    });
  });
});

module.exports = router;
