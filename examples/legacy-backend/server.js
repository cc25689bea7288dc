#!/usr/bin/env node
'use strict';

var app = require('./app');
var config = require('./config');
var notices = require('./lib/notices');

var HOUR = 60 * 60 * 1000;

app.listen(config.port, function () {
  console.log('depot listens on port ' + config.port);
});

// Notices that were picked up more than a week ago are of no use to anybody.
setInterval(function () {
  notices.sweep(7 * 24 * HOUR);
}, HOUR);
