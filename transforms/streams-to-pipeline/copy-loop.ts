/** A `data` handler that writes what it is given to another stream. */

import { ts } from 'ts-morph';
import { isAsync, isFunctionNode, isGenerator, unwrapped } from '../../engine/async/functions.ts';
import { roleOf } from '../../engine/async/roles.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Link } from './chain.ts';
import { ownNodes, usesThis, type InlineFunction } from './handler.ts';
import { refusals } from './refusals.ts';
import type { Reason } from '../../engine/finding.ts';
import { isUntyped, streamKind } from './stream-kind.ts';
import { isReference } from './stream-name.ts';

export interface CopyLoop {
  readonly link: Link;
  readonly fn: InlineFunction;
  readonly target: ts.Expression;
  /** `copy`: every chunk is written as it is. `stage`: the handler makes something of it. */
  readonly work: 'copy' | 'stage';
  readonly writes: readonly ts.CallExpression[];
  /** `hash.update(chunk)`, which leaves nothing open: it is done when somebody asks for the digest. */
  readonly digests: boolean;
  /** Set when the handler cannot be rewritten. */
  readonly refused?: Reason;
}

/** @returns undefined when the handler does not copy, or minds the backpressure already */
export function readCopyLoop(program: Program, source: ts.Expression, link: Link): CopyLoop | undefined {
  const given = link.call.arguments[1];
  const fn = given && unwrapped(given);
  if (fn === undefined || !(ts.isArrowFunction(fn) || ts.isFunctionExpression(fn))) return undefined;
  const writes = writeCalls(program, fn);
  const [first] = writes;
  if (first === undefined) return undefined;
  const target = first.expression.expression;
  const kind = streamKind(program, target);
  const only = plainCopy(fn, first);
  // Who answers on the socket that it reads copies nothing.
  if (!only && target.getText() === source.getText()) return undefined;
  if (kind === undefined && !(only && isUntyped(program, target) && streamKind(program, source) !== undefined)) return undefined;
  // Standard output to a terminal, a file or a pipe is written at once: there is nothing to hold back.
  if (kind?.role === 'stdio' || kind?.side === 'readable') return undefined;
  const digests = first.expression.name.text === 'update';
  if (!only && (digests || minds(fn))) return undefined;
  // Who digests what goes somewhere else only looks on.
  if (digests && isConnected(program, source)) return undefined;
  const loop = { link, fn, target, writes, digests };
  if (writes.some((write) => write.expression.expression.getText() !== target.getText())) {
    return { ...loop, work: 'stage', refused: refusals.severalTargets() };
  }
  if (only) return { ...loop, work: 'copy' };
  const refused = isAsync(fn) ? refusals.asyncWork() : stageObstacle(program, fn, writes);
  return { ...loop, work: 'stage', ...(refused !== undefined && { refused }) };
}

/** Is the stream piped, or given to a pipeline? */
function isConnected(program: Program, source: ts.Expression): boolean {
  const symbol = ts.isIdentifier(source) ? program.symbolOf(source) : undefined;
  if (symbol === undefined) return false;
  return program.references.to(symbol).some(({ parent, pos }) => {
    if (ts.isPropertyAccessExpression(parent)) return parent.name.text === 'pipe';
    return ts.isCallExpression(parent) && parent.arguments.some((argument) => argument.pos === pos);
  });
}

type WriteCall = ts.CallExpression & { readonly expression: ts.PropertyAccessExpression };

/** The calls of `write` on something that was there before the handler was called. */
function writeCalls(program: Program, fn: InlineFunction): WriteCall[] {
  const found: WriteCall[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      isReference(node.expression.expression) &&
      takesChunk(program, node.expression) &&
      !isDeclaredIn(program, node.expression.expression, fn)
    ) {
      found.push(node as WriteCall);
    }
    ts.forEachChild(node, visit);
  };
  visit(fn.body);
  // What is written and digested too is a loop that writes.
  const written = found.filter((call) => call.expression.name.text === 'write');
  if (written.length > 0 && written.length < found.length) return written;
  const streams = found.filter((write) => streamKind(program, write.expression.expression) !== undefined);
  return streams.length > 0 ? streams : found;
}

