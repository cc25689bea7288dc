/** `data` handlers that gather what a stream gives, with the `end` handler that uses it: which streams, into what, and how. */

import { ts } from 'ts-morph';
import type { StreamKind } from '../../catalog/streams.ts';
import { isAsync, isGenerator, unwrapped } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { eventOf, isChainCall, listens, outermostCall, readChain, type Link } from './chain.ts';
import { childOf, childOutput, isUsedByItsChild, type ChildOutput, type Output } from './child-output.ts';
import { inlineFunction, mentions, ownNodes, readHandler, usesThis, type Handler, type InlineFunction } from './handler.ts';
import { refusals, Refused } from './refusals.ts';
import { streamKind } from './stream-kind.ts';
import { identityOf, isReference, nameOf, rootName } from './stream-name.ts';
import { functionAround, leavesBefore } from './uses.ts';
import type { StatementBlock } from './statement-list.ts';

export interface Gathering {
  readonly list: StatementBlock;
  readonly source: ts.Expression;
  readonly kind: StreamKind;
  /** The call that listens for `data`. */
  readonly site: ts.CallExpression;
  /** The statements that listen or set the encoding, in source order. */
  readonly statements: readonly ts.Statement[];
  readonly data: InlineFunction;
  readonly end: InlineFunction;
  readonly failure: Handler | undefined;
  /** The variable that holds what was gathered. */
  readonly holder: ts.VariableDeclaration;
  readonly holds: 'text' | 'chunks' | 'bytes';
  /** The handler does nothing but gather. */
  readonly isPlain: boolean;
  /** Set where the stream gives text, by `setEncoding`. */
  readonly encoding: string | undefined;
  /** How the handler makes text of a chunk, where it has to. */
  readonly decodedAs: string;
}

/** A `data` handler that gathers, and why it has to stay. */
export interface BrokenGathering {
  readonly source: ts.Expression;
  readonly site: ts.CallExpression;
  readonly refused: Refused;
}

