/**
 * Functions of the program that hand a text on to a driver: `function query(sql, done) { pool.query(sql, done); }`.
 * A call of one is a query of the driver; where the function takes no values, it is given a last parameter for them.
 */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isWritten } from './assignments.ts';
import { namesDriver } from './drivers-in-sight.ts';
import type { FunctionWithBody } from './functions.ts';
import { isLogged } from './logged.ts';
import { usesOfMember, valuesPutInto, type MemberAccess } from './put.ts';
import { driverSinkOf, givenValues, isPromisifiedMethod, queryMethod, short, type Sink } from './sinks.ts';
import { unwrap } from './unwrap.ts';

export interface Wrapper {
  readonly owner: FunctionWithBody;
  readonly name: string;
  readonly textIndex: number;
  /** The queries that it sends the text to. */
  readonly inner: readonly Sink[];
  /** Calls of itself, as for another try, with the text that it was given. */
  readonly again: readonly ts.CallExpression[];
  readonly values: WrapperValues;
}

export type WrapperValues =
  /** `optional`: a callback may stand in the place of the values. */
  | { readonly kind: 'taken'; readonly index: number; readonly optional: boolean }
  | { readonly kind: 'to-be-added' }
  | { readonly kind: 'impossible'; readonly why: string };

interface Wrappers {
  readonly bySymbol: ReadonlyMap<ts.Symbol, Wrapper>;
  readonly byFunction: ReadonlyMap<FunctionWithBody, Wrapper>;
}

const known = new WeakMap<ts.TypeChecker, Wrappers>();

/** The function that the call calls, if it is a wrapper. */
export function wrapperOf(program: Program, call: ts.CallExpression): Wrapper | undefined {
  const { expression } = call;
  if (!ts.isIdentifier(expression) && !ts.isPropertyAccessExpression(expression)) return undefined;
  const wrappers = wrappersOf(program);
  if (wrappers.byFunction.size === 0) return undefined;
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  const isNamed = [...wrappers.bySymbol.keys()].some((symbol) => symbol.name === name.text);
  if (isNamed || isRenamed(program, name)) {
    const symbol = program.symbolOf(name);
    const found = symbol && (wrappers.bySymbol.get(symbol) ?? throughDefinition(program, symbol, wrappers));
    if (found !== undefined) return found;
  }
  return ts.isPropertyAccessExpression(expression) ? putInto(program, expression, wrappers) : undefined;
}

/** `Store.query(sql)`, where all that the program puts into `Store.query` is the same function. */
function putInto(program: Program, access: MemberAccess, wrappers: Wrappers, depth = 0): Wrapper | undefined {
  if (depth > 3) return undefined;
  const values = valuesPutInto(program, access).map((value) => wrapperIn(program, value, wrappers, depth));
  const [first] = values;
  return first !== undefined && values.every((one) => one === first) ? first : undefined;
}

/** A function, its name, or what is bound to it: `self.query.bind(self)`. */
function wrapperIn(program: Program, value: ts.Expression, wrappers: Wrappers, depth: number): Wrapper | undefined {
  let inner = unwrap(value);
  const bound = ts.isCallExpression(inner) && inner.arguments.length === 1 ? inner.expression : undefined;
  if (bound !== undefined && ts.isPropertyAccessExpression(bound) && bound.name.text === 'bind') inner = unwrap(bound.expression);
  if (ts.isFunctionExpression(inner) || ts.isArrowFunction(inner)) return wrappers.byFunction.get(inner);
  const name = ts.isPropertyAccessExpression(inner) ? inner.name : inner;
  const symbol = program.symbolOf(name);
  const found = symbol && wrappers.bySymbol.get(symbol);
  return found ?? (ts.isPropertyAccessExpression(inner) ? putInto(program, inner, wrappers, depth + 1) : undefined);
}

