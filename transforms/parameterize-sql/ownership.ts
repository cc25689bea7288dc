/** Whether the variables that hold a query's text are read by this query alone. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import type { Sink } from './sinks.ts';
import { isWritten } from './assignments.ts';
import type { Carrier } from './text.ts';

/** @returns what else reads a variable whose text would change */
export function ownershipOf(program: Program, sink: Sink, carriers: readonly Carrier[]): string | undefined {
  if (carriers.some((carrier) => carrier.expression.getSourceFile() !== sink.call.getSourceFile())) {
    return 'A part of the text comes from another module.';
  }
  for (const variable of new Set(carriers.flatMap((carrier) => carrier.variable ?? []))) {
    const others = program.references.to(variable).filter((use) => !belongs(use, sink, carriers));
    const [other] = others;
    if (other !== undefined) {
      const { line } = other.getSourceFile().getLineAndCharacterOfPosition(other.getStart());
      return `\`${variable.name}\` is also used in line ${line + 1}, where its text would change.`;
    }
  }
  return undefined;
}

function belongs(use: ts.Identifier, sink: Sink, carriers: readonly Carrier[]): boolean {
  if (ts.isVariableDeclaration(use.parent) && use.parent.name === use) return true;
  if (isWritten(use)) return true;
  if (use.pos >= sink.text.pos && use.end <= sink.text.end) return true;
  if (carriers.some(({ expression }) => use.pos >= expression.pos && use.end <= expression.end)) return true;
  return isLogged(use);
}

/** `console.log(sql)`: what is logged is the text with its placeholders. */
function isLogged(use: ts.Identifier): boolean {
  const { parent } = use;
  return (
    ts.isCallExpression(parent) &&
    parent.arguments.some((argument) => argument === use) &&
    parent.expression.getText().startsWith('console.')
  );
}
