/**
 * Which streams of one block are connected, in which order, and what listens to them: the statements of the block that
 * pipe, copy or listen, put together to a line of stages.
 */

import { ts } from 'ts-morph';
import { unknownStreams, type StreamKind } from '../../catalog/streams.ts';
import { outermost } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { eventOf, isChainCall, listens, outermostCall, readChain, type Chain, type Link, type Segment } from './chain.ts';
import { readConditional, type Conditional } from './conditional.ts';
import { readCopyLoop, type CopyLoop } from './copy-loop.ts';
import { refusals, Refused } from './refusals.ts';
import { isResultIgnored } from './ignored-result.ts';
import { returnedAnswer } from './returned-answer.ts';
import { isUntyped, streamKind } from './stream-kind.ts';
import { isStatementBlock, statementsOf, type Connecting, type StatementList } from './statement-list.ts';
import { identityOf, isReference, nameOf, rootName } from './stream-name.ts';
import { functionAround } from './uses.ts';

export interface Stage {
  /** The stream as it stands where it is connected. */
  readonly base: ts.Expression;
  /** The variable that holds it; undefined for a stream made in the chain. */
  readonly symbol: ts.Symbol | undefined;
  readonly kind: StreamKind | undefined;
  /** Calls made on it in the chains that connect it, listeners included. */
  readonly links: readonly Link[];
  readonly listeners: readonly Listener[];
  /** `const input = fs.createReadStream(file).on('error', cb)`: listeners that the stream has from the start. */
  readonly definition:
    { readonly statement: ts.VariableStatement; readonly base: ts.Expression; readonly links: readonly Link[] } | undefined;
  /** `const out = a.pipe(b)`: the declaration of `out`, for the stage `b`. */
  readonly declaration: ts.VariableDeclaration | undefined;
}

/** Is it the last stage, and a transform, so that somebody reads what comes out of it? */
export function isReadAside(stages: readonly Stage[], stage: Stage): boolean {
  return stage === stages.at(-1) && stage.kind?.role === 'transform';
}

/** Sockets that are piped into each other: the line ends where it began. */
export function isRound(stages: readonly Stage[]): boolean {
  const [first, last] = [stages[0], stages.at(-1)];
  // `ps.stdout` and `ps.stdin` are two streams of one process.
  return stages.length > 1 && first?.symbol !== undefined && first.symbol === last?.symbol && first.base.getText() === last.base.getText();
}

export interface Listener {
  readonly event: string;
  readonly handler: ts.Expression;
  readonly link: Link;
  /** Of the block. */
  readonly statement: Connecting;
}

export interface Wiring {
  readonly list: StatementList;
  readonly stages: readonly Stage[];
  /** The statements that connect, in source order, or the expression whose result nobody looks at. */
  readonly flows: readonly Connecting[];
  /** Other statements that do nothing but add listeners to a stage. */
  readonly listening: readonly { readonly statement: ts.ExpressionStatement; readonly chain: Chain }[];
  /** Set when a hand-written loop connects the streams. */
  readonly loop: CopyLoop | undefined;
  /** Set when some of the stages are there on a condition. */
  readonly conditional: Conditional | undefined;
  /** Statements that connect the source to other destinations, each of which has a pipeline of its own or stays. */
  readonly siblings: readonly Connecting[];
  /** What is reported: the first connecting call. */
  readonly site: ts.Node;
}

/** A place that connects streams and is not a statement of its own. */
export interface StrayChain {
  readonly chain: Chain;
  readonly context: 'returned' | 'handed on' | 'expression';
}

interface Flow {
  readonly statement: Connecting;
  readonly chain: Chain;
  readonly declaration: ts.VariableDeclaration | undefined;
  readonly loop: CopyLoop | undefined;
  readonly conditional?: Conditional;
}

