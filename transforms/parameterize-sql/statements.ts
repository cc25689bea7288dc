/** Which statements take parameters. */

import type { Dialect } from '../../catalog/sql-drivers.ts';
import { isBranch, type Tree } from './parser.ts';

const everywhere: ReadonlySet<string> = new Set(['Query', 'Insert', 'Update', 'Delete', 'Merge']);
const also: Partial<Record<Dialect, ReadonlySet<string>>> = { mysql: new Set(['Call']) };

/** @returns why the statements take no parameters; undefined when they do */
export function isStatementWithParameters(statements: readonly Tree[], dialect: Dialect): string | undefined {
  if (statements.length > 1) return 'The text holds several statements, which drivers do not prepare as one.';
  const [statement] = statements;
  const kind = isBranch(statement) ? (Object.keys(statement)[0] ?? '') : typeof statement === 'string' ? statement : '';
  return everywhere.has(kind) || also[dialect]?.has(kind) === true
    ? undefined
    : `A statement of the kind \`${kind}\` takes no parameters in ${dialect === 'sqlite' ? 'SQLite' : dialect === 'mysql' ? 'MySQL' : 'PostgreSQL'}.`;
}
