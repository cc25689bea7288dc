/**
 * Members that are put into objects while the program runs, where no type tells of them: `Store.connection = mysql.createConnection(…)`
 * in `(function (Store) { … })(module.exports)`, or `library.query = self.query.bind(self)` for each of a list of modules.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isWritten } from './assignments.ts';
import { propertyNamed } from './properties.ts';
import { unwrap } from './unwrap.ts';

/** What tells one object from another: the literal that makes it, the file that exports it, or the variable that holds it. */
type Identity = ts.Node | ts.Symbol;

/** A member of an object: `Store.connection`. */
export type MemberAccess = ts.PropertyAccessExpression;

/**
 * The values that the program puts into a member, and those that it may put there: into a member of this name of an object that cannot be told.
 * @returns nothing where none is put into the object itself
 */
export function valuesPutInto(program: Program, { expression, name }: MemberAccess): readonly ts.Expression[] {
  const own = objectsOf(program, expression);
  if (own === undefined) return [];
  const initial = [...own].flatMap((object) =>
    'kind' in object && ts.isObjectLiteralExpression(object) ? (propertyNamed(object, name.text) ?? []) : [],
  );
  const values = initial.filter((value) => !isNothing(value));
  let isPut = values.length > 0;
  for (const { target, value } of assignmentsToMember(program, name.text)) {
    if (isNothing(value)) continue;
    const others = objectsOf(program, target.expression);
    const shares = others !== undefined && [...others].some((one) => own.has(one));
    if (shares) isPut = true;
    if (shares || others === undefined) values.push(value);
  }
  return isPut ? values : [];
}

/** Where members of this name are read or called, of the same object or of one that cannot be told from it. */
export function usesOfMember(program: Program, { expression, name }: MemberAccess): readonly ts.Identifier[] {
  const own = objectsOf(program, expression);
  return program.references.named(name.text).filter(({ parent }) => {
    if (!ts.isPropertyAccessExpression(parent) || parent.name.text !== name.text) return false;
    const others = own && objectsOf(program, parent.expression);
    return others === undefined || [...others].some((one) => own?.has(one));
  });
}

interface Assignment {
  readonly target: MemberAccess;
  readonly value: ts.Expression;
}

/** What is known of a program as long as its texts stay the same: every use of a member asks for all assignments to its name. */
interface Known {
  readonly assignments: Map<string, readonly Assignment[]>;
  readonly objects: Map<ts.Expression, ReadonlySet<Identity> | undefined>;
}

const knownByState = new WeakMap<object, Known>();

function knownOf({ state }: Program): Known {
  let known = knownByState.get(state);
  if (known === undefined) knownByState.set(state, (known = { assignments: new Map(), objects: new Map() }));
  return known;
}

function assignmentsToMember(program: Program, name: string): readonly Assignment[] {
  const { assignments } = knownOf(program);
  let found = assignments.get(name);
  if (found === undefined) assignments.set(name, (found = assignmentsAmong(program.references.named(name))));
  return found;
}

/** @returns undefined where the object may be any */
function objectsOf(program: Program, expression: ts.Expression): ReadonlySet<Identity> | undefined {
  const { objects } = knownOf(program);
  if (!objects.has(expression)) objects.set(expression, objectsWithin(program, expression, 0));
  return objects.get(expression);
}

function assignmentsAmong(names: readonly ts.Identifier[]): readonly Assignment[] {
  return names.flatMap((identifier): readonly Assignment[] => {
    const target = identifier.parent;
    if (!ts.isPropertyAccessExpression(target) || target.name !== identifier) return [];
    const { parent } = target;
    const assigns = ts.isBinaryExpression(parent) && parent.left === target && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    return assigns ? [{ target, value: parent.right }] : [];
  });
}

/** `null` and the like, until something is there. */
export function isNothing(value: ts.Expression): boolean {
  const inner = unwrap(value);
  return (
    inner.kind === ts.SyntaxKind.NullKeyword ||
    inner.kind === ts.SyntaxKind.FalseKeyword ||
    (ts.isIdentifier(inner) && inner.text === 'undefined')
  );
}

/** So many steps are followed at most. */
const depthAtMost = 8;

function objectsWithin(program: Program, expression: ts.Expression, depth: number): ReadonlySet<Identity> | undefined {
  const inner = unwrap(expression);
  if (depth > depthAtMost) return undefined;
  if (ts.isObjectLiteralExpression(inner)) return new Set([inner]);
  if (inner.kind === ts.SyntaxKind.ThisKeyword) return objectsOfThis(program, inner, depth);
  if (isExports(program, inner)) return exportsOf(program, inner.getSourceFile(), depth, ts.isIdentifier(inner));
  if (ts.isBinaryExpression(inner)) {
    return inner.operatorToken.kind === ts.SyntaxKind.EqualsToken ? objectsWithin(program, inner.right, depth + 1) : undefined;
  }
  if (ts.isCallExpression(inner)) {
    const [specifier] = inner.arguments;
    const requires = ts.isIdentifier(inner.expression) && inner.expression.text === 'require';
    const file = requires && specifier !== undefined && ts.isStringLiteralLike(specifier) ? resolved(program, specifier) : undefined;
    return file && exportsOf(program, file, depth);
  }
  return ts.isIdentifier(inner) ? objectsOfVariable(program, inner, depth) : undefined;
}

