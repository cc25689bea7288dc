/** Where a chain stands, and what of it can be an `await` there. */

import { ts } from 'ts-morph';
import { isWithin } from '../../../engine/async/ancestors.ts';
import { isConstructed } from '../../../engine/async/constructed.ts';
import { functionName, isAsync, isGenerator, type FunctionNode } from '../../../engine/async/functions.ts';
import { isThenChain, roleOf, type FunctionRole } from '../../../engine/async/roles.ts';
import { isInTry } from '../../../engine/async/await-context.ts';
import type { Reason } from '../../../engine/finding.ts';
import { isScopeName } from '../../../engine/imports/bindings.ts';
import { sourceHabits } from '../../../engine/source/habits.ts';
import { indentationAt } from '../../../engine/source/indentation.ts';
import { placed } from '../../../engine/source/layout.ts';
import { boundNames, identifiersIn } from '../../../engine/source/names.ts';
import type { Range } from '../../../engine/text.ts';
import type { TransformContext } from '../../../engine/transform.ts';
import { mentions } from '../mentions.ts';
import { expressParameters, mayThrowExpression } from '../merge.ts';
import { Obstacle } from '../obstacle.ts';
import { SiteFinder } from '../sites.ts';
import { declaresVar, linksOf, reasonOfAssumption, shortText, type Chain, type ChainKnowledge, type Handler } from './chain.ts';
import { isForeign, returnedFrom, type Flavour } from './flavour.ts';
import { functionAround, PromiseUses } from './uses.ts';
import { isGathered, isWaitedHandler } from './waited.ts';
import { earlyThrow, reasonOfEarly } from './early-throw.ts';
import { reasonOfMissing } from './missing-handler.ts';

export type PlaceSink =
  | { readonly kind: 'return' }
  | { readonly kind: 'end' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'declare'; readonly keyword: string; readonly name: ts.BindingName; readonly type: string }
  | { readonly kind: 'assign'; readonly pattern: string };

export interface Place {
  readonly fn: FunctionNode;
  readonly role: FunctionRole | undefined;
  /** What is replaced: a statement, one that is the branch of an `if` without braces, or the body of an arrow function. */
  readonly form: 'statement' | 'bare' | 'body';
  readonly range: Range & { readonly outer: number };
  /** The block around it, where that is written in one line and holds nothing else. */
  readonly block: Range | undefined;
  /** From the colon of the clause of a `switch` that holds nothing else. */
  readonly clause: (Range & { readonly indentation: string; readonly isOwnLine: boolean }) | undefined;
  readonly sink: PlaceSink;
  /** Nothing of the function stands behind the chain. */
  readonly atEnd: boolean;
  readonly inTry: boolean;
  readonly blankBefore: boolean;
  /** How the file names what has `all`. */
  readonly promise: string;
  /** It is awaited as it is: straight lines would read better, and nothing more. */
  readonly isAwaited: boolean;
  /** It is started, and nobody gets its promise or that of the function. */
  readonly isLoose: boolean;
  /** Callbacks of the functions around it: nobody waits for what they give. */
  readonly callbacks: ReadonlySet<ts.Symbol>;
}

/** What a chain in its place comes to: the place, and what a reader should know. */
export interface Verdict {
  readonly place: Place;
  readonly unsafe: Reason | undefined;
  readonly notes: readonly string[];
  /** Express 4 would not hear of what the function throws before it waits. */
  readonly mustForward: boolean;
}

/** Statements from `from` to the one with the chain: a variable that only the chain uses. */
export interface Written {
  readonly call: ts.CallExpression;
  readonly statement: ts.Statement | undefined;
  /** `var loading = …` in front, or `return loaded;` behind, which are part of the chain. */
  readonly first: ts.Statement | undefined;
  readonly last: ts.Statement | undefined;
}

/** The statement that a chain is, or the chain as the body of an arrow function; nothing where its value is used otherwise. */
export function sinkOf(call: ts.CallExpression, returnsVariable: boolean): { sink: PlaceSink; isAwaited: boolean } | undefined {
  const { parent } = call;
  if (returnsVariable || ts.isReturnStatement(parent)) return { sink: { kind: 'return' }, isAwaited: false };
  if (ts.isExpressionStatement(parent)) return { sink: { kind: 'end' }, isAwaited: false };
  if (ts.isArrowFunction(parent) && parent.body === call) return { sink: { kind: 'return' }, isAwaited: false };
  if (!ts.isAwaitExpression(parent)) return undefined;
  const sink = awaitedSink(parent);
  return sink && { sink, isAwaited: true };
}