/** Finds all chains of a file: those that are statements by the list that they stand in, and the others. */
export function collectFlows(program: Program, file: ts.SourceFile): { byList: Map<StatementList, Flow[]>; strays: StrayChain[] } {
  const byList = new Map<StatementList, Flow[]>();
  const strays: StrayChain[] = [];
  const seen = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!isChainCall(node)) return;
    const call = outermostCall(node);
    if (seen.has(call)) return;
    seen.add(call);
    const chain = readChain(call);
    const loop = chain.pipes.length === 0 ? loopIn(program, chain) : undefined;
    if (chain.pipes.length === 0 && loop === undefined) return;
    const placed = statementOf(program, call);
    if (placed === undefined) {
      if (chain.pipes.length > 0 || loop !== undefined) strays.push({ chain, context: contextOf(call) });
      return;
    }
    const flows = byList.get(placed.list) ?? [];
    flows.push({ statement: placed.statement, chain, declaration: placed.declaration, loop });
    byList.set(placed.list, flows);
  };
  visit(file);
  for (const [list, flows] of byList) {
    for (const [index, flow] of flows.entries()) {
      const conditional = flow.declaration === undefined ? readConditional(program, list, flow.chain) : undefined;
      if (conditional === undefined) continue;
      flows[index] = { ...flow, conditional };
      const isAdding = ({ chain }: StrayChain): boolean =>
        conditional.added.some(({ statement }) => chain.expression.pos >= statement.pos && chain.expression.end <= statement.end);
      strays.splice(0, strays.length, ...strays.filter((stray) => !isAdding(stray)));
    }
  }
  return { byList, strays };
}

function loopIn(program: Program, chain: Chain): CopyLoop | undefined {
  const [segment] = chain.segments;
  for (const link of segment?.links ?? []) {
    if (segment === undefined || eventOf(link) !== 'data' || link.method === 'once') continue;
    const loop = readCopyLoop(program, segment.base, link);
    if (loop !== undefined) return loop;
  }
  return undefined;
}

function statementOf(
  program: Program,
  call: ts.Expression,
): { statement: Connecting; list: StatementList; declaration: ts.VariableDeclaration | undefined } | undefined {
  const whole = outermost(call);
  const { parent } = whole;
  if (ts.isExpressionStatement(parent)) {
    return { statement: parent, list: isStatementBlock(parent.parent) ? parent.parent : parent, declaration: undefined };
  }
  if (ts.isReturnStatement(parent) && (isResultIgnored(program, functionAround(parent)) || returnedAnswer(program, parent) !== undefined)) {
    return { statement: parent, list: isStatementBlock(parent.parent) ? parent.parent : parent, declaration: undefined };
  }
  if (ts.isExpression(whole) && isIgnored(program, whole)) return { statement: whole, list: whole, declaration: undefined };
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name) || !ts.isVariableDeclarationList(parent.parent)) return undefined;
  const statement = parent.parent.parent;
  if (!ts.isVariableStatement(statement) || parent.parent.declarations.length > 1 || !isStatementBlock(statement.parent)) return undefined;
  return { statement, list: statement.parent, declaration: parent };
}

/** The body of a function whose result nobody looks at, or what an operator decides on in a statement: `gzip && page.pipe(gzip);`. */
function isIgnored(program: Program, whole: ts.Expression): boolean {
  const { parent } = whole;
  if (ts.isArrowFunction(parent)) return parent.body === whole && isResultIgnored(program, parent);
  const isDecided =
    (ts.isConditionalExpression(parent) && parent.condition !== whole) ||
    (ts.isBinaryExpression(parent) && parent.right === whole && parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken);
  return isDecided && ts.isExpressionStatement(outermost(parent).parent);
}

function contextOf(call: ts.Expression): StrayChain['context'] {
  const { parent } = outermost(call);
  if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === outermost(call))) return 'returned';
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent) || ts.isPropertyAssignment(parent)) return 'handed on';
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) return 'handed on';
  return 'expression';
}

interface Node {
  readonly id: string;
  readonly bases: ts.Expression[];
  readonly links: Link[];
  declaration: ts.VariableDeclaration | undefined;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly flow: Flow;
  readonly site: ts.Node;
}

