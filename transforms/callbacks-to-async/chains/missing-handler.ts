/** Handlers that a caller may leave out: a link passes over what is no function, and a call of it fails. */

import { ts } from 'ts-morph';
import type { Reason } from '../../../engine/finding.ts';
import { functionName, isFunctionNode, unwrapped, type FunctionNode } from '../../../engine/async/functions.ts';
import { roleOf } from '../../../engine/async/roles.ts';
import type { Chain, ChainKnowledge, Handler, Link } from './chain.ts';

/** Why a handler of the chain may not be there. */
export function reasonOfMissing(known: ChainKnowledge, chain: Chain): Reason | undefined {
  for (const handler of chain.links.flatMap(handlersOf)) {
    if (handler.kind !== 'named' || !ts.isIdentifier(handler.callee)) continue;
    const owner = ownerThatMayLackIt(known, handler.callee);
    if (owner === undefined) continue;
    return {
      code: 'callback-shape',
      message: `\`${handler.callee.text}\` is a parameter of \`${functionName(owner)}\` that may be left out: the chain passes over it then, and a call of it would fail.`,
      help: `Make sure that \`${handler.callee.text}\` is always given, then apply the fix with --unsafe.`,
    };
  }
  return undefined;
}

function handlersOf(link: Link): readonly Handler[] {
  switch (link.kind) {
    case 'then':
      return link.failure === undefined ? [link.handler] : [link.handler, link.failure];
    case 'return':
    case 'static':
      return [];
    default:
      return [link.handler];
  }
}

/** The function whose parameter the handler is, where nothing shows that it is always given. */
function ownerThatMayLackIt({ program, graph }: ChainKnowledge, handler: ts.Identifier): FunctionNode | undefined {
  const declared = program.symbolOf(handler)?.valueDeclaration;
  if (declared === undefined || !ts.isParameter(declared)) return undefined;
  const owner = declared.parent;
  if (!isFunctionNode(owner)) return undefined;
  // `fn = undefined` says that it may be left out.
  if (declared.initializer !== undefined) return isNothing(declared.initializer) ? owner : undefined;
  if (declared.type !== undefined) return declared.questionToken === undefined ? undefined : owner;
  if (isCalledForCertain(owner, handler.text)) return undefined;
  const index = owner.parameters.indexOf(declared);
  const role = roleOf(program, owner);
  if (role.kind === 'listener') return owner;
  if (role.kind !== 'named') return undefined;
  const isGiven = graph.usesOf(owner).every((use) => {
    if (use.kind === 'binding') return true;
    return use.kind === 'call' && isThere(use.call.arguments, index);
  });
  return isGiven ? undefined : owner;
}

/** `done();` among the statements of the function itself: it is relied on. */
function isCalledForCertain(fn: FunctionNode, name: string): boolean {
  if (fn.body === undefined || !ts.isBlock(fn.body)) return false;
  const isCall = (node: ts.Node): boolean => ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === name;
  return fn.body.statements.some((statement) => {
    if (ts.isIfStatement(statement)) return isUnconditionalExit(statement.thenStatement, isCall) && !mentions(statement.expression, name);
    return ts.isExpressionStatement(statement) && isCall(statement.expression);
  });
}

/** `if (broken) return done(error);` */
function isUnconditionalExit(statement: ts.Statement, isCall: (node: ts.Node) => boolean): boolean {
  const first = ts.isBlock(statement) ? statement.statements.at(0) : statement;
  if (first === undefined) return false;
  const value = ts.isReturnStatement(first) || ts.isExpressionStatement(first) ? first.expression : undefined;
  return value !== undefined && isCall(value);
}

function mentions(node: ts.Node, name: string): boolean {
  if (ts.isIdentifier(node)) return node.text === name;
  return ts.forEachChild(node, (child) => mentions(child, name) || undefined) === true;
}

/** A value stands in its place, and none that says that there is none. */
function isThere(args: ts.NodeArray<ts.Expression>, index: number): boolean {
  if (args.slice(0, index + 1).some(ts.isSpreadElement)) return false;
  const argument = args[index];
  if (argument === undefined) return false;
  return !isNothing(argument);
}

function isNothing(expression: ts.Expression): boolean {
  const bare = unwrapped(expression);
  return bare.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(bare) && bare.text === 'undefined') || ts.isVoidExpression(bare);
}
