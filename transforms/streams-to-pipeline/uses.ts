/**
 * What else is done with the streams of a pipeline, and whether it stays as it was: a pipeline destroys all its streams
 * when one fails, and whoever else holds one may notice.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { unwrapped } from '../../engine/async/functions.ts';
import { eventOf, isChainCall, listens, readChain } from './chain.ts';
import { runsOnceFrom } from './earlier.ts';
import { madeByFactory } from './factory.ts';
import { refusals, Refused } from './refusals.ts';
import { isReference, nameOf, rootName } from './stream-name.ts';
import { statementsOf, type StatementList } from './statement-list.ts';
import type { Stage } from './wiring.ts';

/** What the transform rewrites: uses in there are its own business. */
export interface Rewritten {
  readonly list: StatementList;
  /** Where the streams are connected. */
  readonly flowStart: number;
  readonly isConsumed: (node: ts.Node) => boolean;
  /** The last stage, when it is read by listeners. */
  readonly readAside: Stage | undefined;
  /** Bodies of handlers that will run when the pipeline is done, and the streams that they may still read. */
  readonly successBodies: readonly ts.Node[];
  readonly failureBodies: readonly ts.Node[];
}

/** Calls that a stream takes before or after it is connected. */
const harmless = new Set([
  'setEncoding',
  'setMaxListeners',
  'setHeader',
  'getHeader',
  'removeHeader',
  'writeHead',
  'flushHeaders',
  'status',
  'type',
  'set',
  'header',
  'get',
  'is',
  'accepts',
  'attachment',
  'contentType',
  'cookie',
  'setTimeout',
  'setNoDelay',
  'setKeepAlive',
  'ref',
  'unref',
]);

/** Events that a pipeline gives when `pipe` gave them, and no others. */
export function isUnchangedEvent(event: string): boolean {
  return !['close', 'finish', 'error', 'pipe', 'unpipe', 'drain', 'pause', 'resume', 'readable', 'aborted', 'abort', 'timeout'].includes(
    event,
  );
}

/** @throws Refused when a stage is used in a way that a pipeline would change */
export function checkUses(program: Program, stages: readonly Stage[], rewritten: Rewritten): void {
  for (const stage of stages) {
    const { symbol } = stage;
    if (stage.kind?.role === 'stdio') continue;
    if (symbol === undefined) {
      if (!isMadeInPlace(program, stage.base)) throw new Refused(refusals.outside(nameOf(stage.base)));
      continue;
    }
    const named = stage.declaration?.name ?? stage.base;
    if (!ts.isExpression(named) || !isReference(named)) continue;
    const root = rootName(named);
    if (root.kind === ts.SyntaxKind.ThisKeyword) throw new Refused(refusals.ofObject(nameOf(named)));
    checkPlace(program, stage, symbol, rewritten);
    for (const identifier of program.references.to(symbol)) {
      if (identifier.getSourceFile() !== rewritten.list.getSourceFile()) throw new Refused(refusals.outside(nameOf(named)));
      const use = useOf(identifier, named, root);
      if (use !== undefined && !rewritten.isConsumed(use)) checkUse(stage, use, rewritten);
    }
  }
}

/** Is the stage the request or the response of a server's handler, which a framework holds as well? */
function isMessage({ kind, symbol }: Stage): boolean {
  if (kind?.role === 'request' || kind?.role === 'response') return true;
  // A parameter of unknown kind is most likely one; the fix is unsafe anyway.
  return kind?.role === 'unknown' && symbol?.valueDeclaration !== undefined && ts.isParameter(symbol.valueDeclaration);
}

function checkPlace(program: Program, stage: Stage, symbol: ts.Symbol, { list }: Rewritten): void {
  const outside = new Refused(refusals.outside(nameOf(stage.base)));
  const declaration = symbol.valueDeclaration;
  if (declaration === undefined || !program.owns(declaration) || isExported(declaration)) throw outside;
  if (!isMessage(stage) && !runsOnceFrom(program, list, declaration)) throw outside;
  // A stream that was made once must not be ended by the first round of a loop.
  for (let node: ts.Node = list; !ts.isSourceFile(node); node = node.parent) {
    if (declaration.pos >= node.pos && declaration.end <= node.end) break;
    if (ts.isIterationStatement(node, false) || (ts.isFunctionLike(node) && isCalledRepeatedly(node))) throw outside;
  }
  const made = stage.declaration === undefined ? program.definitionOf(symbol) : stage.base;
  if (ts.isParameter(declaration)) return;
  if (!isMadeInPlace(program, made)) throw outside;
  // Of a stream that was made earlier they have been looked at.
  const isEarlier = functionAround(declaration) !== functionAround(list);
  const links =
    made !== undefined && isChainCall(made) && stage.definition === undefined && !isEarlier
      ? (readChain(made).segments.at(-1)?.links ?? [])
      : [];
  const listener = links.find((link) => listens.has(link.method) && !isUnchangedEvent(eventOf(link) ?? 'error'));
  if (listener !== undefined && stage.declaration === undefined) {
    throw new Refused(refusals.elsewhere(nameOf(stage.base), shown(listener.call.expression)));
  }
}

