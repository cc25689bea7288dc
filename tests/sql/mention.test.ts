/** Which files are looked at for SQL. */

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mention } from '../../transforms/parameterize-sql/mention.ts';
import { fixtureCases, readTree } from '../fixtures/cases.ts';

describe('a file with a site is looked at', () => {
  const files = fixtureCases()
    .filter(({ transform }) => transform === 'parameterize-sql')
    .flatMap(({ name, folder }) => {
      const findings = readFileSync(path.join(folder, 'findings.txt'), 'utf8');
      const sites = new Set([...findings.matchAll(/^(\S+):\d+:\d+ /gm)].map(([, file]) => file));
      return Object.entries(readTree(path.join(folder, 'input')))
        .filter(([file]) => sites.has(file))
        .map(([file, text]) => [`${name}/${file}`, text] as const);
    });
  test.each(files)('%s', (_name, text) => expect(text).toMatch(mention));
});

test.each([
  ["db.get('SELECT ' + columns + ' FROM users WHERE id = ' + id);"],
  ["db.all(base + ' WHERE town = ' + town);"],
  ['pool.query(`${base} AND u.name = ${name}`);'],
  ["pool.query<User>('insert or ignore into users (name) values (' + name + ')');"],
  ['connection.query(`CALL find_user(${id})`);'],
  ["db['query']('DELETE FROM users WHERE id = ' + id);"],
  ['dbAll(`SELECT f(${id})`);'],
  ["prisma.$queryRawUnsafe('UPDATE users SET name = ' + name);"],
  ["db.all('select *\\n  from users\\n  where id = ' + id);"],
])('%s is looked at', (text) => {
  expect(text).toMatch(mention);
});

test.each([
  [
    '// Select the user with the settings from the map.\nconst user = users.get(id);\nuser.set(where, values);'.replace(
      ' from the map',
      '',
    ),
  ],
  ['/* With an update of the values, delete what is set. */\nmap.delete(key);\napp.get("/", list);'],
  ['// SELECT name FROM users WHERE id = 1\nconst name = lookUp(id);'],
  ['element.addEventListener("select", () => cache.get(order));'],
])('%s is not looked at', (text) => {
  expect(text).not.toMatch(mention);
});

test.each([
  ['select '],
  ['update\n'],
  ["'"],
  ["' "],
  ['`('],
  [' '],
  ['insert x '],
  ['where a '],
  ['and not '],
  ['. '],
  ['['],
  ['select x'],
  ['--\n'],
])('a long text of %j takes no long time', (part) => {
  const text = `db.get(${part.repeat(1_000_000 / part.length)}`;
  // Time of the processor, which other processes have no part in.
  const start = process.cpuUsage();
  mention.test(text);
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(5000);
});
