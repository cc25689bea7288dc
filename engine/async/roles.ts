/** The place where a function expression stands, and what the code there does with what the function returns or throws. */

import { ts } from 'ts-morph';
import {
  asyncCallbacks,
  collectionFunctions,
  collectionLibraries,
  independentEvents,
  iterationMethods,
  listenerMethods,
  messageEvents,
  syncCallbacks,
} from '../../catalog/callback-roles.ts';
import { askingTasks, type AskingTask } from '../../catalog/asking-tasks.ts';
import { exportedRoots } from '../../catalog/exported-roots.ts';
import { impatientRunners } from '../../catalog/impatient-runners.ts';
import { originPattern } from '../../catalog/origin-pattern.ts';
import { listRows } from '../../catalog/promise-handlers.ts';
import { decoratorRoots, roots, type RootRow } from '../../catalog/roots.ts';
import type { Program } from '../program/program.ts';
import { addedMember } from './added-members.ts';
import { prototypeMethod } from './prototype-members.ts';
import { argumentOf, outermost, unwrapped, type FunctionNode } from './functions.ts';
import { handlersOf } from './promise-handlers.ts';

export type Call = ts.CallExpression | ts.NewExpression;

export type FunctionRole =
  /** Known by a name: declared, a method, held in a variable or property. Its uses decide. */
  | { readonly kind: 'named' }
  /** `(function () { … })()`. */
  | { readonly kind: 'invoked'; readonly call: ts.CallExpression }
  | ArgumentRole;

export type ArgumentRole =
  /** A place of a framework that copes with a promise. */
  | { readonly kind: 'root'; readonly row: RootRow; readonly call: Call; readonly index: number }
  /** A task that is over when it returns, unless it has asked to be waited for. */
  | { readonly kind: 'asking-task'; readonly row: AskingTask; readonly call: Call; readonly index: number }
  /** A callback of an array method: `forEach`, `map`, `sort`… */
  | { readonly kind: 'iteration'; readonly method: string; readonly call: ts.CallExpression; readonly index: number }
  /** The same of a library's function, which takes the list first: `_.each(files, callback)`. */
  | {
      readonly kind: 'collection';
      readonly method: string;
      readonly call: ts.CallExpression;
      readonly index: number;
      readonly stopsAtFalse: boolean;
    }
  /** `new Promise(executor)`. */
  | { readonly kind: 'executor'; readonly call: ts.NewExpression }
  /** A handler given to a promise. */
  | { readonly kind: 'then'; readonly method: 'then' | 'catch' | 'finally'; readonly call: ts.CallExpression; readonly index: number }
  /**
   * `emitter.on('event', listener)`; `independent` when nobody relies on the listener having finished, `overlaps` when only the
   * next message of the same sender may.
   */
  | {
      readonly kind: 'listener';
      readonly call: ts.CallExpression;
      readonly event: string | undefined;
      readonly independent: boolean;
      readonly overlaps: boolean;
    }
  /** The last argument of a function of Node or a library that calls it once, later, with `(error, result)`, and ignores what it returns. */
  | { readonly kind: 'async-callback'; readonly call: Call; readonly index: number }
  /** Called at once by code that uses what it returns: comparators, replacers, `util.callbackify`… */
  | { readonly kind: 'sync-callback'; readonly call: Call; readonly index: number }
  /** Handed to a function of the program, which has it as a parameter. */
  | { readonly kind: 'parameter'; readonly call: Call; readonly index: number; readonly parameter: ts.ParameterDeclaration }
  /** Handed to code that is not in the program or not known. */
  | { readonly kind: 'unknown-callback'; readonly call: Call; readonly index: number };

