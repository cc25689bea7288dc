/** The test around a place: a failure that is only logged there would let the test pass. */

import { ts } from 'ts-morph';
import { assertingTests } from '../../catalog/asserting-tests.ts';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { failing } from '../../engine/async/callback-root.ts';
import { isFunctionNode, outermost, type FunctionNode } from '../../engine/async/functions.ts';
import { roleOfArgument } from '../../engine/async/roles.ts';
import type { Handler } from './handlers.ts';
import type { Knowledge } from './knowledge.ts';
import { placeOf } from './place.ts';

export interface TestAround {
  readonly fn: FunctionNode;
  /** The callback that the test is given, and what is called with an error: `done`, or `done.fail`. */
  readonly done: { readonly name: string; readonly failing: string } | undefined;
  /** `t.error` of the object that the test asserts by; undefined where it has none, or it cannot be seen. */
  readonly asserting: string | undefined;
}

export function testAround(at: ts.Node, known: Knowledge): TestAround | undefined {
  for (let node: ts.Node = at.parent; !ts.isSourceFile(node); node = node.parent) {
    if (!isFunctionNode(node)) continue;
    const member = failsBy(node, known);
    if (member !== undefined) {
      const t = node.parameters[0]?.name;
      const isSeen = t !== undefined && ts.isIdentifier(t) && isSeenFrom(at, t, known);
      return { fn: node, done: undefined, asserting: isSeen ? `${t.text}.${member}` : undefined };
    }
    const role = placeOf(node, known);
    if (role.kind === 'root' && role.row.isTest === true) {
      const last = node.parameters.length > (role.row.maximumParameters ?? 0) ? node.parameters.at(-1)?.name : undefined;
      if (last === undefined || !ts.isIdentifier(last) || !isSeenFrom(at, last, known))
        return { fn: node, done: undefined, asserting: undefined };
      return { fn: node, done: { name: last.text, failing: failing(known.program, role.row, last) }, asserting: undefined };
    }
    if (isPartOfTest(node, known)) return { fn: node, done: undefined, asserting: undefined };
    if (role.kind === 'named' || ts.isFunctionDeclaration(node)) return undefined;
  }
  return undefined;
}

/** `test('opens', withChannel((channel, done) => { … }))`: what a function of the program makes the test of. */
function isPartOfTest(fn: FunctionNode, known: Knowledge): boolean {
  let argument: ts.Node = outermost(fn);
  while (ts.isCallExpression(argument.parent) && argument.parent.expression !== argument) {
    const call = argument.parent;
    const role = argument === fn ? undefined : roleOfArgument(known.program, call, call.arguments.indexOf(argument as ts.Expression));
    if (role?.kind === 'root' && role.row.isTest === true) return true;
    argument = outermost(call);
  }
  return false;
}

const rows = assertingTests.map(({ callees, failsBy }) => ({ pattern: originPattern(callees), failsBy }));

/** What the test object of the function, or that of the test around, which `t.test` was called on, fails by. */
function failsBy(fn: FunctionNode, known: Knowledge): 'error' | 'fail' | undefined {
  const call = fn.parent;
  if (!ts.isCallExpression(call) || call.arguments.at(-1) !== fn) return undefined;
  const key = known.program.originOf(call.expression)?.key;
  const row = key === undefined ? undefined : rows.find(({ pattern }) => pattern.test(key));
  if (row !== undefined || !ts.isPropertyAccessExpression(call.expression)) return row?.failsBy;
  const { name, expression: t } = call.expression;
  if (name.text !== 'test' || !ts.isIdentifier(t)) return undefined;
  const parameter = known.program.symbolOf(t)?.valueDeclaration;
  if (parameter === undefined || !ts.isParameter(parameter) || parameter.parent.parameters[0] !== parameter) return undefined;
  return isFunctionNode(parameter.parent) ? failsBy(parameter.parent, known) : undefined;
}

/** Calls the member on its object, without which it does nothing. */
export function assertion(member: string): Handler {
  // `t.fail` takes a text.
  const given = (error: string): string => (member.endsWith('.fail') ? `String(${error})` : error);
  return { name: member, reference: undefined, statements: (error) => [`${member}(${given(error)})`], edits: [], notes: [] };
}

function isSeenFrom(at: ts.Node, name: ts.Identifier, { program }: Knowledge): boolean {
  return program.checker.resolveName(name.text, at, ts.SymbolFlags.Value, false) === program.checker.getSymbolAtLocation(name);
}
