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

/** In a function that cannot wait: with --unsafe. */
const written = `
module.exports = function fill(done) {
  const target = new Slow();
  target.on('error', done);
  target.on('finish', () => done(null, target.bytes));
  for (let page = 0; page < 2048; page += 1) {
    target.write(Buffer.alloc(2 ** 19, 'x').toString('latin1'));
  }
  target.end();
};`;

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
  [
    'a loop that writes several pieces of a chunk, to a destination made earlier',
    `
module.exports = function pieces(done) {
  const target = new Slow();
  target.on('error', done);
  target.on('finish', () => done(null, target.bytes));
  new Promise(() => {
    const source = new Letters();
    source.on('data', (chunk) => {
      var half = chunk.length / 2;
      [chunk.slice(0, half), chunk.slice(half)].forEach(function (piece) {
        target.write(piece);
      });
    });
    source.on('end', () => target.end());
    source.on('error', done);
  });
};`,
  ],
  ['a loop that writes, in a function that cannot wait', written],
];

const script = `require('./main.js')((error, bytes) => { if (error) throw error; console.log(bytes); });`;
const limited = ['--max-old-space-size=96', '--max-semi-space-size=4'];

describe('1 GB under a heap of 96 MB', () => {
  let module: RewrittenModule | undefined;
  afterEach(() => module?.remove());

  test.each(loops)(
    '%s',
    async (_name, text) => {
      const main = `const { Letters, Slow } = require('./parts.js');\n${text}\n`;
      module = await rewrittenModule({ 'main.js': main, 'parts.js': parts }, text === written);
      expect(module.text).toContain('pipeline(');
      const [before, after] = await Promise.all([module.run('before', script, limited), module.run('after', script, limited)]);
      expect(before.code).not.toBe(0);
      expect(after).toEqual({ code: 0, output: `${gigabyte}\n` });
    },
    120_000,
  );
});

/** A gigabyte through a tunnel to one who reads slowly, all in one process: what is held up would stand in its memory. */
const tunnel = `
const net = require('net');

module.exports = function through(done) {
  const giver = net.createServer((socket) => new Letters().pipe(socket));
  giver.listen(0, () => {
    const front = net.createServer((client) => {
      const upstream = net.connect(giver.address().port);
      client.on('error', () => {});
      upstream.on('error', () => {});
      client.pipe(upstream);
      upstream.pipe(client);
    });
    front.listen(0, () => {
      let [bytes, highest] = [0, 0];
      const reader = net.connect(front.address().port);
      reader.on('data', (chunk) => {
        bytes += chunk.length;
        if (bytes % 64 === 0) highest = Math.max(highest, process.memoryUsage.rss());
      });
      setInterval(() => reader.pause() && setTimeout(() => reader.resume(), 2), 4).unref();
      reader.on('end', () => {
        giver.close();
        front.close();
        done(null, highest < 2 ** 29 ? bytes : 'held up ' + highest);
      });
    });
  });
};`;

describe('1 GB through pipes, which held back already', () => {
  let module: RewrittenModule | undefined;
  afterEach(() => module?.remove());

  test('sockets that are piped into each other', async () => {
    const main = `const { Letters } = require('./parts.js');\n${tunnel}\n`;
    module = await rewrittenModule({ 'main.js': main, 'parts.js': parts });
    expect(module.text).toContain('pipeline(');
    expect(await module.run('after', script, limited)).toEqual({ code: 0, output: `${gigabyte}\n` });
  }, 120_000);
});

const loop = `
const fs = require('fs');

module.exports = async function fill(pages) {
  const target = fs.createWriteStream('/dev/null');
  let highest = 0;
  for (let page = 0; page < pages; page += 1) {
    target.write(Buffer.alloc(2 ** 16, 'x'));
    highest = Math.max(highest, target.writableLength);
  }
  target.end();
  return highest;
};
`;

test('a loop that waits holds what fills the stream, and not all that is written', async () => {
  const module = await rewrittenModule({ 'main.js': loop }, true);
  try {
    expect(module.text).toContain("'drain'");
    const measured = `require('./main.js')(2000).then((highest) => { console.log(highest); process.exit(0); });`;
    const [before, after] = await Promise.all([module.run('before', measured), module.run('after', measured)]);
    expect(Number(before.output)).toBe(2000 * 2 ** 16);
    expect(after.code).toBe(0);
    expect(Number(after.output)).toBeLessThanOrEqual(2 ** 17);
  } finally {
    module.remove();
  }
}, 60_000);