/** By origin key. */
const collections: ReadonlyMap<string, { readonly method: string; readonly stopsAtFalse: boolean }> = new Map(
  collectionLibraries.flatMap(({ module, stopsAtFalse }) =>
    collectionFunctions.flatMap(({ method, names }) =>
      names.flatMap((name) => [`${module}.${name}`, `${module}/${name}`].map((key) => [key, { method, stopsAtFalse }] as const)),
    ),
  ),
);
const asyncPattern = originPattern(asyncCallbacks);
const syncPattern = originPattern(syncCallbacks);
const rootPatterns = [...roots, ...listRows].map((row) => ({ row, pattern: originPattern(row.callees) }));
/** The names of the methods that are given functions with a `next`. */
export const namesOfMiddleware: ReadonlySet<string> = new Set(
  roots.flatMap((row) => (row.goesOn === undefined ? [] : row.callees.map((callee) => callee.slice(callee.lastIndexOf('.') + 1)))),
);
const askingPatterns = askingTasks.map((row) => ({ row, pattern: originPattern(row.callees) }));
const runnerPatterns = impatientRunners.map(({ framework, callees }) => ({ framework, pattern: originPattern(callees) }));
const eventPatterns = independentEvents.map((row) => ({ pattern: originPattern(row.emitters), events: new Set(row.events) }));
const messagePatterns = messageEvents.map((row) => ({ pattern: originPattern(row.emitters), events: row.events, except: row.except }));
const decoratorPattern = originPattern(decoratorRoots);

/** The role of the function where it is written. For a function by name see the uses, and {@link roleOfArgument} for each of kind `argument`. */
export function roleOf(program: Program, fn: FunctionNode): FunctionRole {
  if (!ts.isFunctionExpression(fn) && !ts.isArrowFunction(fn)) return { kind: 'named' };
  const value = outermost(fn);
  if (ts.isCallExpression(value.parent) && value.parent.expression === value) return { kind: 'invoked', call: value.parent };
  const list = ts.isArrayLiteralExpression(value.parent) ? value.parent : fn;
  const argument = argumentOf(list);
  return argument === undefined ? { kind: 'named' } : roleOfArgument(program, argument.call, argument.index);
}

/** By the index, and the path of an option; as long as the texts of a program stay the same. */
type RolesOfCall = Map<number | string, ArgumentRole>;
const rolesByState = new WeakMap<object, Map<Call, RolesOfCall>>();

/**
 * The role that the function value at `index` of the call has. Asked of the same argument by whoever meets it, and remembered.
 * @param option the path of the function in the literal there, where it is a member of one
 */
export function roleOfArgument(program: Program, call: Call, index: number, option?: string): ArgumentRole {
  let roles = rolesByState.get(program.state);
  if (roles === undefined) rolesByState.set(program.state, (roles = new Map<Call, RolesOfCall>()));
  let ofCall = roles.get(call);
  if (ofCall === undefined) roles.set(call, (ofCall = new Map<number | string, ArgumentRole>()));
  const key = option === undefined ? index : `${index} ${option}`;
  let role = ofCall.get(key);
  if (role === undefined) ofCall.set(key, (role = findRole(program, call, index, option)));
  return role;
}

function findRole(program: Program, call: Call, index: number, option: string | undefined): ArgumentRole {
  if (ts.isNewExpression(call)) {
    const key = program.originOf(call.expression)?.key;
    if (key === 'global.Promise' && index === 0) return { kind: 'executor', call };
    return catalogued(program, call, index, `${key ?? ''}.new`, option) ?? ofParameter(program, call, index);
  }
  const origin = program.originOf(call.expression);
  const known = origin === undefined ? undefined : catalogued(program, call, index, origin.key, option);
  if (known !== undefined) return known;
  const callee = unwrapped(call.expression);
  if (ts.isPropertyAccessExpression(callee)) {
    const method = callee.name.text;
    const handlers = handlersOf(program, callee);
    if (handlers !== undefined && takes(handlers, call, index)) return { kind: 'root', row: handlers, call, index };
    const handler = thenRole(program, call, callee, index);
    if (handler !== undefined) return handler;
    if (listenerMethods.has(method) && index === 1) return listenerRole(program, call, callee);
    if (iterationMethods.has(method) && index === 0 && !isProgramMember(program, callee)) return { kind: 'iteration', method, call, index };
    if ((method === 'replace' || method === 'replaceAll') && index === 1) return { kind: 'sync-callback', call, index };
  }
  return ofParameter(program, call, index);
}

