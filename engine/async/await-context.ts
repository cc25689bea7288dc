/** What an `await` at a place would belong to: the function around it, the module, or nothing. */

import { ts } from 'ts-morph';
import { ancestors } from './ancestors.ts';
import { isFunctionNode, type FunctionNode } from './functions.ts';

export type AwaitContext =
  | { readonly kind: 'function'; readonly fn: FunctionNode }
  | { readonly kind: 'module'; readonly file: ts.SourceFile }
  /** The language has no place for an `await` here. */
  | { readonly kind: 'barrier'; readonly node: ts.Node; readonly what: string; readonly help: string };

export function awaitContextOf(node: ts.Node): AwaitContext {
  for (const { parent, child } of ancestors(node)) {
    if (isFunctionNode(parent)) {
      if (parent.body === child) return { kind: 'function', fn: parent };
      if (ts.isParameter(child)) {
        return {
          kind: 'barrier',
          node: child,
          what: `the initialiser of the parameter \`${child.name.getText()}\``,
          help: 'Compute the default at the beginning of the function.',
        };
      }
      // A computed name or a decorator is evaluated outside the function.
    }
    if (ts.isPropertyDeclaration(parent) && parent.initializer === child) {
      return {
        kind: 'barrier',
        node: parent,
        what: `the initialiser of the class field \`${parent.name.getText()}\``,
        help: 'Set the field in an async method that whoever makes the object awaits.',
      };
    }
    if (ts.isClassStaticBlockDeclaration(parent)) {
      return { kind: 'barrier', node: parent, what: 'a static block of a class', help: 'Move the code into an async static method.' };
    }
  }
  return { kind: 'module', file: node.getSourceFile() };
}

/** Would an exception at `node` be caught, or a `finally` run, inside the function around it? A promise returned from there must be awaited. */
export function isInTry(node: ts.Node): boolean {
  for (const { parent, child } of ancestors(node)) {
    if (isFunctionNode(parent)) return false;
    if (ts.isTryStatement(parent)) {
      if (parent.tryBlock === child) return true;
      if (parent.catchClause === child && parent.finallyBlock !== undefined) return true;
    }
  }
  return false;
}

/** Is the expression what the function around it returns, as it is? */
export function isReturned(expression: ts.Expression): boolean {
  let value: ts.Node = expression;
  while (ts.isParenthesizedExpression(value.parent)) value = value.parent;
  return ts.isReturnStatement(value.parent) || (ts.isArrowFunction(value.parent) && value.parent.body === value);
}
