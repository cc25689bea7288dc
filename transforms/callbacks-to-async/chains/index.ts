/** Promise chains that could be straight lines: returned, awaited, or started where a function ends. */

import { ts } from 'ts-morph';
import { isGivenToParam } from '../../../engine/async/express-handler.ts';
import { functionName, isAsync, type FunctionNode } from '../../../engine/async/functions.ts';
import { nextPlan } from '../../../engine/async/next-handler.ts';
import { plainReturns } from '../../../engine/async/plain-returns.ts';
import type { Edit, Finding, Fix, Reason } from '../../../engine/finding.ts';
import { commentsIn } from '../../../engine/source/layout.ts';
import type { Program } from '../../../engine/program/program.ts';
import { boundNames, identifiersIn } from '../../../engine/source/names.ts';
import type { TransformContext } from '../../../engine/transform.ts';
import { asyncEdits } from '../host.ts';
import { expressParameters } from '../merge.ts';
import { calleeName, Obstacle } from '../obstacle.ts';
import { linksOf, readChain, shortText, type Chain, type ChainKnowledge, type Handler } from './chain.ts';
import { unneededConstruction } from './construction.ts';
import { convertChain } from './convert.ts';
import { deferredFinding } from './deferred.ts';
import { Flavours } from './flavour.ts';
import { nodeCall } from './node-calls.ts';
import { areNamesFree, isWorthLines, Places, sinkOf, type Place, type PlaceSink, type Verdict, type Written } from './places.ts';
import { runsInBrowser } from '../browser.ts';
import { isGatherer } from './waited.ts';

/** @param ended chains that are dealt with elsewhere */
export function* promiseChains(context: TransformContext, transform: string, ended: ReadonlySet<ts.CallExpression>): Iterable<Finding> {
  const { program, asynchrony } = context;
  const { graph } = asynchrony;
  const known: ChainKnowledge = { program, graph, flavours: new Flavours(program, graph) };
  const places = new Places(context, known);
  for (const file of context.candidates) {
    if (runsInBrowser(program, file)) continue;
    const replaced: ts.Node[] = [];
    for (const node of constructionsIn(file)) {
      const finding = ts.isNewExpression(node) ? unneededConstruction(known, node, transform) : deferredFinding(known, node, transform);
      if (finding === undefined) continue;
      if (finding.kind === 'fix' && ts.isNewExpression(node)) replaced.push(node);
      yield finding;
    }
    for (const call of callsIn(file)) {
      const finding = nodeCall(program, call, transform);
      if (finding !== undefined) yield finding;
    }
    const found = chainsIn(known, file)
      .filter((call) => !ended.has(call) && !replaced.some((node) => node.pos <= call.pos && call.end <= node.end))
      .flatMap((call) => findingOf(known, places, call, transform) ?? []);
    yield* sharingAsync(program, found, transform);
  }
}

/** What becomes of a chain, and the function that its fix makes async. */
interface Found {
  readonly finding: Finding;
  readonly made: FunctionNode | undefined;
  readonly forwards: boolean;
}

/** A function with several chains becomes async once, for all of them. */
function* sharingAsync(program: Program, found: readonly Found[], transform: string): Iterable<Finding> {
  const byFunction = new Map<FunctionNode, Found[]>();
  for (const one of found) if (one.made !== undefined) byFunction.set(one.made, [...(byFunction.get(one.made) ?? []), one]);
  const shared = new Set<FunctionNode>();
  for (const { finding, made } of found) {
    const together = (made && byFunction.get(made)) ?? [];
    if (made === undefined || finding.kind === 'refusal' || together.length < 2) {
      yield finding;
    } else if (together.some(({ forwards }) => forwards)) {
      // The handler's `try` would be written for each; the others are found again when the first is done.
      if (together[0]?.finding === finding) yield finding;
    } else {
      const edits = editsToAsync(program, made);
      const id = `chain-async:${program.pathOf(made)}:${made.getStart()}`;
      if (!shared.has(made)) yield madeAsync(id, made, edits, transform);
      shared.add(made);
      const isShared = (edit: Edit): boolean =>
        edits.some((one) => one.kind === edit.kind && one.start === edit.start && one.end === edit.end);
      yield { ...finding, edits: finding.edits.filter((edit) => !isShared(edit)), dependsOn: [...finding.dependsOn, id] };
    }
  }
}

