/** Promise chains as they are written: what they begin with, and their links. */

import { ts } from 'ts-morph';
import { promiseApis } from '../../../catalog/promise-apis.ts';
import { isFunctionNode } from '../../../engine/async/functions.ts';
import { isPromiseLike } from '../../../engine/async/roles.ts';
import type { Program } from '../../../engine/program/program.ts';
import { Obstacle } from '../obstacle.ts';
import type { InlineCallback } from '../sites.ts';
import { usesOwnThis } from '../this.ts';

export type Handler =
  | { readonly kind: 'inline'; readonly fn: InlineCallback }
  /** A function by name: called with what it is given. */
  | { readonly kind: 'named'; readonly expression: ts.Expression };

export interface Chain {
  readonly expression: ts.CallExpression;
  readonly base: ts.Expression;
  readonly thens: readonly Handler[];
  /** The rejection handler: of everything before it, or, beside the last `then`, of everything but that. */
  readonly failure: { readonly handler: Handler; readonly coversLast: boolean } | undefined;
  readonly finally: Handler | undefined;
}

interface Link {
  readonly method: 'then' | 'catch' | 'finally';
  readonly call: ts.CallExpression;
}

/** The links of a chain, first to last, and what they hang on. */
export function linksOf(expression: ts.Expression): { base: ts.Expression; links: readonly Link[] } {
  const links: Link[] = [];
  let base = expression;
  while (ts.isCallExpression(base) && ts.isPropertyAccessExpression(base.expression) && base.questionDotToken === undefined) {
    const method = base.expression.name.text;
    if (method !== 'then' && method !== 'catch' && method !== 'finally') break;
    links.unshift({ method, call: base });
    base = base.expression.expression;
  }
  return { base, links };
}

/** @throws Obstacle when the chain is of a shape that has no plain equivalent */
export function readChain(program: Program, expression: ts.CallExpression): Chain {
  const { base, links } = linksOf(expression);
  if (!isPromise(program, base)) {
    throw new Obstacle(
      base,
      'unknown-callback',
      `\`${shortText(base)}\` cannot be proven to be a promise.`,
      'Add types for the library, or await it by hand.',
    );
  }
  const thens: Handler[] = [];
  let failure: Chain['failure'];
  let last: Handler | undefined;
  for (const { method, call } of links) {
    const [first, second, ...others] = call.arguments;
    if (last !== undefined || others.length > 0 || (method !== 'then' && second !== undefined) || first === undefined) refuseOrder(call);
    switch (method) {
      case 'then':
        if (failure !== undefined) refuseOrder(call);
        thens.push(handlerOf(program, first));
        if (second !== undefined) failure = { handler: handlerOf(program, second), coversLast: false };
        break;
      case 'catch':
        if (failure !== undefined) refuseOrder(call);
        failure = { handler: handlerOf(program, first), coversLast: true };
        break;
      case 'finally':
        last = handlerOf(program, first);
        break;
    }
  }
  return { expression, base, thens, failure, finally: last };
}

function refuseOrder(call: ts.CallExpression): never {
  throw new Obstacle(
    call,
    'callback-shape',
    'The chain goes on after its rejection handler, and which values come from where would have to be kept apart.',
    'Split the chain into two awaits.',
  );
}

function handlerOf(program: Program, expression: ts.Expression): Handler {
  if (ts.isArrowFunction(expression) || ts.isFunctionExpression(expression)) {
    const refuse = (what: string): never => {
      throw new Obstacle(expression, 'callback-shape', what, 'Write the handler as a plain function of one value.');
    };
    if ('asteriskToken' in expression && expression.asteriskToken !== undefined) refuse('A handler is a generator.');
    const [parameter, ...others] = expression.parameters;
    if (others.length > 0 || parameter?.initializer !== undefined || parameter?.dotDotDotToken !== undefined) {
      refuse('A handler has more than one parameter, or a default.');
    }
    if (ts.isFunctionExpression(expression) && usesOwnThis(expression.body)) refuse('A handler uses `this` or `arguments`.');
    if (ts.isFunctionExpression(expression) && expression.name !== undefined) {
      const symbol = program.symbolOf(expression.name);
      if (symbol !== undefined && program.references.to(symbol).length > 1) refuse('A handler calls itself.');
    }
    return { kind: 'inline', fn: expression };
  }
  if (ts.isIdentifier(expression) && expression.text !== 'undefined') {
    const isFunction = program.checker.getTypeAtLocation(expression);
    const declared = program.symbolOf(expression)?.valueDeclaration;
    if (isFunction.getCallSignatures().length > 0 || (declared !== undefined && ts.isParameter(declared)))
      return { kind: 'named', expression };
  }
  if (program.originOf(expression)?.key.startsWith('global.console.') === true) return { kind: 'named', expression };
  throw new Obstacle(
    expression,
    'callback-shape',
    `What \`${shortText(expression)}\` does as a handler cannot be told from here.`,
    'Write the handler in place.',
  );
}

/** By its type, or by the library that gives it. */
export function isPromise(program: Program, expression: ts.Expression): boolean {
  if (isPromiseLike(program, expression)) return true;
  const origin = program.originOf(expression);
  if (!origin?.steps.some((step) => step === '()' || step === 'new')) return false;
  const file = expression.getSourceFile().fileName;
  return promiseApis.some((row) => {
    if (row.module !== origin.module) return false;
    if (row.since === undefined && row.until === undefined) return true;
    const version = program.packages.majorVersion(file, row.module);
    return version !== undefined && version >= (row.since ?? 0) && version < (row.until ?? Infinity);
  });
}

/** The returns of the handler itself. */
export function returnsOf(fn: InlineCallback): ts.ReturnStatement[] {
  const found: ts.ReturnStatement[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(fn.body, visit);
  return found;
}

export function shortText(node: ts.Node): string {
  const text = node
    .getText()
    .replace(/\s*\n\s*\./g, '.')
    .replace(/\s+/g, ' ');
  return text.length <= 40 ? text : `${text.slice(0, 37)}…`;
}
