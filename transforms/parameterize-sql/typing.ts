/**
 * How a value is bound so that the statement means what it meant when the value was part of the text.
 *
 * Text in quotes is a string; text without quotes was read as a number, `true`, `null`. A parameter is what the driver makes of the
 * JavaScript value, and what the database then makes of that in its place. Where the two differ the value or the placeholder is
 * converted; where no conversion is exact the rewrite is unsafe.
 * PostgreSQL gives an untyped parameter the type of its place, as it does a quoted literal:
 * https://www.postgresql.org/docs/current/typeconv-func.html. SQLite applies the affinity of a column to what it is compared
 * with, and none in other expressions: https://www.sqlite.org/datatype3.html#type_conversions_prior_to_comparison.
 */

import type { Binding, Dialect } from '../../catalog/sql-drivers.ts';
import type { ValueType } from './evidence.ts';
import type { Role } from './places.ts';

export interface Bound {
  /** Around the value's source; `number-or-text` leaves strings as they are, which may have more digits than a number. */
  readonly convert: '' | 'String' | 'Number' | 'number-or-text';
  /** Around the placeholder: `?` stands for it. */
  readonly placeholder: string;
  readonly unsafe?: string;
  readonly note?: string;
}

export type Typing = Bound | { readonly refused: string };

export interface Typed {
  readonly dialect: Dialect;
  readonly binding: Binding;
  readonly role: Role;
  readonly type: ValueType;
  /** May it be null? Not what an address or a form says. */
  readonly nullable: boolean;
  /** The type that was written before a literal. */
  readonly typed: string | undefined;
  /** The statement is an `INSERT`. */
  readonly inserts: boolean;
}

/** What `pg` makes of values that are no strings: https://node-postgres.com/features/queries */
const nullNote =
  'null and undefined are now bound as NULL, and arrays, dates and objects as the driver writes them; in the text they were their words.';
const zeroNote = 'null is now 0, which a row may have; in the text it was equal to nothing.';
/** A constant is converted to the column's type, if that is a number: https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html */
const textNote = 'A string stays one: a column of numbers is compared as before, a column of texts by its text.';

const plain: Bound = { convert: '', placeholder: '?' };
/** Where a text takes the type of a column, whichever kind of text it is. */
const likeColumn: ReadonlySet<Role> = new Set(['column-comparison', 'list', 'whole-list', 'stored', 'pattern']);
const ofColumn: ReadonlySet<Role> = new Set(['column-comparison', 'list', 'whole-list', 'stored']);

export function bindQuoted({ dialect, binding, role, type, typed, inserts }: Typed): Typing {
  if (binding.numbers === 'typed') {
    const convert = type === 'string' ? '' : 'String';
    return role === 'pattern' ? { ...plain, convert } : { ...plain, convert, unsafe: typedText };
  }
  if (typed !== undefined) return { ...plain, convert: binding.undefinedFails === true ? 'String' : '', placeholder: `?::${typed}` };
  if (role === 'typed' || (role === 'interval' && dialect === 'postgresql')) {
    return { refused: "a typed literal such as `DATE '…'` takes no placeholder" };
  }
  // Written into the text by the client, it is what it was.
  const written = binding.numbers === 'literal';
  if (dialect === 'postgresql' && !written && role === 'projection' && inserts) {
    return { refused: 'a parameter in the select list of an `INSERT` is text, whatever the column is' };
  }
  if (dialect === 'mssql' && !likeColumn.has(role)) {
    return { ...plain, convert: type === 'string' ? '' : 'String', unsafe: 'the parameter is NVARCHAR, where the text was VARCHAR' };
  }
  const placeholder = dialect === 'postgresql' && !written && role === 'any-argument' ? '?::text' : '?';
  if (type === 'string') return { ...plain, placeholder };
  if (binding.numbers === 'text' && binding.undefinedFails !== true) return { ...plain, placeholder, note: nullNote };
  return { ...plain, convert: 'String' };
}

export function bindBare(typed: Typed): Typing {
  if (typed.binding.numbers === 'literal') return bareInFormatted(typed);
  if (typed.binding.numbers === 'typed') return bareInTyped(typed);
  switch (typed.dialect) {
    case 'postgresql':
      return bareInPostgres(typed);
    case 'mysql':
      return bareInPrepared(typed);
    case 'mssql':
      return bareInRequest(typed);
    case 'sqlite':
    case 'generic':
      return bareInSqlite(typed);
  }
}

