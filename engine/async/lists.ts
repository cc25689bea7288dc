/** Lists that hold functions: `[checkName, checkSize]`, and where an element of such a list is read. */

import { ts } from 'ts-morph';
import { iterationMethods } from '../../catalog/callback-roles.ts';
import type { Program } from '../program/program.ts';
import { argumentOf, isFunctionNode, outermost, unwrapped } from './functions.ts';
import { roleOfArgument } from './roles.ts';

export interface ListReads {
  /** Expressions that may be an element: `steps[index]`, `steps.shift()`. */
  readonly values: ts.Expression[];
  /** Variables and parameters that may be: `for (const step of steps)`, `steps.forEach((step) => …)`. */
  readonly names: ts.Identifier[];
}

/** What gives one element, and what gives another list with the same elements. */
const givesElement = new Set(['at', 'pop', 'shift', 'find', 'findLast']);
const givesList = new Set(['concat', 'filter', 'reverse', 'slice', 'splice', 'sort']);
/** What gives nothing that the list holds. */
const givesNothing = new Set(['every', 'forEach', 'includes', 'indexOf', 'lastIndexOf', 'length', 'map', 'push', 'some', 'unshift']);

/** @returns `undefined` where the list goes to where its elements cannot be seen */
export function readsOfList(program: Program, list: ts.Expression): ListReads | undefined {
  const follower = new ListFollower(program);
  return follower.list(list) ? follower : undefined;
}

function isExported({ parent }: ts.VariableDeclaration): boolean {
  return (
    ts.isVariableStatement(parent.parent) && parent.parent.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  );
}

class ListFollower implements ListReads {
  readonly values: ts.Expression[] = [];
  readonly names: ts.Identifier[] = [];
  readonly #program: Program;
  readonly #seen = new Set<ts.Symbol>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** What becomes of an expression whose value is the list. Is all of it seen? */
  list(expression: ts.Expression): boolean {
    const value = outermost(expression);
    const { parent } = value;
    if (ts.isVariableDeclaration(parent)) return ts.isIdentifier(parent.name) && !isExported(parent) && this.#name(parent.name);
    if (ts.isPropertyAccessExpression(parent) && parent.expression === value) return this.#member(parent);
    if (ts.isElementAccessExpression(parent) && parent.expression === value) return this.#element(parent);
    if (ts.isForOfStatement(parent) && parent.expression === value) return this.#loop(parent);
    if (ts.isExpressionStatement(parent) || (ts.isIfStatement(parent) && parent.expression === value)) return true;
    const argument = argumentOf(expression);
    if (argument === undefined) return false;
    const role = roleOfArgument(this.#program, argument.call, argument.index);
    return role.kind === 'parameter' && ts.isIdentifier(role.parameter.name) && this.#name(role.parameter.name);
  }

  #name(name: ts.Identifier): boolean {
    const symbol = this.#program.symbolOf(name);
    if (symbol === undefined) return false;
    if (this.#seen.has(symbol)) return true;
    this.#seen.add(symbol);
    return this.#program.references.to(symbol).every((use) => {
      if (use === name) return true;
      const { parent } = use;
      // Another list, or none, in its place.
      if (ts.isBinaryExpression(parent) && parent.left === use) return parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
      return this.list(use);
    });
  }

  #element(access: ts.ElementAccessExpression): boolean {
    const { parent } = access;
    const isTarget = ts.isBinaryExpression(parent) && parent.left === access;
    if (!isTarget) this.values.push(access);
    return true;
  }

  #loop({ initializer }: ts.ForOfStatement): boolean {
    const declared = ts.isVariableDeclarationList(initializer) ? initializer.declarations[0]?.name : undefined;
    if (declared === undefined || !ts.isIdentifier(declared)) return false;
    this.names.push(declared);
    return true;
  }

  #member(access: ts.PropertyAccessExpression): boolean {
    const name = access.name.text;
    const { parent } = access;
    if (!ts.isCallExpression(parent) || parent.expression !== access) return name === 'length';
    if (givesElement.has(name)) this.values.push(parent);
    if (iterationMethods.has(name) && !this.#callback(parent)) return false;
    if (givesList.has(name)) return this.list(parent);
    return givesElement.has(name) || givesNothing.has(name);
  }

  /** What the callback is given. */
  #callback({ arguments: [first] }: ts.CallExpression): boolean {
    const fn = first && unwrapped(first);
    if (fn === undefined || !isFunctionNode(fn) || fn.parameters.length > 2) return false;
    const [element] = fn.parameters;
    if (element === undefined) return true;
    if (!ts.isIdentifier(element.name)) return false;
    this.names.push(element.name);
    return true;
  }
}
