'use strict';

// jscodeshift -t node_modules/nodelift/jscodeshift/callbacks-to-async.cjs
module.exports = require('./door.cjs')('callbacks-to-async');