function catalogued(program: Program, call: Call, index: number, key: string, option: string | undefined): ArgumentRole | undefined {
  const row = rootRow(program, call, index, key, option);
  if (row !== undefined) return { kind: 'root', row, call, index };
  const isLast = index === (call.arguments?.length ?? 0) - 1;
  const asking = isLast ? askingPatterns.find(({ pattern }) => pattern.test(key)) : undefined;
  if (asking !== undefined) return { kind: 'asking-task', row: asking.row, call, index };
  if (asyncPattern.test(key) && isLast) return { kind: 'async-callback', call, index };
  const collection = index === 1 && ts.isCallExpression(call) ? collections.get(key) : undefined;
  if (collection !== undefined && ts.isCallExpression(call)) return { kind: 'collection', ...collection, call, index };
  return syncPattern.test(key) ? { kind: 'sync-callback', call, index } : undefined;
}

function rootRow(program: Program, call: Call, index: number, key: string, option: string | undefined): RootRow | undefined {
  for (const { row, pattern } of rootPatterns) {
    if (!pattern.test(key)) continue;
    if (takes(row, call, index, option) && isVersion(program, row, call)) return row;
  }
  return undefined;
}

/** The framework that the call hands its argument to, where the version in use copes with no promise. */
export function frameworkTooOld(program: Program, call: Call, index: number): string | undefined {
  const key = program.originOf(call.expression)?.key;
  if (key === undefined) return undefined;
  const rows = rootPatterns.filter(({ row, pattern }) => row.unlessBefore !== undefined && pattern.test(key) && takes(row, call, index));
  return rows.find(({ row }) => !isVersion(program, row, call))?.row.framework;
}

/** What a framework does with the functions that the file exports, where it is one that loads such a file and calls them. */
export function exportedRoot(program: Program, file: ts.SourceFile): RootRow | undefined {
  const path = program.pathOf(file);
  const one = exportedRoots.find(({ files }) => files.test(path));
  const version = one && program.packages.majorVersion(file.fileName, one.package);
  if (one === undefined || version === undefined || version < one.since) return undefined;
  return roots.find((row) => row.framework === one.framework && isVersion(program, row, file));
}

/** The test runner that calls the functions of an object which the call hands to it, and takes no promise of them. */
export function impatientRunner(program: Program, call: Call): string | undefined {
  const key = program.originOf(call.expression)?.key;
  return key === undefined ? undefined : runnerPatterns.find(({ pattern }) => pattern.test(key))?.framework;
}

function takes(row: RootRow, call: Call, index: number, option?: string): boolean {
  if (row.named !== undefined && !isNamed(call, row.named)) return false;
  if (typeof row.arguments === 'object')
    return isLiteral(call.arguments?.[index]) && (option === undefined || row.arguments.includes(option));
  if (option !== undefined) return false;
  if (row.arguments === 'functions') return true;
  return row.arguments === 'last' ? index === (call.arguments?.length ?? 0) - 1 : row.arguments === index;
}

function isNamed({ arguments: given }: Call, names: readonly string[]): boolean {
  const first = given?.[0];
  return first !== undefined && ts.isStringLiteralLike(first) && names.includes(first.text);
}

