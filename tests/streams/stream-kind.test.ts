import { describe, expect, test } from '@jest/globals';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import stream from 'node:stream';
import tty from 'node:tty';
import zlib from 'node:zlib';
import { ts } from 'ts-morph';
import { streamClasses } from '../../catalog/streams.ts';
import { readProjectConfig } from '../../engine/program/compiler-options.ts';
import { Program } from '../../engine/program/program.ts';
import { streamKind } from '../../transforms/streams-to-pipeline/stream-kind.ts';

const root = '/nowhere/project';

/** The kinds of the expressions in `it(…)` calls, by what messages call them. */
function kinds(text: string, path = 'a.js'): (string | undefined)[] {
  const program = new Program({ root, compilerOptions: readProjectConfig(root).options }, [{ path, text, bom: false }]);
  const found: (string | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'it') {
      const [argument] = node.arguments;
      if (argument !== undefined) {
        const kind = streamKind(program, argument);
        found.push(kind && `${kind.what}: ${kind.side}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  program.files.forEach(visit);
  return found;
}

describe('the kind of a stream', () => {
  test.each([
    ['a file', `const fs = require('fs'); it(fs.createReadStream('a'));`, 'a file: readable'],
    ['a file in a variable', `const fs = require('fs'); var out; out = fs.createWriteStream('a'); it(out);`, 'a file: writable'],
    ['a file from a function', `const fs = require('fs'); const open = () => fs.createReadStream('a'); it(open());`, 'a file: readable'],
    ['a compressor', `import { createGzip } from 'node:zlib'; it(createGzip());`, 'a compressor: duplex'],
    ['a digest', `const crypto = require('crypto'); it(crypto.createHash('md5'));`, 'a digest: duplex'],
    ['a request', `const http = require('http'); http.createServer((req, res) => { it(req); });`, 'an HTTP request: readable'],
    ['a response', `const http = require('http'); http.createServer((req, res) => { it(res); });`, 'an HTTP response: writable'],
    ['what is downloaded', `require('https').get('x', (answer) => it(answer));`, 'an HTTP request: readable'],
    ["Express's response", `const app = require('express')(); app.get('/', (req, res) => it(res));`, 'an HTTP response: writable'],
    ["a router's request", `const r = require('express').Router(); r.route('/').put((req, res) => it(req));`, 'an HTTP request: readable'],
    [
      'the response of an error handler',
      `const app = require('express')(); app.use((err, req, res, next) => it(res));`,
      'an HTTP response: writable',
    ],
    ['the error of an error handler', `const app = require('express')(); app.use((err, req, res, next) => it(err));`, undefined],
    ['standard output', `it(process.stdout);`, 'standard output: writable'],
    [
      'the output of a child',
      `const { spawn } = require('child_process'); it(spawn('ls').stdout);`,
      'the output of a child process: readable',
    ],
    ['a pass-through', `const { PassThrough } = require('stream'); it(new PassThrough());`, 'a pass-through: duplex'],
    [
      'a class of the program',
      `const { Transform } = require('stream'); class Upper extends Transform {} it(new Upper());`,
      'a transform: duplex',
    ],
    [
      'one of two transforms',
      `const zlib = require('zlib'); it(Math.random() > 1 ? zlib.createGzip() : zlib.createDeflate());`,
      'a compressor: duplex',
    ],
    ['a transform of a library', `const split = require('split2'); it(split());`, 'a transform: duplex'],
    ['a parameter', `const fs = require('fs'); function f(out) { it(out); } f(fs.createWriteStream('a'));`, 'a file: writable'],
    ['an emitter', `const { EventEmitter } = require('events'); it(new EventEmitter());`, undefined],
    ['an observable', `const { of } = require('rxjs'); it(of(1));`, undefined],
    ['anything', `function f(x) { it(x); }`, undefined],
  ])('%s', (_name, text, expected) => {
    expect(kinds(text)).toEqual([expected]);
  });

  test('by annotation in TypeScript', () => {
    const text = `import type { Readable } from 'node:stream'; import { IncomingMessage } from 'http'; import * as tls from 'tls';
      function f(a: Readable, b: IncomingMessage, c: tls.TLSSocket, d: string) { it(a); it(b); it(c); it(d); }`;
    expect(kinds(text, 'a.ts')).toEqual(['a readable stream: readable', 'an HTTP request: readable', 'a socket: duplex', undefined]);
  });
});

test('every class of the catalog is one of Node, save for those that only newer ones have', () => {
  const modules: Record<string, object> = { crypto, fs, http, http2, net, stream, tty, zlib };
  // Declared as types only, or not on every Node that is supported.
  const elsewhere = [
    'crypto.Cipheriv',
    'crypto.Decipheriv',
    'NodeJS.ReadStream',
    'NodeJS.WriteStream',
    'zlib.ZstdCompress',
    'zlib.ZstdDecompress',
  ];
  const missing = Object.keys(streamClasses).filter((key) => {
    const [module = '', name = ''] = key.split('.');
    return !(name in (modules[module] ?? {}));
  });
  expect(missing.filter((key) => !elsewhere.includes(key))).toEqual([]);
});
