/** `--jobs`: packages side by side in threads, with the output of one after the other. */

import { beforeAll, expect, jest, test } from '@jest/globals';
import { builtBinary, launch } from './built-binary.ts';
import { inProject } from './temporary-project.ts';

// The program is started twice, and may share the machine.
jest.setTimeout(180_000);

let binary = '';
beforeAll(async () => {
  binary = await builtBinary();
});

const pages = (name: string): string =>
  `const fs = require('fs');\n\n/* ${name} */\nasync function load(path) {\n  return fs.readFileSync(path, 'utf8');\n}\n\nload('a').then((text) => console.log(text));\n`;
const rows = `module.exports = (client, id, done) => client.query("SELECT * FROM rows WHERE id = '" + id + "'", done);\n`;
const services = {
  'api/package.json': '{ "name": "api", "private": true, "dependencies": { "pg": "^8.0.0" } }',
  'api/index.js': pages('api'),
  'api/rows.js': rows,
  'jobs/package.json': '{ "name": "jobs", "private": true }',
  'jobs/index.js': pages('jobs'),
  'jobs/broken.js': "const fs = require('fs';\nfs.readFileSync('a');\n",
  'web/package.json': '{ "name": "web", "private": true }',
  'web/index.js': pages('web'),
  'web/deep.js': `const fs = require('fs');\nmodule.exports = ${'['.repeat(6000)}fs.readFileSync('a')${']'.repeat(6000)};\n`,
  'web/stale.js': "// nodelift-ignore-next-line sync-to-promises\nconst fs = require('fs');\n",
};

test('--jobs says what one thread says, of files that cannot be read too', async () => {
  await inProject(services, async ({ folder }) => {
    const one = await launch(binary, ['--unsafe', '--format', 'json', '--jobs', '1'], folder);
    const three = await launch(binary, ['--unsafe', '--format', 'json', '--jobs', '3'], folder);
    for (const name of ['api', 'jobs', 'web']) expect(one.stdout).toContain(`${name}/index.js`);
    expect(one.stdout).toContain('nested too deeply');
    expect(one.stdout).toContain('cannot be parsed');
    expect([three.code, withoutTimes(three.stdout)]).toEqual([3, withoutTimes(one.stdout)]);
  });
});

/** What a report says of the time that it took. */
function withoutTimes(text: string): string {
  return text.replace(/"(?:timing|durations?)":\s*\{[^}]*\}/g, '').replace(/\d+\.\d+ s\b/g, '');
}
