/** Who uses a function, and how: the call graph of the program, answered a function at a time and remembered. */

import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { addedMember } from './added-members.ts';
import { assertionOf } from './assertions.ts';
import { isBehindShift } from './callback-shift.ts';
import { describedMember, type DescribedMember } from './described-members.ts';
import {
  argumentOf,
  functionName,
  isAsync,
  isFunctionNode,
  isGenerator,
  outermost,
  shortText,
  unwrapped,
  type FunctionNode,
} from './functions.ts';
import { evalIn } from './evaluated-text.ts';
import { Holders, type HolderEscape } from './holders.ts';
import { MemberAccesses } from './member-accesses.ts';
import { readsOfList } from './lists.ts';
import { isTextTaken } from './source-text.ts';
import { enclosing } from './loop-places.ts';
import { memberFamily } from './member-family.ts';
import { mixinTargets } from './mixins.ts';
import { ModuleLoading } from './module-loading.ts';
import { returnedBy } from './promise-returning.ts';
import { constructorOf, prototypeMethod } from './prototype-members.ts';
import { PublicApi } from './public-api.ts';
import { optionRoot, roleOfArgument, type ArgumentRole } from './roles.ts';
import { nameOfTable, readsOfTable } from './tables.ts';

export type Use =
  /** `load(x)`, `store.load(x)`, `load?.(x)`. */
  | { readonly kind: 'call'; readonly node: ts.Expression; readonly call: ts.CallExpression }
  /** `load.call(that, x)`, `load.apply(that, xs)`: a call too; `call` is the whole. */
  | { readonly kind: 'applied'; readonly node: ts.Expression; readonly call: ts.CallExpression; readonly method: 'call' | 'apply' }
  /** `new Load()`. */
  | { readonly kind: 'construct'; readonly node: ts.Expression; readonly call: ts.NewExpression }
  /** `load.bind(that)`; what is done with the bound function is not followed. */
  | { readonly kind: 'bound'; readonly node: ts.Expression; readonly call: ts.CallExpression }
  /** Handed to a call by name, or written as its argument. */
  | {
      readonly kind: 'argument';
      readonly node: ts.Expression;
      readonly call: ts.CallExpression | ts.NewExpression;
      readonly index: number;
      /** Its path in the literal that is the argument, where it is a member of one. */
      readonly option?: string;
    }
  /** An import, export, or further name of the function inside the program; its own uses are in the list too. */
  | { readonly kind: 'binding'; readonly node: ts.Node }
  /** Other packages can reach it. */
  | { readonly kind: 'public'; readonly node: ts.Node }
  /** The method overrides, or is overridden or demanded by, a method of the program: they become asynchronous together. */
  | { readonly kind: 'family'; readonly node: ts.Node; readonly member: ts.Declaration }
  /** The method overrides, or is demanded by, one that is not in the program. */
  | { readonly kind: 'override'; readonly node: ts.Node; readonly of: string }
  /**
   * Anything else: stored, returned, compared, reached by a computed key. `call` is a call that may run the function: this one or
   * another of the same table (`commands[name](…)`), or of the same name where nobody knows what the object is. `several` calls nothing:
   * a name, or what a function gives back, is the function at times and something else at others; its calls follow, each with `call`.
   * `perhaps` likewise, where the function may never be there: the member has its name, and nobody knows of what. An `event` is
   * `<button onClick={save}>`: the browser, or what stands in for it, calls it and looks at nothing that it returns. A `loader` is
   * `require(path)` with a path that cannot be followed: nobody has said that it leads to the function's module. `loaded` is
   * `lib[name] = require('./' + name)`: the module is reached by the names of its members.
   */
  | {
      readonly kind: 'escape';
      readonly node: ts.Node;
      readonly how: string;
      readonly call?: ts.CallExpression;
      readonly among?: 'table' | 'name' | 'several' | 'perhaps' | 'event' | 'loader' | 'loaded';
    };

const graphs = new WeakMap<object, CallGraph>();

/** The graph of the program as its texts are now: made once for all transforms that ask while nothing changes. */
export function graphOf(program: Program): CallGraph {
  let graph = graphs.get(program.state);
  if (graph === undefined) graphs.set(program.state, (graph = new CallGraph(program)));
  return graph;
}

export class CallGraph {
  readonly program: Program;
  readonly loading: ModuleLoading;
  readonly #uses = new Map<FunctionNode, readonly Use[]>();
  readonly #texts = new Map<FunctionNode, ts.Node>();
  readonly #collecting = new Set<FunctionNode>();
  readonly #publicApi: PublicApi;
  readonly #holders: Holders;
  readonly #accesses: MemberAccesses;

  constructor(program: Program) {
    this.program = program;
    this.loading = new ModuleLoading(program);
    this.#publicApi = new PublicApi(program);
    this.#accesses = new MemberAccesses(program, (call) => this.calleeOf(call));
    this.#holders = new Holders(program, this.loading, this.#publicApi, this.#accesses);
  }

