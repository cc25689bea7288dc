/**
 * A promise whose result goes to a node-style callback: `.then(user => callback(null, user))`. The callback gets the rejection as the
 * second argument of `then`, never by a `.catch(callback)` behind it, which would call it again when the callback itself throws.
 */

import { ts } from 'ts-morph';
import { isFunctionNode, unwrapped, type FunctionNode } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Finding, ReplaceEdit } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';
import { chainBreak } from './await-text.ts';
import { chainLink } from './chain.ts';
import { fixOf, refusalOf, titled } from './draft.ts';
import { handlerStyle } from './handler-style.ts';
import type { Knowledge } from './knowledge.ts';
import { placeOf } from './place.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';

export function callbackFix(expression: ts.Expression, known: Knowledge): Finding | undefined {
  const link = chainLink(expression);
  if (link?.method !== 'then' || link.handlers.length !== 1 || link.handlers[0] === undefined) return undefined;
  const callback = callbackUsedIn(expression, expression, known);
  if (callback === undefined) return undefined;
  const handler = unwrapped(link.handlers[0]);
  const edits = isFunctionNode(handler) ? edited(expression, handler, callback, known) : undefined;
  if (edits === undefined) {
    return refusalOf(
      expression,
      titled(expression, (text) => `\`${callback.text}\` does not hear of a rejection of \`${text}\``),
      {
        code: 'callback-shape',
        message: `\`${callback.text}\` is called in a way that leaves open whether it would be called once.`,
        help: `Let the handler return the result, and end the chain with \`.then((value) => ${callback.text}(null, value), ${callback.text})\`.`,
      },
      known,
    );
  }
  return fixOf(
    {
      at: expression,
      title: titled(expression, (text) => `give the rejection of \`${text}\` to \`${callback.text}\``),
      edits,
      ...(!takesAnError(known.program, callback) && {
        unsafe: {
          code: 'callback-shape',
          message: `\`${callback.text}\` is called with nothing everywhere, so that it cannot be seen whether it takes an error.`,
          help: `Apply it with --unsafe if \`${callback.text}\` is to be called with the error, or catch the rejection before it.`,
        },
      }),
      notes: [
        `A rejection now reaches \`${callback.text}\`; before, nobody saw it, \`${callback.text}\` was not called and the process ended.`,
      ],
    },
    known,
  );
}

/** The callback parameter of a function around `at` that `node` calls with a result: `callback(null, user)`. */
export function callbackUsedIn(node: ts.Node, at: ts.Node, known: Knowledge): ts.Identifier | undefined {
  const { program } = known;
  for (let current = at.parent; !ts.isSourceFile(current); current = current.parent) {
    if (!isFunctionNode(current)) continue;
    const role = placeOf(current, known);
    if (role.kind === 'executor' || (role.kind === 'root' && role.row.isMiddleware === true)) return undefined;
    const last = current.parameters.at(-1);
    if (last === undefined || !ts.isIdentifier(last.name) || last.dotDotDotToken !== undefined) continue;
    if (mentions(program, node, last.name).some((one) => isSuccess(one) !== undefined)) return last.name;
  }
  return undefined;
}

/** Is the callback handed an error, or nothing in its place, anywhere, or passed on to somebody who may? Declared with a parameter it takes one too. */
function takesAnError(program: Program, callback: ts.Identifier): boolean {
  const symbol = program.symbolOf(callback);
  if (symbol === undefined) return false;
  const fn = symbol.valueDeclaration?.parent;
  // The `done` of a test runner.
  if (fn !== undefined && isFunctionNode(fn) && roleOf(program, fn).kind === 'root') return true;
  const declared = program.checker.getTypeAtLocation(callback).getCallSignatures();
  if (declared.some(({ parameters }) => parameters.length > 0)) return true;
  return program.references.to(symbol).some((use) => {
    const { parent } = use;
    if (!ts.isCallExpression(parent)) return false;
    return parent.expression === use ? parent.arguments.length > 0 : parent.arguments.some((argument) => argument === use);
  });
}

function mentions(program: Program, node: ts.Node, parameter: ts.Identifier): ts.Identifier[] {
  const own = program.checker.getSymbolAtLocation(parameter);
  return identifiersIn(node, parameter.text).filter((identifier) => program.symbolOf(identifier) === own);
}

/** `callback()`, `callback(null)`, `callback(null, value)`. */
function isSuccess(identifier: ts.Identifier): ts.CallExpression | undefined {
  const call = identifier.parent;
  if (!ts.isCallExpression(call) || call.expression !== identifier || call.arguments.length > 2) return undefined;
  const [error] = call.arguments;
  const isNothing = error === undefined || error.kind === ts.SyntaxKind.NullKeyword || error.getText() === 'undefined';
  return isNothing ? call : undefined;
}

function edited(expression: ts.Expression, handler: FunctionNode, callback: ts.Identifier, known: Knowledge): ReplaceEdit[] | undefined {
  const uses = mentions(known.program, expression, callback);
  const [only] = uses;
  if (uses.length !== 1 || only === undefined || handler.body === undefined) return undefined;
  const call = isSuccess(only);
  if (call === undefined) return undefined;
  const path = known.program.pathOf(expression);
  if (isWholeBody(handler, call)) {
    return [{ kind: 'replace', path, start: handler.end, end: handler.end, text: `, ${callback.text}` }];
  }
  return lastCall(path, expression, handler, call, callback.text);
}

function isWholeBody(handler: FunctionNode, call: ts.CallExpression): boolean {
  const { body } = handler;
  if (body === undefined || !ts.isBlock(body)) return body === call;
  const [only] = body.statements;
  return body.statements.length === 1 && only !== undefined && statementCall(only) === call;
}

function statementCall(statement: ts.Statement): ts.Expression | undefined {
  if (ts.isExpressionStatement(statement) || ts.isReturnStatement(statement)) return statement.expression;
  return undefined;
}

/** The handler's last statement gives the result to the callback: it returns it instead, and a further `then` hands it over. */
function lastCall(
  path: string,
  expression: ts.Expression,
  handler: FunctionNode,
  call: ts.CallExpression,
  callback: string,
): ReplaceEdit[] | undefined {
  const { body } = handler;
  if (body === undefined || !ts.isBlock(body)) return undefined;
  const last = body.statements.at(-1);
  if (last === undefined || statementCall(last) !== call || returnsElsewhere(body, last)) return undefined;
  const file = expression.getSourceFile();
  const { semicolon, eol, unit } = sourceHabits(file);
  const { arrow } = handlerStyle(file);
  const [first, value] = call.arguments;
  const given = value === undefined ? [first?.getText() ?? []].flat().join('') : 'null, value';
  const parameter = value === undefined ? '' : 'value';
  const lineBreak = chainBreak(expression);
  const indentation = lineBreak ?? indentationAt(file, expression.end - 1);
  const pass = arrow
    ? `(${parameter}) => ${callback}(${given})`
    : `function (${parameter}) {${eol}${indentation}${unit}${callback}(${given})${semicolon}${eol}${indentation}}`;
  const link = `${lineBreak === undefined ? '' : eol + lineBreak}.then(${pass}, ${callback})`;
  const text = value === undefined ? '' : `return ${value.getText()}${semicolon}`;
  const start = value === undefined ? last.getFullStart() : last.getStart();
  return [
    { kind: 'replace', path, start, end: last.end, text },
    { kind: 'replace', path, start: expression.end, end: expression.end, text: link },
  ];
}

function returnsElsewhere(body: ts.Block, last: ts.Statement): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || node === last) return;
    if (ts.isReturnStatement(node)) found = true;
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}
