/**
 * Which functions can be converted together. A function that takes a callback needs all its callers converted, a caller needs
 * the functions that it awaits: optimistic first, then what cannot be done takes its dependants with it.
 */

import { ts } from 'ts-morph';
import type { Asynchrony } from '../../engine/async/asynchrony.ts';
import type { Use } from '../../engine/async/call-graph.ts';
import { functionName, isAsync, isFunctionNode, isGenerator, type FunctionNode } from '../../engine/async/functions.ts';
import { roleOf, roleOfArgument, type FunctionRole } from '../../engine/async/roles.ts';
import type { Reason } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { readFlow, type Flow } from './flow.ts';
import { convert, type Conversion } from './host.ts';
import { Obstacle } from './obstacle.ts';
import type { SiteFinder } from './sites.ts';

export type Plan =
  | { readonly kind: 'possible'; readonly flow: Flow; readonly conversion: Conversion; readonly needs: ReadonlySet<FunctionNode> }
  | { readonly kind: 'refused'; readonly reason: Reason };

type Possible = Plan & { kind: 'possible' };

export class Planner {
  readonly #program: Program;
  readonly #asynchrony: Asynchrony;
  readonly #finder: SiteFinder;
  readonly #plans = new Map<FunctionNode, Plan>();

  constructor(program: Program, asynchrony: Asynchrony, finder: SiteFinder) {
    this.#program = program;
    this.#asynchrony = asynchrony;
    this.#finder = finder;
  }

