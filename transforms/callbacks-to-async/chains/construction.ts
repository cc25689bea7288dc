/** `new Promise((resolve, reject) => { load().then(resolve, reject); })`: a promise made around one that was there already. */

import { ts } from 'ts-morph';
import { isAsync, unwrapped } from '../../../engine/async/functions.ts';
import type { Finding, Reason } from '../../../engine/finding.ts';
import type { Program } from '../../../engine/program/program.ts';
import { identifiersIn } from '../../../engine/source/names.ts';
import type { TextEdit } from '../../../engine/source/slice.ts';
import { mayThrowExpression } from '../merge.ts';
import type { InlineCallback } from '../sites.ts';
import { linksOf, shortText, type ChainKnowledge } from './chain.ts';
import { functionAround } from './uses.ts';

interface Settlers {
  readonly resolve: ts.Symbol | undefined;
  readonly reject: ts.Symbol | undefined;
}

/** The chain that the promise is made around, with what takes its place. */
export function unneededConstruction(known: ChainKnowledge, node: ts.NewExpression, transform: string): Finding | undefined {
  const { program } = known;
  const read = readConstruction(known, node);
  if (read === undefined) return undefined;
  const site = program.spanOf(node);
  const { chain, edits, isComplete } = read;
  const outside: TextEdit[] = [
    { start: node.getStart(), end: chain.getStart(), text: '' },
    { start: read.end, end: node.end, text: '' },
  ];
  const unsafe: Reason | undefined = isComplete
    ? undefined
    : {
        code: 'control-flow',
        message: 'Where the handlers of the chain failed, the promise around it never settled; now it is rejected.',
        help: 'Check that nobody relies on its being left open.',
      };
  return {
    kind: 'fix',
    id: `construction:${site.path}:${site.start}`,
    transform,
    site,
    title: `take \`${shortText(linksOf(known.flavours, chain).base)}\` as it is instead of making a promise around it`,
    safety: unsafe === undefined ? 'safe' : 'unsafe',
    ...(unsafe !== undefined && { reason: unsafe }),
    notes: [],
    edits: [...outside, ...edits].map((edit) => ({ kind: 'replace', path: site.path, ...edit })),
    imports: [],
    preambles: [],
    dependsOn: [],
  };
}

interface Construction {
  readonly chain: ts.CallExpression;
  /** Where the part of the chain ends that stays. */
  readonly end: number;
  readonly edits: readonly TextEdit[];
  /** Every failure came to `reject`. */
  readonly isComplete: boolean;
}

function readConstruction(known: ChainKnowledge, node: ts.NewExpression): Construction | undefined {
  const { program, flavours } = known;
  if (!/^(?:global\.Promise|bluebird)$/.test(program.originOf(node.expression)?.key ?? '')) return undefined;
  const [argument, ...others] = node.arguments ?? [];
  const executor = argument && unwrapped(argument);
  if (executor === undefined || others.length > 0 || !(ts.isArrowFunction(executor) || ts.isFunctionExpression(executor))) return undefined;
  const chain = onlyExpression(executor);
  if (chain === undefined || !ts.isCallExpression(chain) || isAsync(executor)) return undefined;
  const { base, links } = linksOf(flavours, chain);
  if (links.length === 0 || flavours.of(base) === undefined) return undefined;
  const fn = functionAround(node);
  // What was thrown on the way to the first promise was a rejection.
  const isQuiet =
    !mayThrowExpression(base) ||
    (ts.isCallExpression(base) && ts.isIdentifier(base.expression) && !base.arguments.some(mayThrowExpression));
  if (!isQuiet && !(fn !== undefined && isAsync(fn))) return undefined;
  const [first, second] = executor.parameters;
  const settlers: Settlers = { resolve: first && program.symbolOf(first.name), reject: second && program.symbolOf(second.name) };
  if (mentionsAny(program, base, settlers)) return undefined;
  return new ConstructionReader(program, chain, links, settlers).read();
}

type WrittenLinks = ReturnType<typeof linksOf>['links'];

class ConstructionReader {
  readonly #program: Program;
  readonly #chain: ts.CallExpression;
  readonly #links: WrittenLinks;
  readonly #settlers: Settlers;

  constructor(program: Program, chain: ts.CallExpression, links: WrittenLinks, settlers: Settlers) {
    this.#program = program;
    this.#chain = chain;
    this.#links = links;
    this.#settlers = settlers;
  }

