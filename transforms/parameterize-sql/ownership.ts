/** Whether the variables that hold a query's text are read by this query alone. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { short, type Sink } from './sinks.ts';
import { isWritten } from './assignments.ts';
import { isLogged } from './logged.ts';
import type { Carrier } from './text.ts';
import { readWays } from './ways.ts';

/**
 * @param seen where the text was followed to
 * @returns what else reads a variable whose text would change
 */
export function ownershipOf(
  program: Program,
  sink: Sink,
  carriers: readonly Carrier[],
  seen: ReadonlySet<ts.Identifier>,
): string | undefined {
  if (carriers.some((carrier) => carrier.expression.getSourceFile() !== sink.call.getSourceFile())) {
    return 'A part of the text comes from another module.';
  }
  return otherReader(program, sink, carriers, seen);
}

/**
 * Other queries that send the very same text: `db.one(sql); return db.one(sql);`
 * @returns the text as each of them is given it
 */
export function companionsOf(
  program: Program,
  sink: Sink,
  carriers: readonly Carrier[],
  seen: ReadonlySet<ts.Identifier>,
): readonly ts.Identifier[] {
  const variables = new Set(carriers.flatMap((carrier) => carrier.variable ?? []));
  const [variable] = variables;
  if (variable === undefined || variables.size !== 1 || sink.wrapper !== undefined || sink.options !== undefined) return [];
  return program.references.to(variable).filter((use) => {
    if (seen.has(use) || belongs(use, sink, carriers) || !reads(program, use, carriers)) return false;
    return (
      ts.isCallExpression(use.parent) &&
      use.parent.arguments[0] === use &&
      use.parent.expression.getText() === sink.call.expression.getText()
    );
  });
}

/** The same for parts of the text that are made in functions of their own. */
export function otherReader(
  program: Program,
  sink: Sink,
  carriers: readonly Carrier[],
  seen: ReadonlySet<ts.Identifier>,
): string | undefined {
  for (const variable of new Set(carriers.flatMap((carrier) => carrier.variable ?? []))) {
    const others = program.references.to(variable).filter((use) => !seen.has(use) && !belongs(use, sink, carriers));
    for (const other of others) {
      if (!reads(program, other, carriers)) continue;
      return `\`${variable.name}\` is also used in \`${short(other.parent)}\`, where its text would change.`;
    }
  }
  return undefined;
}

/** Does what is read here hold a part of the text that changes? A variable may have been given another text in between. */
function reads(program: Program, use: ts.Identifier, carriers: readonly Carrier[]): boolean {
  const read = readWays(program, use, new Set());
  if (read.kind !== 'ways') return true;
  const changed = new Set(carriers.map(({ expression }) => expression));
  return read.ways.some((segments) => segments.some(({ leaf }) => changed.has(leaf.carrier.expression)));
}

function belongs(use: ts.Identifier, sink: Sink, carriers: readonly Carrier[]): boolean {
  if (ts.isVariableDeclaration(use.parent) && use.parent.name === use) return true;
  if (isWritten(use)) return true;
  if (use.pos >= sink.text.pos && use.end <= sink.text.end) return true;
  if (carriers.some(({ expression }) => use.pos >= expression.pos && use.end <= expression.end)) return true;
  return isLogged(use);
}
