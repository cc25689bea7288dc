'use strict';

const express = require('express');
const sessions = require('./lib/sessions');

const app = express();

app.disable('x-powered-by');
app.use(sessions.middleware);

// Labels are raw bytes, so they come before the body parser.
app.use('/labels', require('./routes/labels'));
app.use(express.json());
app.use('/', require('./routes/accounts'));
app.use('/depots', require('./routes/depots'));
app.use('/parcels', require('./routes/parcels'));
app.use('/reports', require('./routes/reports'));
app.use('/pages', require('./routes/pages'));

app.use(function (req, res) {
  res.status(404).json({ error: 'no such page' });
});

app.use(function (err, req, res, next) {
  if (res.headersSent) return next(err);
  var status = err.status || (err.code === 'ENOENT' ? 404 : 500);
  if (status === 500 && !process.env.DEPOT_QUIET) console.error(err.stack);
  res.status(status).json({ error: err.status ? err.message : status === 404 ? 'not found' : 'internal error' });
});

module.exports = app;
