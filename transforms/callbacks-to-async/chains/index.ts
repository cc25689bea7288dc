/** Promise chains that a function returns, or ends with. */

import { ts } from 'ts-morph';
import { functionName, isAsync, isFunctionNode, isGenerator, type FunctionNode } from '../../../engine/async/functions.ts';
import { roleOf } from '../../../engine/async/roles.ts';
import { SiteFinder } from '../sites.ts';
import type { Finding } from '../../../engine/finding.ts';
import type { Program } from '../../../engine/program/program.ts';
import type { TransformContext } from '../../../engine/transform.ts';
import { Obstacle } from '../obstacle.ts';
import { awaitedStatement } from './awaited.ts';
import { isPromise, linksOf, readChain, shortText } from './chain.ts';
import { convertChain, type ChainContext } from './convert.ts';

export function* promiseChains(context: TransformContext, transform: string): Iterable<Finding> {
  const { program } = context;
  for (const file of context.candidates) {
    for (const call of chainsIn(file)) {
      const site = program.spanOf(call);
      try {
        const awaited = awaitedStatement(program, call);
        const place = awaited ?? placeOf(call);
        if (place === undefined) continue;
        const chain = readChain(program, call);
        const chainContext = awaited === undefined ? contextOf(context, call, place) : awaitedContext(context, awaited);
        const edits = convertChain(program, chain, chainContext);
        const path = program.pathOf(call);
        yield {
          kind: 'fix',
          id: `chain:${path}:${call.getStart()}`,
          transform,
          site,
          title: `await \`${shortText(chain.base)}\` instead of chaining handlers`,
          safety: 'safe',
          notes: [],
          edits: edits.map((edit) => ({ kind: 'replace', path, ...edit })),
          imports: [],
          preambles: [],
          dependsOn: [],
        };
      } catch (error) {
        if (!(error instanceof Obstacle)) throw error;
        // It is waited for as it is.
        if (ts.isAwaitExpression(call.parent)) continue;
        yield {
          kind: 'refusal',
          transform,
          site,
          title: `\`${shortText(linksOf(call).base)}\` is chained`,
          reason: { code: error.code, message: error.message, help: error.help },
        };
      }
    }
  }
}

