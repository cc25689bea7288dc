/** Accesses to members that symbols alone do not lead to: by text in brackets, by computed key, through receivers of unknown type. */

import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { takesMemberName } from '../../catalog/member-names.ts';
import { givesBack, librariesWithOwnObjects } from '../../catalog/own-objects.ts';
import type { Origin } from '../program/origin.ts';
import type { Program } from '../program/program.ts';
import { bracketsIn, callsIn } from '../program/tree-index.ts';
import type { FunctionNode } from './functions.ts';
import { madeMember } from './made-objects.ts';
import { prototypeMember } from './prototype-members.ts';

interface BracketIndex {
  readonly literal: ReadonlyMap<string, readonly ts.ElementAccessExpression[]>;
  /** Calls that are given the text behind something else. */
  readonly given: ReadonlyMap<string, readonly ts.CallExpression[]>;
  readonly computed: readonly ts.ElementAccessExpression[];
}

const indexes = new WeakMap<ts.SourceFile, BracketIndex>();

function bracketsOf(file: ts.SourceFile): BracketIndex {
  const known = indexes.get(file);
  if (known !== undefined) return known;
  const literal = new Map<string, ts.ElementAccessExpression[]>();
  const given = new Map<string, ts.CallExpression[]>();
  const computed: ts.ElementAccessExpression[] = [];
  for (const call of callsIn(file)) {
    for (let index = 1; index < call.arguments.length; index += 1) {
      const argument = call.arguments[index];
      if (argument !== undefined && ts.isStringLiteralLike(argument)) addTo(given, argument.text, call);
    }
  }
  for (const access of bracketsIn(file)) {
    const key = access.argumentExpression;
    if (ts.isStringLiteralLike(key)) addTo(literal, key.text, access);
    else if (!ts.isNumericLiteral(key) && mayTakeFunction(access)) computed.push(access);
  }
  const index = { literal, given, computed };
  indexes.set(file, index);
  return index;
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** `x[key] = …`, `x[key].length`, `x[key] === y` and the like read or write a member, and whatever function it is stays where it is. */
export function mayTakeFunction(access: ts.ElementAccessExpression): boolean {
  const { parent } = access;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression !== access || /^(?:call|apply|bind)$/.test(parent.name.text);
  if (ts.isElementAccessExpression(parent)) return parent.expression !== access;
  if (ts.isBinaryExpression(parent)) {
    const { operatorToken, left } = parent;
    return operatorToken.kind === ts.SyntaxKind.EqualsToken ? left !== access : keepsOperand.has(operatorToken.kind);
  }
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) return false;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return false;
  return (
    !ts.isTypeOfExpression(parent) && !ts.isDeleteExpression(parent) && !ts.isTemplateSpan(parent) && !ts.isExpressionStatement(parent)
  );
}

/** Objects of the language that hold what others give them. */
const collections: ReadonlySet<string> = new Set(['Array', 'Map', 'Object', 'Promise', 'Proxy', 'Reflect', 'Set', 'WeakMap', 'WeakRef']);

/** Operators whose result may be an operand itself. */
const keepsOperand: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.CommaToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
]);

export class MemberAccesses {
  readonly #program: Program;
  readonly #calleeOf: (call: ts.CallExpression) => FunctionNode | undefined;
  readonly #unresolved = new Map<string, readonly ts.Expression[]>();
  readonly #made = new Map<ts.Symbol, ts.Expression[]>();
  readonly #assignedNames = new Map<string, boolean>();
  readonly #unknownThis = new Map<ts.SourceFile, readonly ts.ElementAccessExpression[]>();
  #literal: Map<string, ts.ElementAccessExpression[]> | undefined;
  #computed: ReadonlyMap<ts.Symbol, readonly ts.ElementAccessExpression[]> | undefined;

  constructor(program: Program, calleeOf: (call: ts.CallExpression) => FunctionNode | undefined) {
    this.#program = program;
    this.#calleeOf = calleeOf;
  }

