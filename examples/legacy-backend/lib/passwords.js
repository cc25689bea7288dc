'use strict';

const crypto = require('crypto');

const ROUNDS = 20000;

function newSalt() {
  return crypto.randomBytes(16).toString('hex');
}

function hash(password, salt) {
  return crypto.pbkdf2Sync(String(password), salt, ROUNDS, 32, 'sha256').toString('hex');
}

module.exports = { newSalt: newSalt, hash: hash };
