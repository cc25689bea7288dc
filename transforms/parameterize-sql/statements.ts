/** Which statements take parameters. */

import type { Binding, Dialect } from '../../catalog/sql-drivers.ts';
import { isBranch, type Tree } from './parser.ts';

const everywhere: ReadonlySet<string> = new Set(['Query', 'Insert', 'Update', 'Delete', 'Merge']);
const also: Partial<Record<Dialect, ReadonlySet<string>>> = { mysql: new Set(['Call']), mssql: new Set(['Execute']) };
const names: Readonly<Record<Dialect, string>> = {
  postgresql: 'PostgreSQL',
  mysql: 'MySQL',
  sqlite: 'SQLite',
  mssql: 'SQL Server',
  generic: 'SQL',
};

/** @returns why the statements take no parameters; undefined when they do */
export function isStatementWithParameters(statements: readonly Tree[], { dialect, numbers }: Given): string | undefined {
  // What the client writes into the text is a literal, wherever a literal may stand.
  if (numbers === 'literal') return undefined;
  // `sp_executesql` takes a batch.
  if (statements.length > 1 && dialect !== 'mssql') return 'The text holds several statements, which drivers do not prepare as one.';
  for (const statement of statements) {
    const kind = isBranch(statement) ? (Object.keys(statement)[0] ?? '') : typeof statement === 'string' ? statement : '';
    if (!everywhere.has(kind) && also[dialect]?.has(kind) !== true)
      return `A statement of the kind \`${kind}\` takes no parameters in ${names[dialect]}.`;
  }
  return undefined;
}

interface Given {
  readonly dialect: Dialect;
  readonly numbers: Binding['numbers'];
}