  /** Every use of the function in the program. Complete: where the uses cannot be seen, there is an `escape` that says where. */
  usesOf(fn: FunctionNode): readonly Use[] {
    let uses = this.#uses.get(fn);
    if (uses === undefined) {
      this.#collecting.add(fn);
      const collector = new UseCollector(this, this.#publicApi, this.#holders, this.#accesses);
      uses = collector.collect(fn);
      if (collector.textAt !== undefined) this.#texts.set(fn, collector.textAt);
      this.#collecting.delete(fn);
      this.#uses.set(fn, uses);
    }
    return uses;
  }

  /** Where the text of the function is taken: `fn.toString()`. */
  textOf(fn: FunctionNode): ts.Node | undefined {
    this.usesOf(fn);
    return this.#texts.get(fn);
  }

  /** Are the uses of the function being collected, such as for what it returns? */
  isCollecting(fn: FunctionNode): boolean {
    return this.#collecting.has(fn);
  }

  /** The function of the program that a call runs, when it is one and certain. */
  calleeOf(call: ts.CallExpression | ts.NewExpression): FunctionNode | undefined {
    const callee = unwrapped(call.expression);
    if (isFunctionNode(callee)) return callee;
    const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
    const symbol = this.program.symbolOf(name);
    return symbol === undefined ? (addedMember(this.program, callee) ?? prototypeMethod(this.program, callee)) : this.functionOf(symbol);
  }

  /** The one function that a symbol stands for. */
  functionOf(symbol: ts.Symbol): FunctionNode | undefined {
    return functionOfSymbol(this.program, symbol);
  }
}

export function functionOfSymbol(program: Program, symbol: ts.Symbol, depth = 0): FunctionNode | undefined {
  const declared = (symbol.declarations ?? []).filter(isFunctionNode).filter((fn) => fn.body !== undefined && program.owns(fn));
  if (declared.length > 1) return undefined;
  const [only] = declared;
  if (only !== undefined) return only;
  const value = program.definitionOf(symbol);
  if (value === undefined || depth > 8) return undefined;
  const bare = unwrapped(value);
  if (isFunctionNode(bare)) return bare;
  if (!ts.isIdentifier(bare) && !ts.isPropertyAccessExpression(bare)) return undefined;
  const next = program.symbolOf(ts.isIdentifier(bare) ? bare : bare.name);
  return next === undefined || next === symbol ? undefined : functionOfSymbol(program, next, depth + 1);
}

/** How a name or expression comes to have other values than the function; of a member known `by name` alone it may always have others. */
interface Several {
  readonly how: string;
  readonly byName: boolean;
  /** What its first parameters get is fixed: whoever is handed it calls it with the others. */
  readonly isBound: boolean;
  /** It is bound to an object: elsewhere, a method that needs its own is not taken off it. */
  readonly hasObject: boolean;
}

/** Follows one function from name to name. */
class UseCollector {
  readonly #graph: CallGraph;
  readonly #program: Program;
  readonly #publicApi: PublicApi;
  readonly #holders: Holders;
  readonly #accesses: MemberAccesses;
  readonly #uses: Use[] = [];
  readonly #symbols = new Set<ts.Symbol>();
  readonly #pending: { readonly symbol: ts.Symbol; readonly several: Several | undefined }[] = [];
  readonly #seen = new Set<ts.Node>();
  readonly #members = new Set<string>();
  /** Calls that give the function back, whose values were followed: in `return loader(depth - 1)` a function gives back what it gives back. */
  readonly #givers = new Set<ts.Node>();
  /** Assignments by which the function came to be held under one more name. */
  readonly #stores = new Set<ts.BinaryExpression>();
  /** Where its text is taken. */
  textAt: ts.Node | undefined;
  /** Set while the name or expression that is followed may have other values than the function. */
  #several: Several | undefined;
  /** It is a method, which uses its `this`. */
  #needsObject = false;

  constructor(graph: CallGraph, publicApi: PublicApi, holders: Holders, accesses: MemberAccesses) {
    this.#graph = graph;
    this.#program = graph.program;
    this.#publicApi = publicApi;
    this.#holders = holders;
    this.#accesses = accesses;
  }

  collect(fn: FunctionNode): readonly Use[] {
    this.#needsObject = usesThis(fn);
    if (ts.isFunctionDeclaration(fn)) {
      if (fn.name !== undefined) this.#follow(fn.name);
      if (isExported(fn)) {
        if (fn.name === undefined) this.#defaultExport(fn);
        this.#moduleOf(fn);
      }
    } else if (ts.isMethodDeclaration(fn)) {
      this.#method(fn);
    } else if (ts.isFunctionExpression(fn) || ts.isArrowFunction(fn)) {
      if (fn.name !== undefined) this.#follow(fn.name);
      this.#value(fn);
    }
    const evaluation = evalIn(fn.getSourceFile());
    if (evaluation !== undefined) this.#escape(evaluation, 'may be called by the text that is evaluated');
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      this.#several = next.several;
      this.#references(next.symbol);
    }
    return this.#uses;
  }

