/** Methods that stand for each other: overrides, implementations of an interface, members that a contextual type demands. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { possibleHeirsIn } from '../program/tree-index.ts';
import { demandedBy } from './implemented-members.ts';

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
  const family = new Family(program, key);
  if (ts.isClassLike(holder)) {
    if (!isStatic(name.parent)) family.class(holder);
  } else if (ts.isObjectLiteralExpression(holder)) {
    const contextual = program.checker.getContextualType(holder);
    if (contextual !== undefined) family.type(contextual, program.checker.typeToString(contextual));
  } else if (ts.isPropertyAccessExpression(holder) && holder.name.text === 'prototype') {
    const symbol = symbolOf(program, holder.expression);
    if (symbol !== undefined) family.symbol(symbol);
  }
  const own = new Set(program.symbolsOf(name));
  // To `Object.freeze({ load })`, what the literal is asked for is what the literal has.
  const others = [...family.members].filter(([, node]) => node !== name.parent);
  const members: FamilyMember[] = others.map(([symbol, node]) => ({ kind: 'member', symbol, node }));
  const foreign: FamilyMember[] = family.foreign.map((one) => ({ kind: 'foreign', name: one }));
  return [...members.filter((member) => member.kind === 'member' && !own.has(member.symbol)), ...foreign];
}

function isStatic(member: ts.Node): boolean {
  return ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true;
}

/** Walks up to what declares the member, and from there down to all that have it. */
class Family {
  readonly members = new Map<ts.Symbol, ts.Declaration>();
  readonly foreign: string[] = [];
  readonly #program: Program;
  readonly #key: string;
  readonly #inheritance: Inheritance;
  readonly #seen = new Set<ts.Symbol | ts.Node>();

  constructor(program: Program, key: string) {
    this.#program = program;
    this.#key = key;
    this.#inheritance = inheritanceOf(program);
  }

  /** A class or interface: what it inherits from, and what inherits from it. */
  class(node: ts.ClassLikeDeclaration | ts.InterfaceDeclaration): void {
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    for (const base of (node.heritageClauses ?? []).flatMap((clause) => clause.types)) {
      const type = this.#program.checker.getTypeAtLocation(base);
      const demanded = demandedBy(this.#program, base);
      if (demanded !== undefined && demanded.member !== this.#key) continue;
      if ((type.flags & ts.TypeFlags.Any) !== 0) this.foreign.push(base.expression.getText());
      else this.type(type, base.expression.getText());
    }
    const symbol = node.name === undefined ? undefined : this.#program.symbolOf(node.name);
    if (symbol !== undefined) this.symbol(symbol);
  }

  /** A type that may declare the member. */
  type(type: ts.Type, name: string): void {
    const property = this.#program.checker.getNonNullableType(type).getProperty(this.#key);
    for (const member of property === undefined ? [] : this.#program.rootsOf(property)) {
      const node = member.valueDeclaration ?? member.declarations?.[0];
      if (node === undefined) continue;
      if (!this.#program.owns(node)) {
        this.foreign.push(`${name}.${this.#key}`);
        continue;
      }
      this.members.set(member, node);
      const { parent } = node;
      if (ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent)) this.class(parent);
    }
  }