  read(): Construction | undefined {
    const links = [...this.#links];
    const last = links.at(-1);
    if (last === undefined) return undefined;
    let end = this.#chain.end;
    let isComplete = false;
    const edits: TextEdit[] = [];
    // `.catch(reject)`
    if (last.meaning === 'catch' && last.call.arguments.length === 1 && this.#isOnly(last.call.arguments[0], this.#settlers.reject)) {
      isComplete = true;
      links.pop();
      end = startOfLink(last.call);
    } else if (last.meaning === 'catch') {
      return this.#withCatch(links);
    }
    const then = links.pop();
    if (then?.meaning !== 'then' || this.#mentionsIn(links)) return undefined;
    const [ok, fail, ...others] = then.call.arguments;
    if (ok === undefined || others.length > 0) return undefined;
    if (fail !== undefined) {
      if (!this.#isOnly(fail, this.#settlers.reject)) return undefined;
      edits.push({ start: ok.end, end: fail.end, text: '' });
    }
    if (this.#isOnly(ok, this.#settlers.resolve)) {
      // What stays of the chain fails as it did, and gives its value as it did.
      return { chain: this.#chain, end: startOfLink(then.call), edits: [], isComplete: isComplete || fail !== undefined };
    }
    const own = this.#handler(ok, true);
    if (own === undefined) return undefined;
    return { chain: this.#chain, end: Math.min(end, then.call.end), edits: [...edits, ...own], isComplete };
  }

  /** `.then(value => resolve(…)).catch(error => { …; reject(error); })` */
  #withCatch(links: readonly WrittenLinks[number][]): Construction | undefined {
    const last = links.at(-1);
    const then = links.at(-2);
    if (last?.call.arguments.length !== 1 || then?.meaning !== 'then' || this.#mentionsIn(links.slice(0, -2))) return undefined;
    const [ok, fail] = then.call.arguments;
    const [handler] = last.call.arguments;
    if (ok === undefined || fail !== undefined || handler === undefined) return undefined;
    const failed = this.#handler(handler, true);
    if (failed === undefined) return undefined;
    // A `reject` in front of the handler did not come to it.
    const own = this.#isOnly(ok, this.#settlers.resolve)
      ? [{ start: startOfLink(then.call), end: then.call.end, text: '' }]
      : this.#handler(ok, false);
    return own && { chain: this.#chain, end: this.#chain.end, edits: [...own, ...failed], isComplete: true };
  }

  #mentionsIn(links: WrittenLinks): boolean {
    return links.some(({ call }) => call.arguments.some((one) => mentionsAny(this.#program, one, this.#settlers)));
  }

  /** `resolve`, or `(value) => resolve(value)`. */
  #isOnly(handler: ts.Expression | undefined, settler: ts.Symbol | undefined): boolean {
    if (handler === undefined || settler === undefined) return false;
    if (ts.isIdentifier(handler)) return this.#program.symbolOf(handler) === settler;
    if (!ts.isArrowFunction(handler) && !ts.isFunctionExpression(handler)) return false;
    const call = onlyExpression(handler);
    const [parameter] = handler.parameters;
    if (call === undefined || parameter === undefined || !ts.isCallExpression(call) || call.arguments.length !== 1) return false;
    const [given] = call.arguments;
    return (
      given !== undefined &&
      ts.isIdentifier(given) &&
      this.#program.symbolOf(call.expression) === settler &&
      this.#program.symbolOf(given) === this.#program.symbolOf(parameter.name)
    );
  }

  /** The handler with `return` and `throw` for `resolve` and `reject`, when it ends with one of them on every way. */
  #handler(handler: ts.Expression, mayReject: boolean): TextEdit[] | undefined {
    if (!ts.isArrowFunction(handler) && !ts.isFunctionExpression(handler)) return undefined;
    const { body } = handler;
    if (!ts.isBlock(body)) {
      const settled = this.#settlement(body);
      if (settled?.kind !== 'resolve') return undefined;
      const value = settled.value?.getText() ?? 'undefined';
      const text = value.startsWith('{') ? `(${value})` : value;
      return this.#countIn(handler) === 1 ? [{ start: body.getStart(), end: body.end, text }] : undefined;
    }
    const ends = this.#list(body.statements, mayReject);
    return ends !== undefined && ends.ends && ends.count === this.#countIn(handler) ? [...ends.edits] : undefined;
  }

  #countIn(node: ts.Node): number {
    const { resolve, reject } = this.#settlers;
    const names = new Set([resolve?.name, reject?.name].filter((one) => one !== undefined));
    return [...names].flatMap((name) => identifiersIn(node, name)).filter((one) => this.#isSettler(one)).length;
  }

  #isSettler(identifier: ts.Node): boolean {
    const symbol = this.#program.symbolOf(identifier);
    return symbol !== undefined && (symbol === this.#settlers.resolve || symbol === this.#settlers.reject);
  }

  #settlement(expression: ts.Expression): { kind: 'resolve' | 'reject'; value: ts.Expression | undefined } | undefined {
    if (!ts.isCallExpression(expression) || expression.arguments.length > 1 || !this.#isSettler(expression.expression)) return undefined;
    const isResolve = this.#program.symbolOf(expression.expression) === this.#settlers.resolve;
    return { kind: isResolve ? 'resolve' : 'reject', value: expression.arguments[0] };
  }

  /** `ends`: no way leads out of the list without having settled the promise. */
  #list(
    statements: readonly ts.Statement[],
    mayReject: boolean,
  ): { readonly edits: readonly TextEdit[]; readonly ends: boolean; readonly count: number } | undefined {
    const edits: TextEdit[] = [];
    let count = 0;
    for (const [index, statement] of statements.entries()) {
      const next = statements[index + 1];
      const expression = ts.isReturnStatement(statement) || ts.isExpressionStatement(statement) ? statement.expression : undefined;
      const settled = expression && this.#settlement(expression);
      if (settled !== undefined && expression !== undefined) {
        const isBare = next !== undefined && ts.isReturnStatement(next) && next.expression === undefined;
        if (!ts.isReturnStatement(statement) && next !== undefined && !isBare) return undefined;
        if (settled.kind === 'reject' && !mayReject) return undefined;
        const value = settled.value?.getText() ?? 'undefined';
        const text = settled.kind === 'reject' ? `throw ${value}` : settled.value === undefined ? 'return' : `return ${value}`;
        edits.push({ start: statement.getStart(), end: expression.end, text });
        if (isBare && !ts.isReturnStatement(statement)) edits.push({ start: statement.end, end: next.end, text: '' });
        return { edits, ends: true, count: count + 1 };
      }
      if (ts.isThrowStatement(statement)) return { edits, ends: true, count };
      if (ts.isIfStatement(statement) && this.#countIn(statement) > 0) {
        const then = this.#list(statementsIn(statement.thenStatement), mayReject);
        const otherwise = statement.elseStatement === undefined ? undefined : this.#list(statementsIn(statement.elseStatement), mayReject);
        if (then === undefined || (statement.elseStatement !== undefined && otherwise === undefined)) return undefined;
        // Where a branch settles and goes on, what follows would be passed over.
        const leaves = (one: ts.Statement): boolean => ts.isReturnStatement(one) || ts.isThrowStatement(one);
        const goesOn = [statement.thenStatement, statement.elseStatement].some(
          (one) => one !== undefined && this.#countIn(one) > 0 && !statementsIn(one).some(leaves),
        );
        if (goesOn && next !== undefined) return undefined;
        edits.push(...then.edits, ...(otherwise?.edits ?? []));
        count += then.count + (otherwise?.count ?? 0);
        if (then.ends && otherwise?.ends === true) return { edits, ends: true, count };
        continue;
      }
      if (ts.isReturnStatement(statement) || containsReturn(statement)) return undefined;
    }
    return { edits, ends: false, count };
  }
}

function statementsIn(statement: ts.Statement): readonly ts.Statement[] {
  return ts.isBlock(statement) ? statement.statements : [statement];
}

function containsReturn(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isReturnStatement(node)) return true;
  return ts.forEachChild(node, (child) => containsReturn(child) || undefined) === true;
}

/** From the dot on: `.then(resolve)`, with the white space in front of it. */
function startOfLink(call: ts.CallExpression): number {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.expression.end : call.getStart();
}

/** All that the function does. */
function onlyExpression(fn: InlineCallback): ts.Expression | undefined {
  const { body } = fn;
  if (!ts.isBlock(body)) return unwrapped(body);
  const [only, ...others] = body.statements;
  if (only === undefined || others.length > 0) return undefined;
  return ts.isExpressionStatement(only) || ts.isReturnStatement(only) ? only.expression : undefined;
}

function mentionsAny(program: Program, node: ts.Node, { resolve, reject }: Settlers): boolean {
  return [resolve, reject].some(
    (one) => one !== undefined && identifiersIn(node, one.name).some((identifier) => program.symbolOf(identifier) === one),
  );
}
