'use strict';

// jscodeshift -t node_modules/nodelift/jscodeshift/sanitize-nosql.cjs
module.exports = require('./door.cjs')('sanitize-nosql');
