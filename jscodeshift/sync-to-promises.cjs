'use strict';

// jscodeshift -t node_modules/nodelift/jscodeshift/sync-to-promises.cjs
module.exports = require('./door.cjs')('sync-to-promises');