function awaitedSink(node: ts.AwaitExpression): PlaceSink | undefined {
  const { parent } = node;
  if (ts.isReturnStatement(parent)) return { kind: 'return' };
  if (ts.isExpressionStatement(parent)) return { kind: 'drop' };
  if (ts.isVariableDeclaration(parent)) {
    const list = parent.parent;
    if (!ts.isVariableDeclarationList(list) || list.declarations.length !== 1 || !ts.isVariableStatement(list.parent)) return undefined;
    const keyword = (list.flags & ts.NodeFlags.Const) !== 0 ? 'const' : (list.flags & ts.NodeFlags.Let) !== 0 ? 'let' : 'var';
    return { kind: 'declare', keyword, name: parent.name, type: parent.type === undefined ? '' : `: ${parent.type.getText()}` };
  }
  if (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isIdentifier(parent.left) &&
    ts.isExpressionStatement(parent.parent)
  ) {
    return { kind: 'assign', pattern: parent.left.text };
  }
  return undefined;
}

export class Places {
  readonly #context: TransformContext;
  readonly #known: ChainKnowledge;
  readonly #finder: SiteFinder;
  readonly #uses: PromiseUses;

  constructor(context: TransformContext, known: ChainKnowledge) {
    this.#context = context;
    this.#known = known;
    this.#finder = new SiteFinder(context.program, context.asynchrony.graph);
    this.#uses = new PromiseUses(known, context.options.publicApi === 'change');
  }

  /** @throws Obstacle */
  of(written: Written, chain: Chain, sink: PlaceSink, isAwaited: boolean): Verdict {
    const { call } = written;
    const fn = functionAround(call);
    if (fn === undefined) return this.#atTopLevel(call);
    const isNew = isConstructed(this.#context.asynchrony.graph, fn);
    if (isNew || ts.isAccessor(fn) || isGenerator(fn)) {
      throw new Obstacle(
        call,
        'barrier',
        `${functionName(fn)} cannot become async${isNew ? ', since async functions cannot be called with \`new\`' : ''}.`,
        'Move the chain into a method.',
      );
    }
    const place = this.#placeIn(fn, written, sink, isAwaited);
    const assumption = chain.assumed ? reasonOfAssumption(chain.base) : reasonOfMissing(this.#known, chain);
    if (isAwaited) return { place, unsafe: assumption, notes: [], mustForward: false };
    this.#checkTry(call);
    const isIgnored = this.#isIgnored(fn, place.role);
    if (place.sink.kind === 'end') this.#checkEnd(place, call, isIgnored);
    if (place.sink.kind === 'return' && !isIgnored && !isAsync(fn)) this.#checkResult(fn, chain.assumed);
    const { unsafe = assumption, ...others } = this.#consequences(place, chain, isIgnored);
    return { place, unsafe, ...others };
  }

  #atTopLevel(call: ts.CallExpression): never {
    const verdict = this.#context.asynchrony.awaitAt(call);
    if (verdict.kind === 'refused') throw new Obstacle(call, verdict.reason.code, verdict.reason.message, verdict.reason.help);
    throw new Obstacle(call, 'control-flow', 'The modules that import this one would wait for it.', 'Await it by hand if that is meant.');
  }

  #placeIn(fn: FunctionNode, { call, statement, first, last }: Written, sink: PlaceSink, isAwaited: boolean): Place {
    const file = fn.getSourceFile();
    const role = this.#finder.placeOf(fn);
    if (role?.kind === 'root' && role.row.maximumParameters !== undefined && fn.parameters.length > role.row.maximumParameters) {
      throw new Obstacle(
        fn,
        'callback-shape',
        `With its parameters ${role.row.framework} gives the function a callback, and takes no promise from it.`,
        'Return the chain, and leave the callback out.',
      );
    }
    const from = first ?? statement;
    const to = last ?? statement;
    const atEnd = to === undefined || isAtEnd(to, fn);
    const isBare =
      from !== undefined && !ts.isBlock(from.parent) && !ts.isCaseOrDefaultClause(from.parent) && !ts.isSourceFile(from.parent);
    const isExpress = role?.kind === 'root' && role.row.isMiddleware === true;
    const start = from?.getStart(file) ?? call.getStart(file);
    const block = isBare ? undefined : oneLineBlock(from, to);
    return {
      fn,
      role,
      clause: soleOfClause(from, to),
      block: block && { start: block.getStart(file) + 1, end: block.end - 1 },
      form: from === undefined ? 'body' : isBare ? 'bare' : 'statement',
      range: { start, end: to?.end ?? call.end, outer: isBare ? from.parent.getStart(file) : start },
      sink: !isAwaited && isExpress && atEnd ? { kind: 'end' } : sink,
      atEnd,
      inTry: isInTry(call),
      blankBefore: from !== undefined && placed(file, from).blankBefore,
      promise: 'Promise',
      isAwaited,
      isLoose: !isAwaited && ts.isExpressionStatement(call.parent),
      callbacks: this.#finder.callbacksAround(call),
    };
  }