/** The lines of stages that the flows of one list make. A line that cannot be put in order is given as a refusal. */
export function* wirings(program: Program, list: StatementList, flows: readonly Flow[]): Iterable<Wiring | BrokenWiring> {
  const nodes = new Map<string, Node>();
  const edges: Edge[] = [];
  const add = (segment: Segment, declaration: ts.VariableDeclaration | undefined): string => {
    const id = declaration === undefined ? identityOf(program, segment.base) : identityOf(program, declaration.name as ts.Identifier);
    const node = nodes.get(id) ?? { id, bases: [], links: [], declaration: undefined };
    nodes.set(id, node);
    node.bases.push(segment.base);
    node.links.push(...segment.links);
    node.declaration ??= declaration;
    return id;
  };
  for (const flow of flows) {
    const { conditional } = flow;
    if (conditional !== undefined) {
      yield conditionalWiring(program, list, flow, conditional);
      continue;
    }
    const { chain } = flow;
    const ids = chain.segments.map((segment, index) =>
      add(segment, index > 0 && index === chain.segments.length - 1 ? flow.declaration : undefined),
    );
    chain.pipes.forEach((pipe, index) => edges.push({ from: ids[index] ?? '', to: ids[index + 1] ?? '', flow, site: pipe.call }));
    if (flow.loop !== undefined) {
      const to = add({ base: flow.loop.target, links: [] }, undefined);
      edges.push({ from: ids[0] ?? '', to, flow, site: flow.loop.link.call });
    }
  }
  for (const line of components(edges)) yield* wireAll(program, list, nodes, line);
}

/** A source with several destinations, of whose failures nobody hears before the process ends, has a pipeline to each. */
function* wireAll(
  program: Program,
  list: StatementList,
  nodes: Map<string, Node>,
  edges: readonly Edge[],
): Iterable<Wiring | BrokenWiring> {
  const branches = branchesOf(edges);
  if (branches === undefined || /\buncaughtException\b/.test(list.getSourceFile().text)) {
    yield wire(program, list, nodes, edges);
    return;
  }
  const wired = branches.map((branch) => {
    const others = edges.filter((edge) => !branch.includes(edge)).map(({ flow }) => flow.statement);
    return wire(program, list, nodes, branch, others);
  });
  if (wired.every((one) => 'stages' in one && endsWithTheProcess(one))) yield* wired.filter((one) => 'stages' in one && !isKept(one));
  else yield wire(program, list, nodes, edges);
}

/** The lines that begin at one source, each in statements of its own. */
function branchesOf(edges: readonly Edge[]): Edge[][] | undefined {
  const [source, ...others] = [...new Set(edges.map(({ from }) => from))].filter((from) => edges.every(({ to }) => to !== from));
  const heads = edges.filter(({ from }) => from === source);
  if (others.length > 0 || heads.length < 2 || edges.some(({ flow }) => flow.loop !== undefined || flow.declaration !== undefined))
    return undefined;
  const branches = heads.map((head) => {
    const branch = [head];
    for (let next: Edge | undefined = head; next !== undefined;) {
      const { to }: Edge = next;
      next = edges.find((edge) => edge.from === to && !branch.includes(edge));
      if (next !== undefined) branch.push(next);
    }
    return branch;
  });
  const statements = branches.map((branch) => new Set(branch.map(({ flow }) => flow.statement)));
  const isShared = statements.some((own, index) => statements.some((other, at) => at > index && [...own].some((one) => other.has(one))));
  return isShared || branches.flat().length !== edges.length ? undefined : branches;
}

/** Has nobody a handler of errors, and does no destination leave before the others? */
function endsWithTheProcess({ stages }: Wiring): boolean {
  return (
    stages.every(({ listeners }) => listeners.every(({ event }) => event !== 'error')) &&
    stages.slice(1).every(({ kind }) => kind !== undefined && !kind.leaves)
  );
}

/** What is shown besides goes on as it did. */
function isKept({ stages }: Wiring): boolean {
  return stages.length === 2 && stages[1]?.kind?.role === 'stdio';
}

export interface BrokenWiring {
  readonly list: StatementList;
  readonly site: ts.Node;
  readonly kinds: readonly (StreamKind | undefined)[];
  readonly refused: Refused;
}

