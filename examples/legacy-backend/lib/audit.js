'use strict';

// One line for everything that somebody did: who, what.
const fs = require('fs');
const path = require('path');
const config = require('../config');

const file = path.join(config.dataDir, 'audit.log');

function record(who, what, done) {
  var line = who + '\t' + what + '\n';
  fs.appendFile(file, line, function (err) {
    if (err) return done(err);
    done();
  });
}

exports.file = file;
exports.record = record;
