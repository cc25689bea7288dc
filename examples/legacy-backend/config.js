'use strict';

// Settings come from config/default.json; the environment overrides them.
var fs = require('fs');
var path = require('path');

var settings = JSON.parse(fs.readFileSync(path.join(__dirname, 'config', 'default.json'), 'utf8'));

settings.port = Number(process.env.PORT) || settings.port;
settings.dataDir = process.env.DEPOT_DATA || path.join(__dirname, settings.dataDir);
settings.templateDir = path.join(__dirname, settings.templateDir);

if (!fs.existsSync(settings.dataDir)) {
  fs.mkdirSync(settings.dataDir);
}
settings.folders.forEach(function (name) {
  var folder = path.join(settings.dataDir, name);
  if (!fs.existsSync(folder)) fs.mkdirSync(folder);
});

module.exports = settings;
