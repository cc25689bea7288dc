/** Promise chains as they are written: what they begin with, and their links. */

import { ts } from 'ts-morph';
import { isBuiltin } from 'node:module';
import type { LinkMeaning } from '../../../catalog/promise-libraries.ts';
import type { CallGraph } from '../../../engine/async/call-graph.ts';
import { isFunctionNode, unwrapped } from '../../../engine/async/functions.ts';
import type { Reason } from '../../../engine/finding.ts';
import type { Origin } from '../../../engine/program/origin.ts';
import type { Program } from '../../../engine/program/program.ts';
import { identifiersIn } from '../../../engine/source/names.ts';
import { Obstacle } from '../obstacle.ts';
import type { InlineCallback } from '../sites.ts';
import { usesOwnThis } from '../this.ts';
import { methodsOf, type Flavours } from './flavour.ts';
import { isIdle } from './sink.ts';

export type Handler =
  | { readonly kind: 'inline'; readonly fn: InlineCallback }
  /** A function by name: called with what it is given, behind what was bound to it. `expression` is what the link was given. */
  | {
      readonly kind: 'named';
      readonly expression: ts.Expression;
      readonly callee: ts.Expression;
      readonly bound: readonly ts.Expression[];
      /** It looks at what it is given. */
      readonly takesValue: boolean;
    };

/** Which errors a handler is for; `test` is a function to be asked, else what stands there is a class. */
export interface ErrorFilter {
  readonly kind: 'class' | 'test';
  readonly expression: ts.Expression;
}

export type Link = { readonly call: ts.CallExpression } & (
  | { readonly kind: 'then'; readonly handler: Handler; readonly failure: Handler | undefined }
  | { readonly kind: 'catch'; readonly handler: Handler; readonly filters: readonly ErrorFilter[] }
  | { readonly kind: 'finally'; readonly handler: Handler }
  /** The elements of the value are the handler's arguments. */
  | { readonly kind: 'spread'; readonly handler: Handler }
  /** What the handler returns is waited for, and not looked at. */
  | { readonly kind: 'tap'; readonly handler: Handler }
  /** Another value takes the place of the one before. */
  | { readonly kind: 'return'; readonly value: ts.Expression }
  /** A function of the library's module, such as `Bluebird.map`, is given the value, and these behind it. */
  | { readonly kind: 'static'; readonly callee: string; readonly rest: readonly ts.Expression[] }
);

export interface Chain {
  readonly expression: ts.CallExpression;
  readonly base: ts.Expression;
  readonly links: readonly Link[];
  /** Nothing says that `base` is a promise but its `then`. */
  readonly assumed: boolean;
}

export interface WrittenLink {
  readonly method: string;
  readonly meaning: LinkMeaning;
  readonly call: ts.CallExpression;
}

/** What is known of the program, for reading chains. */
export interface ChainKnowledge {
  readonly program: Program;
  readonly graph: CallGraph;
  readonly flavours: Flavours;
}

/** The links of a chain, first to last, and what they hang on. */
export function linksOf(flavours: Flavours, expression: ts.Expression): { base: ts.Expression; links: readonly WrittenLink[] } {
  const links: WrittenLink[] = [];
  let base = expression;
  while (ts.isCallExpression(base) && ts.isPropertyAccessExpression(base.expression) && base.questionDotToken === undefined) {
    const method = base.expression.name.text;
    const receiver = base.expression.expression;
    const meaning = methodsOf(flavours.of(receiver)).get(method);
    if (meaning === undefined) break;
    links.unshift({ method, meaning, call: base });
    base = receiver;
  }
  return { base, links };
}

/** @throws Obstacle when the chain is of a shape that has no plain equivalent */
export function readChain(known: ChainKnowledge, expression: ts.CallExpression): Chain {
  const { base, links } = linksOf(known.flavours, expression);
  const assumed = isAssumed(known, base, links);
  const read: Link[] = [];
  let hasOuterThis = isBoundToThis(base);
  for (const link of links) {
    if (link.meaning === 'bind') hasOuterThis = isBoundToThis(link.call);
    read.push(...readLink(known, link, hasOuterThis));
  }
  return { expression, base, links: read, assumed };
}