/** `module.exports = query`, or `exports.query = query`, is known under any name. */
function isRenamed(program: Program, name: ts.Node): boolean {
  const symbol = program.symbolOf(name);
  return symbol?.declarations?.some((declaration) => program.owns(declaration)) === true;
}

function throughDefinition(program: Program, symbol: ts.Symbol, { bySymbol, byFunction }: Wrappers): Wrapper | undefined {
  const definition = program.definitionOf(symbol);
  if (definition === undefined) return undefined;
  const named = ts.isIdentifier(definition) ? program.symbolOf(definition) : undefined;
  if (named !== undefined && named !== symbol) return bySymbol.get(named);
  return isFunctionWithBody(definition) ? byFunction.get(definition) : undefined;
}

function wrappersOf(program: Program): Wrappers {
  const { checker } = program;
  const before = known.get(checker);
  if (before !== undefined) return before;
  const bySymbol = new Map<ts.Symbol, Wrapper>();
  const byFunction = new Map<FunctionWithBody, Wrapper>();
  const found = { bySymbol, byFunction };
  known.set(checker, found);
  for (const [owner, sinks] of namesDriver(program) ? sinksOfParameters(program) : []) {
    const wrapper = wrapperFrom(program, owner, sinks);
    if (wrapper === undefined) continue;
    byFunction.set(owner, wrapper);
    for (const symbol of namesOf(program, owner)) bySymbol.set(symbol, wrapper);
  }
  return found;
}

/** Queries whose text is a parameter of a function around them, by function. */
function sinksOfParameters(program: Program): Map<FunctionWithBody, Sink[]> {
  const found = new Map<FunctionWithBody, Sink[]>();
  for (const file of program.files) {
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.arguments.length > 0) {
        const [text] = node.arguments;
        const owner = text !== undefined && ts.isIdentifier(text) ? parameterOwner(program, text) : undefined;
        const isQuery = owner !== undefined && (queryMethod(node) !== undefined || isPromisifiedMethod(program, node));
        const sink = isQuery && text !== undefined ? driverSinkOf(program, node, { text }) : undefined;
        if (owner !== undefined && sink !== undefined && typeof sink !== 'string' && !('module' in sink))
          found.set(owner, [...(found.get(owner) ?? []), sink]);
      }
      ts.forEachChild(node, visit);
    };
    if (/\.\s*(query|execute|run|get|all|each|raw|unsafe)\s*\(|promisify/.test(file.text)) visit(file);
  }
  return found;
}

function parameterOwner(program: Program, text: ts.Identifier): FunctionWithBody | undefined {
  const parameter = program.symbolOf(text)?.valueDeclaration;
  if (parameter === undefined || !ts.isParameter(parameter) || parameter.dotDotDotToken !== undefined || !program.owns(parameter))
    return undefined;
  const owner = parameter.parent;
  return isFunctionWithBody(owner) ? owner : undefined;
}

