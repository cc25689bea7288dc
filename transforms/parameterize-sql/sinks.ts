/** Calls that send a text to a database, and what they are given besides the text. */

import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { sqlDrivers, type Binding, type SqlDriver, type SqlSink } from '../../catalog/sql-drivers.ts';
import type { Program } from '../../engine/program/program.ts';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { originOfCarried } from './carried.ts';
import { declaredQuery } from './declared.ts';
import { withDatabase } from './databases.ts';
import { promisifiedNames } from './promisified.ts';
import { propertyNamed } from './properties.ts';
import { queryMethods } from './query-methods.ts';
import { textOfUndeclared } from './undeclared.ts';
import { unwrap } from './unwrap.ts';
import { wrapperOf, type Wrapper } from './wrappers.ts';

export interface Sink {
  readonly driver: SqlDriver;
  readonly row: SqlSink;
  readonly binding: Binding;
  /** The driver's name of what is called: `get`, also of `dbGet` where that is `promisify(db.get)`. */
  readonly method: string;
  readonly call: ts.CallExpression;
  readonly text: ts.Expression;
  /** The object `{ text, values }` when the text is given in one. */
  readonly options: ts.ObjectLiteralExpression | undefined;
  /** The function of the program that hands the text on to the driver. */
  readonly wrapper?: Wrapper;
}

interface Row {
  readonly driver: SqlDriver;
  readonly row: SqlSink;
  readonly method: string;
}

const rows: ReadonlyMap<string, Row> = new Map(
  sqlDrivers.flatMap((driver) =>
    driver.sinks.flatMap((row) =>
      driver.receivers
        .filter((receiver) => !receiver.includes('**'))
        .flatMap((receiver) => row.methods.map((method) => [`${receiver}.${method}`, { driver, row, method }] as const)),
    ),
  ),
);

/** Rows whose receivers are patterns. */
const patterns: readonly (Row & { readonly receiver: RegExp })[] = sqlDrivers
  .filter(({ receivers }) => receivers.some((receiver) => receiver.includes('**')))
  .flatMap((driver) => {
    const receiver = originPattern(driver.receivers);
    return driver.sinks.flatMap((row) => row.methods.map((method) => ({ driver, row, method, receiver })));
  });

function rowOf(key: string): Row | undefined {
  const known = rows.get(key);
  if (known !== undefined) return known;
  const dot = key.lastIndexOf('.');
  const name = key.slice(dot + 1);
  return patterns.find(({ method, receiver }) => method === name && receiver.test(key.slice(0, dot)));
}

/** What an origin ends in when `util.promisify` took the callback away from a method. */
const promisified = '(promisified)';

/** The method's name, for a call that may send SQL by its form. */
export function queryMethod(call: ts.CallExpression): string | undefined {
  const { expression } = call;
  const name = ts.isPropertyAccessExpression(expression)
    ? expression.name.text
    : ts.isElementAccessExpression(expression) && ts.isStringLiteralLike(expression.argumentExpression)
      ? expression.argumentExpression.text
      : undefined;
  return name !== undefined && queryMethods.has(name) && call.arguments.length > 0 ? name : undefined;
}

/** Calls of what `promisify(db.get)` made, whatever its name: the same text and values as the method takes, and no callback. */
export function isPromisifiedMethod(program: Program, call: ts.CallExpression): boolean {
  const [first] = call.arguments;
  const { expression } = call;
  if (first === undefined || !(ts.isIdentifier(expression) || ts.isPropertyAccessExpression(expression))) return false;
  const text = unwrap(first);
  // Literals are no queries built from pieces; where nothing is promisified, no origin need be looked for.
  if (ts.isStringLiteralLike(text) || ts.isFunctionExpression(text) || ts.isArrowFunction(text)) return false;
  const name = ts.isIdentifier(expression) ? expression : expression.name;
  if (!promisifiedNames(program).has(name.text)) return false;
  return promisifiedRow(program.originOf(expression)?.key) !== undefined;
}