/**
 * Is what the chain is on only known to have a `then`?
 * @param isWritten its first handlers are functions, whatever they are called
 * @throws Obstacle where not even that is seen
 */
export function isAssumed(known: ChainKnowledge, base: ts.Expression, links: readonly WrittenLink[], isWritten = false): boolean {
  const assumed = known.flavours.of(base) === undefined;
  if (assumed && !isThenableByUse(known, base, links, isWritten)) {
    throw new Obstacle(
      base,
      'unknown-callback',
      `\`${shortText(base)}\` cannot be proven to be a promise.`,
      'Add types for the library, or await it by hand.',
    );
  }
  return assumed;
}

export function reasonOfAssumption(base: ts.Expression): Reason {
  return {
    code: 'unknown-callback',
    message: `That \`${shortText(base)}\` is a promise is taken from its \`then\`.`,
    help: 'Look at what it is, then apply the fix with --unsafe.',
  };
}

/** `load().bind(this)`, `Promise.bind(this)`: handlers behind it have the `this` of the code around the chain. */
function isBoundToThis(node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'bind') return false;
  return node.arguments.length === 1 && node.arguments[0]?.kind === ts.SyntaxKind.ThisKeyword;
}

/** Of something that nothing is known of `then` is called first, with functions that are written there. */
function isThenableByUse({ program }: ChainKnowledge, base: ts.Expression, [first]: readonly WrittenLink[], isWritten: boolean): boolean {
  if (first?.meaning !== 'then' || (program.checker.getTypeAtLocation(base).flags & ts.TypeFlags.Any) === 0) return false;
  return first.call.arguments.length <= 2 && (isWritten || first.call.arguments.some((one) => inlineOf(one) !== undefined));
}

export function readLink(known: ChainKnowledge, { method, meaning, call }: WrittenLink, hasOuterThis: boolean): Link[] {
  const handler = (one: ts.Expression): Handler => handlerOf(known, one, { hasOuterThis });
  const args = call.arguments.map((one) => (isNothing(one) ? undefined : one));
  const [first, second, ...others] = args;
  const refuse = (): never => {
    throw new Obstacle(
      call,
      'callback-shape',
      `What \`${method}\` does here has no plain equivalent.`,
      'Write it with `then`, `catch` and `finally`, or await it by hand.',
    );
  };
  const filtered = meaning === 'catch' && call.arguments.length > 1;
  if (call.arguments.some(ts.isSpreadElement) || (others.length > 0 && !filtered && meaning !== 'then')) refuse();
  switch (meaning) {
    case 'then':
      // A third one is for progress, which nothing that is known here reports.
      if (others.length > 0) refuse();
      return thenLinks(handler, call, first, second, refuse);
    case 'catch': {
      const last = args.at(-1);
      if (last === undefined) return refuse();
      const filters = args.slice(0, -1).map((one) => (one === undefined ? refuse() : filterOf(known, one, refuse)));
      return [{ kind: 'catch', call, handler: handler(last), filters }];
    }
    case 'finally':
      if (first === undefined || second !== undefined) return refuse();
      return [{ kind: 'finally', call, handler: handler(first) }];
    case 'spread':
    case 'tap':
      if (first === undefined || second !== undefined) return refuse();
      return [{ kind: meaning, call, handler: handlerOf(known, first, { hasOuterThis, spread: meaning === 'spread' }) }];
    case 'return':
      if (first === undefined || second !== undefined || !isConstant(known.program, first)) return refuse();
      return [{ kind: 'return', call, value: first }];
    case 'done':
      // What fails behind it ends the process, as a rejection that nobody handles does.
      if (!ts.isExpressionStatement(call.parent) || others.length > 0) return refuse();
      return call.arguments.length === 0 ? [] : thenLinks(handler, call, first, second, refuse);
    case 'bind':
      // Who is called on something else, and asks for it, is refused as a handler.
      return first !== undefined && second === undefined && /^(?:this|[\w$]+|\{\})$/.test(first.getText()) ? [] : refuse();
    case 'static': {
      const library = moduleName(known, call);
      if (library === undefined || !call.arguments.every((one) => isKeptArgument(known, one))) return refuse();
      return [{ kind: 'static', call, callee: `${library}.${method}`, rest: call.arguments }];
    }
    case 'other':
      return refuse();
  }
}

