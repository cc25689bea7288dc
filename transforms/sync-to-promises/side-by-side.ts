/**
 * `names.map((name) => readFileSync(name))`: what only reads could do so for all elements at once. That is offered by itself, and never
 * together with the plain rewriting, which goes from one element to the next as the code did.
 */

import { ts } from 'ts-morph';
import { awaitEdits } from '../../engine/async/await-edits.ts';
import { unwrapped } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Edit, Fix } from '../../engine/finding.ts';
import { placeOf } from '../../engine/program/place.ts';
import type { TransformContext } from '../../engine/transform.ts';
import type { Site } from './sites.ts';

const transform = 'sync-to-promises';

/** Functions that give a value and do nothing else. */
const still = /^(?:path\.|global\.(?:JSON|Math|Number|String|Boolean|parseInt|parseFloat|Object\.(?:keys|values|entries))\b)/;

/** A `map` whose callback waits for reads alone, and in which nothing else happens. */
export interface ReadsOfElements {
  readonly call: ts.CallExpression;
  readonly callback: ts.Node;
}

/** @returns the `map` around each of the sites that stand in such a one */
export function readsOfElements(context: TransformContext, sites: readonly Site[]): ReadonlyMap<Site, ReadsOfElements> {
  const byCall = new Map(sites.map((site) => [site.call, site]));
  const known = new Map<ts.Node, ReadsOfElements | undefined>();
  const found = new Map<Site, ReadsOfElements>();
  for (const site of sites) {
    const callback = callbackOf(site.call);
    if (callback === undefined) continue;
    if (!known.has(callback)) known.set(callback, readsIn(context, callback, byCall));
    const reads = known.get(callback);
    if (reads !== undefined) found.set(site, reads);
  }
  return found;
}

function readsIn(
  context: TransformContext,
  callback: ts.ArrowFunction | ts.FunctionExpression,
  byCall: ReadonlyMap<ts.CallExpression, Site>,
): ReadsOfElements | undefined {
  const role = roleOf(context.program, callback);
  if (role.kind !== 'iteration' || role.method !== 'map' || unwrapped(role.call.arguments[0] ?? callback) !== callback) return undefined;
  // `names?.map(…)` may be undefined, of which there is no `Promise.all`.
  if (ts.isOptionalChain(role.call)) return undefined;
  const fits = context.asynchrony.awaitAt(role.call).kind !== 'refused' && onlyReads(context, callback, byCall);
  return fits ? { call: role.call, callback } : undefined;
}

/** The fix that makes the reads of each `map` at once. */
export function* sideBySide(context: TransformContext, reads: ReadonlyMap<Site, ReadsOfElements>): Iterable<Fix> {
  for (const { call, callback } of new Set(reads.values())) yield* fixOf(context, call, callback);
}

function* fixOf({ program, asynchrony }: TransformContext, call: ts.CallExpression, callback: ts.Node): Iterable<Fix> {
  const verdict = asynchrony.awaitAt(call);
  if (verdict.kind === 'refused') return;
  const path = program.pathOf(call);
  const start = call.getStart();
  const { end } = call;
  const awaited = asynchrony.needsAwait(call) ? awaitEdits(path, call) : [];
  const edits: Edit[] = [
    ...awaited.filter((edit) => edit.start === start),
    { kind: 'replace', path, start, end: start, text: 'Promise.all(', wraps: end },
    { kind: 'replace', path, start: callback.getStart(), end: callback.getStart(), text: 'async ' },
    { kind: 'replace', path, start: end, end, text: ')' },
    ...awaited.filter((edit) => edit.start === end),
  ];
  yield {
    kind: 'fix',
    id: `${transform}:at-once:${path}:${start}`,
    transform,
    site: program.spanOf(call),
    title: 'These reads could be made at once',
    safety: 'unsafe',
    reason: {
      code: 'control-flow',
      message: `What is read for each element (${placeOf(program, call)}) would be read for all at once: a failure comes before the other reads have ended, and as many files are open as there are elements.`,
      help: 'Check that the list is short, and that it does not matter which of several failures is told.',
    },
    notes: [],
    edits,
    imports: [],
    preambles: [],
    dependsOn: verdict.kind === 'possible' ? verdict.dependsOn : [],
  };
}

/** The function around the call, when it is written in place. */
function callbackOf(call: ts.CallExpression): ts.ArrowFunction | ts.FunctionExpression | undefined {
  for (let node: ts.Node = call.parent; ; node = node.parent) {
    if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return node;
    if (ts.isFunctionLike(node) || ts.isSourceFile(node)) return undefined;
  }
}

/** Every call reads, or does nothing but give a value; and nothing outside of the callback is changed. */
function onlyReads(
  { program }: TransformContext,
  callback: ts.ArrowFunction | ts.FunctionExpression,
  sites: ReadonlyMap<ts.CallExpression, Site>,
): boolean {
  const isOwn = (target: ts.Expression): boolean => {
    const declaration = ts.isIdentifier(target) ? program.checker.getSymbolAtLocation(target)?.valueDeclaration : undefined;
    return declaration !== undefined && declaration.pos >= callback.pos && declaration.end <= callback.end;
  };
  const isStill = (call: ts.CallExpression): boolean => {
    const key = program.originOf(call.expression)?.key;
    if (key !== undefined && still.test(key)) return true;
    const callee = call.expression;
    return (
      ts.isPropertyAccessExpression(callee) &&
      callee.name.text in String.prototype &&
      call.arguments.every((one) => !ts.isFunctionLike(one))
    );
  };
  const fits = (node: ts.Node): boolean => {
    if (ts.isCallExpression(node)) {
      const effect = sites.get(node)?.row.effect;
      if (effect !== 'reads' && effect !== 'looks' && !isStill(node)) return false;
    }
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind) && !isOwn(node.left)) return false;
    if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node.operator) && !isOwn(node.operand))
      return false;
    if (ts.isNewExpression(node) || ts.isDeleteExpression(node) || ts.isAwaitExpression(node) || ts.isTaggedTemplateExpression(node))
      return false;
    if (ts.isFunctionLike(node)) return false;
    return ts.forEachChild(node, (child) => !fits(child)) !== true;
  };
  return fits(callback.body);
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isStep(operator: ts.SyntaxKind): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}
