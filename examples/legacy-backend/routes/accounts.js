'use strict';

const express = require('express');
const audit = require('../lib/audit');
const db = require('../lib/database');
const passwords = require('../lib/passwords');
const sessions = require('../lib/sessions');
const problem = require('../lib/errors').problem;

const router = express.Router();

router.post('/register', function (req, res, next) {
  if (!req.body.name || !req.body.password) return next(problem(400, 'name and password are needed'));
  const salt = passwords.newSalt();
  const digest = passwords.hash(req.body.password, salt);
  const role = req.body.role === 'staff' ? 'staff' : 'customer';
  db.run('INSERT INTO users (name, role, salt, digest) VALUES (?, ?, ?, ?)', [req.body.name, role, salt, digest], function (err) {
    if (err && err.code === 'SQLITE_CONSTRAINT') return next(problem(409, 'the name is taken'));
    if (err) return next(err);
    res.status(201).json({ id: this.lastID });
  });
});

router.post('/login', function (req, res, next) {
  const name = String(req.body.name);
  db.get("SELECT salt FROM users WHERE name = '" + name + "'", function (err, row) {
    if (err) return next(err);
    if (!row) return next(problem(401, 'unknown name or wrong password'));
    const digest = passwords.hash(req.body.password, row.salt);
    db.get(`SELECT id, name, role FROM users WHERE name = '${name}' AND digest = '${digest}'`, function (err, user) {
      if (err) return next(err);
      if (!user) return next(problem(401, 'unknown name or wrong password'));
      audit.record(user.name, 'logged in', function (err) {
        if (err) return next(err);
        res.json({ token: sessions.start(user), role: user.role });
      });
    });
  });
});

router.get('/me', sessions.required, function (req, res) {
  res.json({ name: req.user.name, role: req.user.role });
});

module.exports = router;
