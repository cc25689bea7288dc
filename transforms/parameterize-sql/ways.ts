/**
 * Every way in which a query's text may be put together. The statements before the query are run with texts for values, once for
 * each way through their branches; a loop runs not at all, once and twice. What a condition asks of the texts themselves
 * (`conditions.length`, `first`) is answered by the run, any other condition is taken both ways.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isWritten } from './assignments.ts';
import { Conditions, isStable } from './conditions.ts';
import { short } from './sinks.ts';
import { cuttingMethods } from './endings.ts';
import type { FunctionWithBody } from './functions.ts';
import { GivenUpOnWay, GivenUpOnWays, type GivenUp } from './given-up.ts';
import { inTurn, mappedTexts, type Mapped } from './frames.ts';
import type { Helper } from './helpers.ts';
import { TextReader, type Segment, type Surroundings, type Value } from './text.ts';
import { unwrap } from './unwrap.ts';

export type Ways =
  | {
      readonly kind: 'ways';
      readonly ways: readonly (readonly Segment[])[];
      /** Those on which nothing is added, by a loop, a list or an `if`: what is left then need be no SQL. */
      readonly idle: ReadonlySet<readonly Segment[]>;
      /** Functions of the program whose texts are parts of it, by their calls. */
      readonly calls: HelperCalls;
      /** The places where the run reads or writes the variables: nothing else may see their texts. */
      readonly seen: ReadonlySet<ts.Identifier>;
      readonly givenUp: GivenUp;
    }
  | { readonly kind: 'no-text' }
  | { readonly kind: 'unfollowed'; readonly why: string };

export type HelperCalls = ReadonlyMap<ts.CallExpression, FunctionWithBody>;

const maximumWays = 512;

/** The ordinal of what is read last, the text itself: no statements before it are as many. */
const lastRun = 1_000_000;
/** Turns of functions in one statement are told apart by fractions of its ordinal. */
const turn = 2 ** -12;

class Unfollowed extends Error {}
/** The way ends before the query: it returns or throws. */
class Ended extends Error {}

/** @param followed expressions that were found to be parts of the text, and no values */
export function readWays(program: Program, text: ts.Expression, followed: ReadonlySet<ts.Expression>): Ways {
  const tracked = trackedVariables(program, text, followed);
  const region = new Region(program, text, tracked);
  const ways: (readonly Segment[])[] = [];
  const idle = new Set<readonly Segment[]>();
  const known = new Set<string>();
  const seen = new Set<ts.Identifier>();
  const calls = new Map<ts.CallExpression, FunctionWithBody>();
  const givenUp = new GivenUpOnWays();
  let decisions: Decision[] = [];
  try {
    for (let tries = 0; ; tries += 1) {
      if (tries > maximumWays) throw new Unfollowed(`There are more than ${maximumWays} ways in which it may be put together.`);
      const run = new Run(program, region, followed, decisions);
      const segments = run.text(text);
      for (const identifier of run.seen) seen.add(identifier);
      for (const [call, owner] of run.calls) calls.set(call, owner);
      if (segments === 'no-text') return { kind: 'no-text' };
      if (segments !== 'ended') {
        run.givenUp.ended(segments);
        givenUp.add(run.givenUp);
        for (const inner of run.inner) givenUp.note(inner);
        const key = segments.map(
          (segment) =>
            `${segment.leaf.expression.pos}:${segment.leaf.carrier.run}:${segment.kind === 'hole' ? segment.expression.pos : segment.value}`,
        );
        if (!known.has(key.join())) ways.push(segments);
        if (!known.has(key.join()) && run.idle) idle.add(segments);
        known.add(key.join());
      }
      const next = following(run.decisions);
      if (next === undefined) break;
      decisions = next;
    }
    const why = region.unseen(seen);
    if (why !== undefined) throw new Unfollowed(why);
  } catch (error) {
    if (error instanceof Unfollowed) return { kind: 'unfollowed', why: error.message };
    throw error;
  }
  return ways.length === 0 ? { kind: 'no-text' } : { kind: 'ways', ways, idle, calls, seen, givenUp };
}