function wire(
  program: Program,
  list: StatementList,
  nodes: Map<string, Node>,
  edges: readonly Edge[],
  siblings: readonly Connecting[] = [],
): Wiring | BrokenWiring {
  const [firstEdge] = edges;
  if (firstEdge === undefined) throw new Error('A component has an edge.');
  const { site } = firstEdge;
  const ids = new Set(edges.flatMap((edge) => [edge.from, edge.to]));
  const kindOf = (id: string): StreamKind | undefined => {
    const base = nodes.get(id)?.bases[0];
    return base && streamKind(program, base);
  };
  try {
    const order = inOrder(edges, (id) => nameOf(nodes.get(id)?.bases[0]));
    const listening = listenerStatements(program, list, ids, edges);
    const isAnyKnown = order.some((id) => kindOf(id) !== undefined);
    const stages = order.map((id, position): Stage => {
      const node = nodes.get(id);
      const base = node?.bases.at(-1);
      if (node === undefined || base === undefined) throw new Error(`No stream for ${id}.`);
      const ownFlows = edges.map((edge) => edge.flow).filter((flow, index, all) => all.indexOf(flow) === index);
      const inFlows = node.links.flatMap((link) => {
        const flow = ownFlows.find((one) => link.call.pos >= one.statement.pos && link.call.end <= one.statement.end);
        return flow === undefined ? [] : listenersOf([link], flow.statement);
      });
      const apart = listening
        .filter(({ chain }) => identityOf(program, chain.segments[0]?.base ?? chain.expression) === id)
        .flatMap(({ statement, chain }) => listenersOf(chain.segments[0]?.links ?? [], statement));
      const named = node.declaration === undefined ? base : (node.declaration.name as ts.Identifier);
      const symbol = isReference(named) ? program.symbolOf(rootName(named)) : undefined;
      const definition = ts.isIdentifier(named) ? definitionIn(list, symbol) : undefined;
      const fromStart = definition === undefined ? [] : listenersOf(definition.links, definition.statement);
      return {
        base: node.declaration === undefined ? base : (node.bases[0] ?? base),
        symbol,
        kind: kindOf(id) ?? (isAnyKnown ? assumedKind(program, node.bases[0] ?? base, position, order.length) : undefined),
        links: node.links.filter(({ call }) => ownFlows.some(({ statement }) => call.pos >= statement.pos && call.end <= statement.end)),
        listeners: [...fromStart, ...inFlows, ...apart],
        definition,
        declaration: node.declaration,
      };
    });
    const statements = [...new Set(edges.map((edge) => edge.flow.statement))].sort((a, b) => a.pos - b.pos);
    const loops = edges.flatMap((edge) => edge.flow.loop ?? []);
    if (loops.length > 0 && edges.length > 1) throw new Refused(refusals.severalDestinations(nameOf(stages[0]?.base)));
    return { list, stages, flows: statements, listening, loop: loops[0], conditional: undefined, siblings, site };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { list, site, kinds: [...ids].map(kindOf), refused: error };
  }
}

/** The stages in the order in which they would be, were all of them there. */
function conditionalWiring(program: Program, list: StatementList, flow: Flow, conditional: Conditional): Wiring | BrokenWiring {
  const { chain, statement } = flow;
  const { source, added, declared, conditions } = conditional;
  const site = chain.pipes[0]?.call ?? chain.expression;
  const segments = [source, ...added, ...chain.segments.slice(1)];
  const kinds = segments.map(({ base }) => streamKind(program, base));
  try {
    const ids = new Set(segments.map(({ base }) => identityOf(program, base)));
    if (ids.size < segments.length) throw new Refused(refusals.severalSources(nameOf(segments.at(-1)?.base)));
    const onSource = conditional.listening.map((one) => ({ statement: one, chain: readChain(one.expression) }));
    const listening = [...onSource, ...listenerStatements(program, list, ids, [{ flow }])];
    const stages = segments.map(({ base, links }, index): Stage => {
      const apart = listening.filter(
        (one) =>
          (index === 0 && onSource.includes(one)) ||
          identityOf(program, one.chain.segments[0]?.base ?? one.chain.expression) === identityOf(program, base),
      );
      const symbol = isReference(base) ? program.symbolOf(rootName(base)) : undefined;
      const definition = ts.isIdentifier(base) ? definitionIn(list, symbol) : undefined;
      const own = index === 0 ? { statement: declared, base, links } : definition;
      return {
        base,
        symbol,
        kind: kinds[index] ?? (kinds.some((kind) => kind !== undefined) ? assumedKind(program, base, index, segments.length) : undefined),
        links: index === 0 ? [] : links,
        listeners: [
          ...(own === undefined ? [] : listenersOf(own.links, own.statement)),
          ...(index === 0 ? [] : listenersOf(links, statement)),
          ...apart.flatMap((one) => listenersOf(one.chain.segments[0]?.links ?? [], one.statement)),
        ],
        definition: own,
        declaration: undefined,
      };
    });
    return { list, stages, flows: [declared, ...conditions, statement], listening, loop: undefined, conditional, siblings: [], site };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { list, site, kinds, refused: error };
  }
}