  #defaultExport(fn: FunctionNode): void {
    const symbol = this.#program.moduleSymbol(fn.getSourceFile())?.exports?.get(ts.InternalSymbolName.Default);
    if (symbol === undefined) this.#escape(fn, 'is exported without a name');
    else this.#enqueue(symbol);
  }

  #method(fn: ts.MethodDeclaration): void {
    if (ts.isComputedPropertyName(fn.name) && !ts.isStringLiteralLike(fn.name.expression)) {
      this.#escape(fn, 'has a computed name');
      return;
    }
    this.#member(fn.name, fn.parent);
  }

  /** A member of a class or object: found by its symbol, and wherever the holder goes. */
  #member(name: ts.Node, holder: ts.Node): void {
    const key = ts.isStringLiteralLike(name) || ts.isIdentifier(name) || ts.isPrivateIdentifier(name) ? name.text : undefined;
    if (key === undefined) {
      this.#escape(name, 'has a computed name');
      return;
    }
    const symbol = this.#program.checker.getSymbolAtLocation(name);
    if (symbol === undefined) {
      this.#escape(name, `is held as \`${key}\` by an object that cannot be followed`);
      return;
    }
    this.#enqueue(symbol);
    const option = optionRoot(this.#program, holder, key);
    if (option !== undefined) {
      this.#uses.push({ kind: 'argument', ...option });
      this.#named(key);
      return;
    }
    this.#relatives(name, holder, key);
    this.#heldBy(holder, key);
  }

  /** `Object.defineProperty(exports, 'load', { value: load })` */
  #described({ holder, key, symbol }: DescribedMember): void {
    if (symbol !== undefined) this.#enqueue(symbol);
    this.#heldBy(holder, key);
  }

  /** `get load() { return load; }`: whoever reads the member has the function. */
  #given(getter: FunctionNode | ts.GetAccessorDeclaration): void {
    const described = describedMember(
      this.#program,
      ts.isFunctionExpression(getter) || ts.isArrowFunction(getter) ? getter.parent : getter,
    );
    if (described !== undefined) this.#described(described);
    else if (ts.isGetAccessor(getter)) this.#member(getter.name, getter.parent);
  }

  /** Members that stand for this one, or for which it stands. */
  #relatives(name: ts.Node, holder: ts.Node, key: string): void {
    for (const one of memberFamily(this.#program, name, holder, key)) {
      if (one.kind === 'foreign') this.#uses.push({ kind: 'override', node: name, of: one.name });
      else {
        this.#uses.push({ kind: 'family', node: name, member: one.node });
        this.#enqueue(one.symbol);
      }
    }
  }

  /** The holder may be reached by computed keys or by code outside the program, and members of the name by unknown receivers. */
  #heldBy(holder: ts.Node, key: string): void {
    for (const escape of this.#holders.escapesOf(holder)) this.#outside(escape);
    this.#takenByKey(this.#holders.computedOf(holder));
    this.#named(key, this.#holders.isConfined(holder));
  }

  /** `table[name]`, where the table has the function. */
  #takenByKey(accesses: readonly ts.ElementAccessExpression[]): void {
    for (const access of accesses) {
      if (this.#seen.has(access)) continue;
      this.#seen.add(access);
      this.#computed(access);
    }
  }

  /** @param confined the holder is known wherever it goes: an unknown receiver is another object, unless it may be `this` */
  #named(key: string, confined = false): void {
    if (this.#members.has(key)) return;
    if (!confined) {
      this.#members.add(key);
      for (const call of this.#accesses.givenByName(key)) this.#escape(call, `may be what \`${shortText(call)}\` reaches by its name`);
    }
    for (const access of this.#accesses.unresolved(key)) {
      if (this.#seen.has(access) || (confined && !isOfThis(this.#program, access))) continue;
      this.#seen.add(access);
      // `if (options.search)` calls nothing, whatever it finds.
      const value = outermost(access);
      if (onlyTests(value, value.parent)) continue;
      const how = `may be what \`${shortText(access)}\` reaches, and what the object is there cannot be proven`;
      const call = callThrough(access);
      if (call !== undefined) this.#uses.push({ kind: 'escape', node: access, how, call, among: 'name' });
      else if (!ts.isIdentifier(access)) this.#amongSeveral(access, how, () => this.#value(access), true);
      else this.#escape(access, how);
    }
  }

  /** An ES export: whoever has the namespace of the module may reach it. */
  #moduleOf(node: ts.Node): void {
    for (const escape of this.#holders.escapesOfModule(node.getSourceFile())) this.#outside(escape);
  }

  #enqueue(symbol: ts.Symbol): void {
    for (const root of this.#program.rootsOf(symbol)) {
      if (this.#symbols.has(root)) continue;
      this.#symbols.add(root);
      this.#pending.push({ symbol: root, several: this.#several });
    }
  }

  /** What is followed by `follow` is the function at times, and something else at others. */
  #amongSeveral(node: ts.Node, how: string, follow: () => void, byName = false): void {
    const before = this.#several;
    if (before === undefined || (byName && !before.byName)) {
      this.#several = { how, byName, isBound: before?.isBound === true, hasObject: before?.hasObject === true };
    }
    const among = byName ? 'perhaps' : 'several';
    const isKnown = this.#uses.some((use) => use.kind === 'escape' && use.among === among);
    if (!isKnown) this.#uses.push({ kind: 'escape', node, how, among });
    follow();
    this.#several = before;
  }

  /** `load.bind(null, folder)`: its calls are calls of the function, with more arguments than they give. */
  #boundToArguments(node: ts.Expression, call: ts.CallExpression): void {
    const before = this.#several;
    const how = 'is bound to its first arguments';
    this.#several = { how: before?.how ?? how, byName: before?.byName === true, isBound: true, hasObject: true };
    this.#uses.push({ kind: 'escape', node, how, among: 'several' });
    this.#value(call);
    this.#several = before;
  }

  /** `store.load.bind(store)` */
  #boundToObject(call: ts.CallExpression): void {
    const before = this.#several;
    if (before !== undefined) this.#several = { ...before, hasObject: true };
    this.#value(call);
    this.#several = before;
  }

  /** To whom it is handed, it is a function of its other parameters. */
  #handed(node: ts.Expression, argument: { readonly call: ts.CallExpression | ts.NewExpression; readonly index: number }): void {
    const isUsedAtOnce = roleOfArgument(this.#program, argument.call, argument.index).kind === 'sync-callback';
    if (this.#several?.isBound === true && !isUsedAtOnce) this.#escape(node, this.#several.how);
    else if (this.#isOfAnother() && isAlone(node, argument.call)) this.#notTaken(node);
    else this.#uses.push({ kind: 'argument', node, ...argument });
  }

  /** The call runs the function, or what else may be there. */
  #called(node: ts.Expression, call: ts.CallExpression, applied?: 'call' | 'apply'): void {
    if (this.#several !== undefined) {
      const { how, byName } = this.#several;
      this.#uses.push({ kind: 'escape', node, how, call, among: byName ? 'name' : 'table' });
    } else if (applied === undefined) this.#uses.push({ kind: 'call', node, call });
    else this.#uses.push({ kind: 'applied', node, call, method: applied });
  }

  #follow(name: ts.Node): void {
    const symbol = this.#program.symbolOf(name);
    if (symbol === undefined) this.#escape(name, 'has a name that cannot be followed');
    else this.#enqueue(symbol);
  }

  #references(symbol: ts.Symbol): void {
    const publicAt = this.#publicApi.exposes(symbol);
    if (publicAt !== undefined) this.#uses.push({ kind: 'public', node: publicAt });
    for (const identifier of this.#program.references.to(symbol)) this.#identifier(identifier);
    for (const access of [...this.#accesses.bracketed(symbol), ...this.#accesses.ofMade(symbol)]) this.#value(access);
    for (const access of this.#accesses.computed(symbol)) this.#computed(access);
    for (const element of isMemberSymbol(symbol) ? this.#accesses.takenApart(symbol) : []) this.#takenApart(element);
    for (const name of isMemberSymbol(symbol) ? this.#accesses.takenByAssignment(symbol) : []) {
      this.#escape(name, 'is taken out of its object by an assignment');
    }
    for (const declaration of symbol.declarations ?? []) this.#wholeModule(declaration, symbol);
  }

  /** `commands[name](x)`, `const command = commands[name]; command(x);` */
  #computed(access: ts.ElementAccessExpression): void {
    const how = `may be reached by the computed key of \`${shortText(access)}\``;
    const calls = callsOfValue(this.#program, access);
    if (calls === undefined) this.#escape(access, how);
    else for (const call of calls) this.#uses.push({ kind: 'escape', node: access, how, call, among: 'table' });
  }

  /** `require('./load')(x)`: a whole module used in place. */
  #wholeModule(declaration: ts.Declaration, symbol: ts.Symbol): void {
    if (symbol.escapedName !== ts.InternalSymbolName.ExportEquals && symbol.escapedName !== ts.InternalSymbolName.Default) return;
    for (const specifier of this.#program.references.toModule(declaration.getSourceFile())) {
      const call = specifier.parent;
      if (!ts.isCallExpression(call) || this.#seen.has(call)) continue;
      this.#seen.add(call);
      // Bound to a name, it was found by that name.
      if (ts.isVariableDeclaration(call.parent) && ts.isIdentifier(call.parent.name)) {
        this.#follow(call.parent.name);
        continue;
      }
      if (symbol.escapedName === ts.InternalSymbolName.ExportEquals) this.#value(call);
    }
  }

  #identifier(identifier: ts.Identifier): void {
    if (this.#seen.has(identifier)) return;
    this.#seen.add(identifier);
    const { parent } = identifier;
    if (isInType(identifier) || (this.#several !== undefined && this.#isShifted(identifier))) return;
    if (
      ts.isImportSpecifier(parent) ||
      ts.isExportSpecifier(parent) ||
      ts.isImportClause(parent) ||
      ts.isNamespaceImport(parent) ||
      ts.isImportEqualsDeclaration(parent)
    ) {
      this.#uses.push({ kind: 'binding', node: identifier });
      if (ts.isExportSpecifier(parent)) this.#moduleOf(parent);
      const own = this.#program.checker.getSymbolAtLocation(ts.isExportSpecifier(parent) ? parent.name : identifier);
      const publicAt = own && this.#publicApi.exposes(own);
      if (publicAt !== undefined) this.#uses.push({ kind: 'public', node: publicAt });
      return;
    }
    if (ts.isBindingElement(parent)) {
      this.#bindingElement(parent);
      return;
    }
    if (isNameOfDeclaration(identifier)) return;
    if (ts.isShorthandPropertyAssignment(parent)) {
      this.#uses.push({ kind: 'binding', node: identifier });
      this.#member(parent.name, parent.parent);
      return;
    }
    if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) this.#value(parent);
    else this.#value(identifier);
  }

  /** Behind `if (typeof options === 'function') { callback = options; options = {}; }` a name is the function no more. */
  #isShifted(identifier: ts.Identifier): boolean {
    const parameter = this.#program.symbolOf(identifier)?.valueDeclaration;
    return parameter !== undefined && ts.isParameter(parameter) && isBehindShift(this.#program, identifier, parameter);
  }

  #takenApart(element: ts.BindingElement): void {
    if (this.#seen.has(element)) return;
    this.#seen.add(element);
    this.#bindingElement(element);
  }

  /** `const { load: loadOrder } = store` */
  #bindingElement(element: ts.BindingElement): void {
    this.#uses.push({ kind: 'binding', node: element });
    if (!ts.isIdentifier(element.name)) return;
    const own = this.#program.checker.getSymbolAtLocation(element.name);
    if (own === undefined) return;
    const { name } = element;
    const follow = (): void => {
      this.#enqueue(own);
      const followed = this.#program.symbolOf(name);
      if (followed !== undefined) this.#enqueue(followed);
    };
    if (element.initializer !== undefined) this.#amongSeveral(element, 'is one of two values that a destructuring may take', follow);
    else if (isReassigned(this.#program, own)) this.#amongSeveral(name, `is bound to \`${name.text}\`, which is assigned again`, follow);
    else follow();
  }

  /** What becomes of an expression whose value is the function. */
  #value(expression: ts.Expression): void {
    const value = outermost(expression);
    const { parent } = value;
    if (ts.isCallExpression(parent) && parent.expression === value) {
      this.#called(expression, parent);
      return;
    }
    if (ts.isNewExpression(parent) && parent.expression === value) {
      this.#uses.push({ kind: 'construct', node: expression, call: parent });
      return;
    }
    const argument = argumentOf(expression);
    if (argument !== undefined) {
      if (isTextTaken(argument.call)) this.textAt ??= argument.call;
      this.#handed(expression, argument);
      const role = roleOfArgument(this.#program, argument.call, argument.index);
      // In the function that it is handed to, the parameter is one more name.
      if (role.kind === 'parameter') this.#assignedParameter(role.parameter);
      // A loop calls it in another way, which the other values may not stand; and what is no handler gets no `next`.
      else if (this.#several !== undefined && (becomesLoop(role) || (role.kind === 'root' && this.#several.byName))) {
        this.#escape(expression, this.#several.how);
      }
      return;
    }
    if (ts.isPropertyAccessExpression(parent) && parent.expression === value) {
      this.#memberOfFunction(expression, parent);
      return;
    }
    // `names[0]`: what hangs on a function by a number is not the function.
    if (ts.isElementAccessExpression(parent) && parent.expression === value && this.#isNumbered(parent)) return;
    if (ts.isVariableDeclaration(parent) && parent.initializer === value) {
      this.#variable(parent, expression);
      return;
    }
    if (ts.isPropertyAssignment(parent) && parent.initializer === value) {
      this.#uses.push({ kind: 'binding', node: parent });
      const described = describedMember(this.#program, parent);
      if (described === undefined) this.#member(parent.name, parent.parent);
      else this.#described(described);
      return;
    }
    if (ts.isPropertyDeclaration(parent) && parent.initializer === value) {
      this.#uses.push({ kind: 'binding', node: parent });
      this.#member(parent.name, parent.parent);
      return;
    }
    if (ts.isBinaryExpression(parent)) {
      this.#binary(expression, value, parent);
      return;
    }
    if (ts.isExportAssignment(parent)) {
      this.#uses.push({ kind: 'binding', node: parent });
      this.#exportAssigned(parent);
      return;
    }
    if (ts.isArrayLiteralExpression(parent)) {
      this.#listed(expression, parent);
      return;
    }
    if (ts.isTemplateSpan(parent)) this.textAt ??= parent;
    if (onlyTests(value, parent)) return;
    if (isEventProp(parent)) {
      this.#uses.push({ kind: 'escape', node: expression, how: 'is called at an event of an element', among: 'event' });
      return;
    }
    if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === value)) {
      this.#returned(expression, ts.isArrowFunction(parent) ? parent : enclosing(parent));
      return;
    }
    if (ts.isConditionalExpression(parent)) {
      this.#amongSeveral(expression, 'is one of several values of an expression', () => this.#value(parent));
      return;
    }
    if (ts.isParameter(parent) && parent.initializer === value) {
      this.#assignedParameter(parent);
      return;
    }
    this.#escape(expression, 'is used as a value');
  }

  #isNumbered({ argumentExpression: key }: ts.ElementAccessExpression): boolean {
    return (this.#program.checker.getTypeAtLocation(key).flags & ts.TypeFlags.NumberLike) !== 0;
  }

  /** `app.get('/', [check, show])`, `const steps = [check, show];` */
  #listed(expression: ts.Expression, list: ts.ArrayLiteralExpression): void {
    const argument = argumentOf(list);
    const role = argument && roleOfArgument(this.#program, argument.call, argument.index).kind;
    if (argument !== undefined && (role === 'root' || role === 'unknown-callback')) {
      this.#handed(expression, argument);
      return;
    }
    const how = 'is stored in an array';
    const reads = readsOfList(this.#program, list);
    if (reads === undefined) {
      this.#escape(expression, how);
      return;
    }
    this.#amongSeveral(expression, how, () => {
      for (const value of reads.values) if (!this.#seen.has(value)) this.#read(value);
      for (const name of reads.names) this.#follow(name);
    });
  }

  #read(value: ts.Expression): void {
    this.#seen.add(value);
    this.#value(value);
  }

  #isGetter(giver: ts.Node): giver is FunctionNode | ts.GetAccessorDeclaration {
    if (ts.isGetAccessor(giver)) return ts.isIdentifier(giver.name) || ts.isStringLiteralLike(giver.name);
    if (!isFunctionNode(giver)) return false;
    return describedMember(this.#program, ts.isMethodDeclaration(giver) ? giver : giver.parent) !== undefined;
  }

  /** `function serve(root) { return function (req, res) { … }; }`: whoever calls `serve` has the function. */
  #returned(expression: ts.Expression, giver: ts.Node | undefined): void {
    const how = 'is returned to whoever calls the function around it';
    if (giver !== undefined && this.#isGetter(giver)) {
      if (ts.isGetAccessor(giver) || returnedBy(giver).length > 1)
        this.#amongSeveral(expression, 'is one of several values that a getter returns', () => this.#given(giver));
      else this.#given(giver);
      return;
    }
    const isPlain = giver !== undefined && isFunctionNode(giver) && !isAsync(giver) && !isGenerator(giver);
    const isCalled = isPlain && !ts.isAccessor(giver) && !ts.isConstructorDeclaration(giver);
    if (!isCalled || this.#graph.isCollecting(giver) || (ts.isMethodDeclaration(giver) && ts.isComputedPropertyName(giver.name))) {
      this.#escape(expression, how);
      return;
    }
    const follow = (): void => {
      for (const use of this.#graph.usesOf(giver)) this.#givenBack(expression, how, use);
    };
    if (returnedBy(giver).length > 1)
      this.#amongSeveral(expression, `is one of several values that \`${functionName(giver)}\` returns`, follow);
    else follow();
  }

  /** A use of a function that returns this one. */
  #givenBack(expression: ts.Expression, how: string, use: Use): void {
    switch (use.kind) {
      case 'binding':
      case 'bound':
      case 'family':
        break;
      case 'call':
      case 'applied':
        this.#givenBy(use.call);
        break;
      case 'public':
        if (!this.#uses.some(({ kind }) => kind === 'public')) this.#uses.push(use);
        break;
      case 'argument':
        if (roleOfArgument(this.#program, use.call, use.index).kind !== 'parameter') this.#escape(expression, how);
        break;
      case 'escape':
        if (use.call !== undefined) {
          const { call } = use;
          this.#amongSeveral(expression, use.how, () => this.#givenBy(call), use.among === 'name');
        } else if (use.among !== 'several' && use.among !== 'perhaps') this.#escape(expression, how);
        break;
      case 'construct':
      case 'override':
        this.#escape(expression, how);
        break;
    }
  }

  #givenBy(call: ts.CallExpression): void {
    if (this.#givers.has(call)) return;
    this.#givers.add(call);
    this.#value(call);
  }

  #assignedParameter(parameter: ts.ParameterDeclaration): void {
    const symbol = this.#program.checker.getSymbolAtLocation(parameter.name);
    if (symbol === undefined) return;
    const follow = (): void => this.#enqueue(symbol);
    if (parameter.initializer !== undefined) this.#amongSeveral(parameter, 'is one of two values that a parameter may have', follow);
    else if (isReassigned(this.#program, symbol)) this.#amongSeveral(parameter, 'is held by a parameter that is assigned again', follow);
    else follow();
  }

  #exportAssigned(assignment: ts.ExportAssignment): void {
    const exported = this.#program.moduleSymbol(assignment.getSourceFile())?.exports;
    const symbol = exported?.get(assignment.isExportEquals === true ? ts.InternalSymbolName.ExportEquals : ts.InternalSymbolName.Default);
    this.#moduleOf(assignment);
    if (symbol !== undefined) this.#enqueue(symbol);
  }

  /** `load.call(…)`, `load.cache = {}`. */
  #memberOfFunction(expression: ts.Expression, access: ts.PropertyAccessExpression): void {
    const { parent } = outermost(access);
    const name = access.name.text;
    if (name === 'toString' || name === 'toSource') this.textAt ??= access;
    if (ts.isCallExpression(parent) && parent.expression === outermost(access)) {
      if (name === 'call' || name === 'apply') {
        this.#called(expression, parent, name);
        return;
      }
      if (name === 'bind') {
        this.#uses.push({ kind: 'bound', node: expression, call: parent });
        if (parent.arguments.length > 1) this.#boundToArguments(expression, parent);
        else this.#boundToObject(parent);
        return;
      }
    }
    if (name === 'call' || name === 'apply' || name === 'bind') this.#escape(expression, `has its \`${name}\` taken as a value`);
  }

  #variable(declaration: ts.VariableDeclaration, expression: ts.Expression): void {
    if (!ts.isIdentifier(declaration.name)) return;
    const own = this.#program.symbolAt(declaration.name);
    if (own === undefined) return;
    this.#uses.push({ kind: 'binding', node: declaration });
    if (isExported(declaration.parent.parent)) this.#moduleOf(declaration);
    const { name } = declaration;
    this.#assigned(own, expression, name.text, () => {
      const followed = this.#program.symbolOf(name);
      if (followed !== undefined) this.#enqueue(followed);
    });
  }

  /** A variable or property that holds the function, alone or in turn with other values. */
  #assigned(symbol: ts.Symbol, expression: ts.Expression, name: string, more?: () => void): void {
    const follow = (): void => {
      this.#enqueue(symbol);
      more?.();
    };
    if (!isReassigned(this.#program, symbol, outermost(expression))) follow();
    else this.#amongSeveral(expression, `is one of several values that \`${name}\` takes`, follow);
  }

  #binary(expression: ts.Expression, value: ts.Node, parent: ts.BinaryExpression): void {
    const { kind } = parent.operatorToken;
    if (kind === ts.SyntaxKind.EqualsToken) {
      if (parent.left === value) {
        // `load = traced(load)`: from then on the name stands for something else.
        const isKnown = this.#several !== undefined || this.#stores.has(parent) || isOwnDefinition(parent) || this.#isItself(parent.right);
        if (!isKnown) this.#escape(expression, 'is replaced by an assignment');
        return;
      }
      this.#stored(expression, parent);
      return;
    }
    if (isLogicalAssignment(kind)) {
      if (parent.left !== value)
        this.#amongSeveral(expression, 'is stored where there is nothing yet', () => this.#stored(expression, parent));
      else if (this.#several === undefined && !this.#stores.has(parent)) this.#escape(expression, 'is replaced by an assignment');
      return;
    }
    if (isComparison(kind)) return;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken && parent.left === value) return;
    if (ts.isExpressionStatement(parent.parent)) return;
    const how = 'is one of several values of an expression';
    if (isChoice(kind)) this.#amongSeveral(expression, how, () => this.#value(parent));
    else if (kind === ts.SyntaxKind.CommaToken) {
      if (parent.right === value) this.#value(parent);
    } else if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) this.#escape(expression, how);
    // What other operators give, such as a text, is no function.
  }

  /** `exports.load = orders.load`: what is assigned is the function. */
  #isItself(assigned: ts.Expression): boolean {
    const value = unwrapped(assigned);
    if (!ts.isPropertyAccessExpression(value)) return false;
    return this.#program.symbolsOf(value.name).some((symbol) => this.#symbols.has(symbol));
  }

  #stored(expression: ts.Expression, assignment: ts.BinaryExpression): void {
    this.#uses.push({ kind: 'binding', node: assignment });
    this.#stores.add(assignment);
    const { left } = assignment;
    if (ts.isIdentifier(left)) {
      const symbol = this.#program.symbolOf(left);
      if (symbol === undefined) this.#escape(expression, `is stored in the global \`${left.text}\``);
      else this.#assigned(symbol, expression, left.text);
    } else if (isModuleExports(left)) {
      const symbol = this.#program.moduleSymbol(left.getSourceFile())?.exports?.get(ts.InternalSymbolName.ExportEquals);
      if (symbol === undefined) this.#escape(expression, 'is exported in a way that cannot be followed');
      else this.#enqueue(symbol);
      for (const loader of this.#holders.loadersOf(left.getSourceFile())) this.#outside(loader);
    } else if (ts.isPropertyAccessExpression(left)) {
      this.#storedInProperty(expression, left);
    } else if (ts.isElementAccessExpression(left)) {
      this.#storedInTable(expression, left);
    } else {
      this.#escape(expression, `is stored in \`${shortText(left)}\``);
    }
    // `exports.a = exports.b = load`: the assignment is the function too.
    if (!ts.isExpressionStatement(assignment.parent)) this.#value(assignment);
  }

  /** `this.routes[name] = load`: whatever is read from the table may be the function. */
  #storedInTable(expression: ts.Expression, left: ts.ElementAccessExpression): void {
    const how = `is stored in \`${shortText(left)}\``;
    const reads = readsOfTable(this.#program, left.expression);
    const isKnown = reads !== undefined && this.#accesses.unresolved(nameOfTable(left.expression)?.text ?? '').length === 0;
    if (!isKnown) {
      this.#escape(expression, how);
      return;
    }
    for (const read of reads) {
      if (this.#seen.has(read)) continue;
      this.#seen.add(read);
      this.#amongSeveral(expression, how, () => this.#value(read));
    }
  }

  #storedInProperty(expression: ts.Expression, left: ts.PropertyAccessExpression): void {
    const symbol = this.#program.checker.getSymbolAtLocation(left.name);
    if (symbol === undefined && isLiteralOfProgram(this.#program, left.expression)) {
      // Its type has no such member: it is found where its name is.
      this.#heldBy(left.expression, left.name.text);
      return;
    }
    const targets = symbol === undefined ? mixinTargets(this.#program, this.#graph, left.expression) : undefined;
    if (targets?.every((target) => this.#mayHaveAdded(target, left.name.text)) === true) {
      for (const target of targets) this.#mixedInto(target, left);
      this.#heldBy(left.expression, left.name.text);
      return;
    }
    if (symbol === undefined || !ownsDeclarations(this.#program, symbol)) {
      this.#escape(expression, `is stored in \`${shortText(left)}\``);
      return;
    }
    this.#assigned(symbol, expression, left.name.text);
    this.#relatives(left.name, left.expression, left.name.text);
    this.#heldBy(left.expression, left.name.text);
  }

  /** A member of the name that is there already would be called in its stead, for all that types tell; those of prototypes are found. */
  #mayHaveAdded(target: ts.Expression, key: string): boolean {
    return isPrototype(target) || this.#program.checker.getTypeAtLocation(target).getProperty(key) === undefined;
  }

  /** `proto.load = …`, where `proto` is `Store.prototype`. */
  #mixedInto(target: ts.Expression, left: ts.PropertyAccessExpression): void {
    if (isPrototype(target)) this.#relatives(left.name, target, left.name.text);
    const { escapes, computed } = this.#holders.ofMixing(target);
    for (const escape of [...this.#holders.escapesOf(target), ...escapes]) this.#outside(escape);
    this.#takenByKey(computed);
    if (isPrototype(target)) this.#takenByKey(this.#accesses.computedOnInstances(target.expression, left.getSourceFile()));
  }

  #outside(escape: HolderEscape): void {
    if (escape.kind === 'handed') this.#escape(escape.node, escape.how);
    else if (escape.kind === 'called') {
      this.#uses.push({ kind: 'escape', node: escape.node, how: escape.how, call: escape.call, among: 'table' });
    } else if (escape.kind === 'loaded') {
      this.#uses.push({ kind: 'escape', node: escape.node, how: escape.how, among: escape.isFollowed ? 'loaded' : 'loader' });
    } else if (!this.#uses.some((use) => use.kind === 'public')) this.#uses.push({ kind: 'public', node: escape.node });
  }

  /**
   * Something of an unknown object that has the function's name, used without its object: the function, which needs the object, would
   * not be taken off it so.
   */
  #isOfAnother(): boolean {
    return this.#needsObject && this.#several?.byName === true && !this.#several.hasObject;
  }

  #notTaken(node: ts.Node): void {
    const isKnown = this.#uses.some((use) => use.kind === 'escape' && use.among === 'perhaps');
    if (!isKnown) this.#uses.push({ kind: 'escape', node, how: this.#several?.how ?? '', among: 'perhaps' });
  }

  #escape(node: ts.Node, how: string): void {
    if (this.#isOfAnother()) {
      this.#notTaken(node);
      return;
    }
    const isKnown = this.#uses.some((use) => use.kind === 'escape' && use.node === node && use.among === undefined);
    if (!isKnown) this.#uses.push({ kind: 'escape', node, how });
  }
}

/** A method that uses its `this`; an arrow function has that of the function around it. */
function usesThis(fn: FunctionNode): boolean {
  const visit = (node: ts.Node): boolean => {
    if (node.kind === ts.SyntaxKind.ThisKeyword) return true;
    if (ts.isClassLike(node) || (ts.isFunctionLike(node) && !ts.isArrowFunction(node))) return false;
    return ts.forEachChild(node, visit) === true;
  };
  return !ts.isArrowFunction(fn) && fn.body !== undefined && visit(fn.body);
}

/** Nothing else that the call is given may be the object of the method: `visit(store.load, store)`. */
function isAlone(node: ts.Expression, call: ts.CallExpression | ts.NewExpression): boolean {
  const method = unwrapped(node);
  const holder = ts.isPropertyAccessExpression(method) ? method.expression.getText() : undefined;
  const others = (call.arguments ?? []).filter((one) => unwrapped(one) !== method);
  return others.every((one) =>
    holder === undefined ? ts.isArrayLiteralExpression(one) || ts.isLiteralExpression(one) : one.getText() !== holder,
  );
}

/** `this.load`, `self.load`: a function that is called on the object has it without its name. */
function isOfThis(program: Program, access: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(access) && !ts.isElementAccessExpression(access)) return false;
  const { expression } = access;
  if (!ts.isIdentifier(expression)) return expression.kind === ts.SyntaxKind.ThisKeyword;
  const symbol = program.symbolOf(expression);
  const value = symbol && program.definitionOf(symbol);
  return value?.kind === ts.SyntaxKind.ThisKeyword;
}