interface Made {
  readonly segments: readonly Segment[];
  readonly idle: boolean;
}

interface Decision {
  readonly taken: number;
  readonly options: number;
}

/** The next decisions in the order of an odometer. */
function following(decisions: readonly Decision[]): Decision[] | undefined {
  const last = decisions.findLastIndex(({ taken, options }) => taken + 1 < options);
  const decision = decisions[last];
  return decision === undefined ? undefined : [...decisions.slice(0, last), { ...decision, taken: decision.taken + 1 }];
}

/** Variables that hold parts of the text, declared in a function around the query. */
function trackedVariables(program: Program, text: ts.Expression, followed: ReadonlySet<ts.Expression>): ReadonlySet<ts.Symbol> {
  const tracked = new Set<ts.Symbol>();
  const pending: ts.Expression[] = [text, ...followed];
  const add = (identifier: ts.Identifier): void => {
    const symbol = program.symbolOf(identifier);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || tracked.has(symbol) || !ts.isVariableDeclaration(declaration)) return;
    if (!ts.isIdentifier(declaration.name) || !ts.isVariableStatement(declaration.parent.parent) || !program.owns(declaration)) return;
    if (declaration.getSourceFile() !== text.getSourceFile()) return;
    tracked.add(symbol);
  };
  for (let expression = pending.pop(); expression !== undefined; expression = pending.pop()) {
    const inner = unwrap(expression);
    if (ts.isIdentifier(inner)) add(inner);
    else if (ts.isConditionalExpression(inner)) pending.push(inner.whenTrue, inner.whenFalse);
    else if (
      ts.isCallExpression(inner) &&
      ts.isPropertyAccessExpression(inner.expression) &&
      isMadeFromReceiver(inner.expression.name.text)
    ) {
      pending.push(inner.expression.expression);
    }
  }
  return tracked;
}

/** Methods whose text is that of what they are called on, joined or with its end cut off. */
function isMadeFromReceiver(method: string): boolean {
  return method === 'join' || cuttingMethods.has(method);
}

/** The statements from where the first of the variables is declared to where the text is read. */
class Region {
  readonly program: Program;
  readonly text: ts.Expression;
  readonly tracked: ReadonlySet<ts.Symbol>;
  /** Counters and flags that conditions ask for. */
  readonly flags: ReadonlySet<ts.Symbol>;
  readonly container: ts.Node | undefined;
  readonly #mentions: readonly ts.Identifier[];

  constructor(program: Program, text: ts.Expression, tracked: ReadonlySet<ts.Symbol>) {
    this.program = program;
    this.text = text;
    this.tracked = tracked;
    const declarations = [...tracked].flatMap(({ valueDeclaration }) => valueDeclaration ?? []);
    const around = containersOf(text);
    this.container = around.findLast((one) => declarations.some((declaration) => containerOf(declaration) === one));
    this.#mentions = [...tracked].flatMap((symbol) => program.references.to(symbol));
    this.flags = this.#flagsIn();
  }

  /** Does the run have to look into the node? */
  concerns(node: ts.Node): boolean {
    return this.leadsToText(node) || this.#changes().some((identifier) => contains(node, identifier));
  }

  leadsToText(node: ts.Node): boolean {
    return contains(node, this.text);
  }

  #changed: readonly ts.Identifier[] | undefined;