  /** A class or constructor function: its descendants, and the ancestors that only code tells of. */
  symbol(symbol: ts.Symbol): void {
    if (this.#seen.has(symbol)) return;
    this.#seen.add(symbol);
    this.#ownMember(symbol);
    for (const child of this.#inheritance.children.get(symbol) ?? []) {
      this.#ownMember(child);
      const declaration = child.declarations?.find((one) => ts.isClassLike(one) || ts.isInterfaceDeclaration(one));
      if (declaration !== undefined && (ts.isClassLike(declaration) || ts.isInterfaceDeclaration(declaration))) this.class(declaration);
      else this.symbol(child);
    }
    for (const parent of this.#inheritance.parents.get(symbol) ?? []) this.#parent(parent);
  }

  #parent(parent: ts.Expression): void {
    const base = symbolOf(this.#program, parent);
    if (base?.declarations?.some((declaration) => this.#program.owns(declaration)) === true) {
      if (this.#ownMember(base)) this.symbol(base);
      for (const above of this.#inheritance.parents.get(base) ?? []) this.#parent(above);
      return;
    }
    const constructed = this.#program.checker.getTypeAtLocation(parent).getConstructSignatures()[0]?.getReturnType();
    if (constructed === undefined) this.foreign.push(parent.getText());
    else this.type(constructed, parent.getText());
  }

  #ownMember(symbol: ts.Symbol): boolean {
    const member = symbol.members?.get(ts.escapeLeadingUnderscores(this.#key));
    if (member?.valueDeclaration === undefined || !this.#program.owns(member.valueDeclaration)) return false;
    this.members.set(member, member.valueDeclaration);
    return true;
  }
}

function symbolOf(program: Program, node: ts.Node): ts.Symbol | undefined {
  return program.symbolOf(ts.isPropertyAccessExpression(node) ? node.name : node);
}

/** What the function or class that `callee` names inherits from, as the program writes it. */
export function parentsOf(program: Program, callee: ts.Expression): readonly ts.Expression[] {
  const symbol = symbolOf(program, callee);
  return (symbol && inheritanceOf(program).parents.get(symbol)) ?? [];
}

/** The classes and constructors that inherit from `type`, at any remove. */
export function descendantsOf(program: Program, type: ts.Symbol): readonly ts.Symbol[] {
  const { children } = inheritanceOf(program);
  const found = new Set<ts.Symbol>();
  const pending = [type];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    for (const child of children.get(one) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      pending.push(child);
    }
  }
  return [...found];
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
  const inherits = (child: ts.Node, parent: ts.Expression): void => {
    const own = symbolOf(program, child);
    if (own === undefined) return;
    add(parents, own, parent);
    const base = symbolOf(program, parent);
    if (base !== undefined) add(children, base, own);
  };
  for (const node of program.files.flatMap(inheritingNodes)) {
    if (ts.isClassLike(node) || ts.isInterfaceDeclaration(node)) {
      const own = node.name === undefined ? undefined : program.symbolOf(node.name);
      for (const base of (node.heritageClauses ?? []).flatMap((clause) => clause.types)) {
        const symbol = symbolOf(program, base.expression);
        if (own !== undefined && symbol !== undefined) add(children, symbol, own);
      }
    } else if (ts.isCallExpression(node)) {
      inheritingCall(program, node, inherits);
    } else {
      inheritingAssignment(node, inherits);
    }
  }
  const inheritance = { children, parents };
  inheritances.set(program.checker, inheritance);
  return inheritance;
}

type InheritingNode = ts.ClassLikeDeclaration | ts.InterfaceDeclaration | ts.CallExpression | ts.BinaryExpression;

const inheritingByFile = new WeakMap<ts.SourceFile, readonly InheritingNode[]>();

/** What may say that one type inherits from another, by its form alone. Kept by tree. */
function inheritingNodes(file: ts.SourceFile): readonly InheritingNode[] {
  const known = inheritingByFile.get(file);
  if (known !== undefined) return known;
  const found: InheritingNode[] = [];
  for (const node of possibleHeirsIn(file)) {
    if (ts.isClassLike(node) || ts.isInterfaceDeclaration(node)) {
      if (node.heritageClauses !== undefined) found.push(node);
    } else if (ts.isCallExpression(node)) {
      if (isInheritingCall(node)) found.push(node);
    } else if (prototypeGiven(node) !== undefined) found.push(node);
  }
  inheritingByFile.set(file, found);
  return found;
}

function isInheritingCall({ expression: callee }: ts.CallExpression): boolean {
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : undefined;
  return name === 'inherits' || name === 'setPrototypeOf';
}

/** The type whose prototype the assignment gives, or gives a parent to. */
function prototypeGiven({ left }: ts.BinaryExpression): ts.Expression | undefined {
  return prototypeOwner(ts.isPropertyAccessExpression(left) && left.name.text === '__proto__' ? left.expression : left);
}

/** `util.inherits(Child, Parent)`, `Object.setPrototypeOf(Child.prototype, Parent.prototype)`. */
function inheritingCall(program: Program, call: ts.CallExpression, inherits: (child: ts.Node, parent: ts.Expression) => void): void {
  const [child, parent] = call.arguments;
  if (child === undefined || parent === undefined) return;
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
  const { right } = node;
  const child = prototypeGiven(node);
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