function promisifiedRow(key: string | undefined): Row | undefined {
  if (key?.endsWith(promisified) !== true) return undefined;
  const found = rows.get(key.slice(0, -promisified.length));
  // What a promise of a prepared statement leads to is not followed.
  return found?.row.values === 'executor' ? undefined : found;
}

/** The expression of the query's text, in the call itself or in the object it is given. */
export function textOf(
  program: Program,
  call: ts.CallExpression,
): { text: ts.Expression; options?: ts.ObjectLiteralExpression } | undefined {
  const wrapper = wrapperOf(program, call);
  const first = call.arguments[wrapper?.textIndex ?? 0];
  if (first === undefined || call.arguments.some((argument) => ts.isSpreadElement(argument))) return undefined;
  if (wrapper !== undefined) return { text: textOfUndeclared(program, first) ?? first };
  const object = objectOf(program, first);
  if (object === undefined) return { text: textOfUndeclared(program, first) ?? first };
  for (const name of ['text', 'sql']) {
    const text = propertyNamed(object, name);
    if (text !== undefined) return { text, options: object };
  }
  return undefined;
}

function objectOf(program: Program, expression: ts.Expression): ts.ObjectLiteralExpression | undefined {
  const inner = unwrap(expression);
  if (ts.isObjectLiteralExpression(inner)) return inner;
  const symbol = ts.isIdentifier(inner) ? program.symbolOf(inner) : undefined;
  const definition = symbol && program.definitionOf(symbol);
  // Through a variable only if nothing else can see the object.
  if (symbol === undefined || definition === undefined || !ts.isObjectLiteralExpression(unwrap(definition))) return undefined;
  return program.references.to(symbol).length === 2 ? (unwrap(definition) as ts.ObjectLiteralExpression) : undefined;
}

interface QueryGiven {
  readonly text: ts.Expression;
  readonly options?: ts.ObjectLiteralExpression;
}

/** What is called is an object of a module that is not known to be a driver. */
export interface Foreign {
  readonly module: string;
}

/** `known`: the receiver is something that sends no SQL. */
export function sinkOf(program: Program, call: ts.CallExpression, text: QueryGiven): Sink | Foreign | 'unknown' | 'known' {
  const wrapper = wrapperOf(program, call);
  const [inner] = wrapper?.inner ?? [];
  if (wrapper === undefined || inner === undefined) return driverSinkOf(program, call, text);
  return { ...inner, call, text: text.text, options: undefined, wrapper };
}

/** The same for calls of the driver itself. */
export function driverSinkOf(program: Program, call: ts.CallExpression, text: QueryGiven): Sink | Foreign | 'unknown' | 'known' {
  const origin = originOfCarried(program, call.expression);
  const found = (origin && (rowOf(origin.key) ?? promisifiedRow(origin.key))) ?? declaredQuery(program, call);
  if (found === undefined) {
    if (origin === undefined) return 'unknown';
    // `new Map().get(…)`
    if (origin.module === 'global' || isBuiltin(origin.module)) return 'known';
    // What a framework gives to a handler has members that others put there.
    return /\(cb\d+\)/.test(origin.key) ? 'unknown' : { module: origin.module };
  }
  const { row, method } = found;
  const driver = withDatabase(program, found.driver);
  if (text.options !== undefined && (row.options === undefined || propertyNamed(text.options, row.options.text) !== text.text))
    return 'known';
  return { driver, row, binding: row.binding ?? driver.binding, method, call, text: text.text, options: text.options };
}

/** Where values are, or where they would go. */
export type Given =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'elements'; readonly elements: readonly ts.Expression[]; readonly node: ts.ArrayLiteralExpression }
  | { readonly kind: 'arguments'; readonly elements: readonly ts.Expression[]; readonly call: ts.CallExpression }
  | { readonly kind: 'array'; readonly expression: ts.Expression }
  /** One value, without an array around it: `query('UPDATE users SET ?', user)`. */
  | { readonly kind: 'single'; readonly expression: ts.Expression }
  | { readonly kind: 'unknown'; readonly why: string };

