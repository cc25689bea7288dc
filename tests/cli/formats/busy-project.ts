/** A small backend that has a bit of everything: fixes in one file and in many, unsafe ones, refusals with a chain, weaknesses, hostile names. */

import { loadEngine } from '../../../cli/engine.ts';
import { say, type Said } from '../fake-world.ts';
import { inProject, type TemporaryProject } from '../temporary-project.ts';

export const busyProject = {
  'package.json': '{ "name": "shop", "private": true }\n',
  'lib/templates.js': `const fs = require('fs');

function read(name) {
  return fs.readFileSync(__dirname + '/' + name, 'utf8');
}

module.exports = { read };
`,
  'lib/page.js': `const { read } = require('./templates');

class Page {
  constructor(name) {
    this.text = read(name);
  }
}

module.exports = { Page };
`,
  'lib/settings.js': `const fs = require('fs');

function load(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

module.exports = { load };
`,
  'server.js': `const express = require('express');
const { Client } = require('pg');
const { load } = require('./lib/settings');

const app = express();
const client = new Client();

app.get('/users/:id', async (req, res) => {
  const settings = load('settings.json');
  const found = await client.query("SELECT * FROM users WHERE id = '" + req.params.id + "'");
  res.json({ settings, users: found.rows });
});

module.exports = app;
`,
  'odd <b>name & "quotes", 100%: done.js': `const fs = require('fs');

exports.page = async () => fs.readFileSync('</script><script>alert(1)</script>', 'utf8');
`,
  'settings.js': "const fs = require('fs');\n\nmodule.exports = JSON.parse(fs.readFileSync('settings.json', 'utf8'));\n",
  'broken.js': "const fs = require('fs';\nfs.readFileSync('x');\n",
};

export function inBusyProject<T>(
  work: (project: TemporaryProject, nodelift: (...args: string[]) => Promise<Said>) => Promise<T>,
): Promise<T> {
  return inProject(busyProject, async (project) => {
    const engine = await loadEngine();
    return work(project, (...args) => say({ args, cwd: project.folder, engine }));
  });
}