export function* gatherings(program: Program, file: ts.SourceFile): Iterable<Gathering | ChildOutput | BrokenGathering> {
  const found: (Gathering | BrokenGathering)[] = [];
  const outputs = new Map<string, { readonly list: StatementBlock; readonly child: ts.Identifier; readonly outputs: Output[] }>();
  const seen = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    if (isChainCall(node)) {
      const call = outermostCall(node);
      if (!seen.has(call)) {
        seen.add(call);
        const one = gatheringIn(program, call);
        if (one !== undefined && 'child' in one) {
          const key = `${one.list.pos} ${identityOf(program, one.child)}`;
          const entry = outputs.get(key) ?? { list: one.list, child: one.child, outputs: [] };
          entry.outputs.push(one.output);
          outputs.set(key, entry);
        } else if (one !== undefined) {
          found.push(one);
        }
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  yield* found;
  for (const { list, child, outputs: own } of outputs.values()) yield ofChild(program, list, child, own);
}

function ofChild(program: Program, list: StatementBlock, child: ts.Identifier, outputs: readonly Output[]): ChildOutput | BrokenGathering {
  try {
    return childOutput(program, list, child, outputs);
  } catch (error) {
    const [first] = outputs;
    if (!(error instanceof Refused) || first === undefined) throw error;
    return { source: first.source, site: first.site, refused: error };
  }
}

interface OfChild {
  readonly child: ts.Identifier;
  readonly list: StatementBlock;
  readonly output: Output;
}

function gatheringIn(program: Program, call: ts.CallExpression): Gathering | BrokenGathering | OfChild | undefined {
  const chain = readChain(call);
  const [segment] = chain.segments;
  if (segment === undefined || chain.pipes.length > 0) return undefined;
  const link = segment.links.find((one) => eventOf(one) === 'data');
  const data = link && inlineFunction(link.call.arguments[1]);
  if (link === undefined || data === undefined || !isReference(segment.base)) return undefined;
  const gathered = gatheredBy(program, data);
  const kind = gathered && streamKind(program, segment.base);
  if (gathered === undefined || kind === undefined || kind.side === 'writable') return undefined;
  const site = { source: segment.base, site: link.call };
  try {
    const around = surroundings(program, call, segment.base, data);
    if (around.encoding === undefined && !wholeEncodings.has(gathered.decodedAs))
      throw new Refused(refusals.gatheredAs(nameOf(segment.base), gathered.decodedAs));
    const { end, failure, list, statements, encoding } = around;
    if (end !== undefined) return { ...site, kind, ...gathered, data, ...around, end };
    const child = childOf(segment.base);
    if (child === undefined || !isUsedByItsChild(program, list, child, gathered.holder))
      throw new Refused(refusals.notUsedAtEnd(nameOf(segment.base)));
    if (failure !== undefined) throw new Refused(refusals.differentHandlers());
    return { child, list, output: { ...site, kind, ...gathered, data, statements, encoding } };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ...site, refused: error };
  }
}

type Gathered = Pick<Gathering, 'holder' | 'holds' | 'isPlain' | 'decodedAs'>;

/** Which variable the handler adds the chunk to. */
function gatheredBy(program: Program, fn: InlineFunction): Gathered | undefined {
  const [parameter, ...more] = fn.parameters;
  if (parameter === undefined || more.length > 0 || !ts.isIdentifier(parameter.name) || parameter.initializer !== undefined)
    return undefined;
  const chunk = parameter.name.text;
  const expressions = ts.isBlock(fn.body)
    ? fn.body.statements.map((statement) => (ts.isExpressionStatement(statement) ? statement.expression : undefined))
    : [fn.body];
  for (const expression of expressions) {
    const one = expression && additionIn(unwrapped(expression), chunk);
    const declaration = one && program.symbolOf(one.name)?.valueDeclaration;
    if (one === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) continue;
    if (!startsEmpty(program, declaration, one.holds)) continue;
    return { holder: declaration, holds: one.holds, isPlain: expressions.length === 1, decodedAs: one.decodedAs };
  }
  return undefined;
}

interface Addition {
  readonly name: ts.Identifier;
  readonly holds: Gathering['holds'];
  readonly decodedAs: string;
}

/** `body += chunk`, `chunks.push(chunk)`, `body = Buffer.concat([body, chunk])`. */
function additionIn(node: ts.Expression, chunk: string): Addition | undefined {
  if (ts.isBinaryExpression(node) && ts.isIdentifier(node.left)) {
    const { left, right, operatorToken } = node;
    const textOf = (added: ts.Expression): Addition | undefined => {
      const decodedAs = chunkText(added, chunk);
      return decodedAs === undefined ? undefined : { name: left, holds: 'text', decodedAs };
    };
    if (operatorToken.kind === ts.SyntaxKind.PlusEqualsToken) return textOf(right);
    if (operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
    const sum = unwrapped(right);
    if (ts.isBinaryExpression(sum) && sum.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      return sum.left.getText() === left.text ? textOf(sum.right) : undefined;
    }
    const joined = new RegExp(`^Buffer\\.concat\\(\\[${left.text},${chunk}\\]\\)$`).test(sum.getText().replace(/\s/g, ''));
    return joined ? { name: left, holds: 'bytes', decodedAs: 'utf8' } : undefined;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'push')
    return undefined;
  const [value, ...others] = node.arguments;
  const { expression: name } = node.expression;
  return ts.isIdentifier(name) && others.length === 0 && value?.getText() === chunk
    ? { name, holds: 'chunks', decodedAs: 'utf8' }
    : undefined;
}

/**
 * How text is made of the chunk: `chunk`, of which `+` makes text anyway, `String(chunk)`, `chunk.toString('latin1')`, `(chunk || '').toString()`.
 * @returns the encoding
 */
function chunkText(node: ts.Expression, chunk: string): string | undefined {
  const bare = unwrapped(node);
  if (isChunk(bare, chunk)) return 'utf8';
  if (!ts.isCallExpression(bare)) return undefined;
  const { expression: callee, arguments: args } = bare;
  const [argument, ...others] = args;
  if (others.length > 0) return undefined;
  if (ts.isIdentifier(callee)) return callee.text === 'String' && argument !== undefined && isChunk(argument, chunk) ? 'utf8' : undefined;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'toString' || !isChunk(callee.expression, chunk)) return undefined;
  if (argument === undefined) return 'utf8';
  return ts.isStringLiteralLike(argument) ? argument.text.toLowerCase().replace('-', '') : undefined;
}

/** `chunk`, or `chunk || ''`, since it is never empty. */
function isChunk(node: ts.Expression, chunk: string): boolean {
  const bare = unwrapped(node);
  if (ts.isIdentifier(bare)) return bare.text === chunk;
  return (
    ts.isBinaryExpression(bare) &&
    bare.operatorToken.kind === ts.SyntaxKind.BarBarToken &&
    isChunk(bare.left, chunk) &&
    ts.isStringLiteralLike(bare.right) &&
    bare.right.text === ''
  );
}

/** Where a chunk ends makes no difference to what its bytes become, once the stream decodes them: of the others, characters come out broken or padded. */
const wholeEncodings: ReadonlySet<string> = new Set(['utf8', 'latin1', 'binary', 'ascii', 'hex']);

function startsEmpty(program: Program, { initializer }: ts.VariableDeclaration, holds: Gathering['holds']): boolean {
  const text = initializer?.getText().replace(/\s/g, '') ?? '';
  switch (holds) {
    case 'text':
      return text === "''" || text === '""' || text === '``';
    case 'chunks':
      return text === '[]' || (initializer !== undefined && ts.isNewExpression(initializer) && text === 'newArray()');
    case 'bytes':
      return (
        /^(?:Buffer\.(?:alloc|allocUnsafe)\(0\)|newBuffer\((?:0|''|"")\)|Buffer\.from\((?:''|""|\[\])\))$/.test(text) &&
        program.checker.resolveName('Buffer', initializer, ts.SymbolFlags.Value, true) === undefined
      );
  }
}

type Surroundings = Pick<Gathering, 'list' | 'statements' | 'failure' | 'encoding'> & { readonly end: InlineFunction | undefined };

/** @throws Refused */
function surroundings(program: Program, call: ts.CallExpression, source: ts.Expression, data: InlineFunction): Surroundings {
  const name = nameOf(source);
  const statement = call.parent;
  if (!ts.isExpressionStatement(statement)) throw new Refused(refusals.notStatement());
  const list = statement.parent;
  if (!ts.isBlock(list) && !ts.isSourceFile(list) && !ts.isCaseOrDefaultClause(list)) throw new Refused(refusals.notStatement());
  if (isAsync(data)) throw new Refused(refusals.asyncWork());
  const identity = identityOf(program, source);
  const statements: ts.ExpressionStatement[] = [];
  const links: Link[] = [];
  for (const one of list.statements) {
    if (!ts.isExpressionStatement(one) || !isChainCall(one.expression)) continue;
    const { segments, pipes } = readChain(one.expression);
    const [segment] = segments;
    if (segment === undefined || pipes.length > 0 || identityOf(program, segment.base) !== identity) continue;
    statements.push(one);
    links.push(...segment.links);
  }
  let end: InlineFunction | undefined;
  let failure: Handler | undefined;
  let encoding: string | undefined;
  for (const link of links) {
    const event = eventOf(link);
    if (link.method === 'setEncoding') {
      const [given] = link.call.arguments;
      if (given === undefined || !ts.isStringLiteralLike(given)) throw new Refused(refusals.adjusted(name, link.method));
      encoding = /^utf-?8$/i.test(given.text) ? 'utf8' : given.text;
    } else if (event === undefined || !listens.has(link.method)) {
      throw new Refused(refusals.adjusted(name, link.method));
    } else if (event === 'end' && end === undefined) {
      end = inlineFunction(link.call.arguments[1]);
      if (end === undefined || end.parameters.length > 0 || isGenerator(end)) throw new Refused(refusals.handlerShape('end'));
      if (!ts.isArrowFunction(end) && usesThis(end.body)) throw new Refused(refusals.handlerShape('end'));
    } else if (event === 'error' && failure === undefined) {
      const given = link.call.arguments[1];
      failure = given && readHandler(program, given, 1);
      if (failure === undefined) throw new Refused(refusals.handlerShape('error'));
    } else if (event !== 'data' || inlineFunction(link.call.arguments[1]) !== data) {
      throw new Refused(refusals.listener(name, event));
    }
  }
  checkData(data, source);
  checkSource(program, source, list, statements);
  return { list, statements, end, failure, encoding };
}

/** The handler's body becomes that of a loop. */
function checkData(data: InlineFunction, source: ts.Expression): void {
  if (!ts.isArrowFunction(data) && usesThis(data.body)) throw new Refused(refusals.handlerShape('data'));
  if (!ts.isBlock(data.body)) return;
  const root = rootName(source).getText();
  if (mentions(data.body, root)) throw new Refused(refusals.gatheredUnderControl(nameOf(source)));
  const returns = ownNodes(data.body, ts.isReturnStatement);
  if (returns.some(({ expression }) => expression !== undefined)) throw new Refused(refusals.chunkWork('it returns a value'));
  if (returns.length > 0 && ownNodes(data.body, (node): node is ts.Node => ts.isIterationStatement(node, false)).length > 0) {
    throw new Refused(refusals.chunkWork('it returns from inside a loop'));
  }
}

/** Nobody else listens to the stream, reads it or pipes it on. */
function checkSource(program: Program, source: ts.Expression, list: StatementBlock, own: readonly ts.Statement[]): void {
  const root = rootName(source);
  const symbol = program.symbolOf(root);
  if (symbol === undefined) throw new Refused(refusals.outside(nameOf(source)));
  const declaration = symbol.valueDeclaration;
  const start = Math.min(...own.map((statement) => statement.getStart()));
  for (const identifier of program.references.to(symbol)) {
    if (identifier.parent === declaration) continue;
    if (own.some((statement) => identifier.pos >= statement.pos && identifier.end <= statement.end)) continue;
    let use: ts.Node = identifier;
    while (ts.isPropertyAccessExpression(use.parent) && use.parent.expression === use && use.getText() !== source.getText())
      use = use.parent;
    if (use.getText() !== source.getText() || leavesBefore(use, list, start)) continue;
    const { parent } = use;
    const member = ts.isPropertyAccessExpression(parent) && parent.expression === use ? parent.name.text : undefined;
    const isTouched = member !== undefined && touching.has(member) && ts.isCallExpression(parent.parent);
    if (isTouched || isPiped(use) || isStageOf(program, use))
      throw new Refused(refusals.elsewhere(nameOf(source), parent.getText().split('\n', 1)[0] ?? ''));
    // In another function than that of the list, or one around it, it may be read at any time.
    if (member === undefined && declaration !== undefined && functionAround(use) !== functionAround(list) && !isInside(use, list)) {
      throw new Refused(refusals.elsewhere(nameOf(source), parent.getText().split('\n', 1)[0] ?? ''));
    }
  }
}

/** Methods that begin, stop or end the reading, or listen to it. */
const touching = new Set([
  ...listens,
  'prependListener',
  'prependOnceListener',
  'pipe',
  'unpipe',
  'read',
  'pause',
  'resume',
  'removeListener',
  'removeAllListeners',
  'off',
  'unshift',
]);

function isPiped(use: ts.Node): boolean {
  const { parent } = use;
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return false;
  return parent.arguments[0] === use && parent.expression.name.text === 'pipe';
}

/** A stage of a pipeline fails with the others, and its failures are told at the end of the pipeline. */
function isStageOf(program: Program, use: ts.Node): boolean {
  const { parent } = use;
  if (!ts.isCallExpression(parent) || parent.expression === use) return false;
  const key = program.originOf(parent.expression)?.key;
  return key === 'stream.pipeline' || key === 'stream.promises.pipeline';
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end;
}
