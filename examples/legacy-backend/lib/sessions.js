'use strict';

var crypto = require('crypto');
var problem = require('./errors').problem;

var open = {};

// Remember a user until the process ends; the token is what the client sends back.
exports.start = function (user) {
  var token = crypto.randomBytes(24).toString('hex');
  open[token] = user;
  return token;
};

exports.middleware = function (req, res, next) {
  var header = req.get('Authorization') || '';
  req.user = open[header.replace(/^Bearer /, '')];
  next();
};

exports.required = function (req, res, next) {
  next(req.user ? undefined : problem(401, 'log in first'));
};

exports.staffOnly = function (req, res, next) {
  if (!req.user) return next(problem(401, 'log in first'));
  if (req.user.role !== 'staff') return next(problem(403, 'for staff only'));
  next();
};