  /** Where a variable gets another value, or may: a list by any of its methods. */
  #changes(): readonly ts.Identifier[] {
    this.#changed ??= [
      ...this.#mentions.filter((identifier) => isDeclared(identifier) || isWritten(identifier) || isPushed(identifier)),
      ...[...this.flags].flatMap((flag) => this.program.references.to(flag)).filter((one) => isDeclared(one) || isWritten(one)),
    ];
    return this.#changed;
  }

  /** Marks what the node says of the variables as seen. */
  pass(node: ts.Node, seen: Set<ts.Identifier>): void {
    for (const identifier of this.#mentions) if (contains(node, identifier)) seen.add(identifier);
  }

  /** @returns what may change a variable, or hand it on, where no run has seen it */
  unseen(seen: ReadonlySet<ts.Identifier>): string | undefined {
    const home = containerOf(this.text);
    for (const identifier of this.#mentions) {
      if (seen.has(identifier)) {
        if (isDeclared(identifier) || !(isWritten(identifier) || isPushed(identifier))) continue;
        if (appends(identifier) && this.#mayRepeat(identifier))
          return `\`${identifier.text}\` is appended to where the query may be sent more than once.`;
        continue;
      }
      const symbol = this.program.symbolOf(identifier);
      const list = symbol !== undefined && isList(symbol);
      const changes = isWritten(identifier) || isPushed(identifier) || list;
      if (!changes || isDeclared(identifier)) continue;
      // What happens behind the query, or in a function made behind it, happens too late for it, unless it comes round again.
      if (identifier.pos > this.text.end && isMadeIn(identifier, home) && !this.#sharesLoop(identifier, symbol)) continue;
      // `sql = pool.query(sql, done)` is given its value when the text has been read.
      if (this.#isGivenResult(identifier) && !this.#sharesLoop(identifier, symbol)) continue;
      if (symbol !== undefined && this.#isOnOtherBranch(identifier, symbol) && !this.#sharesLoop(identifier, symbol)) continue;
      return `\`${identifier.text}\` gets its text in \`${short(identifier.parent)}\` in a way that is not followed.`;
    }
    return undefined;
  }

  #isGivenResult({ parent }: ts.Identifier): boolean {
    return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && this.leadsToText(parent.right);
  }

  /** The query is sent in a callback or a loop that does not declare the variable, and yet appends to it. */
  #mayRepeat(identifier: ts.Identifier): boolean {
    const symbol = this.program.symbolOf(identifier);
    const declaration = symbol?.valueDeclaration;
    if (declaration === undefined) return true;
    for (let node: ts.Node = this.text; node !== containerOf(declaration) && !ts.isSourceFile(node); node = node.parent) {
      const repeats = ts.isFunctionLike(node) || (ts.isIterationStatement(node, false) && !contains(node, declaration));
      if (repeats && contains(node, identifier) && !this.#startsAnew(identifier, symbol, node)) return true;
    }
    return false;
  }

  /** Is the variable given a new text, in the function or loop, before it is appended to? */
  #startsAnew(identifier: ts.Identifier, symbol: ts.Symbol | undefined, repeated: ts.Node): boolean {
    if (symbol === undefined) return false;
    return this.program.references
      .to(symbol)
      .some(
        (use) =>
          isWritten(use) &&
          !appends(use) &&
          use.end < identifier.pos &&
          contains(repeated, use) &&
          ts.isExpressionStatement(use.parent.parent) &&
          contains(use.parent.parent.parent, identifier),
      );
  }

  /** In the branch of an `if` that does not run where the query is sent, in the function that declares the variable. */
  #isOnOtherBranch(identifier: ts.Identifier, { valueDeclaration }: ts.Symbol): boolean {
    for (let node: ts.Node = identifier; !ts.isSourceFile(node); node = node.parent) {
      const { parent } = node;
      if (!ts.isIfStatement(parent) || node === parent.expression || !contains(parent, this.text)) continue;
      if (contains(node, this.text) || contains(parent.expression, this.text)) return false;
      return (
        valueDeclaration !== undefined &&
        containerOf(parent) === containerOf(valueDeclaration) &&
        containerOf(identifier) === containerOf(parent)
      );
    }
    return false;
  }

  #sharesLoop(identifier: ts.Identifier, symbol: ts.Symbol | undefined): boolean {
    const declaration = symbol?.valueDeclaration;
    for (let node: ts.Node = this.text; !ts.isSourceFile(node) && !ts.isFunctionLike(node); node = node.parent) {
      if (
        ts.isIterationStatement(node, false) &&
        contains(node, identifier) &&
        (declaration === undefined || !contains(node, declaration))
      ) {
        return true;
      }
    }
    return false;
  }

  #flagsIn(): ReadonlySet<ts.Symbol> {
    const flags = new Set<ts.Symbol>();
    const { container } = this;
    if (container === undefined) return flags;
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) {
        const symbol = this.program.symbolOf(node);
        const declaration = symbol?.valueDeclaration;
        if (symbol !== undefined && declaration !== undefined && ts.isParameter(declaration) && isIndexOfForEach(declaration))
          flags.add(symbol);
        if (symbol !== undefined && !this.tracked.has(symbol) && declaration !== undefined && ts.isVariableDeclaration(declaration)) {
          const initial = declaration.initializer && unwrap(declaration.initializer);
          if (initial !== undefined && isPlainConstant(initial) && contains(container, declaration)) flags.add(symbol);
        }
      }
      ts.forEachChild(node, visit);
    };
    const conditions = (node: ts.Node): void => {
      if (ts.isIfStatement(node)) visit(node.expression);
      if (ts.isConditionalExpression(node)) visit(node.condition);
      if (ts.isForStatement(node) && node.condition !== undefined) visit(node.condition);
      ts.forEachChild(node, conditions);
    };
    conditions(container);
    return flags;
  }
}