/** Its other returns need not be promises any more. */
function editsToAsync(program: Program, fn: FunctionNode): Edit[] {
  const path = program.pathOf(fn);
  return [...asyncEdits(fn), ...plainReturns(program, fn)].map((edit) => ({ kind: 'replace', path, ...edit }));
}

function madeAsync(id: string, fn: FunctionNode, edits: readonly Edit[], transform: string): Fix {
  return {
    kind: 'fix',
    id,
    transform,
    site: undefined,
    title: `make \`${functionName(fn)}\` async`,
    safety: 'safe',
    notes: [],
    edits,
    imports: [],
    preambles: [],
    dependsOn: [],
  };
}

function findingOf(known: ChainKnowledge, places: Places, call: ts.CallExpression, transform: string): Found | undefined {
  const { program } = known;
  const site = program.spanOf(call);
  if (known.flavours.isOther(linksOf(known.flavours, call).base)) return undefined;
  const written = writtenAround(program, call);
  const use = sinkOf(call, written.last !== undefined);
  if (use === undefined) return isOneOfSeveral(program, call) ? oneOfSeveral(known, call, transform) : undefined;
  try {
    const { chain, first } = withVariable(known, readChain(known, call), written);
    if (use.isAwaited && !isWorthLines(chain)) return undefined;
    const verdict = places.of({ ...written, first }, chain, use.sink, use.isAwaited);
    if (use.isAwaited && !(areNamesFree(verdict.place.fn, chain) && isTargetApart(use.sink, call))) return undefined;
    const finding: Fix = {
      kind: 'fix',
      id: `chain:${site.path}:${call.getStart()}`,
      transform,
      site,
      title: `await \`${shortText(chain.base)}\` instead of chaining handlers`,
      safety: verdict.unsafe === undefined ? 'safe' : 'unsafe',
      ...(verdict.unsafe !== undefined && { reason: verdict.unsafe }),
      // What it throws reaches `next` by way of Express too.
      notes: withoutForwarding(program, chain, verdict.place) === undefined ? verdict.notes : [],
      edits: editsOf(program, chain, verdict),
      imports: [],
      preambles: [],
      dependsOn: [],
    };
    const { fn } = verdict.place;
    return { finding, made: isAsync(fn) ? undefined : fn, forwards: verdict.mustForward };
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    // It is waited for as it is.
    if (use.isAwaited) return undefined;
    const reason = { code: error.code, message: error.message, help: error.help };
    const title = `\`${shortText(linksOf(known.flavours, call).base)}\` is chained`;
    return { finding: { kind: 'refusal', transform, site, title, reason }, made: undefined, forwards: false };
  }
}

/** An argument of `Promise.all` or what is like it, or an element of it. */
function isOneOfSeveral(program: Program, call: ts.CallExpression): boolean {
  const holder = ts.isArrayLiteralExpression(call.parent) ? call.parent.parent : call.parent;
  return ts.isCallExpression(holder) && isGatherer(program, holder);
}

/** Straight lines would need a function of their own: worth a word where a handler is more than an expression. */
function oneOfSeveral(known: ChainKnowledge, call: ts.CallExpression, transform: string): Found | undefined {
  const { base, links } = linksOf(known.flavours, call);
  const hasBlock = links.some(({ call: link }) => link.arguments.some((one) => isHandlerWithBlock(one)));
  if (!hasBlock) return undefined;
  const reason: Reason = {
    code: 'control-flow',
    message: 'The chain is one of several promises that are under way at once, and an await in its place would make the others wait.',
    help: 'Move the chain into an async function of its own, and call that here.',
  };
  const title = `\`${shortText(base)}\` is chained`;
  return {
    finding: { kind: 'refusal', transform, site: known.program.spanOf(call), title, reason },
    made: undefined,
    forwards: false,
  };
}