/** By a call of Node or a library: a function of the program may have listeners of its own on what it gives. */
function isMadeInPlace(program: Program, made: ts.Expression | undefined): boolean {
  const expression = made && unwrapped(made);
  if (expression === undefined) return false;
  if (ts.isAwaitExpression(expression)) return isMadeInPlace(program, expression.expression);
  if (ts.isConditionalExpression(expression))
    return isMadeInPlace(program, expression.whenTrue) && isMadeInPlace(program, expression.whenFalse);
  if (isChainCall(expression)) return isMadeInPlace(program, readChain(expression).segments.at(-1)?.base);
  if (ts.isNewExpression(expression)) {
    if (failsByItself(program, expression)) throw new Refused(refusals.failsByItself(nameOf(expression)));
    return true;
  }
  if (!ts.isCallExpression(expression)) return false;
  const callee = ts.isPropertyAccessExpression(expression.expression) ? expression.expression.name : expression.expression;
  const declaration = program.symbolOf(callee)?.valueDeclaration;
  if (declaration === undefined || !program.owns(declaration) || program.originOf(expression.expression) !== undefined) return true;
  return madeByFactory(program, expression)?.every((one) => isMadeInPlace(program, one)) === true;
}

/**
 * A class of the program that tells of failures by hand, perhaps several times and without being destroyed, or listens for its own:
 * a pipeline takes the first for the end of everything.
 */
function failsByItself(program: Program, expression: ts.NewExpression): boolean {
  const declarations = program.symbolOf(expression.expression)?.declarations ?? [];
  return declarations.some((declaration) => {
    if (!program.owns(declaration)) return false;
    // The methods of a constructor function stand anywhere in its file.
    const text = ts.isClassLike(declaration) ? declaration.getText() : declaration.getSourceFile().text;
    return ownListener.test(declaration.getText()) || ownError.test(text);
  });
}

