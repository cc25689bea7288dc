/**
 * Programs that build SQL from strings, made at random from a seed: the ways in which people write it, around conditions
 * of which it is known, without a database, which rows they select.
 */

export interface Item {
  readonly id: number;
  readonly name: string;
  readonly town: string;
  readonly weight: number;
}

export const items: readonly Item[] = [
  ['ada', 'Ulm', 5],
  ["O'Brien", 'Bonn', 12],
  ['100%', 'Ulm', 0],
  ['a\\b', 'Köln', 7],
  ['😀', "L'Aquila", 7],
  ['5', 'Ulm', -3],
  ['? and $1', 'Bonn', 40],
  ['say "hi"', 'x;y--z', 5],
  ['', 'Ulm', 12],
  ['ADA', 'ulm', 99],
].map(([name, town, weight], index) => ({ id: index + 1, name: String(name), town: String(town), weight: Number(weight) }));

export type Engine = 'postgresql' | 'sqlite';
export type Value = string | number | null | readonly (string | number)[];
export type Values = Readonly<Record<string, Value>>;

/** A program: the body of a module that exports `find(values)`, and the rows that it selects for plain values. */
export interface SqlProgram {
  readonly engine: Engine;
  readonly source: string;
  /** Sets of values: the same before and after. */
  readonly ordinary: readonly Values[];
  /** What the text may not have stood: afterwards the rows are those that the conditions say. */
  readonly hostile: readonly Values[];
  readonly selects: (values: Values) => readonly number[];
}

/** A number from 0 up to `limit`, from a seed: https://en.wikipedia.org/wiki/Linear_congruential_generator would do as well. */
export type Random = (limit: number) => number;

export function randomFrom(seed: number): Random {
  let state = (seed * 2654435761) >>> 0;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}

interface Condition {
  /** Texts, and names of arguments. */
  readonly pieces: readonly (string | { readonly argument: string })[];
  readonly argument: string;
  readonly kind: 'text' | 'number' | 'texts' | 'numbers';
  readonly holds: (item: Item, value: Value) => boolean;
}

const strings = ['ada', 'Ulm', 'Bonn', 'nobody', '5', 'two words', 'naïve'];
const hostileStrings = [
  ...items.map(({ name }) => name),
  "' OR '1'='1",
  "x' UNION SELECT 999 --",
  "'; DELETE FROM items; --",
  "') OR ('1'='1",
  '\\',
  '%',
  '$1',
  '?',
  "\\' OR 1=1 --",
];
const numbers = [0, 5, 7, '12', 40, -3];
const hostileNumbers = ['0 OR 1=1', '1; DELETE FROM items', '0 UNION SELECT 999', '5 --'];

export function programFrom(random: Random, engine: Engine): SqlProgram {
  const pick = <T>(all: readonly T[]): T => all[random(all.length)] as T;
  const conditions = Array.from({ length: 1 + random(3) }, (_, index) => conditionFrom(random, engine, `v${index}`));
  const style = pick(styles);
  const optional = style.optional ? conditions.slice(1).filter(() => random(2) === 0) : [];
  const source = style.write({ random, engine, conditions, optional: new Set(optional) });
  const values = (hostile: boolean): Values => {
    const victim = pick(conditions);
    return Object.fromEntries(
      conditions.flatMap((condition) => {
        if (!hostile && optional.includes(condition) && random(2) === 0) return [];
        return [[condition.argument, valueOf(condition, hostile && condition === victim, pick)] as const];
      }),
    );
  };
  const selects = (given: Values): readonly number[] =>
    items
      .filter((item) =>
        conditions.every((one) => isAbsent(given[one.argument], optional.includes(one)) || one.holds(item, given[one.argument] ?? null)),
      )
      .map(({ id }) => id);
  return { engine, source, ordinary: several(() => values(false)), hostile: several(() => values(true)), selects };
}

/** As many sets of values as each program is run with, twice. */
export const setsOfValues = 4;

