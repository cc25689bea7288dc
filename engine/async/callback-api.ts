/** The row of the catalog of functions that call back, for a call; and callbacks that are written for an error first, whoever calls them. */

import { ts } from 'ts-morph';
import { callbackApis, type CallbackApi } from '../../catalog/callback-apis.ts';
import { iterationMethods, repeatingMethods } from '../../catalog/callback-roles.ts';
import type { Origin } from '../program/origin.ts';
import type { Program } from '../program/program.ts';
import { argumentOf, isFunctionNode, unwrapped } from './functions.ts';

/** The row for the callee, by the version of the library that the file has. */
export function callbackApiOf(program: Program, origin: Origin, call: ts.CallExpression): CallbackApi | undefined {
  const name = origin.steps.at(-1);
  if (name === undefined)
    return callbackApis.find((row) => row.on === 'self' && row.module === origin.module && isVersion(program, row, call));
  const maker = name === '()' ? origin.steps.at(-2) : undefined;
  if (name.startsWith('(') && maker === undefined) return undefined;
  const on = maker !== undefined ? 'made' : origin.steps.length === 1 ? 'module' : 'instance';
  return callbackApis.find(
    (row) =>
      row.module === origin.module &&
      row.names.includes(maker ?? name) &&
      row.on === on &&
      !origin.steps.includes('promises') &&
      !origin.steps.includes('promise') &&
      (row.takes === undefined || row.takes === call.arguments.length) &&
      isVersion(program, row, call),
  );
}

/** A library of unknown version is taken for one that is in use where the row allows it. */
function isVersion(program: Program, row: CallbackApi, at: ts.Node): boolean {
  if (row.since === undefined && row.until === undefined) return true;
  const version = program.packages.version(at.getSourceFile().fileName, row.module);
  if (version === undefined || version.major >= (row.until ?? Infinity) || version.major < (row.since ?? 0)) return false;
  return version.major !== row.since || version.minor >= (row.sinceMinor ?? 0);
}

/**
 * What a function outside of the program does with the callback that it is given last: `later`, when it is known to call it once, after it
 * has returned itself, and to look at nothing that the callback returns; `perhaps`, when the callback is written for an error first.
 */
export function callbackUse(program: Program, callback: ts.Expression): 'later' | 'perhaps' | undefined {
  const argument = argumentOf(callback);
  if (argument === undefined || !ts.isCallExpression(argument.call) || argument.index !== argument.call.arguments.length - 1)
    return undefined;
  const { call } = argument;
  const origin = program.originOf(call.expression);
  const api = origin && callbackApiOf(program, origin, call);
  if (api !== undefined) return api.atOnce === true || api.runsTasks === true ? 'perhaps' : 'later';
  const fn = unwrapped(callback);
  const { expression: callee } = call;
  const name = ts.isIdentifier(callee) ? callee.text : ts.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
  if (!isFunctionNode(fn) || name === undefined || /^on[A-Z]/.test(name)) return undefined;
  const [first, second] = fn.parameters;
  // `orders.find({}, function (err, found) { … })` is no search in a list.
  const isResult = argument.index > 0 && second !== undefined && !/^(?:i|j|k|n|idx|index|key|name)$/.test(second.name.getText());
  if (repeatingMethods.has(name) && !(iterationMethods.has(name) && isResult)) return undefined;
  return first !== undefined && ts.isIdentifier(first.name) && /^_?(?:e|er|err|error)$|^err[A-Z]|[a-z]Err(?:or)?$/.test(first.name.text)
    ? 'perhaps'
    : undefined;
}