function becomesLoop({ kind }: ArgumentRole): boolean {
  return kind === 'iteration' || kind === 'collection';
}

/** `x.load()`, `x.load.call(that)`. */
function callThrough(access: ts.Expression): ts.CallExpression | undefined {
  const value = outermost(access);
  const { parent } = value;
  if (ts.isCallExpression(parent) && parent.expression === value) return parent;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== value || !/^(call|apply)$/.test(parent.name.text)) return undefined;
  return callThrough(parent);
}

/** `onClick` of an element that is no component of the program's or a library's. */
function isEventProp(node: ts.Node): boolean {
  if (!ts.isJsxExpression(node) || !ts.isJsxAttribute(node.parent)) return false;
  const attribute = node.parent;
  const element = attribute.parent.parent;
  return /^on[A-Z]/.test(attribute.name.getText()) && /^[a-z]/.test(element.tagName.getText());
}

/** The calls of what the expression gives, in place or through a variable of its own; `undefined` when it is used in other ways. */
function callsOfValue(program: Program, expression: ts.Expression): readonly ts.CallExpression[] | undefined {
  const value = outermost(expression);
  const { parent } = value;
  const call = callThrough(expression);
  if (call !== undefined) return [call];
  if (onlyTests(value, parent) || (ts.isBinaryExpression(parent) && isComparison(parent.operatorToken.kind))) return [];
  const argument = argumentOf(expression);
  if (argument !== undefined && assertionOf(program, argument.call) === 'looks') return [];
  if (!ts.isVariableDeclaration(parent) || parent.initializer !== value || !ts.isIdentifier(parent.name)) return undefined;
  const symbol = program.symbolOf(parent.name);
  if (symbol === undefined || isExported(parent.parent.parent) || isReassigned(program, symbol)) return undefined;
  const calls: ts.CallExpression[] = [];
  for (const identifier of program.references.to(symbol)) {
    if (identifier === parent.name) continue;
    const found = callThrough(identifier);
    if (found !== undefined) calls.push(found);
    else if (!onlyTests(outermost(identifier), outermost(identifier).parent)) return undefined;
  }
  return calls;
}