function isFunctionWithBody(node: ts.Node): node is FunctionWithBody {
  return ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

function wrapperFrom(program: Program, owner: FunctionWithBody, inner: readonly Sink[]): Wrapper | undefined {
  const [first] = inner;
  if (
    first === undefined ||
    inner.some(({ driver, row }) => driver !== first.driver || (row.values !== 'array' && row.values !== 'array-or-arguments'))
  )
    return undefined;
  const texts = new Set(inner.flatMap(({ text }) => program.symbolOf(text) ?? []));
  const [text] = texts;
  const textIndex = owner.parameters.findIndex(({ name }) => text !== undefined && program.symbolOf(name) === text);
  if (texts.size !== 1 || text === undefined || textIndex === -1) return undefined;
  // A text that the function changes is not the text that it was given.
  const uses = program.references.to(text).filter(({ parent }) => !ts.isParameter(parent));
  if (uses.some((use) => isWritten(use))) return undefined;
  const name = nameOfFunction(owner);
  const again = uses.flatMap((use) => callOfItself(program, owner, use, textIndex) ?? []);
  const others = uses.filter((use) => !again.some((call) => call.arguments[textIndex] === use));
  return { owner, name, textIndex, inner, again, values: valuesOf(program, owner, inner, others) };
}

/** `self.query(sql, callback, true)` in `query`, where `sql` is what it was given. */
function callOfItself(program: Program, owner: FunctionWithBody, use: ts.Identifier, textIndex: number): ts.CallExpression | undefined {
  const call = use.parent;
  if (!ts.isCallExpression(call) || call.arguments[textIndex] !== use || !contains(owner, call)) return undefined;
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const symbol = program.symbolOf(callee);
  const spread = call.arguments.some((argument) => ts.isSpreadElement(argument));
  return symbol !== undefined && !spread && namesOf(program, owner).includes(symbol) ? call : undefined;
}

function contains(outer: ts.Node, inner: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end;
}

function valuesOf(program: Program, owner: FunctionWithBody, inner: readonly Sink[], uses: readonly ts.Identifier[]): WrapperValues {
  const values = inner.map((sink) => parameterOfValues(program, owner, sink));
  const [first] = values;
  if (typeof first === 'number' && values.every((index) => index === first)) {
    const symbol = program.symbolOf(owner.parameters[first]?.name ?? owner);
    const optional = symbol !== undefined && program.references.to(symbol).some((use) => isWritten(use));
    return { kind: 'taken', index: first, optional };
  }
  if (inner.some((sink) => givenValues(program, sink, 0).kind !== 'nothing'))
    return { kind: 'impossible', why: 'it gives the query values of its own' };
  if (owner.parameters.some(({ dotDotDotToken }) => dotDotDotToken !== undefined) || mentionsArguments(owner)) {
    return { kind: 'impossible', why: 'it takes any number of arguments' };
  }
  const other = uses.find((use) => !inner.some(({ text }) => text === use) && !isReported(use));
  if (other !== undefined) return { kind: 'impossible', why: `it uses the text for something else too, in \`${short(other.parent)}\`` };
  const member = memberOf(program, owner);
  const escaped = namesOf(program, owner)
    .flatMap((symbol) => program.references.to(symbol))
    .concat(member === undefined ? [] : usesOfMember(program, member))
    .find((use) => !isCalledOrNamed(use) && !isBoundUnderName(program, owner, use));
  if (escaped !== undefined)
    return { kind: 'impossible', why: `it is handed on in \`${short(escaped.parent)}\`, where it may be called with other arguments` };
  return { kind: 'to-be-added' };
}

/** Which parameter of the function the query takes its values from. */
function parameterOfValues(program: Program, owner: FunctionWithBody, { call }: Sink): number | undefined {
  const given = call.arguments[1];
  if (given === undefined || !ts.isIdentifier(given)) return undefined;
  const symbol = program.symbolOf(given);
  const index = owner.parameters.findIndex(({ name }) => symbol !== undefined && program.symbolOf(name) === symbol);
  const parameter = owner.parameters[index];
  if (parameter === undefined) return undefined;
  // Of two arguments the second may be the callback.
  return /^(cb|callback|done|next|fn|handler|resolve)$/i.test(given.text) || (call.arguments.length === 2 && isCalled(program, symbol))
    ? undefined
    : index;
}

function isCalled(program: Program, symbol: ts.Symbol | undefined): boolean {
  return (
    symbol !== undefined && program.references.to(symbol).some((use) => ts.isCallExpression(use.parent) && use.parent.expression === use)
  );
}

function mentionsArguments(owner: FunctionWithBody): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === 'arguments') found = true;
    if (node === owner || !(ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node))) ts.forEachChild(node, visit);
  };
  visit(owner);
  return found;
}

/** Given to a log, or to an error. */
function isReported(use: ts.Identifier): boolean {
  if (isLogged(use)) return true;
  let node: ts.Node = use;
  while (ts.isBinaryExpression(node.parent) || ts.isTemplateSpan(node.parent) || ts.isTemplateExpression(node.parent)) node = node.parent;
  const { parent } = node;
  return ts.isNewExpression(parent) && parent.expression.getText().endsWith('Error');
}

