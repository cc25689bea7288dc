'use strict';

// jscodeshift loads transforms through Babel, which would compile all of nodelift, and turn `import()` into `require`.
// A function made from text is out of its reach.
const load = new Function('specifier', 'return import(specifier)');
const { pathToFileURL } = require('node:url');
const path = require('node:path');

const door = pathToFileURL(path.join(__dirname, '../dist/doors/jscodeshift.js')).href;

module.exports = (name) => async (file, api, options) => (await load(door)).transformFile(name, file, api, options);