/** What the file calls the library that the promise is of, where that name means nothing else in it. */
function moduleName({ program, flavours }: ChainKnowledge, call: ts.CallExpression): string | undefined {
  const module = flavours.of(call);
  if (module !== 'bluebird' && module !== 'q') return undefined;
  const file = call.getSourceFile();
  const names = file.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name);
    return ts.isImportDeclaration(statement) && statement.importClause?.name !== undefined ? [statement.importClause.name] : [];
  });
  const name = names.filter(ts.isIdentifier).find((one) => program.originOf(one)?.key === module);
  const symbol = name && program.symbolOf(name);
  if (name === undefined || symbol === undefined) return undefined;
  const isAlone = identifiersIn(file, name.text).every((one) => program.symbolOf(one) === symbol || isMemberName(one));
  return isAlone ? name.text : undefined;
}

function mentionsNames(node: ts.Node): boolean {
  if (ts.isIdentifier(node)) return !isMemberName(node);
  return ts.forEachChild(node, (child) => mentionsNames(child) || undefined) === true;
}

function isMemberName(one: ts.Identifier): boolean {
  return (
    (ts.isPropertyAccessExpression(one.parent) && one.parent.name === one) ||
    (ts.isPropertyAssignment(one.parent) && one.parent.name === one)
  );
}

/** It is the same when the value before it is there. */
function isKeptArgument(known: ChainKnowledge, argument: ts.Expression): boolean {
  const bare = unwrapped(argument);
  if (ts.isArrowFunction(bare)) return true;
  if (ts.isFunctionExpression(bare)) return !usesOwnThis(bare.body);
  if (ts.isObjectLiteralExpression(bare) || ts.isArrayLiteralExpression(bare)) return isIdle(bare) && !mentionsNames(bare);
  return isConstant(known.program, bare, 'definition') || isFunctionByName(known, bare);
}

function thenLinks(
  handler: (one: ts.Expression) => Handler,
  call: ts.CallExpression,
  first: ts.Expression | undefined,
  second: ts.Expression | undefined,
  refuse: () => never,
): Link[] {
  const failure = second && handler(second);
  if (first === undefined) return failure === undefined ? refuse() : [{ kind: 'catch', call, handler: failure, filters: [] }];
  return [{ kind: 'then', call, handler: handler(first), failure }];
}