function isHandlerWithBlock(node: ts.Expression): boolean {
  return (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && ts.isBlock(node.body);
}

function editsOf(program: Program, chain: Chain, { place, mustForward }: Verdict): Edit[] {
  const path = program.pathOf(chain.expression);
  const edits: Edit[] = isAsync(place.fn) ? [] : editsToAsync(program, place.fn);
  // One `catch` for both, where the chain's own does nothing else.
  const without = mustForward ? withoutForwarding(program, chain, place) : undefined;
  const comments = without === undefined ? [] : commentsOfLast(chain);
  const forwarding = mustForward ? nextPlan(program, place.fn, isGivenToParam(place.fn, place.role), comments) : undefined;
  const forwarded = forwarding?.kind === 'edits' ? forwarding.edits : [];
  const own = forwarded.length > 0 ? without : undefined;
  // Around what is forwarded lines are broken anyway.
  const block = forwarded.length > 0 ? undefined : place.block;
  const converted = convertChain(program, own ?? chain, { ...place, block, inTry: place.inTry || own !== undefined });
  return [...edits, ...converted.map((edit): Edit => ({ kind: 'replace', path, ...edit })), ...forwarded];
}

/** The chain without `.catch(next)` at its end. */
function withoutForwarding(program: Program, chain: Chain, { fn, role }: Place): Chain | undefined {
  const last = chain.links.at(-1);
  const next = expressParameters(program, fn, role)?.next;
  if (last?.kind !== 'catch' || last.filters.length > 0 || next === undefined || !callsOnly(program, last.handler, next)) return undefined;
  return { ...chain, links: chain.links.slice(0, -1) };
}

/** What the handler of the last link says, a line each. */
function commentsOfLast({ links }: Chain): string[] {
  const last = links.at(-1);
  if (last?.kind !== 'catch' || last.handler.kind !== 'inline') return [];
  const { fn } = last.handler;
  const file = fn.getSourceFile();
  return commentsIn(file, { start: fn.body.getStart(), end: fn.end })
    .map(({ pos, end }) => file.text.slice(pos, end))
    .filter((comment) => !/[\r\n]/.test(comment));
}

/** `next`, or `(err) => next(err)`. */
function callsOnly(program: Program, handler: Handler, target: ts.Symbol): boolean {
  if (handler.kind === 'named') return program.symbolOf(handler.expression) === target;
  const { body, parameters } = handler.fn;
  const [only, ...others]: readonly ts.Node[] = ts.isBlock(body) ? body.statements : [body];
  if (only === undefined || others.length > 0) return false;
  const call: ts.Node | undefined = ts.isExpressionStatement(only) || ts.isReturnStatement(only) ? only.expression : only;
  if (call === undefined || !ts.isCallExpression(call) || call.arguments.length !== 1) return false;
  const [argument] = call.arguments;
  const [parameter] = parameters;
  if (argument === undefined || parameter === undefined || !ts.isIdentifier(argument)) return false;
  return program.symbolOf(call.expression) === target && program.symbolOf(argument) === program.symbolOf(parameter.name);
}

/** The statements that the chain is written in: its own, with a variable in front of it or behind it that nothing else uses. */
function writtenAround(program: Program, call: ts.CallExpression): Written {
  const { parent } = call;
  const value = ts.isAwaitExpression(parent) ? parent : call;
  if (ts.isArrowFunction(value.parent) && value.parent.body === value) {
    return { call, statement: undefined, first: undefined, last: undefined };
  }
  const statement = statementOf(call);
  const last = ts.isVariableDeclaration(parent) ? returnOf(program, parent) : undefined;
  return { call, statement, first: undefined, last };
}

function statementOf(node: ts.Node): ts.Statement | undefined {
  let current: ts.Node = node;
  while (!ts.isStatement(current) || ts.isBlock(current)) {
    if (ts.isSourceFile(current)) return undefined;
    current = current.parent;
  }
  return current;
}

/** `return loaded;`, right behind `var loaded = …`, where nothing else uses the variable. */
function returnOf(program: Program, declaration: ts.VariableDeclaration): ts.Statement | undefined {
  const { name } = declaration;
  const statement = soleDeclarationStatement(declaration);
  const next = statement && statementAfter(statement);
  if (!ts.isIdentifier(name)) return undefined;
  if (next === undefined || !ts.isReturnStatement(next) || next.expression === undefined || !ts.isIdentifier(next.expression))
    return undefined;
  const symbol = program.symbolOf(name);
  if (symbol === undefined || program.symbolOf(next.expression) !== symbol) return undefined;
  return usesOf(program, symbol).length === 1 ? next : undefined;
}

function usesOf(program: Program, symbol: ts.Symbol): readonly ts.Identifier[] {
  return program.references.to(symbol).filter((one) => one !== (symbol.valueDeclaration as ts.VariableDeclaration | undefined)?.name);
}

function statementAfter(statement: ts.Statement): ts.Statement | undefined {
  return ts.isBlock(statement.parent) ? statement.parent.statements[statement.parent.statements.indexOf(statement) + 1] : undefined;
}

/** `var loading = load(); return loading.then(…)`: one chain, when nothing else uses the variable. `first` is then its declaration. */
function withVariable(known: ChainKnowledge, chain: Chain, { statement }: Written): { chain: Chain; first: ts.Statement | undefined } {
  const { program } = known;
  const { base } = chain;
  const asWritten = { chain, first: undefined };
  if (!ts.isIdentifier(base) || statement === undefined) return asWritten;
  const symbol = program.symbolOf(base);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return asWritten;
  const first = soleDeclarationStatement(declaration);
  const { initializer } = declaration;
  if (first === undefined || initializer === undefined || statementAfter(first) !== statement) return asWritten;
  if (usesOf(program, symbol).length !== 1) return asWritten;
  if (!ts.isCallExpression(initializer) || linksOf(known.flavours, initializer).links.length === 0) {
    return { chain: { ...chain, base: initializer, assumed: known.flavours.of(initializer) === undefined }, first };
  }
  const inner = readChain(known, initializer);
  return { chain: { ...chain, base: inner.base, links: [...inner.links, ...chain.links], assumed: inner.assumed }, first };
}

/** `var x = …;` with nothing else in the statement. */
function soleDeclarationStatement(declaration: ts.VariableDeclaration): ts.VariableStatement | undefined {
  const list = declaration.parent;
  return ts.isVariableDeclarationList(list) && list.declarations.length === 1 && ts.isVariableStatement(list.parent)
    ? list.parent
    : undefined;
}

/** The variable that gets the value means nothing else inside the chain. */
function isTargetApart(sink: PlaceSink, call: ts.CallExpression): boolean {
  if (sink.kind === 'assign') return identifiersIn(call, sink.pattern).length === 0;
  return sink.kind !== 'declare' || boundNames(sink.name).every((name) => identifiersIn(call, name.text).length === 0);
}

/** What may be a promise made around another, or a deferred. */
function constructionsIn(file: ts.SourceFile): (ts.NewExpression | ts.CallExpression)[] {
  const found: (ts.NewExpression | ts.CallExpression)[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) found.push(node);
    if (ts.isCallExpression(node) && node.arguments.length === 0 && ts.isPropertyAccessExpression(node.expression)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function callsIn(file: ts.SourceFile): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** What a chain begins with, for a title. */
export function beginningOf(call: ts.CallExpression): string {
  let base: ts.Expression = call;
  for (let node: ts.Expression = call; ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression);) {
    if (!/^(?:then|catch|finally|done|fail|fin)$/.test(node.expression.name.text)) break;
    base = node = node.expression.expression;
  }
  return ts.isCallExpression(base) ? calleeName(base) : shortText(base);
}

/** A chain that is a statement, a result or all of an arrow function. */
export function isOutermostChain(call: ts.CallExpression): boolean {
  const { parent } = call;
  if (!ts.isPropertyAccessExpression(call.expression)) return false;
  return ts.isExpressionStatement(parent) || ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === call);
}

/** Outermost chains with handlers that could be straight lines. */
function chainsIn(known: ChainKnowledge, file: ts.SourceFile): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && isLegacy(known, node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isLegacy({ flavours }: ChainKnowledge, call: ts.CallExpression): boolean {
  const { links } = linksOf(flavours, call);
  if (links.every(({ meaning }) => meaning === 'static') || isTest(call) || isHandedOn(call)) return false;
  const { parent } = call;
  if (
    ts.isPropertyAccessExpression(parent) &&
    ts.isCallExpression(parent.parent) &&
    linksOf(flavours, parent.parent).links.length > links.length
  ) {
    return false;
  }
  if (links.some(({ meaning }) => meaning !== 'catch' && meaning !== 'finally' && meaning !== 'other')) return true;
  // `return load().catch(function (error) { … });`
  return ts.isReturnStatement(parent) && call.arguments.some((one) => ts.isFunctionExpression(one));
}

/** `access(p).then(() => true, () => false)`: the usual way to ask. */
function isTest(call: ts.CallExpression): boolean {
  return call.arguments.length === 2 && call.arguments.every((one) => ts.isArrowFunction(one) && isConstant(one.body));
}

/** `load().then((value) => callback(null, value), callback)`: a promise goes on as a callback, once. */
function isHandedOn({ arguments: [first, callback] }: ts.CallExpression): boolean {
  if (first === undefined || callback === undefined || !ts.isIdentifier(callback) || !ts.isArrowFunction(first)) return false;
  const { body } = first;
  return ts.isCallExpression(body) && ts.isIdentifier(body.expression) && body.expression.text === callback.text;
}

function isConstant(node: ts.Node): boolean {
  return /^(?:true|false|null|undefined)$/.test(node.getText());
}