const ownListener = /\b(?:this|self|that|_this)\s*\.\s*(?:on|once|addListener)\s*\(\s*(?!['"`](?:data|end|finish|readable)['"`])/;
const ownError =
  /\bemit\s*(?:\.\s*\w+\s*)?\(\s*(?:\w+\s*,\s*)?['"`]error['"`]|\bunshift\s*\(\s*['"`]error['"`]|\bprototype\s*\.\s*emit\s*=|\n\s*emit\s*\(\w+/;

function isExported(declaration: ts.Declaration): boolean {
  return (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0;
}

/** A callback of an array method, of async.js, or of a timer. */
function isCalledRepeatedly(fn: ts.Node): boolean {
  const { parent } = fn;
  if (!ts.isCallExpression(parent)) return false;
  const callee = ts.isPropertyAccessExpression(parent.expression) ? parent.expression.name.text : parent.expression.getText();
  return /^(?:forEach|map|flatMap|filter|some|every|reduce|reduceRight|setInterval|times|each\w*)$/.test(callee);
}

/** The expression that names the stage where `identifier` names its root; undefined for a declaration, or another property of the root. */
function useOf(identifier: ts.Identifier, named: ts.Expression, root: ts.Expression): ts.Node | undefined {
  const { parent } = identifier;
  if ((ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent)) && parent.name === identifier)
    return undefined;
  if (named === root) return identifier;
  // `child.stdout`: uses of `child` alone are of no concern unless they hand it on.
  let use: ts.Node = identifier;
  while (ts.isPropertyAccessExpression(use.parent) && use.parent.expression === use && use.getText() !== named.getText()) use = use.parent;
  return use.getText() === named.getText() ? use : undefined;
}

function checkUse(stage: Stage, use: ts.Node, rewritten: Rewritten): void {
  if (isOnAnotherBranch(use, rewritten.list) || leavesBefore(use, rewritten.list, rewritten.flowStart)) return;
  // Whoever comes past the streams comes here no more.
  if (use.pos >= rewritten.list.end && functionAround(use) === functionAround(rewritten.list) && isLeftBefore(rewritten.list, use)) return;
  const { parent } = use;
  const name = nameOf(stage.declaration === undefined ? stage.base : (stage.declaration.name as ts.Identifier));
  const refuse = (): never => {
    throw new Refused(refusals.elsewhere(name, shown(use)));
  };
  // `var out; out = fs.createWriteStream(…);` is its definition when it stands before.
  if (ts.isBinaryExpression(parent) && parent.left === use) {
    const statements = statementsOf(rewritten.list);
    if (
      parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      use.end <= rewritten.flowStart &&
      statements.some((one) => one === parent.parent)
    )
      return;
    refuse();
  }
  const method = calledMethod(use);
  const inFailure = rewritten.failureBodies.some((body) => contains(body, use));
  const inSuccess = rewritten.successBodies.some((body) => contains(body, use));
  if (inFailure) {
    if (method === 'destroy' || (method === undefined && readsProperty(use))) return;
    throw new Refused(
      stage.kind?.role === 'response' || stage.kind?.role === 'socket' ? refusals.answersThrough(name) : refusals.handlerTouchesStage(name),
    );
  }
  if (inSuccess && (stage.kind?.role === 'digest' || stage.kind?.role === 'mac') && method !== undefined) return;
  // A file that is closed already calls back at once.
  if (inSuccess && stage.kind?.role === 'file' && method === 'close') return;
  if (method === 'pipe' || isPiped(use)) throw new Refused(refusals.connectedElsewhere(name));
  if (readsProperty(use) && method === undefined) return;
  if (method !== undefined && (harmless.has(method) || listensHarmlessly(use, method))) return;
  if (method !== undefined && rewritten.readAside === stage && readsAside(use, method)) return;
  const before = use.end <= rewritten.flowStart;
  // A listener that stays would hear of the failures of other stages.
  if (method !== undefined && listens.has(method)) refuse();
  if (isMessage(stage) && before && !isInListener(use, rewritten.list)) return;
  // What is written first stands before what is piped, as it did.
  if (method === 'write' && before && functionAround(use) === functionAround(rewritten.list)) return;
  refuse();
}

/** `if (res.statusCode !== 200) { res.resume(); return …; }`: does the way through the use leave the function before it comes to `start` in the list? */
export function leavesBefore(use: ts.Node, list: ts.Node, start: number): boolean {
  return use.end <= start && isLeftBefore(use, list);
}

/** Does a branch of an `if` that holds `node`, and not `other`, end by leaving the function? */
function isLeftBefore(node: ts.Node, other: ts.Node): boolean {
  for (let current = node; !ts.isSourceFile(current) && !ts.isFunctionLike(current); current = current.parent) {
    if (contains(current, other)) return false;
    if (!ts.isIfStatement(current.parent)) continue;
    const last = ts.isBlock(current) ? current.statements.at(-1) : current;
    if (last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last))) return true;
  }
  return false;
}

/** Does one branch of an `if` hold the use, and another one the list, so that only one of them is ever run? */
function isOnAnotherBranch(use: ts.Node, list: StatementList): boolean {
  for (let node: ts.Node = list; !ts.isSourceFile(node) && !ts.isFunctionLike(node); node = node.parent) {
    const { parent } = node;
    if (!ts.isIfStatement(parent) || node === parent.expression) continue;
    const other = node === parent.thenStatement ? parent.elseStatement : parent.thenStatement;
    if (other !== undefined && contains(other, use)) return true;
  }
  return false;
}

function contains(body: ts.Node, node: ts.Node): boolean {
  return body.getSourceFile() === node.getSourceFile() && node.pos >= body.pos && node.end <= body.end;
}

/** `output.bytesWritten`, or `const { bytesWritten } = output`. */
function readsProperty(use: ts.Node): boolean {
  const { parent } = use;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === use;
  return ts.isVariableDeclaration(parent) && parent.initializer === use && ts.isObjectBindingPattern(parent.name);
}

function isPiped(use: ts.Node): boolean {
  const { parent } = use;
  return (
    ts.isCallExpression(parent) &&
    parent.arguments[0] === use &&
    ts.isPropertyAccessExpression(parent.expression) &&
    parent.expression.name.text === 'pipe'
  );
}

function calledMethod(use: ts.Node): string | undefined {
  const { parent } = use;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== use) return undefined;
  return ts.isCallExpression(parent.parent) && parent.parent.expression === parent ? parent.name.text : undefined;
}

function listensHarmlessly(use: ts.Node, method: string): boolean {
  const call = use.parent.parent;
  if (!listens.has(method) || !ts.isCallExpression(call)) return false;
  const [event] = call.arguments;
  if (event === undefined || !ts.isStringLiteralLike(event) || !isUnchangedEvent(event.text)) return false;
  return ts.isExpressionStatement(call.parent);
}

/** Reading what comes out, in any way that does not connect it to another stream. */
function readsAside(use: ts.Node, method: string): boolean {
  if (method === 'read' || method === 'resume' || method === 'pause') return true;
  const call = use.parent.parent;
  if (!listens.has(method) || !ts.isCallExpression(call) || !ts.isExpressionStatement(call.parent)) return false;
  const [event] = call.arguments;
  return event !== undefined && ts.isStringLiteralLike(event) && (event.text === 'readable' || event.text === 'finish');
}

/** In a function that may be called at any time, such as a listener, rather than on the way to the list. */
function isInListener(use: ts.Node, list: StatementList): boolean {
  const around = functionAround(use);
  return !contains(around, list);
}

export function functionAround(node: ts.Node): ts.Node {
  let current: ts.Node = node;
  while (!ts.isSourceFile(current)) {
    if (current !== node && ts.isFunctionLike(current)) return current;
    current = current.parent;
  }
  return current;
}

/** The code around a use, in short. */
function shown(use: ts.Node): string {
  let node = use;
  if (ts.isStatement(use.parent) && use.parent.getText().length <= 48) return use.parent.getText().replace(/\s+/g, ' ');
  while (!ts.isStatement(node.parent) && !ts.isFunctionLike(node.parent) && node.parent.getText().length <= 48) node = node.parent;
  return node.getText().replace(/\s+/g, ' ');
}
