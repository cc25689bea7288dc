/**
 * Where the objects go that hold functions: object literals, `exports`, whole modules. A member is found by its name wherever
 * types or receivers lead to it; what cannot be seen is code outside the program that is handed the object.
 */

import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { iterationMethods } from '../../catalog/callback-roles.ts';
import { givingBack, mixing, onlyLooking } from '../../catalog/object-takers.ts';
import type { Program } from '../program/program.ts';
import { argumentOf, calleeText, isFunctionNode, outermost, shortText, unwrapped, type FunctionNode } from './functions.ts';
import { enclosing } from './loop-places.ts';
import { descendantsOf } from './member-family.ts';
import { keepsName, mayTakeMember } from './computed-reads.ts';
import { ownerOfGetter } from './getters.ts';
import type { MemberAccesses } from './member-accesses.ts';
import type { ModuleLoading } from './module-loading.ts';
import type { PublicApi } from './public-api.ts';
import { roleOfArgument } from './roles.ts';

export type HolderEscape =
  | { readonly kind: 'handed'; readonly node: ts.Node; readonly how: string }
  /**
   * Of a module that is loaded by a computed name: one of a folder of the program, whose members are known by their names alone, or one
   * that a path which cannot be followed may lead to: a plug-in or a configuration of others, as a rule.
   */
  | { readonly kind: 'loaded'; readonly node: ts.CallExpression; readonly how: string; readonly isFollowed: boolean }
  /** `require('./commands/' + name)(options)`: the function that such a module is, is called there and nowhere else. */
  | { readonly kind: 'called'; readonly node: ts.CallExpression; readonly how: string; readonly call: ts.CallExpression }
  /** Exported by a module that nothing in the program imports: whoever loads it is outside. */
  | { readonly kind: 'public'; readonly node: ts.Node };

export class Holders {
  readonly #program: Program;
  readonly #loading: ModuleLoading;
  readonly #publicApi: PublicApi;
  readonly #accesses: MemberAccesses;
  readonly #byNode = new Map<ts.Node | ts.Symbol, Flow>();

  constructor(program: Program, loading: ModuleLoading, publicApi: PublicApi, accesses: MemberAccesses) {
    this.#program = program;
    this.#publicApi = publicApi;
    this.#loading = loading;
    this.#accesses = accesses;
  }

