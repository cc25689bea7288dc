/** Every fixture that rewrites a query of a driver is executed: its scenario runs it before and after on a real engine, with an attack. */

import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fixtureCases, readTree } from '../fixtures/cases.ts';

const drivers = /\b(?:from|require\()\s*['"](?:pg|mysql2?(?:\/promise)?|sqlite3|sqlite|better-sqlite3|node:sqlite|knex|sequelize)['"]/;
const engines = /start(?:Postgres|Mariadb)\b|sync-sqlite|CREATE TABLE/;

/** What no scenario can show, with the reason. */
const withoutAttack: Readonly<Record<string, string>> = {
  'escape-calls-are-dropped': 'the driver escaped the values before, so that none did harm',
  'two-texts-have-arrays-of-their-own': 'the driver escaped the values before, so that none did harm',
};

const cases = fixtureCases().filter(({ transform, folder }) => {
  if (transform !== 'parameterize-sql' || !existsSync(path.join(folder, 'output'))) return false;
  return Object.values(readTree(path.join(folder, 'input'))).some((text) => drivers.test(text));
});

describe('a fixture that rewrites queries', () => {
  test('is one of many', () => {
    expect(cases.length).toBeGreaterThan(30);
  });

  test.each(cases.map((one) => [one.name, one.folder]))('is executed: %s', (name, folder) => {
    const scenario = path.join(folder, 'scenario.mjs');
    expect(existsSync(scenario)).toBe(true);
    const text = readFileSync(scenario, 'utf8');
    // A case may make its own tables.
    expect(text + Object.values(readTree(path.join(folder, 'input'))).join('\n')).toMatch(engines);
    if (withoutAttack[name] === undefined) expect(text).toMatch(/\battack\(/);
    else expect(text).not.toMatch(/\battack\(/);
  });
});