/** An unknown version is taken for an old one: what an old one needs does no harm to a new one. */
function isVersion(program: Program, row: RootRow, user: ts.Node): boolean {
  const { fileName } = user.getSourceFile();
  const isTooOld = (least: { readonly package: string; readonly major: number; readonly minor: number }): boolean => {
    const version = program.packages.version(fileName, least.package);
    return version !== undefined && (version.major < least.major || (version.major === least.major && version.minor < least.minor));
  };
  if (row.unlessBefore?.some(isTooOld) === true) return false;
  if (row.package === undefined) return true;
  const version = program.packages.majorVersion(fileName, row.package);
  if (version === undefined) return row.since === undefined;
  return version >= (row.since ?? 0) && version < (row.until ?? Infinity);
}

/** `promise.then(handler)`: a thenable by protocol, whatever library it is of. */
function thenRole(program: Program, call: ts.CallExpression, callee: ts.PropertyAccessExpression, index: number): ArgumentRole | undefined {
  const method = callee.name.text;
  if (method !== 'then' && method !== 'catch' && method !== 'finally') return undefined;
  if (index > (method === 'then' ? 1 : 0) || isProgramMember(program, callee)) return undefined;
  const isPromise = isPromiseLike(program, callee.expression);
  // `.catch` and `.finally` of something unknown may be anything; `.then` is what makes a thenable.
  if (!isPromise && method !== 'then' && !isThenChain(callee.expression)) return undefined;
  return { kind: 'then', method, call, index };
}

export function isThenChain(expression: ts.Expression): boolean {
  const bare = unwrapped(expression);
  if (!ts.isCallExpression(bare) || !ts.isPropertyAccessExpression(bare.expression)) return false;
  const method = bare.expression.name.text;
  return method === 'then' || ((method === 'catch' || method === 'finally') && isThenChain(bare.expression.expression));
}

export function isPromiseLike(program: Program, expression: ts.Expression): boolean {
  const type = program.checker.getTypeAtLocation(expression);
  return (type.flags & ts.TypeFlags.Any) === 0 && type.getProperty('then') !== undefined;
}

function listenerRole(program: Program, call: ts.CallExpression, callee: ts.PropertyAccessExpression): ArgumentRole {
  const [name] = call.arguments;
  const event = name !== undefined && ts.isStringLiteralLike(name) ? name.text : undefined;
  const emitter = program.originOf(callee.expression)?.key;
  const independent =
    emitter !== undefined && event !== undefined && eventPatterns.some(({ pattern, events }) => pattern.test(emitter) && events.has(event));
  const overlaps =
    emitter !== undefined &&
    event !== undefined &&
    messagePatterns.some(
      ({ pattern, events, except }) => pattern.test(emitter) && (events?.includes(event) ?? except?.includes(event) === false),
    );
  return { kind: 'listener', call, event, independent, overlaps };
}

/**
 * The call that takes an object literal whose member `key` is a root: `server.route({ handler })`, or in a list of such.
 * `index` is that of the argument with the literal, for {@link roleOfArgument}.
 */
export function optionRoot(
  program: Program,
  holder: ts.Node,
  key: string,
): { readonly node: ts.Expression; readonly call: Call; readonly index: number; readonly option: string } | undefined {
  if (!ts.isObjectLiteralExpression(holder)) return undefined;
  const path = [key];
  let value = outermost(holder);
  while (ts.isPropertyAssignment(value.parent)) {
    path.unshift(value.parent.name.getText());
    value = outermost(value.parent.parent);
  }
  if (ts.isArrayLiteralExpression(value.parent)) value = value.parent;
  const argument = argumentOf(value);
  if (argument === undefined) return undefined;
  const option = path.join('.');
  const role = roleOfArgument(program, argument.call, argument.index, option);
  if (role.kind !== 'root' || typeof role.row.arguments !== 'object') return undefined;
  return { node: holder, call: argument.call, index: argument.index, option };
}

function isLiteral(argument: ts.Expression | undefined): boolean {
  if (argument === undefined) return false;
  const bare = unwrapped(argument);
  return ts.isObjectLiteralExpression(bare) || ts.isArrayLiteralExpression(bare);
}

