/** What the statements that connect and listen must be like: kinds of streams, calls on them, and their order. */

import { ts } from 'ts-morph';
import { eventOf, listens } from './chain.ts';
import { ownNodes } from './handler.ts';
import { refusals, Refused } from './refusals.ts';
import { nameOf } from './stream-name.ts';
import { functionAround, isUnchangedEvent } from './uses.ts';
import { statementsOf } from './statement-list.ts';
import { isReadAside, type Stage, type Wiring } from './wiring.ts';

/** @throws Refused when a stage cannot be one, or is not a stream of Node at all */
export function checkKinds(stages: readonly Stage[]): void {
  stages.forEach((stage, index) => {
    const name = nameOf(stage.base);
    if (stage.kind === undefined) throw new Refused(refusals.unknownStream(name));
    const { side, role } = stage.kind;
    const needs = index === 0 ? 'readable' : index === stages.length - 1 ? 'writable' : 'duplex';
    if (side !== 'duplex' && side !== needs) throw new Refused(refusals.unknownStream(name));
    if (role === 'own-end') throw new Refused(refusals.ownEnd(name));
    if (role === 'outgoing-request') throw new Refused(refusals.outgoingRequest(name));
    // What else can be read may fail after all was written to it, when the pipeline is done and nobody would hear.
    if (index === stages.length - 1 && side === 'duplex' && (role === 'other' || role === 'unknown'))
      throw new Refused(refusals.sideRead(name));
  });
}

/** @throws Refused for calls on the streams that a pipeline would make pointless or wrong */
export function checkLinks(stages: readonly Stage[], { flows, listening }: Wiring): void {
  for (const flow of flows) {
    for (const call of ownNodes(flow, ts.isCallExpression)) {
      if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'pipe') continue;
      const options = call.arguments[1];
      if (options === undefined) continue;
      const text = options.getText().replace(/\s/g, '');
      // What a stream of Node passes over, another one goes by.
      if (ts.isObjectLiteralExpression(options) && isWithoutEnd(options)) {
        const from = stages.find(({ base }) => contains(call.expression, base));
        throw new Refused(refusals.ownOptions(nameOf(from?.base ?? call.expression)));
      }
      // Standard output is never ended anyway.
      const says = stages.at(-1)?.kind?.role === 'stdio' ? ['{end:false}', '{end:true}'] : ['{end:true}'];
      if (!says.includes(text)) throw new Refused(refusals.endOption());
    }
  }
  stages.forEach((stage, index) => {
    const name = nameOf(stage.base);
    const apart = listening.flatMap(({ chain }) =>
      chain.segments[0]?.base.getText() === stage.base.getText() ? chain.segments[0].links : [],
    );
    for (const link of [...(stage.definition?.links ?? []), ...stage.links, ...apart]) {
      if (listens.has(link.method)) {
        const event = eventOf(link);
        if (event === undefined) throw new Refused(refusals.listener(name, link.call.arguments[0]?.getText() ?? ''));
        const isLast = index === stages.length - 1;
        if (event === 'error' || isUnchangedEvent(event) || (event === 'finish' && index > 0)) continue;
        if (event === 'close' && isLast && stage.kind?.role === 'file') continue;
        if (event === 'readable' && isReadAside(stages, stage)) continue;
        throw new Refused(refusals.listener(name, event));
      }
      if (link.method === 'resume' && isReadAside(stages, stage)) continue;
      if (link.method !== 'setEncoding' && link.method !== 'setMaxListeners') throw new Refused(refusals.adjusted(name, link.method));
    }
  });
}

/** Is every property of the options written out, and none of them `end`? */
function isWithoutEnd({ properties }: ts.ObjectLiteralExpression): boolean {
  return (
    properties.length > 0 &&
    properties.every((property) => ts.isPropertyAssignment(property) && ts.isIdentifier(property.name) && property.name.text !== 'end')
  );
}

function contains(outer: ts.Node, inner: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end;
}

/** Nothing may come between the statements that connect and those that listen. */
export function checkOrder({ list, flows, listening, stages }: Wiring): void {
  const defining = stages.flatMap(({ definition }) => definition?.statement ?? []);
  const own = new Set<ts.Node>([...flows, ...defining, ...listening.map(({ statement }) => statement)]);
  const indices = statementsOf(list).flatMap((statement, index) => (own.has(statement) ? [index] : []));
  const between = statementsOf(list)
    .slice(Math.min(...indices), Math.max(...indices))
    .filter((statement) => !own.has(statement));
  for (const statement of between) {
    const leaves = ownNodes(
      statement,
      (node): node is ts.Node =>
        ts.isAwaitExpression(node) ||
        ts.isYieldExpression(node) ||
        ts.isReturnStatement(node) ||
        ts.isThrowStatement(node) ||
        ts.isBreakOrContinueStatement(node),
    );
    if (leaves.length > 0) throw new Refused(refusals.between());
  }
  const position = Math.max(...flows.map((flow) => flow.pos));
  for (const { symbol, declaration } of stages) {
    const declared = symbol?.valueDeclaration;
    if (declaration !== undefined || declared === undefined) continue;
    if (declared.getSourceFile() === list.getSourceFile() && functionAround(declared) === functionAround(list) && declared.pos > position) {
      throw new Refused(refusals.between());
    }
  }
}
