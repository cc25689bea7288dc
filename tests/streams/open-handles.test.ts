/** A stream that fails leaves the descriptors of the others open in what people write, and none in what it becomes. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { rewrittenModule, type RewrittenModule } from './rewritten-module.ts';

const descriptors = ['/proc/self/fd', '/dev/fd'].find((folder) => existsSync(folder));

const ways: readonly (readonly [string, string])[] = [
  [
    'a copy loop whose source fails',
    `
module.exports = (done) => {
  const source = fs.createReadStream(__dirname);
  const target = fs.createWriteStream(copy);
  source.on('error', done);
  target.on('error', done);
  source.on('data', (chunk) => target.write(chunk));
  source.on('end', () => target.end());
  target.on('finish', () => done());
};`,
  ],
  [
    'pipes whose middle fails',
    `
module.exports = (done) => {
  const source = fs.createReadStream(large);
  const unpack = zlib.createGunzip();
  const target = fs.createWriteStream(copy);
  source.on('error', done);
  unpack.on('error', done);
  target.on('error', done);
  target.on('finish', () => done());
  source.pipe(unpack).pipe(target);
};`,
  ],
  [
    'pipes whose source fails',
    `
module.exports = (done) => {
  const source = fs.createReadStream(__dirname);
  const target = fs.createWriteStream(copy);
  source.on('error', done);
  target.on('error', done);
  target.on('finish', () => done());
  source.pipe(target);
};`,
  ],
  [
    'a promise around pipes',
    `
function stored() {
  return new Promise((resolve, reject) => {
    const source = fs.createReadStream(large);
    const unpack = zlib.createInflate();
    const target = fs.createWriteStream(copy);
    source.on('error', reject);
    unpack.on('error', reject);
    target.on('error', reject);
    target.on('finish', resolve);
    source.pipe(unpack).pipe(target);
  });
}

module.exports = (done) => stored().then(() => done(), done);`,
  ],
  [
    'stages on a condition, of which one fails',
    `
module.exports = (done) => {
  const target = fs.createWriteStream(copy);
  target.on('error', done);
  target.on('finish', () => done());
  let out = fs.createReadStream(large).on('error', done);
  if (large.length > 0) out = out.pipe(zlib.createGunzip().on('error', done));
  out.pipe(target);
};`,
  ],
  [
    'a file that was made before what is piped to it fails',
    `
module.exports = (done) => {
  const target = fs.createWriteStream(copy);
  target.on('error', done);
  target.on('finish', () => done());
  fs.stat(large, () => {
    const source = fs.createReadStream(large);
    const unpack = zlib.createInflate();
    source.on('error', done);
    unpack.on('error', done);
    source.pipe(unpack).pipe(target);
  });
};`,
  ],
];

const head = `
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const large = path.join(__dirname, 'large');
const copy = path.join(__dirname, 'copy');
`;

/** Ten failures, one after the other; then the descriptors that are open beyond those at the start. */
const script = `
const fs = require('fs');
fs.writeFileSync(require('path').join(__dirname, 'large'), Buffer.alloc(2_000_000, 1));
const work = require('./main.js');
const open = () => fs.readdirSync(${JSON.stringify(descriptors)}).length;
const failures = [];
const once = () => new Promise((resolve) => work((error) => { failures.push(error.code); resolve(); }));
/** Until nothing is closed any more, however slow the machine is. */
const settle = async () => {
  let calm = 0;
  for (let last = open(); calm < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 15));
    const now = open();
    calm = now === last ? calm + 1 : 0;
    last = now;
  }
};
(async () => {
  await once();
  await settle();
  const start = open();
  for (let round = 0; round < 10; round += 1) await once();
  await settle();
  console.log(JSON.stringify({ left: open() - start, failures: failures.length, codes: [...new Set(failures)] }));
  process.exit(0);
})();
`;

describe('descriptors that are left open by ten failures', () => {
  let module: RewrittenModule | undefined;
  afterEach(() => module?.remove());

  test.each(ways)(
    '%s',
    async (_name, text) => {
      expect(descriptors).toBeDefined();
      module = await rewrittenModule({ 'main.js': head + text });
      expect(module.text).toContain('pipeline(');
      const [before, after] = await Promise.all([module.run('before', script), module.run('after', script)]);
      const [leaking, closed] = [before, after].map(
        ({ output }) => JSON.parse(output) as { left: number; failures: number; codes: string[] },
      );
      expect(leaking?.left).toBeGreaterThanOrEqual(10);
      expect(closed).toEqual({ ...leaking, left: 0 });
    },
    60_000,
  );
});
