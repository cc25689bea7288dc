/**
 * `Q.nfcall(fs.stat, file)`, `fs.statAsync(file)` of Bluebird and the like, where the promise is only waited for: Node's own gives the same.
 * What they make of functions that nothing is known of is left.
 */

import { ts } from 'ts-morph';
import type { CallbackApi } from '../../../catalog/callback-apis.ts';
import { nodeCallers, type NodeCaller } from '../../../catalog/node-callers.ts';
import { callbackApiOf } from '../../../engine/async/callback-api.ts';
import { isAsync, isFunctionNode, outermost } from '../../../engine/async/functions.ts';
import type { Fix, ReplaceEdit } from '../../../engine/finding.ts';
import { importHabit, type Reference } from '../../../engine/imports/habit.ts';
import type { Origin } from '../../../engine/program/origin.ts';
import type { Program } from '../../../engine/program/program.ts';
import { fakeClockIn } from '../fake-clock.ts';
import { isGathered } from './waited.ts';

const callers: ReadonlyMap<string, NodeCaller['kind']> = new Map(
  nodeCallers.flatMap(({ callees, kind }) => callees.map((callee) => [callee, kind] as const)),
);

/** What the call becomes: the callee, and the text between its parentheses. */
interface Replacement {
  readonly callee: Reference;
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly note?: string;
}

export function nodeCall(program: Program, call: ts.CallExpression, transform: string): Fix | undefined {
  const replacement = replacementOf(program, call);
  if (replacement === undefined || !isOnlyWaitedFor(program, call)) return undefined;
  const { callee, from, to, title, note } = replacement;
  const site = program.spanOf(call);
  const file = call.getSourceFile();
  const edits: ReplaceEdit[] = [{ kind: 'replace', path: site.path, start: call.getStart(file), end: from, text: `${callee.text}(` }];
  if (to < call.end) edits.push({ kind: 'replace', path: site.path, start: to, end: call.end, text: ')' });
  return {
    kind: 'fix',
    id: `node-call:${site.path}:${site.start}`,
    transform,
    site,
    title,
    safety: 'safe',
    notes: note === undefined ? [] : [note],
    edits,
    imports: callee.imports,
    preambles: callee.preambles,
    dependsOn: [],
  };
}

function replacementOf(program: Program, call: ts.CallExpression): Replacement | undefined {
  const file = call.getSourceFile();
  const args = call.arguments;
  if (args.some(ts.isSpreadElement) || call.questionDotToken !== undefined) return undefined;
  const [first, second, third] = args;
  const kind = callers.get(program.originOf(call.expression)?.key ?? '');
  const title = `\`${call.expression.getText()}\` is waited for`;
  if (kind === undefined) return ofPromisified(program, call);
  if (first === undefined) return undefined;
  const end = call.end - 1;
  switch (kind) {
    case 'call': {
      const callee = promiseForm(program, program.originOf(first), call);
      return callee && { callee, from: second?.getStart(file) ?? end, to: end, title };
    }
    case 'apply': {
      if (second === undefined || third !== undefined || !ts.isArrayLiteralExpression(second)) return undefined;
      const callee = promiseForm(program, program.originOf(first), call);
      return callee && { callee, from: second.getStart(file) + 1, to: second.end - 1, title };
    }
    case 'invoke': {
      const origin = program.originOf(first);
      if (origin === undefined || origin.steps.length > 0 || second === undefined || !ts.isStringLiteralLike(second)) return undefined;
      const member: Origin = { module: origin.module, steps: [second.text], key: `${origin.key}.${second.text}` };
      const callee = promiseForm(program, member, call);
      return callee && { callee, from: third?.getStart(file) ?? end, to: end, title };
    }
    case 'wait': {
      // What is waited with would be the result.
      if (second !== undefined || fakeClockIn(program) !== undefined) return undefined;
      return {
        callee: importHabit(program, file).reference('timers/promises', 'setTimeout', call),
        from: first.getStart(file),
        to: end,
        title,
      };
    }
  }
}

/** `fs.readFileAsync(file)`, of the module itself that Bluebird gave more methods. */
function ofPromisified(program: Program, call: ts.CallExpression): Replacement | undefined {
  const { expression: callee } = call;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const name = /^(\w+)Async$/.exec(callee.name.text)?.[1];
  const key = name === undefined ? undefined : program.originOf(callee)?.key;
  if (name === undefined || key !== `bluebird.promisifyAll().${callee.name.text}`) return undefined;
  if (/\b(?:OperationalError|isOperational)\b/.test(call.getSourceFile().text)) return undefined;
  const module = promisifiedModule(program, callee.expression);
  if (module === undefined || module.steps.length > 0) return undefined;
  const member: Origin = { module: module.module, steps: [name], key: `${module.key}.${name}` };
  const api = apiOf(program, member, call);
  if (api?.form.kind !== 'twin' || api.form.specifier !== `${module.module}/promises`) return undefined;
  const text = `${callee.expression.getText()}.promises.${name}`;
  const [first] = call.arguments;
  return {
    callee: { text, imports: [], preambles: [] },
    from: first?.getStart() ?? call.end - 1,
    to: call.end - 1,
    title: `\`${callee.getText()}\` is waited for`,
    note: 'A failure is an error of Node, and no `OperationalError` of Bluebird that is made of one.',
  };
}

/** What `promisifyAll` was given, where the value is a variable that is made so. */
function promisifiedModule(program: Program, value: ts.Expression): Origin | undefined {
  const symbol = ts.isIdentifier(value) ? program.symbolOf(value) : undefined;
  const made = symbol === undefined ? value : program.definitionOf(symbol);
  if (made === undefined || !ts.isCallExpression(made) || made.arguments.length !== 1) return undefined;
  const [given] = made.arguments;
  return given && program.originOf(given);
}

function apiOf(program: Program, origin: Origin | undefined, call: ts.CallExpression): CallbackApi | undefined {
  const api = origin && callbackApiOf(program, origin, call);
  // Several values come in an array.
  return api?.on === 'module' && api.result === 'first' && api.values.length <= 1 && api.noError !== true ? api : undefined;
}

function promiseForm(program: Program, origin: Origin | undefined, call: ts.CallExpression): Reference | undefined {
  const api = apiOf(program, origin, call);
  const name = origin?.steps.at(-1);
  if (api === undefined || name === undefined) return undefined;
  const habit = importHabit(program, call.getSourceFile());
  if (api.form.kind === 'twin') return habit.reference(api.form.specifier, name, call);
  return api.form.kind === 'promisified' ? habit.promisified(api.module, name, call) : undefined;
}

/** Nobody calls a method of the library's promise: it is awaited, or what an async function returns. */
function isOnlyWaitedFor(program: Program, call: ts.CallExpression): boolean {
  const { parent } = outermost(call);
  if (ts.isAwaitExpression(parent) || isGathered(program, call)) return true;
  if (ts.isArrowFunction(parent)) return isAsync(parent);
  if (!ts.isReturnStatement(parent)) return false;
  for (let node: ts.Node = parent; !ts.isSourceFile(node); node = node.parent) if (isFunctionNode(node)) return isAsync(node);
  return false;
}
