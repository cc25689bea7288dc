'use strict';

var fs = require('fs');
var path = require('path');
var config = require('../config');

// Read on every use, so that the depot can change a text without a restart.
function loadTemplate(name) {
  var file = path.join(config.templateDir, path.basename(name));
  return fs.readFileSync(file, 'utf8');
}

function fill(template, values) {
  return template.replace(/\{\{(\w+)\}\}/g, function (hole, key) {
    return key in values ? String(values[key]) : hole;
  });
}

exports.loadTemplate = loadTemplate;
exports.fill = fill;