  /** `x.key` and `x['key']` where nobody knows what `x` is, though it may be an object of the program. */
  unresolved(key: string): readonly ts.Expression[] {
    let found = this.#unresolved.get(key);
    if (found === undefined) {
      const dotted = this.#program.references.named(key).flatMap((identifier) => this.#unresolvedAccess(identifier) ?? []);
      const bracketed = this.#inBrackets(key).filter(
        (access) => this.#program.symbolOf(access.argumentExpression) === undefined && this.#mayBeOfProgram(access.expression),
      );
      found = [...dotted, ...bracketed].filter((access) => !this.#isMade(access, key));
      this.#unresolved.set(key, found);
    }
    return found;
  }

  /** `x.load`, where the code alone tells that `x` is the object with this member. */
  ofMade(symbol: ts.Symbol): readonly ts.Expression[] {
    this.unresolved(symbol.name);
    return this.#made.get(symbol) ?? [];
  }

  #isMade(access: ts.Expression, key: string): boolean {
    if (!ts.isPropertyAccessExpression(access) || this.#isAssignedName(key)) return false;
    const member = madeMember(this.#program, this.#calleeOf, access.expression, key) ?? this.#ofPrototype(access);
    if (member === undefined) return false;
    const list = this.#made.get(member);
    if (list === undefined) this.#made.set(member, [access]);
    else list.push(access);
    return true;
  }

  #ofPrototype(access: ts.PropertyAccessExpression): ts.Symbol | undefined {
    const name = prototypeMember(this.#program, access);
    return name && this.#program.checker.getSymbolAtLocation(name);
  }

  /** `Q.ninvoke(store, 'load')`: calls of functions that take a member of an object by its name. */
  givenByName(key: string): readonly ts.CallExpression[] {
    return this.#program.files
      .flatMap((file) => bracketsOf(file).given.get(key) ?? [])
      .filter((call) => takesMemberName.test(this.#program.originOf(call.expression)?.key ?? ''));
  }

  /** `const { load } = x`, `for (const { load } of xs)` with a known `x`: the name there is a variable's, and the member's too. */
  takenApart(symbol: ts.Symbol): readonly ts.BindingElement[] {
    const { checker, references } = this.#program;
    return references.named(symbol.name).flatMap(({ parent }) => {
      if (!ts.isBindingElement(parent) || parent.propertyName !== undefined || !ts.isObjectBindingPattern(parent.parent)) return [];
      const property = checker.getTypeAtLocation(parent.parent).getProperty(symbol.name);
      return property !== undefined && this.#isSame(property, symbol) ? [parent] : [];
    });
  }

  /** `exports.load = exports.store.load` is, to the checker, a name of what it exports. */
  #isSame(property: ts.Symbol, symbol: ts.Symbol): boolean {
    return [property, this.#program.followAlias(property)].some((one) => this.#program.rootsOf(one).includes(symbol));
  }

  /** `({ load } = x)` with a known `x`. */
  takenByAssignment(symbol: ts.Symbol): readonly ts.Identifier[] {
    const { checker, references } = this.#program;
    return references.named(symbol.name).filter((name) => {
      if (!ts.isShorthandPropertyAssignment(name.parent) || !isAssignmentTarget(name.parent.parent)) return false;
      const property = checker.getPropertySymbolOfDestructuringAssignment(name);
      return property !== undefined && this.#isSame(property, symbol);
    });
  }

  /** `x['load']` with a known `x`. */
  bracketed(symbol: ts.Symbol): readonly ts.ElementAccessExpression[] {
    return this.#inBrackets(symbol.name).filter((access) => this.#program.symbolsOf(access.argumentExpression).includes(symbol));
  }

  #inBrackets(key: string): readonly ts.ElementAccessExpression[] {
    if (this.#literal === undefined) {
      this.#literal = new Map();
      for (const file of this.#program.files) {
        for (const [name, accesses] of bracketsOf(file).literal) for (const access of accesses) addTo(this.#literal, name, access);
      }
    }
    return this.#literal.get(key) ?? [];
  }

  /** `x[name]` where `x` is known to have the member, or is `this` of a function beside it. */
  computed(symbol: ts.Symbol): readonly ts.ElementAccessExpression[] {
    this.#computed ??= this.#indexComputed();
    const known = this.#computed.get(symbol) ?? [];
    const files = new Set((symbol.declarations ?? []).filter((one) => isOfObject(one)).map((one) => one.getSourceFile()));
    return [...known, ...[...files].flatMap((file) => this.#ofUnknownThis(file))];
  }

  /** `this[name]` where the types tell of the constructor or class, but not of members that were added to its prototype under another name. */
  computedOnInstances(type: ts.Expression, file: ts.SourceFile): readonly ts.ElementAccessExpression[] {
    const symbol = this.#program.symbolOf(ts.isPropertyAccessExpression(type) ? type.name : type);
    const known = this.#program.files
      .flatMap((one) => bracketsOf(one).computed)
      .filter(({ expression }) => {
        const own = this.#program.checker.getTypeAtLocation(expression).getSymbol();
        return own !== undefined && (own === symbol || own.valueDeclaration === symbol?.valueDeclaration);
      });
    return [...known, ...this.#ofUnknownThis(file)];
  }

  /** `self[name]` in a function of which nothing tells whose member it is: of an object of the same file, as a rule. */
  #ofUnknownThis(file: ts.SourceFile): readonly ts.ElementAccessExpression[] {
    let found = this.#unknownThis.get(file);
    if (found === undefined) {
      found = bracketsOf(file).computed.filter(({ expression }) => this.#isThis(expression) && this.#isUnknown(expression));
      this.#unknownThis.set(file, found);
    }
    return found;
  }

  #isThis(expression: ts.Expression): boolean {
    if (!ts.isIdentifier(expression)) return expression.kind === ts.SyntaxKind.ThisKeyword;
    const symbol = this.#program.symbolOf(expression);
    return (symbol && this.#program.definitionOf(symbol))?.kind === ts.SyntaxKind.ThisKeyword;
  }

  #unresolvedAccess(identifier: ts.Identifier): ts.Expression | undefined {
    const { parent } = identifier;
    if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) {
      if (isAssigned(parent) || this.#program.references.isResolved(identifier)) return undefined;
      return this.#mayBeOfProgram(parent.expression) ? parent : undefined;
    }
    // `const { load } = x`
    if (ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent) && (parent.propertyName ?? parent.name) === identifier) {
      const holder = parent.parent.parent;
      const value = ts.isVariableDeclaration(holder) ? holder.initializer : undefined;
      // A parameter, a loop over a list, or a pattern within a pattern.
      if (value === undefined) return this.#isUnknown(ts.isParameter(holder) ? holder : parent.parent) ? identifier : undefined;
      const type = this.#program.checker.getTypeAtLocation(value);
      if (type.getProperty(identifier.text) !== undefined) return undefined;
      return this.#mayBeOfProgram(value) ? identifier : undefined;
    }
    return undefined;
  }

  #isUnknown(node: ts.Node): boolean {
    return (this.#program.checker.getTypeAtLocation(node).flags & ts.TypeFlags.Any) !== 0;
  }

  #mayBeOfProgram(receiver: ts.Expression): boolean {
    // `this.constructor.load()`: to types any function, and in fact the class of the object.
    if (ts.isPropertyAccessExpression(receiver) && receiver.name.text === 'constructor') return true;
    const type = this.#program.checker.getTypeAtLocation(receiver);
    if ((type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) === 0) return this.#isOfProgram(type);
    const origin = this.#program.originOf(receiver);
    if (origin === undefined || !this.#isOfLibrary(origin, receiver)) return true;
    // `req.store.load()`: something of the program that was hung on something of a library.
    return origin.steps.some((step) => this.#isAssignedName(step));
  }

  /** A member that a known type of the program does not list was added where types do not see it. */
  #isOfProgram(type: ts.Type): boolean {
    if (type.isUnionOrIntersection()) return type.types.some((one) => this.#isOfProgram(one));
    // `this` of a constructor function or class is a type parameter.
    if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.TypeParameter)) === 0) return false;
    return type.getSymbol()?.declarations?.some((declaration) => this.#program.owns(declaration)) === true;
  }

  #isOfLibrary(origin: Origin, receiver: ts.Expression): boolean {
    // What a computed `require` gives may be a module of the program.
    if (givesBack.test(origin.key) || origin.steps.includes('require')) return false;
    if (isBuiltin(origin.module) || librariesWithOwnObjects.has(origin.module)) return true;
    // What a package exports is its own, whatever it may give back to those who call it.
    if (origin.module !== 'global') return origin.steps.every((step) => !step.startsWith('(') && step !== 'new');
    const [name, ...taken] = origin.steps;
    // What a collection gives was put into it.
    if (name === undefined || (collections.has(name) && taken.some((step) => step !== 'new'))) return false;
    // A name that nobody declares may be anything.
    return this.#program.checker.resolveName(name, receiver, ts.SymbolFlags.Value, false) !== undefined;
  }

  /** Does the program assign members of the name on objects whose type does not know them? */
  #isAssignedName(name: string): boolean {
    let assigned = this.#assignedNames.get(name);
    if (assigned === undefined) {
      const { checker, references } = this.#program;
      assigned = references.named(name).some((identifier) => {
        const { parent } = identifier;
        const isMember = ts.isPropertyAccessExpression(parent) && parent.name === identifier;
        return isMember && isAssigned(parent) && checker.getSymbolAtLocation(identifier) === undefined;
      });
      this.#assignedNames.set(name, assigned);
    }
    return assigned;
  }

  #indexComputed(): ReadonlyMap<ts.Symbol, readonly ts.ElementAccessExpression[]> {
    const { checker } = this.#program;
    const index = new Map<ts.Symbol, ts.ElementAccessExpression[]>();
    for (const file of this.#program.files) {
      for (const access of bracketsOf(file).computed) {
        if (isEmptyTable(this.#program, access.expression)) continue;
        const type = checker.getTypeAtLocation(access.expression);
        if ((type.flags & ts.TypeFlags.Object) === 0 && !type.isUnionOrIntersection()) continue;
        if (type.getProperties().length === 0) continue;
        const key = checker.getTypeAtLocation(access.argumentExpression);
        if ((key.flags & ts.TypeFlags.NumberLike) !== 0) continue;
        const properties = key.isStringLiteral() ? [type.getProperty(key.value)] : type.getProperties();
        for (const property of properties.flatMap((one) => (one === undefined ? [] : this.#program.rootsOf(one)))) {
          if (property.declarations?.some((declaration) => this.#program.owns(declaration)) !== true) continue;
          const list = index.get(property);
          if (list === undefined) index.set(property, [access]);
          else list.push(access);
        }
      }
    }
    return index;
  }
}

/** `const cache = {}`, which no type lists a member of: a variable that holds nothing else, asked without its type at each place. */
function isEmptyTable(program: Program, table: ts.Expression): boolean {
  const declaration = ts.isIdentifier(table) ? program.symbolAt(table)?.valueDeclaration : undefined;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
  const { initializer } = declaration;
  const isConst = (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
  if (!isConst || declaration.type !== undefined || initializer === undefined || !ts.isObjectLiteralExpression(initializer)) return false;
  return initializer.properties.length === 0 && program.checker.getTypeAtLocation(declaration.name).getProperties().length === 0;
}

/** `{ load }` of `({ load } = x)`. */
function isAssignmentTarget(literal: ts.ObjectLiteralExpression): boolean {
  const { parent } = literal;
  return ts.isBinaryExpression(parent) && parent.left === literal && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** A member of an object literal, or one that is assigned: `exports.load = …`. */
function isOfObject(declaration: ts.Declaration): boolean {
  return (
    ts.isPropertyAssignment(declaration) ||
    ts.isShorthandPropertyAssignment(declaration) ||
    ts.isPropertyAccessExpression(declaration) ||
    ts.isBinaryExpression(declaration) ||
    (ts.isMethodDeclaration(declaration) && ts.isObjectLiteralExpression(declaration.parent))
  );
}

function isAssigned(access: ts.PropertyAccessExpression): boolean {
  return (
    ts.isBinaryExpression(access.parent) && access.parent.left === access && access.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}