/** Is it a method that a framework calls for its decorator? */
export function isDecoratedRoot(program: Program, fn: FunctionNode): boolean {
  const decorators = ts.canHaveDecorators(fn) ? (ts.getDecorators(fn) ?? []) : [];
  return decorators.some(({ expression }) => {
    const key = program.originOf(expression)?.key;
    return key !== undefined && decoratorPattern.test(key);
  });
}

function isProgramMember(program: Program, callee: ts.PropertyAccessExpression): boolean {
  const symbol = program.symbolOf(callee.name);
  return symbol?.declarations?.some((declaration) => program.owns(declaration)) === true;
}

function ofParameter(program: Program, call: Call, index: number): ArgumentRole {
  const parameter = parameterOf(program, call, index);
  return parameter === undefined ? { kind: 'unknown-callback', call, index } : { kind: 'parameter', call, index, parameter };
}

/** The named parameter of a function of the program that an argument becomes, when nothing else can get at it. */
export function parameterOf(program: Program, call: Call, index: number): ts.ParameterDeclaration | undefined {
  if (call.arguments?.slice(0, index + 1).some(ts.isSpreadElement) === true) return undefined;
  const target = targetOf(program, call);
  const declaration = target?.declaration;
  if (declaration === undefined || ts.isJSDocSignature(declaration) || !program.owns(declaration)) return undefined;
  if (!('body' in declaration) || declaration.body === undefined) return undefined;
  const parameter = declaration.parameters[index + (target?.shift ?? 0)];
  if (parameter === undefined || parameter.dotDotDotToken !== undefined || !ts.isIdentifier(parameter.name)) return undefined;
  return usesArguments(declaration.body, 'but their number') ? undefined : parameter;
}

interface CallTarget {
  readonly declaration: ts.SignatureDeclaration | ts.JSDocSignature;
  /** How far behind its argument a parameter stands. */
  readonly shift: number;
}

function targetOf(program: Program, call: Call): CallTarget | undefined {
  const callee = unwrapped(call.expression);
  // The first argument of `bind` and `call` is `this`.
  if (ts.isPropertyAccessExpression(callee) && (callee.name.text === 'bind' || callee.name.text === 'call')) {
    return shifted(onlySignature(program, callee.expression), -1);
  }
  const resolved =
    program.checker.getResolvedSignature(call)?.declaration ?? addedMember(program, callee) ?? prototypeMethod(program, callee);
  return shifted(resolved, 0) ?? boundTarget(program, callee);
}

/** `var save = write.bind(null, folder); save(name, done);` */
function boundTarget(program: Program, callee: ts.Expression): CallTarget | undefined {
  const symbol = ts.isIdentifier(callee) ? program.symbolOf(callee) : undefined;
  const value = symbol && program.definitionOf(symbol);
  const made = value && unwrapped(value);
  if (made === undefined || !ts.isCallExpression(made) || !ts.isPropertyAccessExpression(made.expression)) return undefined;
  if (made.expression.name.text !== 'bind' || made.arguments.length === 0 || made.arguments.some(ts.isSpreadElement)) return undefined;
  return shifted(onlySignature(program, made.expression.expression), made.arguments.length - 1);
}

function onlySignature(program: Program, fn: ts.Expression): CallTarget['declaration'] | undefined {
  const [signature, ...others] = program.checker.getTypeAtLocation(fn).getCallSignatures();
  return others.length > 0 ? undefined : signature?.declaration;
}

function shifted(declaration: CallTarget['declaration'] | undefined, shift: number): CallTarget | undefined {
  return declaration && { declaration, shift };
}

/** @param which with `but their number`, `arguments.length` does not count: it gives nobody an argument */
export function usesArguments(body: ts.Node, which?: 'but their number'): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found || ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isMethodDeclaration(node)) return;
    if (ts.isIdentifier(node) && node.text === 'arguments') found = which === undefined || !isLengthOf(node);
    else ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

function isLengthOf(node: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node && node.parent.name.text === 'length';
}
