import { describe, expect, test } from '@jest/globals';
import type { Dialect } from '../../catalog/sql-drivers.ts';
import { findPlaces, type Template } from '../../transforms/parameterize-sql/places.ts';

/** Where each `¤` of a query stands. */
function placesOf(sql: string, dialect: Dialect): string[] {
  const [first = '', ...rest] = sql.split('¤');
  const template: Template = [first, ...rest.flatMap((text, hole) => [hole, text])];
  const places = findPlaces(template, dialect);
  if (places === undefined) return ['unparsed'];
  const found = new Map<number, string>();
  for (const { quoted, role, parts } of places.slots) {
    for (const part of parts) if (typeof part === 'number') found.set(part, `${quoted ? 'quoted' : 'bare'} ${role}`);
  }
  for (const { hole, kind } of places.fixed) found.set(hole, kind);
  return rest.map((_text, hole) => found.get(hole) ?? 'nowhere');
}

describe('a hole stands', () => {
  test.each<[string, Dialect, string, string[]]>([
    ['beside a column', 'postgresql', `SELECT 1 FROM t WHERE a = ¤ AND b <> '¤'`, ['bare column-comparison', 'quoted column-comparison']],
    ['beside a call', 'sqlite', 'SELECT 1 FROM t WHERE length(a) > ¤', ['bare comparison']],
    ['in a pattern, twice', 'mysql', `SELECT 1 FROM t WHERE a LIKE '%¤_¤'`, ['quoted pattern', 'quoted pattern']],
    ['in a row', 'mysql', `INSERT INTO t (a, b) VALUES (¤, "¤")`, ['bare stored', 'quoted stored']],
    ['in assignments', 'mysql', `INSERT INTO t SET a = ¤, b = '¤'`, ['bare stored', 'quoted stored']],
    ['in an update', 'postgresql', `UPDATE t SET a = '¤', b = b + ¤`, ['quoted stored', 'bare arithmetic']],
    ['in limits', 'postgresql', 'SELECT 1 FROM t LIMIT ¤ OFFSET ¤', ['bare limit', 'bare limit']],
    ['in limits of MySQL', 'mysql', 'SELECT 1 FROM t LIMIT ¤, ¤', ['bare limit', 'bare limit']],
    ['in lists', 'sqlite', `SELECT 1 FROM t WHERE a IN (¤) AND b IN ('¤', '¤')`, ['bare whole-list', 'quoted list', 'quoted list']],
    ['between', 'postgresql', 'SELECT 1 FROM t WHERE a BETWEEN ¤ AND ¤', ['bare column-comparison', 'bare column-comparison']],
    ['as a table and a column', 'sqlite', 'SELECT ¤ FROM ¤', ['identifier', 'identifier']],
    ['as a column that is compared', 'mysql', `SELECT 1 FROM t WHERE ¤ = '¤'`, ['identifier', 'quoted column-comparison']],
    ['as a part of a name', 'mysql', 'SELECT 1 FROM log_¤ WHERE a = t.¤', ['identifier', 'identifier']],
    ['as a condition', 'mysql', 'SELECT 1 FROM t WHERE a = 1 AND ¤', ['fragment']],
    ['as an order and a direction', 'postgresql', 'SELECT 1 FROM t ORDER BY ¤ ¤', ['identifier', 'keyword']],
    ['as a clause', 'postgresql', 'SELECT 1 FROM t WHERE a = 1 ¤', ['fragment']],
    ['in a comment', 'postgresql', `SELECT 1 FROM t -- by '¤'\nWHERE a = 1`, ['comment']],
    ['behind an escaped quote of MySQL', 'mysql', String.raw`SELECT 1 FROM t WHERE a = 'it\'s' AND b = '¤'`, ['quoted column-comparison']],
    [
      'behind a backslash of PostgreSQL',
      'postgresql',
      String.raw`SELECT 1 FROM t WHERE a = 'it\' AND b = '¤'`,
      ['quoted column-comparison'],
    ],
    ['behind doubled quotes', 'sqlite', `SELECT 1 FROM t WHERE a = 'it''s' AND b = '¤'`, ['quoted column-comparison']],
    ['in quotes that name a column', 'postgresql', 'SELECT 1 FROM t WHERE a = "¤"', ['identifier']],
    ['in a typed literal', 'postgresql', `SELECT 1 FROM t WHERE a > DATE '¤'`, ['quoted typed']],
    ['under a cast', 'postgresql', `SELECT 1 FROM t WHERE a > '¤'::date`, ['quoted cast']],
    ['beside a dollar quote', 'postgresql', `SELECT $q$ '$1 $q$ FROM t WHERE a = '¤'`, ['quoted column-comparison']],
    [
      'beside a question mark that is an operator',
      'postgresql',
      `SELECT 1 FROM t WHERE data ? 'x' AND a = '¤'`,
      ['quoted column-comparison'],
    ],
    ['in no SQL', 'sqlite', 'SELEC 1 FORM t WERE ¤', ['unparsed']],
  ])('%s', (_name, dialect, sql, expected) => {
    expect(placesOf(sql, dialect)).toEqual(expected);
  });

  test('and placeholders that are there are counted in the order of the text, those in literals not', () => {
    const places = findPlaces(["SELECT 1 FROM t WHERE a = ? AND b = '?' AND c = ", 0, ' AND d = ?'], 'sqlite');
    expect(places?.placeholders.map(({ text }) => text)).toEqual(['?', '?']);
  });
});
