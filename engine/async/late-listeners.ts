/**
 * What was set going before a wait, and is listened to only after it: `const child = spawn(…); await writeFile(…); child.on('exit', …)`.
 * While the code was synchronous nothing could happen in between.
 */

import { ts } from 'ts-morph';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { awaitContextOf } from './await-context.ts';
import { unwrapped, type FunctionNode } from './functions.ts';

/** The place where something begins that goes on by itself, or where somebody begins to listen to it. */
interface Moment {
  readonly node: ts.Node;
  readonly symbol: ts.Symbol;
}

interface Moments {
  readonly starts: readonly Moment[];
  readonly listens: readonly Moment[];
}

const listening = new Set(['on', 'once', 'addListener', 'prependListener', 'then', 'catch', 'finally', 'done', 'fail', 'pipe']);

/** Looking at a thing, or telling it something, sets nothing going. */
const idle = /^(?:set|get|has|is|to|add|push|concat|slice|map|filter|forEach|join|split|indexOf|unref|ref|address|remove|use|pause)/;

export class LateListeners {
  readonly #program: Program;
  readonly #moments = new Map<FunctionNode | ts.SourceFile, Moments>();

  constructor(program: Program) {
    this.#program = program;
  }

  hazardAt(waiting: ts.Node): Reason | undefined {
    const context = awaitContextOf(waiting);
    if (context.kind === 'barrier') return undefined;
    const { starts, listens } = this.#of(context.kind === 'function' ? context.fn : context.file);
    for (const listen of listens) {
      if (listen.node.pos < waiting.end) continue;
      const start = starts.find(({ node, symbol }) => symbol === listen.symbol && node.end <= waiting.getStart());
      if (start === undefined) continue;
      return {
        code: 'control-flow',
        message: `What begins at ${placeOf(this.#program, start.node)} goes on while the code waits, and is listened to only at ${placeOf(this.#program, listen.node)}.`,
        help: 'Listen before waiting, or wait before it begins.',
      };
    }
    return undefined;
  }

  #of(fn: FunctionNode | ts.SourceFile): Moments {
    let moments = this.#moments.get(fn);
    if (moments === undefined) this.#moments.set(fn, (moments = this.#collect(fn)));
    return moments;
  }

  #collect(fn: FunctionNode | ts.SourceFile): Moments {
    const starts: Moment[] = [];
    const listens: Moment[] = [];
    const visit = (node: ts.Node): void => {
      const started = startedBy(node);
      const startedSymbol = started && this.#program.checker.getSymbolAtLocation(started);
      if (startedSymbol !== undefined) starts.push({ node, symbol: startedSymbol });
      const heard = listenedTo(node);
      const heardSymbol = heard && this.#program.checker.getSymbolAtLocation(heard);
      if (heardSymbol !== undefined) listens.push({ node, symbol: heardSymbol });
      if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
    };
    const body = ts.isSourceFile(fn) ? fn : fn.body;
    if (body !== undefined) ts.forEachChild(body, visit);
    return { starts, listens };
  }
}

/** `const child = spawn(…)`, `child = spawn(…)`, `server.listen(…)`. */
function startedBy(node: ts.Node): ts.Identifier | undefined {
  if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined && makes(node.initializer)) {
    return node.name;
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(node.left)) {
    return makes(node.right) ? node.left : undefined;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression, name } = node.expression;
  return ts.isIdentifier(expression) && !listening.has(name.text) && !idle.test(name.text) ? expression : undefined;
}

function makes(value: ts.Expression): boolean {
  const bare = unwrapped(value);
  return ts.isCallExpression(bare) || ts.isNewExpression(bare);
}

/** `child.on(…)`, `child.stdout.on(…)`, `await promise`. */
function listenedTo(node: ts.Node): ts.Identifier | undefined {
  if (ts.isAwaitExpression(node)) {
    const bare = unwrapped(node.expression);
    return ts.isIdentifier(bare) ? bare : undefined;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || !listening.has(node.expression.name.text)) {
    return undefined;
  }
  let target: ts.Expression = node.expression.expression;
  while (ts.isPropertyAccessExpression(target)) target = target.expression;
  return ts.isIdentifier(target) ? target : undefined;
}
