'use strict';

var express = require('express');
var templates = require('../lib/templates');

var router = express.Router();

router.get('/:name', function (req, res) {
  var page = templates.loadTemplate(req.params.name + '.html');
  res.type('html').send(templates.fill(page, { version: require('../package.json').version }));
});

module.exports = router;