  #isIgnored(fn: FunctionNode, role: FunctionRole | undefined): boolean {
    if (role?.kind === 'root') return role.row.rejection !== 'forwarded' || role.row.isMiddleware === true;
    return role !== undefined || roleOf(this.#context.program, fn).kind === 'async-callback' || this.#uses.isResultIgnored(fn);
  }

  #checkTry(call: ts.CallExpression): void {
    if (!isInTry(call)) return;
    throw new Obstacle(
      call,
      'control-flow',
      'The chain stands in a `try`, whose handler would get its rejections too.',
      'Move it out of the `try`.',
    );
  }

  /** A chain that the function starts, and that nobody waits for. */
  #checkEnd(place: Place, call: ts.CallExpression, isIgnored: boolean): void {
    const { fn } = place;
    if (!isIgnored) {
      throw new Obstacle(
        call,
        'control-flow',
        `\`${functionName(fn)}\` starts the chain and goes on; an await would make it, and those who wait for it, wait.`,
        'Return the chain, or await it by hand.',
      );
    }
    if (!place.atEnd) {
      throw new Obstacle(
        call,
        'control-flow',
        'Code behind the chain runs before its handlers do.',
        'Move that code in front of the chain, or into a handler.',
      );
    }
    const { links } = linksOf(this.#known.flavours, call);
    const isHandled = links.some(({ meaning, call: link }) => meaning === 'catch' || (meaning === 'then' && link.arguments.length > 1));
    if (!isHandled && !ts.isReturnStatement(call.parent)) {
      throw new Obstacle(
        call,
        'control-flow',
        'Nothing handles a failure of the chain, and awaiting it would send the failure elsewhere.',
        'Add a rejection handler first.',
      );
    }
  }

  /** An async function gives a promise whatever it returns; a plain one that returns something else too would change. */
  #checkResult(fn: FunctionNode, assumed: boolean): void {
    const { program, options } = this.#context;
    const { flavours } = this.#known;
    const returned = returnedFrom(fn);
    const isOther = (one: ts.Expression): boolean => flavours.of(one) === undefined && !(assumed && isThenChain(one));
    if (!this.#isTakenOver(fn) && returned.some((one) => one === undefined || isOther(one))) {
      const other = returned.find((one) => one !== undefined && isOther(one));
      throw new Obstacle(
        other ?? fn,
        'callback-shape',
        other === undefined
          ? `\`${functionName(fn)}\` does not always return a promise.`
          : `\`${functionName(fn)}\` returns a promise in one place, and something else in another.`,
        'Return a promise everywhere.',
      );
    }
    if (fn.type !== undefined && !/^Promise\b/.test(fn.type.getText())) {
      throw new Obstacle(
        fn.type,
        'callback-shape',
        `\`${functionName(fn)}\` is declared to return \`${fn.type.getText()}\`.`,
        'Declare it as a `Promise`.',
      );
    }
    const library = returned.map((one) => one && flavours.of(one)).find(isForeign);
    if ((library === undefined && !assumed) || this.#uses.of(fn) !== 'unknown') return;
    const isPublic = roleOf(program, fn).kind === 'named' && this.#known.graph.usesOf(fn).some((use) => use.kind === 'public');
    throw new Obstacle(
      fn,
      isPublic && options.publicApi !== 'change' ? 'public-api' : 'escapes',
      `\`${functionName(fn)}\` returns a promise of ${libraryName(library)}, and its methods may be called where that cannot be seen.`,
      'Use `then`, `catch` and `finally` only on what it returns, then run nodelift again.',
    );
  }

  /** Whatever it returns, those who get it wait for it. */
  #isTakenOver(fn: FunctionNode): boolean {
    if (isWaitedHandler(this.#known, fn)) return true;
    const role = roleOf(this.#context.program, fn);
    if (role.kind === 'root') return role.row.isTest === true;
    return role.kind === 'iteration' && role.method === 'map' && isGathered(this.#context.program, role.call);
  }

  /** `.finally(next)` goes on after a failure too, and what gives early throws to `next` would give it that failure once more. */
  #checkNext({ fn, role }: Place, chain: Chain): void {
    const { program } = this.#context;
    const next = expressParameters(program, fn, role)?.next;
    const again = chain.links.find(
      (link) => link.kind === 'finally' && next !== undefined && mentions(program, handlerNode(link.handler), next),
    );
    if (again === undefined) return;
    throw new Obstacle(
      again.call,
      'control-flow',
      `\`${next?.name ?? ''}\` is called whether the chain fails or not, and would be called a second time with the failure.`,
      'Call it once on each way.',
    );
  }

  #consequences(place: Place, chain: Chain, isIgnored: boolean): Omit<Verdict, 'place'> {
    const { fn } = place;
    const notes: string[] = [];
    const early = earlyThrow(fn, place.range);
    const isGuarded = chain.links.some(
      (link) => link.kind === 'catch' || link.kind === 'finally' || (link.kind === 'then' && link.failure),
    );
    if (isGuarded && mayThrowEarly(chain.base)) {
      notes.push(`What \`${shortText(chain.base)}\` throws before it gives a promise reaches the handler now.`);
    }
    if (isAsync(fn)) return { unsafe: undefined, notes, mustForward: false };
    const isExpress4 = place.role?.kind === 'root' && place.role.row.rejection === 'ignored-next';
    if (isExpress4) {
      const mustForward = early !== 'nothing' || (!isGuarded && mayThrowEarly(chain.base));
      if (mustForward) this.#checkNext(place, chain);
      return { unsafe: undefined, notes, mustForward };
    }
    const { flavours } = this.#known;
    const flavour = flavours.of(chain.base);
    if (place.sink.kind === 'return' && isForeign(flavour) && this.#uses.of(fn) === 'dropped') {
      return { unsafe: reasonOfDropped(fn), notes, mustForward: false };
    }
    const isLeft = isIgnored && place.role === undefined && roleOf(this.#context.program, fn).kind === 'named';
    if (early === 'throw' && !this.#uses.isAwaited(fn) && place.role === undefined) {
      return { unsafe: reasonOfEarly(fn), notes, mustForward: false };
    }
    if (isLeft && early !== 'nothing') return { unsafe: reasonOfEarly(fn), notes, mustForward: false };
    return { unsafe: undefined, notes, mustForward: false };
  }
}

function handlerNode(handler: Handler): ts.Node {
  return handler.kind === 'inline' ? handler.fn : handler.expression;
}

function libraryName(library: Flavour | undefined): string {
  if (library === undefined || library === 'custom') return 'a library that is not known';
  return library === 'q' ? 'Q' : 'Bluebird';
}

function reasonOfDropped(fn: FunctionNode): Reason {
  return {
    code: 'control-flow',
    message: `A failure of \`${functionName(fn)}\` that nobody handles is a warning of its library, and would end the process.`,
    help: 'Handle it where the function is called.',
  };
}

/** Before a call gives its promise, what it is called with is computed. */
function mayThrowEarly(base: ts.Expression): boolean {
  if (!ts.isCallExpression(base)) return mayThrowExpression(base);
  return base.arguments.some((one) => mayThrowExpression(one));
}

/** Nothing of the function runs after the statement. */
function isAtEnd(place: ts.Node, fn: FunctionNode): boolean {
  for (let node = place; node !== fn; node = node.parent) {
    const { parent } = node;
    if (ts.isBlock(parent)) {
      const index = parent.statements.findIndex((one) => one === node);
      if (!parent.statements.slice(index + 1).every(ts.isFunctionDeclaration)) return false;
    } else if (!ts.isIfStatement(parent) && !isTryOf(parent, node) && parent !== fn && ts.isStatement(parent)) {
      return false;
    } else if (ts.isCatchClause(parent) || ts.isCaseOrDefaultClause(parent)) {
      return false;
    }
  }
  return true;
}

/** Behind the block of a `try` goes on what stands behind the `try`. */
function isTryOf(parent: ts.Node, block: ts.Node): boolean {
  return ts.isTryStatement(parent) && parent.tryBlock === block;
}

/** `{ load().then(…); }`, written in one line: what becomes of the chain stands on lines of its own. */
function oneLineBlock(from: ts.Statement | undefined, to: ts.Statement | undefined): ts.Block | undefined {
  if (from === undefined || to === undefined || !ts.isBlock(from.parent)) return undefined;
  const block = from.parent;
  const { text } = block.getSourceFile();
  const isAlone = block.statements[0] === from && block.statements.at(-1) === to;
  const beside = text.slice(block.getStart() + 1, from.getStart()) + text.slice(to.end, block.end - 1);
  return isAlone && /^[ \t]*$/.test(beside) ? block : undefined;
}

/** `case 'a': return load().then(…);`: what would be declared there is seen by the other clauses, unless it stands in a block. */
function soleOfClause(from: ts.Statement | undefined, to: ts.Statement | undefined): Place['clause'] {
  if (from === undefined || to === undefined || !ts.isCaseOrDefaultClause(from.parent)) return undefined;
  const clause = from.parent;
  const file = clause.getSourceFile();
  const start = from.getFullStart();
  const gap = file.text.slice(start, from.getStart());
  if (clause.statements[0] !== from || clause.statements.at(-1) !== to || !/^\s*$/.test(gap)) return undefined;
  return { start, end: to.end, indentation: indentationAt(file, clause.getStart()), isOwnLine: /[\r\n]/.test(gap) };
}

/** The block around the statement would see the names of the handlers, and must not use them for anything else. */
export function areNamesFree(fn: FunctionNode, chain: Chain): boolean {
  const handlers = chain.links
    .flatMap((link) => ('handler' in link ? [link.handler, link.kind === 'then' ? link.failure : undefined] : []))
    .flatMap((handler) => (handler?.kind === 'inline' ? [handler.fn] : []));
  const isWide = sourceHabits(fn.getSourceFile()).constant === 'var' || handlers.some(({ body }) => declaresVar(body));
  // All turns of a loop would share what belongs to the whole function.
  if (isWide && isInLoop(chain.expression, fn)) return false;
  return handlers.every((handler) => {
    const names = new Set(
      [...handler.parameters.flatMap(({ name }) => boundNames(name)), ...declaredIn(handler.body)].map((one) => one.text),
    );
    const isElsewhere = (node: ts.Node): boolean => {
      if (node === handler) return false;
      if (ts.isIdentifier(node) && names.has(node.text) && isScopeName(node)) return true;
      return ts.forEachChild(node, (child) => isElsewhere(child) || undefined) === true;
    };
    return !declaresFunction(handler.body) && (names.size === 0 || !isElsewhere(fn));
  });
}

/** What the chain would declare in the function is not what something else there is called. */
export function areNamesApart(fn: FunctionNode, { expression, links }: Chain): boolean {
  const names = links.flatMap((link) => {
    if (!('handler' in link) || link.handler.kind !== 'inline') return [];
    const bound = link.kind === 'catch' ? [] : link.handler.fn.parameters.flatMap(({ name }) => boundNames(name));
    const failure = link.kind === 'then' && link.failure?.kind === 'inline' ? declaredIn(link.failure.fn.body) : [];
    return [...bound, ...declaredIn(link.handler.fn.body), ...failure];
  });
  return names.every(({ text }) => identifiersIn(fn, text).every((one) => isWithin(one, expression)));
}

function isInLoop(node: ts.Node, fn: FunctionNode): boolean {
  for (let current = node; current !== fn; current = current.parent) if (ts.isIterationStatement(current, false)) return true;
  return false;
}

/** The names of the variables that are declared in a body, or in a block of it. */
function declaredIn(body: ts.Node): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isVariableDeclaration(node)) found.push(...boundNames(node.name));
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

function declaresFunction(body: ts.ConciseBody): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionDeclaration(node)) return true;
    return !ts.isFunctionLike(node) && ts.forEachChild(node, (child) => visit(child) || undefined) === true;
  };
  return visit(body);
}

/** Straight lines are better than handlers that are blocks; `await fetch(url).then((response) => response.json())` reads well. */
export function isWorthLines(chain: Chain): boolean {
  return chain.links.some((link) => 'handler' in link && link.handler.kind === 'inline' && ts.isBlock(link.handler.fn.body));
}
