/** All transforms together on one legacy server: what it answers, asks of its databases and writes stays the same, and a second run finds nothing. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunResult } from '../../engine/result.ts';
import { run } from '../../engine/run.ts';
import { transforms } from '../../transforms/registry.ts';

const app = `
var express = require('express');
var MongoClient = require('mongodb').MongoClient;
var store = require('./store');
var app = express();
app.use(express.json());

app.get('/users/:name', function (req, res, next) {
  store.findUser(req.params.name, function (error, user) {
    if (error) return next(error);
    store.saveUser(user, function (error, saved) {
      if (error) return next(error);
      store.backup(saved.name, function (error) {
        if (error) return next(error);
        res.json(saved);
      });
    });
  });
});

app.get('/config/:name', function (req, res) {
  res.json(store.readConfig(req.params.name));
});

app.post('/login', function (req, res, next) {
  MongoClient.connect('mongodb://localhost', function (error, client) {
    if (error) return next(error);
    client.db('shop').collection('users').findOne({ name: req.body.name, password: req.body.password }, function (error, user) {
      if (error) return next(error);
      res.json(user);
    });
  });
});

app.use(function (error, req, res, next) {
  res.status(500).send(error.code || error.message);
});

module.exports = app;
`;

const store = `
var fs = require('fs');
var path = require('path');
var mysql = require('mysql');
var pool = mysql.createPool({ host: 'localhost' });

function readConfig(name) {
  return JSON.parse(fs.readFileSync(path.join(__dirname, name + '.json'), 'utf8'));
}

function findUser(name, callback) {
  pool.query("SELECT * FROM users WHERE name = '" + name + "'", function (error, rows) {
    if (error) return callback(error);
    callback(null, rows[0]);
  });
}

function saveUser(user, callback) {
  fs.writeFile(path.join(__dirname, user.name + '.json'), JSON.stringify(user), function (error) {
    if (error) return callback(error);
    audit('saved ' + user.name);
    callback(null, user);
  });
}

function audit(line) {
  return fs.promises.appendFile(path.join(__dirname, 'audit.log'), line + '\\n');
}

function backup(name, callback) {
  var source = fs.createReadStream(path.join(__dirname, name + '.json'));
  var target = fs.createWriteStream(path.join(__dirname, 'copies', name));
  source.on('error', callback);
  target.on('error', callback);
  target.on('finish', function () {
    callback(null, name);
  });
  source.on('data', function (chunk) {
    target.write(chunk);
  });
  source.on('end', function () {
    target.end();
  });
}

module.exports = { readConfig: readConfig, findUser: findUser, saveUser: saveUser, backup: backup };
`;

/** Drivers that call back, or give promises where they are given no callback; they fill values in as MySQL does. */
const drivers = {
  'mysql/index.js': `
exports.createPool = () => ({
  query(sql, values, callback = values) {
    let left = Array.isArray(values) ? [...values] : [];
    const asked = sql.replace(/\\?/g, () => "'" + left.shift() + "'");
    const name = /name = '(.*)'$/.exec(asked)[1];
    setImmediate(() => (name === 'nobody' ? callback(new Error('no such user')) : callback(null, [{ name }])));
  },
});`,
  'mysql/package.json': '{ "name": "mysql", "version": "2.18.1" }',
  'mongodb/index.js': `
const users = [{ name: 'ann', password: 'secret' }];
const plain = (value) => (value && typeof value === 'object' ? value.$eq : value);
const either = (promise, callback) => (callback ? void promise.then((value) => callback(null, value), callback) : promise);
const findOne = async (filter) => users.find((user) => user.name === plain(filter.name) && user.password === plain(filter.password)) ?? null;
const collection = () => ({ findOne: (filter, callback) => either(findOne(filter), callback) });
exports.MongoClient = { connect: (url, callback) => either(Promise.resolve({ db: () => ({ collection }) }), callback) };`,
  'mongodb/package.json': '{ "name": "mongodb", "version": "3.6.0" }',
};

/** Stands beside the server, and is not rewritten. */
const visitor = `
const fs = require('fs');
const app = require('./server/app.js');
const server = app.listen(0, async () => {
  const root = 'http://localhost:' + server.address().port;
  const login = (body) => ['/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }];
  const visits = [
    ['/users/ann'], ['/users/nobody'], ['/users/a%2Fb'], ['/config/ann'], ['/config/none'], ['/config/broken'],
    login({ name: 'ann', password: 'secret' }), login({ name: 'ann', password: 'wrong' }),
  ];
  for (const [address, options] of visits) {
    const answer = await fetch(root + address, options);
    console.log(address, answer.status, await answer.text());
  }
  for (const file of ['ann.json', 'copies/ann', 'audit.log']) console.log(file, fs.readFileSync('server/' + file, 'utf8'));
  process.exit(0);
});
`;

const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'nodelift-together-')));
afterAll(() => rmSync(workplace, { recursive: true, force: true }));

function written(name: string, sources: Readonly<Record<string, string>>): string {
  const folder = path.join(workplace, name);
  const files = {
    ...Object.fromEntries(Object.entries(drivers).map(([file, text]) => [`node_modules/${file}`, text])),
    'server/package.json':
      '{ "name": "shop", "private": true, "dependencies": { "express": "^4.0.0", "mysql": "^2.0.0", "mongodb": "^3.0.0" } }',
    'server/copies/.keep': '',
    'server/broken.json': '{',
    'server/.git/HEAD': '',
    'visitor.cjs': visitor,
    ...sources,
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  symlinkSync(path.join(import.meta.dirname, '../../node_modules/express4'), path.join(folder, 'node_modules/express'));
  return folder;
}

function visited(folder: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['visitor.cjs'], { cwd: folder, encoding: 'utf8', timeout: 30_000 });
  return stdout + stderr;
}

describe('all transforms on one server', () => {
  const original = { 'server/app.js': app, 'server/store.js': store };
  let result: RunResult;
  let after: string;

  beforeAll(async () => {
    const before = written('before', original);
    result = await run({ cwd: path.join(before, 'server'), transforms, unsafe: true });
    const changed = result.files.flatMap((file) => (file.status === 'changed' ? [[`server/${file.path}`, file.after] as const] : []));
    after = written('after', { ...original, ...Object.fromEntries(changed) });
  }, 60_000);

  test('each of them has something to do', () => {
    const fixed = new Set(result.findings.flatMap((finding) => (finding.status === 'fixed' ? [finding.transform] : [])));
    expect([...fixed].sort()).toEqual(transforms.map(({ name }) => name).sort());
  });

  test('the server answers, asks and writes what it did', () => {
    const trace = visited(path.join(workplace, 'before'));
    expect(trace).toContain('/users/nobody 500 no such user');
    expect(visited(after)).toBe(trace);
  });

  test('nothing is awaited twice, and a second run finds nothing', async () => {
    for (const file of result.files) if (file.status === 'changed') expect(file.after).not.toMatch(/await\s*\(?\s*await/);
    const again = await run({ cwd: path.join(after, 'server'), transforms, unsafe: true });
    expect(again.files.filter(({ status }) => status !== 'unchanged')).toEqual([]);
  });
});
