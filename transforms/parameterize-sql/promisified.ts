/** Under which names the results of `util.promisify` are called, so that no other call need be followed to its origin. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import type { References } from '../../engine/program/references.ts';

const known = new WeakMap<References, ReadonlySet<string>>();

/** Names that a value may have which `promisify` gave: too many rather than too few, for they are found by their form. */
export function promisifiedNames({ references }: Program): ReadonlySet<string> {
  let names = known.get(references);
  if (names === undefined) known.set(references, (names = collect(references)));
  return names;
}

function collect(references: References): Set<string> {
  const names = new Set<string>();
  const pending = ['promisify'];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    for (const identifier of references.named(name)) {
      for (const given of namesGivenTo(identifier)) {
        if (names.has(given)) continue;
        names.add(given);
        pending.push(given);
      }
    }
  }
  return names;
}

/** The names of the variables, properties and imports that get what an identifier stands for; of `promisify`, what it returns. */
function namesGivenTo(identifier: ts.Identifier): readonly string[] {
  const { parent } = identifier;
  if (ts.isBindingElement(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return textOfName(parent.name);
  let value: ts.Node = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) value = parent;
  if (identifier.text === 'promisify') {
    if (!ts.isCallExpression(value.parent) || value.parent.expression !== value) return [];
    value = value.parent;
  }
  const names: string[] = [];
  for (;;) {
    const holder: ts.Node = value.parent;
    if (ts.isVariableDeclaration(holder) || ts.isPropertyAssignment(holder) || ts.isPropertyDeclaration(holder)) {
      return holder.initializer === value ? [...names, ...textOfName(holder.name)] : names;
    }
    if (ts.isBinaryExpression(holder) && holder.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      if (holder.right !== value) return names;
      names.push(...textOfName(holder.left));
    } else if (!isTransparent(holder, value)) {
      return names;
    }
    value = holder;
  }
}

/** Is the value of `inner` one that `outer` may have? */
function isTransparent(outer: ts.Node, inner: ts.Node): boolean {
  if (ts.isParenthesizedExpression(outer) || ts.isBinaryExpression(outer)) return true;
  if (ts.isConditionalExpression(outer)) return outer.condition !== inner;
  // `db.get.bind(db)`
  if (ts.isPropertyAccessExpression(outer)) return outer.expression === inner && outer.name.text === 'bind';
  return ts.isCallExpression(outer) && outer.expression === inner && ts.isPropertyAccessExpression(inner) && inner.name.text === 'bind';
}

function textOfName(name: ts.Node): readonly string[] {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) return [name.text];
  if (ts.isPropertyAccessExpression(name)) return [name.name.text];
  if (ts.isElementAccessExpression(name)) return textOfName(name.argumentExpression);
  return [];
}