  /** Plans for `hosts`, and for every function that they need. */
  plan(hosts: Iterable<FunctionNode>): ReadonlyMap<FunctionNode, Plan> {
    const pending = [...hosts];
    for (let fn = pending.pop(); fn !== undefined; fn = pending.pop()) {
      if (this.#plans.has(fn)) continue;
      const plan = this.#first(fn);
      this.#plans.set(fn, plan);
      if (plan.kind === 'possible') pending.push(...plan.needs);
    }
    this.#settle();
    return this.#plans;
  }

  /** The function around a call, through callbacks that will be merged into it. */
  hostOf(call: ts.Node): FunctionNode | ts.SourceFile {
    for (let node = call.parent; ; node = node.parent) {
      if (ts.isSourceFile(node)) return node;
      if (!isFunctionNode(node)) continue;
      const outer = node.parent;
      const isMerged =
        ts.isCallExpression(outer) && outer.arguments.at(-1) === (node as ts.Node) && this.#finder.siteOf(outer) !== undefined;
      if (!isMerged) return node;
    }
  }

  #first(fn: FunctionNode): Plan {
    try {
      if (ts.isConstructorDeclaration(fn) || ts.isAccessor(fn) || isGenerator(fn)) {
        throw new Obstacle(fn, 'barrier', `${functionName(fn)} cannot become async.`, 'Move the calls into an async method.');
      }
      const needs = new Set<FunctionNode>();
      const taker = this.#finder.takerOf(fn);
      if (taker === undefined) this.#checkHost(fn);
      else for (const caller of this.#callersOf(fn)) needs.add(caller);
      const flow = readFlow(this.#program, this.#finder, fn);
      for (const site of flow.sites) if (site.target.kind === 'taker') needs.add(site.target.fn);
      needs.delete(fn);
      return { kind: 'possible', flow, conversion: convert(this.#program, flow), needs };
    } catch (error) {
      if (error instanceof Obstacle) return { kind: 'refused', reason: { code: error.code, message: error.message, help: error.help } };
      throw error;
    }
  }

  /** Hosts of the calls of a function that is to lose its callback. */
  #callersOf(fn: FunctionNode): FunctionNode[] {
    const callers: FunctionNode[] = [];
    let calls = 0;
    for (const use of this.#asynchrony.graph.usesOf(fn)) {
      if (use.kind === 'binding') continue;
      if (use.kind === 'public' && this.#asynchrony.options.publicApi === 'change') continue;
      if (use.kind !== 'call') throw obstacleOfUse(fn, use);
      calls += 1;
      const host = this.hostOf(use.call);
      if (ts.isSourceFile(host)) {
        throw new Obstacle(
          use.call,
          'barrier',
          `\`${functionName(fn)}\` is called while a module loads (${this.#place(use.call)}), where nothing can be awaited.`,
          'Move that call into an async function.',
        );
      }
      callers.push(host);
    }
    if (calls === 0) {
      throw new Obstacle(
        fn,
        'unknown-callback',
        `No call of \`${functionName(fn)}\` is in the program, so who waits for its callback is unknown.`,
        'Include the files that call it, or convert it by hand.',
      );
    }
    return callers;
  }

  /** May the function go on after it returned, as far as those who call it are concerned? They did not wait for its callbacks. */
  #checkHost(fn: FunctionNode): void {
    const role = roleOf(this.#program, fn);
    if (role.kind !== 'named') return this.#checkRole(fn, role);
    const uses = this.#asynchrony.graph.usesOf(fn).filter((use) => use.kind !== 'binding');
    for (const use of uses) {
      if (use.kind !== 'argument') throw this.#notWaitedFor(fn);
      this.#checkRole(fn, roleOfArgument(this.#program, use.call, use.index));
    }
    if (uses.length === 0) throw this.#notWaitedFor(fn);
  }

  #checkRole(fn: FunctionNode, role: FunctionRole): void {
    switch (role.kind) {
      case 'root':
        if (role.row.maximumParameters !== undefined && fn.parameters.length > role.row.maximumParameters) break;
        if (role.row.answersInBody === true) break;
        return;
      case 'listener':
      case 'async-callback':
        return;
      case 'iteration':
        throw new Obstacle(
          fn,
          'control-flow',
          `The callback of \`${role.method}\` runs for every item at once, and nothing waits for the calls in it.`,
          'Write a `for…of` loop with `await`, or `Promise.all`.',
        );
      default:
        break;
    }
    throw this.#notWaitedFor(fn);
  }

  #notWaitedFor(fn: FunctionNode): Obstacle {
    if (isAsync(fn)) {
      return new Obstacle(
        fn,
        'control-flow',
        `\`${functionName(fn)}\` is async and does not wait for the callback; those who await it would wait longer.`,
        'Decide whether they should, and await the call by hand.',
      );
    }
    return new Obstacle(
      fn,
      'control-flow',
      `\`${functionName(fn)}\` starts the work and returns; its callers do not wait for it, and an async function would leave them a promise.`,
      'Give the function a callback, or make it and its callers async by hand.',
    );
  }

  /** Takes back what relies on something that cannot be done, until nothing does. */
  #settle(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const [fn, plan] of this.#plans) {
        if (plan.kind === 'refused') continue;
        const reason = this.#missing(fn, plan);
        if (reason === undefined) continue;
        this.#plans.set(fn, { kind: 'refused', reason });
        changed = true;
      }
    }
  }

  #missing(fn: FunctionNode, plan: Possible): Reason | undefined {
    for (const needed of plan.needs) {
      const other = this.#plans.get(needed);
      if (other?.kind === 'refused') return this.#causedBy(fn, needed, other.reason);
      if (other !== undefined && this.#isNested(needed, fn)) return nested(needed);
    }
    if (plan.flow.taker === undefined) return undefined;
    for (const use of this.#asynchrony.graph.usesOf(fn)) {
      if (use.kind !== 'call') continue;
      const host = this.hostOf(use.call);
      const caller = ts.isSourceFile(host) ? undefined : this.#plans.get(host);
      if (caller?.kind === 'possible' && caller.flow.sites.some((site) => site.call === use.call)) continue;
      return {
        code: 'callback-shape',
        message: `\`${functionName(fn)}\` is called in a way that cannot become an await (${this.#place(use.call)}).`,
        help: 'Give that call a callback that is written in place, at the end of its function.',
      };
    }
    return undefined;
  }

  #isNested(inner: FunctionNode, outer: FunctionNode): boolean {
    return inner !== outer && inner.getSourceFile() === outer.getSourceFile() && outer.pos <= inner.pos && inner.end <= outer.end;
  }

  #causedBy(fn: FunctionNode, needed: FunctionNode, reason: Reason): Reason {
    const chain = [{ name: functionName(needed), span: this.#program.spanOf(needed.name ?? needed) }, ...(reason.chain ?? [])];
    const isCallee = this.#finder.takerOf(needed) !== undefined && this.#finder.takerOf(fn) === undefined;
    const lead = isCallee
      ? `It calls \`${functionName(needed)}\`, which keeps its callback`
      : `\`${functionName(needed)}\` (${this.#place(needed)}) cannot be converted with it`;
    const message = `${lead}: ${chain.length > 1 ? `see \`${chain.at(-1)?.name ?? ''}\`` : lowerFirst(reason.message)}`;
    return { code: reason.code, message: message.endsWith('.') ? message : `${message}.`, help: reason.help, chain };
  }

  #place(node: ts.Node): string {
    const file = node.getSourceFile();
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    return `${this.#program.pathOf(node)}:${line + 1}`;
  }
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function nested(inner: FunctionNode): Reason {
  return {
    code: 'control-flow',
    message: `It contains \`${functionName(inner)}\`, which it also needs to be converted.`,
    help: 'Move the inner function out, then run nodelift again.',
  };
}

function obstacleOfUse(fn: FunctionNode, use: Use & { kind: Exclude<Use['kind'], 'call' | 'binding'> }): Obstacle {
  const name = functionName(fn);
  switch (use.kind) {
    case 'public':
      return new Obstacle(
        use.node,
        'public-api',
        `\`${name}\` is part of what the package exports, and those who call it with a callback are not in the program.`,
        'Keep it, export an async function beside it, or run with --public-api=change.',
      );
    case 'override':
      return new Obstacle(use.node, 'barrier', `\`${name}\` overrides or implements ${use.of}.`, 'Change the base first.');
    case 'family':
      return new Obstacle(
        use.node,
        'barrier',
        `\`${name}\` overrides, or is overridden by, another method.`,
        'Convert the methods together, by hand.',
      );
    case 'escape':
      return new Obstacle(use.node, 'escapes', `\`${name}\` gets away: ${use.how}.`, 'Call the function directly.');
    case 'argument':
    case 'applied':
    case 'bound':
    case 'construct':
      return new Obstacle(
        use.node,
        'escapes',
        `\`${name}\` is handed to other code (\`${use.call.expression.getText().replace(/\s+/g, '')}\`), which gives it a callback.`,
        'Call the function directly.',
      );
  }
}