function several(make: () => Values): Values[] {
  return Array.from({ length: setsOfValues }, make);
}

function isAbsent(value: Value | undefined, optional: boolean): boolean {
  return optional && (value === undefined || value === '' || value === 0 || value === null);
}

function valueOf({ kind }: Condition, hostile: boolean, pick: <T>(all: readonly T[]) => T): Value {
  switch (kind) {
    case 'text':
      return pick(hostile ? hostileStrings : strings);
    case 'number':
      return pick<string | number>(hostile ? hostileNumbers : numbers);
    case 'texts':
      return hostile ? [pick(strings), pick(hostileStrings)] : [pick(strings), pick(strings)];
    case 'numbers':
      return hostile ? [1, pick(hostileNumbers)] : [pick(numbers), pick(numbers), 1];
  }
}

function conditionFrom(random: Random, engine: Engine, argument: string): Condition {
  const value = { argument };
  const column = random(2) === 0 ? 'name' : 'town';
  const is =
    (test: (text: string, value: string) => boolean): Condition['holds'] =>
    (item, given) =>
      test(item[column], String(given));
  const number =
    (test: (weight: number, value: number) => boolean): Condition['holds'] =>
    (item, given) =>
      /^-?\d+$/.test(String(given)) && test(item.weight, Number(given));
  const made: readonly (() => Condition)[] = [
    () => ({ pieces: [`${column} = '`, value, "'"], argument, kind: 'text', holds: is((text, one) => text === one) }),
    () => ({ pieces: [`${column} <> '`, value, "'"], argument, kind: 'text', holds: is((text, one) => text !== one) }),
    () => ({
      pieces: [`${column} LIKE '%`, value, "%'"],
      argument,
      kind: 'text',
      holds: is((text, one) => isLike(text, `%${one}%`, engine)),
    }),
    () => ({
      pieces: [`${column} LIKE '`, value, "%'"],
      argument,
      kind: 'text',
      holds: is((text, one) => isLike(text, `${one}%`, engine)),
    }),
    () => ({
      pieces: [`lower(${column}) = lower('`, value, "')"],
      argument,
      kind: 'text',
      holds: is((text, one) => lower(text, engine) === lower(one, engine)),
    }),
    () => ({ pieces: ['weight > ', value], argument, kind: 'number', holds: number((weight, one) => weight > one) }),
    () => ({ pieces: ['weight = ', value], argument, kind: 'number', holds: number((weight, one) => weight === one) }),
    () => ({
      pieces: ['weight BETWEEN ', value, ' AND 50'],
      argument,
      kind: 'number',
      holds: number((weight, one) => weight >= one && weight <= 50),
    }),
    () => ({
      pieces: [`(${column} = '`, value, "' OR weight = 40)"],
      argument,
      kind: 'text',
      holds: (item, given) => item[column] === String(given) || item.weight === 40,
    }),
    () => ({
      pieces: [`${column} IN (`, { argument: `${argument}.map((one) => "'" + one + "'").join(', ')` }, ')'],
      argument,
      kind: 'texts',
      holds: (item, given) => Array.isArray(given) && given.some((one) => String(one) === item[column]),
    }),
    () => ({
      pieces: [`${column} IN ('`, { argument: `${argument}.join("', '")` }, "')"],
      argument,
      kind: 'texts',
      holds: (item, given) => Array.isArray(given) && given.some((one) => String(one) === item[column]),
    }),
    () => ({
      pieces: ['weight NOT IN (', { argument: `${argument}.map(Number).join(',')` }, ')'],
      argument,
      kind: 'numbers',
      holds: (item, given) =>
        Array.isArray(given) && given.every((one) => /^-?\d+$/.test(String(one))) && !given.some((one) => Number(one) === item.weight),
    }),
  ];
  return (made[random(made.length)] as () => Condition)();
}