function isMemberSymbol({ flags, declarations }: ts.Symbol): boolean {
  if ((flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method)) !== 0) return true;
  // `exports.load = exports.store.load`, which the checker takes for a name of what it exports.
  return (flags & ts.SymbolFlags.Alias) !== 0 && declarations?.some(ts.isPropertyAccessExpression) === true;
}

function isPrototype(node: ts.Node): node is ts.PropertyAccessExpression {
  return ts.isPropertyAccessExpression(node) && node.name.text === 'prototype';
}

/** `var server = { port: 80 };`, to which members are added later. */
function isLiteralOfProgram(program: Program, holder: ts.Expression): boolean {
  const declaration = ts.isIdentifier(holder) ? program.symbolOf(holder)?.valueDeclaration : undefined;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration) || !program.owns(declaration)) return false;
  const value = declaration.initializer && valueOfChain(declaration.initializer);
  if (value === undefined || ts.isObjectLiteralExpression(value)) return value !== undefined;
  // `var generator = new Generator();`, where that is a function or class of the program.
  if (ts.isNewExpression(value)) return isMaker(program, value.expression);
  // `Object.create(null)`: what it inherits from has no functions of the program.
  const isBare = ts.isCallExpression(value) && value.arguments[0]?.kind === ts.SyntaxKind.NullKeyword;
  return isBare && program.originOf(value.expression)?.key === 'global.Object.create';
}

