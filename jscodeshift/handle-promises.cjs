'use strict';

// jscodeshift -t node_modules/nodelift/jscodeshift/handle-promises.cjs
module.exports = require('./door.cjs')('handle-promises');
