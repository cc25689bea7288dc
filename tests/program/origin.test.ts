import { describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ts } from 'ts-morph';
import { Program } from '../../engine/program/program.ts';
import { readProjectConfig } from '../../engine/program/compiler-options.ts';

/** The origin of every expression marked `?` in a comment in the files, in order. */
function origins(files: Record<string, string>, root = '/nowhere/project'): (string | undefined)[] {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, bom: false }));
  const program = new Program({ root, compilerOptions: readProjectConfig(root).options }, sources);
  return program.files.flatMap((file) => {
    const found: (string | undefined)[] = [];
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      const marked = file.text.slice(node.pos, node.getStart(file)).includes('/*?*/');
      if (
        marked &&
        ts.isCallExpression(node) &&
        node.parent.getStart(file) === node.getStart(file) &&
        ts.isExpressionStatement(node.parent)
      )
        found.push(program.originOf(node.expression)?.key);
    };
    visit(file);
    return found;
  });
}

describe('the origin of a callee', () => {
  test.each([
    ['required', `const fs = require('fs'); /*?*/fs.readFileSync('a');`, 'fs.readFileSync'],
    ['required with the node: prefix', `const fs = require('node:fs'); /*?*/fs.readFileSync('a');`, 'fs.readFileSync'],
    ['required under another name', `var filesystem = require('fs'); /*?*/filesystem.readFileSync('a');`, 'fs.readFileSync'],
    ['destructured', `const { readFileSync: read } = require('fs'); /*?*/read('a');`, 'fs.readFileSync'],
    ['required in place', `/*?*/require('fs').readFileSync('a');`, 'fs.readFileSync'],
    ['a member taken at once', `const read = require('fs').readFileSync; /*?*/read('a');`, 'fs.readFileSync'],
    ['imported by name', `import { readFileSync as r } from 'fs'; /*?*/r('a');`, 'fs.readFileSync'],
    ['imported by default', `import fs from 'node:fs'; /*?*/fs.readFileSync('a');`, 'fs.readFileSync'],
    ['imported as a namespace', `import * as fs from 'fs'; /*?*/fs.readFileSync('a');`, 'fs.readFileSync'],
    ['of a sub-module', `const fsp = require('fs/promises'); /*?*/fsp.readFile('a');`, 'fs.promises.readFile'],
    ['of a member that is a sub-module', `const fsp = require('fs').promises; /*?*/fsp.readFile('a');`, 'fs.promises.readFile'],
    ['of a module that is a class', `const { pipeline } = require('stream'); /*?*/pipeline(a, b);`, 'stream.pipeline'],
    ['a key in brackets', `const fs = require('fs'); /*?*/fs['readFileSync']('a');`, 'fs.readFileSync'],
    ['a local function of the same name', `function readFileSync() {} /*?*/readFileSync('a');`, undefined],
    ['a parameter of the same name', `const fs = require('fs'); function f(fs) { /*?*/fs.readFileSync('a'); }`, undefined],
    ['one of two modules', `const fs = process.env.X ? require('fs') : require('graceful-fs'); /*?*/fs.readFileSync('a');`, undefined],
    ['a global that is always there', `var P = global.Promise || require('promise'); /*?*/P.all([]);`, 'global.Promise.all'],
    ['asked for by its type', `var P = typeof Promise === 'function' ? Promise : require('q'); /*?*/P.all([]);`, 'global.Promise.all'],
    ['asked for by its absence', `var P = typeof Promise != 'undefined' ? Promise : require('q'); /*?*/P.all([]);`, 'global.Promise.all'],
    ['of another type than asked for', `var P = typeof Promise === 'object' ? Promise : require('q'); /*?*/P.all([]);`, undefined],
    ['a global that may be missing', `var F = global.fetch || require('node-fetch'); /*?*/F('a');`, undefined],
    ['a module that is the global', `var P = require('pinkie-promise'); /*?*/P.all([]);`, 'global.Promise.all'],
    ['reassigned', `let fs = require('fs'); fs = mock; /*?*/fs.readFileSync('a');`, undefined],
    ['defined after its declaration', `let fs; fs = require('fs'); /*?*/fs.readFileSync('a');`, 'fs.readFileSync'],
    ['an instance of a library', `const { Pool } = require('pg'); const pool = new Pool(); /*?*/pool.query('x');`, 'pg.Pool.new.query'],
    [
      'what a factory gives',
      `const mysql = require('mysql'); const db = mysql.createConnection({}); /*?*/db.query('x');`,
      'mysql.createConnection().query',
    ],
    [
      'assigned without a declaration',
      `const mysql = require('mysql'); db = mysql.createPool({}); function find() { /*?*/db.query('x'); }`,
      'mysql.createPool().query',
    ],
    [
      'a property of the global object',
      `const mysql = require('mysql'); global.db = mysql.createPool({}); function find() { /*?*/db.query('x'); }`,
      'mysql.createPool().query',
    ],
    [
      'a global that is assigned twice, not alike',
      `const mysql = require('mysql'); db = mysql.createPool({}); function mock(other) { db = other; } /*?*/db.query('x');`,
      undefined,
    ],
    ['a global that is made from itself', `db = db || require('fs'); /*?*/db.readFileSync('a');`, undefined],
    [
      'given to a constructor',
      `const mysql = require('mysql'); class Users { constructor(db) { this.db = db; } find() { /*?*/this.db.query('x'); } } new Users(mysql.createPool({}));`,
      'mysql.createPool().query',
    ],
    [
      'given to a constructor, not alike',
      `const mysql = require('mysql'); class Users { constructor(db) { this.db = db; } find() { /*?*/this.db.query('x'); } } new Users(mysql.createPool({})); new Users(fake);`,
      undefined,
    ],
    [
      'promisified and bound',
      `const { promisify } = require('util'); const db = new (require('sqlite3').Database)('a'); const get = promisify(db.get).bind(db); /*?*/get('x');`,
      'sqlite3.Database.new.get(promisified)',
    ],
    [
      'what a callback gets',
      `const mysql = require('mysql'); const pool = mysql.createPool({}); pool.getConnection(function (err, c) { /*?*/c.query('x'); });`,
      'mysql.createPool().getConnection(cb1).query',
    ],
    [
      'awaited',
      `async function f() { const c = await require('mysql2/promise').createConnection(); /*?*/c.query('x'); }`,
      'mysql2/promise.createConnection().query',
    ],
    [
      'a parameter that all calls agree on',
      `const { Pool } = require('pg'); const p = new Pool(); function f(db) { /*?*/db.query('x'); } f(p);`,
      'pg.Pool.new.query',
    ],
    [
      'a parameter that calls disagree on',
      `const { Pool } = require('pg'); function f(db) { /*?*/db.query('x'); } f(new Pool()); f({});`,
      undefined,
    ],
    [
      'held by this',
      `const { Pool } = require('pg'); class S { constructor() { this.db = new Pool(); } m() { /*?*/this.db.query('x'); } }`,
      'pg.Pool.new.query',
    ],
    [
      'held by this of a constructor function',
      `const { Pool } = require('pg'); function S() { this.db = new Pool(); } S.prototype.m = function () { /*?*/this.db.query('x'); };`,
      'pg.Pool.new.query',
    ],
    [
      'exported under its own name',
      `const { Pool } = require('pg'); var pool = new Pool(); exports.pool = pool; /*?*/pool.query('x');`,
      'pg.Pool.new.query',
    ],
    ['held by an object', `const { Pool } = require('pg'); const ctx = { db: new Pool() }; /*?*/ctx.db.query('x');`, 'pg.Pool.new.query'],
    [
      'made by a function of the program',
      `const { Pool } = require('pg'); function open() { return new Pool(); } const p = open(); /*?*/p.query('x');`,
      'pg.Pool.new.query',
    ],
    [
      'promisified',
      `const { promisify } = require('util'); const fs = require('fs'); const r = promisify(fs.readFile); /*?*/r('a');`,
      'fs.readFile(promisified)',
    ],
    ['a stream by its type', `const fs = require("fs"); const s = fs.createReadStream("a"); /*?*/s.pipe(b);`, 'fs.createReadStream().pipe'],
    ["a global that is also a module's", `/*?*/setTimeout(f, 1);`, 'timers.setTimeout'],
    ['a member of a global', `/*?*/process.stdout.write('a');`, 'global.process.stdout.write'],
  ])('%s', (_name, text, expected) => {
    expect(origins({ 'a.js': text })).toEqual([expected]);
  });

  test.each([
    [
      'module.exports of a value',
      `module.exports = new (require('pg').Pool)();`,
      `const db = require('./db'); /*?*/db.query('x');`,
      'pg.Pool.new.query',
    ],
    [
      'module.exports of a variable',
      `const { Pool } = require('pg'); const p = new Pool(); module.exports = p;`,
      `const db = require('./db'); /*?*/db.query('x');`,
      'pg.Pool.new.query',
    ],
    [
      'a named export',
      `exports.pool = new (require('pg').Pool)();`,
      `const { pool } = require('./db'); /*?*/pool.query('x');`,
      'pg.Pool.new.query',
    ],
    [
      'a member of an exported object',
      `const p = new (require('pg').Pool)(); module.exports = { pool: p };`,
      `const db = require('./db'); /*?*/db.pool.query('x');`,
      'pg.Pool.new.query',
    ],
    [
      'an ES export',
      `import { Pool } from 'pg'; export const pool = new Pool();`,
      `import { pool as p } from './db'; /*?*/p.query('x');`,
      'pg.Pool.new.query',
    ],
    [
      'an ES default export',
      `import { Pool } from 'pg'; export default new Pool();`,
      `import p from './db'; /*?*/p.query('x');`,
      'pg.Pool.new.query',
    ],
    [
      'a re-exported module',
      `module.exports = require('fs');`,
      `const fs = require('./db'); /*?*/fs.readFileSync('x');`,
      'fs.readFileSync',
    ],
    [
      'given to an exported factory',
      `module.exports = function (db) { /*?*/db.query('x'); };`,
      `require('./db')(new (require('pg').Pool)());`,
      'pg.Pool.new.query',
    ],
  ])('across modules: %s', (_name, db, main, expected) => {
    expect(origins({ 'db.js': db, 'main.js': main })).toEqual([expected]);
  });

  test('in a script without extension', () => {
    expect(origins({ 'bin/www': `#!/usr/bin/env node\nvar fs = require('fs');\n/*?*/fs.readFileSync('a');` })).toEqual(['fs.readFileSync']);
  });

  test('by annotation in TypeScript', () => {
    const text = `import type { Pool } from 'pg'; import { Connection } from 'mysql2/promise';
      class Store { constructor(private readonly db: Pool) {} find() { /*?*/this.db.query('x'); } }
      function load(connection: Connection) { /*?*/connection.query('x'); }`;
    expect(origins({ 'a.ts': text })).toEqual(['pg.Pool.new.query', 'mysql2/promise.Connection.new.query']);
  });

  test('of a package whose types tell of a module, where `require` gives an object', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nodelift-origin-'));
    const home = join(folder, 'node_modules', 'commander');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'commander', version: '9.5.0', types: 'index.d.ts' }));
    writeFileSync(join(home, 'index.d.ts'), 'export class Command { action(run: () => void): this; }\nexport const program: Command;\n');
    const text = `const program = require('commander'); /*?*/program.command('list').action(list); function list() {}`;
    expect(origins({ 'bin.js': text }, folder)).toEqual(['commander.command().action']);
    rmSync(folder, { recursive: true });
  });
});