function isMaker(program: Program, callee: ts.Expression): boolean {
  const declaration = program.symbolOf(ts.isPropertyAccessExpression(callee) ? callee.name : callee)?.valueDeclaration;
  if (declaration !== undefined && ts.isClassLike(declaration)) return program.owns(declaration);
  const maker = constructorOf(program, callee);
  return maker !== undefined && program.owns(maker) && (ts.isFunctionDeclaration(maker) || ts.isFunctionExpression(maker));
}

/** `{}` of `const api = exports.api = {}`. */
function valueOfChain(initializer: ts.Expression): ts.Expression {
  const value = unwrapped(initializer);
  const isChained = ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isChained ? valueOfChain(value.right) : value;
}

function isExported(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function ownsDeclarations(program: Program, symbol: ts.Symbol): boolean {
  return symbol.declarations?.every((declaration) => program.owns(declaration)) === true;
}

export function isModuleExports(node: ts.Node): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'module' &&
    node.name.text === 'exports'
  );
}

/** The function is only looked at: `if (load)`, `typeof load`, `!load`, a statement of its own. */
function onlyTests(value: ts.Node, parent: ts.Node): boolean {
  if (ts.isTypeOfExpression(parent) || ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.ExclamationToken) return true;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return parent.expression === value;
  return ts.isTemplateSpan(parent) || (ts.isConditionalExpression(parent) && parent.condition === value);
}