/** In the function itself, or in function expressions there, which do not exist before they are reached. */
function isMadeIn(node: ts.Node, home: ts.Node): boolean {
  let container = containerOf(node);
  while (container !== home && (ts.isArrowFunction(container) || ts.isFunctionExpression(container))) container = containerOf(container);
  return container === home;
}

function isPlainConstant(node: ts.Expression): boolean {
  return ts.isNumericLiteral(node) || node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword;
}

/** `index` of `names.forEach((name, index) => …)` */
function isIndexOfForEach(parameter: ts.ParameterDeclaration): boolean {
  const owner = parameter.parent;
  const call = owner.parent;
  return (
    owner.parameters[1] === parameter &&
    ts.isCallExpression(call) &&
    ts.isPropertyAccessExpression(call.expression) &&
    call.expression.name.text === 'forEach' &&
    call.arguments[0] === (owner as ts.Node)
  );
}

function isList({ valueDeclaration: declaration }: ts.Symbol): boolean {
  const initial = declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return initial !== undefined && (ts.isArrayLiteralExpression(unwrap(initial)) || mappedTexts(initial) !== undefined);
}

function isDeclared(identifier: ts.Identifier): boolean {
  return ts.isVariableDeclaration(identifier.parent) && identifier.parent.name === identifier;
}

/** Keeps what was there, so that it grows each time. */
function appends(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return true;
  return new RegExp(`(^|[^\\w$.])${identifier.text.replaceAll('$', '\\$')}([^\\w$]|$)`).test(parent.right.getText());
}

function isPushed(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  return ts.isPropertyAccessExpression(parent) && parent.expression === identifier && parent.name.text === 'push';
}

export function contains(outer: ts.Node, inner: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end && inner.getSourceFile() === outer.getSourceFile();
}

export function containerOf(node: ts.Node): ts.Node {
  let current = node.parent;
  while (!ts.isSourceFile(current) && !ts.isFunctionLike(current)) current = current.parent;
  return current;
}

/** The functions around the node, the innermost first, and the file. */
function containersOf(node: ts.Node): ts.Node[] {
  const found = [containerOf(node)];
  for (let last = found[0]; last !== undefined && !ts.isSourceFile(last); last = found.at(-1)) found.push(containerOf(last));
  return found;
}

/** One run of the statements, by decisions made before and, behind these, the first option of every choice. */
class Run implements Surroundings {
  readonly decisions: Decision[] = [];
  readonly seen = new Set<ts.Identifier>();
  readonly calls = new Map<ts.CallExpression, FunctionWithBody>();
  readonly givenUp = new GivenUpOnWay();
  /** Of functions that make parts of the text. */
  readonly inner: GivenUp[] = [];
  run = 0;
  /** A loop did not turn, an empty list was joined, or none of the parts that an `if` adds was added. */
  idle = false;
  #left = 0;
  #taken = 0;
  readonly #program: Program;
  readonly #region: Region;
  readonly #reader: TextReader;
  readonly #conditions: Conditions;
  readonly #given: readonly Decision[];
  readonly #values = new Map<ts.Symbol, Value>();
  readonly #decided = new Map<string, boolean>();
  readonly #loops: ts.Node[] = [];
  readonly #followed: ReadonlySet<ts.Expression>;
  #turn = 0;

