'use strict';

// jscodeshift -t node_modules/nodelift/jscodeshift/streams-to-pipeline.cjs
module.exports = require('./door.cjs')('streams-to-pipeline');
