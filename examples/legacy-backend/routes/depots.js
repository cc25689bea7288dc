'use strict';

var crypto = require('crypto');
var fs = require('fs');
var path = require('path');
var express = require('express');
var config = require('../config');
var sessions = require('../lib/sessions');

var router = express.Router();

function depotFile(code) {
  return path.join(config.dataDir, 'depots', path.basename(code) + '.json');
}

router.put('/:code', sessions.staffOnly, function (req, res) {
  var folder = path.join(config.dataDir, 'depots');
  if (!fs.existsSync(folder)) {
    fs.mkdirSync(folder);
  }
  var salt = crypto.randomBytes(16).toString('hex');
  var digest = crypto.pbkdf2Sync(String(req.body.pin), salt, config.pinRounds, 32, 'sha256').toString('hex');
  var depot = { name: req.body.name, lanes: req.body.lanes, salt: salt, digest: digest };
  fs.writeFileSync(depotFile(req.params.code), JSON.stringify(depot, null, 2));
  res.status(201).json({ depot: depot.name });
});

// The screen at the counter asks for the PIN before it shows the lanes.
router.post('/:code/unlock', function (req, res) {
  var depot = JSON.parse(fs.readFileSync(depotFile(req.params.code), 'utf8'));
  var digest = crypto.pbkdf2Sync(String(req.body.pin), depot.salt, config.pinRounds, 32, 'sha256').toString('hex');
  if (digest !== depot.digest) {
    return res.status(403).json({ error: 'wrong pin' });
  }
  res.json({ depot: depot.name, lanes: depot.lanes });
});

module.exports = router;
