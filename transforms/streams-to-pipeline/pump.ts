/** `pump(a, b, callback)` and its relatives: what `pipeline` of Node does since version 10. */

import { ts } from 'ts-morph';
import { pumpSources } from '../../catalog/streams.ts';
import { isFunctionNode, unwrapped } from '../../engine/async/functions.ts';
import type { Finding, Reason, ReplaceEdit } from '../../engine/finding.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { namedFunction } from './handler.ts';
import { findingAt } from './finding-at.ts';
import { refusals, Refused } from './refusals.ts';
import { listens } from './chain.ts';
import { streamKind } from './stream-kind.ts';
import { identityOf, isReference } from './stream-name.ts';

export function* pumps(program: Program, file: ts.SourceFile): Iterable<Finding> {
  if (!/\b(?:pump|mississippi|multipipe)/.test(file.text)) return;
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const call of calls) {
    const key = program.originOf(call.expression)?.key;
    const row = pumpSources.find((one) => one.callee === key);
    if (row !== undefined) yield ofCall(program, call, row.callee, row.composes);
  }
}

function ofCall(program: Program, call: ts.CallExpression, callee: string, composes: boolean): Finding {
  return findingAt(program, call, `\`${call.expression.getText()}\` does what \`pipeline\` of Node does`, () => {
    if (composes) throw new Refused(refusals.composed(callee));
    const ending = endingOf(program, call);
    if (ending === 'unknown') throw new Refused(refusals.unknownCallback());
    const late = listenedLate(program, call);
    if (late !== undefined) throw new Refused(refusals.listensTooLate(late));
    const { text, imports, preambles } = importHabit(program, call.getSourceFile()).reference('stream', 'pipeline', call);
    const path = program.pathOf(call);
    const edits: ReplaceEdit[] = [
      { kind: 'replace', path, start: call.expression.getStart(), end: call.expression.end, text },
      ...(ending === 'none' ? [silence(path, call)] : []),
    ];
    const notes = ['A stream that closes early is told of by `ERR_STREAM_PREMATURE_CLOSE`, where the message was `premature close`.'];
    return { edits, imports, preambles, notes, unsafe: leavingReason(program, call) };
  });
}

/** Is the last argument the callback? `pump` takes a missing one for none, `pipeline` throws. */
function endingOf(program: Program, call: ts.CallExpression): 'callback' | 'none' | 'unknown' {
  const last = call.arguments.at(-1);
  if (last === undefined || call.arguments.some(ts.isSpreadElement)) return 'unknown';
  const bare = unwrapped(last);
  if (isFunctionNode(bare) || namedFunction(program, bare) !== undefined) return 'callback';
  if (ts.isArrayLiteralExpression(bare) || streamKind(program, bare) !== undefined) return call.arguments.length > 1 ? 'none' : 'unknown';
  return ts.isIdentifier(bare) && isAlwaysCalled(program, bare) ? 'callback' : 'unknown';
}

/** A stream that the callback listens to: `pump` calls back when everything is written, `pipeline` when the streams have closed. */
function listenedLate(program: Program, call: ts.CallExpression): string | undefined {
  const last = call.arguments.at(-1);
  const bare = last && unwrapped(last);
  const callback = bare && (isFunctionNode(bare) ? bare : namedFunction(program, bare));
  if (callback?.body === undefined) return undefined;
  const streams = new Map(call.arguments.filter(isReference).map((argument) => [identityOf(program, argument), argument.getText()]));
  let found: string | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && listens.has(node.expression.name.text))
      found ??= streams.get(identityOf(program, node.expression.expression));
    ts.forEachChild(node, visit);
  };
  visit(callback.body);
  return found;
}

/** A parameter that the function calls elsewhere without asking whether it is there: somebody has to give it. */
function isAlwaysCalled(program: Program, name: ts.Identifier): boolean {
  const symbol = program.symbolOf(name);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isParameter(declaration)) return false;
  if (declaration.type !== undefined && declaration.questionToken === undefined) return true;
  const uses = program.references.to(symbol).filter((use) => use !== name && use !== declaration.name);
  const isTested = uses.some(({ parent }) => !ts.isCallExpression(parent));
  return !isTested && uses.some((use) => ts.isCallExpression(use.parent) && use.parent.expression === use);
}

/** Without a callback failures were passed over. */
function silence(path: string, call: ts.CallExpression): ReplaceEdit {
  const { constant } = sourceHabits(call.getSourceFile());
  const end = call.arguments.at(-1)?.end ?? call.end;
  return { kind: 'replace', path, start: end, end, text: constant === 'var' ? ', function () {}' : ', () => {}' };
}

/** Newer Nodes throw at once where the destination has gone already. */
function leavingReason(program: Program, call: ts.CallExpression): Reason | undefined {
  const gone = call.arguments.find(
    (argument) => streamKind(program, argument)?.leaves === true && streamKind(program, argument)?.side !== 'readable',
  );
  return gone && refusals.mayBeGone(gone.getText());
}
