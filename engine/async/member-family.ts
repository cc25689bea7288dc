/** Methods that stand for each other: overrides, implementations of an interface, members that a contextual type demands. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';

export type FamilyMember =
  | { readonly kind: 'member'; readonly symbol: ts.Symbol; readonly node: ts.Declaration }
  /** Declared outside the program; `name` as people know it. */
  | { readonly kind: 'foreign'; readonly name: string };

/** The classes and constructor functions of a program, by what they inherit from. */
interface Inheritance {
  readonly children: ReadonlyMap<ts.Symbol, readonly ts.Symbol[]>;
  /** What a class or constructor inherits from, by `util.inherits` and the like: types know of `extends` alone. */
  readonly parents: ReadonlyMap<ts.Symbol, readonly ts.Expression[]>;
}

const inheritances = new WeakMap<ts.TypeChecker, Inheritance>();

/**
 * @param holder the class, object literal, or `X.prototype` that has the member
 */
export function memberFamily(program: Program, name: ts.Node, holder: ts.Node, key: string): FamilyMember[] {
  if (ts.isClassLike(holder)) return isStatic(name.parent) ? [] : ofClass(program, holder, key);
  if (ts.isObjectLiteralExpression(holder)) return ofLiteral(program, holder, key);
  if (ts.isPropertyAccessExpression(holder) && holder.name.text === 'prototype') {
    const symbol = program.symbolOf(ts.isPropertyAccessExpression(holder.expression) ? holder.expression.name : holder.expression);
    return symbol === undefined ? [] : ofSymbol(program, symbol, key);
  }
  return [];
}

function isStatic(member: ts.Node): boolean {
  return ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true;
}

function ofClass(program: Program, holder: ts.ClassLikeDeclaration, key: string): FamilyMember[] {
  const family: FamilyMember[] = [];
  for (const clause of holder.heritageClauses ?? []) {
    for (const base of clause.types) {
      const type = program.checker.getTypeAtLocation(base);
      if ((type.flags & ts.TypeFlags.Any) !== 0) family.push({ kind: 'foreign', name: base.expression.getText() });
      else family.push(...declaredBy(program, type, key, base.expression.getText()));
    }
  }
  const symbol = holder.name === undefined ? undefined : program.symbolOf(holder.name);
  return symbol === undefined ? family : [...family, ...ofSymbol(program, symbol, key)];
}

/** Descendants, and ancestors that only code tells of. */
function ofSymbol(program: Program, symbol: ts.Symbol, key: string): FamilyMember[] {
  const { children, parents } = inheritanceOf(program);
  const family: FamilyMember[] = [];
  for (const child of children.get(symbol) ?? []) {
    const member = child.members?.get(ts.escapeLeadingUnderscores(key));
    if (member?.valueDeclaration !== undefined) family.push({ kind: 'member', symbol: member, node: member.valueDeclaration });
    family.push(...ofSymbol(program, child, key).filter((one) => one.kind === 'member'));
  }
  for (const parent of parents.get(symbol) ?? []) {
    const constructed = program.checker.getTypeAtLocation(parent).getConstructSignatures()[0]?.getReturnType();
    const base = program.symbolOf(ts.isPropertyAccessExpression(parent) ? parent.name : parent);
    const own = base?.members?.get(ts.escapeLeadingUnderscores(key));
    if (own?.valueDeclaration !== undefined && program.owns(own.valueDeclaration)) {
      family.push({ kind: 'member', symbol: own, node: own.valueDeclaration });
    } else if (constructed !== undefined) {
      family.push(...declaredBy(program, constructed, key, parent.getText()));
    } else if (base?.declarations?.some((declaration) => program.owns(declaration)) !== true) {
      family.push({ kind: 'foreign', name: parent.getText() });
    }
  }
  return family;
}

function ofLiteral(program: Program, holder: ts.ObjectLiteralExpression, key: string): FamilyMember[] {
  const contextual = program.checker.getContextualType(holder);
  return contextual === undefined ? [] : declaredBy(program, contextual, key, program.checker.typeToString(contextual));
}

