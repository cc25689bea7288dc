/** 1 GB to a slow destination, under a heap limit: the loops that people write exceed it, and what they become does not. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { rewrittenModule, type RewrittenModule } from './rewritten-module.ts';

const gigabyte = 2 ** 30;

/** Text on the heap (larger ones are kept outside), half a megabyte at a time, as fast as it is asked for; and a sink that takes its time. */
const parts = `
const { Readable, Writable } = require('stream');

class Letters extends Readable {
  constructor() {
    super({ encoding: 'latin1' });
    this.left = 2048;
  }
  _read() {
    if (this.left === 0) return this.push(null);
    this.left -= 1;
    this.push(Buffer.alloc(2 ** 19, 'x').toString('latin1'), 'latin1');
  }
}

class Slow extends Writable {
  constructor() {
    super({ decodeStrings: false });
    this.bytes = 0;
  }
  _write(chunk, encoding, done) {
    this.bytes += chunk.length;
    setTimeout(done, 1);
  }
}

module.exports = { Letters, Slow };
`;

const loops: readonly (readonly [string, string])[] = [
  [
    'a copy loop with a callback',
    `
module.exports = function copy(done) {
  const source = new Letters();
  const target = new Slow();
  source.on('data', (chunk) => target.write(chunk));
  source.on('end', () => target.end());
  source.on('error', done);
  target.on('error', done);
  target.on('finish', () => done(null, target.bytes));
};`,
  ],
  [
    'a copy loop in a promise',
    `
function copied() {
  return new Promise((resolve, reject) => {
    const source = new Letters();
    const target = new Slow();
    source.on('error', reject);
    target.on('error', reject);
    source.on('data', (chunk) => {
      target.write(chunk);
    });
    source.on('end', () => {
      target.end();
    });
    target.on('finish', () => resolve(target.bytes));
  });
}

module.exports = (done) => copied().then((bytes) => done(null, bytes), done);`,
  ],
  [
    'a loop that works on the chunks',
    `
module.exports = function shout(done) {
  const source = new Letters();
  const target = new Slow();
  source.on('data', (chunk) => {
    target.write(chunk.toUpperCase());
  });
  source.on('end', () => target.end());
  source.on('error', done);
  target.on('error', done);
  target.on('finish', () => done(null, target.bytes));
};`,
  ],
];

const script = `require('./main.js')((error, bytes) => { if (error) throw error; console.log(bytes); });`;
const limited = ['--max-old-space-size=96', '--max-semi-space-size=4'];

describe('1 GB under a heap of 96 MB', () => {
  let module: RewrittenModule | undefined;
  afterEach(() => module?.remove());

  test.each(loops)(
    '%s',
    async (_name, text) => {
      module = await rewrittenModule({ 'main.js': `const { Letters, Slow } = require('./parts.js');\n${text}\n`, 'parts.js': parts });
      expect(module.text).toContain('pipeline(');
      const [before, after] = await Promise.all([module.run('before', script, limited), module.run('after', script, limited)]);
      expect(before.code).not.toBe(0);
      expect(after).toEqual({ code: 0, output: `${gigabyte}\n` });
    },
    120_000,
  );
});
