/** A generated backend: mostly code that no transform has anything to say of, and some that reads files in its handlers. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const plain = (number) => `'use strict';

const { EventEmitter } = require('events');

class Ledger${number} extends EventEmitter {
  constructor(limit) {
    super();
    this.limit = limit;
    this.entries = [];
  }

  add(entry) {
    if (this.entries.length >= this.limit) throw new RangeError(\`ledger ${number} is full\`);
    this.entries.push({ ...entry, number: ${number} });
    this.emit('added', entry);
    return this.entries.length;
  }

  total(predicate = () => true) {
    return this.entries.filter(predicate).reduce((sum, { amount }) => sum + amount, 0);
  }
}

module.exports = Ledger${number};
`;

const reading = (number) => `'use strict';

const fs = require('fs');
const path = require('path');

const folder = path.join(__dirname, 'pages-${number}');

exports.page = async function page(name) {
  const text = fs.readFileSync(path.join(folder, name), 'utf8');
  return text.replace('%number%', '${number}');
};

exports.title = async (name) => fs.readFileSync(path.join(folder, name + '.title'), 'utf8').trim();
`;

/** Writes `size` files under `root`; every fifth has two sites. */
export function writeCorpus(root, size) {
  for (let number = 0; number < size; number += 1) {
    const folder = path.join(root, 'lib', `part-${number % 20}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `file-${number}.js`), number % 5 === 0 ? reading(number) : plain(number));
  }
  writeFileSync(path.join(root, 'package.json'), '{ "name": "corpus", "private": true }\n');
}
