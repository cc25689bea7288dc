'use strict';

// Notices to recipients. The mailer picks them up from the outbox.
const fsp = require('fs').promises;
const path = require('path');
const config = require('../config');

const outbox = path.join(config.dataDir, 'outbox');

async function log(line) {
  await fsp.appendFile(path.join(config.dataDir, 'notices.log'), line + '\n');
}

async function announce(parcel) {
  const text = 'Dear ' + parcel.recipient + ',\nparcel ' + parcel.id + ' is ' + parcel.status + '.\n';
  await fsp.writeFile(path.join(outbox, parcel.id + '.txt'), text);
  log('announced ' + parcel.id);
}

// Takes away the notices that are older than `age` milliseconds.
async function sweep(age) {
  const names = await fsp.readdir(outbox);
  for (const name of names) {
    const stats = await fsp.stat(path.join(outbox, name));
    if (Date.now() - stats.mtimeMs > age) {
      await fsp.unlink(path.join(outbox, name));
      log('swept ' + name);
    }
  }
}

module.exports = { announce, sweep };