function declaredBy(program: Program, type: ts.Type, key: string, name: string): FamilyMember[] {
  const member = program.checker.getNonNullableType(type).getProperty(key);
  const node = member?.valueDeclaration ?? member?.declarations?.[0];
  if (member === undefined || node === undefined) return [];
  return [program.owns(node) ? { kind: 'member', symbol: member, node } : { kind: 'foreign', name: `${name}.${key}` }];
}

function inheritanceOf(program: Program): Inheritance {
  const known = inheritances.get(program.checker);
  if (known !== undefined) return known;
  const children = new Map<ts.Symbol, ts.Symbol[]>();
  const parents = new Map<ts.Symbol, ts.Expression[]>();
  const add = <V>(map: Map<ts.Symbol, V[]>, key: ts.Symbol, value: V): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [value]);
    else list.push(value);
  };
  const symbolOf = (node: ts.Node): ts.Symbol | undefined => program.symbolOf(ts.isPropertyAccessExpression(node) ? node.name : node);
  const inherits = (child: ts.Node, parent: ts.Expression): void => {
    const own = symbolOf(child);
    if (own === undefined) return;
    add(parents, own, parent);
    const base = symbolOf(parent);
    if (base !== undefined) add(children, base, own);
  };
  for (const file of program.files) {
    const visit = (node: ts.Node): void => {
      if (ts.isClassLike(node)) {
        const own = node.name === undefined ? undefined : program.symbolOf(node.name);
        for (const base of (node.heritageClauses ?? []).flatMap((clause) => clause.types)) {
          const symbol = symbolOf(base.expression);
          if (own !== undefined && symbol !== undefined) add(children, symbol, own);
        }
      } else if (ts.isInterfaceDeclaration(node)) {
        for (const base of (node.heritageClauses ?? []).flatMap((clause) => clause.types)) {
          const symbol = symbolOf(base.expression);
          const own = program.symbolOf(node.name);
          if (own !== undefined && symbol !== undefined) add(children, symbol, own);
        }
      } else if (ts.isCallExpression(node)) {
        inheritingCall(program, node, inherits);
      } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
        inheritingAssignment(node, inherits);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  const inheritance = { children, parents };
  inheritances.set(program.checker, inheritance);
  return inheritance;
}

/** `util.inherits(Child, Parent)`, `Object.setPrototypeOf(Child.prototype, Parent.prototype)`. */
function inheritingCall(program: Program, call: ts.CallExpression, inherits: (child: ts.Node, parent: ts.Expression) => void): void {
  const [child, parent] = call.arguments;
  if (child === undefined || parent === undefined) return;
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : call.expression.getText();
  if (name !== 'inherits' && name !== 'setPrototypeOf') return;
  const key = program.originOf(call.expression)?.key;
  if (key === 'util.inherits' || key === 'inherits') inherits(child, parent);
  else if (key === 'global.Object.setPrototypeOf') {
    const one = prototypeOwner(child);
    const other = prototypeOwner(parent);
    if (one !== undefined && other !== undefined) inherits(one, other);
  }
}

/** `Child.prototype = Object.create(Parent.prototype)`, `Child.prototype = new Parent()`, `Child.prototype.__proto__ = Parent.prototype`. */
function inheritingAssignment(node: ts.BinaryExpression, inherits: (child: ts.Node, parent: ts.Expression) => void): void {
  const { left, right } = node;
  const target = ts.isPropertyAccessExpression(left) && left.name.text === '__proto__' ? left.expression : left;
  const child = prototypeOwner(target);
  if (child === undefined) return;
  if (ts.isNewExpression(right)) inherits(child, right.expression);
  else {
    const parent = prototypeOwner(ts.isCallExpression(right) ? right.arguments[0] : right);
    if (parent !== undefined) inherits(child, parent);
  }
}

function prototypeOwner(node: ts.Node | undefined): ts.Expression | undefined {
  return node !== undefined && ts.isPropertyAccessExpression(node) && node.name.text === 'prototype' ? node.expression : undefined;
}