/** `.catch(NotFound, …)`: https://bluebirdjs.com/docs/api/catch.html. What extends `Error` is a class; any other function is asked. */
function filterOf({ program }: ChainKnowledge, expression: ts.Expression, refuse: () => never): ErrorFilter {
  if (ts.isArrowFunction(expression) || ts.isFunctionExpression(expression)) {
    return testOf(expression) === undefined ? refuse() : { kind: 'test', expression };
  }
  const key = program.originOf(expression)?.key;
  if (key !== undefined && /^global\.(?:\w*Error)$/.test(key)) return { kind: 'class', expression };
  const declaration = program.symbolOf(ts.isPropertyAccessExpression(expression) ? expression.name : expression)?.valueDeclaration;
  if (declaration !== undefined && ts.isClassDeclaration(declaration)) {
    const parent = declaration.heritageClauses?.find((one) => one.token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
    if (parent !== undefined && program.originOf(parent)?.key.endsWith('Error') === true) return { kind: 'class', expression };
  }
  return refuse();
}

/** A function that is one expression on its parameter. */
export function testOf(expression: ts.Expression): { parameter: ts.ParameterDeclaration; body: ts.Expression } | undefined {
  if (!ts.isArrowFunction(expression) && !ts.isFunctionExpression(expression)) return undefined;
  const [parameter] = expression.parameters;
  const { body } = expression;
  const [only, ...others]: readonly ts.Node[] = ts.isBlock(body) ? body.statements : [body];
  if (parameter === undefined || !ts.isIdentifier(parameter.name) || only === undefined || others.length > 0) return undefined;
  const value = ts.isReturnStatement(only) ? only.expression : ts.isBlock(body) ? undefined : body;
  return value === undefined || usesOwnThis(expression.body) ? undefined : { parameter, body: value };
}

export function handlerOf(
  known: ChainKnowledge,
  expression: ts.Expression,
  { hasOuterThis, spread = false }: { readonly hasOuterThis: boolean; readonly spread?: boolean },
): Handler {
  const { program } = known;
  const inline = inlineOf(expression);
  if (inline !== undefined) {
    const { fn, bound } = inline;
    const refuse = (what: string): never => {
      throw new Obstacle(expression, 'callback-shape', what, 'Write the handler as a plain function of one value.');
    };
    if ('asteriskToken' in fn && fn.asteriskToken !== undefined) refuse('A handler is a generator.');
    if (fn.parameters.some((one) => one.initializer !== undefined || one.dotDotDotToken !== undefined)) {
      refuse('A handler has a parameter with a default, or for the rest.');
    }
    if (!spread && fn.parameters.length > 1) refuse('A handler has more than one parameter.');
    if (ts.isFunctionExpression(fn) && usesOwnThis(fn.body) && (!(bound || hasOuterThis) || usesArguments(fn.body))) {
      refuse('A handler uses `this` or `arguments`.');
    }
    if (ts.isFunctionExpression(fn) && fn.name !== undefined) {
      const symbol = program.symbolOf(fn.name);
      if (symbol !== undefined && program.references.to(symbol).length > 1) refuse('A handler calls itself.');
    }
    return { kind: 'inline', fn };
  }
  if (isFunctionByName(known, expression)) {
    return { kind: 'named', expression, callee: expression, bound: [], takesValue: takesValue(known, expression) };
  }
  const method = boundMethod(known, unwrapped(expression));
  if (method !== undefined) return method;
  throw new Obstacle(
    expression,
    'callback-shape',
    `What \`${shortText(expression)}\` does as a handler cannot be told from here.`,
    'Write the handler in place.',
  );
}

/** A function that is written here, or `function () { … }.bind(this)`, which has the `this` of the code around it. */
function inlineOf(expression: ts.Expression): { fn: InlineCallback; bound: boolean } | undefined {
  const bare = unwrapped(expression);
  if (ts.isArrowFunction(bare) || ts.isFunctionExpression(bare)) return { fn: bare, bound: false };
  if (!ts.isCallExpression(bare) || !ts.isPropertyAccessExpression(bare.expression) || bare.expression.name.text !== 'bind') {
    return undefined;
  }
  const fn = unwrapped(bare.expression.expression);
  const [that, ...others] = bare.arguments;
  if (that?.kind !== ts.SyntaxKind.ThisKeyword || others.length > 0) return undefined;
  return ts.isFunctionExpression(fn) ? { fn, bound: true } : undefined;
}

/** `this.save.bind(this, name)`, of a method of the program: a call of it, later. What it is called on and with is the same then. */
function boundMethod({ program, graph }: ChainKnowledge, node: ts.Expression): Handler | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'bind')
    return undefined;
  const callee = node.expression.expression;
  const [that, ...bound] = node.arguments;
  if (that === undefined || !ts.isPropertyAccessExpression(callee) || callee.questionDotToken !== undefined) return undefined;
  const receiver = callee.expression;
  const isSame = ts.isIdentifier(receiver) ? that.getText() === receiver.text : that.kind === receiver.kind;
  if (!isSame || !(receiver.kind === ts.SyntaxKind.ThisKeyword || isConstant(program, receiver, 'definition'))) return undefined;
  const symbol = program.symbolOf(callee.name);
  if (symbol === undefined || graph.functionOf(symbol) === undefined) return undefined;
  const isKept = bound.every((one) => one.kind === ts.SyntaxKind.ThisKeyword || isConstant(program, one, 'definition'));
  // An override of the method may look at more.
  return isKept ? { kind: 'named', expression: node, callee, bound, takesValue: true } : undefined;
}

