'use strict';

const fs = require('fs');
const path = require('path');
const sqlite3 = require('sqlite3');
const config = require('../config');

const schema = fs.readFileSync(path.join(__dirname, 'schema.sql'), 'utf8');
const db = new sqlite3.Database(path.join(config.dataDir, 'depot.db'));

// Queries wait until the file is open; serialize() keeps them behind the schema.
db.serialize();
db.exec(schema);

module.exports = db;