/** What stands beside a stream of Node in a chain, and has no type that says otherwise, is a stream too. */
function assumedKind(program: Program, base: ts.Expression, position: number, count: number): StreamKind | undefined {
  if (!isUntyped(program, base)) return undefined;
  return unknownStreams[position === 0 ? 'readable' : position === count - 1 ? 'writable' : 'duplex'];
}

/** The declaration of the variable in the list, when its value has listeners. */
function definitionIn(list: StatementList, symbol: ts.Symbol | undefined): Stage['definition'] {
  const declaration = symbol?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  const statement = declaration.parent.parent;
  if (!ts.isVariableStatement(statement) || statement.parent !== list || !isChainCall(declaration.initializer)) return undefined;
  const [segment, ...more] = readChain(declaration.initializer).segments;
  return segment === undefined || more.length > 0 ? undefined : { statement, base: segment.base, links: segment.links };
}

function listenersOf(links: readonly Link[], statement: Connecting): Listener[] {
  return links.flatMap((link) => {
    const event = eventOf(link);
    const handler = link.call.arguments[1];
    return event === undefined || handler === undefined ? [] : [{ event, handler, link, statement }];
  });
}

/** Statements such as `rs.on('error', next);` of the list whose stream is one of the stages. */
function listenerStatements(
  program: Program,
  list: StatementList,
  ids: ReadonlySet<string>,
  edges: readonly Pick<Edge, 'flow'>[],
): Wiring['listening'] {
  const connecting = new Set<ts.Node>(edges.map((edge) => edge.flow.statement));
  return statementsOf(list).flatMap((statement) => {
    if (connecting.has(statement) || !ts.isExpressionStatement(statement) || !isChainCall(statement.expression)) return [];
    const chain = readChain(statement.expression);
    const [segment, ...more] = chain.segments;
    if (segment === undefined || more.length > 0 || !ids.has(identityOf(program, segment.base))) return [];
    return segment.links.every((link) => listens.has(link.method)) ? [{ statement, chain }] : [];
  });
}

function inOrder(edges: readonly Edge[], name: (id: string) => string): string[] {
  for (const edge of edges) {
    if (edges.some((other) => other !== edge && other.from === edge.from)) throw new Refused(refusals.severalDestinations(name(edge.from)));
    if (edges.some((other) => other !== edge && other.to === edge.to)) throw new Refused(refusals.severalSources(name(edge.to)));
  }
  const start = edges.find((edge) => !edges.some((other) => other.to === edge.from));
  // Two sockets that are piped into each other: back to where it began.
  const first = start ?? edges[0];
  if (first === undefined || (start === undefined && !makesRound(edges)))
    throw new Refused(refusals.severalDestinations(name(edges[0]?.from ?? '')));
  const order = [first.from];
  for (let edge: Edge | undefined = first; edge !== undefined;) {
    const { to }: Edge = edge;
    order.push(to);
    edge = to === first.from ? undefined : edges.find((other) => other.from === to);
  }
  return order;
}

/** Do the edges, each of whose ends has one, make a single round? */
function makesRound(edges: readonly Edge[]): boolean {
  let count = 0;
  for (let edge = edges[0]; edge !== undefined && count <= edges.length; count += 1) {
    const { to }: Edge = edge;
    edge = to === edges[0]?.from ? undefined : edges.find((other) => other.from === to);
  }
  return count === edges.length;
}

function components(edges: readonly Edge[]): Edge[][] {
  const groups: { ids: Set<string>; edges: Edge[] }[] = [];
  for (const edge of edges) {
    const touching = groups.filter((group) => group.ids.has(edge.from) || group.ids.has(edge.to));
    const merged = { ids: new Set([edge.from, edge.to]), edges: [edge] };
    for (const group of touching) {
      for (const id of group.ids) merged.ids.add(id);
      merged.edges.push(...group.edges);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(merged);
  }
  return groups.map((group) => group.edges.sort((a, b) => a.site.pos - b.site.pos || a.site.end - b.site.end));
}