function isCalledOrNamed(use: ts.Identifier): boolean {
  const callee = ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : use;
  const { parent } = callee;
  if (ts.isCallExpression(parent)) return parent.expression === callee;
  if (ts.isBinaryExpression(parent)) return parent.left === callee || /^(module\.)?exports\b/.test(parent.left.getText());
  return !(
    ts.isArrayLiteralExpression(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isConditionalExpression(parent) ||
    ts.isNewExpression(parent) ||
    (ts.isVariableDeclaration(parent) && parent.initializer === callee) ||
    // `load.restore()` of a test calls it with nothing.
    (ts.isPropertyAccessExpression(parent) && parent.expression === callee && ['call', 'apply', 'bind'].includes(parent.name.text))
  );
}

/** `lib.query = self.query.bind(self)`, where whoever is called by that name is given no more than the function takes. */
function isBoundUnderName(program: Program, owner: FunctionWithBody, use: ts.Identifier): boolean {
  const callee = ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : use;
  const bind = callee.parent;
  if (!ts.isPropertyAccessExpression(bind) || bind.expression !== callee || bind.name.text !== 'bind') return false;
  const call = bind.parent;
  if (!ts.isCallExpression(call) || call.expression !== bind || call.arguments.length !== 1) return false;
  const holder = call.parent;
  const target =
    ts.isBinaryExpression(holder) && holder.right === call ? holder.left : ts.isVariableDeclaration(holder) ? holder.name : undefined;
  const name = target && (ts.isPropertyAccessExpression(target) ? target.name : target);
  if (name === undefined || !ts.isIdentifier(name)) return false;
  const isMember = target !== undefined && ts.isPropertyAccessExpression(target);
  return program.references.named(name.text).every((one) => {
    // A variable of the same name is something else, unless it is taken out of an object.
    if (isMember && isPlainVariable(program, one)) return true;
    const named = ts.isPropertyAccessExpression(one.parent) && one.parent.name === one ? one.parent : one;
    const { parent } = named;
    if (!ts.isCallExpression(parent)) return isCalledOrNamed(one) || named === callee;
    return parent.expression === named && parent.arguments.length <= owner.parameters.length && !parent.arguments.some(ts.isSpreadElement);
  });
}

function isPlainVariable(program: Program, identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) return false;
  const declaration = program.symbolOf(identifier)?.valueDeclaration;
  return declaration !== undefined && (ts.isVariableDeclaration(declaration) || ts.isParameter(declaration));
}

export function nameOfFunction(owner: FunctionWithBody): string {
  return owner.name?.getText() ?? nameOfHolder(owner) ?? 'the function';
}

function nameOfHolder(owner: FunctionWithBody): string | undefined {
  const { parent } = owner;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return parent.name.getText();
  return ts.isBinaryExpression(parent) && ts.isPropertyAccessExpression(parent.left) ? parent.left.name.text : undefined;
}

/** The member that it is put into, where no symbol stands for that. */
function memberOf(program: Program, owner: FunctionWithBody): MemberAccess | undefined {
  const { parent } = owner;
  const left = ts.isBinaryExpression(parent) && parent.right === owner ? parent.left : undefined;
  return left !== undefined && ts.isPropertyAccessExpression(left) && program.symbolOf(left.name) === undefined ? left : undefined;
}

/** The symbols under which the function is called. */
function namesOf(program: Program, owner: FunctionWithBody): ts.Symbol[] {
  const { parent } = owner;
  const names: ts.Node[] = owner.name === undefined ? [] : [owner.name];
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) names.push(parent.name);
  if (ts.isBinaryExpression(parent) && parent.right === owner)
    names.push(ts.isPropertyAccessExpression(parent.left) ? parent.left.name : parent.left);
  return names.flatMap((name) => program.symbolOf(name) ?? []);
}
