/**
 * State that a function makes anew for everybody, and builds up: `routes = {}; … routes[name] = page`. While it waits in between, others
 * meet what is half done, and a second call makes it anew under its hands.
 */

import { ts } from 'ts-morph';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { accessOf, canPrecede, isBefore, ownerOf } from './accesses.ts';
import { isWithin } from './ancestors.ts';
import { outermost, unwrapped, type FunctionNode } from './functions.ts';
import { roleOf } from './roles.ts';
import type { Tasks } from './tasks.ts';

interface Renewal {
  readonly name: ts.Identifier;
  readonly write: ts.BinaryExpression;
}

export class RenewedState {
  readonly #program: Program;
  readonly #tasks: Tasks;
  readonly #renewals = new Map<FunctionNode, readonly Renewal[]>();

  constructor(program: Program, tasks: Tasks) {
    this.#program = program;
    this.#tasks = tasks;
  }

  hazardAt(fn: FunctionNode, waiting: ts.Node): Reason | undefined {
    for (const { name, write } of this.#of(fn)) {
      if (write.end > waiting.getStart() || !isBefore(write, waiting) || !canPrecede(write, waiting)) continue;
      const uses = this.#usesBehind(write, name, fn);
      const behind = uses.find((use) => isBehind(use, waiting));
      const building = uses.find((use) => isBuilding(use));
      if (behind === undefined || building === undefined || setsWhole(behind)) continue;
      const owner = ownerOf(this.#program, name, fn);
      if (owner === undefined || !this.#tasks.mayRunAtOnce(fn, owner === 'outside' ? fn.getSourceFile() : owner)) continue;
      return {
        code: 'shared-state',
        message: `\`${name.text}\` is made anew at ${placeOf(this.#program, write)} and used at ${placeOf(this.#program, behind)}; in between others could meet it half done, and another call could make it anew.`,
        help: 'Build it in a variable of the function, and set the shared one when it is done.',
      };
    }
    return undefined;
  }

  #of(fn: FunctionNode): readonly Renewal[] {
    let renewals = this.#renewals.get(fn);
    if (renewals === undefined) {
      const found: Renewal[] = [];
      const visit = (node: ts.Node): void => {
        const name = renewedBy(node);
        if (name !== undefined && ownerOf(this.#program, name, fn) !== undefined) found.push({ name, write: node as ts.BinaryExpression });
        if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
      };
      if (fn.body !== undefined) ts.forEachChild(fn.body, visit);
      this.#renewals.set(fn, (renewals = found));
    }
    return renewals;
  }

  /** In the order of the text, with those in callbacks that run at once. */
  #usesBehind(write: ts.Node, name: ts.Identifier, fn: FunctionNode): readonly ts.Identifier[] {
    const symbol = this.#program.symbolAt(name);
    const found: ts.Identifier[] = [];
    const visit = (node: ts.Node): void => {
      if (node.end <= write.end) return;
      if (ts.isFunctionLike(node) && node !== fn && !this.#runsAtOnce(node as FunctionNode)) return;
      if (ts.isIdentifier(node) && node.text === name.text && node.getStart() >= write.end && this.#program.symbolAt(node) === symbol)
        found.push(node);
      ts.forEachChild(node, visit);
    };
    if (fn.body !== undefined) visit(fn.body);
    return found;
  }

  #runsAtOnce(fn: FunctionNode): boolean {
    const { kind } = roleOf(this.#program, fn);
    return kind === 'iteration' || kind === 'collection' || kind === 'sync-callback' || kind === 'invoked';
  }
}

/** `routes = {}`, `router = express.Router()`: the variable that gets a new object. */
function renewedBy(node: ts.Node): ts.Identifier | undefined {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isIdentifier(node.left))
    return undefined;
  const value = unwrapped(node.right);
  const isRequired = ts.isCallExpression(value) && ts.isIdentifier(value.expression) && value.expression.text === 'require';
  const isNew =
    ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value) || ts.isNewExpression(value) || ts.isCallExpression(value);
  return isNew && !isRequired ? node.left : undefined;
}

/** Also `routes.home = await load()`, which is written when the wait is over. */
function isBehind(use: ts.Identifier, waiting: ts.Node): boolean {
  if (use.getStart() >= waiting.end) return true;
  const { node, writes } = accessOf(use);
  return writes && isWithin(waiting, node);
}

/** `routes.home = page`, `list.push(page)`, `router.get('/', page)`, which is called for what it does. */
function isBuilding(use: ts.Identifier): boolean {
  const { node, writes } = accessOf(use);
  if (writes) return !setsWhole(use);
  const call = ts.isCallExpression(node) ? node : callThatFills(use);
  return call !== undefined && ts.isExpressionStatement(outermost(call).parent);
}

/** `Object.assign(routes, …)`, `_.extend(routes, …)` */
function callThatFills(use: ts.Identifier): ts.CallExpression | undefined {
  const { parent } = use;
  if (!ts.isCallExpression(parent) || parent.arguments[0] !== use || !ts.isPropertyAccessExpression(parent.expression)) return undefined;
  return /^(?:assign|assignIn|defaults|extend|merge)$/.test(parent.expression.name.text) ? parent : undefined;
}

function setsWhole(use: ts.Identifier): boolean {
  const { parent } = use;
  return ts.isBinaryExpression(parent) && parent.left === use && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}
