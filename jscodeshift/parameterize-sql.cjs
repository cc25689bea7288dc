'use strict';

// jscodeshift -t node_modules/nodelift/jscodeshift/parameterize-sql.cjs
module.exports = require('./door.cjs')('parameterize-sql');