/** @param placeholders how many the text has already */
export function givenValues(program: Program, sink: Sink, placeholders: number): Given {
  if (sink.wrapper !== undefined) return givenToWrapper(program, sink, sink.wrapper, placeholders);
  if (sink.options !== undefined) {
    const values = propertyNamed(sink.options, sink.row.options?.values ?? 'values');
    if (values !== undefined) return fromArray(program, values, placeholders);
    // An object of options and the values as second argument: `query({ sql, timeout }, [id], callback)`.
    if (placeholders === 0) return { kind: 'nothing' };
    const second = sink.call.arguments[1];
    return second === undefined
      ? { kind: 'unknown', why: 'the query has placeholders and no values' }
      : fromArray(program, second, placeholders);
  }
  if (sink.row.values === 'replacements') return givenAsReplacements(program, sink.call.arguments[1], placeholders);
  const rest = sink.call.arguments.slice(1);
  return fromArguments(program, sink, sink.call, rest, placeholders);
}

/** `sequelize.query(text, { replacements: [id], type })` */
function givenAsReplacements(program: Program, options: ts.Expression | undefined, placeholders: number): Given {
  const object = options && unwrap(options);
  const missing: Given = placeholders === 0 ? { kind: 'nothing' } : { kind: 'unknown', why: 'the query has placeholders and no values' };
  if (object === undefined) return missing;
  if (!ts.isObjectLiteralExpression(object)) return { kind: 'unknown', why: `what options \`${short(object)}\` holds cannot be seen` };
  const replacements = propertyNamed(object, 'replacements');
  if (replacements !== undefined) return fromArray(program, replacements, placeholders);
  if (object.properties.some((property) => ts.isSpreadAssignment(property)) || propertyNamed(object, 'bind') !== undefined) {
    return { kind: 'unknown', why: 'its options have values, or may have them' };
  }
  return missing;
}

function givenToWrapper(program: Program, { call }: Sink, { name, values }: Wrapper, placeholders: number): Given {
  if (values.kind === 'impossible') return { kind: 'unknown', why: `\`${name}\` would have to take them, and ${values.why}` };
  const given = values.kind === 'taken' ? call.arguments[values.index] : undefined;
  const absent =
    given === undefined ||
    given.kind === ts.SyntaxKind.NullKeyword ||
    (ts.isIdentifier(given) && given.text === 'undefined') ||
    (values.kind === 'taken' && values.optional && isFunction(program, given));
  if (absent) return placeholders === 0 ? { kind: 'nothing' } : { kind: 'unknown', why: 'the query has placeholders and no values' };
  return fromArray(program, given, placeholders);
}

/** The values given to an executor: `db.prepare(text).get(id)`. */
export function givenToExecutor(program: Program, sink: Sink, call: ts.CallExpression, placeholders: number): Given {
  return fromArguments(program, sink, call, call.arguments, placeholders);
}

function fromArguments(program: Program, sink: Sink, call: ts.CallExpression, rest: readonly ts.Expression[], placeholders: number): Given {
  if (placeholders === 0) {
    const [first] = rest;
    const empty =
      first !== undefined && ts.isArrayLiteralExpression(unwrap(first)) ? (unwrap(first) as ts.ArrayLiteralExpression) : undefined;
    if (empty !== undefined) return empty.elements.length === 0 ? { kind: 'elements', elements: [], node: empty } : tooMany;
    // Without placeholders, what follows the text is a callback.
    return rest.some((one) => ts.isObjectLiteralExpression(unwrap(one)) || ts.isSpreadElement(one)) ? tooMany : { kind: 'nothing' };
  }
  const [first] = rest;
  if (first === undefined) return { kind: 'unknown', why: 'the query has placeholders and no values' };
  const inner = unwrap(first);
  const several = sink.row.values === 'array-or-arguments' || sink.row.values === 'executor';
  if (several && !ts.isArrayLiteralExpression(inner)) {
    const values = rest.filter((one) => !isFunction(program, one));
    const positional =
      values.length === placeholders && values.every((one) => !ts.isObjectLiteralExpression(unwrap(one)) && !ts.isSpreadElement(one));
    // With as many values as placeholders, what follows them is the callback.
    const before = rest.slice(0, placeholders);
    const callbackLast = placeholders > 1 && rest.length === placeholders + 1 && sink.method !== 'each' && queryMethod(call) !== 'each';
    if (
      callbackLast &&
      before.every((one) => !isFunction(program, one) && !ts.isObjectLiteralExpression(unwrap(one)) && !ts.isSpreadElement(one))
    ) {
      return { kind: 'arguments', elements: before, call };
    }
    // A single variable may hold one value or an array of them.
    if (positional && (values.length > 1 || sink.row.besideArrays === true || isSingle(program, first)))
      return { kind: 'arguments', elements: values, call };
  }
  if (sink.binding.objectsBecomeSql && placeholders === 1 && isPlainObject(program, first)) return { kind: 'single', expression: first };
  return fromArray(program, first, placeholders);
}