const columnNote = 'A string takes the type of what it is compared with or stored in; an integer column accepts no decimals.';
const typedText =
  'PostgreSQL is told that the parameter is text, and compares and stores it as no other type (write `::uuid`, `::date` behind it there)';

function bareInTyped({ role, type }: Typed): Typing {
  const isTyped = type === 'integer' || type === 'number' || type === 'boolean';
  return isTyped && (ofColumn.has(role) || role === 'limit') ? plain : { ...plain, unsafe: typedText };
}

function bareInPostgres({ role, type }: Typed): Typing {
  if (role === 'array') return { refused: 'an element of an array may be a list' };
  if (ofColumn.has(role) || role === 'comparison') {
    return type === 'integer' || type === 'boolean'
      ? plain
      : { ...plain, note: 'The parameter takes the type of what it is compared with or stored in; an integer column accepts no decimals.' };
  }
  if (role === 'limit' || role === 'cast' || role === 'concatenation') return plain;
  if (type === 'integer') return { ...plain, placeholder: '?::int' };
  if (type === 'boolean') return { ...plain, placeholder: '?::boolean' };
  return { ...plain, unsafe: 'the parameter takes the type of its place, where the text was a number of its own type' };
}

/**
 * `mysql`, `mysql2` and Sequelize write numbers into the text as they are, and strings in quotes.
 * A string may be an integer with more digits than a number can have, so that `Number` is for places alone where a string will not do.
 */
function bareInFormatted({ role, type, binding, nullable }: Typed): Typing {
  if (type === 'integer' || type === 'number' || type === 'boolean') return plain;
  if (ofColumn.has(role) && role !== 'stored') {
    if (type === 'string' || !binding.objectsBecomeSql) return { ...plain, note: textNote };
    return nullable ? { ...plain, convert: 'number-or-text', note: zeroNote } : { ...plain, convert: 'String', note: textNote };
  }
  if (role === 'stored') {
    return type === 'string' || !binding.objectsBecomeSql
      ? plain
      : { ...plain, note: 'An object as value would be expanded into SQL by the driver; check that none can arrive here.' };
  }
  const number: Bound = { ...plain, convert: 'Number' };
  if (role === 'limit') return number;
  if (role === 'interval') return type === 'unknown' && nullable ? { ...number, note: zeroNote } : number;
  return { ...number, unsafe: 'in this place a null would now be 0' };
}

function bareInPrepared({ role, type }: Typed): Typing {
  if (role === 'limit') return type === 'string' ? plain : { ...plain, convert: 'String' };
  if (ofColumn.has(role) || role === 'comparison' || role === 'interval') return plain;
  return { ...plain, unsafe: 'the parameter is a double or a string, where the text was an integer or a decimal' };
}

/** A string takes the type of the column, or of the number that it is compared with: https://learn.microsoft.com/sql/t-sql/data-types/data-type-precedence-transact-sql */
function bareInRequest({ role, type }: Typed): Typing {
  if (ofColumn.has(role)) return type === 'integer' || type === 'number' ? plain : { ...plain, note: columnNote };
  if (type === 'integer') return plain;
  const convert = type === 'number' ? '' : 'Number';
  return { ...plain, convert, unsafe: 'the parameter is INT or FLOAT by its value, where the text was INT or DECIMAL' };
}

function bareInSqlite({ binding, role, type }: Typed): Typing {
  const numeric = type === 'integer' || type === 'number';
  const doubles = binding.numbers === 'double';
  if (ofColumn.has(role)) {
    return doubles && type !== 'string'
      ? { ...plain, note: 'A number is bound as REAL; in a column declared TEXT, 5 becomes "5.0".' }
      : plain;
  }
  if (role === 'limit') return plain;
  if (numeric && !doubles) return plain;
  if (role === 'comparison') return numeric ? plain : { ...plain, placeholder: 'CAST(? AS NUMERIC)' };
  if (type === 'integer') return { ...plain, placeholder: 'CAST(? AS INTEGER)' };
  return { ...plain, convert: numeric ? '' : 'Number', unsafe: 'the parameter has no affinity here, where the text was a number' };
}