function isComparison(kind: ts.SyntaxKind): boolean {
  switch (kind) {
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
    case ts.SyntaxKind.InstanceOfKeyword:
      return true;
    default:
      return false;
  }
}

/** `store.load ||= load` */
function isLogicalAssignment(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.BarBarEqualsToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken ||
    kind === ts.SyntaxKind.QuestionQuestionEqualsToken
  );
}

/** `given || load`: the value is one of the two. */
function isChoice(kind: ts.SyntaxKind): boolean {
  switch (kind) {
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.QuestionQuestionToken:
      return true;
    default:
      return false;
  }
}

/** `exports.load = function …`, `Store.prototype.load = function …`: the assignment that makes the name. */
function isOwnDefinition(assignment: ts.BinaryExpression): boolean {
  const right = unwrapped(assignment.right);
  return isFunctionNode(right) || (ts.isBinaryExpression(right) && isOwnDefinition(right)) || ts.isIdentifier(right);
}

/** Does the variable or property take a value besides the one that `only` gives it? */
function isReassigned(program: Program, symbol: ts.Symbol, only?: ts.Node): boolean {
  for (const identifier of program.references.to(symbol)) {
    let target: ts.Node = identifier;
    if (ts.isPropertyAccessExpression(target.parent) && target.parent.name === target) target = target.parent;
    const { parent } = target;
    if (ts.isBinaryExpression(parent) && parent.left === target) {
      const { kind } = parent.operatorToken;
      if (
        kind >= ts.SyntaxKind.FirstAssignment &&
        kind <= ts.SyntaxKind.LastAssignment &&
        !givesValue(parent, only) &&
        !givesItself(program, parent, symbol)
      )
        return true;
    }
    if (ts.isVariableDeclaration(parent) && parent.name === target && parent.initializer !== undefined && only !== undefined) {
      if (parent.initializer !== only && symbol.valueDeclaration === parent && !isModuleAlias(parent.initializer)) return true;
    }
  }
  return false;
}

