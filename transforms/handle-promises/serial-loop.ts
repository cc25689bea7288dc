/** A loop that gathers the results of calls, each of which waits for the one before it: only reported, for the order may be meant. */

import { ts } from 'ts-morph';
import { unwrapped } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Finding } from '../../engine/finding.ts';
import { refusalOf, shortText } from './draft.ts';
import type { Knowledge } from './knowledge.ts';

/** `for (const id of ids) users.push(await load(id));`, where nothing that one turn leaves is looked at by the next. */
export function serialCall(program: Program, loop: ts.ForOfStatement): ts.Expression | undefined {
  if (loop.awaitModifier !== undefined || !ts.isVariableDeclarationList(loop.initializer)) return undefined;
  const statements = ts.isBlock(loop.statement) ? loop.statement.statements : [loop.statement];
  const last = statements.at(-1);
  if (last === undefined || statements.length > 2) return undefined;
  const gathered = pushed(last);
  if (gathered === undefined) return undefined;
  const [first] = statements;
  const value = statements.length === 1 ? gathered.value : constantOf(first, gathered.value);
  const bare = value && unwrapped(value);
  if (bare === undefined || !ts.isAwaitExpression(bare)) return undefined;
  // What is called with the results so far depends on them.
  const own = program.symbolOf(gathered.list);
  const isUsed =
    own === undefined || program.references.to(own).some((use) => use !== gathered.list && use.pos >= loop.pos && use.end <= loop.end);
  return isUsed ? undefined : bare.expression;
}

function pushed(statement: ts.Statement): { readonly list: ts.Identifier; readonly value: ts.Expression } | undefined {
  const call = ts.isExpressionStatement(statement) ? statement.expression : undefined;
  if (call === undefined || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
  const [value, ...more] = call.arguments;
  const { expression: list, name } = call.expression;
  return name.text === 'push' && ts.isIdentifier(list) && value !== undefined && more.length === 0 ? { list, value } : undefined;
}

/** `const user = await load(id);` before `users.push(user)`. */
function constantOf(statement: ts.Statement | undefined, name: ts.Expression): ts.Expression | undefined {
  const declaration = statement !== undefined && ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : undefined;
  return declaration?.name.getText() === name.getText() ? declaration.initializer : undefined;
}

export function serialLoop(call: ts.Expression, known: Knowledge): Finding {
  const text = shortText(call);
  return refusalOf(
    call,
    `each \`${text}\` waits for the one before it`,
    {
      code: 'control-flow',
      message: 'The calls do not use the results of each other, and could run at once; whether they may, only you know.',
      help: 'Start them together with `await Promise.all(list.map(…))`, unless the order or a limit of the other side matters.',
    },
    known,
  );
}