  /** @param holder the object literal or class with the member, or the expression before the dot of an assignment */
  escapesOf(holder: ts.Node): readonly HolderEscape[] {
    const { escapes } = this.#flowOf(holder);
    // Where an instance is exported to is a question of its class, or of its variable.
    return typeOfInstances(this.#program, holder) === undefined ? escapes : escapes.filter(({ kind }) => kind === 'handed');
  }

  /** Where a member of the object may be taken by a computed key, under a name of the object that no type tells of. */
  computedOf(holder: ts.Node): readonly ts.ElementAccessExpression[] {
    return this.#flowOf(holder).computed;
  }

  /** @param target what members are added to, by a function that is given it */
  ofMixing(target: ts.Expression): { readonly escapes: readonly HolderEscape[]; readonly computed: readonly ts.ElementAccessExpression[] } {
    const flow = new Flow(this.#program, this.#loading, this.#publicApi, this.#accesses);
    flow.mixedInto(target);
    return flow;
  }

  /** Can nothing but what symbols lead to have the object? Then a receiver of which nothing is known is not it. */
  isConfined(holder: ts.Node): boolean {
    return isFollowed(holder) && this.#flowOf(holder).confined;
  }

  #flowOf(holder: ts.Node): Flow {
    // Every `exports` of a file is the same object.
    const key = isExportsObject(holder) ? holder.getSourceFile() : (typeOfInstances(this.#program, holder) ?? holder);
    let flow = this.#byNode.get(key);
    if (flow === undefined) {
      flow = new Flow(this.#program, this.#loading, this.#publicApi, this.#accesses);
      flow.of(holder);
      this.#byNode.set(key, flow);
    }
    return flow;
  }

  /** Of a function that is all that a file exports: who may call it without being seen? */
  loadersOf(file: ts.SourceFile): readonly HolderEscape[] {
    const loads = this.#loading.computedLoadsOf(file, 'called');
    const calls = loads.flatMap(({ call, start }) => (start.kind === 'folder' ? (calledInPlace(call) ?? []) : []));
    if (loads.length === 0 || calls.length < loads.length) return unseenLoaders(this.#loading, file, 'called');
    return calls.map((call) => ({ kind: 'called', node: call, how: `may be what \`${shortText(call)}\` loads by a computed name`, call }));
  }

  /** Of the exports of a file: who gets the module as a whole? */
  escapesOfModule(file: ts.SourceFile): readonly HolderEscape[] {
    let flow = this.#byNode.get(file);
    if (flow === undefined) {
      flow = new Flow(this.#program, this.#loading, this.#publicApi, this.#accesses);
      flow.module(file);
      this.#byNode.set(file, flow);
    }
    return flow.escapes;
  }
}

/** The class or constructor whose instances have the member: a class, `Store.prototype`, or what that is set to. */
function typeOfInstances(program: Program, holder: ts.Node): ts.Symbol | undefined {
  if (ts.isClassLike(holder)) return holder.name === undefined ? undefined : program.symbolOf(holder.name);
  const maker = makerOf(program, holder);
  if (maker !== undefined) return typeMadeBy(program, maker);
  const owner =
    ts.isObjectLiteralExpression(holder) && ts.isBinaryExpression(holder.parent) && holder.parent.right === holder
      ? holder.parent.left
      : holder;
  if (!ts.isPropertyAccessExpression(owner) || owner.name.text !== 'prototype') return undefined;
  const type = owner.expression;
  return program.symbolOf(ts.isPropertyAccessExpression(type) ? type.name : type);
}

/** `this.load = …`, `self.load = …`: the function whose `this` it is. */
function makerOf(program: Program, holder: ts.Node): ts.Node | undefined {
  if (ts.isIdentifier(holder)) {
    // To the checker, `exports` in `exports.load = …` is the member.
    const symbol = isExportsObject(holder) ? undefined : program.symbolOf(holder);
    const value = symbol && program.definitionOf(symbol);
    return value?.kind === ts.SyntaxKind.ThisKeyword ? makerOf(program, value) : undefined;
  }
  if (holder.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
  let node = holder.parent;
  while (!ts.isSourceFile(node) && (!ts.isFunctionLike(node) || ts.isArrowFunction(node))) node = node.parent;
  return ts.isSourceFile(node) ? undefined : node;
}

/** `function Store() { … }`, a method of `Store`, `Store.prototype.open = function () { … }`. */
function typeMadeBy(program: Program, maker: ts.Node): ts.Symbol | undefined {
  if (ts.isClassLike(maker.parent)) return typeOfInstances(program, maker.parent);
  if (!isFunctionNode(maker)) return undefined;
  const { parent } = outermost(maker);
  if (ts.isBinaryExpression(parent) && ts.isPropertyAccessExpression(parent.left)) {
    const owner = typeOfInstances(program, parent.left.expression);
    if (owner !== undefined) return owner;
  }
  const name = nameOf(maker);
  return name && program.symbolOf(name);
}

/** The functions of `Store.prototype.load = function () { … }`. */
function methodsOf(type: ts.Expression): readonly ts.Node[] {
  const { parent } = type;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== type || parent.name.text !== 'prototype') return [];
  const target = ts.isPropertyAccessExpression(parent.parent) ? parent.parent : parent;
  const assignment = target.parent;
  if (!ts.isBinaryExpression(assignment) || assignment.left !== target) return [];
  const { right } = assignment;
  if (isFunctionNode(right)) return [right];
  if (!ts.isObjectLiteralExpression(right)) return [];
  return right.properties.flatMap((one): readonly ts.Node[] => {
    if (isFunctionNode(one)) return [one];
    return ts.isPropertyAssignment(one) && isFunctionNode(one.initializer) ? [one.initializer] : [];
  });
}

/** Packages that look at what they are handed, and call no method of it but those of the language. */
const lookingOn =
  /^(?:chai|expect|expect\.js|should|sinon|@jest\/globals|vitest|debug|winston|bunyan|pino|log4js|lodash|underscore|async|inherits|util-deprecate|depd)$/;

/** The function is of a package, which may call methods of what it is handed. */
function isCalledBack(program: Program, call: ts.CallExpression | ts.NewExpression): boolean {
  const origin = program.originOf(call.expression);
  if (origin === undefined || origin.module === 'global' || isBuiltin(origin.module) || lookingOn.test(origin.module)) return false;
  return !/\.(?:json|jsonp|send|end|call|apply|bind)$/.test(origin.key);
}

/** Object literals and `exports`; not classes and prototypes, whose instances go everywhere. */
function isFollowed(holder: ts.Node): boolean {
  return ts.isObjectLiteralExpression(holder) || isExportsObject(holder);
}

/** Other files have other symbols for it, if they have it at all. */
function isVariableOfFile(symbol: ts.Symbol): boolean {
  const { declarations = [] } = symbol;
  return (
    declarations.length > 0 &&
    declarations.every((one) => ts.isVariableDeclaration(one) || ts.isImportClause(one) || ts.isNamespaceImport(one))
  );
}

function isExportsObject(holder: ts.Node): boolean {
  return (
    (ts.isIdentifier(holder) && holder.text === 'exports') ||
    (ts.isPropertyAccessExpression(holder) && holder.getText() === 'module.exports')
  );
}

/** The name of a member that is given a value. */
function isMemberName(name: ts.Node): name is ts.Identifier {
  const { parent } = name;
  if (!ts.isIdentifier(name)) return false;
  return ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent) || ts.isPropertyAccessExpression(parent);
}

function isMemberRead(value: ts.Node, parent: ts.Node): boolean {
  return (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) && parent.expression === value;
}

/** Is `this` more than what members are taken from? In functions within, it is another one. */
function passesThis(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.ThisKeyword) return !isMemberRead(node, node.parent);
  if (ts.isFunctionLike(node) && !ts.isArrowFunction(node)) return false;
  return ts.forEachChild(node, passesThis) === true;
}

/** Whoever has the list, the copy or the promise has the object, or its members. */
function isPartOf(value: ts.Node, parent: ts.Node): parent is ts.Expression | ts.SpreadAssignment {
  return (
    ts.isArrayLiteralExpression(parent) || ts.isAwaitExpression(parent) || (ts.isSpreadAssignment(parent) && parent.expression === value)
  );
}

/** The name by which a function is called, unless it is all that a module exports. */
function nameOf(fn: FunctionNode): ts.Node | undefined {
  if (fn.name !== undefined) return fn.name;
  const { parent } = outermost(fn);
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return parent.name;
  return ts.isBinaryExpression(parent) && ts.isPropertyAccessExpression(parent.left) ? parent.left.name : undefined;
}

function isBindingName(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  return (
    (ts.isNamespaceImport(parent) || ts.isNamespaceExport(parent) || ts.isImportEqualsDeclaration(parent)) && parent.name === identifier
  );
}

/** Methods of a list that give one of its elements, or a list with some of them. */
const listMethods: ReadonlySet<string> = new Set(
  'at concat fill filter find findLast pop reverse shift slice sort splice toReversed toSorted toSpliced with'.split(' '),
);

/** `open` of `open.push(question)`, where it is a variable that was made as a list. */
function listThatGets(program: Program, call: ts.CallExpression | ts.NewExpression): ts.Identifier | undefined {
  const { expression: callee } = call;
  if (!ts.isPropertyAccessExpression(callee) || !/^(?:push|unshift)$/.test(callee.name.text) || !ts.isIdentifier(callee.expression))
    return undefined;
  const symbol = program.symbolOf(callee.expression);
  const value = symbol && program.definitionOf(symbol);
  return value !== undefined && ts.isArrayLiteralExpression(unwrapped(value)) ? callee.expression : undefined;
}

/** `require(path)(options)` */
function calledInPlace(load: ts.CallExpression): ts.CallExpression | undefined {
  const value = outermost(load);
  return ts.isCallExpression(value.parent) && value.parent.expression === value ? value.parent : undefined;
}

/** Who outside of what imports tell of gets the module: a computed `require`, other packages. */
function unseenLoaders(loading: ModuleLoading, file: ts.SourceFile, reach: 'called' | 'anywhere'): readonly HolderEscape[] {
  const load = loading.computedLoadOf(file, reach);
  if (load !== undefined) {
    const how = `is exported by a module that \`${shortText(load.call)}\` may load by a computed name`;
    return [
      load.start.kind === 'unknown'
        ? { kind: 'loaded', node: load.call, how, isFollowed: false }
        : { kind: 'handed', node: load.call, how },
    ];
  }
  return loading.isImported(file) || loading.computedLoadOf(file) !== undefined ? [] : [{ kind: 'public', node: file }];
}

class Flow {
  readonly #program: Program;
  readonly #loading: ModuleLoading;
  readonly escapes: HolderEscape[] = [];
  /** `table[name]`, of a name that the object has in the course of it: types tell of others. */
  readonly computed: ts.ElementAccessExpression[] = [];
  /** Nothing has it but names that symbols tell of: no parameter, no result, no property of something unknown. */
  confined = true;
  readonly #publicApi: PublicApi;
  readonly #accesses: MemberAccesses;
  /** What is followed is made of a class. */
  #ofInstances = false;
  /** It is in a list: what is taken out of one that is followed may be it. */
  #isListed = false;
  readonly #seen = new Set<ts.Node | ts.Symbol>();
  readonly #named = new Set<ts.Symbol>();
  /** Functions whose results were followed. */
  readonly #called = new Set<ts.Symbol>();

  constructor(program: Program, loading: ModuleLoading, publicApi: PublicApi, accesses: MemberAccesses) {
    this.#program = program;
    this.#publicApi = publicApi;
    this.#loading = loading;
    this.#accesses = accesses;
  }

  of(holder: ts.Node): readonly HolderEscape[] {
    const type = typeOfInstances(this.#program, holder);
    const maker = makerOf(this.#program, holder);
    if (type !== undefined) this.#instancesOf(type);
    else if (maker !== undefined) this.#madeInPlace(maker);
    else if (ts.isObjectLiteralExpression(holder)) this.#value(holder);
    else if (isExportsObject(holder)) this.module(holder.getSourceFile());
    else if (ts.isIdentifier(holder)) {
      this.#name(holder);
      this.#chained(holder);
      if (this.#isAliasOfExports(holder)) this.module(holder.getSourceFile());
    }
    return this.escapes;
  }

  /** `new (function () { this.load = … })()` */
  #madeInPlace(maker: ts.Node): void {
    if (!ts.isFunctionExpression(maker)) return;
    const value = outermost(maker);
    if (ts.isNewExpression(value.parent) && value.parent.expression === value) this.#value(value.parent);
  }

  /** What is made of a class or constructor, and `this` in its methods, as far as packages are handed it: they call methods by name. */
  #instancesOf(type: ts.Symbol): void {
    this.#ofInstances = true;
    for (const one of [type, ...descendantsOf(this.#program, type)]) {
      for (const identifier of this.#program.references.to(one)) {
        const named =
          ts.isPropertyAccessExpression(identifier.parent) && identifier.parent.name === identifier ? identifier.parent : identifier;
        const callee = outermost(named);
        if (ts.isNewExpression(callee.parent) && callee.parent.expression === callee) this.#value(callee.parent);
        for (const fn of methodsOf(named)) this.#handsOnThis(fn);
      }
      for (const declaration of one.declarations ?? []) if (ts.isClassLike(declaration)) this.#handsOnThis(declaration);
    }
  }

  /** `register(this)`, and `self` of `var self = this`. */
  #handsOnThis(around: ts.Node): void {
    const visit = (node: ts.Node): void => {
      if (node.kind === ts.SyntaxKind.ThisKeyword) {
        if (!isMemberRead(node, node.parent)) this.#value(node as ts.ThisExpression);
      } else if (!ts.isFunctionDeclaration(node) && !ts.isFunctionExpression(node)) ts.forEachChild(node, visit);
    };
    ts.forEachChild(around, visit);
  }

  /** `var api = exports.api = {};`: the object has another name too. */
  #chained(name: ts.Identifier): void {
    const declaration = this.#program.symbolAt(name)?.valueDeclaration;
    let value = declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
    for (; value !== undefined && ts.isBinaryExpression(value); value = value.right) this.#binary(value.right, value);
  }

  /** `var actions = module.exports;`, `var actions = exports = module.exports = {};` */
  #isAliasOfExports(name: ts.Identifier): boolean {
    const declaration = this.#program.symbolAt(name)?.valueDeclaration;
    if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
    let value = declaration.initializer && unwrapped(declaration.initializer);
    while (value !== undefined) {
      if (isExportsObject(value)) return true;
      if (!ts.isBinaryExpression(value)) return false;
      if (isExportsObject(value.left)) return true;
      value = unwrapped(value.right);
    }
    return false;
  }

  module(file: ts.SourceFile): void {
    if (this.#seen.has(file)) return;
    this.#seen.add(file);
    this.#unseenLoaders(file);
    if (this.#loading.computedLoadOf(file) !== undefined) this.confined = false;
    for (const specifier of this.#program.references.toModule(file)) {
      const { parent } = specifier;
      if (ts.isCallExpression(parent)) {
        const isImport = parent.expression.kind === ts.SyntaxKind.ImportKeyword;
        if (isImport && !ts.isAwaitExpression(parent.parent)) this.confined = false;
        this.#value(isImport && ts.isAwaitExpression(parent.parent) ? parent.parent : parent);
      } else if (ts.isImportDeclaration(parent)) {
        const bindings = parent.importClause?.namedBindings;
        if (bindings !== undefined && ts.isNamespaceImport(bindings)) this.#local(bindings.name);
        if (parent.importClause?.name !== undefined) this.#local(parent.importClause.name);
      } else if (ts.isExportDeclaration(parent)) {
        if (parent.exportClause === undefined) this.module(parent.getSourceFile());
        else if (ts.isNamespaceExport(parent.exportClause)) this.#name(parent.exportClause.name);
      }
    }
  }

  /** `lib[name] = require('./' + name)`: what becomes of it is followed as far as names tell; behind that, it is known by its members' names alone. */
  #unseenLoaders(file: ts.SourceFile): void {
    const loads = this.#loading.computedLoadsOf(file, 'anywhere');
    const load = loads.find(({ start }) => start.kind !== 'unknown') ?? loads[0];
    if (load === undefined) {
      this.escapes.push(...unseenLoaders(this.#loading, file, 'anywhere'));
      return;
    }
    const how = `is exported by a module that \`${shortText(load.call)}\` may load by a computed name`;
    this.escapes.push({ kind: 'loaded', node: load.call, how, isFollowed: load.start.kind !== 'unknown' });
    for (const { call, start } of loads) if (start.kind !== 'unknown') this.#value(call);
  }

  /** A name that is bound to the module here, and here alone. */
  #local(name: ts.Identifier): void {
    const own = this.#program.symbolAt(name);
    if (own === undefined || this.#seen.has(own)) return;
    this.#seen.add(own);
    const { references } = this.#program;
    const places = isVariableOfFile(own) ? references.namedIn(name.getSourceFile(), name.text) : references.named(name.text);
    for (const identifier of places) {
      if (identifier !== name && this.#program.symbolAt(identifier) === own) this.#use(identifier);
    }
  }

  #name(name: ts.Node): void {
    if (ts.isIdentifier(name)) this.#local(name);
    const symbol = this.#program.symbolOf(name);
    if (symbol === undefined || this.#named.has(symbol)) return;
    this.#named.add(symbol);
    // `module.exports = exports.default`: to the checker, that member of it is another one.
    if (isMemberName(name) && this.#accesses.unresolved(name.text).length > 0) this.confined = false;
    for (const identifier of this.#program.references.to(symbol)) if (identifier !== name) this.#use(identifier);
  }

  #use(identifier: ts.Identifier): void {
    const { parent } = identifier;
    if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isImportClause(parent) || ts.isBindingElement(parent)) return;
    if (ts.isVariableDeclaration(parent) && parent.name === identifier) return;
    if (ts.isPropertyAssignment(parent) && parent.name === identifier) return;
    if (ts.isShorthandPropertyAssignment(parent)) {
      this.#name(parent.name);
      this.#value(parent.parent);
      return;
    }
    if (isBindingName(identifier)) return;
    this.#value(ts.isPropertyAccessExpression(parent) && parent.name === identifier ? parent : identifier);
  }

  #value(expression: ts.Expression): void {
    const value = outermost(expression);
    if (this.#seen.has(value)) return;
    this.#seen.add(value);
    const { parent } = value;
    if (ts.isVariableDeclaration(parent)) {
      if (ts.isIdentifier(parent.name)) this.#name(parent.name);
      else if (!ts.isObjectBindingPattern(parent.name) || parent.name.elements.some((one) => one.dotDotDotToken !== undefined)) {
        this.confined = false;
      } else if (parent.name.elements.some(({ propertyName }) => propertyName !== undefined && ts.isComputedPropertyName(propertyName))) {
        this.escapes.push({ kind: 'handed', node: parent, how: `is taken by the computed key of \`${shortText(parent.name)}\`` });
      } else if (this.#isUnknown(value)) this.confined = false;
    } else if (ts.isPropertyAssignment(parent)) {
      this.#name(parent.name);
      this.#value(parent.parent);
    } else if (ts.isBinaryExpression(parent)) {
      this.#binary(value, parent);
    } else if (ts.isExportAssignment(parent)) {
      this.module(parent.getSourceFile());
    } else if (ts.isConditionalExpression(parent)) {
      if (parent.condition !== value) this.#value(parent);
    } else if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === value)) {
      const fn = ts.isArrowFunction(parent) ? parent : enclosing(parent);
      if (fn !== undefined && isFunctionNode(fn)) this.#resultsOf(fn);
    } else if (isPartOf(value, parent)) {
      this.confined = false;
      if (ts.isArrayLiteralExpression(parent)) this.#isListed = true;
      this.#value(ts.isSpreadAssignment(parent) ? parent.parent : parent);
    } else if (ts.isElementAccessExpression(parent) && parent.expression === value) {
      this.#read(parent);
      if (this.#isListed) this.#element(parent);
    } else if (this.#isListed && ts.isForOfStatement(parent) && parent.expression === value) {
      this.#loop(parent);
    } else if (ts.isPropertyAccessExpression(parent) && parent.expression === value) {
      if (this.#program.symbolOf(parent.name) === undefined) this.confined = false;
      if (this.#isListed) this.#ofList(parent);
    } else if (!isMemberRead(value, parent) && !ts.isExpressionStatement(parent)) {
      this.#argument(expression);
    }
  }

  /** `questions[index]`, where it is read. */
  #element(access: ts.ElementAccessExpression): void {
    const { parent } = outermost(access);
    if (ts.isBinaryExpression(parent) && parent.left === access) return;
    this.#value(access);
  }

  /** `for (const question of questions)` */
  #loop({ initializer }: ts.ForOfStatement): void {
    this.confined = false;
    const [declaration] = ts.isVariableDeclarationList(initializer) ? initializer.declarations : [];
    if (declaration !== undefined && ts.isIdentifier(declaration.name)) this.#name(declaration.name);
  }

  /** `questions.forEach(function (question) { … })`, `questions.filter(isOpen)`, `questions.shift()` */
  #ofList(access: ts.PropertyAccessExpression): void {
    const call = access.parent;
    if (!ts.isCallExpression(call) || call.expression !== access) return;
    const method = access.name.text;
    if (listMethods.has(method)) this.#value(call);
    const [callback] = call.arguments;
    if (!iterationMethods.has(method) || callback === undefined) return;
    const fn = unwrapped(callback);
    const parameter = isFunctionNode(fn) ? fn.parameters[method === 'reduce' || method === 'reduceRight' ? 1 : 0] : undefined;
    if (parameter !== undefined && ts.isIdentifier(parameter.name)) this.#name(parameter.name);
  }

  #isUnknown(value: ts.Node): boolean {
    return (this.#program.checker.getTypeAtLocation(value).flags & ts.TypeFlags.Any) !== 0;
  }

  /** `table[name]`: one of the members, which a copy under the same name leaves to be found by its name. */
  #read(access: ts.ElementAccessExpression): void {
    if (!mayTakeMember(this.#program, access)) return;
    if (keepsName(access)) this.confined = false;
    else this.computed.push(access);
  }

  /** What the function returns goes wherever it is called. */
  #resultsOf(fn: FunctionNode): void {
    if (this.#seen.has(fn)) return;
    this.#seen.add(fn);
    this.confined = false;
    const owner = ownerOfGetter(this.#program, fn);
    if (owner !== undefined) {
      this.#keptBy(owner);
      return;
    }
    const value = outermost(fn);
    const { parent } = value;
    if (ts.isCallExpression(parent) && parent.expression === value) this.#value(parent);
    const argument = argumentOf(fn);
    if (argument !== undefined) this.#resultsOfCallback(argument.call, argument.index);
    const name = nameOf(fn);
    if (name !== undefined) this.#resultsOfName(name);
    const { parent: assignment } = value;
    if (ts.isBinaryExpression(assignment) && isExportsObject(assignment.left)) this.#resultsOfModule(fn.getSourceFile());
  }

  #resultsOfCallback(call: ts.CallExpression | ts.NewExpression, index: number): void {
    const role = roleOfArgument(this.#program, call, index);
    if (role.kind === 'parameter') this.#resultsOfName(role.parameter.name);
    else if (role.kind === 'iteration' || role.kind === 'collection') this.#value(role.call);
    else if (role.kind === 'unknown-callback' || role.kind === 'sync-callback') {
      this.escapes.push({ kind: 'handed', node: call, how: `is held by an object that is returned to \`${calleeText(call)}\`` });
    }
  }

  #resultsOfName(name: ts.Node): void {
    const symbol = this.#program.symbolOf(name);
    if (symbol === undefined || this.#called.has(symbol)) return;
    this.#called.add(symbol);
    for (const identifier of this.#program.references.to(symbol)) {
      const { parent } = identifier;
      this.#resultOf(ts.isPropertyAccessExpression(parent) && parent.name === identifier ? parent : identifier);
    }
  }

  /** `module.exports = function create() { … }` */
  #resultsOfModule(file: ts.SourceFile): void {
    for (const specifier of this.#program.references.toModule(file)) {
      const { parent } = specifier;
      if (!ts.isCallExpression(parent)) continue;
      this.#resultOf(parent);
      if (ts.isVariableDeclaration(parent.parent)) this.#resultsOfName(parent.parent.name);
    }
    const symbol = this.#program.moduleSymbol(file)?.exports?.get(ts.InternalSymbolName.ExportEquals);
    for (const identifier of symbol === undefined ? [] : this.#program.references.to(symbol)) this.#resultOf(identifier);
  }

  #resultOf(callee: ts.Expression): void {
    const value = outermost(callee);
    const { parent } = value;
    if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === value) this.#value(parent);
  }

  #binary(value: ts.Node, parent: ts.BinaryExpression): void {
    const { kind } = parent.operatorToken;
    if (kind === ts.SyntaxKind.EqualsToken) {
      if (parent.right !== value) return;
      const { left } = parent;
      if (left.getText() === 'module.exports' || left.getText() === 'exports') this.module(left.getSourceFile());
      else if (ts.isIdentifier(left)) this.#name(left);
      else if (ts.isPropertyAccessExpression(left) && left.name.text !== 'prototype') {
        this.#name(left.name);
        if (this.#program.symbolOf(left.name) === undefined) this.confined = false;
        this.#heldBy(left.expression);
      } else {
        this.confined = false;
        if (ts.isElementAccessExpression(left)) this.#keptBy(left.expression);
      }
      if (!ts.isExpressionStatement(parent.parent)) this.#value(parent);
    } else if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken) {
      this.#value(parent);
    } else {
      this.confined = false;
      if (parent.right === value && (kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.CommaToken))
        this.#value(parent);
    }
  }

  /** `lib[name] = store`, `lib.__defineGetter__(name, () => store)`: no type tells of the member, which is then known by its own members' names. */
  #keptBy(owner: ts.Expression): void {
    const isExports = isExportsObject(owner) || (ts.isIdentifier(owner) && this.#isAliasOfExports(owner));
    const symbol = this.#program.symbolOf(ts.isPropertyAccessExpression(owner) ? owner.name : owner);
    const isPublic =
      (isExports && this.#publicApi.isEntry(owner.getSourceFile())) ||
      (symbol !== undefined && this.#publicApi.exposes(symbol) !== undefined);
    if (isPublic) this.escapes.push({ kind: 'public', node: owner });
  }

  /** `lib.store = store`: whoever has `lib` has it too. */
  #heldBy(holder: ts.Expression): void {
    const text = holder.getText();
    if (text === 'exports' || text === 'module.exports') this.module(holder.getSourceFile());
    else this.confined = false;
  }

  #argument(expression: ts.Expression): void {
    const argument = argumentOf(expression);
    if (argument === undefined) {
      this.confined = false;
      return;
    }
    const { call, index } = argument;
    const key = this.#program.originOf(call.expression)?.key;
    const givesBack = key !== undefined && givingBack.has(key);
    if (givesBack && ts.isCallExpression(call)) this.#value(call);
    if (givesBack || (key !== undefined && onlyLooking.has(key))) return;
    this.confined = false;
    // It is the callback's `this`, whose members are found by their names there.
    if (index === 1 && roleOfArgument(this.#program, call, 0).kind === 'iteration') return;
    if (this.#ofInstances && !isCalledBack(this.#program, call) && this.#parameterOf(call, index) === undefined) return;
    if (index === 0 && ts.isCallExpression(call) && this.#isThisOf(call)) return;
    const [target] = call.arguments ?? [];
    if (key !== undefined && mixing.has(key) && target !== undefined && ts.isCallExpression(call)) {
      this.mixedInto(target);
      this.#value(call);
      return;
    }
    const list = listThatGets(this.#program, call);
    if (list !== undefined) {
      this.#isListed = true;
      this.#name(list);
      return;
    }
    const parameter = this.#parameterOf(call, index);
    if (parameter === undefined) {
      this.escapes.push({ kind: 'handed', node: expression, how: `is held by an object that is handed to \`${calleeText(call)}\`` });
    } else if (ts.isIdentifier(parameter.name)) {
      this.#name(parameter.name);
    }
  }

  /** `match.apply(file, arguments)`: a function of the program that does nothing with `this` but reach its members. */
  #isThisOf(call: ts.CallExpression): boolean {
    const { expression: callee } = call;
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:call|apply)$/.test(callee.name.text)) return false;
    const name = ts.isPropertyAccessExpression(callee.expression) ? callee.expression.name : callee.expression;
    const symbol = this.#program.symbolOf(name);
    const value =
      symbol &&
      (symbol.valueDeclaration !== undefined && isFunctionNode(symbol.valueDeclaration)
        ? symbol.valueDeclaration
        : this.#program.definitionOf(symbol));
    return value !== undefined && isFunctionNode(value) && this.#program.owns(value) && value.body !== undefined && !passesThis(value.body);
  }

  /** Its members are found by their names there; of a prototype, as of a class, the instances are not followed. */
  mixedInto(target: ts.Expression): void {
    const type = typeOfInstances(this.#program, target);
    if (type !== undefined && this.#publicApi.exposes(type) !== undefined) this.escapes.push({ kind: 'public', node: target });
    const owner = ts.isPropertyAccessExpression(target) && target.name.text === 'prototype' ? target.expression : target;
    const symbol = this.#program.symbolOf(ts.isPropertyAccessExpression(owner) ? owner.name : owner);
    if (symbol !== undefined && this.#publicApi.exposes(symbol) !== undefined) this.escapes.push({ kind: 'public', node: target });
    if (ts.isIdentifier(target) && target.text !== 'exports') this.#name(target);
    else if (target.getText() === 'exports' || target.getText() === 'module.exports') this.module(target.getSourceFile());
    else if (ts.isPropertyAccessExpression(target) && target.name.text !== 'prototype') {
      this.escapes.push({ kind: 'handed', node: target, how: `is mixed into \`${shortText(target)}\`` });
    }
  }

  /** The parameter of a function of the program that the argument becomes. */
  #parameterOf(call: ts.CallExpression | ts.NewExpression, index: number): ts.ParameterDeclaration | undefined {
    const declaration = this.#program.checker.getResolvedSignature(call)?.declaration;
    if (declaration === undefined || ts.isJSDocSignature(declaration) || !this.#program.owns(declaration)) return undefined;
    if (!('body' in declaration) || declaration.body === undefined) return undefined;
    const parameter = declaration.parameters[index];
    return parameter?.dotDotDotToken === undefined ? parameter : undefined;
  }
}