function givesValue(assignment: ts.BinaryExpression, only: ts.Node | undefined): boolean {
  if (only === undefined) return false;
  for (let node: ts.Expression = assignment; ; node = node.right) {
    if (node === only || unwrapped(node) === only || unwrapped(node) === unwrapped(only as ts.Expression)) return true;
    if (!ts.isBinaryExpression(node)) return false;
  }
}

/** `exports.find = find`: one more name of the same value. The checker has a second symbol for what is all that a module exports. */
function givesItself(program: Program, assignment: ts.BinaryExpression, symbol: ts.Symbol): boolean {
  let value: ts.Expression = assignment.right;
  while (ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.EqualsToken) value = value.right;
  const given = ts.isIdentifier(value) ? program.symbolOf(value) : undefined;
  return (
    given !== undefined &&
    (given === symbol || (given.valueDeclaration !== undefined && given.valueDeclaration === symbol.valueDeclaration))
  );
}

function isModuleAlias(initializer: ts.Expression): boolean {
  return ts.isCallExpression(initializer) || ts.isPropertyAccessExpression(initializer);
}

function isNameOfDeclaration(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  return (
    (ts.isFunctionDeclaration(parent) ||
      ts.isFunctionExpression(parent) ||
      ts.isVariableDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isAccessor(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isParameter(parent) ||
      ts.isClassDeclaration(parent)) &&
    parent.name === identifier
  );
}

function isInType(node: ts.Node): boolean {
  for (let current: ts.Node = node.parent; ; current = current.parent) {
    if (ts.isTypeNode(current) && !ts.isExpressionWithTypeArguments(current)) return true;
    if (ts.isExpression(current) || ts.isStatement(current) || ts.isSourceFile(current)) return false;
  }
}