  constructor(program: Program, region: Region, followed: ReadonlySet<ts.Expression>, given: readonly Decision[]) {
    this.#program = program;
    this.#region = region;
    this.#given = given;
    this.#followed = followed;
    this.#reader = new TextReader(program, followed, this);
    this.#conditions = new Conditions((identifier) => this.valueOf(identifier));
  }

  text(text: ts.Expression): readonly Segment[] | 'no-text' | 'ended' {
    try {
      const { container } = this.#region;
      if (container !== undefined) this.#enter(container);
      this.run = lastRun;
      if (this.#left > 0 && this.#taken === 0) this.idle = true;
      return this.#reader.read(text) ?? 'no-text';
    } catch (error) {
      if (error instanceof Ended) return 'ended';
      throw error;
    }
  }

  valueOf(identifier: ts.Identifier): Value | undefined {
    const symbol = this.#program.symbolOf(identifier);
    if (symbol === undefined || !(this.#region.tracked.has(symbol) || this.#region.flags.has(symbol))) return undefined;
    this.seen.add(identifier);
    return this.#values.get(symbol);
  }

  isTrue(condition: ts.Expression): boolean {
    const known = this.#conditions.truth(condition);
    if (known !== undefined) return known;
    const inner = unwrap(condition);
    if (ts.isPrefixUnaryExpression(inner) && inner.operator === ts.SyntaxKind.ExclamationToken) return !this.isTrue(inner.operand);
    // The same question again has the same answer.
    const stable = isStable(this.#program, inner, this.#loops);
    const key = inner.getText().replace(/\s+/g, ' ');
    const before = stable ? this.#decided.get(key) : undefined;
    if (before !== undefined) return before;
    const taken = this.#choose(2) === 0;
    if (stable) this.#decided.set(key, taken);
    return taken;
  }

  turns({ body }: Mapped, variable: ts.Symbol | undefined): Value | undefined {
    const made = this.#made(body);
    if (made === undefined) return undefined;
    const times = this.#choose(3);
    if (times === 0) this.idle = true;
    const items: (readonly Segment[])[] = [];
    for (let time = 0; time < times; time += 1) {
      const segments = made.ways[made.ways.length === 1 ? 0 : this.#choose(made.ways.length)];
      this.#turn += 1;
      if (segments !== undefined && made.idle.has(segments)) this.idle = true;
      if (segments !== undefined) items.push(inTurn(segments, this.run - 1 + (this.#turn % 4096) * turn, variable));
    }
    return { kind: 'list', items };
  }

  returned(helper: Helper, call: ts.CallExpression, variable: ts.Symbol | undefined): readonly Segment[] | undefined {
    if (contains(helper.owner, call) || contains(helper.owner, this.#region.text)) return undefined;
    const made: Made[] = [];
    for (const one of helper.returned) {
      const read = readWays(this.#program, one, new Set([...this.#followed].filter((part) => contains(helper.owner, part))));
      // Where it is no text, it may be anything.
      if (read.kind !== 'ways') return undefined;
      this.#note(read);
      for (const segments of read.ways) made.push({ segments, idle: read.idle.has(segments) });
    }
    const taken = made[made.length === 1 ? 0 : this.#choose(made.length)];
    if (taken === undefined) return undefined;
    if (taken.idle) this.idle = true;
    this.calls.set(call, helper.owner);
    this.#turn += 1;
    return inTurn(taken.segments, this.run - 1 + (this.#turn % 4096) * turn, variable);
  }

  /** The ways in which what a function returns is put together, all of it where it returns. */
  #made(body: ts.Expression): (Ways & { readonly kind: 'ways' }) | undefined {
    const read = readWays(this.#program, body, new Set([...this.#followed].filter((one) => contains(body, one))));
    if (read.kind !== 'ways') return undefined;
    const here = read.ways.every((segments) => segments.every(({ leaf }) => leaf.carrier.run > lastRun - 1));
    if (!here) return undefined;
    this.#note(read);
    return read;
  }

  #note({ seen, calls, givenUp }: Ways & { readonly kind: 'ways' }): void {
    this.inner.push(givenUp);
    for (const identifier of seen) this.seen.add(identifier);
    for (const [call, owner] of calls) this.calls.set(call, owner);
  }

  #choose(options: number): number {
    const taken = this.#given[this.decisions.length]?.taken ?? 0;
    this.decisions.push({ taken, options });
    return taken;
  }

  /** Runs the body of a function, or a file, up to the text. */
  #enter(container: ts.Node): void {
    const body = ts.isSourceFile(container) ? container : ts.isFunctionLike(container) && 'body' in container ? container.body : undefined;
    if (body === undefined) return;
    if (ts.isSourceFile(body) || ts.isBlock(body)) this.#block(body.statements);
    else if (ts.isExpression(body)) this.#inside(body);
  }

  /** @returns whether the text was reached */
  #block(statements: readonly ts.Statement[]): boolean {
    for (const statement of statements) if (this.#statement(statement)) return true;
    return false;
  }

  #statement(statement: ts.Statement): boolean {
    if (ts.isReturnStatement(statement) || ts.isThrowStatement(statement)) {
      if (!this.#region.leadsToText(statement)) throw new Ended();
      return this.#inside(statement);
    }
    if (!this.#region.concerns(statement) || ts.isFunctionDeclaration(statement))
      return this.#region.leadsToText(statement) && this.#inside(statement);
    if (ts.isBreakOrContinueStatement(statement)) return false;
    if (ts.isVariableStatement(statement)) return this.#declarations(statement);
    if (ts.isExpressionStatement(statement)) return this.#expression(statement.expression);
    if (ts.isIfStatement(statement)) return this.#if(statement);
    if (ts.isBlock(statement)) return this.#block(statement.statements);
    if (ts.isTryStatement(statement)) return this.#try(statement);
    if (ts.isSwitchStatement(statement)) return this.#switch(statement);
    if (ts.isIterationStatement(statement, false)) return this.#loop(statement, statement.statement);
    if (this.#region.leadsToText(statement)) return this.#inside(statement);
    throw new Unfollowed('The text is built in a statement that is not followed.');
  }

  /** The text is somewhere in the node, perhaps in a function that runs later. */
  #inside(node: ts.Node): boolean {
    const inner = containersOf(this.#region.text).findLast((container) => contains(node, container));
    if (inner !== undefined) this.#enter(inner);
    return true;
  }

  #declarations(statement: ts.VariableStatement): boolean {
    this.run += 1;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer !== undefined && this.#region.leadsToText(initializer)) return this.#inside(initializer);
      const symbol = ts.isIdentifier(name) ? this.#program.symbolOf(name) : undefined;
      if (symbol === undefined || initializer === undefined) continue;
      if (ts.isIdentifier(name)) this.seen.add(name);
      this.#assign(symbol, initializer);
    }
    return false;
  }

  #assign(symbol: ts.Symbol, expression: ts.Expression, given?: ts.BinaryExpression): void {
    const before = this.givenUp.held();
    const value = this.#region.tracked.has(symbol) ? this.#read(symbol, expression) : this.#conditions.constant(expression);
    if (value === undefined) this.#values.delete(symbol);
    else this.#values.set(symbol, value);
    if (this.#region.tracked.has(symbol)) this.givenUp.assigned(given, before, this.#values.values());
  }

  #read(symbol: ts.Symbol, expression: ts.Expression): Value {
    const inner = unwrap(expression);
    if (ts.isArrayLiteralExpression(inner)) {
      return { kind: 'list', items: inner.elements.map((element) => this.#part(symbol, element)) };
    }
    const mapped = mappedTexts(inner);
    const list = mapped && this.turns(mapped, symbol);
    if (list?.kind === 'list') for (const segments of list.items) this.givenUp.made(segments, this.run);
    if (list !== undefined) return list;
    return { kind: 'text', segments: this.#part(symbol, inner) };
  }

  /** A text, or a hole as large as the expression. */
  #part(symbol: ts.Symbol, expression: ts.Expression): readonly Segment[] {
    const segments = this.#reader.readFor(expression, symbol) ?? this.#reader.whole(expression, symbol);
    this.givenUp.made(segments, this.run);
    return segments;
  }

  #expression(expression: ts.Expression): boolean {
    this.run += 1;
    const inner = unwrap(expression);
    if (this.#region.leadsToText(inner)) return this.#inside(inner);
    if (ts.isBinaryExpression(inner)) return this.#binary(inner);
    if (ts.isPostfixUnaryExpression(inner) || ts.isPrefixUnaryExpression(inner)) {
      if (ts.isIdentifier(inner.operand)) this.#count(inner.operand, inner.operator === ts.SyntaxKind.PlusPlusToken ? 1 : -1);
      return false;
    }
    if (ts.isCallExpression(inner) && ts.isPropertyAccessExpression(inner.expression)) {
      const { expression: receiver, name } = inner.expression;
      if (name.text === 'push' && ts.isIdentifier(receiver) && this.#push(receiver, inner.arguments)) return false;
      const [callback] = inner.arguments;
      if (name.text === 'forEach' && callback !== undefined && isFunctionWithBlock(callback)) return this.#loop(callback, callback.body);
    }
    // What was not seen here is refused in the end, where all ways are known.
    return false;
  }

  #binary(expression: ts.BinaryExpression): boolean {
    const { left, operatorToken, right } = expression;
    const { kind } = operatorToken;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return this.isTrue(left) && this.#expression(right);
    const symbol = ts.isIdentifier(left) ? this.#program.symbolOf(left) : undefined;
    if (symbol === undefined || !ts.isIdentifier(left)) return false;
    if (kind === ts.SyntaxKind.EqualsToken) {
      this.seen.add(left);
      this.#assign(symbol, right, expression);
    } else if (kind === ts.SyntaxKind.PlusEqualsToken && this.#region.tracked.has(symbol)) {
      const value = this.valueOf(left);
      if (value?.kind !== 'text') throw new Unfollowed(`What \`${left.text}\` is when it is appended to is not known.`);
      this.#values.set(symbol, { kind: 'text', segments: [...value.segments, ...this.#part(symbol, right)] });
    } else {
      this.seen.add(left);
      this.#values.delete(symbol);
    }
    return false;
  }

  #count(identifier: ts.Identifier, step: number): void {
    const symbol = this.#program.symbolOf(identifier);
    const value = this.valueOf(identifier);
    if (symbol === undefined) return;
    if (value?.kind === 'constant' && typeof value.value === 'number')
      this.#values.set(symbol, { kind: 'constant', value: value.value + step });
    else this.#values.delete(symbol);
  }

  #push(receiver: ts.Identifier, values: readonly ts.Expression[]): boolean {
    const symbol = this.#program.symbolOf(receiver);
    const list = this.valueOf(receiver);
    if (symbol === undefined || list?.kind !== 'list' || values.some((value) => ts.isSpreadElement(value))) return false;
    this.#values.set(symbol, { kind: 'list', items: [...list.items, ...values.map((value) => this.#part(symbol, value))] });
    return true;
  }

  #if(statement: ts.IfStatement): boolean {
    const { thenStatement, elseStatement } = statement;
    if (this.#region.leadsToText(statement)) {
      if (this.#region.leadsToText(statement.expression)) return this.#inside(statement.expression);
      const then = this.#region.leadsToText(thenStatement);
      const isTrue = this.isTrue(statement.expression);
      if (isTrue !== then) throw new Ended();
      return this.#statement(then ? thenStatement : (elseStatement ?? thenStatement));
    }
    const taken = this.isTrue(statement.expression);
    if (taken) this.#taken += 1;
    else if (elseStatement === undefined) this.#left += 1;
    const passed = taken ? elseStatement : thenStatement;
    // What is known not to run on this way need not be followed.
    if (passed !== undefined && this.#conditions.truth(statement.expression) !== undefined) this.#region.pass(passed, this.seen);
    if (taken) return this.#statement(thenStatement);
    return elseStatement !== undefined && this.#statement(elseStatement);
  }

  #try({ tryBlock, catchClause, finallyBlock }: ts.TryStatement): boolean {
    const later = [catchClause, finallyBlock].find((block) => block !== undefined && this.#region.concerns(block));
    if (later !== undefined) throw new Unfollowed('The text is built in a `catch` or `finally` too.');
    return this.#block(tryBlock.statements);
  }

  #switch({ caseBlock: { clauses } }: ts.SwitchStatement): boolean {
    const leading = clauses.findIndex((clause) => this.#region.leadsToText(clause));
    const hasDefault = clauses.some((clause) => ts.isDefaultClause(clause));
    const first = leading === -1 ? this.#choose(clauses.length + (hasDefault ? 0 : 1)) : leading;
    for (const clause of clauses.slice(first)) {
      for (const statement of clause.statements) {
        if (ts.isBreakStatement(statement)) return false;
        if (ts.isBlock(statement) && statement.statements.some((one) => ts.isBreakStatement(one))) {
          return this.#block(statement.statements.filter((one) => !ts.isBreakStatement(one)));
        }
        if (this.#statement(statement)) return true;
      }
    }
    return false;
  }

  #loop(loop: ts.Node, body: ts.Statement): boolean {
    if (this.#region.leadsToText(loop)) return this.#statement(body);
    if (jumps(body)) throw new Unfollowed('The text is built in a loop that may be left early.');
    this.#loops.push(loop);
    const times = ts.isDoStatement(loop) ? 1 + this.#choose(2) : this.#choose(3);
    if (times === 0) this.idle = true;
    const counted = ts.isForStatement(loop) ? this.#counter(loop) : isFunctionWithBlock(loop) ? this.#index(loop) : undefined;
    const ended = counted && this.#conditions.repeat(counted.bound, times);
    for (let time = 0; time < times; time += 1) {
      if (counted !== undefined) this.#values.set(counted.symbol, { kind: 'constant', value: counted.from + time });
      this.#statement(body);
    }
    if (counted !== undefined) this.#values.delete(counted.symbol);
    ended?.();
    this.#loops.pop();
    return false;
  }

  /** `names.forEach(function (name, i) { … })` */
  #index(
    callback: ts.ArrowFunction | ts.FunctionExpression,
  ): { readonly symbol: ts.Symbol; readonly from: number; readonly bound: string } | undefined {
    const name = callback.parameters[1]?.name;
    const symbol = name && this.#program.symbolOf(name);
    const call = callback.parent;
    if (symbol === undefined || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
    return { symbol, from: 0, bound: `${call.expression.expression.getText()}.length` };
  }

  /** `for (var i = 0; i < names.length; i++)` */
  #counter(loop: ts.ForStatement): { readonly symbol: ts.Symbol; readonly from: number; readonly bound: string } | undefined {
    const { initializer, condition } = loop;
    const declared = initializer !== undefined && ts.isVariableDeclarationList(initializer) ? initializer.declarations[0] : undefined;
    const symbol = declared !== undefined && ts.isIdentifier(declared.name) ? this.#program.symbolOf(declared.name) : undefined;
    const from = declared?.initializer && ts.isNumericLiteral(declared.initializer) ? Number(declared.initializer.text) : undefined;
    if (symbol === undefined || from === undefined || condition === undefined || !this.#region.flags.has(symbol)) return undefined;
    if (!ts.isBinaryExpression(condition) || condition.operatorToken.kind !== ts.SyntaxKind.LessThanToken) return undefined;
    return { symbol, from, bound: from === 0 ? condition.right.getText() : '' };
  }
}

function isFunctionWithBlock(node: ts.Node): node is (ts.ArrowFunction | ts.FunctionExpression) & { readonly body: ts.Block } {
  return (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && ts.isBlock(node.body);
}

/** Does the body of a loop leave it, or skip a part of it? */
function jumps(body: ts.Node): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isSwitchStatement(node)) return;
    if (ts.isBreakOrContinueStatement(node) || ts.isReturnStatement(node)) found = true;
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}