function resolved(program: Program, specifier: ts.StringLiteralLike): ts.SourceFile | undefined {
  return program.resolveImport(specifier.text, specifier.getSourceFile());
}

function objectsOfVariable(program: Program, identifier: ts.Identifier, depth: number): ReadonlySet<Identity> | undefined {
  // To the checker the variable of `const store = require('./store')` is the module.
  const symbol = program.checker.getSymbolAtLocation(identifier);
  const declaration = symbol?.valueDeclaration ?? symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined || !program.owns(declaration)) return undefined;
  const isVariable = ts.isVariableDeclaration(declaration) || ts.isParameter(declaration);
  if (!isVariable || !ts.isIdentifier(declaration.name)) return undefined;
  const own = program.symbolOf(declaration.name);
  const uses = [...program.references.namedIn(declaration.getSourceFile(), declaration.name.text)];
  const isRewritten = uses.some((use) => isWritten(use) && program.checker.getSymbolAtLocation(use) === symbol);
  if (isRewritten || own === undefined) return undefined;
  if (ts.isParameter(declaration)) return objectsGiven(program, declaration, depth) ?? new Set([symbol]);
  const { initializer } = declaration;
  return initializer === undefined ? undefined : objectsWithin(program, initializer, depth + 1);
}

/** What a function that is called where it stands is given, or one that is called for each of a list. */
function objectsGiven(program: Program, parameter: ts.ParameterDeclaration, depth: number): ReadonlySet<Identity> | undefined {
  const owner = parameter.parent;
  const index = owner.parameters.indexOf(parameter);
  if (!ts.isFunctionExpression(owner) && !ts.isArrowFunction(owner)) return undefined;
  let callee: ts.Node = owner;
  while (ts.isParenthesizedExpression(callee.parent)) callee = callee.parent;
  const { parent } = callee;
  if (ts.isCallExpression(parent) && parent.expression === callee) {
    const given = parent.arguments[index];
    return given && objectsWithin(program, given, depth + 1);
  }
  if (!ts.isCallExpression(parent) || parent.arguments[0] !== callee || index !== 0) return undefined;
  const { expression } = parent;
  if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'forEach') return undefined;
  const list = unwrap(expression.expression);
  if (!ts.isArrayLiteralExpression(list)) return undefined;
  const objects = list.elements.map((element) => objectsWithin(program, element, depth + 1));
  return objects.includes(undefined) ? undefined : new Set(objects.flatMap((some) => [...(some ?? [])]));
}

/** In `Store.find = function () { this.query(…) }` and in the methods of an object literal. */
function objectsOfThis(program: Program, node: ts.Node, depth: number): ReadonlySet<Identity> | undefined {
  const owner = ts.findAncestor(node, (one) => ts.isFunctionLike(one) && !ts.isArrowFunction(one));
  if (owner === undefined) return undefined;
  const { parent } = owner;
  if (ts.isObjectLiteralExpression(parent)) return new Set([parent]);
  if (ts.isPropertyAssignment(parent)) return new Set([parent.parent]);
  // Of classes and constructors the types tell.
  if (ts.isClassLike(parent)) return new Set([parent]);
  const left = ts.isBinaryExpression(parent) && parent.right === owner ? parent.left : undefined;
  return left !== undefined && ts.isPropertyAccessExpression(left) ? objectsWithin(program, left.expression, depth + 1) : undefined;
}

/** `module.exports`, or the `exports` of the module. */
function isExports(program: Program, expression: ts.Expression): boolean {
  if (ts.isIdentifier(expression)) return expression.text === 'exports' && !isDeclared(program, expression);
  if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'exports') return false;
  const { expression: object } = expression;
  return ts.isIdentifier(object) && object.text === 'module' && !isDeclared(program, object);
}

function isDeclared(program: Program, identifier: ts.Identifier): boolean {
  const declaration = program.checker.getSymbolAtLocation(identifier)?.valueDeclaration;
  return declaration !== undefined && (ts.isVariableDeclaration(declaration) || ts.isParameter(declaration));
}

/** The object that is given to `module.exports`, or else the one that Node makes for the file. */
function exportsOf(program: Program, file: ts.SourceFile, depth: number, isShort = false): ReadonlySet<Identity> | undefined {
  const given = assignmentsAmong(program.references.namedIn(file, 'exports')).filter(({ target }) => isExports(program, target));
  const [only] = given;
  if (only === undefined) return new Set([file]);
  // `exports` itself may still be the first.
  return given.length === 1 && !isShort ? objectsWithin(program, only.value, depth + 1) : undefined;
}