/** `write` of anything, `update` of a digest. */
function takesChunk(program: Program, { name, expression }: ts.PropertyAccessExpression): boolean {
  if (name.text !== 'update') return name.text === 'write';
  const role = streamKind(program, expression)?.role;
  return role === 'digest' || role === 'mac';
}

function isDeclaredIn(program: Program, expression: ts.Expression, fn: InlineFunction): boolean {
  const declaration = program.symbolOf(ts.isPropertyAccessExpression(expression) ? expression.expression : expression)?.valueDeclaration;
  return declaration?.getSourceFile() === fn.getSourceFile() && declaration.pos >= fn.pos && declaration.end <= fn.end;
}

/** `(chunk) => { target.write(chunk); }`. */
function plainCopy(fn: InlineFunction, write: WriteCall): boolean {
  const [parameter] = fn.parameters;
  if (isAsync(fn) || parameter === undefined || !ts.isIdentifier(parameter.name)) return false;
  const [chunk, encoding, ...others] = write.arguments;
  // Of bytes a digest takes no notice of the encoding, and UTF-8 is what it takes text for anyway.
  if (encoding !== undefined && !(write.expression.name.text === 'update' && /^['"`]utf-?8['"`]$/i.test(encoding.getText()))) return false;
  if (chunk === undefined || others.length > 0 || !ts.isIdentifier(chunk) || chunk.text !== parameter.name.text) return false;
  if (!ts.isBlock(fn.body)) return unwrapped(fn.body) === write;
  const [statement, ...more] = fn.body.statements;
  if (statement === undefined || more.length > 0) return false;
  return (ts.isExpressionStatement(statement) || ts.isReturnStatement(statement)) && statement.expression === write;
}

/** `if (!out.write(chunk)) source.pause();`: backpressure by hand. */
export function minds(fn: InlineFunction): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'pause') found = true;
    ts.forEachChild(node, visit);
  };
  visit(fn.body);
  return found;
}

/** Why the handler cannot become the body of a `transform`, with `push` for `write`. */
function stageObstacle(program: Program, fn: InlineFunction, writes: readonly ts.CallExpression[]): Reason | undefined {
  const [parameter, ...more] = fn.parameters;
  if (more.length > 0 || (parameter !== undefined && (!ts.isIdentifier(parameter.name) || parameter.initializer !== undefined))) {
    return refusals.chunkWork('its parameters are not one chunk');
  }
  if (usesThis(fn.body)) return refusals.chunkWork('it uses `this` or `arguments`, which a generator has of its own');
  for (const write of writes) {
    if (write.arguments.length !== 1 || (write.arguments[0] !== undefined && ts.isSpreadElement(write.arguments[0]))) {
      return refusals.chunkWork('it writes with an encoding or a callback');
    }
    if (!isStatement(write, fn)) return refusals.chunkWork('it uses what `write` returns');
    if (!isRunAtOnce(program, write, fn)) return refusals.chunkWork('it writes inside another function, perhaps later');
  }
  const returns = ownNodes(fn.body, ts.isReturnStatement);
  if (returns.some((statement) => statement.expression !== undefined && !writes.some((write) => write === statement.expression))) {
    return refusals.chunkWork('it returns a value');
  }
  return undefined;
}

function isStatement(write: ts.CallExpression, fn: InlineFunction): boolean {
  const { parent } = write;
  // What the callback of a `forEach` gives is not looked at.
  if (ts.isArrowFunction(parent) && parent.body === write) return true;
  return ts.isExpressionStatement(parent) || (ts.isReturnStatement(parent) && enclosingFunction(parent) === fn) || fn.body === write;
}

function enclosingFunction(node: ts.Node): ts.Node {
  let current = node.parent;
  while (!ts.isFunctionLike(current) && !ts.isSourceFile(current)) current = current.parent;
  return current;
}

/** In the handler itself, or in callbacks of `forEach` and the like, which are done when the handler is. */
function isRunAtOnce(program: Program, write: ts.CallExpression, fn: InlineFunction): boolean {
  for (let inner = enclosingFunction(write); inner !== fn; inner = enclosingFunction(inner)) {
    if (!isFunctionNode(inner) || isAsync(inner) || isGenerator(inner)) return false;
    const role = roleOf(program, inner);
    if (role.kind !== 'iteration' || role.method !== 'forEach') return false;
  }
  return true;
}