/** An object literal, or a variable that is given nothing else. */
function isPlainObject(program: Program, expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  if (ts.isObjectLiteralExpression(inner)) return true;
  const symbol = ts.isIdentifier(inner) ? program.symbolOf(inner) : undefined;
  const definition = symbol && program.definitionOf(symbol);
  return definition !== undefined && ts.isObjectLiteralExpression(unwrap(definition));
}

const tooMany: Given = { kind: 'unknown', why: 'the call has values that the text has no placeholders for' };

function fromArray(program: Program, expression: ts.Expression, placeholders: number): Given {
  const inner = unwrap(expression);
  if (ts.isArrayLiteralExpression(inner)) {
    const countable = inner.elements.every((element) => !ts.isSpreadElement(element) && !ts.isOmittedExpression(element));
    if (!countable) return { kind: 'unknown', why: 'how many values it is given cannot be counted' };
    if (inner.elements.length !== placeholders) {
      return { kind: 'unknown', why: `it has ${placeholders} placeholders and ${inner.elements.length} values` };
    }
    return { kind: 'elements', elements: inner.elements, node: inner };
  }
  const type = program.checker.getTypeAtLocation(inner);
  const symbol = ts.isIdentifier(inner) ? program.symbolOf(inner) : undefined;
  const definition = symbol && program.definitionOf(symbol);
  if (program.checker.isArrayType(type) || (definition !== undefined && ts.isArrayLiteralExpression(unwrap(definition)))) {
    return { kind: 'array', expression };
  }
  return { kind: 'unknown', why: `what values \`${short(inner)}\` holds cannot be seen` };
}

export function isFunction(program: Program, expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  if (ts.isFunctionExpression(inner) || ts.isArrowFunction(inner)) return true;
  return program.checker.getTypeAtLocation(inner).getCallSignatures().length > 0;
}

/** Provably one value, no array: a literal, a string, a number, a part of a request's parameters. */
function isSingle(program: Program, expression: ts.Expression): boolean {
  const { flags } = program.checker.getTypeAtLocation(expression);
  return (flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike)) !== 0;
}

export function short(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** `db.prepare(text).get(…)`, or the calls of a variable that holds the prepared statement and is used for nothing else. */
export function executorCalls(program: Program, sink: Sink): ts.CallExpression[] | undefined {
  const names = sink.row.executors ?? [];
  const executor = (statement: ts.Expression): ts.CallExpression | undefined => {
    const { parent } = statement;
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== statement || !names.includes(parent.name.text)) return undefined;
    return ts.isCallExpression(parent.parent) && parent.parent.expression === parent ? parent.parent : undefined;
  };
  const direct = executor(sink.call);
  if (direct !== undefined) return [direct];
  const { parent } = sink.call;
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return undefined;
  const symbol = program.symbolOf(parent.name);
  if (symbol === undefined) return undefined;
  const uses = program.references.to(symbol).filter((identifier) => identifier !== parent.name);
  // `statement.finalize()` takes no values.
  const calls = uses.filter((use) => !(ts.isPropertyAccessExpression(use.parent) && use.parent.name.text === 'finalize')).map(executor);
  return calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined;
}