/** Outermost chains with handlers that could be straight lines. */
function chainsIn(file: ts.SourceFile): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isOutermost(node)) {
      const { links } = linksOf(node);
      if (links.some((link) => link.method === 'then') && !isTest(node)) found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isOutermost(call: ts.CallExpression): boolean {
  const { parent } = call;
  return !(
    ts.isPropertyAccessExpression(parent) &&
    /^(?:then|catch|finally)$/.test(parent.name.text) &&
    ts.isCallExpression(parent.parent)
  );
}

/** `access(p).then(() => true, () => false)`: the usual way to ask. */
function isTest(call: ts.CallExpression): boolean {
  return call.arguments.length === 2 && call.arguments.every((one) => ts.isArrowFunction(one) && isConstant(one.body));
}

function isConstant(node: ts.Node): boolean {
  return (
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    (ts.isIdentifier(node) && node.text === 'undefined')
  );
}

/** The statement that a chain is, or the chain as the body of an arrow function; nothing where its value is used otherwise. */
function placeOf(call: ts.CallExpression): ts.Statement | ts.Expression | undefined {
  const { parent } = call;
  if (ts.isReturnStatement(parent) || ts.isExpressionStatement(parent)) return parent;
  if (ts.isArrowFunction(parent) && parent.body === call) return call;
  return undefined;
}

function awaitedContext({ program, asynchrony }: TransformContext, place: ts.ExpressionStatement): ChainContext {
  const fn = functionAround(place);
  if (fn === undefined) throw new Error('what is awaited as a statement stands in a function');
  return { fn, role: new SiteFinder(program, asynchrony.graph).placeOf(fn), place, returned: false, atEnd: true };
}

function contextOf(context: TransformContext, call: ts.CallExpression, place: ts.Statement | ts.Expression): ChainContext {
  const { program, asynchrony } = context;
  const fn = functionAround(call);
  if (fn === undefined) {
    const verdict = asynchrony.awaitAt(call);
    if (verdict.kind === 'refused') throw new Obstacle(call, verdict.reason.code, verdict.reason.message, verdict.reason.help);
    throw new Obstacle(call, 'control-flow', 'The modules that import this one would wait for it.', 'Await it by hand if that is meant.');
  }
  if (ts.isConstructorDeclaration(fn) || ts.isAccessor(fn) || isGenerator(fn)) {
    throw new Obstacle(call, 'barrier', `The ${functionName(fn)} cannot be async.`, 'Move the chain into a method.');
  }
  const role = new SiteFinder(program, asynchrony.graph).placeOf(fn);
  const isIgnored = role !== undefined || roleOf(program, fn).kind === 'async-callback';
  if (isInTry(call, fn)) {
    throw new Obstacle(
      call,
      'control-flow',
      'The chain stands in a `try`, whose handler would get its rejections too.',
      'Move it out of the `try`.',
    );
  }
  const atEnd = isAtEnd(place, fn);
  const isReturn = ts.isReturnStatement(place) || !ts.isStatement(place);
  if (!isReturn && !isIgnored) {
    throw new Obstacle(
      call,
      'control-flow',
      `\`${functionName(fn)}\` starts the chain and goes on; an await would make it, and those who wait for it, wait.`,
      'Return the chain, or await it by hand.',
    );
  }
  if (!isReturn && !atEnd) {
    throw new Obstacle(
      call,
      'control-flow',
      'Code behind the chain runs before its handlers do.',
      'Move that code in front of the chain, or into a handler.',
    );
  }
  if (!isReturn && !handlesFailure(call)) {
    throw new Obstacle(
      call,
      'control-flow',
      'Nothing handles a failure of the chain, and awaiting it would send the failure elsewhere.',
      'Add a rejection handler first.',
    );
  }
  if (isReturn && !isIgnored && !isAsync(fn)) {
    checkReturns(program, fn);
    checkType(fn);
  }
  const isExpress = role?.kind === 'root' && role.row.package === 'express';
  return { fn, role, place, returned: isReturn && !isExpress, atEnd };
}

function handlesFailure(call: ts.CallExpression): boolean {
  return linksOf(call).links.some((link) => link.method === 'catch' || (link.method === 'then' && link.call.arguments.length > 1));
}

function functionAround(node: ts.Node): FunctionNode | undefined {
  for (let current = node.parent; !ts.isSourceFile(current); current = current.parent) if (isFunctionNode(current)) return current;
  return undefined;
}

function isInTry(node: ts.Node, fn: FunctionNode): boolean {
  for (let current: ts.Node = node; current !== fn; current = current.parent) if (ts.isTryStatement(current.parent)) return true;
  return false;
}

/** Nothing of the function runs after the statement. */
function isAtEnd(place: ts.Node, fn: FunctionNode): boolean {
  for (let node = place; node !== fn; node = node.parent) {
    const { parent } = node;
    if (ts.isBlock(parent)) {
      const index = parent.statements.findIndex((one) => one === node);
      if (!parent.statements.slice(index + 1).every(ts.isFunctionDeclaration)) return false;
    } else if (!ts.isIfStatement(parent) && parent !== fn && ts.isStatement(parent)) {
      return false;
    }
  }
  return true;
}

/** An async function gives a promise whatever it returns; a plain one that returns something else too would change. */
function checkReturns(program: Program, fn: FunctionNode): void {
  if (fn.body === undefined || !ts.isBlock(fn.body)) return;
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node) && (node.expression === undefined || !givesPromise(program, node.expression))) {
      throw new Obstacle(
        node,
        'callback-shape',
        `\`${functionName(fn)}\` returns a promise in one place, and something else in another.`,
        'Return a promise everywhere.',
      );
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(fn.body, visit);
  const last = fn.body.statements.at(-1);
  const ends =
    last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last) || ts.isIfStatement(last) || ts.isTryStatement(last));
  if (!ends)
    throw new Obstacle(fn, 'callback-shape', `\`${functionName(fn)}\` does not always return a promise.`, 'Return a promise everywhere.');
}

function givesPromise(program: Program, expression: ts.Expression): boolean {
  return isPromise(program, expression) || isPromise(program, linksOf(expression).base);
}

function checkType(fn: FunctionNode): void {
  if (fn.type === undefined || /^Promise\b/.test(fn.type.getText())) return;
  throw new Obstacle(
    fn.type,
    'callback-shape',
    `\`${functionName(fn)}\` is declared to return \`${fn.type.getText()}\`.`,
    'Declare it as a `Promise`.',
  );
}
