/** Members that are described: `Object.defineProperty(exports, 'load', { value: load })`, `{ get: function () { return load; } }`. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { outermost } from './functions.ts';

export interface DescribedMember {
  /** What has the member. */
  readonly holder: ts.Expression;
  readonly key: string;
  /** As the binder keeps it for objects that it knows, such as `exports`. */
  readonly symbol: ts.Symbol | undefined;
}

/**
 * The member that a property of a descriptor is the value of, or gives.
 * @param property `value: load`, `get: function () { … }`, `get() { … }` in what may be a descriptor
 */
export function describedMember(program: Program, property: ts.Node): DescribedMember | undefined {
  if (!ts.isPropertyAssignment(property) && !ts.isMethodDeclaration(property) && !ts.isShorthandPropertyAssignment(property))
    return undefined;
  const { name } = property;
  if (!ts.isIdentifier(name) || (name.text !== 'value' && name.text !== 'get')) return undefined;
  const descriptor = outermost(property.parent);
  const { parent } = descriptor;
  if (ts.isCallExpression(parent)) {
    const [holder, key, given] = parent.arguments;
    if (given !== descriptor || holder === undefined || key === undefined || !ts.isStringLiteralLike(key)) return undefined;
    if (program.originOf(parent.expression)?.key !== 'global.Object.defineProperty') return undefined;
    return { holder, key: key.text, symbol: (parent as { readonly symbol?: ts.Symbol }).symbol };
  }
  return undefined;
}