/** It is a function of the program that has no parameter. */
function takesValue({ program, graph }: ChainKnowledge, expression: ts.Expression): boolean {
  const symbol = ts.isIdentifier(expression) ? program.symbolOf(expression) : undefined;
  const fn = symbol && graph.functionOf(symbol);
  return fn?.body === undefined || fn.parameters.length > 0 || usesArguments(fn.body);
}

/** Called with one value it does the same as when it was handed over: it does not ask what it is called on. */
function isFunctionByName({ program, graph }: ChainKnowledge, expression: ts.Expression): boolean {
  const origin = program.originOf(expression);
  if (
    origin !== undefined &&
    /^global\.(?:console\.\w+|JSON\.\w+|Math\.\w+|Object\.\w+|Number|String|Boolean|parseFloat|encodeURIComponent)$/.test(origin.key)
  ) {
    return true;
  }
  if (ts.isIdentifier(expression)) {
    if (expression.text === 'undefined') return false;
    if (program.checker.getTypeAtLocation(expression).getCallSignatures().length > 0) return true;
    const declared = program.symbolOf(expression)?.valueDeclaration;
    return declared !== undefined && ts.isParameter(declared);
  }
  if (!ts.isPropertyAccessExpression(expression)) return false;
  // A module's function that is handed over alone cannot ask for the module as its `this`.
  if (origin !== undefined && isOfModule(origin) && origin.steps.every((step) => /^\w+$/.test(step) && step !== 'new')) return true;
  const symbol = program.symbolOf(expression.name);
  const fn = symbol && graph.functionOf(symbol);
  return fn?.body !== undefined && !usesOwnThis(fn.body) && !ts.isClassLike(fn.parent);
}

function isOfModule({ module, steps }: Origin): boolean {
  return isBuiltin(module) || (module !== 'global' && steps.length === 1);
}

function usesArguments(body: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node)) return false;
    if (ts.isIdentifier(node) && node.text === 'arguments') return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) === true;
  };
  return ts.forEachChild(body, (child) => visit(child) || undefined) === true;
}

/**
 * It has one value, whenever it is read.
 * @param variables which variables: `const` alone, or any with one definition, which has been reached
 */
function isConstant(program: Program, expression: ts.Expression, variables: 'const' | 'definition' = 'const'): boolean {
  const bare = unwrapped(expression);
  if (ts.isLiteralExpression(bare) || /^(?:true|false|null)$/.test(bare.getText())) return true;
  if (!ts.isIdentifier(bare)) return false;
  const symbol = program.symbolOf(bare);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined) return false;
  if (ts.isParameter(declaration)) {
    return program.references
      .to(symbol)
      .every((one) => one === declaration.name || !ts.isBinaryExpression(one.parent) || one.parent.left !== one);
  }
  return (
    ts.isVariableDeclaration(declaration) &&
    program.definitionOf(symbol) !== undefined &&
    (variables === 'definition' || (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0)
  );
}

function isNothing(expression: ts.Expression): boolean {
  return expression.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(expression) && expression.text === 'undefined');
}

/** The returns of the handler itself. */
export function returnsOf(fn: InlineCallback): ts.ReturnStatement[] {
  return returnsIn(fn.body);
}

/** The returns in a node that belong to the function around it. */
export function returnsIn(body: ts.Node): ts.ReturnStatement[] {
  const found: ts.ReturnStatement[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  if (ts.isReturnStatement(body)) return [body];
  ts.forEachChild(body, visit);
  return found;
}

/** A `var` in it belongs to the function around it. */
export function declaresVar(body: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) === true;
  };
  return visit(body);
}

export function shortText(node: ts.Node): string {
  const text = node
    .getText()
    .replace(/\s*\n\s*\./g, '.')
    .replace(/\s+/g, ' ');
  return text.length <= 40 ? text : `${text.slice(0, 37)}…`;
}