/** SQLite compares ASCII letters without regard to case; a backslash escapes in PostgreSQL alone. */
function isLike(text: string, pattern: string, engine: Engine): boolean {
  let expression = '';
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    if (character === '\\' && engine === 'postgresql') {
      index += 1;
      // A pattern that ends in its escape is an error.
      if (index === pattern.length) return false;
      expression += quoted(pattern.charAt(index));
    } else expression += character === '%' ? '[^]*' : character === '_' ? '[^]' : quoted(character);
  }
  return new RegExp(`^${expression}$`, engine === 'sqlite' ? 'iu' : 'u').test(text);
}

function quoted(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function lower(text: string, engine: Engine): string {
  return engine === 'sqlite' ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text.toLowerCase();
}

interface Draft {
  readonly random: Random;
  readonly engine: Engine;
  readonly conditions: readonly Condition[];
  readonly optional: ReadonlySet<Condition>;
}

const head = 'SELECT id FROM items WHERE ';
const tail = ' ORDER BY id';

/** The text as an expression: a template, or joined by `+`. */
function expressionOf(pieces: Condition['pieces'], random: Random): string {
  if (random(2) === 0) return `\`${pieces.map((piece) => (typeof piece === 'string' ? piece : `\${${piece.argument}}`)).join('')}\``;
  return pieces.map((piece) => (typeof piece === 'string' ? `"${piece}"` : piece.argument)).join(' + ');
}

const withText = (before: string, { pieces }: Condition, after = ''): Condition['pieces'] =>
  [before, ...pieces, after].reduce<(string | { argument: string })[]>((all, piece) => {
    const last = all.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') all[all.length - 1] = last + piece;
    else if (piece !== '') all.push(piece);
    return all;
  }, []);

/** `WHERE a AND b ORDER BY id` as one list of pieces. */
function allOf(conditions: readonly Condition[]): Condition['pieces'] {
  return conditions.flatMap((condition, index) =>
    withText(index === 0 ? head : ' AND ', condition, index === conditions.length - 1 ? tail : ''),
  );
}

interface Style {
  readonly optional: boolean;
  readonly write: (draft: Draft) => string;
}

const send = { postgresql: (text: string) => `return (await db.query(${text})).rows;`, sqlite: (text: string) => `return all(${text});` };

function functionOf({ conditions, engine }: Draft, body: (send: (text: string) => string) => string): string {
  const names = conditions.map(({ argument }) => argument).join(', ');
  return `async function find({ ${names} }) {\n${body(send[engine])}\n}\nexports.find = find;`;
}

const styles: readonly Style[] = [
  { optional: false, write: (draft) => functionOf(draft, (to) => `  ${to(expressionOf(allOf(draft.conditions), draft.random))}`) },
  {
    optional: false,
    write: (draft) => functionOf(draft, (to) => `  const sql = ${expressionOf(allOf(draft.conditions), draft.random)};\n  ${to('sql')}`),
  },
  {
    optional: false,
    write: (draft) =>
      functionOf(draft, (to) => {
        const lines = draft.conditions.map((condition, index) => {
          const text = expressionOf(withText(index === 0 ? '' : ' AND ', condition), draft.random);
          return draft.random(3) === 0 ? `  sql = sql + ${text};` : `  sql += ${text};`;
        });
        return `  let sql = '${head}';\n${lines.join('\n')}\n  ${to(`sql + '${tail}'`)}`;
      }),
  },
  {
    optional: true,
    write: (draft) =>
      functionOf(draft, (to) => {
        const lines = draft.conditions.map((condition) => {
          const text = expressionOf(withText(' AND ', condition), draft.random);
          return draft.optional.has(condition) ? `  if (${condition.argument}) sql += ${text};` : `  sql += ${text};`;
        });
        return `  var sql = '${head}1 = 1';\n${lines.join('\n')}\n  sql += '${tail}';\n  ${to('sql')}`;
      }),
  },
  {
    optional: true,
    write: (draft) =>
      functionOf(draft, (to) => {
        const lines = draft.conditions.map((condition) => {
          const text = `conditions.push(${expressionOf(condition.pieces, draft.random)});`;
          return draft.optional.has(condition) ? `  if (${condition.argument}) {\n    ${text}\n  }` : `  ${text}`;
        });
        return `  const conditions = [];\n${lines.join('\n')}\n  const where = conditions.length > 0 ? ' WHERE ' + conditions.join(' AND ') : '';\n  ${to("'SELECT id FROM items' + where + ' ORDER BY id'")}`;
      }),
  },
  {
    optional: true,
    write: (draft) =>
      functionOf(draft, (to) => {
        const parts = draft.conditions.map((condition) => {
          const text = expressionOf(withText(' AND ', condition), draft.random);
          return draft.optional.has(condition) ? `(${condition.argument} ? ${text} : '')` : text;
        });
        return `  ${to(`'${head}1 = 1' + ${parts.join(' + ')} + '${tail}'`)}`;
      }),
  },
  {
    optional: false,
    write: (draft) =>
      functionOf(draft, (to) => {
        const parts = draft.conditions.map((condition, index) =>
          expressionOf(withText(index === 0 ? 'WHERE ' : 'AND ', condition), draft.random),
        );
        return `  const sql = ['SELECT id FROM items', ${parts.join(', ')}, 'ORDER BY id'].join(' ');\n  ${to('sql')}`;
      }),
  },
  {
    optional: false,
    write: (draft) =>
      `async function run(sql) {\n  ${send[draft.engine]('sql')}\n}\n${functionOf(draft, () => `  return run(${expressionOf(allOf(draft.conditions), draft.random)});`)}`,
  },
  {
    optional: false,
    write: (draft) =>
      functionOf(draft, (to) => {
        const [first, ...others] = draft.conditions;
        const choice = first === undefined ? '' : expressionOf(withText(head, first), draft.random);
        const lines = others.map((condition) => `  sql += ${expressionOf(withText(' AND ', condition), draft.random)};`);
        return `  let sql;\n  if (true === false) {\n    sql = 'SELECT id FROM items WHERE 1 = 0';\n  } else {\n    sql = ${choice};\n  }\n${lines.join('\n')}\n  ${to(`\`\${sql} ORDER BY id\``)}`;
      }),
  },
  // A text that is given up for another, with its values.
  {
    optional: false,
    write: (draft) =>
      functionOf(draft, (to) => {
        const [first] = draft.conditions;
        const given = first === undefined ? "''" : expressionOf(withText(head, first), draft.random);
        const lines = draft.conditions.map((condition, index) => {
          const text = expressionOf(withText(index === 0 ? head : ' AND ', condition), draft.random);
          return index === 0 ? `  if (typeof db === 'object') {\n    sql = ${text};\n  }` : `  sql += ${text};`;
        });
        return `  let sql = ${given};\n${lines.join('\n')}\n  ${to(`sql + '${tail}'`)}`;
      }),
  },
  {
    optional: true,
    write: (draft) => {
      const names = draft.conditions.map(({ argument }) => argument).join(', ');
      const lines = draft.conditions.map((condition) => {
        const text = expressionOf(withText(' AND ', condition), draft.random);
        return draft.optional.has(condition) ? `  if (${condition.argument}) text += ${text};` : `  text += ${text};`;
      });
      const helper = `function where({ ${names} }) {\n  let text = '';\n${lines.join('\n')}\n  return text;\n}\n`;
      return helper + functionOf(draft, (to) => `  ${to(`'${head}1 = 1' + where({ ${names} }) + '${tail}'`)}`);
    },
  },
];

export const preambles: Readonly<Record<Engine, string>> = {
  postgresql: "const { Pool } = require('pg');\nconst db = new Pool();\n",
  sqlite:
    "const { promisify } = require('util');\nconst sqlite3 = require('sqlite3');\nconst db = new sqlite3.Database(':memory:');\nconst all = promisify(db.all.bind(db));\n",
};
